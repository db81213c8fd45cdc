//! What the primary sends to clients of another node goes there on one connection, and the other node treats them as a server does.

use super::engine::Redis;
use super::{join, person, two_nodes};
use crate::harness::{Chat, Frame, PATIENCE, Raw, Server, http};
use crate::lens::watched;
use serde_json::{Value, json};
use std::time::Instant;

/// A number of `GET /metrics`; NaN if it is not there.
#[track_caller]
fn metric(at: &Server, name: &str) -> f64 {
    let bearer = format!("Authorization: Bearer {}\r\n", at.token("Ms Lin", "host"));
    let text = http(at.addr, "GET", "/metrics", &bearer, "").text();
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    value.map_or(f64::NAN, |value| value.trim().parse().unwrap())
}

/// Waits until a number is as it should be.
#[track_caller]
fn wait_for(at: &Server, name: &str, is_right: impl Fn(f64) -> bool) {
    let until = Instant::now() + 2 * PATIENCE;
    loop {
        let value = metric(at, name);
        if is_right(value) {
            return;
        }
        assert!(Instant::now() < until, "{name} is {value}");
        std::thread::yield_now();
    }
}

/// Two nodes with a trunk between them.
fn connected(redis: &Redis) -> (Server, Server) {
    let (north, south) = two_nodes(redis);
    wait_for(&north, "glassroom_cluster_trunks", |trunks| trunks == 1.0);
    (north, south)
}

#[test]
fn what_a_room_says_goes_to_another_node_once() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = connected(&redis);
    let mut listeners: Vec<Chat> = (0..10)
        .map(|n| person(&south, &format!("Listener {n}"), "member"))
        .collect();
    let mut ada = person(&north, "Ada", "member");
    let written = "glassroom_cluster_trunk_bytes_total";
    let before = metric(&north, written);
    for n in 0..20 {
        let text = format!("{n} {}", "x".repeat(1000));
        ada.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    for listener in &mut listeners {
        for n in 0..20 {
            let text = listener.expect("message")["text"].to_string();
            assert!(text.starts_with(&format!("\"{n} ")), "{text}");
        }
    }
    let written = metric(&north, written) - before;
    assert!((20_000.0..40_000.0).contains(&written), "{written} bytes");
    // Their own messages do not come back to them, and their acks do.
    for n in 0..10 {
        let sent = listeners[n].granted(json!({"type": "send", "room": "lobby", "text": "mine"}));
        listeners[n].expect_no("message");
        let heard = listeners[(n + 1) % 10].expect("message");
        assert_eq!(
            (&heard["text"], &heard["seq"]),
            (&json!("mine"), &sent["seq"])
        );
        (0..10)
            .filter(|&other| other != n && other != (n + 1) % 10)
            .for_each(|other| drop(listeners[other].expect("message")));
    }
    assert_eq!(metric(&south, "glassroom_cluster_trunks"), 1.0);
    assert_eq!(metric(&south, "glassroom_cluster_engine_up"), 1.0);
    let entry = metric(&south, "glassroom_cluster_entry");
    assert!(entry >= 20.0, "{entry} entries");
    wait_for(
        &north,
        "glassroom_cluster_lag_entries{node=\"south\"}",
        |lag| lag == 0.0,
    );
}

#[test]
fn whoever_reads_too_slowly_at_another_node_is_cut_and_nobody_else() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let config = |name| {
        redis
            .node(name)
            .replace("[limits]\n", "[limits]\nbacklog = \"64 KiB\"\n")
    };
    let north = Server::start(&config("north"));
    let south = Server::start_with(&[("secret", &north.secret())], &config("south"));
    let south = south.expect("a node");
    wait_for(&north, "glassroom_cluster_trunks", |trunks| trunks == 1.0);
    let mut slow = person(&south, "Slow", "member");
    let mut other = person(&south, "Other", "member");
    let mut talker = person(&north, "Talker", "member");
    let text = "x".repeat(4000);
    let mut said = 0;
    while !talker.somebody_left() {
        talker.granted(json!({"type": "send", "room": "lobby", "text": text}));
        said += 1;
        assert_eq!(other.expect("message")["seq"], said);
    }
    // If its own side takes nothing for two seconds, no Close arrives either.
    assert!(matches!(slow.raw.read_to_the_end(), Some(1013) | None));
    // One that goes while much waits for it is gone at once.
    let mut slow = person(&south, "Slow", "member");
    for _ in 0..150 {
        talker.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    slow.raw.finish();
    drop(slow);
    wait_for(&north, "glassroom_connections{kind=\"chat\"}", |open| {
        open == 2.0
    });
}

/// What was acknowledged, and why the connection ends, reaches also those who read slowly.
#[test]
fn a_server_that_stops_tells_everything_to_slow_clients_of_another_node() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (mut north, south) = connected(&redis);
    let mut slow: Vec<Chat> = (0..3)
        .map(|n| person(&south, &format!("Slow {n}"), "member"))
        .collect();
    let mut talker = person(&north, "Talker", "member");
    let text = "x".repeat(4000);
    for _ in 0..200 {
        talker.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    north.ask_to_stop();
    for chat in &mut slow {
        let mut seq = 0;
        let code = loop {
            let frame = chat.raw.read_frame();
            if frame.opcode == Frame::CLOSE {
                break u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
            }
            let message: Value = serde_json::from_slice(&frame.payload).unwrap_or_default();
            if message["type"] == "message" {
                seq += 1;
                assert_eq!(message["seq"], seq);
            }
        };
        assert_eq!((seq, code), (200, 1001));
    }
    assert!(north.wait().success());
}

#[test]
fn a_client_of_another_node_ends_as_at_a_server() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (mut north, south) = connected(&redis);
    // Its own Close, without and with what it says before.
    let mut ada = person(&south, "Ada", "member");
    ada.say("lobby", "the last words", "last");
    ada.raw.send_frame(&Frame::close(1000, "bye"));
    ada.raw.finish();
    assert_eq!(ada.raw.read_to_the_end(), Some(1000));
    // The end of TCP without a Close.
    let mut bo = person(&south, "Bo", "member");
    bo.raw.finish();
    assert_eq!(bo.raw.read_to_the_end(), None);
    // A frame that breaks a rule.
    let mut chen = person(&south, "Chen", "member");
    chen.raw.send_frame(&Frame::text("no mask").unmasked());
    assert_eq!(chen.raw.read_to_the_end(), Some(1002));
    // A token that is not good: the answer comes on the connection itself.
    let headers = "Authorization: Bearer x\r\nSec-WebSocket-Protocol: chat.v1\r\n";
    let mut nobody = Raw::upgrade(south.addr, "/ws", headers);
    nobody.expect_close(1008);
    nobody.expect_eof();
    let refused = http(south.addr, "GET", "/ws", "", "");
    assert_eq!(refused.status, 426, "{}", refused.text());
    wait_for(&north, "glassroom_connections{kind=\"chat\"}", |open| {
        open == 0.0
    });
    // The end of the server, for everybody.
    let mut people: Vec<Chat> = (0..5)
        .map(|n| person(&south, &format!("Person {n}"), "member"))
        .collect();
    assert!(north.stop().success());
    for person in &mut people {
        assert_eq!(person.raw.read_to_the_end(), Some(1001));
    }
}

/// RFC 9110 §7.8: the 100 comes before the 101, and both come on the connection itself.
#[test]
fn a_handshake_that_expects_a_100_gets_it_first_at_another_node() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (_north, south) = connected(&redis);
    let mut raw = Raw::connect(south.addr);
    let token = south.token("Ada", "member");
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nExpect: 100-continue\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: chat.v1\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    raw.send(request.as_bytes());
    assert_eq!(raw.read_head().status, 100);
    assert_eq!(raw.read_head().status, 101);
    assert_eq!(raw.read_json()["type"], "welcome");
}

#[test]
fn only_a_node_opens_a_trunk_and_a_new_one_replaces_one_that_broke() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (north, south) = connected(&redis);
    for at in [&north, &south] {
        let upgrade = "Connection: Upgrade\r\nUpgrade: glassroom-trunk\r\n";
        let answer = http(at.addr, "GET", "/cluster/trunk", upgrade, "");
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (403, &json!("not_a_node"))
        );
    }
    // A node that is stopped for longer than a trunk waits.
    let mut ada = person(&south, "Ada", "member");
    north.signal("STOP");
    south.logged("the trunk to");
    north.signal("CONT");
    assert_eq!(ada.raw.read_to_the_end(), None);
    let _third = join(&redis, &north, "east");
    wait_for(&north, "glassroom_cluster_trunks", |trunks| trunks == 2.0);
    let mut ada = person(&south, "Ada", "member");
    let written = "glassroom_cluster_trunk_bytes_total";
    let before = metric(&north, written);
    let text = "x".repeat(4000);
    person(&north, "Bo", "member").granted(json!({"type": "send", "room": "lobby", "text": text}));
    ada.expect("message");
    assert!(metric(&north, written) - before > 4000.0);
}

/// What the nodes say to each other about a client is not shown to the client as something that it has sent.
#[test]
fn the_protocol_view_shows_the_request_as_the_client_has_sent_it() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (_north, south) = connected(&redis);
    let (_ada, glass, _) = watched(&south, "Ada", "member");
    let shown = glass.opened["handshake"].to_string();
    assert!(
        shown.contains("Sec-WebSocket-Key") && !shown.contains("Glassroom-Client"),
        "{shown}"
    );
}
