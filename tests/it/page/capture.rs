//! The capture that the protocol view saves for Wireshark. A reader that knows nothing of the writer walks
//! the blocks of the file and checks lengths, checksums and sequence numbers (`capture/reader.rs`); tshark, if it is found, reads
//! the file, too.

mod reader;

use serde_json::{Value, json};
use std::process::Command;

use super::bits::{say_and_see, watching, with_modules};
use super::glass::act;
use super::{IN_THE_ROOM, assert_no_problems, say, url, wait_for_entry};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Server, TempDir};
use reader::{Packet, hex, read};

const FIN: u8 = 1;
const RST: u8 = 4;

/// What the page saves in both forms at the same moment: the lines, and the bytes of the capture.
#[track_caller]
fn save_both(page: &mut Page) -> (Vec<Value>, Vec<u8>) {
    let found = page.eval(
        "(async () => {
             const blobs = [];
             const make = URL.createObjectURL;
             URL.createObjectURL = (blob) => { blobs.push(blob); return make.call(URL, blob); };
             HTMLAnchorElement.prototype.click = function () { blobs.push(this.download); };
             document.querySelector('#glass-save').click();
             document.querySelector('#glass-save-pcapng').click();
             const bytes = [...new Uint8Array(await blobs[2].arrayBuffer())];
             return [await blobs[0].text(), blobs[3], bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')];
         })()",
    );
    assert!(found[1].as_str().unwrap().ends_with(".pcapng"));
    let lines = found[0].as_str().unwrap().lines();
    let lines = lines.map(|line| serde_json::from_str(line).unwrap());
    (lines.collect(), hex(found[2].as_str().unwrap()))
}

/// Checks the packet of a frame against its line. `first` is the sequence number of the position 0.
#[track_caller]
fn assert_same(frame: &Value, packet: &Packet, clock: u64, first: u32) {
    let size = |name: &str| frame[name].as_u64().unwrap() as usize;
    let (header, wire) = (
        hex(frame["header"].as_str().unwrap()),
        hex(frame["wire"].as_str().unwrap()),
    );
    assert_eq!(packet.from_client, frame["from"] == "client");
    assert_eq!(packet.length, size("header_bytes") + size("payload_bytes"));
    assert_eq!(packet.at, clock * 1000 + frame["at"].as_u64().unwrap());
    assert_eq!(packet.seq, first + size("offset") as u32, "{packet:?}");
    assert!(
        packet.payload.starts_with(&[header, wire].concat()),
        "{packet:?}"
    );
    let said = format!(
        "Frame {} of the {} ",
        frame["number"],
        frame["from"].as_str().unwrap()
    );
    assert!(packet.comment.starts_with(&said), "{}", packet.comment);
    assert_eq!(
        packet.is_whole(),
        !packet.comment.contains("were recorded"),
        "{}",
        packet.comment
    );
}

/// The payload of a masked frame whose header ends with its key.
fn unmasked(packet: &Packet, header: usize) -> String {
    let (header, wire) = packet.payload.split_at(header);
    let key = &header[header.len() - 4..];
    let clear = wire.iter().enumerate().map(|(n, byte)| byte ^ key[n % 4]);
    String::from_utf8(clear.collect()).unwrap()
}

#[test]
fn the_capture_has_the_recorded_frames_in_their_order_and_says_what_was_cut() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = watching(&mut browser, &server);
    say_and_see(&mut ada, "short 你好");
    let long = "longer than what is kept of a message ".repeat(60);
    say(&mut ada, long.trim());
    wait_for_entry(&mut ada, ".own[data-state=saved]", long.trim());
    act(&mut ada, "ping");
    act(&mut ada, "fragment");
    say(
        &mut ada,
        "a message that comes in three fragments, by and by",
    );
    act(&mut ada, "hang-up");
    ada.wait_for(&format!("{IN_THE_ROOM} && document.querySelectorAll('#glass-frames .divider').length === 1 || document.querySelector('#glass').dataset.lens === 'open'"), PATIENCE);
    ada.click("#glass-tab-frames");
    ada.wait_for(
        "document.querySelectorAll('#glass-frames .divider').length > 1",
        PATIENCE,
    );
    say_and_see(&mut ada, "on the second connection");
    let (lines, file) = save_both(&mut ada);
    let (comment, packets) = read(&file);
    assert!(
        comment.contains("made up") && comment.contains("1,000,000"),
        "{comment}"
    );
    check_frames(&lines, &packets);

    // The message that was said is there as a whole, although a frame's line has 64 bytes of it.
    let of = |words: &str| {
        let said = |line: &&Value| {
            line["text"]
                .as_str()
                .is_some_and(|text| text.contains(words))
        };
        let frame = lines.iter().find(said).unwrap();
        let number = format!("Frame {} of the client ", frame["number"]);
        let packet = packets.iter().find(|p| p.comment.starts_with(&number));
        (
            frame["header_bytes"].as_u64().unwrap() as usize,
            packet.unwrap(),
        )
    };
    let (header, packet) = of("short 你好");
    let said: Value = serde_json::from_str(&unmasked(packet, header)).unwrap();
    assert_eq!(said["text"], "short 你好");
    let (header, packet) = of("longer than");
    assert_eq!(packet.payload.len() - header, 1024);
    assert!(unmasked(packet, header).contains(&long[..900]));
    assert!(packet.comment.contains("1,024 of "), "{}", packet.comment);
    with_tshark(&file, &lines);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

/// Walks lines and packets at once: each connection begins with its handshake.
#[track_caller]
fn check_frames(lines: &[Value], packets: &[Packet]) {
    let mut packets = packets.iter();
    let (mut clock, mut first, mut port, mut ends) = (0, [0; 2], 0, 0);
    for line in lines {
        match line["type"].as_str().unwrap() {
            "opened" => {
                clock = line["clock"].as_u64().unwrap();
                for (n, name) in ["request", "response"].iter().enumerate() {
                    let packet = packets.next().unwrap();
                    assert_eq!((packet.from_client, packet.seq), (n == 0, 1));
                    assert!(packet.is_whole());
                    assert!(n == 1 || packet.port > port);
                    port = packet.port;
                    assert_eq!(line["handshake"][name]["bytes"], packet.length);
                    let head = String::from_utf8(packet.payload.clone()).unwrap();
                    assert!(head.ends_with("\r\n\r\n"), "{head}");
                    let begins = ["GET /ws", "HTTP/1.1 101 "][n];
                    assert!(head.starts_with(begins), "{head}");
                    // The token is as long as it was, and blank.
                    let token = line["handshake"]["token"]["length"].as_u64().unwrap() as usize;
                    let blank = format!("bearer.{}\r\n", "*".repeat(token));
                    assert_eq!(head.contains(&blank), n == 0, "{head}");
                    assert_eq!(packet.comment.contains("asterisks"), n == 0);
                    first[n] = 1 + packet.length as u32 + 1_000_000;
                }
            }
            "frame" => {
                let packet = packets.next().unwrap();
                let from = usize::from(line["from"] == "server");
                assert_same(line, packet, clock, first[from]);
                assert_eq!(packet.port, port);
            }
            "close" if ["fin", "reset"].contains(&line["step"].as_str().unwrap()) => {
                let packet = packets.next().unwrap();
                assert_eq!(
                    (packet.length, packet.from_client),
                    (0, line["by"] == "client")
                );
                let flag = if line["step"] == "fin" { FIN } else { RST };
                assert_ne!(packet.flags & flag, 0);
                ends += 1;
            }
            _ => {}
        }
    }
    assert!(packets.next().is_none());
    assert!(ends > 0);
}

/// Whether tshark is there: an environment variable names it, or it is among the programs.
fn tshark() -> Option<String> {
    let name = std::env::var("TSHARK").unwrap_or_else(|_| "tshark".into());
    let found = Command::new(&name).arg("--version").output();
    found
        .is_ok_and(|made| made.status.success())
        .then_some(name)
}

/// Wireshark's own parser finds the same frames in the same order.
#[track_caller]
fn with_tshark(file: &[u8], lines: &[Value]) {
    let Some(tshark) = tshark() else {
        println!(
            "left out: tshark is missing (or named by TSHARK), so it did not read the capture"
        );
        return;
    };
    let dir = TempDir::new();
    let path = dir.path().join("page.pcapng");
    std::fs::write(&path, file).unwrap();
    let read = |filter: &str, fields: &[&str]| {
        let mut command = Command::new(&tshark);
        command
            .arg("-r")
            .arg(&path)
            .args(["-Y", filter, "-T", "fields"]);
        command.args(["-o", "tcp.check_checksum:TRUE"]);
        for field in fields {
            command.args(["-e", field]);
        }
        let made = command.output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let text = String::from_utf8(made.stdout).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = lines.iter().filter(|line| line["type"] == "frame");
    let expected = expected.map(|line| {
        let bit = |name: &str| u8::from(line[name].as_bool().unwrap());
        let source = [2, 1][usize::from(line["from"] == "client")];
        format!(
            "192.0.2.{source}\t{}\t{}\t{}",
            bit("fin"),
            line["opcode"],
            bit("masked")
        )
    });
    let fields = [
        "ip.src",
        "websocket.fin",
        "websocket.opcode",
        "websocket.mask",
    ];
    assert_eq!(read("websocket", &fields), expected.collect::<Vec<_>>());
    let opened = lines.iter().filter(|line| line["type"] == "opened").count();
    assert_eq!(read("http.request", &["http.upgrade"]).len(), opened);
    assert_eq!(
        read("http.response.code == 101", &["http.upgrade"]).len(),
        opened
    );
    let wrong =
        "tcp.checksum.status == 0 && !(frame.cap_len < frame.len) || ip.checksum.status == 0";
    assert_eq!(read(wrong, &["frame.number"]), Vec::<String>::new());
    assert_eq!(
        read("_ws.malformed", &["frame.number"]),
        Vec::<String>::new()
    );
}

/// A frame of a made-up recording, in JavaScript.
const FRAME: &str = "const session = { id: 7, name: 'Ada', clock: 1700000000000, handshake: null };
    const frame = (number, from, offset, header, payload, more) => ({ session, event: Object.assign({
        type: 'frame', from, number, offset, header, at: number, extent: 'whole', key: null, control: null,
        wire: payload.slice(0, 128), payload: payload.slice(0, 128), payload_bytes: payload.length / 2 }, more) });
    const hexed = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const captured = await import('/assets/glass/capture.js');";

/// The packets of a recording that a script makes.
#[track_caller]
fn captured(page: &mut Page, items: &str) -> Vec<Packet> {
    let script = format!("{FRAME} return hexed(captured.capture([{items}]));");
    read(&hex(with_modules(page, &script).as_str().unwrap())).1
}

#[test]
fn lost_and_unfinished_and_very_long_frames_are_no_other_than_they_were() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    // Frame 2 was lost: the sequence numbers have a gap of its size. The last one was cut by the end.
    let packets = captured(
        &mut page,
        "frame(1, 'client', 0, '8100', ''), frame(3, 'client', 52, '8104', '61626364'),
         frame(4, 'client', 58, '8109', '6162', { extent: 'payload_cut' }), frame(5, 'client', 62, '81', '', { extent: 'header_cut' })",
    );
    let seqs: Vec<u32> = packets.iter().map(|packet| packet.seq).collect();
    assert_eq!(seqs, [1_000_001, 1_000_053, 1_000_059, 1_000_063]);
    let lengths: Vec<usize> = packets.iter().map(|packet| packet.length).collect();
    assert_eq!(lengths, [2, 6, 4, 1]);
    assert!(packets.iter().all(Packet::is_whole));
    let ended = packets
        .iter()
        .map(|packet| packet.comment.contains("ended before"));
    assert_eq!(ended.collect::<Vec<_>>(), [false, false, true, true]);

    // A payload of 150,000 bytes is more than a packet of IPv4 can carry.
    let packets = captured(
        &mut page,
        "frame(1, 'server', 0, '827f00000000000249f0', '07'.repeat(150000)), frame(2, 'server', 150010, '8900', '')",
    );
    let sizes: Vec<_> = packets
        .iter()
        .map(|p| (p.length, p.payload.len()))
        .collect();
    assert_eq!(sizes, [(65_495, 74), (65_495, 0), (19_020, 0), (2, 2)]);
    let next = packets.iter().map(|packet| packet.seq - 1_000_001);
    assert_eq!(next.collect::<Vec<_>>(), [0, 65_495, 130_990, 150_010]);
}

#[test]
fn what_the_recording_has_of_a_payload_is_used_and_nothing_else() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    // Two fragments of 100 bytes; the message keeps 150 of them. A masked Ping of 100 bytes is kept whole.
    let script = format!(
        "{FRAME}
         const [key, same] = ['01020304', '2'.repeat(200)];
         const masked = Array.from({{ length: 100 }}, (_, n) => (0x22 ^ (n % 4 + 1)).toString(16).padStart(2, '0')).join('');
         const message = {{ parts: [{{ frame: 1, bytes: 100 }}, {{ frame: 2, bytes: 100 }}], kept: '2'.repeat(300) }};
         const at = {{ message: 1, fragment: 1 }};
         const first = frame(1, 'client', 0, '01e401020304', same, {{ key, wire: masked.slice(0, 128), position: at }});
         const second = frame(2, 'client', 106, '80e401020304', same, {{ key, wire: masked.slice(0, 128), position: at, message }});
         const ping = frame(3, 'client', 212, '89e401020304', same, {{ key, wire: masked.slice(0, 128), control: {{ kind: 'ping', payload: same }} }});
         const other = frame(4, 'client', 318, '82e401020304', '3'.repeat(200), {{ position: {{ message: 2, fragment: 1 }}, message: {{ parts: [{{ frame: 4, bytes: 100 }}], kept: same }} }});
         const heads = [
             {{ lines: ['GET / HTTP/1.1', 'Cookie: …'], bytes: 50, cut: false }},
             {{ lines: ['GET /?token=… HTTP/1.1', 'Cookie: …'], bytes: 50, cut: false }},
             {{ lines: ['GET / HTTP/1.1', 'A: b'], bytes: 24, cut: false }},
             {{ lines: ['GET / HTTP/1.1', 'A: b'], bytes: 23, cut: false }},
             {{ lines: ['GET / HTTP/1.1', 'Cookie: …', 'A: b'], bytes: 30, cut: false }},
             {{ lines: ['GET / HTTP/1.1', 'A: b'], bytes: 3000, cut: true }}];
         const shown = heads.map((head) => {{
             const {{ known, blanked }} = captured.headBytes(head);
             return [new TextDecoder().decode(known), known.length === head.bytes, blanked];
         }});
         return [hexed(captured.capture([first, second, ping, other])), masked, shown];"
    );
    let found = with_modules(&mut page, &script);
    let packets = read(&hex(found[0].as_str().unwrap())).1;
    let wire = hex(found[1].as_str().unwrap());
    let payloads: Vec<&[u8]> = packets.iter().map(|packet| &packet.payload[6..]).collect();
    assert_eq!(payloads[0], wire);
    // The second has 50 bytes in the message and 64 in its own excerpt.
    assert_eq!(payloads[1], &wire[..64]);
    assert_eq!(payloads[2], wire);
    // A message that contradicts the frame is not believed.
    assert_eq!(payloads[3], [0x33; 64]);
    assert_eq!(
        found[2],
        json!([
            [
                format!("GET / HTTP/1.1\r\nCookie: {}\r\n\r\n", "*".repeat(22)),
                true,
                true
            ],
            [
                format!(
                    "GET /?token={} HTTP/1.1\r\nCookie: *\r\n\r\n",
                    "*".repeat(14)
                ),
                true,
                true
            ],
            ["GET / HTTP/1.1\r\nA: b\r\n\r\n", true, false],
            ["GET / HTTP/1.1", false, false],
            ["GET / HTTP/1.1", false, false],
            ["GET / HTTP/1.1\r\nA: b", false, false],
        ])
    );
}
