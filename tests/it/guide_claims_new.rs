//! What the chapters from 13 on say about this server, held against the source and the real server.

mod clients;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, Frame, Raw, Server, TempDir, binary};
use crate::tidy::root;

/// A chapter in English and in Chinese, without the line breaks in its sentences.
pub fn chapter(name: &str) -> [String; 2] {
    ["en", "zh"].map(|language| {
        let path = root().join(format!("src/learn/{language}/{name}.html"));
        fs::read_to_string(path).unwrap().replace('\n', " ")
    })
}

/// What a chapter says in both languages, and what the source says.
#[track_caller]
fn agree(name: &str, said: &[(&str, &str, &str)]) {
    for (words, file, source) in said {
        for text in chapter(name) {
            assert!(text.contains(words), "{name} does not say {words}");
        }
        let text = fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains(source), "{file}: {words} is not {source}");
    }
}

#[test]
fn the_bounds_of_chapter_13_are_those_of_the_source() {
    let said = [
        ("8,192", "src/net/inbox.rs", "const DEPTH: usize = 8192;"),
        ("1 MiB", "chat.toml", "\nbacklog = \"1 MiB\""),
        ("64 MiB", "chat.toml", "\nbacklog_total = \"64 MiB\""),
        ("40", "chat.toml", "\ninterval = \"20s\""),
        (
            "2 ",
            "src/net/flusher.rs",
            "CLOSE_WITHIN: Duration = Duration::from_secs(2);",
        ),
        (
            "16 KiB",
            "src/web/learn/backpressure.js",
            "const SIZE = 16 * 1024;",
        ),
        (
            "128 ",
            "src/web/learn/backpressure.js",
            "const COUNT = 128;",
        ),
        (
            "20 ",
            "src/web/learn/backpressure.js",
            "const PAUSE_MS = 20;",
        ),
    ];
    agree("13-backpressure", &said);
}

#[test]
fn a_client_that_reads_too_slowly_gets_the_close_of_chapter_13() {
    let limits = "[limits]\nmessages_per_second = 0\nbacklog = \"64 KiB\"\n";
    let server = Server::start(limits);
    let mut slow = Chat::member(&server, "Slow");
    let mut talker = Chat::member(&server, "Talker");
    let text = "x".repeat(4000);
    // Until the kernel's buffers and the queue are full, and the client is no longer a member.
    while !talker.somebody_left() {
        talker.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    let close = loop {
        let frame = slow.raw.read_frame();
        if frame.opcode == Frame::CLOSE {
            break frame.payload;
        }
    };
    assert_eq!(close[..2], 1013u16.to_be_bytes());
    let reason = String::from_utf8(close[2..].to_vec()).unwrap();
    for text in chapter("13-backpressure") {
        assert!(text.contains(&format!("<code>{reason}</code>")), "{reason}");
    }
}

#[test]
fn the_waits_and_bounds_of_chapter_14_are_those_of_the_source() {
    let socket = "src/web/base/socket.js";
    let said = [
        ("30", socket, "const LONGEST_DELAY_MS = 30000;"),
        ("1 ", socket, "const FIRST_DELAY_MS = 1000;"),
        ("0.5", socket, "ceiling * (0.5 + Math.random() / 2)"),
        ("5 ", socket, "const GOOD_AFTER_MS = 5000;"),
        ("5,000", "chat.toml", "\nresume_limit = 5000"),
        ("50", "chat.toml", "\npage = 50"),
    ];
    agree("14-resume", &said);
    let socket = fs::read_to_string(root().join(socket)).unwrap();
    let last = socket.lines().find(|line| line.contains("const FINAL"));
    assert!(last.unwrap().contains("4500"), "after 4500 no: {last:?}");
}

#[test]
fn the_same_request_twice_is_done_once_as_chapter_14_shows() {
    let server = Server::start("");
    for text in chapter("14-resume") {
        let line = text.split("<code>").find_map(|code| {
            let start = code.find("{\"type\":\"send\"")?;
            code[start..]
                .split_once('}')
                .map(|(line, _)| format!("{line}}}"))
        });
        let request: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let mut ann = Chat::member(&server, "Ann");
        let first = ann.granted(request.clone());
        // Over another connection of the same person.
        let mut again = Chat::member(&server, "Ann");
        let second = again.granted(request);
        assert_eq!(
            [&first["seq"], &first["at"]],
            [&second["seq"], &second["at"]]
        );
        assert_eq!(first["seq"], 1, "{first}");
    }
}

#[test]
fn the_bounds_of_chapter_15_are_those_of_the_source() {
    let large = "src/web/learn/large.js";
    let said = [
        ("64 KiB", "chat.toml", "\nmessage = \"64 KiB\""),
        (
            "<code>lab.max_message</code>",
            "chat.toml",
            "\nmax_message = \"64 KiB\"",
        ),
        ("512 KiB", large, "const FILE = 512 * 1024;"),
        ("4 KiB", large, "const SMALL = 4 * 1024;"),
        (
            "1009",
            "src/websocket/close.rs",
            "TOO_BIG: Self = Self(1009)",
        ),
    ];
    agree("15-large-messages", &said);
}

#[test]
fn a_message_is_refused_by_its_header_alone_and_fragments_do_not_help_as_chapter_15_says() {
    let server = Server::start("");
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    // A header that claims 65,537 bytes, and not one of them.
    raw.send(&[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4]);
    raw.expect_close(1009);

    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    let mut first = Frame::new(Frame::BINARY, vec![0; 65_536]);
    first.fin = false;
    raw.send_frame(&first);
    raw.send_frame(&Frame::new(Frame::CONTINUATION, vec![0]));
    raw.expect_close(1009);

    let welcome = Chat::member(&server, "Ann").expect("welcome");
    let limit = format!("\"message\":{}", welcome["limits"]["message"]);
    for text in chapter("15-large-messages") {
        assert!(text.contains(&limit), "{limit}");
    }
}

/// The report of a script in tests/clients.
#[track_caller]
fn figures(script: &str, args: &[&Path]) -> Option<serde_json::Value> {
    let python = need(tools::on_path(&["python3"]), "Python", INSTALL)?;
    let script = root().join("tests/clients").join(script);
    let output = Command::new(python)
        .arg(script)
        .args(args)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The numbers of the first table of a chapter, row by row.
fn numbers(text: &str) -> Vec<Vec<f64>> {
    let body = text.split_once("<tbody>").unwrap().1;
    let rows = body.split_once("</tbody>").unwrap().0.split("<tr>").skip(1);
    let rows = rows.filter(|row| row.contains("<td>"));
    let cell = |cell: &str| cell.split_once('<').unwrap().0.parse().unwrap();
    rows.map(|row| row.split("<td>").skip(1).map(cell).collect())
        .collect()
}

#[test]
fn the_figures_of_chapter_16_are_those_of_zlib() {
    let Some(seen) = figures("deflate.py", &[]) else {
        return;
    };
    let rows: Vec<Vec<f64>> = serde_json::from_value(seen["rows"].clone()).unwrap();
    for text in chapter("16-compression") {
        // Another version of zlib may find a byte more or less.
        for (said, seen) in numbers(&text).concat().iter().zip(rows.concat()) {
            assert!((said - seen).abs() <= seen * 0.05, "{said} is {seen}");
        }
        let hello = seen["hello"].as_str().unwrap();
        assert!(text.contains(&format!("<code>{hello}</code>")), "{hello}");
        assert!(text.contains("65,232"));
    }
    assert_eq!(seen["unpacked"], json!(["Hello", "Hello"]));
    let bomb = seen["bomb"].as_f64().unwrap();
    assert!((bomb - 65_232.0).abs() < 1000.0, "{bomb}");
    assert!(seen["guesses"][0].as_u64() < seen["guesses"][1].as_u64());
    // Some 4 µs where nothing else runs; far more than a delivery costs (docs/figures.md) anywhere.
    assert!(seen["micros"].as_f64().unwrap() > 1.0, "{seen}");
}

#[test]
fn the_figures_of_chapter_18_are_those_of_tls() {
    let folder = TempDir::new();
    let made = tools::certificate(folder.path(), "chat.example.org");
    let Some([certificate, key]) = made else {
        return;
    };
    let Some(seen) = figures("tls.py", &[&certificate, &key]) else {
        return;
    };
    assert_eq!(seen["version"], "TLSv1.3");
    assert_eq!(seen["seen"], false, "a listener could read it");
    let pair = |name: &str| [0, 1].map(|n| seen[name][n].as_f64().unwrap());
    let handshake = pair("handshake").map(|bytes| [0.0, bytes]);
    let rows = [
        handshake[0],
        handshake[1],
        pair("request"),
        pair("frame"),
        pair("large"),
    ];
    for text in chapter("18-tls") {
        let (_, table) = text.split_once("<h2>").unwrap();
        let table = table.split("<table>").nth(2).unwrap();
        for (n, (said, seen)) in numbers(table).iter().zip(rows).enumerate() {
            // Certificates and versions of OpenSSL differ by a few bytes; a record does not.
            let most = if n < 2 { seen[1] * 0.25 } else { 0.0 };
            assert!((said[1] - seen[1]).abs() <= most, "{said:?} is {seen:?}");
            assert_eq!(said[0], seen[0]);
        }
        assert!(text.contains("22 "), "what a record adds");
    }
    for [plain, sealed] in rows.into_iter().skip(2) {
        assert_eq!(sealed - plain, 22.0);
    }
}

#[test]
fn the_ticket_of_chapter_19_works_once_by_the_commands_that_are_printed() {
    let said = [
        ("56 ", "src/auth/ticket.rs", "56 characters of base32"),
        ("<code>observer</code>", "src/model/role.rs", "Observer"),
    ];
    agree("19-permissions", &said);
    let lifetime = fs::read_to_string(root().join("src/auth/ticket.rs")).unwrap();
    assert!(lifetime.contains("LIFETIME: u64 = 600"), "ten minutes");
    let Some(curl) = need(tools::on_path(&["curl"]), "curl", INSTALL) else {
        return;
    };
    let path = |language: &str| root().join(format!("src/learn/{language}/19-permissions.html"));
    let commands = ["en", "zh"].map(|language| {
        let text = fs::read_to_string(path(language)).unwrap();
        let start = text.find("TICKET=").unwrap();
        text[start..].split_once("</code>").unwrap().0.to_owned()
    });
    assert_eq!(commands[0], commands[1]);
    let server = Server::start("");
    let bin = TempDir::new();
    std::os::unix::fs::symlink(binary(), bin.path().join("glassroom")).unwrap();
    let tools = [bin.path(), curl.parent().unwrap()].map(|path| path.display().to_string());
    // Only the address of the server is another one.
    let script = commands[0]
        .replace("http://localhost:8080", &server.url("http", ""))
        .replace("curl -s", "curl --noproxy '*' -s -w ' %{http_code}\\n'")
        .replace("glassroom link", "glassroom link \"$@\"");
    let output = server.command("link");
    let args: Vec<_> = output.get_args().skip(1).map(ToOwned::to_owned).collect();
    let output = Command::new("bash")
        .args(["-c", &script, "bash"])
        .args(args)
        .env("PATH", format!("{}:/usr/bin:/bin", tools.join(":")))
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<&str> = stdout.lines().collect();
    assert_eq!(answers.len(), 2, "{output:?}");
    assert!(
        answers[0].ends_with(" 201") && answers[0].contains("token"),
        "{stdout}"
    );
    assert!(
        answers[1].ends_with(" 403") && answers[1].contains("bad_ticket"),
        "{stdout}"
    );
}

#[test]
fn the_figures_of_chapter_20_are_those_of_the_document() {
    let figures = "docs/figures.md";
    let said = [
        (
            "5,000",
            figures,
            "5,000 idle connections took 14.2 KiB each",
        ),
        ("14 KiB", figures, "took 14.2 KiB each"),
        ("58 ", figures, "of them in 58 ms"),
    ];
    agree("20-many-processes", &said);
}

#[test]
fn the_bounds_of_chapter_22_are_those_of_the_source() {
    let said = [
        ("4,000", "chat.toml", "\ntext = 4000"),
        ("40 ", "src/model/text.rs", "MAX_LINES: usize = 40;"),
        ("<code>/echo</code>", "chat.toml", "\nwhisper = \"hosts\""),
        (
            "<code>iceServers</code>",
            "src/web/learn/peers.js",
            "iceServers: []",
        ),
    ];
    agree("22-webrtc", &said);
}

#[test]
fn two_servers_do_not_know_each_other_as_chapter_20_says() {
    let (a, b) = (Server::start(""), Server::start(""));
    let mut ann = Chat::member(&a, "Ann");
    let mut bo = Chat::member(&b, "Bo");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "Hello"}));
    bo.expect_no("message");
    // A token of the one is worth nothing at the other.
    let bearer = format!("Authorization: Bearer {}\r\n", a.token("Ann", "member"));
    let mut stranger = Raw::upgrade(b.addr, "/ws", &bearer);
    assert_eq!(stranger.expect_close(1008), "Unauthorized: forged");
    // A second server in the same directory refuses to start.
    let mut second = a.command("serve");
    let output = second.args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
