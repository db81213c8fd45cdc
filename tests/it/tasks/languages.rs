//! What the examiner says in 简体中文, and handshakes that are refused before a task begins.

use serde_json::{Value, json};

use crate::harness::{Frame, Raw, Server, http};

use super::student::{bearer, begin, listed, nonce, play};

fn is_chinese(text: &Value) -> bool {
    let text = text.as_str().unwrap_or_default();
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn a_client_that_asks_for_chinese_reads_it_and_others_read_english() {
    let server = Server::start("");
    for (query, asks) in [("", false), ("?lang=zh", true), ("?lang=en", false)] {
        let token = bearer(&server.token(&format!("Ada{query}"), "member"));
        // A browser's wish is not a program's.
        let headers = format!("{token}Accept-Language: zh-CN\r\n");
        let mut raw = Raw::upgrade(server.addr, &format!("/task/2{query}"), &headers);
        let opening = raw.read_json();
        assert_eq!(is_chinese(&opening["message"]), asks, "{opening}");
        let verdict = play(&mut raw, |raw, _| {
            raw.send_frame(&Frame::text("x").unmasked());
        });
        let said = &verdict.said;
        assert_eq!(is_chinese(&said["what"]), asks, "{said}");
        // What was read and the sentence of the RFC are the same.
        for same in ["0x1 text", "81 01", "The server MUST close the connection"] {
            assert!(verdict.what.contains(same), "{said}");
        }
    }
}

#[test]
fn the_list_is_in_the_language_of_its_reader() {
    let server = Server::start("");
    play(&mut begin(&server, 2, "Ada"), |raw, _| {
        raw.send_frame(&Frame::text("x").unmasked());
    });
    let token = bearer(&server.token("Ada", "member"));
    for (query, accepts, is) in [
        ("", "", false),
        ("?lang=zh", "", true),
        ("", "Accept-Language: zh-CN, en;q=0.5\r\n", true),
        ("?lang=en", "Accept-Language: zh-CN\r\n", false),
    ] {
        let headers = format!("{token}{accepts}");
        let path = format!("/api/tasks{query}");
        let answer = http(server.addr, "GET", &path, &headers, "");
        assert_eq!(answer.header("Vary"), Some("Accept-Language"));
        let last = &answer.json()["tasks"][1]["last"];
        assert_eq!(is_chinese(&last["what"]), is, "{query} {accepts}: {last}");
    }
}

/// Sends a handshake with one line changed; what was answered.
fn shake(server: &Server, name: &str, line: &str, change: (usize, &str)) -> (u16, Value) {
    let mut lines = [
        format!("Host: {}", server.addr),
        "Upgrade: websocket".to_owned(),
        "Connection: Upgrade".to_owned(),
        "Sec-WebSocket-Version: 13".to_owned(),
        format!("Sec-WebSocket-Key: {}", nonce()),
    ];
    lines[change.0] = change.1.to_owned();
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let token = bearer(&server.token(name, "member"));
    let head = format!("{line}\r\n{}\r\n{token}\r\n", lines.join("\r\n"));
    let mut raw = Raw::connect(server.addr);
    raw.send(head.as_bytes());
    let response = raw.read_response();
    (response.status, response.json())
}

/// The request line, the line that is changed, the status, words of the message, the section.
type Case<'a> = (&'a str, (usize, &'a str), u16, &'a str, &'a str);

#[test]
fn a_refused_handshake_says_what_was_read_and_the_list_has_it() {
    let server = Server::start("");
    let get = "GET /task/2 HTTP/1.1";
    let host = format!("Host: {}", server.addr);
    let cases: [Case<'_>; 9] = [
        (
            "POST /task/2 HTTP/1.1",
            (0, &host),
            405,
            "\"POST /task/2 HTTP/1.1\"",
            "4.1",
        ),
        ("GET /task/2 HTTP/1.0", (0, &host), 426, "HTTP/1.0", "4.1"),
        (get, (1, ""), 426, "no field Upgrade", "4.1"),
        (
            get,
            (2, "Connection: keep-alive"),
            400,
            "\"Connection: keep-alive\"",
            "4.1",
        ),
        (
            get,
            (3, "Sec-WebSocket-Version: 8"),
            426,
            "\"Sec-WebSocket-Version: 8\"",
            "4.1",
        ),
        (
            get,
            (4, ""),
            400,
            "no field Sec-WebSocket-Key. These came: host, upgrade",
            "4.1",
        ),
        (
            get,
            (4, "Sec-WebSocket-Key: AAAA"),
            400,
            "the key has 3 bytes and not 16",
            "4.1",
        ),
        (
            get,
            (
                4,
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nContent-Length: 2",
            ),
            400,
            "\"Content-Length: 2\"",
            "RFC 9110 §9.3.1",
        ),
        (
            get,
            (
                4,
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: http://elsewhere.example",
            ),
            403,
            "elsewhere.example",
            "4.2.2",
        ),
    ];
    for (n, (line, change, status, words, section)) in cases.into_iter().enumerate() {
        let name = &format!("Client {n}");
        let (got, body) = shake(&server, name, line, change);
        assert_eq!(got, status, "{words}: {body}");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(words), "{words:?}: {body}");
        assert!(message.contains("(RFC "), "no rule: {body}");
        let entry = listed(&server, name, 2);
        let last = &entry["last"];
        assert_eq!(
            (&last["what"], &last["section"], &last["rule"]),
            (&body["message"], &json!(section), &body["error"]),
            "{entry}"
        );
        // Nothing was examined.
        assert_eq!(
            (&entry["attempts"], &last["passed"]),
            (&json!(0), &json!(false))
        );
        let chinese = line.replace("/task/2", "/task/2?lang=zh");
        let (_, body) = shake(&server, name, &chinese, change);
        assert!(is_chinese(&body["message"]), "{body}");
    }
}

#[test]
fn a_refused_handshake_shows_no_token_and_nobody_speaks_for_another() {
    let server = Server::start("");
    let token = server.token("Ada", "member");
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let two = format!("Sec-WebSocket-Protocol: a, bearer.{token}\r\n");
    let headers = format!("{upgrade}{}{two}", bearer(&token));
    let answer = http(server.addr, "GET", "/task/2", &headers, "");
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("a, bearer.…"), "{}", answer.text());
    let secret = token.rsplit('.').next().unwrap();
    let entry = listed(&server, "Ada", 2);
    assert_eq!(entry["last"]["rule"], "two_tokens");
    assert!(!answer.text().contains(secret) && !entry.to_string().contains(secret));
    // A token that is not valid writes into no list.
    let forged = bearer(&format!("{}x", server.token("Bob", "member")));
    assert_eq!(http(server.addr, "GET", "/task/2", &forged, "").status, 426);
    assert!(listed(&server, "Bob", 2)["last"].is_null());
}
