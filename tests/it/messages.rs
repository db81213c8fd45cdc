//! The rules of `chat.v1` for JSON and text, and the error for each broken rule.

use serde_json::json;

use crate::harness::{Chat, Frame, Raw, Server, UNPACED};

#[test]
fn texts_are_checked_for_length_lines_and_characters() {
    let server = Server::start(UNPACED);
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    let lines = |n: usize| vec!["x"; n].join("\n");
    let good = [
        "x".to_owned(),
        " x ".to_owned(),
        "x".repeat(4000),
        "好".repeat(4000),
        "😀".repeat(4000),
        "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}".to_owned(),
        "tab\tnewline\nquote\" backslash\\ slash/".to_owned(),
        "שלום و سلام".to_owned(),
        "<b>&amp;</b> \u{2028}".to_owned(),
        "می\u{200C}خواهم ශ්\u{200D}රී ❤\u{FE0F} 葛\u{E0100}".to_owned(),
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}".to_owned(),
        "\u{200F}ภาษา\u{200B}ไทย\u{AD}\u{A0}".to_owned(),
        lines(40),
    ];
    for text in &good {
        ada.granted(json!({"type": "send", "room": "lobby", "text": text}));
        assert_eq!(bob.expect("message")["text"], *text);
    }
    let bad = [
        (String::new(), "bad_message"),
        (" \n\t\u{3000}".to_owned(), "bad_message"),
        ("x".repeat(4001), "too_long"),
        ("好".repeat(4001), "too_long"),
        (lines(41), "too_long"),
        ("a\0b".to_owned(), "bad_message"),
        ("a\rb".to_owned(), "bad_message"),
        ("\x1b[31m".to_owned(), "bad_message"),
        ("\x7f".to_owned() + "x", "bad_message"),
        ("\u{85}x".to_owned(), "bad_message"),
        ("a\u{202A}b".to_owned(), "bad_message"),
        ("a\u{202E}b".to_owned(), "bad_message"),
        ("a\u{2066}b".to_owned(), "bad_message"),
        ("a\u{2069}b".to_owned(), "bad_message"),
    ];
    for (text, code) in &bad {
        ada.refused(json!({"type": "send", "room": "lobby", "text": text}), code);
        let to = ada.id.clone();
        ada.refused(json!({"type": "whisper", "to": to, "text": text}), code);
    }
    bob.expect_no("message");
}

#[test]
fn a_hidden_character_is_named_with_its_place_and_what_to_do() {
    let server = Server::start(UNPACED);
    let mut ada = Chat::member(&server, "Ada");
    for (text, said) in [
        (
            "sixteen letters \u{202E}x",
            "U+202E RIGHT-TO-LEFT OVERRIDE at position 17",
        ),
        ("a\r\nb", "U+000D CARRIAGE RETURN at position 2"),
        (
            "a\u{B}b",
            "U+000B LINE TABULATION (VERTICAL TAB) at position 2",
        ),
        ("\0", "U+0000 NULL at position 1"),
        (
            "😀\u{2068}x\u{2069}",
            "U+2068 FIRST STRONG ISOLATE at position 2",
        ),
        ("a\u{E0061}", "U+E0061 TAG CHARACTER at position 2"),
        ("\u{200B}", "U+200B ZERO WIDTH SPACE at position 1"),
    ] {
        let requests = [
            json!({"type": "send", "room": "lobby", "text": text}),
            json!({"type": "whisper", "to": ada.id.clone(), "text": text}),
            json!({"type": "search", "room": "lobby", "query": text}),
            json!({"type": "moderate", "action": "kick", "user": "x", "reason": text}),
        ];
        for request in requests {
            let error = ada.ask(request.clone());
            let message = error["message"].as_str().unwrap_or_default();
            assert_eq!(error["code"], "bad_message", "{request}: {error}");
            assert!(message.contains(said), "{request}: {error}");
        }
    }
    let half = r#"{"type":"send","room":"lobby","text":"\ud83d"}"#;
    ada.raw.send_text(half);
    let error = ada.expect("error");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("half of a character"),
        "{error}"
    );
}

#[test]
fn the_welcome_states_the_limit_of_a_text() {
    let server = Server::start("[limits]\ntext = 10\nmessage = \"1 KiB\"\nburst = 50\n");
    let mut ada = Chat::member(&server, "Ada");
    let limits = ada.expect("welcome")["limits"].clone();
    let said = ["text", "lines", "message", "burst"].map(|key| limits[key].as_u64());
    assert_eq!(said, [Some(10), Some(40), Some(1024), Some(50)]);
    let send = |n| json!({"type": "send", "room": "lobby", "text": "é".repeat(n)});
    ada.granted(send(10));
    ada.refused(send(11), "too_long");
}

/// A message, and the ref that its error must carry.
fn wrong_messages() -> Vec<(String, Option<&'static str>)> {
    let nested = |open: &str, close: &str, n| open.repeat(n) + &close.repeat(n);
    let inside = |value: String| format!(r#"{{"type":"send","ref":"r","x":{value}}}"#);
    vec![
        (String::new(), None),
        ("hello".into(), None),
        ("null".into(), None),
        ("42".into(), None),
        (r#""send""#.into(), None),
        (r#"["send","lobby","hello"]"#.into(), None),
        (r#"[{"type":"send","ref":"r"}]"#.into(), None),
        ("{}".into(), None),
        (r#"{"ref":"r"}"#.into(), Some("r")),
        (r#"{"type":"","ref":"r"}"#.into(), Some("r")),
        (r#"{"type":null,"ref":"r"}"#.into(), Some("r")),
        (r#"{"type":"Send","ref":"r"}"#.into(), Some("r")),
        (r#"{"type":"message","ref":"r"}"#.into(), Some("r")),
        (
            r#"{"type":"send","room":"lobby","ref":"r"}"#.into(),
            Some("r"),
        ),
        (r#"{"type":"send","text":"x","ref":"r"}"#.into(), Some("r")),
        (
            r#"{"type":"send","room":"lobby","text":7,"ref":"r"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"send","room":"lobby","text":"x","ref":"r","color":"red"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"send","room":"lobby","text":"x","ref":"r","user":"u"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"typing","room":"lobby","ref":"r","text":"x"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"send","room":"lobby","text":"x","reply_to":-1,"ref":"r"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"send","room":"lobby","text":"x","reply_to":1.5,"ref":"r"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"join","room":"lobby","since":3,"ref":"r"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"join","room":"lobby","since":{"seq":1},"ref":"r"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"history","room":"lobby","limit":0,"ref":"r"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"history","room":"lobby","limit":101,"ref":"r"}"#.into(),
            Some("r"),
        ),
        (
            r#"{"type":"moderate","action":"dance","ref":"r"}"#.into(),
            Some("r"),
        ),
        (r#"{"type":"moderate","ref":"r"}"#.into(), Some("r")),
        (
            r#"{"type":"send","room":"lobby","text":"\ud800","ref":"r"}"#.into(),
            None,
        ),
        (r#"{"type":"send","room":"lobby","text":"x""#.into(), None),
        (
            r#"{"type":"send","room":"lobby","text":"x"} {}"#.into(),
            None,
        ),
        (
            r#"{"type":"send","type":"leave","room":"lobby"}"#.into(),
            None,
        ),
        (nested("[", "]", 127), None),
        (nested("[", "]", 10_000), None),
        (nested("{\"a\":", "}", 10_000), None),
        (inside(nested("[", "]", 126)), Some("r")),
        (inside(nested("[", "]", 10_000)), None),
        (inside(nested("{\"a\":", "}", 6_000)), None),
        // serde accepts an array for a struct by default.
        (
            r#"{"type":"join","room":"lobby","since":["e",1],"ref":"r"}"#.into(),
            Some("r"),
        ),
    ]
}

#[test]
fn a_bad_message_gets_an_error_and_keeps_its_connection() {
    let server = Server::start(UNPACED);
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    for (wrong, r#ref) in wrong_messages() {
        let shown: String = wrong.chars().take(90).collect();
        println!("{shown}"); // shown when something inside fails
        ada.raw.send_text(&wrong);
        let errors = ada.so_far("error");
        let told: Vec<_> = errors.iter().map(|e| e["code"].as_str()).collect();
        assert_eq!(told, [Some("bad_message")], "{shown}: {errors:?}");
        // A ref after the syntax error may or may not be found.
        if r#ref.is_some() {
            assert_eq!(errors[0]["ref"].as_str(), r#ref, "{shown}: {errors:?}");
        }
    }
    bob.expect_no("message");
    ada.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
}

#[test]
fn white_space_escapes_and_the_order_of_fields_do_not_matter() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    let odd = " \r\n\t{ \"ref\" : \"r\" ,\n\"t\\u0065xt\":\"\\u4f60\\ud83d\\ude00\\/\" , \
               \"room\":\"l\\u006fbby\",\"type\":\"s\\u0065nd\" } \n";
    ada.raw.send_text(odd);
    assert_eq!(ada.expect("ack")["ref"], "r");
    assert_eq!(bob.expect("message")["text"], "你😀/");
}

#[test]
fn messages_may_follow_the_handshake_immediately() {
    let server = Server::start("");
    let mut bob = Chat::member(&server, "Bob");
    let mut raw = Raw::connect(server.addr);
    let send = json!({"type": "send", "room": "lobby", "text": "in a hurry", "ref": "r"});
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Authorization: Bearer {}\r\n\r\n",
        server.addr,
        server.token("Ada", "member")
    );
    let frame = Frame::text(&send.to_string()).encode();
    // Far more bytes than one read of the server takes.
    raw.send(&[head.as_bytes(), &frame.repeat(15)].concat());
    assert_eq!(raw.read_response().status, 101);
    let mut acks = 0;
    while acks < 15 {
        let message = raw.read_json();
        assert_ne!(message["type"], "error", "{message}");
        acks += u32::from(message["type"] == "ack");
    }
    assert_eq!(bob.so_far("message").len(), 1);
}

#[test]
fn a_message_in_fragments_is_one_message() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    let whole = json!({"type": "send", "room": "lobby", "text": "in 碎 pieces"}).to_string();
    let bytes = whole.as_bytes();
    ada.raw
        .send_frame(&Frame::new(Frame::TEXT, &bytes[..1]).not_final());
    for byte in &bytes[1..bytes.len() - 1] {
        ada.raw
            .send_frame(&Frame::new(Frame::CONTINUATION, [*byte]).not_final());
    }
    ada.raw
        .send_frame(&Frame::new(Frame::CONTINUATION, &bytes[bytes.len() - 1..]));
    assert_eq!(bob.expect("message")["text"], "in 碎 pieces");
}

#[test]
fn a_protocol_violation_ends_the_connection() {
    let server = Server::start("[limits]\nmessage = \"1 KiB\"\n");
    let table = [
        ("a binary frame", Frame::new(Frame::BINARY, *b"{}"), 1003),
        (
            "a message over the limit",
            Frame::text(&"x".repeat(1025)),
            1009,
        ),
        (
            "one that only claims to be",
            Frame::text("").claiming(1 << 40),
            1009,
        ),
        ("no mask", Frame::text("{}").unmasked(), 1002),
        ("not UTF-8", Frame::new(Frame::TEXT, *b"\xff"), 1007),
    ];
    let mut bob = Chat::member(&server, "Bob");
    for (what, frame, code) in table {
        println!("{what}");
        let mut ada = Chat::member(&server, "Ada");
        // A complete message before the violation is published.
        ada.send(json!({"type": "send", "room": "lobby", "text": what}));
        ada.raw.send_frame(&frame);
        let reason = ada.expect_close(code);
        assert!(!reason.is_empty(), "{what}");
        ada.raw.expect_eof();
        assert_eq!(bob.expect("message")["text"], what);
    }
    let mut ada = Chat::member(&server, "Ada");
    // At the limit it is only an error of chat.v1.
    ada.raw.send_text(&"x".repeat(1024));
    assert_eq!(ada.expect("error")["code"], "bad_message");
}

#[test]
fn nothing_after_a_binary_message_is_processed() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    let frames = [
        Frame::text(r#"{"type":"send","room":"lobby","text":"before"}"#),
        Frame::new(Frame::BINARY, "binary"),
        Frame::text(r#"{"type":"send","room":"lobby","text":"behind"}"#),
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    ada.raw.send(&bytes);
    assert_eq!(bob.expect("message")["text"], "before");
    ada.expect_close(1003);
    bob.expect_no("message");
}
