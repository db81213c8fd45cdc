use super::*;
use crate::websocket::rulings::of_refusal;

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n\
    Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

fn broken(request: &str, response: &str) -> Vec<&'static str> {
    let note = annotate(request.as_bytes(), Some(response.as_bytes()));
    let broken = |rule: &&DutyNote| rule.compliance == Compliance::Broken;
    note.rules
        .iter()
        .filter(broken)
        .map(|rule| rule.rule)
        .collect()
}

#[test]
fn the_example_of_section_1_2_keeps_every_rule() {
    let note = annotate(REQUEST.as_bytes(), Some(RESPONSE.as_bytes()));
    assert_eq!(broken(REQUEST, RESPONSE), [""; 0]);
    assert!(note.established);
    assert_eq!(note.subprotocol.as_deref(), Some("chat"));
    let accept = note.accept.unwrap();
    // §1.3 and §4.2.2 spell the hash out.
    assert_eq!(
        accept.sha1.to_string(),
        "b37a4f2cc0624f1690f64606cf385945b2bec4ea"
    );
    assert_eq!(accept.expected, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert!(
        accept.equal
            && accept
                .joined
                .ends_with("==258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    );
}

#[test]
fn each_broken_duty_is_the_only_one_named() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (from, to, word) in [
        ("GET /chat", "POST /chat", "method"),
        ("HTTP/1.1", "HTTP/1.0", "version MUST be at least"),
        ("/chat", "/chat#here", "Fragment"),
        ("Host: server.example.com\r\n", "", "|Host|"),
        ("Upgrade: websocket", "Upgrade: h2c", "|Upgrade|"),
        ("Connection: Upgrade", "Connection: close", "|Connection|"),
        ("Version: 13", "Version: 8", "MUST be 13"),
        ("chat, superchat", "chat, chat", "unique"),
        ("chat, superchat", "chat, a b", "unique"),
        (
            "Origin: http://example.com",
            "no colon",
            "valid HTTP request",
        ),
        (key, &format!("{key}{key}"), "more than once"),
        (
            "\r\nOrigin",
            "\r\nSec-WebSocket-Extensions: a;=b\r\nOrigin",
            "Extensions",
        ),
    ] {
        let request = REQUEST.replacen(from, to, 1);
        let broken = broken(&request, RESPONSE);
        assert!(
            broken.len() == 1 && broken[0].contains(word),
            "{to}: {broken:?}"
        );
    }
    for (from, to, word) in [
        ("Upgrade: websocket\r\n", "", "|Upgrade|"),
        ("Connection: Upgrade\r\n", "", "|Connection|"),
        ("xOo=", "xOp=", "|Sec-WebSocket-Accept|"),
        (
            "Protocol: chat",
            "Protocol: other",
            "|Sec-WebSocket-Protocol|",
        ),
        (
            "\r\n\r\n",
            "\r\nSec-WebSocket-Extensions: x\r\n\r\n",
            "|Sec-WebSocket-Extensions|",
        ),
    ] {
        let response = RESPONSE.replacen(from, to, 1);
        let broken = broken(REQUEST, &response);
        assert!(
            broken.len() == 1 && broken[0].contains(word),
            "{to}: {broken:?}"
        );
        assert!(!annotate(REQUEST.as_bytes(), Some(response.as_bytes())).established);
    }
}

#[test]
fn what_comes_twice_or_has_a_body_is_judged_by_the_rule_that_says_so() {
    for (line, section, refusal) in [
        ("Host: server.example.com", "RFC 9112 §3.2", "two_hosts"),
        ("host: evil.example", "RFC 9112 §3.2", "two_hosts"),
        ("Host:", "RFC 9112 §3.2", "two_hosts"),
        ("Sec-WebSocket-Version: 13", "11.3.5", "two_versions"),
        ("Sec-WebSocket-Version: 8", "11.3.5", "two_versions"),
        (
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "11.3.1",
            "two_keys",
        ),
        ("Content-Length: 5", "RFC 9110 §9.3.1", "body_on_upgrade"),
        (
            "Transfer-Encoding: chunked",
            "RFC 9110 §9.3.1",
            "body_on_upgrade",
        ),
    ] {
        let request = REQUEST.replacen("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"), 1);
        let note = annotate(request.as_bytes(), None);
        let broken: Vec<_> = note
            .rules
            .iter()
            .filter(|rule| rule.compliance == Compliance::Broken)
            .collect();
        let sections: Vec<&str> = broken.iter().map(|rule| rule.section).collect();
        assert_eq!(sections, [section], "{line}");
        let authority = of_refusal(refusal);
        assert_eq!(broken[0].authority, Some(authority), "{line}");
    }
    let empty = REQUEST.replacen("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n", 1);
    assert!(broken(&empty, RESPONSE).is_empty());
}

#[test]
fn a_malformed_key_breaks_its_rule() {
    for key in [
        "",
        "abc",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZ===",
        "=",
        "\u{e9}",
    ] {
        let request = REQUEST.replace("dGhlIHNhbXBsZSBub25jZQ==", key);
        let note = annotate(request.as_bytes(), None);
        let rule = note.rules.iter().find(|rule| rule.rule.contains("nonce"));
        assert_eq!(rule.unwrap().compliance, Compliance::Broken, "{key}");
    }
}

#[test]
fn a_refusal_does_not_open_the_connection() {
    let refusal = "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n\r\n{}";
    let note = annotate(REQUEST.as_bytes(), Some(refusal.as_bytes()));
    assert!(!note.established);
    assert_eq!(note.status, Some(426));
    let bare = broken(REQUEST, "HTTP/1.1 426 Upgrade Required\r\n\r\n");
    assert!(
        bare.iter()
            .any(|rule| rule.contains("|Sec-WebSocket-Version|"))
    );
}

#[test]
fn tokens_are_blanked_everywhere_but_read_for_their_owner() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    for line in [
        format!("Authorization: Bearer {token}"),
        format!("Sec-WebSocket-Protocol: chat.v1, bearer.{token}"),
    ] {
        let request = REQUEST.replace("Sec-WebSocket-Protocol: chat, superchat", &line);
        let note = annotate(request.as_bytes(), Some(RESPONSE.as_bytes()));
        assert_eq!(
            note.token.as_ref().unwrap().claims.as_ref().unwrap()["sub"],
            "a"
        );
        let text = crate::lens::terminal_text::handshake(&note, false);
        let json = serde_json::to_string(&note).unwrap();
        for shown in [text, json] {
            assert!(
                !shown.contains("c2lnb") && !shown.contains("eyJ"),
                "{shown}"
            );
        }
        let others = serde_json::to_string(&note.for_others()).unwrap();
        assert!(!others.contains("HS256"), "{others}");
    }
}

#[test]
fn garbage_never_panics() {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize
    };
    for round in 0..20_000 {
        let mut bytes = [REQUEST, RESPONSE][round % 2].as_bytes().to_vec();
        for _ in 0..next() % 20 {
            let at = next() % bytes.len();
            match next() % 3 {
                0 => bytes[at] = next() as u8,
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, next() as u8),
            }
        }
        let note = annotate(&bytes, Some(&bytes));
        assert!(crate::lens::terminal_text::handshake(&note, false).len() < 50_000);
    }
}

#[test]
fn a_right_value_that_comes_twice_is_not_shown_as_if_it_were_wrong() {
    let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let upgrade = "Upgrade: websocket\r\n";
    let protocol = "Sec-WebSocket-Protocol: chat\r\n";
    for (line, second, found) in [
        (
            accept,
            accept,
            "2 times: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, s3pPLM",
        ),
        (protocol, protocol, "2 times: chat, chat"),
        (upgrade, "Upgrade: h2c\r\n", "websocket, h2c"),
    ] {
        let response = RESPONSE.replace(line, &format!("{line}{second}"));
        let note = annotate(REQUEST.as_bytes(), Some(response.as_bytes()));
        let wrong = |rule: &&DutyNote| rule.compliance == Compliance::Broken;
        let wrong: Vec<_> = note.rules.iter().filter(wrong).collect();
        assert_eq!(wrong.len(), 1, "{found}: {wrong:?}");
        assert!(wrong[0].found.starts_with(found), "{}", wrong[0].found);
        assert!(!note.established);
    }
}
