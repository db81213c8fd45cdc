//! Heartbeats, and how the server stops.

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Chat, Frame, Raw, Server, TempDir, binary, output};

const FAST: &str = "[heartbeat]\ninterval = \"100ms\"\n[limits]\nmessages_per_second = 0\n";

/// The next Ping; text messages before it are skipped.
#[track_caller]
fn next_ping(raw: &mut Raw) -> Frame {
    loop {
        let frame = raw.read_frame();
        match frame.opcode {
            Frame::PING => return frame,
            Frame::TEXT => {}
            _ => panic!("{frame:?} where a Ping was awaited"),
        }
    }
}

#[test]
fn a_silent_client_is_pinged_and_closed_if_it_does_not_answer() {
    let server = Server::start(FAST);
    let mut ada = Chat::member(&server, "Ada");
    let start = Instant::now();
    next_ping(&mut ada.raw);
    let reason = ada.expect_close(4408);
    assert!(reason.starts_with("silent: "), "{reason}");
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    ada.raw.expect_eof();
}

#[test]
fn a_client_that_answers_pings_stays_connected() {
    let server = Server::start("[heartbeat]\ninterval = \"1s\"\n");
    let mut ada = Chat::member(&server, "Ada");
    for _ in 0..5 {
        let ping = next_ping(&mut ada.raw);
        ada.raw.send_frame(&Frame::new(Frame::PONG, ping.payload));
    }
    ada.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
}

/// Any frame counts (a pong without payload, a message), also just before the deadline.
#[test]
fn any_frame_counts_as_an_answer_even_a_late_one() {
    let free = "[limits]\nmessages_per_second = 0\n"; // Bob comes in a loop
    let server = Server::start(&format!("[heartbeat]\ninterval = \"1s\"\n{free}"));
    let mut ada = Chat::member(&server, "Ada");
    for n in 0..2 {
        next_ping(&mut ada.raw);
        let asked = Instant::now();
        // Lets half of the remaining time pass, with another client.
        while asked.elapsed() < Duration::from_millis(500) {
            Chat::outside(&server, "Bob", "member").expect("welcome");
        }
        match n % 2 {
            0 => ada.raw.send_frame(&Frame::new(Frame::PONG, "")),
            _ => ada.send(json!({"type": "typing", "room": "lobby"})),
        }
    }
    ada.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
}

#[test]
fn a_client_that_sends_messages_is_not_pinged() {
    let server =
        Server::start("[heartbeat]\ninterval = \"2s\"\n[limits]\nmessages_per_second = 0\n");
    let mut ada = Chat::member(&server, "Ada");
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        ada.raw
            .send_json(&json!({"type": "leave", "room": "nowhere"}));
        let frame = ada.raw.read_frame();
        assert_eq!(frame.opcode, Frame::TEXT, "{frame:?}");
    }
}

#[test]
fn half_a_frame_does_not_count_as_an_answer() {
    let server = Server::start(FAST);
    let mut ada = Chat::member(&server, "Ada");
    let frame = Frame::text("{\"type\":\"typing\",\"room\":\"lobby\"}").encode();
    ada.raw.send(&frame[..frame.len() / 2]);
    ada.expect_close(4408);
}

#[test]
fn a_stopping_server_closes_all_connections_with_1001_and_exits_with_0() {
    let mut server = Server::start("");
    let mut people: Vec<Chat> = (0..10)
        .map(|n| Chat::member(&server, &format!("Pupil {n}")))
        .collect();
    people[0].granted(json!({"type": "send", "room": "lobby", "text": "the last word"}));
    let start = Instant::now();
    server.ask_to_stop();
    for (n, chat) in people.iter_mut().enumerate() {
        if n > 0 {
            assert_eq!(chat.expect("message")["text"], "the last word");
        }
        let reason = chat.expect_close(1001);
        assert!(reason.starts_with("going_away: "), "{reason}");
        chat.raw.send_frame(&Frame::close(1001, ""));
        chat.raw.expect_eof();
    }
    drop(people);
    let status = server.wait();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert!(
        TcpStream::connect(server.addr).is_err(),
        "the port is still open"
    );
}

#[test]
fn no_client_can_keep_a_server_from_stopping() {
    let mut server = Server::start("[limits]\nmessages_per_second = 0\nbacklog = \"16 MiB\"\n");
    // The first never hangs up, the second reads nothing, the third has sent no request.
    let _stubborn = Chat::member(&server, "Stubborn");
    let _stopped = Chat::member(&server, "Stopped");
    let _silent = Raw::connect(server.addr);
    let mut talker = Chat::member(&server, "Talker");
    let text = "x".repeat(4000);
    for _ in 0..500 {
        talker.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    let start = Instant::now();
    let status = server.stop();
    assert_eq!(status.code(), Some(0), "{status}");
    // At most five seconds, and some more for a loaded machine.
    assert!(
        start.elapsed() < Duration::from_secs(7),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_stopped_server_starts_again_on_the_same_port_at_once() {
    let mut server = Server::start("");
    for _ in 0..3 {
        let mut ada = Chat::member(&server, "Ada");
        server.ask_to_stop();
        ada.expect_close(1001);
        drop(ada);
        assert_eq!(server.wait().code(), Some(0));
        server.start_again();
    }
    Chat::member(&server, "Ada");
}

#[test]
fn a_second_server_on_the_same_port_says_so_and_exits_with_1() {
    let server = Server::start("");
    let dir = TempDir::new();
    let mut second = Command::new(binary());
    second.args([
        "serve",
        "--quiet",
        "--listen",
        &server.addr.to_string(),
        "--data",
    ]);
    let output = output(second.arg(dir.path().join("data")).current_dir(dir.path()));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("glassroom: "), "{said}");
    assert!(last.contains(&server.addr.port().to_string()), "{said}");
    // The first server still works.
    Chat::member(&server, "Ada");
}

#[cfg(feature = "full")]
#[test]
fn echo_and_protocol_view_get_1001_when_the_server_stops() {
    let mut server = Server::start("");
    let mut echo = Raw::upgrade(server.addr, "/echo", "");
    let token = server.token("Ada", "member");
    let mut ada = Chat::connect(server.addr, &token);
    let connection = ada.expect("welcome")["connection"].clone();
    let path = format!("/lens?connection={}", connection.as_str().unwrap());
    let offer = format!("Sec-WebSocket-Protocol: lens.v1, bearer.{token}\r\n");
    let mut glass = Raw::upgrade(server.addr, &path, &offer);
    assert_eq!(glass.read_json()["type"], "opened");
    server.ask_to_stop();
    for (what, raw) in [("the echo", &mut echo), ("the glass", &mut glass)] {
        assert_eq!(raw.read_to_the_end(), Some(1001), "{what}");
    }
    ada.expect_close(1001);
    drop((echo, glass, ada));
    assert_eq!(server.wait().code(), Some(0));
}
