use super::*;

/// The handshake of §1.3, a line at a time, so that a test can change one.
const LINES: [&str; 6] = [
    "GET /chat HTTP/1.1",
    "Host: server.example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];

fn head(lines: &[&str]) -> Head {
    let text = format!("{}\r\n\r\n", lines.join("\r\n"));
    Head::parse(text.as_bytes()).unwrap().unwrap().0
}

/// The result of the handshake with this line in the place of the one whose
/// name it shares (or of the first), and more lines after it.
fn result(replaced: usize, line: &str, more: &[&str]) -> Result<Upgrade, (u16, &'static str)> {
    let mut lines = LINES.to_vec();
    match line {
        "" => drop(lines.remove(replaced)),
        line => lines[replaced] = line,
    }
    lines.extend(more);
    Upgrade::check(&head(&lines)).map_err(|refusal| {
        let rule = HandshakeRule::of_refusal(refusal.slug);
        assert!(rule.is_some(), "{} names no rule", refusal.slug);
        (refusal.status, refusal.slug)
    })
}

#[test]
fn the_example_of_the_rfc_is_answered_as_in_the_rfc() {
    let mut lines = LINES.to_vec();
    lines.push("Sec-WebSocket-Protocol: chat, superchat");
    let upgrade = Upgrade::check(&head(&lines)).unwrap();
    assert_eq!(upgrade.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(upgrade.protocols, ["chat", "superchat"]);
    assert_eq!(
        String::from_utf8(upgrade.switching_protocols(Some("chat"))).unwrap(),
        "HTTP/1.1 101 Switching Protocols\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
         Sec-WebSocket-Protocol: chat\r\n\r\n"
    );
}

#[test]
fn no_protocol_is_named_that_was_not_offered() {
    let upgrade = result(
        0,
        LINES[0],
        &["Sec-WebSocket-Protocol: chat.v1, bearer.a.b-_c"],
    )
    .unwrap();
    assert_eq!(upgrade.protocols, ["chat.v1", "bearer.a.b-_c"]);
    for protocol in [None, Some("other"), Some("Chat.v1")] {
        let response = String::from_utf8(upgrade.switching_protocols(protocol)).unwrap();
        assert!(!response.contains("Protocol:") && response.ends_with("=\r\n\r\n"));
    }
}

#[test]
fn legal_variants_are_accepted() {
    for (replaced, line) in [
        (0, "GET http://server.example.com/chat HTTP/1.1"),
        (0, "GET /chat HTTP/1.2"),
        (2, "UPGRADE:WebSocket"),
        (2, "Upgrade: foo/1, , WEBSOCKET"),
        (3, "connection: keep-alive , upgrade"),
        (3, "Connection: keep-alive\r\nConnection: UPGRADE"),
        (4, "Sec-WebSocket-Key: \tAAAAAAAAAAAAAAAAAAAAAA== "),
        (4, "Sec-WebSocket-Key: /////////////////////w=="),
        // The note in §4.1.
        (4, "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC=="),
        (5, "Sec-WebSocket-Version: 13\t"),
        (1, "Host: a\r\nContent-Length: 0"),
        (
            1,
            "Host: a\r\nSec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b, A",
        ),
        (
            1,
            "Host: a\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        ),
        (
            1,
            "Host: a\r\nSec-WebSocket-Extensions: a;b=\"10\" ; c , d; e = \"f\"\r\nSec-WebSocket-Extensions: e; f=1",
        ),
    ] {
        assert!(result(replaced, line, &[]).is_ok(), "{line}");
    }
}

#[test]
fn each_step_has_its_own_refusal() {
    for (replaced, line, status, slug) in [
        (0, "POST /chat HTTP/1.1", 405, "method_not_allowed"),
        (0, "get /chat HTTP/1.1", 405, "method_not_allowed"),
        (0, "GET /chat HTTP/1.0", 426, "http_1_0"),
        (2, "", 426, "no_upgrade"),
        (2, "Upgrade: h2c", 426, "no_upgrade"),
        (2, "Upgrade: websockets", 426, "no_upgrade"),
        (2, "Upgrade: websocket/13", 426, "no_upgrade"),
        (3, "", 400, "no_connection_upgrade"),
        (3, "Connection: keep-alive", 400, "no_connection_upgrade"),
        (3, "Connection: Upgrade/1", 400, "no_connection_upgrade"),
        (4, "", 400, "no_key"),
        (4, "Sec-WebSocket-Key:", 400, "bad_key"),
        (
            4,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ",
            400,
            "bad_key",
        ),
        (
            4,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=",
            400,
            "bad_key",
        ),
        (
            4,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===",
            400,
            "bad_key",
        ),
        (
            4,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQA=",
            400,
            "bad_key",
        ),
        (4, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j", 400, "bad_key"),
        (
            4,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWFiQ==",
            400,
            "bad_key",
        ),
        (
            4,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSB-_25jZQ==",
            400,
            "bad_key",
        ),
        (
            4,
            "Sec-WebSocket-Key: dGhlIHNhbXBs ZSBub25jZQ==",
            400,
            "bad_key",
        ),
        (
            4,
            "Sec-WebSocket-Key: =GhlIHNhbXBsZSBub25jZQ==",
            400,
            "bad_key",
        ),
        (5, "", 400, "no_version"),
        (5, "Sec-WebSocket-Version: 8", 426, "unsupported_version"),
        (5, "Sec-WebSocket-Version: 013", 426, "unsupported_version"),
        (
            5,
            "Sec-WebSocket-Version: 13, 8",
            426,
            "unsupported_version",
        ),
        (5, "Sec-WebSocket-Version:", 426, "unsupported_version"),
    ] {
        assert_eq!(result(replaced, line, &[]), Err((status, slug)), "{line}");
    }
    for (more, slug) in [
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "two_keys"),
        ("Sec-WebSocket-Version: 13", "two_versions"),
        ("Content-Length: 1", "body_on_upgrade"),
        ("Transfer-Encoding: chunked", "body_on_upgrade"),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 0",
            "body_on_upgrade",
        ),
        ("Content-Length: +0", "bad_content_length"),
        ("Content-Length: 0\r\nContent-Length: 0", "repeated_field"),
        ("Sec-WebSocket-Protocol:", "bad_protocol"),
        ("Sec-WebSocket-Protocol: ,", "bad_protocol"),
        ("Sec-WebSocket-Protocol: a b", "bad_protocol"),
        ("Sec-WebSocket-Protocol: a=b", "bad_protocol"),
        ("Sec-WebSocket-Protocol: ä", "bad_protocol"),
        ("Sec-WebSocket-Protocol: a, a", "repeated_protocol"),
        (
            "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b, a",
            "repeated_protocol",
        ),
        ("Sec-WebSocket-Extensions:", "bad_extensions"),
        ("Sec-WebSocket-Extensions: ;", "bad_extensions"),
        ("Sec-WebSocket-Extensions: a;", "bad_extensions"),
        ("Sec-WebSocket-Extensions: a b", "bad_extensions"),
        ("Sec-WebSocket-Extensions: a; b=", "bad_extensions"),
        ("Sec-WebSocket-Extensions: a; =b", "bad_extensions"),
        ("Sec-WebSocket-Extensions: a; b=\"c d\"", "bad_extensions"),
        ("Sec-WebSocket-Extensions: a; b=\"c", "bad_extensions"),
        ("Sec-WebSocket-Extensions: a; b=\"c,d\"", "bad_extensions"),
    ] {
        assert_eq!(result(0, LINES[0], &[more]), Err((400, slug)), "{more}");
    }
}

#[test]
fn of_several_mistakes_the_first_in_the_order_of_the_rfc_is_named() {
    let lines = ["POST / HTTP/1.0", "Content-Length: 3"];
    let slug = |lines: &[&str]| Upgrade::check(&head(lines)).unwrap_err().slug;
    assert_eq!(slug(&lines), "method_not_allowed");
    assert_eq!(slug(&["GET / HTTP/1.0", "Content-Length: 3"]), "http_1_0");
    assert_eq!(
        slug(&["GET / HTTP/1.1", "Host: a", "Content-Length: 3"]),
        "body_on_upgrade"
    );
    for (count, expected) in [
        (2, "no_upgrade"),
        (3, "no_connection_upgrade"),
        (4, "no_key"),
        (5, "no_version"),
    ] {
        assert_eq!(slug(&LINES[..count]), expected);
    }
}
