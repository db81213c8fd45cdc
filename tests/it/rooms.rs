//! Rooms: joining, presence, leaving, creating, and pages of history.

use serde_json::{Value, json};

use crate::harness::{Chat, Frame, Raw, Server, UNPACED};

fn join(room: &str) -> Value {
    json!({"type": "join", "room": room})
}

fn say(room: &str, text: &str) -> Value {
    json!({"type": "send", "room": room, "text": text})
}

/// The sorted values of one field in a list.
fn each(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let mut values: Vec<String> = list
        .iter()
        .map(|entry| entry[field].as_str().unwrap().to_owned())
        .collect();
    values.sort();
    values
}

#[test]
fn the_welcome_comes_first_and_the_default_room_is_joined_automatically() {
    let server = Server::start("[rooms]\nlist = [\"hall\", \"lab\"]\ndefault = \"hall\"\n");
    let mut ada = Chat::member(&server, "Ada");
    ada.granted(say("hall", "hello"));
    let bearer = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Bob", "member")
    );
    let mut raw = Raw::upgrade(server.addr, "/ws", &bearer);
    let [welcome, joined, message] = [(); 3].map(|()| raw.read_json());
    assert_eq!(welcome["type"], "welcome");
    assert_eq!(welcome["you"]["name"], "Bob");
    assert_eq!(welcome["you"]["role"], "member");
    assert_eq!(welcome["default_room"], "hall");
    assert_eq!(each(&welcome["rooms"], "name"), ["hall", "lab"]);
    assert_eq!(welcome["server"]["name"], "glassroom");
    assert!(welcome["connection"].is_string(), "{welcome}");
    let expires = welcome["token_expires"].as_u64().unwrap();
    assert!(expires > crate::harness::now() * 1000, "{welcome}");
    assert_eq!(
        (&joined["type"], &joined["room"]),
        (&json!("joined"), &json!("hall"))
    );
    assert_eq!(joined["recovered"], false);
    assert_eq!((&joined["seq"], &joined["count"]), (&json!(1), &json!(2)));
    assert_eq!(each(&joined["members"], "name"), ["Ada", "Bob"]);
    let state = json!({"locked": false, "slow": 0, "approve": false});
    assert_eq!(joined["state"], state);
    assert_eq!(message["text"], "hello");
}

#[test]
fn with_join_in_the_query_no_room_is_joined_automatically() {
    let server = Server::start("");
    for path in ["/ws?join=", "/ws?join"] {
        let mut ada = Chat::connect_to(server.addr, path, &server.token("Ada", "member"));
        ada.refused(say("lobby", "hello"), "not_in_room");
        ada.expect_no("joined");
        ada.send(json!({"type": "join", "room": "lobby", "ref": "j"}));
        let joined = ada.expect("joined");
        assert_eq!((&joined["ref"], &joined["seq"]), (&json!("j"), &json!(0)));
        // `joined` comes first, then the `ack`.
        assert_eq!(
            ada.expect("ack"),
            json!({"type": "ack", "ref": "j", "room": "lobby"})
        );
    }
    let mut ada = Chat::outside(&server, "Ada", "member");
    ada.granted(join("lobby"));
    ada.granted(say("lobby", "hello"));
}

#[test]
fn joining_twice_starts_afresh_and_counts_once() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    for n in 0..3 {
        bob.granted(say("lobby", &format!("{n}")));
    }
    ada.so_far("message");
    ada.granted(join("lobby"));
    assert_eq!(ada.expect("joined")["count"], 2);
    assert_eq!(ada.so_far("message").len(), 3);
    bob.granted(say("lobby", "once"));
    assert_eq!(ada.so_far("message").len(), 1);
}

/// `recovered: false` tells a page to forget the room's log, because the newest page follows. The
/// page forgets its own messages as well, so it must get them back.
#[test]
fn a_fresh_page_includes_the_connections_own_messages() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    ada.granted(say("lobby", "mine"));
    bob.granted(say("lobby", "yours"));
    ada.so_far("message");
    ada.granted(join("lobby"));
    assert_eq!(ada.expect("joined")["room"], "lobby"); // by itself, at the start
    let page = ada.so_far("message");
    let texts: Vec<&Value> = page.iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["mine", "yours"]);
    ada.granted(json!({"type": "leave", "room": "lobby"}));
    ada.granted(join("lobby"));
    assert_eq!(ada.so_far("message").len(), 2);
}

#[test]
fn a_person_who_left_neither_sends_nor_receives_and_may_rejoin() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    ada.granted(json!({"type": "leave", "room": "lobby"}));
    ada.refused(json!({"type": "leave", "room": "lobby"}), "not_in_room");
    ada.refused(say("lobby", "hello"), "not_in_room");
    bob.granted(say("lobby", "is Ada here?"));
    ada.expect_no("message");
    ada.granted(join("lobby"));
    assert_eq!(ada.expect("message")["text"], "is Ada here?");
}

#[test]
fn messages_stay_in_their_room() {
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\", \"library\"]\n");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    ada.granted(join("lab"));
    bob.granted(join("library"));
    assert_eq!(ada.granted(say("lab", "in the lab"))["seq"], 1);
    assert_eq!(bob.granted(say("library", "in the library"))["seq"], 1);
    assert_eq!(ada.granted(say("lobby", "in the lobby"))["seq"], 1);
    let heard: Vec<Value> = bob.so_far("message");
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0]["room"], "lobby");
    ada.expect_no("message");
}

#[test]
fn the_setting_create_decides_who_may_create_rooms() {
    // The setting, then the error of a member and of a host for a room that does not exist.
    let table = [
        ("nobody", Some("unknown_room"), Some("unknown_room")),
        ("hosts", Some("unknown_room"), None),
        ("all", None, None),
    ];
    for (setting, member, leader) in table {
        let server = Server::start(&format!("[rooms]\ncreate = \"{setting}\"\n"));
        let mut ada = Chat::member(&server, "Ada");
        let mut host = Chat::person(&server, "Ms Lin", "host");
        assert_eq!(
            ada.ask(join("of-ada"))["code"].as_str(),
            member,
            "{setting}"
        );
        assert_eq!(
            host.ask(join("数学_1"))["code"].as_str(),
            leader,
            "{setting}"
        );
        if leader.is_none() {
            // Once it exists, everybody may join.
            ada.granted(join("数学_1"));
            for bad in ["", "a b", "a/b", "..", "a\u{202E}b", &"x".repeat(33)] {
                host.refused(join(bad), "bad_message");
            }
        }
    }
}

#[test]
fn a_token_limits_its_holder_to_its_rooms() {
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\", \"library\"]\n");
    let token = server.token_with("Ada", "member", json!({"rooms": ["lab"]}));
    let mut ada = Chat::connect(server.addr, &token);
    assert_eq!(each(&ada.expect("welcome")["rooms"], "name"), ["lab"]);
    // There is no automatic join, because the default room is not among them.
    ada.expect_no("joined");
    ada.expect_no("error");
    ada.refused(join("lobby"), "forbidden");
    ada.refused(join("library"), "forbidden");
    ada.granted(join("lab"));
    ada.granted(say("lab", "hello"));
    let token = server.token_with("Lin", "host", json!({"rooms": ["lab"]}));
    let mut host = Chat::connect_to(server.addr, "/ws?join=", &token);
    host.refused(join("new"), "forbidden");
}

#[test]
fn presence_counts_persons_and_is_batched() {
    let server = Server::start("[presence]\ntick = \"2500ms\"\n");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    // Her own arrival, so that the next changes are in a later presence.
    host.expect("presence");
    let pupils: Vec<Chat> = (0..5)
        .map(|n| Chat::member(&server, &format!("Pupil {n}")))
        .collect();
    let _second = Chat::member(&server, "Pupil 0");
    // Arrives and leaves within a tick, which is not announced.
    drop(Chat::member(&server, "Passing"));

    let presence = host.expect("presence");
    assert_eq!(each(&presence["joined"], "name").len(), 5, "{presence}");
    assert_eq!(each(&presence["joined"], "role"), ["member"; 5]);
    assert_eq!(presence["left"], json!([]), "{presence}");
    assert_eq!(presence["count"], 6, "{presence}");
    let ids: Vec<String> = pupils.iter().map(|pupil| pupil.id.clone()).collect();

    // All have left but the one with a second connection.
    drop(pupils);
    let presence = host.expect("presence");
    assert_eq!(presence["joined"], json!([]), "{presence}");
    let mut left = ids[1..].to_vec();
    left.sort();
    assert_eq!(each(&presence["left"], "id"), left);
    assert_eq!(presence["count"], 2, "{presence}");
}

#[test]
fn a_large_room_is_counted_and_not_listed() {
    let server = Server::start("[presence]\nlist_up_to = 2\ntick = \"10ms\"\n");
    let mut ada = Chat::member(&server, "Ada");
    let _bob = Chat::member(&server, "Bob");
    let mut eve = Chat::connect(server.addr, &server.token("Eve", "member"));
    let joined = eve.expect("joined");
    assert_eq!(
        (&joined["count"], &joined["members"]),
        (&json!(3), &json!([]))
    );
    loop {
        let presence = ada.expect("presence");
        if presence["count"] == 3 {
            assert_eq!(presence["joined"], json!([]), "{presence}");
            break;
        }
    }
}

#[test]
fn history_comes_in_pages_of_the_same_messages_oldest_first() {
    let server = Server::start(UNPACED);
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    for n in 1..=250 {
        ada.granted(say("lobby", &format!("message {n}")));
    }
    let live = bob.so_far("message");
    assert_eq!(live.len(), 250);

    let mut before = None;
    let mut pages = Vec::new();
    loop {
        let mut request = json!({"type": "history", "room": "lobby", "limit": 100, "ref": "h"});
        if let Some(before) = before {
            request["before"] = before;
        }
        bob.granted(request);
        let page = bob.expect("history");
        assert_eq!(
            (&page["room"], &page["ref"]),
            (&json!("lobby"), &json!("h"))
        );
        let messages = page["messages"].as_array().unwrap().clone();
        before = Some(messages[0]["seq"].clone());
        pages.splice(..0, messages);
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(pages, live);
    // The page includes the reader's own messages.
    ada.granted(json!({"type": "history", "room": "lobby", "before": 3, "limit": 1}));
    let page = ada.expect("history");
    assert_eq!(page["messages"][0]["text"], "message 2");
    assert_eq!(page["more"], true);
    ada.granted(json!({"type": "history", "room": "lobby", "before": 1}));
    let page = ada.expect("history");
    assert_eq!(
        (&page["messages"], &page["more"]),
        (&json!([]), &json!(false))
    );
}

/// All requests are in one packet, and so in one batch.
#[test]
fn changes_find_the_messages_just_before_them_in_the_same_batch() {
    for history in ["", "[history]\npath = \"\"\n"] {
        let server = Server::start(&format!("{UNPACED}{history}"));
        let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
        ada.granted(say("lobby", "first"));
        let on = |kind: &str, seq: u64, more: Value| {
            let mut request = json!({"type": kind, "room": "lobby", "seq": seq});
            let more = more.as_object().unwrap().clone();
            request.as_object_mut().unwrap().extend(more);
            request
        };
        let requests = [
            say("lobby", "secret"),
            on("react", 2, json!({"emoji": "👍"})),
            on("edit", 2, json!({"text": "another secret"})),
            on("react", 1, json!({"emoji": "🎉"})),
            json!({"type": "send", "room": "lobby", "text": "yes", "reply_to": 2}),
            on("delete", 2, json!({})),
        ];
        let frames = requests
            .iter()
            .map(|r| Frame::text(&r.to_string()).encode());
        ada.raw.send(&frames.collect::<Vec<_>>().concat());
        bob.expect("message");
        let events = [
            ("message", 2, None),
            ("reaction", 3, Some(2)),
            ("edited", 4, Some(2)),
            ("reaction", 5, Some(1)),
            ("message", 6, None),
            ("deleted", 7, Some(2)),
        ];
        for (kind, seq, of) in events {
            let event = loop {
                let next = bob.next();
                if next.get("at").is_some() {
                    break next;
                }
            };
            assert_eq!(event["type"], kind, "{event}");
            assert_eq!((&event["seq"], event["of"].as_u64()), (&json!(seq), of));
        }
        ada.refused(on("edit", 2, json!({"text": "too late"})), "not_found");
        // A page of history shows the result.
        bob.granted(json!({"type": "history", "room": "lobby"}));
        let page = bob.expect("history")["messages"].clone();
        let first = &page[0]["reactions"];
        assert!(first.to_string().contains("🎉"), "{page}");
        assert!(!page.to_string().contains("secret"), "{page}");
        assert_eq!(page[2]["reply_to"], 2, "{page}");
    }
}

/// A newcomer gets the list of members. A member who leaves right after it must be announced as left.
#[test]
fn a_person_who_leaves_at_once_is_removed_from_every_list() {
    let server = Server::start("[presence]\ntick = \"250ms\"\n");
    let mut ada = Chat::member(&server, "Ada");
    ada.expect("presence");
    let bob = Chat::member(&server, "Bob");
    let mut cleo = Chat::connect(server.addr, &server.token("Cleo", "member"));
    assert_eq!(
        each(&cleo.expect("joined")["members"], "name"),
        ["Ada", "Bob", "Cleo"]
    );
    let id = bob.id.clone();
    drop(bob);
    let mut left = Vec::new();
    while left.is_empty() {
        left = each(&cleo.expect("presence")["left"], "id");
    }
    assert_eq!(left, [id]);
}
