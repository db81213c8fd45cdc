//! Inputs to begin with, for each target: right ones, so that mutations reach deep into the code.

use crate::config::{Config, Keep, Synchronous};
use crate::lab::experiments;
use crate::model::event::EventKind;
use crate::model::event::samples::*;
use crate::sqlite::start::{StoreOptions, open};
use crate::store::queue::Note;
use crate::support::scratch::Scratch;
use std::fs;

/// The seeds of a target.
pub(super) fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "head" => heads(),
        "guard" | "reader" => frames(),
        "request" => requests(),
        "lens" => connections(),
        "program" => programs(),
        "config" => vec![
            include_bytes!("../../chat.toml").to_vec(),
            Config::default().to_toml().into_bytes(),
        ],
        "database" => vec![database()],
        _ => panic!("{target} has no seeds"),
    }
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

const HANDSHAKE: &str = "GET /ws?join= HTTP/1.1\r\nHost: 192.168.1.20:8080\r\nUpgrade: websocket\r\n\
    Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat.v1, bearer.a.b.c\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
    Origin: http://192.168.1.20:8080\r\n\r\n";

fn heads() -> Vec<Vec<u8>> {
    bytes(&[
        HANDSHAKE,
        "\r\nPOST http://[::1]:8080/api/join HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 42\r\n\
         Expect: 100-continue\r\nAuthorization: Bearer a.b.c\r\n\r\n",
        "GET / HTTP/1.0\r\nX-Forwarded-For: 6.6.6.6, \"[2001:db8::1]:443\", 127.0.0.1:80\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nForwarded: host=\"a,b\\\"\";for=\"[2001:db8::1]:_x\";proto=http\r\n\
         Forwarded: for=unknown, FOR=127.0.0.1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nIf-None-Match: W/\"x\", *\r\n\r\n",
    ])
}

/// A masked frame. The key is that of RFC 6455 §5.7.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend(key);
    frame.extend(
        payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

fn frames() -> Vec<Vec<u8>> {
    let hello = frame(0x81, b"Hello");
    let fragments = [
        frame(0x01, b"caf\xc3"),
        frame(0x89, b"ping"),
        frame(0x00, b""),
        frame(0x80, b"\xa9"),
    ];
    let closing = [hello.clone(), frame(0x88, b"\x03\xe8bye"), hello.clone()];
    vec![
        hello,
        fragments.concat(),
        closing.concat(),
        frame(0x82, &[0; 126]),
        frame(0x81, "ü".repeat(300).as_bytes()),
        [frame(0x8a, b""), frame(0x88, b"")].concat(),
    ]
}

fn requests() -> Vec<Vec<u8>> {
    bytes(&[
        r#"{"type":"send","room":"lobby","text":"hi \ud83d\ude00","reply_to":3,"ref":"r1"}"#,
        r#"{"type":"join","room":"lobby","since":{"epoch":"abc","seq":12}}"#,
        r#"{"type":"edit","room":"lobby","seq":1,"text":"line\ntwo","ref":"\u00e9"}"#,
        r#"{"type":"react","room":"lobby","seq":1,"emoji":"👍"}"#,
        r#"{"type":"history","room":"lobby","before":18446744073709551615,"limit":50}"#,
        r#"{"type":"search","room":"lobby","text":"x","limit":1}"#,
        r#"{"type":"moderate","action":"mute","room":"lobby","user":"abc","seconds":60,"reason":"x"}"#,
        r#"{"type":"whisper","to":"abc","text":"psst"}"#,
        r#"{"type":"auth","token":"a.b.c"}"#,
        r#"{"type":"typing","room":"lobby"}"#,
        r#"{"ref":"late","text":"x","type":"send","room":"数学"}"#,
    ])
}

/// Two bytes that say where both ends are cut, and the bytes of both.
fn connections() -> Vec<Vec<u8>> {
    let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat.v1\r\n\r\n";
    let heads = [&[220, 128], HANDSHAKE.as_bytes(), response].concat();
    let mut seeds: Vec<Vec<u8>> = frames()
        .into_iter()
        .map(|frames| {
            [
                &[0, 128],
                &frames[..],
                b"\x81\x05Hello\x89\x00\x88\x02\x03\xe8",
            ]
            .concat()
        })
        .collect();
    seeds.push(heads);
    seeds
}

fn programs() -> Vec<Vec<u8>> {
    let ready = experiments::all(64 * 1024).into_iter();
    let mut seeds: Vec<Vec<u8>> = ready
        .filter_map(|experiment| serde_json::to_vec(&experiment.program).ok())
        .filter(|program| program.len() < 4096)
        .collect();
    seeds.extend(bytes(&[
        r#"{"target":"/ws","handshake":{"lines":["GET /ws HTTP/1.1","Host: a"]},"steps":[{"pause":1}]}"#,
        r#"{"target":"/echo","steps":[{"frame":{"opcode":1,"form":"16","claim":125,
            "payload":{"text":"Hello"}}},{"raw":"ff00"},{"end":"reset"}]}"#,
    ]));
    seeds
}

/// A small history with one event of each kind, as the store writes it.
fn database() -> Vec<u8> {
    let scratch = Scratch::new();
    let options = StoreOptions {
        max_size: u64::MAX,
        path: scratch.path().join("history.db"),
        synchronous: Synchronous::Normal,
        gather: std::time::Duration::from_millis(2),
        keep: Keep::Forever,
        memory: 100,
        epoch: "seed".into(),
        now: 1_000_000,
    };
    let (store, _) = open(&options).expect("a history");
    let (mut writer, _, threads) = store.start(|_| {}).expect("threads");
    for event in [
        event(1, "Ann", said("line\none")),
        event(2, "Lin", edit(1, "line\ntwo")),
        event(3, "Bo", react(1, "👍")),
        event(4, "Lin", EventKind::Pin { of: Some(1) }),
        event(5, "Bo", said("数学")),
    ] {
        writer.append(event);
    }
    writer.note(Note::Room("empty".into()));
    drop(writer);
    assert!(threads.join());
    // Closing the last connection has put the write-ahead log into the file.
    fs::read(&options.path).expect("a file")
}
