//! What fails, and what that looks like.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::engine::Redis;
use super::speaker::{OUTAGE, Speaker};
use super::{history, join, person, two_nodes, wait_for_same_rows};
use crate::harness::{PATIENCE, Server};

/// Two people talk, one at each node, while `happens`. Returns the refs with their numbers.
fn talk(nodes: &[&Server; 2], messages: u32, happens: impl FnOnce()) -> Vec<(String, u64)> {
    let speakers: Vec<_> = ["Ada", "Bo"]
        .into_iter()
        .enumerate()
        .map(|(n, name)| {
            let token = nodes[0].token(name, "member");
            let (own, other) = (nodes[n].addr, nodes[1 - n].addr);
            thread::spawn(move || {
                let mut speaker = Speaker::new(token, &[own, other]);
                for k in 0..messages {
                    let r#ref = format!("{name}-{k}");
                    speaker.say(&r#ref, &r#ref);
                }
                speaker.acks.into_iter().collect::<Vec<_>>()
            })
        })
        .collect();
    happens();
    let said = speakers
        .into_iter()
        .map(|speaker| speaker.join().expect("a speaker"));
    said.flatten().collect()
}

/// Every message that was acknowledged is there once, under the number of its ack.
#[track_caller]
fn check(at: &Server, said: &[(String, u64)]) {
    let found = history(at);
    let expected = |seq| {
        said.iter()
            .find(|(_, theirs)| *theirs == seq)
            .map(|(text, _)| text.clone())
    };
    for (seq, text) in &found {
        assert_eq!(expected(*seq).as_ref(), Some(text), "the message {seq}");
    }
    assert_eq!(found.len(), said.len());
}

#[test]
fn an_engine_that_is_killed_three_times_loses_and_doubles_nothing() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let said = talk(&[&north, &south], 150, || {
        for round in 1..=3 {
            wait_for_entries(&redis, round * 20);
            redis.kill();
            redis.start_again();
        }
    });
    check(&north, &said);
    wait_for_same_rows(&north, &south);
}

fn wait_for_entries(redis: &Redis, least: u64) {
    let until = Instant::now() + OUTAGE;
    let entries = || {
        redis
            .ask("HGET {glassroom}:meta n")
            .parse::<u64>()
            .unwrap_or(0)
    };
    while entries() < least {
        assert!(
            Instant::now() < until,
            "no {least} entries within {OUTAGE:?}"
        );
        thread::yield_now();
    }
}

#[test]
fn a_primary_that_is_killed_three_times_is_followed_by_the_other_node_at_once() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (mut north, mut south) = two_nodes(&redis);
    let addresses = [north.addr, south.addr];
    let token = north.token("Ada", "member");
    let mut speaker = Speaker::new(token, &addresses);
    let mut longest = Duration::ZERO;
    for round in 0..3 {
        for n in 0..20 {
            let r#ref = format!("{round}-{n}");
            speaker.say(&r#ref, &r#ref);
        }
        let leads = redis.ask("HGET {glassroom}:meta node");
        let (primary, other) = match &*leads {
            "north" => (&mut north, &south),
            _ => (&mut south, &north),
        };
        primary.kill();
        let killed = Instant::now();
        // What was said before is not said again, wherever it is repeated.
        let earlier = speaker.acks[&format!("{round}-19")];
        assert_eq!(
            speaker.say(&format!("{round}-19"), &format!("{round}-19")),
            earlier
        );
        longest = longest.max(killed.elapsed());
        assert!(other.log().contains("takes over"), "{}", other.log());
        primary.start_again();
        primary.logged("for the primary");
    }
    assert!(longest < Duration::from_secs(8), "{longest:?}");
    let said: Vec<(String, u64)> = speaker.acks.into_iter().collect();
    check(&north, &said);
    wait_for_same_rows(&north, &south);
    for node in [&north, &south] {
        // What a killed primary had not put into its file came from the log.
        assert!(!node.log().contains("may be missing"), "{}", node.log());
    }
}

/// Nobody has to come to the follower's address for it to notice.
#[test]
fn a_follower_without_clients_takes_over_as_soon() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (mut north, south) = two_nodes(&redis);
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[north.addr]);
    speaker.say("before", "before");
    north.kill();
    let killed = Instant::now();
    south.logged("takes over");
    // The lease of a primary that nobody finds dead lasts 5 seconds, and 2 more for it to mend.
    assert!(
        killed.elapsed() < Duration::from_secs(6),
        "{:?}",
        killed.elapsed()
    );
}

#[test]
fn a_primary_that_ends_in_order_hands_over() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (mut north, south) = two_nodes(&redis);
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[south.addr]);
    speaker.say("before", "before");
    assert!(north.stop().success());
    let stopped = Instant::now();
    speaker.say("after", "after");
    assert!(
        stopped.elapsed() < Duration::from_secs(4),
        "{:?}",
        stopped.elapsed()
    );
    assert_eq!(speaker.acks["after"], 2);
}

#[test]
fn while_the_engine_stands_still_people_read_and_cannot_write() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let mut ada = person(&north, "Ada", "member");
    let mut bo = person(&south, "Bo", "member");
    ada.granted(json!({"type": "send", "room": "lobby", "text": "one"}));
    redis.freeze(true);
    // It takes a moment to notice.
    north.logged("the history cannot be written");
    for speaker in [&mut ada, &mut bo] {
        let refusal = speaker.refused(
            json!({"type": "send", "room": "lobby", "text": "two"}),
            "storage_unavailable",
        );
        assert!(
            refusal["retry_after"]
                .as_u64()
                .is_some_and(|after| after <= 5),
            "{refusal}"
        );
        let asked = Instant::now();
        speaker.granted(json!({"type": "history", "room": "lobby", "before": 2, "limit": 1}));
        assert_eq!(speaker.expect("history")["messages"][0]["text"], "one");
        assert!(
            asked.elapsed() < Duration::from_secs(1),
            "{:?}",
            asked.elapsed()
        );
    }
    redis.freeze(false);
    north.logged("the history can be written again");
    let ack = bo.granted(json!({"type": "send", "room": "lobby", "text": "two"}));
    assert_eq!(
        (&ack["seq"], &ada.expect("message")["text"]),
        (&json!(2), &json!("two"))
    );
    wait_for_same_rows(&north, &south);
}

/// Whoever is muted says nothing any more from the moment on at which the mute is acknowledged.
#[test]
fn after_the_ack_of_a_mute_no_node_accepts_a_message() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    for (host_at, pupil_at) in [(&north, &south), (&south, &north)] {
        let mut lin = person(host_at, "Ms Lin", "host");
        let mut ada = person(pupil_at, "Ada", "member");
        for round in 0..100 {
            let send =
                json!({"type": "send", "room": "lobby", "text": "now", "ref": round.to_string()});
            ada.send(send);
            let mute = json!({"type": "moderate", "action": "mute", "user": ada.id});
            lin.granted(mute);
            ada.refused(
                json!({"type": "send", "room": "lobby", "text": "late"}),
                "muted",
            );
            // Either it was first, or it was refused, too.
            let _ = (ada.so_far("ack"), ada.so_far("error"));
            lin.granted(json!({"type": "moderate", "action": "unmute", "user": ada.id}));
        }
        let late = history(&north)
            .into_iter()
            .filter(|(_, text)| text == "late");
        assert_eq!(late.count(), 0);
    }
}

/// Nothing can be written at a node that finds no engine, and what is there can be read.
#[test]
fn a_node_without_an_engine_can_be_read_and_comes_back_by_itself() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let mut north = Server::start(&redis.node("north"));
    person(&north, "Ada", "member")
        .granted(json!({"type": "send", "room": "lobby", "text": "one"}));
    assert!(north.stop().success());
    redis.kill();
    north.start_again();
    north.logged("people can read here and not write");
    assert_eq!(history(&north), [(1, "one".to_owned())]);
    let mut ada = person(&north, "Ada", "member");
    ada.refused(
        json!({"type": "send", "room": "lobby", "text": "two"}),
        "storage_unavailable",
    );
    redis.start_again();
    north.logged("the cluster is there again");
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[north.addr]);
    assert_eq!(speaker.say("two", "two"), 2);
}

/// Nothing of what was erased is left in the engine's memory and in its file.
#[test]
fn what_is_purged_leaves_the_engine_too() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let mut lin = person(&south, "Ms Lin", "host");
    let secret = "a-word-that-must-go";
    let ack = lin.granted(json!({"type": "send", "room": "lobby", "text": secret}));
    let has = |bytes: Vec<u8>| {
        let mut windows = bytes.windows(secret.len());
        windows.any(|window| window == secret.as_bytes())
    };
    assert!(has(redis.bytes()), "it was never there");
    lin.granted(json!({"type": "delete", "room": "lobby", "seq": ack["seq"], "purge": true}));
    let until = Instant::now() + OUTAGE;
    while has(redis.bytes()) {
        assert!(Instant::now() < until, "it is still in the engine's file");
        // Somebody says something: the log goes on.
        thread::park_timeout(Duration::from_millis(50));
    }
    lin.granted(json!({"type": "send", "room": "lobby", "text": "goes on"}));
    wait_for_same_rows(&north, &south);
    let until = Instant::now() + PATIENCE;
    let nodes = [&north, &south].map(|node| node.data().join("history.db"));
    while nodes.iter().any(|file| has(fs::read(file).unwrap())) {
        assert!(Instant::now() < until, "it is still in a history");
    }
}

/// Entries that nobody needs any more are dropped, and a node that was away for long takes a copy.
#[test]
fn a_node_that_was_away_too_long_takes_a_copy() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, mut south) = two_nodes(&redis);
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[north.addr]);
    speaker.say("one", "one");
    wait_for_same_rows(&north, &south);
    south.kill();
    speaker.say("two", "two");
    speaker.say("three", "three");
    let end = redis.ask("HGET {glassroom}:meta n");
    redis.ask(&format!("XTRIM {{glassroom}}:log MINID {end}-0"));
    south.start_again();
    south.logged("this node has a copy of the history");
    speaker.say("four", "four");
    wait_for_same_rows(&north, &south);
    let third = join(&redis, &north, "west");
    wait_for_same_rows(&north, &third);
}
