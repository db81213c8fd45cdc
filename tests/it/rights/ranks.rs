//! Who may discipline whom, if people have several tokens: what one leads counts where one leads it,
//! and whoever leads the whole server is above those who lead a part of it.

use serde_json::{Value, json};

use super::{ROOMS, anywhere, moderate, say, seen, with_token};
use crate::harness::{Chat, Raw, Server};

/// Somebody with a token that leads `b` and another one that is a member's everywhere.
#[track_caller]
fn assistant(server: &Server, role: &str) -> (Chat, Chat) {
    let leading = with_token(server, "Kim", role, json!(["b"]), &["b"]);
    let member = anywhere(server, "Kim", "member", &["lobby", "b"]);
    assert_eq!(leading.id, member.id);
    (leading, member)
}

fn mute(chat: &Chat) -> Value {
    moderate("mute", json!({"user": chat.id, "seconds": 600}))
}

fn kick(chat: &Chat) -> Value {
    moderate("kick", json!({"user": chat.id, "seconds": 600}))
}

#[track_caller]
fn turned_away(server: &Server, role: &str, rooms: Value) -> bool {
    let token = server.token_with("Kim", role, json!({"rooms": rooms}));
    let headers = format!("Authorization: Bearer {token}\r\nSec-WebSocket-Protocol: chat.v1\r\n");
    let mut raw = Raw::upgrade(server.addr, "/ws?join=", &headers);
    raw.read_frame().opcode == crate::harness::Frame::CLOSE
}

#[test]
fn a_host_of_all_rooms_disciplines_the_host_of_one_in_every_room() {
    for (chief, role) in [
        ("host", "host"),
        ("host", "moderator"),
        ("moderator", "moderator"),
    ] {
        println!("{chief} of all rooms, {role} of one");
        let server = Server::start(ROOMS);
        let mut max = anywhere(&server, "Max", chief, &["lobby", "b"]);
        let (mut leading, mut member) = assistant(&server, role);
        max.granted(mute(&leading));
        member.refused(say("lobby", "spam"), "muted");
        member.refused(say("b", "spam"), "muted");
        leading.refused(say("b", "spam"), "muted");
        assert_eq!(seen(&server, "lobby", &leading.id)["muted"], true);
        assert_eq!(seen(&server, "b", &leading.id)["muted"], true);
        max.granted(moderate("unmute", json!({"user": leading.id})));
        leading.granted(say("b", "thank you"));
        max.granted(kick(&leading));
        assert!(leading.expect_close(4500).starts_with("removed: "));
        assert!(member.expect_close(4500).starts_with("removed: "));
        assert!(turned_away(&server, role, json!(["b"])));
        assert!(turned_away(&server, "member", Value::Null));
        max.granted(moderate("unkick", json!({"user": leading.id})));
        assert!(!turned_away(&server, role, json!(["b"])));
        assert!(!turned_away(&server, "member", Value::Null));
    }
}

#[test]
fn a_host_of_one_room_has_no_power_over_those_who_lead_it_or_everything() {
    let server = Server::start(ROOMS);
    let (mut kim, _member) = assistant(&server, "host");
    let mut max = anywhere(&server, "Max", "host", &["b"]);
    let mo = anywhere(&server, "Mo", "moderator", &["b"]);
    let other = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    for request in [mute(&max), kick(&max), mute(&other), kick(&other)] {
        kim.refused(request, "forbidden");
    }
    // A moderator is below a host, and in b Kim is one.
    kim.granted(mute(&mo));
    max.granted(moderate("unmute", json!({"user": mo.id})));
    // Two of the same rank for the whole server are equals.
    let second = anywhere(&server, "Eve", "host", &[]);
    max.refused(kick(&second), "forbidden");
}

#[test]
fn what_a_host_of_all_rooms_imposed_is_lifted_by_another_and_by_nobody_below() {
    let server = Server::start(ROOMS);
    let mut max = anywhere(&server, "Max", "host", &["b"]);
    let mut other = anywhere(&server, "Ada", "host", &["b"]);
    let mut mo = anywhere(&server, "Mo", "moderator", &["b"]);
    let mut equal = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let (leading, member) = assistant(&server, "host");
    let id = leading.id.clone();
    max.granted(kick(&leading));
    drop((leading, member));
    let let_in = || moderate("unkick", json!({"user": id}));
    mo.refused(let_in(), "forbidden");
    equal.refused(let_in(), "forbidden");
    other.granted(let_in());
    assert!(!turned_away(&server, "host", json!(["b"])));
}

#[test]
fn a_host_of_one_room_who_spams_elsewhere_is_stopped_there() {
    let server = Server::start(ROOMS);
    let (_leading, mut member) = assistant(&server, "host");
    // Whoever leads the lobby alone meets a member there.
    let mut lobby = with_token(&server, "Mo", "moderator", json!(["lobby"]), &["lobby"]);
    lobby.granted(mute(&member));
    member.refused(say("lobby", "spam"), "muted");
    lobby.granted(kick(&member));
    member.refused(say("lobby", "spam"), "not_in_room");
    member.granted(say("b", "here nobody minds"));
    // A moderator is below a host, in one of the rooms.
    let mut mo = anywhere(&server, "Mia", "moderator", &["b"]);
    mo.refused(mute(&member), "forbidden");
}
