//! What the engine loses, although it has confirmed it.

use std::fs;

use serde_json::json;

use super::engine::Redis;
use super::speaker::Speaker;
use super::{history, join, person, two_nodes, wait_for_same_rows};
use crate::harness::{Server, UNPACED};

/// The engine is started on an earlier state of its file.
#[test]
fn an_engine_that_has_lost_the_end_of_the_log_loses_no_message() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let mut ada = person(&south, "Ada", "member");
    let say = |n: u64| json!({"type": "send", "room": "lobby", "text": format!("message {n}")});
    for n in 1..=5 {
        ada.granted(say(n));
    }
    let (file, kept) = (redis.file(), fs::read(redis.file()).unwrap());
    for n in 6..=9 {
        ada.granted(say(n));
    }
    redis.kill();
    fs::write(file, kept).unwrap();
    redis.start_again();
    let mut speaker = Speaker::new(north.token("Bo", "member"), &[north.addr]);
    assert_eq!(
        speaker.say("ten", "message 10"),
        10,
        "nothing is numbered again"
    );
    north.logged("the engine has lost the last");
    south.logged("has begun anew");
    let expected: Vec<(u64, String)> = (1..=10).map(|n| (n, format!("message {n}"))).collect();
    assert_eq!(history(&north), expected);
    wait_for_same_rows(&north, &south);
}

/// The primary and the end of the log are both lost. What the other node does not have is not lost either: it stays in
/// the history of the node that was the primary.
#[test]
fn what_only_a_dead_primary_has_is_kept_and_told() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let (mut north, mut south) = two_nodes(&redis);
    let mut ada = person(&north, "Ada", "member");
    let say = |n: u64| json!({"type": "send", "room": "lobby", "text": format!("message {n}")});
    for n in 1..=5 {
        ada.granted(say(n));
    }
    wait_for_same_rows(&north, &south);
    let (file, kept) = (redis.file(), fs::read(redis.file()).unwrap());
    south.kill();
    for n in 6..=7 {
        ada.granted(say(n));
    }
    north.kill();
    redis.kill();
    fs::write(file, kept).unwrap();
    redis.start_again();
    south.start_again();
    let mut speaker = Speaker::new(south.token("Bo", "member"), &[south.addr]);
    assert_eq!(speaker.say("six", "another message 6"), 6);
    north.start_again();
    let kept = north.logged("the history that this node had is kept as ");
    wait_for_same_rows(&north, &south);
    let db = rusqlite::Connection::open(kept.trim()).expect("the history that was kept");
    let sql = "SELECT text FROM events ORDER BY seq DESC LIMIT 1";
    let newest: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(newest.contains("message 7"), "{newest}");
}

/// Nobody says anything: the primary notices by itself, and the other node waits for it.
#[test]
fn in_a_silent_chat_the_primary_mends_what_the_engine_has_lost() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let mut ada = person(&north, "Ada", "member");
    let say = |n: u64| json!({"type": "send", "room": "lobby", "text": format!("message {n}")});
    ada.granted(say(1));
    let (file, kept) = (redis.file(), fs::read(redis.file()).unwrap());
    ada.granted(say(2));
    redis.kill();
    fs::write(file, kept).unwrap();
    redis.start_again();
    north.logged("the engine has lost the last 1 entries");
    south.logged("has begun anew");
    assert!(!north.log().contains("starts again"), "{}", north.log());
    let mut speaker = Speaker::new(north.token("Bo", "member"), &[south.addr]);
    assert_eq!(speaker.say("three", "three"), 3);
    wait_for_same_rows(&north, &south);
    assert_eq!(history(&south).len(), 3);
}

/// Everything that was in the engine is gone.
#[test]
fn an_engine_that_was_emptied_is_filled_again() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = two_nodes(&redis);
    let mut ada = person(&south, "Ada", "member");
    ada.granted(json!({"type": "send", "room": "lobby", "text": "one"}));
    wait_for_same_rows(&north, &south);
    redis.ask("FLUSHALL");
    north.logged("the engine has lost the last");
    south.logged("has begun anew");
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[south.addr]);
    assert_eq!(speaker.say("two", "two"), 2);
    wait_for_same_rows(&north, &south);
}

/// A primary was cut off while another node led and ended. What that one has acknowledged is not numbered again.
#[test]
fn a_primary_that_comes_back_does_not_take_the_place_of_what_it_has_not() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, mut south) = two_nodes(&redis);
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[north.addr]);
    speaker.say("one", "one");
    wait_for_same_rows(&north, &south);
    north.signal("STOP");
    let mut other = Speaker::new(north.token("Bo", "member"), &[south.addr]);
    assert_eq!(other.say("two", "two"), 2);
    assert!(south.stop().success());
    north.signal("CONT");
    let mut again = Speaker::new(north.token("Ada", "member"), &[north.addr]);
    assert_eq!(again.say("three", "three"), 3);
    let expected = [(1, "one"), (2, "two"), (3, "three")];
    assert_eq!(
        history(&north),
        expected.map(|(seq, text)| (seq, text.to_owned()))
    );
}

/// Both are started before there is an engine, which then is empty.
#[test]
fn nodes_that_were_there_before_their_engine_begin_by_themselves() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    redis.kill();
    let north = Server::start(&redis.node("north"));
    north.logged("people can read here and not write");
    redis.start_again();
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[north.addr]);
    assert_eq!(speaker.say("one", "one"), 1);
    let south = join(&redis, &north, "south");
    wait_for_same_rows(&north, &south);
}

/// What was said while a node was a server of its own is in no log. It is not taken for a node that has it.
#[test]
fn a_history_that_left_the_cluster_is_not_taken_for_a_part_of_it() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let mut north = Server::start(&redis.node("north"));
    let mut speaker = Speaker::new(north.token("Ada", "member"), &[north.addr]);
    speaker.say("one", "one");
    assert!(north.stop().success());
    north.configure(UNPACED);
    north.start_again();
    speaker.say("two", "two");
    assert!(north.stop().success());
    north.configure(&redis.node("north"));
    north.start_again();
    north.logged("people can read here and not write");
    redis.ask("FLUSHALL");
    assert_eq!(speaker.say("three", "three"), 3);
}
