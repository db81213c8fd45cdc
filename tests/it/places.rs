//! Admission: which connections are admitted, which make room for others, and how long a request may
//! take.

use std::time::Instant;

use serde_json::json;

use crate::harness::{Chat, Frame, How, Raw, Server, http};

/// Asks for `/ws` with a token; the connection and the status.
#[track_caller]
fn knock(server: &Server, name: &str, role: &str) -> (Raw, u16) {
    let mut raw = Raw::connect(server.addr);
    raw.send(
        format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Authorization: Bearer {}\r\n\r\n",
            server.addr,
            server.token(name, role)
        )
        .as_bytes(),
    );
    let response = raw.read_response();
    if response.status == 503 {
        let wait: u64 = response.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert!(response.json()["message"].is_string());
    }
    let status = response.status;
    (raw, status)
}

#[test]
fn silent_connections_make_room_for_new_ones_and_get_a_503() {
    let server = Server::start("[limits]\nunauthenticated = 8\nhandshake_timeout = \"10m\"\n");
    let mut first = Raw::connect(server.addr);
    first.send(b"GET / HTTP/1.1\r\nHost:"); // begun, and never finished
    let mut silent: Vec<Raw> = (0..20).map(|_| Raw::connect(server.addr)).collect();
    // A class comes in through all that.
    for n in 0..10 {
        Chat::member(&server, &format!("Pupil {n}")).expect("welcome");
        assert_eq!(http(server.addr, "GET", "/", "", "").status, 200);
    }
    for raw in [&mut first, &mut silent[0]] {
        let response = raw.read_response();
        assert_eq!(response.status, 503, "{}", response.text());
        assert!(response.header("Retry-After").is_some());
        raw.expect_eof();
    }
}

#[test]
fn echoes_cannot_fill_the_pool_of_connections_without_a_token() {
    let server = Server::start("[limits]\nunauthenticated = 8\n");
    let mut echoes = Vec::new();
    let refused = loop {
        let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let mut raw = Raw::connect(server.addr);
        let host = server.addr;
        raw.send(format!("GET /echo HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n").as_bytes());
        let response = raw.read_response();
        if response.status != 101 {
            break response;
        }
        echoes.push(raw);
        assert!(echoes.len() <= 8, "no end of echoes");
    };
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("Retry-After").is_some());
    assert!(!echoes.is_empty());
    for echo in &mut echoes {
        echo.send_text("still here");
        assert_eq!(echo.read_frame(), Frame::text("still here").unmasked());
    }
    Chat::member(&server, "Ada");
}

#[test]
fn a_full_chat_answers_503_and_still_admits_hosts() {
    let server = Server::start("[limits]\nconnections = 3\n");
    let mut people: Vec<Chat> = (0..3)
        .map(|n| Chat::member(&server, &format!("Pupil {n}")))
        .collect();
    assert_eq!(knock(&server, "Late", "member").1, 503);
    let host = knock(&server, "Ms Lin", "host");
    let helper = knock(&server, "Mr Wu", "moderator");
    assert_eq!((host.1, helper.1), (101, 101));
    // The page is still served.
    assert_eq!(http(server.addr, "GET", "/", "", "").status, 200);
    people[0].granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    drop((host, helper));

    // A person who leaves makes room, as soon as the server has noticed.
    people
        .pop()
        .unwrap()
        .raw
        .send_frame(&Frame::close(1000, ""));
    let until = Instant::now() + crate::harness::PATIENCE;
    while knock(&server, "Late", "member").1 == 503 {
        assert!(Instant::now() < until, "still full");
    }
}

#[test]
fn an_address_has_its_share_where_one_is_set() {
    let server = Server::start("[limits]\nconnections_per_address = 2\n");
    let (ada, bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    assert_eq!(knock(&server, "Eve", "member").1, 503);
    assert_eq!(http(server.addr, "GET", "/", "", "").status, 503);
    drop(ada);
    let until = Instant::now() + crate::harness::PATIENCE;
    while knock(&server, "Eve", "member").1 == 503 {
        assert!(Instant::now() < until, "the place was not given back");
    }
    drop(bob);
}

#[test]
fn behind_a_trusted_proxy_people_are_counted_by_their_own_addresses() {
    let more =
        "[limits]\nconnections_per_address = 2\n[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let server = Server::start(more);
    let status = |headers: &str| {
        let bearer = format!(
            "Authorization: Bearer {}\r\n{headers}",
            server.token("Ada", "member")
        );
        http(server.addr, "GET", "/healthz", &bearer, "").status
    };
    let upgrade = |address: &str| {
        let bearer = server.token(address, "member");
        let headers = format!("Authorization: Bearer {bearer}\r\nX-Forwarded-For: {address}\r\n");
        Raw::upgrade(server.addr, "/ws", &headers)
    };
    let _taken = [
        upgrade("10.0.0.1"),
        upgrade("10.0.0.1"),
        upgrade("10.0.0.2"),
    ];
    assert_eq!(status("X-Forwarded-For: 10.0.0.1\r\n"), 503);
    assert_eq!(status("X-Forwarded-For: 10.0.0.2\r\n"), 200);
    // What the client itself wrote in front does not count.
    assert_eq!(status("X-Forwarded-For: 10.9.9.9, 10.0.0.1\r\n"), 503);
}

#[test]
fn an_untrusted_proxy_cannot_name_an_address() {
    let server = Server::start("[limits]\nconnections_per_address = 2\n");
    let _taken = [Chat::member(&server, "Ada"), Chat::member(&server, "Bob")];
    let response = http(
        server.addr,
        "GET",
        "/healthz",
        "X-Forwarded-For: 10.0.0.1\r\n",
        "",
    );
    assert_eq!(response.status, 503);
}

#[test]
fn a_request_that_is_not_complete_in_time_gets_408() {
    let server = Server::start("[limits]\nhandshake_timeout = \"300ms\"\n");
    let begun = [
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: x\r\n",
        "POST /api/join HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"name\":",
    ];
    for bytes in begun {
        let start = Instant::now();
        let mut raw = Raw::connect(server.addr);
        raw.send(bytes.as_bytes());
        let response = raw.read_response();
        assert_eq!(response.status, 408, "{bytes:?}: {}", response.text());
        assert_eq!(response.header("Connection"), Some("close"));
        assert!(start.elapsed().as_millis() >= 250, "{:?}", start.elapsed());
        raw.expect_eof();
    }
    // A connection that has sent nothing gets no answer.
    Raw::connect(server.addr).expect_eof();
}

#[test]
fn trickling_does_not_buy_time() {
    let server = Server::start("[limits]\nhandshake_timeout = \"300ms\"\n");
    let mut raw = Raw::connect(server.addr);
    raw.send(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ");
    // A byte at a time, as fast as another request is answered: always something new, and
    // never the end.
    let start = Instant::now();
    while start.elapsed().as_millis() < 600 {
        if !raw.try_send(b"x") {
            break;
        }
        assert_eq!(http(server.addr, "GET", "/healthz", "", "").status, 200);
    }
    let response = raw.read_response();
    assert_eq!(response.status, 408, "{}", response.text());
}

#[test]
fn the_time_for_the_request_is_not_the_time_for_the_chat() {
    let server = Server::start("[limits]\nhandshake_timeout = \"250ms\"\n");
    let mut ada = Chat::member(&server, "Ada");
    let start = Instant::now();
    while start.elapsed().as_millis() < 700 {
        http(server.addr, "GET", "/healthz", "", "");
    }
    ada.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
}

/// A removed person connects again and again, and never hangs up.
#[test]
fn connections_that_were_sent_a_close_make_room_for_new_ones() {
    let server = Server::start("[limits]\nconnections = 5\n");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let eve = Chat::member(&server, "Eve");
    host.granted(json!({"type": "moderate", "action": "kick", "user": eve.id}));
    let mut lingering = vec![eve.raw];
    for _ in 0..20 {
        let (mut raw, status) = knock(&server, "Eve", "member");
        assert_eq!(status, 101);
        raw.expect_close(4500);
        lingering.push(raw);
    }
    for n in 0..4 {
        let (raw, status) = knock(&server, &format!("Pupil {n}"), "member");
        assert_eq!(status, 101, "Pupil {n}");
        lingering.push(raw);
    }
    assert_eq!(knock(&server, "Late", "member").1, 503);
    host.granted(json!({"type": "send", "room": "lobby", "text": "undisturbed"}));
}

/// More connections than the process can hold, none of which hangs up: those that were refused make
/// room as well.
#[test]
fn refused_connections_that_stay_open_lock_nobody_out() {
    let how = How {
        descriptors: Some(128),
        ..How::default()
    };
    let server = Server::start_as(how, "");
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let request = format!("GET /echo HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n");
    let mut staying = Vec::new();
    for n in 0..300 {
        let mut raw = Raw::connect(server.addr);
        raw.send(request.as_bytes());
        // One after the other: a displaced connection counts until its thread has run, and a burst
        // would fill the server with connections that are about to end.
        let status = raw.read_response().status;
        assert!(matches!(status, 101 | 503), "{status}");
        staying.push(raw);
        if n % 50 == 0 {
            Chat::member(&server, "Ada").granted(json!({"type": "typing", "room": "lobby"}));
        }
    }
    Chat::member(&server, "Bob").granted(json!({"type": "typing", "room": "lobby"}));
    let said = server.log();
    assert!(!said.contains("accept: "), "{said}");
}
