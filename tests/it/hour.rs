//! The machine's clock is set an hour back or forward in the middle of something that lasts. Nothing ends
//! earlier or later for it, and after a restart what was left counts.

use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, How, PATIENCE, Raw, Server, UNPACED, clock, now};

/// How far the clock is set: it was an hour ahead or behind, as after a wrong change to summer time.
const HOUR: i64 = 3600;

/// Everything here that lasts, in seconds.
const LASTS: u64 = 600;

/// A server whose wall clock can be set.
fn server(more: &str) -> Option<Server> {
    let how = How {
        clock: Some(clock::movable()?),
        ..How::default()
    };
    Some(Server::start_as(how, more))
}

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action, "seconds": LASTS});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

/// Asserts that somebody is told to wait for what is left of it.
#[track_caller]
fn waits(chat: &mut Chat, code: &str) {
    let refused = chat.refused(say("now?"), code);
    let wait = refused["retry_after"].as_u64().unwrap();
    assert!((LASTS - 100..=LASTS).contains(&wait), "{refused}");
}

/// The reason with which the holder of a token is turned away.
#[track_caller]
fn turned_away(server: &Server, token: &str, code: u16) -> String {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    Raw::upgrade(server.addr, "/ws", &bearer).expect_close(code)
}

/// Each of these is bound: a mute, a removal, a ban, and the one who may be evading the removal.
struct Bound {
    muted: String,
    kicked: Guest,
    banned: String,
    suspect: Guest,
}

fn bind(server: &Server) -> Bound {
    let mut host = Chat::person(server, "Ms Lin", "host");
    let muted = Chat::member(server, "Ann");
    let kicked = Guest::join(server, "Bo", None);
    let banned = Chat::member(server, "Cy");
    host.granted(moderate("mute", json!({"user": muted.id})));
    host.granted(moderate("kick", json!({"user": kicked.connect(server).id})));
    host.granted(moderate("ban", json!({"user": banned.id})));
    let suspect = Guest::join(server, "Bo", None);
    suspect.connect(server);
    // Good for a day, whatever the clock says.
    let token = |name: &str| server.token_with(name, "member", json!({"exp": now() + 24 * 3600}));
    Bound {
        muted: token("Ann"),
        kicked,
        banned: token("Cy"),
        suspect,
    }
}

/// Whether the reason of a Close says that nearly ten minutes are left.
fn minutes(reason: &str, slug: &str) -> bool {
    let left = reason.strip_prefix(&format!("{slug}: you may come back in "));
    left.is_some_and(|left| left == "10 min" || left.starts_with("9 min "))
}

/// Asserts that all of them are still bound, for as long as was said.
#[track_caller]
fn still_bound(server: &Server, bound: &Bound) {
    waits(&mut Chat::connect(server.addr, &bound.muted), "muted");
    waits(&mut bound.suspect.connect(server), "muted");
    let kicked = turned_away(server, &bound.kicked.token, 4500);
    assert!(minutes(&kicked, "removed"), "{kicked}");
    let banned = turned_away(server, &bound.banned, 4501);
    assert!(minutes(&banned, "banned"), "{banned}");
    let again = Guest::try_join(server, "Bo", Some(&bound.kicked.device), CLASS_CODE);
    assert_eq!(again.status, 403, "{}", again.text());
}

#[test]
fn mutes_removals_bans_and_slow_mode_go_on() {
    let Some(server) = server(UNPACED) else {
        return;
    };
    let bound = bind(&server);
    let mut host = Chat::person(&server, "Max", "host");
    let mut dee = Chat::member(&server, "Dee");
    host.granted(moderate("slow", json!({"room": "lobby"})));
    dee.granted(say("once"));
    for set in [HOUR, -HOUR, 0] {
        server.set_clock(set);
        still_bound(&server, &bound);
        waits(&mut dee, "slow_mode");
    }
}

#[test]
fn what_was_left_goes_on_after_a_restart() {
    if cfg!(not(feature = "full")) {
        return; // nothing is stored
    }
    let Some(mut server) = server(UNPACED) else {
        return;
    };
    let bound = bind(&server);
    for set in [HOUR, -HOUR, 0] {
        // Set while the server runs, and once more while it does not.
        server.set_clock(set);
        server.kill();
        server.set_clock(-set);
        server.start_again();
        still_bound(&server, &bound);
    }
}

#[test]
fn a_mute_ends_in_time() {
    for set in [HOUR, -HOUR] {
        let Some(server) = server(UNPACED) else {
            return;
        };
        let mut host = Chat::person(&server, "Max", "host");
        let mut bo = Chat::member(&server, "Bo");
        host.granted(moderate("mute", json!({"user": bo.id, "seconds": 2})));
        server.set_clock(set);
        bo.refused(say("at once?"), "muted");
        let until = Instant::now() + PATIENCE;
        while bo.ask(say("now?"))["type"] != "ack" {
            assert!(Instant::now() < until, "for much too long");
        }
    }
}

#[test]
fn the_flood_limit_neither_fills_nor_stops() {
    let more = "[limits]\nmessages_per_second = 1\nburst = 3\n";
    for set in [HOUR, -HOUR] {
        let Some(server) = server(more) else {
            return;
        };
        let mut bo = Chat::member(&server, "Bo");
        let limited = |answer: &Value| answer["code"] == "rate_limited";
        assert!(
            (0..6).any(|n| limited(&bo.ask(say(&n.to_string())))),
            "no limit"
        );
        server.set_clock(set);
        let refused = bo.refused(say("a full bucket?"), "rate_limited");
        let wait = refused["retry_after"].as_u64().unwrap();
        assert!(wait <= 6, "{set}: {refused}");
    }
}

#[test]
fn a_connection_ends_with_its_token_and_neither_earlier_nor_later() {
    for (set, left) in [(-HOUR, 3), (HOUR, 3)] {
        let Some(server) = server(UNPACED) else {
            return;
        };
        let token = server.token_with("Bo", "member", json!({"exp": now() + left}));
        let began = Instant::now();
        let mut bo = Chat::connect(server.addr, &token);
        server.set_clock(set);
        assert!(bo.expect("auth_expiring")["in"].as_u64().unwrap() <= left);
        bo.granted(say("still here"));
        assert_eq!(bo.expect_close(1008), "Unauthorized: expired");
        // `now` is in whole seconds.
        assert!(began.elapsed().as_secs() + 2 >= left, "{set}: too early");
    }
}

#[test]
fn a_renewal_is_asked_for_in_time_and_counts() {
    let Some(server) = server(UNPACED) else {
        return;
    };
    let until = |seconds: u64| server.token_with("Bo", "member", json!({"exp": now() + seconds}));
    let mut bo = Chat::connect(server.addr, &until(62));
    server.set_clock(HOUR);
    let told = bo.expect("auth_expiring");
    assert!((50..=60).contains(&told["in"].as_u64().unwrap()), "{told}");
    bo.granted(json!({"type": "auth", "token": until(3 * 3600)}));
    server.set_clock(-HOUR);
    bo.granted(say("still here"));
    bo.expect_no("auth_expiring");
}
