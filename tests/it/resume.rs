//! Resuming: missed messages arrive once and in order, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

#[cfg(feature = "full")]
use crate::harness::Frame;
use crate::harness::{Chat, Random, Server};

/// No rate limit, and all messages stay in memory.
const LONG_MEMORY: &str = "[limits]\nmessages_per_second = 0\nbacklog = \"64 MiB\"\n\
                           [history]\nmemory = 100000\nresume_limit = 100000\n";

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn join_since(epoch: &Value, seq: u64) -> Value {
    json!({"type": "join", "room": "lobby", "since": {"epoch": epoch, "seq": seq}})
}

fn seqs(messages: &[Value]) -> Vec<u64> {
    let seq = |message: &Value| message["seq"].as_u64().unwrap();
    messages.iter().map(seq).collect()
}

/// A talker who has sent this many messages, and the epoch.
fn room_with(server: &Server, messages: u64) -> (Chat, Value) {
    let mut talker = Chat::connect(server.addr, &server.token("Talker", "member"));
    let epoch = talker.expect("joined")["epoch"].clone();
    for n in 1..=messages {
        talker.granted(say(&format!("message {n}")));
    }
    (talker, epoch)
}

/// Joins on a new connection; gives `joined` and the seqs of the messages after it.
fn come_back(server: &Server, since: Value) -> (Value, Vec<u64>) {
    let mut ada = Chat::outside(server, "Ada", "member");
    ada.granted(since);
    (ada.expect("joined"), seqs(&ada.so_far("message")))
}

#[test]
fn a_returning_client_gets_exactly_the_messages_it_missed() {
    let server = Server::start(LONG_MEMORY);
    let (_talker, epoch) = room_with(&server, 100);
    for since in [0, 1, 60, 99, 100] {
        let (joined, missed) = come_back(&server, join_since(&epoch, since));
        assert_eq!(joined["recovered"], true, "{since}: {joined}");
        assert_eq!(joined["from"], since, "{joined}");
        assert_eq!(joined["seq"], 100, "{joined}");
        assert!(missed.into_iter().eq(since + 1..=100), "since {since}");
    }
}

#[test]
fn an_unknown_position_gets_a_fresh_page() {
    let server = Server::start(LONG_MEMORY);
    let (_talker, epoch) = room_with(&server, 100);
    let table = [
        ("another epoch", join_since(&json!("0000000000"), 60)),
        ("no epoch", join_since(&json!(""), 60)),
        ("beyond the head", join_since(&epoch, 101)),
        ("far beyond", join_since(&epoch, u64::MAX)),
        ("no since", json!({"type": "join", "room": "lobby"})),
    ];
    for (what, request) in table {
        let (joined, page) = come_back(&server, request);
        assert_eq!(joined["recovered"], false, "{what}: {joined}");
        assert_eq!(joined.get("from"), None, "{what}: {joined}");
        // The newest page, 50 unless configured.
        assert!(page.into_iter().eq(51..=100), "{what}");
    }
}

#[test]
fn a_gap_that_is_too_large_or_no_longer_kept_gets_a_fresh_page() {
    let limits = "[limits]\nmessages_per_second = 0\n";
    let history = "[history]\nresume_limit = 10\nmemory = 1000\npage = 5\n";
    let server = Server::start(&format!("{limits}{history}"));
    let (_talker, epoch) = room_with(&server, 30);
    let (joined, missed) = come_back(&server, join_since(&epoch, 20));
    assert_eq!((&joined["recovered"], missed.len()), (&json!(true), 10));
    let (joined, page) = come_back(&server, join_since(&epoch, 19));
    assert_eq!(
        (&joined["recovered"], &*page),
        (&json!(false), &[26, 27, 28, 29, 30][..])
    );

    // Without a store only memory can be resumed.
    let history = "[history]\nresume_limit = 1000\nmemory = 10\npath = \"\"\n";
    let server = Server::start(&format!("{limits}{history}"));
    let (_talker, epoch) = room_with(&server, 30);
    let (joined, missed) = come_back(&server, join_since(&epoch, 20));
    assert_eq!((&joined["recovered"], missed.len()), (&json!(true), 10));
    let (joined, page) = come_back(&server, join_since(&epoch, 19));
    assert_eq!((&joined["recovered"], page.len()), (&json!(false), 10));
}

/// Reads on until the event with this number.
#[cfg(feature = "full")]
#[track_caller]
fn read_up_to(chat: &mut Chat, seq: u64) -> Vec<u64> {
    let mut read = Vec::new();
    while read.last() != Some(&seq) {
        read.extend(seqs(&[chat.expect("message")]));
    }
    read
}

#[cfg(feature = "full")]
#[test]
fn messages_no_longer_in_memory_are_resumed_from_the_disk() {
    let more = "[limits]\nmessages_per_second = 0\n[history]\nmemory = 10\n";
    let server = Server::start(more);
    let (mut talker, epoch) = room_with(&server, 300);
    let mut ada = Chat::outside(&server, "Ada", "member");
    ada.granted(join_since(&epoch, 5));
    // Sent while the disk is read.
    talker.granted(say("301"));
    let joined = ada.expect("joined");
    assert_eq!(
        (&joined["recovered"], &joined["from"]),
        (&json!(true), &json!(5))
    );
    assert!(read_up_to(&mut ada, 301).into_iter().eq(6..=301));
    ada.expect_no("message");
}

#[cfg(feature = "full")]
#[test]
fn acknowledged_messages_survive_a_kill_and_the_numbering_continues() {
    let mut server = Server::start(LONG_MEMORY);
    let (mut talker, epoch) = room_with(&server, 100);
    let mut kept = say("acknowledged");
    kept["ref"] = json!("kept");
    let ack = talker.granted(kept.clone());
    server.kill();
    server.start_again();

    let mut ada = Chat::outside(&server, "Ada", "member");
    ada.granted(join_since(&epoch, 40));
    let joined = ada.expect("joined");
    assert_ne!(joined["epoch"], epoch, "{joined}");
    assert_eq!(
        (&joined["recovered"], &joined["from"]),
        (&json!(true), &json!(40))
    );
    assert!(read_up_to(&mut ada, 101).into_iter().eq(41..=101));
    let mut talker = Chat::member(&server, "Talker");
    assert_eq!(talker.granted(say("the next"))["seq"], 102);
    // The same ref is still the same message.
    assert_eq!(talker.granted(kept), ack);
    assert_eq!(read_up_to(&mut ada, 102), [102]);
    ada.expect_no("message");
}

/// The server stops while messages arrive: every acknowledged message is stored, and none twice.
#[cfg(feature = "full")]
#[test]
fn messages_acknowledged_before_a_stop_are_there_after_it() {
    let mut server = Server::start(LONG_MEMORY);
    let (mut talker, epoch) = room_with(&server, 0);
    for n in 1..=300 {
        talker.say("lobby", &format!("message {n}"), &format!("{n}"));
        if n == 200 {
            server.ask_to_stop();
        }
    }
    let mut acked = 0;
    let end = loop {
        let frame = talker.raw.read_frame();
        if frame.opcode == Frame::CLOSE {
            break frame.payload;
        }
        let message: Value = serde_json::from_slice(&frame.payload).unwrap();
        if message["type"] == "ack" {
            acked += 1;
            assert_eq!(message["seq"], acked, "{message}");
            assert_eq!(message["ref"], acked.to_string(), "{message}");
        }
    };
    assert_eq!(end[..2], 1001u16.to_be_bytes());
    drop(talker);
    assert_eq!(server.wait().code(), Some(0));
    server.start_again();

    let mut back = Chat::outside(&server, "Talker", "member");
    // Sends everything again, as a page does without acks: stored messages are not repeated.
    back.granted(join_since(&epoch, 0));
    assert!(back.expect("joined")["seq"].as_u64() >= Some(acked));
    for n in 1..=300 {
        back.say("lobby", &format!("message {n}"), &format!("{n}"));
    }
    let mut seqs = Vec::new();
    for _ in 1..=300 {
        // The ack of a stored message may overtake one that waits for the disk.
        let ack = back.expect("ack");
        let (n, seq) = (ack["ref"].as_str().unwrap(), ack["seq"].as_u64().unwrap());
        assert!(seq > acked || n == seq.to_string(), "{ack}");
        seqs.push(seq);
    }
    seqs.sort_unstable();
    assert!(seqs.into_iter().eq(1..=300));
}

#[test]
fn without_a_store_a_restart_begins_with_an_empty_log() {
    let mut server = Server::start("[history]\npath = \"\"\n");
    let (talker, epoch) = room_with(&server, 3);
    drop(talker);
    server.stop();
    server.start_again();
    let (joined, page) = come_back(&server, join_since(&epoch, 1));
    assert_ne!(joined["epoch"], epoch);
    assert_eq!(
        (&joined["recovered"], &joined["seq"]),
        (&json!(false), &json!(0))
    );
    assert!(page.is_empty(), "{page:?}");
}

/// When a connection joins again, its own messages after `from` are missing too.
#[test]
fn resuming_on_the_same_connection_returns_its_own_messages() {
    let server = Server::start(LONG_MEMORY);
    let (mut talker, epoch) = room_with(&server, 5);
    talker.granted(join_since(&epoch, 2));
    let joined = talker.expect("joined");
    assert_eq!(
        (&joined["recovered"], &joined["from"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(seqs(&talker.so_far("message")), [3, 4, 5]);
    // Its next message comes back only as an `ack`, as always.
    talker.granted(say("six"));
    talker.expect_no("message");
}

/// The state of a page: the messages it holds, and its own messages without an ack.
struct Page {
    held: BTreeMap<u64, String>,
    /// What it holds by an `ack` alone: the `message` of an earlier connection may still come, since
    /// a client that catches up is answered before it has read everything.
    by_ack: BTreeSet<u64>,
    unanswered: BTreeMap<String, String>,
}

impl Page {
    /// The last seq before the first gap.
    fn whole_up_to(&self) -> u64 {
        let pairs = (1..).zip(self.held.keys());
        pairs.take_while(|(n, seq)| n == *seq).count() as u64
    }

    #[track_caller]
    fn hear(&mut self, message: &Value) {
        let seq = message["seq"].as_u64();
        match message["type"].as_str().unwrap() {
            "joined" => {
                assert_eq!(message["recovered"], true, "{message}");
                let from = message["from"].as_u64().unwrap();
                self.held.retain(|&seq, _| seq <= from);
                self.by_ack.clear();
            }
            "message" => {
                let text = message["text"].as_str().unwrap().to_owned();
                let before = self.held.insert(seq.unwrap(), text.clone());
                let by_ack = self.by_ack.remove(&seq.unwrap()).then_some(text);
                assert_eq!(before, by_ack, "came twice: {message}");
            }
            "ack" if seq.is_some() => {
                let text = self.unanswered.remove(message["ref"].as_str().unwrap());
                let text = text.unwrap_or_else(|| panic!("acknowledged twice: {message}"));
                match self.held.insert(seq.unwrap(), text.clone()) {
                    Some(before) => assert_eq!(before, text, "{message}"),
                    None => assert!(self.by_ack.insert(seq.unwrap()), "{message}"),
                }
            }
            "error" => panic!("{message}"),
            _ => {}
        }
    }
}

/// Ten people talk. One client loses its connection a hundred times and sends in between, another
/// one never does. In the end both hold the same log.
#[test]
fn a_client_cut_off_a_hundred_times_ends_with_the_same_log_as_everybody() {
    let server = Server::start(LONG_MEMORY);
    let (mut steady, epoch) = room_with(&server, 0);
    let mut page = Page {
        held: BTreeMap::new(),
        by_ack: BTreeSet::new(),
        unanswered: BTreeMap::new(),
    };
    let over = AtomicBool::new(false);
    let (held, heard) = thread::scope(|scope| {
        for n in 0..10 {
            let (server, over) = (&server, &over);
            scope.spawn(move || {
                let mut talker = Chat::member(server, &format!("Talker {n}"));
                for m in 0..2000 {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    talker.granted(say(&format!("{n} says {m}")));
                    talker.so_far("message"); // or it would keep them all
                }
            });
        }
        let listener = scope.spawn(|| {
            let mut heard = Vec::new();
            while heard.last().is_none_or(|text| text != "the end") {
                let message = steady.expect("message");
                assert_eq!(message["seq"], heard.len() + 1, "{message}");
                heard.push(message["text"].as_str().unwrap().to_owned());
            }
            heard
        });

        let mut random = Random::new(100);
        for round in 0..=100 {
            let mut ada = Chat::outside(&server, "Ada", "member");
            ada.send(join_since(&epoch, page.whole_up_to()));
            // Sends again with the same ref until there is an ack.
            for (r#ref, text) in &page.unanswered {
                ada.say("lobby", text, r#ref);
            }
            if round == 100 {
                over.store(true, Ordering::Relaxed);
                ada.say("lobby", "the end", "end");
                page.unanswered.insert("end".into(), "the end".into());
                while !page.unanswered.is_empty() {
                    page.hear(&ada.next());
                }
                // The ack may come before the last messages that she has missed.
                let last = page.held.keys().next_back().copied().unwrap();
                while page.whole_up_to() < last {
                    page.hear(&ada.next());
                }
                break;
            }
            let (r#ref, text) = (format!("round {round}"), format!("Ada says {round}"));
            ada.say("lobby", &text, &r#ref);
            page.unanswered.insert(r#ref, text);
            for _ in 0..random.below(20) {
                page.hear(&ada.next());
            }
        }
        (page.held, listener.join().unwrap())
    });
    // Talkers may have sent something after the end.
    let held: Vec<String> = held.into_values().take(heard.len()).collect();
    assert_eq!(held, heard);
    for round in 0..100 {
        let said = format!("Ada says {round}");
        let times = heard.iter().filter(|text| **text == said).count();
        assert_eq!(times, 1, "{said}");
    }
}
