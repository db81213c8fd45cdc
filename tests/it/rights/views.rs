//! A protocol view shows the bytes of a connection to somebody whose token may do what that
//! connection may, and to nobody else of the same person. A host's demo connection is no person.

use serde_json::{Value, json};

use super::{ROOMS, with_token};
use crate::harness::{Chat, Frame, Raw, Server, http};

/// Opens the view of a connection with a token of this role for these rooms.
#[track_caller]
fn view(server: &Server, role: &str, rooms: Value, connection: &str) -> Raw {
    let token = server.token_with("Lin", role, json!({"rooms": rooms}));
    let offer = format!("Sec-WebSocket-Protocol: lens.v1, bearer.{token}\r\n");
    Raw::upgrade(
        server.addr,
        &format!("/lens?connection={connection}"),
        &offer,
    )
}

/// Whether the page sees anything but a Close.
#[track_caller]
fn opens(mut view: Raw) -> bool {
    let first = view.read_frame();
    if first.opcode != Frame::CLOSE {
        return true;
    }
    assert_eq!(first.payload[..2], 4404_u16.to_be_bytes());
    false
}

#[track_caller]
fn number(chat: &mut Chat) -> String {
    let welcome = chat.expect("welcome");
    welcome["connection"].as_str().unwrap().to_owned()
}

/// The rights of each token from the lowest to the highest.
const LADDER: [&str; 4] = ["observer", "member", "moderator", "host"];

#[test]
fn a_token_opens_no_view_of_a_connection_with_more_rights() {
    let server = Server::start(ROOMS);
    let all = || Value::Null;
    for (n, role) in LADDER.into_iter().enumerate() {
        let mut chat = with_token(&server, "Lin", role, all(), &[]);
        let connection = number(&mut chat);
        for (m, viewer) in LADDER.into_iter().enumerate() {
            let seen = opens(view(&server, viewer, all(), &connection));
            assert_eq!(seen, m >= n, "{viewer} sees {role}");
        }
        for rooms in [json!(["lobby"]), json!(["lobby", "b", "c"]), json!([])] {
            let seen = opens(view(&server, "host", rooms.clone(), &connection));
            assert!(!seen, "a host of {rooms} sees everything");
        }
    }
    let mut chat = with_token(&server, "Lin", "moderator", json!(["b"]), &["b"]);
    let connection = number(&mut chat);
    for (role, rooms, seen) in [
        ("member", all(), false),
        ("member", json!(["b"]), false),
        ("host", json!(["c"]), false),
        ("moderator", json!(["b", "c"]), true),
        ("host", all(), true),
    ] {
        let found = opens(view(&server, role, rooms.clone(), &connection));
        assert_eq!(found, seen, "{role} of {rooms}");
    }
}

#[test]
fn a_view_ends_when_its_connection_goes_on_with_more_rights() {
    let server = Server::start(ROOMS);
    let auth = |role: &str, rooms: Value| {
        let token = server.token_with("Lin", role, json!({"rooms": rooms}));
        json!({"type": "auth", "token": token})
    };
    for (role, rooms) in [
        ("host", json!(["b"])),
        ("moderator", json!(["b"])),
        ("member", json!(["b", "c"])),
        ("member", Value::Null),
    ] {
        let mut chat = with_token(&server, "Lin", "member", json!(["b"]), &["b"]);
        let connection = number(&mut chat);
        let mut seen = view(&server, "member", json!(["b"]), &connection);
        seen.read_frame();
        // The same rights, or fewer, change nothing.
        chat.granted(auth("member", json!(["b"])));
        chat.granted(auth("observer", json!(["b"])));
        chat.granted(auth("member", json!(["b"])));
        chat.granted(auth(role, rooms.clone()));
        let reason = seen.expect_close(4404);
        assert!(reason.starts_with("outgrown: "), "{reason}");
        assert!(!opens(view(&server, "member", json!(["b"]), &connection)));
        assert!(opens(view(&server, role, rooms, &connection)));
    }
}

#[test]
fn a_host_watches_demo_identities_only() {
    let server = Server::start(ROOMS);
    let bearer = format!("Authorization: Bearer {}\r\n", server.token("Max", "host"));
    let made = http(server.addr, "POST", "/api/demo", &bearer, "").json();
    let mut demo = Chat::connect(server.addr, made["token"].as_str().unwrap());
    let connection = number(&mut demo);
    for (role, seen) in [("host", true), ("moderator", false), ("member", false)] {
        assert_eq!(opens(view(&server, role, Value::Null, &connection)), seen);
    }
    let mut bo = Chat::member(&server, "Bo");
    let connection = number(&mut bo);
    assert!(!opens(view(&server, "host", Value::Null, &connection)));
}

#[test]
fn a_demo_connection_is_nobody_who_has_not_answered() {
    let server = Server::start("");
    let token = server.token("Ms Lin", "host");
    let mut lin = Chat::connect(server.addr, &token);
    lin.expect("joined");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let demo = http(server.addr, "POST", "/api/demo", &bearer, "").json();
    let mut demo = Chat::connect(server.addr, demo["token"].as_str().unwrap());
    demo.expect("joined");
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(json!({"type": "typing", "room": "lobby"}));
    lin.granted(
        json!({"type": "poll", "room": "lobby", "question": "Why?", "choices": ["a", "b"]}),
    );
    let tally = lin.expect("tally");
    let missing = tally["missing"].as_array().unwrap();
    let missing: Vec<_> = missing.iter().map(|user| &user["name"]).collect();
    assert_eq!(missing, ["Ann"]);
}
