//! HTTP at its edges: a client that asks before it sends a body, what proxies say of their clients,
//! and what is still read after the last answer.

use std::thread;

use serde_json::json;

use crate::harness::{CLASS_CODE, Chat, Frame, Raw, Server, UNPACED, http};

const EXPECT: &str = "Expect: 100-continue\r\n";

/// Sends a head that announces a body of this length.
#[track_caller]
fn announce(server: &Server, start: &str, lines: &str, length: usize) -> Raw {
    let mut raw = Raw::connect(server.addr);
    let addr = server.addr;
    let head = format!("{start}\r\nHost: {addr}\r\nContent-Length: {length}\r\n{lines}\r\n");
    raw.send(head.as_bytes());
    raw
}

fn join_body(name: &str) -> String {
    json!({"name": name, "code": CLASS_CODE}).to_string()
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on_and_then_answered() {
    let server = Server::start("");
    for (n, expect) in [EXPECT, "eXPECT:  100-CONTINUE \r\n"].iter().enumerate() {
        let body = join_body(&format!("Ann{}", ["a", "b"][n]));
        let mut raw = announce(&server, "POST /api/join HTTP/1.1", expect, body.len());
        let interim = raw.read_head();
        assert_eq!((interim.status, interim.headers.len()), (100, 0));
        raw.send(body.as_bytes());
        let response = raw.read_response();
        assert_eq!(response.status, 201, "{}", response.text());
        raw.expect_eof();
    }
}

#[test]
fn no_100_comes_where_nobody_waits_for_it() {
    let server = Server::start("");
    let body = join_body("Ben");
    // RFC 9110 §10.1.1: HTTP/1.0 has no expectations, not even wrong ones.
    for expect in [EXPECT, "Expect: coffee\r\n"] {
        let mut old = announce(&server, "POST /api/join HTTP/1.0", expect, body.len());
        old.send(body.as_bytes());
        assert_eq!(old.read_response().status, 201);
    }
    // The body has come already.
    let mut whole = Raw::connect(server.addr);
    let head = format!(
        "POST /api/join HTTP/1.1\r\nHost: a\r\n{EXPECT}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    whole.send(head.as_bytes());
    assert_eq!(whole.read_response().status, 201);
    // There is none.
    for start in ["GET / HTTP/1.1", "GET /api/room HTTP/1.1"] {
        assert_eq!(
            announce(&server, start, EXPECT, 0).read_response().status,
            200
        );
    }
    assert_eq!(
        announce(&server, "HEAD / HTTP/1.1", EXPECT, 0)
            .read_head()
            .status,
        200
    );
}

#[test]
fn what_is_refused_without_its_body_is_refused_at_once() {
    let server = Server::start("[join]\nenabled = false\n");
    let member = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ann", "member")
    );
    for (start, more, length, status) in [
        ("POST /nowhere HTTP/1.1", "", 9, 404),
        ("POST /api/nowhere HTTP/1.1", "", 9, 404),
        ("POST / HTTP/1.1", "", 9, 405),
        ("POST /api/room HTTP/1.1", "", 9, 405),
        ("PUT /api/host HTTP/1.1", "", 9, 405),
        ("POST /api/join HTTP/1.1", "", 9, 403),
        ("POST /api/host HTTP/1.1", "", 5000, 413),
        ("POST /api/forget HTTP/1.1", "", 9, 401),
        ("POST /api/forget HTTP/1.1", &member, 9, 403),
        (
            "POST /api/demo HTTP/1.1",
            &member,
            9,
            if cfg!(feature = "full") { 403 } else { 404 },
        ),
        (
            "POST /api/lab HTTP/1.1",
            "",
            9,
            if cfg!(feature = "full") { 401 } else { 404 },
        ),
        (
            "POST /api/host HTTP/1.1",
            "Transfer-Encoding: chunked\r\n",
            9,
            400,
        ),
        (
            "GET /ws HTTP/1.1",
            "Upgrade: websocket\r\nConnection: upgrade\r\n",
            9,
            400,
        ),
        ("GET / HTTP/1.1", "Expect: coffee\r\n", 0, 417),
        ("GET /ws HTTP/1.1", "Expect: coffee\r\n", 0, 417),
        ("GET /echo HTTP/1.1", "Expect: 100-continue;q=1\r\n", 0, 417),
        ("POST /api/host HTTP/1.1", "Expect: 200-ok\r\n", 9, 417),
    ] {
        let lines = format!("{EXPECT}{more}");
        let mut raw = announce(&server, start, &lines, length);
        let response = raw.read_response();
        assert_eq!(
            response.status,
            status,
            "{start} {more}: {}",
            response.text()
        );
        raw.finish();
        raw.expect_eof();
    }
}

#[test]
fn a_handshake_that_asks_first_is_told_to_go_on_before_the_101() {
    let server = Server::start("");
    let mut raw = Raw::connect(server.addr);
    raw.send(
        format!(
            "GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{EXPECT}\r\n"
        )
        .as_bytes(),
    );
    assert_eq!(raw.read_head().status, 100);
    assert_eq!(raw.read_head().status, 101);
    raw.send_text("hello");
    assert_eq!(raw.read_frame(), Frame::text("hello").unmasked());
}

/// Tries a wrong class code from an address that a proxy names; the status.
#[track_caller]
fn guess(server: &Server, lines: &str) -> u16 {
    let body = json!({"name": "Eve", "code": "WRONG7"}).to_string();
    http(server.addr, "POST", "/api/join", lines, &body).status
}

/// Uses up the wrong codes of the address that these lines name.
#[track_caller]
fn exhaust(server: &Server, lines: impl Fn(usize) -> String) {
    for n in 0..10 {
        let lines = lines(n);
        assert_eq!(guess(server, &lines), 403, "{n}: {lines}");
    }
}

const BEHIND_A_PROXY: &str = "[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n";

#[test]
fn the_address_that_a_proxy_names_counts_whatever_its_form() {
    let server = Server::start(BEHIND_A_PROXY);
    exhaust(&server, |n| match n % 5 {
        0 => format!("X-Forwarded-For: 192.0.2.1:{}\r\n", 1000 + n),
        1 => "X-Forwarded-For: 6.6.6.6, \"192.0.2.1\", 10.1.1.1:80\r\n".to_owned(),
        2 => format!("X-Forwarded-For: {n}.6.6.6\r\nX-Forwarded-For: ,192.0.2.1,\r\n"),
        3 => format!("Forwarded: for=6.6.6.{n}, FOR=\"192.0.2.1:80\";proto=https\r\n"),
        _ => "Forwarded: host=\"a,b\";for=192.0.2.1\r\nForwarded: for=10.9.9.9\r\n".to_owned(),
    });
    assert_eq!(guess(&server, "X-Forwarded-For: 192.0.2.1\r\n"), 429);
    exhaust(&server, |n| match n % 3 {
        0 => format!("X-Forwarded-For: [2001:db8::1]:{n}\r\n"),
        1 => "X-Forwarded-For: 2001:DB8:0::1\r\n".to_owned(),
        _ => "Forwarded: for=\"[2001:db8::1]:4711\"\r\n".to_owned(),
    });
    assert_eq!(guess(&server, "Forwarded: For=\"[2001:db8::1]\"\r\n"), 429);
}

#[test]
fn nobody_chooses_an_address_that_no_proxy_has_written() {
    let server = Server::start(BEHIND_A_PROXY);
    // A proxy that writes one of the two fields, and passes the other on.
    exhaust(&server, |n| match n % 2 {
        0 => format!("Forwarded: for=6.6.6.{n}\r\nX-Forwarded-For: 192.0.2.1\r\n"),
        _ => format!("X-Forwarded-For: 6.6.6.{n}\r\nForwarded: for=192.0.2.1\r\n"),
    });
    assert_eq!(guess(&server, ""), 429, "all of them counted as the proxy");
    assert_eq!(guess(&server, "X-Forwarded-For: 192.0.2.1\r\n"), 403);
    // Without a proxy, nobody is believed.
    let server = Server::start("");
    exhaust(&server, |n| {
        format!("X-Forwarded-For: 1.2.3.{n}\r\nForwarded: for=1.2.3.{n}\r\n")
    });
    assert_eq!(guess(&server, "X-Forwarded-For: 1.2.3.99\r\n"), 429);
}

/// More than the buffers of the kernel on both sides and what the server reads together.
const FAR_TOO_MUCH: usize = 48 << 20;

/// Sends until the server takes no more; panics if it takes everything.
#[track_caller]
fn flood(raw: &mut Raw, what: &str, piece: &[u8]) {
    let mut sent = 0;
    while raw.try_send(piece) {
        sent += piece.len();
        assert!(
            sent < FAR_TOO_MUCH,
            "{what}: {sent} bytes were taken after the last answer"
        );
    }
}

#[test]
fn after_the_last_answer_only_so_much_is_read() {
    let server = Server::start(UNPACED);
    let frame = Frame::new(Frame::BINARY, vec![b'x'; 60_000]).encode();
    let ended = |what: &str, mut raw: Raw| flood(&mut raw, what, &frame);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut raw = announce(&server, "POST /api/join HTTP/1.1", "", 1 << 30);
            assert_eq!(raw.read_response().status, 413);
            ended("413", raw);
        });
        scope.spawn(|| {
            let mut raw = announce(&server, "POST /nowhere HTTP/1.1", "", 1 << 30);
            assert_eq!(raw.read_response().status, 404);
            ended("404", raw);
        });
        scope.spawn(|| {
            let mut raw = Raw::upgrade(server.addr, "/ws", "");
            raw.expect_close(1008);
            ended("1008", raw);
        });
        scope.spawn(|| {
            let mut raw = Raw::upgrade(server.addr, "/echo", "");
            raw.send_frame(&Frame::text("x").unmasked());
            raw.expect_close(1002);
            ended("1002 on /echo", raw);
        });
        scope.spawn(|| {
            let mut chat = Chat::member(&server, "Ann");
            chat.raw.send_frame(&Frame::new(Frame::BINARY, "x"));
            chat.expect_close(1003);
            ended("1003 in the chat", chat.raw);
        });
    });
    assert_eq!(http(server.addr, "GET", "/healthz", "", "").status, 200);
}
