//! The pace of `/echo`: it needs no token, so it must not take what the chat needs.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Chat, Frame, Raw, Server, UNPACED};

/// A slow pace: what a test waits for is far from what it takes without waiting.
const SLOW: &str = "[lab]\necho_rate = \"64 KiB\"\n";

/// Sends one message at a time and waits for each echo; how long all took.
#[track_caller]
fn ping_pong(raw: &mut Raw, messages: usize) -> Duration {
    let begun = Instant::now();
    for _ in 0..messages {
        raw.send_text("x");
        assert_eq!(raw.read_frame(), Frame::text("x").unmasked());
    }
    begun.elapsed()
}

/// Sends as fast as it can until `stop`, and counts the bytes that come back.
fn flood(addr: SocketAddr, piece: &[u8], stop: &AtomicBool, echoed: &AtomicUsize) {
    use std::io::{Read, Write};
    let mut raw = Raw::upgrade(addr, "/echo", "");
    let mut sender = raw.stream();
    let mut receiver = raw.stream();
    thread::scope(|scope| {
        scope.spawn(move || {
            while !stop.load(Relaxed) && sender.write_all(piece).is_ok() {}
            let _ = sender.shutdown(std::net::Shutdown::Both);
        });
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = receiver.read(&mut buffer) {
            echoed.fetch_add(read, Relaxed);
        }
    });
    raw.finish();
}

#[test]
fn a_flood_of_echoes_is_slowed_down_and_the_chat_goes_on() {
    let server = Server::start(UNPACED);
    let (stop, echoed) = (AtomicBool::new(false), AtomicUsize::new(0));
    let large = Frame::new(Frame::BINARY, vec![b'x'; 60_000]).encode();
    let small = Frame::text("x").encode().repeat(1000);
    thread::scope(|scope| {
        let (addr, stop, echoed) = (server.addr, &stop, &echoed);
        for piece in [&large, &small] {
            for _ in 0..10 {
                scope.spawn(move || flood(addr, piece, stop, echoed));
            }
        }
        let begun = Instant::now();
        let mut ann = Chat::member(&server, "Ann");
        let mut said = 0;
        while begun.elapsed() < Duration::from_secs(3) {
            ann.granted(json!({"type": "send", "room": "lobby", "text": "first"}));
            said += 1;
        }
        stop.store(true, Relaxed);
        assert!(said > 50, "only {said} messages in 3 s");
    });
    // The burst and three seconds of the default pace, and what each connection has for itself.
    let most = (16 + 3 * 4) << 20;
    let echoed = echoed.load(Relaxed);
    assert!(echoed < 2 * most, "{echoed} bytes came back in 3 s");
}

#[test]
fn a_program_that_sends_a_thousand_messages_at_once_gets_them_all() {
    let server = Server::start("");
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    let begun = Instant::now();
    for n in 0..1000 {
        raw.send_text(&format!("message {n}"));
    }
    for n in 0..1000 {
        let expected = Frame::text(&format!("message {n}")).unmasked();
        assert_eq!(raw.read_frame(), expected);
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "it took {took:?}");
}

#[test]
fn those_without_a_token_wait_for_each_other_and_those_with_one_do_not() {
    let server = Server::start(SLOW);
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    let with = |lines: &str| Raw::upgrade(server.addr, "/echo", lines);
    let token = server.token("Ann", "member");
    // 200 messages cost 600 KiB, of which a stranger has some 290 KiB at once.
    let known = ping_pong(&mut with(&bearer(&token)), 200);
    let stranger = ping_pong(&mut with(&bearer("no.good.token")), 200);
    assert!(stranger > Duration::from_secs(3), "{stranger:?}");
    assert!(known < Duration::from_secs(3), "{known:?}");
    // The token may also be offered as a subprotocol, as a page does it.
    let protocol = format!("Sec-WebSocket-Protocol: bearer.{token}\r\n");
    let known = ping_pong(&mut with(&protocol), 200);
    assert!(known < Duration::from_secs(3), "{known:?}");
}

#[test]
fn a_person_who_types_never_waits_for_a_flood_and_the_end_does_not_either() {
    let mut server = Server::start(SLOW);
    let mut waiting: Vec<Raw> = Vec::new();
    for _ in 0..5 {
        let mut raw = Raw::upgrade(server.addr, "/echo", "");
        raw.send(&Frame::text("x").encode().repeat(1000));
        waiting.push(raw);
    }
    // The common pace is used up when the first of them waits for it.
    waiting[0].read_frame();
    let took = ping_pong(&mut Raw::upgrade(server.addr, "/echo", ""), 8);
    assert!(took < Duration::from_secs(3), "{took:?}");
    server.ask_to_stop();
    for raw in &mut waiting {
        raw.expect_close(1001);
    }
    assert!(server.wait().success());
}

#[test]
fn without_a_limit_nobody_waits() {
    let server = Server::start("[lab]\necho_rate = \"0 B\"\n");
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    let took = ping_pong(&mut raw, 3000);
    assert!(took < Duration::from_secs(8), "{took:?}");
}
