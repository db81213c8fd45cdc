//! Rights: a connection acts with the role and the rooms of its own token. Others see the highest role
//! in the room, and discipline is checked against that.

#[cfg(feature = "full")]
mod audited;
mod clocks;
mod letting_in;
mod pace;
mod places;
mod ranks;
mod renewing;
#[cfg(feature = "full")]
mod views;

use serde_json::{Value, json};

use crate::harness::{Chat, Server};

/// Three rooms, and no flood limit.
const ROOMS: &str =
    "[rooms]\nlist = [\"lobby\", \"b\", \"c\"]\n[limits]\nmessages_per_second = 0\n";

/// A connection of `name` with a token of this role for these rooms (null: all), in the rooms that
/// `joins` names.
#[track_caller]
fn with_token(server: &Server, name: &str, role: &str, rooms: Value, joins: &[&str]) -> Chat {
    let token = server.token_with(name, role, json!({"rooms": rooms}));
    let mut chat = Chat::connect_to(server.addr, "/ws?join=", &token);
    for room in joins {
        chat.granted(join(room));
    }
    chat
}

/// Somebody with a token for all rooms, in those that `joins` names.
#[track_caller]
fn anywhere(server: &Server, name: &str, role: &str, joins: &[&str]) -> Chat {
    with_token(server, name, role, Value::Null, joins)
}

fn join(room: &str) -> Value {
    json!({"type": "join", "room": room})
}

fn say(room: &str, text: &str) -> Value {
    json!({"type": "send", "room": room, "text": text})
}

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action});
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

fn lock(room: &str) -> Value {
    moderate("lock", json!({"room": room, "on": true}))
}

/// The entry of `id` in the members of a `joined`.
#[track_caller]
fn entry(joined: &Value, id: &str) -> Value {
    let members = joined["members"].as_array().unwrap();
    let entry = members.iter().find(|entry| entry["id"] == id);
    entry
        .unwrap_or_else(|| panic!("{id} is not in {joined}"))
        .clone()
}

/// What somebody who joins `room` now sees of `id`.
#[track_caller]
fn seen(server: &Server, room: &str, id: &str) -> Value {
    let mut witness = with_token(server, "Witness", "observer", Value::Null, &[room]);
    entry(&witness.expect("joined"), id)
}

#[test]
fn a_host_of_one_room_and_a_member_everywhere_is_no_host_everywhere() {
    let server = Server::start(ROOMS);
    let mut bo = anywhere(&server, "Bo", "member", &["lobby", "b"]);
    let mute = moderate("mute", json!({"user": bo.id, "seconds": 60}));
    let host = || with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let member = || anywhere(&server, "Lin", "member", &["lobby", "b"]);
    let check = |host: &mut Chat, member: &mut Chat, order: &str| {
        assert_eq!(host.id, member.id, "{order}");
        for request in [
            mute.clone(),
            lock("lobby"),
            lock("b"),
            moderate("end_lesson", json!({"seconds": 0})),
        ] {
            member.refused(request, "forbidden");
        }
        host.refused(lock("lobby"), "not_in_room");
        host.refused(join("lobby"), "forbidden");
        host.granted(lock("b"));
        member.refused(say("b", "may I?"), "locked");
        host.granted(say("b", "quiet, please"));
        member.granted(say("lobby", "hello"));
    };
    // In both orders, because the last token that was seen used to count.
    let (mut first, mut second) = (host(), member());
    check(&mut first, &mut second, "host first");
    drop((first, second));
    let (mut first, mut second) = (member(), host());
    check(&mut second, &mut first, "member first");
    // And after the other one has gone.
    drop(first);
    second.granted(lock("b"));
    drop(second);
    let mut alone = member();
    alone.refused(mute, "forbidden");
    alone.refused(lock("b"), "forbidden");
    bo.granted(say("lobby", "I can still talk"));
}

#[test]
fn others_see_the_highest_role_in_the_room_and_the_badge_falls_with_the_connection() {
    let server = Server::start(ROOMS);
    let mut bo = anywhere(&server, "Bo", "member", &["lobby", "b"]);
    let mut member = anywhere(&server, "Lin", "member", &["lobby", "b"]);
    let host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    // What it may do, not what others see.
    assert_eq!(member.expect("welcome")["you"]["role"], "member");
    assert_eq!(seen(&server, "b", &member.id)["role"], "host");
    assert_eq!(seen(&server, "lobby", &member.id)["role"], "member");
    for (room, role) in [("b", json!("host")), ("lobby", Value::Null)] {
        member.granted(say(room, "hello"));
        let heard = bo.so_far("message");
        let heard = heard.iter().find(|heard| heard["room"] == room).unwrap();
        assert_eq!(heard["from"]["role"], role, "{room}: {heard}");
        member.granted(json!({"type": "typing", "room": room}));
        let typing = bo.expect("typing");
        assert_eq!(
            (&typing["from"]["role"], &typing["room"]),
            (&role, &json!(room))
        );
    }
    bo.so_far("presence");
    drop(host);
    let falls = |message: &Value| {
        let joined = message["joined"].as_array().unwrap();
        let falls = |person: &Value| person["id"] == *member.id && person["role"] == "member";
        message["room"] == "b" && joined.iter().any(falls)
    };
    while !falls(&bo.expect("presence")) {}
    member.granted(say("b", "and now?"));
    assert_eq!(bo.expect("message")["from"]["role"], Value::Null);
}

#[test]
fn discipline_is_checked_against_the_highest_role_that_is_open_there() {
    let server = Server::start(ROOMS);
    let member = anywhere(&server, "Lin", "member", &["lobby", "b"]);
    let host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let mute = moderate("mute", json!({"user": member.id, "seconds": 60}));
    let kick = moderate("kick", json!({"user": member.id, "seconds": 60}));
    for rooms in [Value::Null, json!(["b"]), json!(["lobby", "b"])] {
        let name = format!("Mo {rooms}").replace(['"', '[', ']', ','], "");
        let mut moderator = with_token(&server, &name, "moderator", rooms, &["b"]);
        moderator.refused(mute.clone(), "forbidden");
        moderator.refused(kick.clone(), "forbidden");
    }
    // In the lobby she is a member.
    let mut moderator = with_token(&server, "Max", "moderator", json!(["lobby"]), &["lobby"]);
    moderator.granted(mute.clone());
    assert_eq!(seen(&server, "lobby", &member.id)["muted"], true);
    assert_eq!(seen(&server, "b", &member.id)["muted"], Value::Null);
    drop(host);
    let mut moderator = anywhere(&server, "Mia", "moderator", &["b"]);
    while moderator.ask(mute.clone())["type"] != "ack" {}
    assert_eq!(seen(&server, "b", &member.id)["muted"], true);
}

#[test]
fn one_does_not_moderate_oneself_with_a_second_token() {
    let server = Server::start(ROOMS);
    let member = anywhere(&server, "Lin", "member", &["b"]);
    let mut host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    host.refused(moderate("kick", json!({"user": member.id})), "forbidden");
}

#[test]
fn a_new_token_changes_the_rights_of_its_connection_alone() {
    let server = Server::start(ROOMS);
    let mut one = anywhere(&server, "Lin", "member", &["lobby", "b"]);
    let mut two = anywhere(&server, "Lin", "member", &["lobby", "b"]);
    let token = |role: &str, rooms: Value| server.token_with("Lin", role, json!({"rooms": rooms}));
    let renew = |token: String| json!({"type": "auth", "token": token});
    one.granted(renew(token("host", json!(["b"]))));
    one.granted(lock("b"));
    one.refused(say("lobby", "gone from here"), "not_in_room");
    two.refused(lock("b"), "forbidden");
    two.granted(say("lobby", "still here"));
    assert_eq!(seen(&server, "b", &two.id)["role"], "host");
    assert_eq!(seen(&server, "lobby", &two.id)["role"], "member");
    one.granted(renew(token("member", Value::Null)));
    one.refused(lock("b"), "forbidden");
    assert_eq!(seen(&server, "b", &two.id)["role"], "member");
    let other = server.token("Max", "host");
    one.refused(renew(other), "unauthorized");
}

#[test]
fn whispers_show_and_respect_the_role_in_the_room_where_the_other_one_is() {
    let server = Server::start(ROOMS);
    let mut host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let mut there = anywhere(&server, "Bo", "member", &["b"]);
    let mut elsewhere = anywhere(&server, "Cy", "member", &["lobby"]);
    let mut chief = anywhere(&server, "Max", "host", &["c"]);
    let whisper = |to: &Chat| json!({"type": "whisper", "to": to.id, "text": "psst"});
    there.granted(whisper(&host));
    let heard = host.expect("whisper");
    assert_eq!(
        (&heard["from"]["role"], &heard["to"]["role"]),
        (&Value::Null, &json!("host"))
    );
    host.granted(whisper(&there));
    assert_eq!(there.expect("whisper")["from"]["role"], "host");
    // In the lobby she leads nobody, with a second token neither.
    host.refused(whisper(&elsewhere), "forbidden");
    elsewhere.refused(whisper(&host), "forbidden");
    let mut member = anywhere(&server, "Lin", "member", &["lobby"]);
    member.refused(whisper(&elsewhere), "forbidden");
    elsewhere.refused(whisper(&member), "forbidden");
    // Whoever leads every room is a host for everybody, wherever they are.
    elsewhere.granted(whisper(&chief));
    assert_eq!(chief.expect("whisper")["to"]["role"], "host");
    chief.granted(whisper(&elsewhere));
    assert_eq!(elsewhere.expect("whisper")["from"]["role"], "host");
}

#[test]
fn somebody_with_two_roles_keeps_one_name() {
    let server = Server::start(ROOMS);
    let named = |mut chat: Chat| chat.expect("welcome")["you"]["name"].clone();
    let host = || with_token(&server, "Ms Lin", "host", json!(["b"]), &["b"]);
    let member = || anywhere(&server, "Ms Lin", "member", &["lobby"]);
    let (_one, _two) = (host(), member());
    for _ in 0..2 {
        assert_eq!(named(member()), "Ms Lin");
        assert_eq!(named(host()), "Ms Lin");
    }
    // The name stays hers, with whichever connection she came last.
    let token = server.token_with("Ms Lin", "member", json!({"sub": "somebody else"}));
    let other = Chat::connect(server.addr, &token);
    assert_eq!(named(other), "Ms Lin 2");
}
