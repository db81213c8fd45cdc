//! Overload: clients that do not read, clients that flood, and a server without file descriptors.
//! A bad client never harms the others.

use std::time::Instant;

use serde_json::json;

use crate::harness::{Chat, Frame, How, PATIENCE, Raw, Server, UNPACED, http};

/// A server with a short queue per client.
const SHORT_QUEUE: &str = "[limits]\nmessages_per_second = 0\nbacklog = \"64 KiB\"\n";

fn say(text: &str) -> serde_json::Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

/// Sends until this many bytes have gone to every other member; gives the number of messages.
#[track_caller]
fn talk(talker: &mut Chat, bytes: usize) -> u64 {
    let text = "x".repeat(4000);
    let messages = bytes / 4000;
    for _ in 0..messages {
        talker.granted(say(&text));
    }
    messages as u64
}

/// A client that is cut gets a Close if its socket takes one, otherwise a reset.
#[track_caller]
fn expect_cut(chat: &mut Chat) {
    let code = chat.raw.read_to_the_end();
    assert!(matches!(code, None | Some(1013)), "{code:?}");
}

#[test]
fn what_waits_for_all_clients_together_is_bounded_too() {
    let server = Server::start(
        "[limits]\nmessages_per_second = 0\nbacklog = \"1 GiB\"\nbacklog_total = \"1 MiB\"\n",
    );
    let mut stopped: Vec<Chat> = (0..4)
        .map(|n| Chat::member(&server, &format!("Stopped {n}")))
        .collect();
    let mut talker = Chat::member(&server, "Talker");
    let mut reader = Chat::member(&server, "Reader");
    let mut said = 0;
    // Far more for each than the kernel's buffers and the whole sum hold.
    for _ in 0..96 {
        let first = said + 1;
        said += talk(&mut talker, 128 * 1024);
        let heard = reader.so_far("message").into_iter();
        let seqs = heard.map(|message| message["seq"].as_u64().unwrap());
        assert!(seqs.eq(first..=said), "the reader lost something");
    }
    for chat in &mut stopped {
        expect_cut(chat);
    }
}

#[test]
fn clients_that_do_not_read_are_cut_and_nobody_else_loses_a_message() {
    let server = Server::start(SHORT_QUEUE);
    let mut stopped: Vec<Chat> = (0..5)
        .map(|n| Chat::member(&server, &format!("Stopped {n}")))
        .collect();
    let mut talker = Chat::member(&server, "Talker");
    let mut reader = Chat::member(&server, "Reader");
    // Far more than the kernel's buffers and the queue hold together.
    let mut said = 0;
    for _ in 0..128 {
        let first = said + 1;
        said += talk(&mut talker, 64 * 1024);
        let heard = reader.so_far("message").into_iter();
        let seqs = heard.map(|message| message["seq"].as_u64().unwrap());
        assert!(seqs.eq(first..=said), "the reader lost something");
    }
    for chat in &mut stopped {
        expect_cut(chat);
    }
    // They may reconnect, and the room does not count their old connections.
    let mut back = Chat::connect(server.addr, &server.token("Stopped 0", "member"));
    assert_eq!(back.expect("joined")["count"], 3);
    back.granted(say("I was asleep"));
}

#[test]
fn a_slow_reader_within_its_bound_is_not_cut() {
    let server = Server::start("[limits]\nmessages_per_second = 0\nbacklog = \"8 MiB\"\n");
    let mut slow = Chat::member(&server, "Slow");
    let mut talker = Chat::member(&server, "Talker");
    let said = talk(&mut talker, 6 * 1024 * 1024);
    for seq in 1..=said {
        assert_eq!(slow.expect("message")["seq"], seq);
    }
    slow.granted(say("here I am"));
}

/// A server whose queues hold all messages of a test.
const LONG_QUEUE: &str = "[limits]\nmessages_per_second = 0\nbacklog = \"64 MiB\"\n";

#[test]
fn a_kick_does_not_wait_for_a_slow_reader_to_read_its_backlog() {
    let server = Server::start(LONG_QUEUE);
    let mut slow = Chat::member(&server, "Slow");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let said = talk(&mut host, 8 * 1024 * 1024);
    host.granted(json!({"type": "moderate", "action": "kick", "user": slow.id}));
    // First the whole frames that the kernel had already, then the Close.
    let mut read = 0;
    let close = loop {
        let frame = slow.raw.read_frame();
        match frame.opcode {
            Frame::CLOSE => break frame,
            _ => read += 1,
        }
    };
    assert_eq!(close.payload[..2], 4500u16.to_be_bytes());
    assert!(read < said, "the whole backlog came before the Close");
    slow.raw.expect_eof();
}

#[test]
fn a_client_that_closes_gets_its_backlog_and_then_the_close() {
    let server = Server::start(LONG_QUEUE);
    let mut slow = Chat::member(&server, "Slow");
    let mut talker = Chat::member(&server, "Talker");
    let said = talk(&mut talker, 1024 * 1024);
    slow.raw.send_frame(&Frame::close(1000, "enough"));
    for seq in 1..=said {
        assert_eq!(slow.expect("message")["seq"], seq);
    }
    slow.expect_close(1000);
    slow.raw.expect_eof();
}

#[test]
fn a_client_that_accepts_no_bytes_for_two_heartbeats_is_reset() {
    let server = Server::start(&format!("{LONG_QUEUE}[heartbeat]\ninterval = \"1s\"\n"));
    let mut stopped = Chat::member(&server, "Stopped");
    let mut talker = Chat::member(&server, "Talker");
    talk(&mut talker, 2 * 1024 * 1024);
    // The talker keeps sending, so that it is not closed as silent itself.
    let until = Instant::now() + PATIENCE;
    while !server.log().contains("took no more bytes") {
        assert!(
            Instant::now() < until,
            "the stopped client is still connected"
        );
        talker.granted(json!({"type": "typing", "room": "lobby"}));
    }
    expect_cut(&mut stopped);
    talker.granted(say("still here"));
}

#[test]
fn a_flood_gets_errors_first_and_then_a_close() {
    let server = Server::start("[limits]\nmessages_per_second = 1\nburst = 5\n");
    let mut bob = Chat::member(&server, "Bob");
    let mut flooder = Chat::member(&server, "Flooder");
    let mut accepted = 0;
    let error = loop {
        let answer = flooder.ask(say("spam"));
        match answer["type"].as_str().unwrap() {
            "ack" => accepted += 1,
            _ => break answer,
        }
    };
    assert_eq!(error["code"], "rate_limited", "{error}");
    assert!(error["retry_after"].as_u64().unwrap() >= 1, "{error}");
    assert!((5..10).contains(&accepted), "{accepted} before the limit");
    for _ in 0..100 {
        if !flooder
            .raw
            .try_send(&Frame::text(&say("spam").to_string()).encode())
        {
            break;
        }
    }
    let reason = flooder.expect_close(4429);
    assert!(reason.starts_with("flooding: "), "{reason}");
    assert_eq!(bob.so_far("message").len(), accepted);
    // The rate limit belongs to the person: a new connection does not reset it.
    let mut again = Chat::member(&server, "Flooder");
    again
        .raw
        .try_send(&Frame::text(&say("spam").to_string()).encode().repeat(10));
    again.expect_close(4429);
    bob.expect_no("message");
    bob.granted(say("quiet again"));
}

#[test]
fn refused_and_malformed_messages_count_towards_the_rate() {
    let server = Server::start("[limits]\nmessages_per_second = 1\nburst = 5\n");
    for wrong in [
        "{",
        r#"{"type":"leave","room":"nowhere"}"#,
        r#"{"type":"typing","room":""}"#,
    ] {
        let mut eve = Chat::member(&server, wrong.get(9..12).unwrap_or("Eve"));
        let flood: Vec<u8> = (0..200).flat_map(|_| Frame::text(wrong).encode()).collect();
        eve.raw.try_send(&flood);
        eve.expect_close(4429);
    }
}

#[test]
fn a_flood_of_pings_is_limited_too() {
    let server = Server::start("[limits]\nmessages_per_second = 1\nburst = 5\n");
    let mut eve = Chat::member(&server, "Eve");
    let ping = Frame::new(Frame::PING, "x").encode();
    // Any client may do this.
    for _ in 0..4 {
        eve.raw.send(&ping);
        assert_eq!(eve.raw.read_frame().opcode, Frame::PONG);
    }
    eve.raw.try_send(&ping.repeat(500));
    eve.expect_close(4429);
}

#[test]
fn without_a_rate_nobody_is_limited() {
    let server = Server::start(UNPACED);
    let mut ada = Chat::member(&server, "Ada");
    for n in 1..=500 {
        assert_eq!(ada.granted(say("fast"))["seq"], n);
    }
}

/// Few descriptors mean few permits; a client without a permit gets a 503.
#[test]
fn a_server_with_few_descriptors_refuses_connections_before_it_runs_out() {
    let how = How {
        descriptors: Some(128),
        ..How::default()
    };
    let server = Server::start_as(how, "[limits]\nhandshake_timeout = \"10m\"\n");
    server.logged("this system allows 128 open files");
    let mut ada = Chat::member(&server, "Ada");
    let mut silent: Vec<Raw> = (0..300).map(|_| Raw::connect(server.addr)).collect();
    // At least this many were displaced before all permits were taken.
    for raw in &mut silent[..50] {
        assert_eq!(raw.read_response().status, 503);
        raw.expect_eof();
    }
    // A displaced connection counts until its thread has run: wait until the burst has passed. The
    // silent ones stay for ten minutes.
    let deadline = Instant::now() + PATIENCE;
    while http(server.addr, "GET", "/healthz", "", "").status == 503 {
        assert!(Instant::now() < deadline, "no place has become free");
    }
    let mut bob = Chat::member(&server, "Bob");
    ada.granted(say("hello"));
    assert_eq!(bob.expect("message")["text"], "hello");
    let said = server.log();
    assert!(!said.contains("accept: "), "{said}");
}

/// Without a free descriptor `accept` fails. Connected people must not notice, and the next client
/// gets in as soon as one has left.
#[test]
fn a_server_out_of_descriptors_serves_on_and_accepts_again_later() {
    let server = Server::start(&format!("{UNPACED}handshake_timeout = \"10m\"\n"));
    let mut ada = Chat::member(&server, "Ada");
    let mut bob = Chat::member(&server, "Bob");
    server.limit_descriptors(40);
    let start = Instant::now();
    // The kernel accepts them, and the server cannot.
    let silent: Vec<Raw> = (0..100).map(|_| Raw::connect(server.addr)).collect();
    server.logged("accept: ");
    ada.granted(say("hello"));
    assert_eq!(bob.expect("message")["text"], "hello");
    // The listener tries a hundred times a second and logs once a second.
    while start.elapsed().as_millis() < 300 {
        ada.granted(json!({"type": "typing", "room": "lobby"}));
    }
    let told = server.log().matches("accept: ").count() as u64;
    assert!(told <= 1 + start.elapsed().as_secs(), "{}", server.log());
    drop(silent);
    let health = http(server.addr, "GET", "/healthz", "", "");
    assert_eq!(health.status, 200);
    Chat::member(&server, "Late").granted(say("hello"));
    ada.granted(say("still here"));
}

#[test]
fn a_client_that_connects_in_a_loop_is_told_to_retry_later() {
    let server = Server::start("");
    let token = server.token("Eve", "member");
    let mut others = Chat::member(&server, "Ada");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let ended = (0..400).find(|_| {
        let mut raw = Raw::upgrade(server.addr, "/ws", &bearer);
        let first = raw.read_frame();
        first.opcode == Frame::CLOSE && first.payload.starts_with(&4429u16.to_be_bytes())
    });
    assert!(ended.is_some(), "four hundred connections were accepted");
    others.granted(json!({"type": "send", "room": "lobby", "text": "undisturbed"}));
}

#[test]
fn a_rate_limited_client_still_gets_its_pongs() {
    let server = Server::start("[limits]\nmessages_per_second = 0.1\nburst = 5\n");
    let mut ada = Chat::member(&server, "Ada");
    while ada.ask(say("spam"))["type"] == "ack" {}
    ada.raw.send_frame(&Frame::new(Frame::PING, "x"));
    let pong = (0..9).map(|_| ada.raw.read_frame());
    let mut pong = pong.skip_while(|frame| frame.opcode != Frame::PONG);
    assert_eq!(pong.next().map(|frame| frame.payload), Some(b"x".to_vec()));
}

/// Even with the smallest burst, a page can join a room and leave it.
#[test]
fn the_smallest_burst_lets_people_join_and_warns_first() {
    let server = Server::start("[limits]\nmessages_per_second = 1000\nburst = 1\n");
    let mut ada = Chat::outside(&server, "Ada", "member");
    let mut ask = |request: serde_json::Value| {
        let answer = ada.ask(request);
        assert!(
            answer["type"] == "ack" || answer["code"] == "rate_limited",
            "{answer}"
        );
        answer["type"] == "ack"
    };
    assert!(ask(serde_json::json!({"type": "join", "room": "lobby"})));
    let search = serde_json::json!({"type": "search", "room": "lobby", "query": "x"});
    ask(search);
}

#[test]
fn a_flood_of_pongs_is_closed_and_a_few_unsolicited_pongs_are_not() {
    let server = Server::start("");
    let mut ada = Chat::member(&server, "Ada");
    let pong = Frame::new(Frame::PONG, "x").encode();
    ada.raw.send(&pong.repeat(100));
    ada.granted(say("still here"));
    ada.raw.try_send(&pong.repeat(5000));
    ada.expect_close(4429);
}
