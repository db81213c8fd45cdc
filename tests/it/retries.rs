//! A request that comes again with the same `ref` is acknowledged as it was the first time.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED};

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

/// Asks twice with one `ref`. Both answers are equal, and are given.
#[track_caller]
fn twice(chat: &mut Chat, mut request: Value) -> Value {
    request["ref"] = json!(format!("{:x}", hash_of(&request.to_string())));
    let first = chat.granted(request.clone());
    assert_eq!(chat.granted(request.clone()), first, "{request}");
    first
}

fn hash_of(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_ack_of_a_retry_is_the_first_ack() {
    for settings in [
        UNPACED,
        "[limits]\nmessages_per_second = 0\n[history]\npath = \"\"\n",
    ] {
        let server = Server::start(settings);
        let mut ann = Chat::person(&server, "Ann", "member");
        let help = json!({"type": "whisper", "to": "hosts", "room": "lobby", "text": "help"});
        assert_eq!(twice(&mut ann, help.clone())["kept"], true);

        let mut lin = Chat::person(&server, "Ms Lin", "host");
        let mut bo = Chat::person(&server, "Bo", "member");
        // Nobody waited then, and somebody is here now: it is said once, and acknowledged as before.
        assert_eq!(twice(&mut ann, help)["kept"], true);
        lin.expect_no("whisper");
        let other = json!({"type": "whisper", "to": "hosts", "text": "more help"});
        assert!(twice(&mut ann, other)["kept"].is_null());
        twice(
            &mut lin,
            json!({"type": "whisper", "to": ann.id, "text": "page 7"}),
        );

        let said = twice(
            &mut ann,
            json!({"type": "send", "room": "lobby", "text": "x"}),
        );
        let seq = &said["seq"];
        twice(
            &mut bo,
            json!({"type": "report", "room": "lobby", "seq": seq}),
        );
        twice(
            &mut bo,
            json!({"type": "react", "room": "lobby", "seq": seq, "emoji": "👍"}),
        );
        twice(
            &mut bo,
            json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?"}),
        );
        assert!(twice(&mut lin, moderate("lower_hands", json!({"room": "lobby"})))["seq"].is_u64());
        twice(
            &mut bo,
            json!({"type": "hand", "room": "lobby", "up": false}),
        );
        for anonymous in [false, true] {
            let poll = twice(
                &mut lin,
                json!({"type": "poll", "room": "lobby", "question": "Clear?",
                "choices": ["yes", "no"], "anonymous": anonymous}),
            );
            let vote =
                json!({"type": "vote", "room": "lobby", "poll": poll["seq"], "choices": [0]});
            assert_eq!(twice(&mut bo, vote)["room"], "lobby");
        }
        let door = |open: bool| moderate("door", json!({"open": open}));
        assert!(twice(&mut lin, door(false))["at"].is_null());
        twice(&mut lin, moderate("start_lesson", json!({})));
        lin.granted(moderate("approve", json!({"room": "lobby", "on": true})));
        let waits = twice(
            &mut ann,
            json!({"type": "send", "room": "lobby", "text": "may I?"}),
        );
        assert!(waits["pending"].is_u64(), "{waits}");
        let clear = moderate("clear", json!({"room": "lobby", "user": ann.id}));
        assert!(twice(&mut lin, clear)["seq"].is_u64());
    }
}

#[test]
fn a_clear_that_comes_again_clears_nothing_that_was_said_since() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::person(&server, "Bo", "member");
    let say = |n: usize| json!({"type": "send", "room": "lobby", "text": format!("n {n}")});
    for n in 0..501 {
        bo.granted(say(n));
    }
    let mut clear = moderate("clear", json!({"room": "lobby", "user": bo.id}));
    clear["ref"] = json!("clear");
    let first = lin.granted(clear.clone());
    assert_eq!(
        first["more"], true,
        "one is left for another clear: {first}"
    );
    let later = bo.granted(say(501))["seq"].clone();
    assert_eq!(lin.granted(clear.clone()), first);
    assert_eq!(lin.so_far("cleared").len(), 1);
    lin.granted(json!({"type": "history", "room": "lobby"}));
    let page = lin.so_far("history").pop().unwrap();
    let newest = page["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&newest["seq"], newest["text"].as_str()),
        (&later, Some("n 501"))
    );
    clear["from"] = json!(1);
    lin.refused(clear, "ref_reused");
}
