//! One person with two connections: both see the same.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED};

/// Ann in two tabs.
fn two_tabs(server: &Server) -> [Chat; 2] {
    let token = server.token_with("Ann", "member", json!({"sub": "ann"}));
    [(); 2].map(|()| {
        let mut chat = Chat::connect(server.addr, &token);
        chat.expect("joined");
        chat
    })
}

fn moderate(action: &str, user: &str) -> Value {
    json!({"type": "moderate", "action": action, "user": user})
}

fn say() -> Value {
    json!({"type": "send", "room": "lobby", "text": "x"})
}

#[test]
fn a_mute_a_removal_and_a_ban_are_of_all_connections() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut tabs = two_tabs(&server);
    let id = tabs[0].id.clone();
    lin.granted(moderate("mute", &id));
    for tab in &mut tabs {
        assert_eq!(tab.expect("moderated")["action"], "mute");
        tab.refused(say(), "muted");
    }
    lin.granted(moderate("unmute", &id));
    for tab in &mut tabs {
        assert_eq!(tab.expect("moderated")["action"], "unmute");
        tab.granted(say());
    }
    lin.granted(moderate("kick", &id));
    for tab in &mut tabs {
        assert_eq!(tab.expect("moderated")["action"], "kick");
        tab.expect_close(4500);
    }
    lin.granted(moderate("unkick", &id));
    let mut tabs = two_tabs(&server);
    lin.granted(moderate("ban", &id));
    for tab in &mut tabs {
        assert_eq!(tab.expect("moderated")["action"], "ban");
        tab.expect_close(4501);
    }
}

#[test]
fn a_hand_is_raised_in_one_and_lowered_in_the_other() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let [mut one, mut two] = two_tabs(&server);
    let hand = |up: bool| json!({"type": "hand", "room": "lobby", "up": up});
    one.granted(hand(true));
    assert_eq!(two.expect("hand")["user"]["id"], one.id);
    let down = two.granted(hand(false));
    assert!(down["seq"].is_u64(), "{down}");
    let told = one.expect("hand");
    assert_eq!((&told["up"], &told["seq"]), (&json!(false), &down["seq"]));
    assert!(
        one.granted(hand(false))["seq"].is_null(),
        "it is down already"
    );
    let ask =
        json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?", "anonymous": true});
    let asked = one.granted(ask)["seq"].clone();
    let asker = two.expect("asker");
    assert_eq!(
        (&asker["hand"], &asker["user"]["id"]),
        (&asked, &json!(one.id))
    );
    two.granted(hand(false));
    one.expect("hand");
    assert_eq!(lin.so_far("hand").len(), 4);
}

#[test]
fn a_vote_and_what_was_read_are_those_of_the_person() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let [mut one, mut two] = two_tabs(&server);
    for anonymous in [false, true] {
        let poll = lin.granted(
            json!({"type": "poll", "room": "lobby", "question": "Clear?",
            "choices": ["yes", "no"], "anonymous": anonymous}),
        )["seq"]
            .clone();
        let vote = |choice: u64| json!({"type": "vote", "room": "lobby", "poll": poll, "choices": [choice]});
        one.granted(vote(0));
        match anonymous {
            true => drop(two.refused(vote(1), "already_voted")),
            false => drop(two.granted(vote(1))),
        }
        for tab in [&mut one, &mut two] {
            tab.granted(json!({"type": "join", "room": "lobby"}));
            let polls = tab.expect("joined")["polls"].clone();
            let mut polls = polls.as_array().unwrap().iter();
            let shown = polls.find(|shown| shown["seq"] == poll).unwrap();
            assert_eq!(shown["voted"], true);
            let chosen = if anonymous { Value::Null } else { json!([1]) };
            assert_eq!(shown["chosen"], chosen);
        }
    }
    lin.granted(json!({"type": "whisper", "to": one.id, "text": "page 7"}));
    let unread = |chat: &mut Chat| {
        chat.granted(json!({"type": "whispers"}));
        chat.expect("whispers")["messages"][0]["unread"].clone()
    };
    for tab in [&mut one, &mut two] {
        assert_eq!(tab.expect("whisper")["text"], "page 7");
        assert_eq!(unread(tab), 1);
    }
    two.granted(json!({"type": "whispers", "with": lin.id}));
    two.expect("whispers");
    assert_eq!((unread(&mut one), unread(&mut two)), (json!(0), json!(0)));
    // What one writes comes to the other.
    one.granted(json!({"type": "whisper", "to": lin.id, "text": "thanks"}));
    assert_eq!(two.expect("whisper")["text"], "thanks");
}
