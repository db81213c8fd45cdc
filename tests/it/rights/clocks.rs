//! What lasts follows a clock that does not jump: mutes, removals, slow mode, the flood limit, host
//! links. A token ends by the wall clock, because that is what it says.

use std::time::Instant;

use serde_json::{Value, json};

use super::{moderate, say};
use crate::harness::How;
use crate::harness::{
    CLASS_CODE, Chat, Guest, PATIENCE, Raw, Server, UNPACED, clock, http, output,
};

/// Further than any duration here: 40 days.
const JUMP: i64 = 40 * 24 * 3600;

/// A server whose wall clock can be moved.
fn server(more: &str) -> Option<Server> {
    let how = How {
        clock: Some(clock::movable()?),
        ..How::default()
    };
    Some(Server::start_as(how, more))
}

/// The wall clock of the server, from the next thing that it says the time of.
fn wall(chat: &mut Chat) -> u64 {
    chat.granted(say("lobby", "what time is it?"))["at"]
        .as_u64()
        .unwrap()
}

#[test]
fn mutes_removals_and_slow_mode_last_as_long_as_was_said_when_the_clock_jumps() {
    let Some(server) = server(UNPACED) else {
        return;
    };
    let mut host = Chat::person(&server, "Max", "host");
    let mut bo = Chat::member(&server, "Bo");
    let mut cy = Chat::member(&server, "Cy");
    let eve = Guest::join(&server, "Eve", None);
    drop(eve.connect(&server));
    host.granted(moderate("mute", json!({"user": bo.id, "seconds": 600})));
    host.granted(moderate("kick", json!({"user": eve.id, "seconds": 600})));
    host.granted(moderate("slow", json!({"room": "lobby", "seconds": 600})));
    cy.granted(say("lobby", "once"));
    let before = wall(&mut host);
    for jump in [JUMP, -JUMP] {
        server.set_clock(jump);
        let moved = wall(&mut host).abs_diff(before);
        assert!(
            moved > 39 * 24 * 3600 * 1000,
            "the clock was not moved: {moved} ms"
        );
        for (chat, code) in [(&mut bo, "muted"), (&mut cy, "slow_mode")] {
            let refused = chat.refused(say("lobby", "now?"), code);
            let wait = refused["retry_after"].as_u64().unwrap();
            assert!((500..=600).contains(&wait), "{jump}: {refused}");
        }
        let out = Guest::try_join(&server, "Eve", Some(&eve.device), CLASS_CODE);
        assert_eq!(out.status, 403, "{jump}");
        assert!(out.text().contains("in 10 min"), "{jump}: {}", out.text());
        // What is shown follows the wall clock, whatever that says.
        host.granted(json!({"type": "sanctions"}));
        let list = host.expect("sanctions");
        let now = wall(&mut host);
        for kind in ["mutes", "kicks"] {
            let until = list[kind][0]["until"].as_u64().unwrap();
            assert!(
                until > now + 500_000 && until <= now + 600_000,
                "{jump}: {list}"
            );
        }
    }
}

#[test]
fn a_mute_ends_although_the_clock_was_set_back() {
    let Some(server) = server(UNPACED) else {
        return;
    };
    let mut host = Chat::person(&server, "Max", "host");
    let mut bo = Chat::member(&server, "Bo");
    host.granted(moderate("mute", json!({"user": bo.id, "seconds": 1})));
    host.granted(moderate("slow", json!({"room": "lobby", "seconds": 1})));
    server.set_clock(-JUMP);
    let until = Instant::now() + PATIENCE;
    for _ in 0..2 {
        // Once after the mute, and once more after the pause.
        while bo.ask(say("lobby", "now?"))["type"] != "ack" {
            assert!(Instant::now() < until, "for much too long");
        }
    }
}

#[test]
fn the_flood_limit_gives_nothing_for_a_jump() {
    let more = "[limits]\nmessages_per_second = 1\nburst = 5\n";
    let Some(server) = server(more) else {
        return;
    };
    let mut bo = Chat::member(&server, "Bo");
    let refused = |bo: &mut Chat| {
        let mut answers = (0..8).map(|n| bo.ask(say("lobby", &n.to_string())));
        answers.find(|answer| answer["code"] == "rate_limited")
    };
    let first = refused(&mut bo).expect("a limit");
    assert!(first["retry_after"].as_u64().unwrap() <= 6, "{first}");
    server.set_clock(JUMP);
    let error = bo.refused(say("lobby", "a full bucket?"), "rate_limited");
    assert!(error["retry_after"].as_u64().unwrap() <= 6, "{error}");
}

#[test]
fn a_host_link_lasts_ten_minutes_and_works_once_whatever_the_clock_says() {
    let Some(server) = server("") else {
        return;
    };
    let link = || {
        let printed = output(&mut server.command("link"));
        let text = String::from_utf8(printed.stdout).unwrap();
        let ticket = text
            .lines()
            .next()
            .and_then(|line| line.split_once("#host="));
        ticket.expect("a link").1.trim().to_owned()
    };
    let redeem = |ticket: &str| {
        let body = json!({"ticket": ticket, "name": "Ms Lin"}).to_string();
        http(server.addr, "POST", "/api/host", "", &body)
    };
    let (one, two) = (link(), link());
    server.set_clock(JUMP);
    assert_eq!(redeem(&one).status, 201);
    assert_eq!(redeem(&one).status, 403);
    server.set_clock(0);
    assert_eq!(
        redeem(&one).status,
        403,
        "used before the clock was right again"
    );
    assert_eq!(redeem(&two).status, 201);
}

#[test]
fn a_token_ends_by_the_wall_clock() {
    let Some(server) = server("") else {
        return;
    };
    let token = server.token("Bo", "member");
    server.set_clock(JUMP);
    let mut late = Raw::upgrade(
        server.addr,
        "/ws",
        &format!("Authorization: Bearer {token}\r\n"),
    );
    assert_eq!(late.expect_close(1008), "Unauthorized: expired");
    server.set_clock(0);
    let mut bo = Chat::connect(server.addr, &token);
    assert_eq!(bo.expect("joined")["room"], Value::from("lobby"));
}

#[test]
fn a_retry_is_done_once_although_the_clock_jumped_meanwhile() {
    let Some(mut server) = server(UNPACED) else {
        return;
    };
    let mut bo = Chat::member(&server, "Bo");
    let cy = Chat::member(&server, "Cy");
    let first = bo.granted(say("lobby", "the first"));
    let like = json!({"type": "react", "room": "lobby", "seq": first["seq"], "emoji": "\u{1F44D}"});
    bo.granted(like.clone());
    let retried = |reference: &str| {
        let whisper = json!({"type": "whisper", "to": cy.id, "text": "only once"});
        [say("lobby", "only once"), like.clone(), whisper].map(|mut request| {
            request["ref"] = json!(format!("{} {reference}", request["type"]));
            request
        })
    };
    let mut jumps = vec![0];
    for jump in [JUMP, -JUMP, 0] {
        let requests = retried(&jump.to_string());
        let once: Vec<Value> = requests.iter().map(|r| bo.ask(r.clone())).collect();
        server.set_clock(jump);
        jumps.push(jump);
        for (request, once) in requests.iter().zip(&once) {
            assert_eq!(bo.ask(request.clone()), *once, "{jumps:?} {request}");
        }
    }
    if cfg!(not(feature = "full")) {
        return; // nothing is stored
    }
    // A Pi without a battery: said long ago by the clock of then, and a moment ago in truth.
    server.set_clock(-JUMP);
    let [said, ..] = retried("before the restart");
    let once = bo.granted(said.clone());
    server.stop();
    server.set_clock(0);
    server.start_again();
    let mut bo = Chat::member(&server, "Bo");
    assert_eq!(bo.granted(said), once);
}

#[test]
fn the_time_since_the_start_is_measured_and_not_computed() {
    let Some(server) = server("") else {
        return;
    };
    let later = json!({"exp": crate::harness::now() + 2 * JUMP as u64});
    let token = server.token_with("Max", "host", later);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    for jump in [JUMP, -JUMP] {
        server.set_clock(jump);
        let metrics = http(server.addr, "GET", "/metrics", &bearer, "");
        assert_eq!(metrics.status, 200, "{}", metrics.text());
        let text = metrics.text();
        let lines = text.lines();
        let uptime = lines.filter_map(|line| line.strip_prefix("glassroom_uptime_seconds "));
        let uptime: Vec<u64> = uptime.map(|seconds| seconds.parse().unwrap()).collect();
        assert!(uptime.len() == 1 && uptime[0] < 600, "{jump}: {uptime:?}");
    }
}

fn edit(seq: &Value) -> Value {
    json!({"type": "edit", "room": "lobby", "seq": seq, "text": "in other words"})
}

#[test]
fn a_message_can_be_changed_as_long_as_was_said_when_the_clock_jumps() {
    let Some(server) = server(&format!("{UNPACED}[history]\nedit_window = \"10m\"\n")) else {
        return;
    };
    let mut bo = Chat::member(&server, "Bo");
    for jump in [JUMP, -JUMP, 0] {
        let said = bo.granted(say("lobby", "in words"));
        server.set_clock(jump);
        bo.granted(edit(&said["seq"]));
        bo.granted(json!({"type": "delete", "room": "lobby", "seq": said["seq"]}));
    }
}

#[test]
fn the_time_to_change_a_message_ends_although_the_clock_was_set_back() {
    let more = format!("{UNPACED}[history]\nmemory = 2\nedit_window = \"2s\"\n");
    let Some(server) = server(&more) else {
        return;
    };
    let mut bo = Chat::member(&server, "Bo");
    let old = bo.granted(say("lobby", "no longer in memory"));
    bo.granted(say("lobby", "one"));
    let said = bo.granted(say("lobby", "two"));
    server.set_clock(-JUMP);
    if cfg!(feature = "full") {
        bo.refused(edit(&old["seq"]), "too_late");
    }
    // A deletion that is refused changes nothing, so that the message stays in memory.
    let until = Instant::now() + PATIENCE;
    let mut reacted = false;
    while bo.ask(edit(&said["seq"]))["code"] != "too_late" {
        assert!(Instant::now() < until, "for much too long");
        reacted = true;
    }
    assert!(reacted, "it was too late at once");
}
