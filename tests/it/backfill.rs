//! A slow reader gets a long history through a cursor, not through its queue.

use serde_json::{Value, json};

use crate::harness::{Chat, Frame, Server};

/// A large history, and a queue that holds a fiftieth of it.
const MUCH_HISTORY: &str = "[limits]\nmessages_per_second = 0\nbacklog = \"64 KiB\"\n\
                            connections_per_user = 16\n[presence]\ntick = \"10ms\"\n\
                            [history]\nresume_limit = 25000\n";
/// Three megabytes, in messages of up to 97 characters.
const MESSAGES: u64 = 20_000;

/// A server whose lobby has this many messages, all in memory; their author, and the epoch.
fn history(messages: u64, longest: u64, filler: &str) -> (Server, Chat, String) {
    let server = Server::start(&format!("{MUCH_HISTORY}memory = 25000\n"));
    let mut talker = Chat::connect(server.addr, &server.token("Talker", "member"));
    let epoch = talker.expect("joined")["epoch"].clone();
    fill(&mut talker, messages, longest, filler);
    (server, talker, epoch.as_str().unwrap().to_owned())
}

/// The same with most of it on the disk.
#[cfg(feature = "full")]
fn history_on_the_disk() -> (Server, Chat, String) {
    let server = Server::start(&format!("{MUCH_HISTORY}memory = 100\n"));
    let mut talker = Chat::connect(server.addr, &server.token("Talker", "member"));
    let epoch = talker.expect("joined")["epoch"].clone();
    // In parts, because the store's queue is bounded too.
    for _ in 0..MESSAGES / 1000 {
        fill(&mut talker, 1000, 97, "x");
    }
    (server, talker, epoch.as_str().unwrap().to_owned())
}

/// Sends this many messages as fast as possible.
fn fill(talker: &mut Chat, messages: u64, longest: u64, filler: &str) {
    for hundred in 0..messages / 100 {
        let mut bytes = Vec::new();
        for n in hundred * 100 + 1..=hundred * 100 + 100 {
            // Of all lengths, so that no part of the history has a round size.
            let length = (n * 37 % longest) as usize;
            let text = format!("message {n} {}", filler.repeat(length));
            let message = json!({"type": "send", "room": "lobby", "text": text});
            bytes.extend(Frame::text(&message.to_string()).encode());
        }
        talker.raw.send(&bytes);
    }
    talker.expect_no("error");
}

/// Asks for everything after `seq` and reads no further than `joined`, which says that the hub has
/// begun to send the rest.
#[track_caller]
fn slow_reader_and_joined(server: &Server, epoch: &str, seq: u64) -> (Chat, Value) {
    let mut reader = Chat::outside(server, "Slow", "member");
    reader.send(json!({"type": "join", "room": "lobby", "ref": "join",
                       "since": {"epoch": epoch, "seq": seq}}));
    let joined = reader.expect("joined");
    assert_eq!(
        (&joined["recovered"], &joined["from"]),
        (&json!(true), &json!(seq))
    );
    (reader, joined)
}

#[track_caller]
fn slow_reader(server: &Server, epoch: &str, seq: u64) -> Chat {
    slow_reader_and_joined(server, epoch, seq).0
}

/// Reads messages up to `last`, each once and in order. Gives everything else that came between
/// them.
#[track_caller]
fn read_up_to(reader: &mut Chat, next: &mut u64, last: u64) -> Vec<Value> {
    let mut others = Vec::new();
    while *next <= last {
        let message = reader.next();
        if message["type"] == "message" {
            assert_eq!(message["seq"], *next, "{message}");
            *next += 1;
        } else {
            others.push(message);
        }
    }
    others
}

#[test]
fn a_slow_reader_gets_all_of_a_long_history_and_is_not_cut() {
    let (server, mut talker, epoch) = history(MESSAGES, 97, "x");
    let (mut reader, joined) = slow_reader_and_joined(&server, &epoch, 0);
    assert_eq!(joined["seq"], MESSAGES);
    // The hub has done all that it does for the reader at once, and the reader's socket is full.
    talker.expect_no("error");
    let mut next = 1;
    read_up_to(&mut reader, &mut next, MESSAGES);
    reader.expect_no("message");
}

#[test]
fn messages_sent_while_a_reader_catches_up_arrive_in_order_and_once() {
    let (server, mut talker, epoch) = history(MESSAGES, 97, "x");
    let mut reader = slow_reader(&server, &epoch, 0);
    let (mut next, mut said) = (1, MESSAGES);
    while next <= MESSAGES {
        for _ in 0..5 {
            said += 1;
            let text = format!("live {said}");
            let ack = talker.granted(json!({"type": "send", "room": "lobby", "text": text}));
            assert_eq!(ack["seq"], said);
        }
        let last = MESSAGES.min(next + 999);
        read_up_to(&mut reader, &mut next, last);
    }
    read_up_to(&mut reader, &mut next, said);
    talker.granted(json!({"type": "send", "room": "lobby", "text": "the end"}));
    read_up_to(&mut reader, &mut next, said + 1);
    reader.expect_no("message");
}

/// Presence that arrives while people catch up must not count against the bound of a queue that
/// the server filled itself. Many readers and large messages make some queues fuller than others.
#[test]
fn readers_that_catch_up_are_not_cut_when_people_come_and_go() {
    let (server, mut talker, epoch) = history(200, 3900, "😀");
    let mut readers: Vec<Chat> = (0..16).map(|n| slow_reader(&server, &epoch, n)).collect();
    // The readers are one person, who is announced once. What follows is about others.
    while !talker.expect("presence").to_string().contains("Slow") {}
    for n in 0..40 {
        let passing = Chat::member(&server, &format!("Passing {n}"));
        // The talker is told, and so is everybody else.
        talker.expect("presence");
        drop(passing);
        talker.expect("presence");
    }
    for (reader, mut next) in readers.iter_mut().zip(1..) {
        read_up_to(reader, &mut next, 200);
        reader.expect_no("message");
    }
}

#[test]
fn requests_from_a_reader_that_catches_up_are_answered_and_do_not_cut_it() {
    let (server, mut talker, epoch) = history(MESSAGES, 97, "x");
    let mut reader = slow_reader(&server, &epoch, 0);
    for n in 0..50 {
        reader.say("lobby", &format!("mine {n}"), &format!("mine {n}"));
    }
    // The hub has processed all of it.
    for _ in 0..50 {
        assert_eq!(talker.expect("message")["from"]["name"], "Slow");
    }
    let mut next = 1;
    let mut others = read_up_to(&mut reader, &mut next, MESSAGES);
    others.retain(|m| m["type"] == "ack" && m["seq"].is_u64());
    // The remaining acks wait for the disk.
    while others.len() < 50 {
        others.push(reader.expect("ack"));
    }
    let seqs = others.iter().map(|ack| ack["seq"].as_u64().unwrap());
    assert!(seqs.eq(MESSAGES + 1..=MESSAGES + 50));
    reader.expect_no("message");
}

#[test]
fn leaving_in_the_middle_ends_the_catch_up_and_it_can_resume_later() {
    let (server, _talker, epoch) = history(MESSAGES, 97, "x");
    let mut reader = slow_reader(&server, &epoch, 0);
    reader.send(json!({"type": "leave", "room": "lobby", "ref": "leave"}));
    let mut next = 1;
    loop {
        let message = reader.next();
        match message["type"].as_str().unwrap() {
            "message" => {
                assert_eq!(message["seq"], next, "{message}");
                next += 1;
            }
            "ack" if message["ref"] == "leave" => break,
            _ => {}
        }
    }
    assert!(
        next < MESSAGES,
        "the whole history came although the reader left"
    );
    reader.expect_no("message");

    let since = json!({"epoch": epoch, "seq": next - 1});
    reader.send(json!({"type": "join", "room": "lobby", "since": since}));
    read_up_to(&mut reader, &mut next, MESSAGES);
    reader.expect_no("message");
}

/// Little is in memory, everything is on the disk, and the reader lags behind both.
#[cfg(feature = "full")]
#[test]
fn a_slow_reader_gets_a_long_history_from_the_disk_in_order_and_complete() {
    let (server, mut talker, epoch) = history_on_the_disk();
    let mut reader = slow_reader(&server, &epoch, 0);
    let (mut next, mut said) = (1, MESSAGES);
    while next <= MESSAGES {
        said += 1;
        let ack = talker.granted(json!({"type": "send", "room": "lobby", "text": "live"}));
        assert_eq!(ack["seq"], said);
        let last = MESSAGES.min(next + 999);
        read_up_to(&mut reader, &mut next, last);
    }
    read_up_to(&mut reader, &mut next, said);
    reader.expect_no("message");
}

/// Without a store, memory may drop messages that a slow reader still needs. The server must not
/// hide the gap: it ends the connection, and the page starts afresh.
#[test]
fn a_reader_that_falls_behind_memory_is_disconnected_instead_of_getting_a_gap() {
    let history = "path = \"\"\nmemory = 4000\n";
    let server = Server::start(&format!("{MUCH_HISTORY}{history}"));
    let mut talker = Chat::connect(server.addr, &server.token("Talker", "member"));
    let epoch = talker.expect("joined")["epoch"].clone();
    fill(&mut talker, 4000, 500, "x");
    let mut reader = slow_reader(&server, epoch.as_str().unwrap(), 0);
    fill(&mut talker, 4000, 500, "x");
    let mut next = 1;
    let reason = loop {
        let frame = reader.raw.read_frame();
        match frame.opcode {
            Frame::TEXT => {
                let message: Value = serde_json::from_slice(&frame.payload).unwrap();
                if message["type"] == "message" {
                    assert_eq!(message["seq"], next, "a gap");
                    next += 1;
                }
            }
            Frame::CLOSE => break frame.payload,
            _ => {}
        }
    };
    assert_eq!(reason[..2], 1013u16.to_be_bytes());
    assert!((1..4000).contains(&next), "{next}");
}

/// Little is in memory, so that the reader's own messages are read back from the disk.
#[cfg(feature = "full")]
#[test]
fn a_reader_that_sends_while_it_catches_up_does_not_get_its_own_messages() {
    let (server, mut talker, epoch) = history_on_the_disk();
    let mut reader = slow_reader(&server, &epoch, 0);
    for n in 0..50 {
        reader.say("lobby", &format!("mine {n}"), &format!("mine {n}"));
    }
    for _ in 0..50 {
        assert_eq!(talker.expect("message")["from"]["name"], "Slow");
    }
    // Pushes the reader's messages out of memory before the reader gets there.
    fill(&mut talker, 500, 97, "x");
    let mut next = 1;
    let mut others = read_up_to(&mut reader, &mut next, MESSAGES);
    next += 50;
    others.extend(read_up_to(&mut reader, &mut next, MESSAGES + 550));
    let acks = others
        .iter()
        .filter(|m| m["type"] == "ack" && m["seq"].is_u64());
    let seqs = acks.map(|ack| ack["seq"].as_u64().unwrap());
    assert!(seqs.eq(MESSAGES + 1..=MESSAGES + 50));
    reader.expect_no("message");
}
