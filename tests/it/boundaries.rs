//! The boundary between two lessons: the next class starts with an empty room.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED};

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn end_lesson(host: &mut Chat) {
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
}

fn texts(messages: &[Value]) -> Vec<&str> {
    let texts = messages.iter().map(|message| message["text"].as_str());
    texts.map(Option::unwrap).collect()
}

/// Joins afresh: `joined`, and what was said.
fn come(server: &Server, name: &str, since: Option<Value>) -> (Chat, Value, Vec<Value>) {
    let mut chat = Chat::outside(server, name, "member");
    let mut join = json!({"type": "join", "room": "lobby"});
    if let Some(since) = since {
        join["since"] = since;
    }
    chat.granted(join);
    let joined = chat.expect("joined");
    let messages = chat.so_far("message");
    (chat, joined, messages)
}

fn next_class(more: &str) {
    let mut server = Server::start(&format!("{UNPACED}{more}"));
    let token = server.token_with("Ms Lin", "host", json!({"sub": "lin"}));
    let mut lin = Chat::connect(server.addr, &token);
    let epoch = lin.expect("joined")["epoch"].clone();
    let old = lin.granted(say("for the first class"))["seq"].clone();
    lin.granted(json!({"type": "moderate", "action": "pin", "room": "lobby", "seq": old}));
    end_lesson(&mut lin);
    let boundary = lin.expect("lesson_ended");
    assert_eq!(boundary["by"]["name"], "Ms Lin");
    let seq = boundary["seq"].as_u64().unwrap();
    assert_eq!(seq, 3, "after the message and the pin");
    assert_eq!(boundary["lesson"], 1);
    // An empty lesson is a lesson, too.
    lin.granted(json!({"type": "moderate", "action": "start_lesson"}));
    end_lesson(&mut lin);
    let boundary = lin.expect("lesson_ended");
    let seq = boundary["seq"].as_u64().unwrap();
    assert_eq!((seq, &boundary["lesson"]), (4, &json!(2)));

    let (mut ann, joined, messages) = come(&server, "Ann", None);
    assert_eq!(
        (joined["seq"].as_u64(), &joined["pin"]),
        (Some(seq), &Value::Null)
    );
    assert_eq!(messages, [Value::Null; 0]);
    // Not by resuming, paging, searching, replying, reacting or editing either.
    let since = json!({"epoch": epoch, "seq": 1});
    let (_, joined, messages) = come(&server, "Bo", Some(since));
    assert_eq!((&joined["recovered"], messages.len()), (&json!(false), 0));
    ann.granted(json!({"type": "history", "room": "lobby"}));
    let page = ann.expect("history");
    assert_eq!(
        (&page["messages"], &page["more"]),
        (&json!([]), &json!(false))
    );
    ann.granted(json!({"type": "search", "room": "lobby", "query": "first class"}));
    let found = ann.expect("found");
    assert_eq!(
        (&found["messages"], &found["before"]),
        (&json!([]), &Value::Null)
    );
    let mut reply = say("which?");
    reply["reply_to"] = old.clone();
    ann.refused(reply, "not_found");
    let react = json!({"type": "react", "room": "lobby", "seq": old, "emoji": "👍"});
    ann.refused(react, "not_found");
    let edit = json!({"type": "edit", "room": "lobby", "seq": old, "text": "x"});
    lin.refused(edit, "not_found");

    ann.granted(say("for the second class"));
    let (_, _, messages) = come(&server, "Cy", None);
    assert_eq!(texts(&messages), ["for the second class"]);
    if more.is_empty() {
        server.kill();
        server.start_again();
        let (_, _, messages) = come(&server, "Di", None);
        assert_eq!(texts(&messages), ["for the second class"]);
    }
}

#[test]
#[cfg(feature = "full")]
fn the_next_class_starts_with_an_empty_room() {
    next_class("");
}

#[test]
fn the_next_class_starts_with_an_empty_room_without_a_store() {
    next_class("[history]\npath = \"\"\n");
}

#[test]
fn nobody_clears_or_reports_what_belongs_to_an_ended_lesson_and_no_hand_goes_down_after_it() {
    for store in ["", "[history]\npath = \"\"\n"] {
        let server = Server::start(&format!("{UNPACED}{store}"));
        let mut lin = Chat::person(&server, "Ms Lin", "host");
        let mut bo = Chat::person(&server, "Bo", "member");
        let old = bo.granted(say("for the first class"))["seq"].clone();
        bo.granted(json!({"type": "hand", "room": "lobby", "up": true}));
        let moderate = |action: &str, more: Value| {
            let mut request = json!({"type": "moderate", "action": action, "room": "lobby"});
            request
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            request
        };
        lin.granted(moderate("clear", json!({"from": old, "to": old})));
        lin.granted(moderate("undo_clear", json!({})));
        let cleared = lin.granted(moderate("clear", json!({"from": old, "to": old})));
        end_lesson(&mut lin);
        let events = lin.so_far("hand");
        let boundary = lin.expect("lesson_ended")["seq"].as_u64().unwrap();
        assert_eq!(events.len(), 2, "up and down: {events:?}");
        assert!(events.iter().all(|it| it["seq"].as_u64() < Some(boundary)));
        lin.granted(json!({"type": "moderate", "action": "start_lesson"}));
        let (mut cy, joined, _) = come(&server, "Cy", None);
        assert_eq!(joined["seq"].as_u64(), Some(boundary));
        assert_eq!(joined["hands"], json!([]));
        lin.refused(
            moderate("clear", json!({"from": 1, "to": boundary - 1})),
            "not_found",
        );
        let seq = cleared["seq"].clone();
        lin.refused(moderate("undo_clear", json!({"seq": seq})), "not_found");
        cy.refused(
            json!({"type": "report", "room": "lobby", "seq": old}),
            "not_found",
        );
        let new = cy.granted(say("for the second class"))["seq"].clone();
        let all = lin.granted(moderate("clear", json!({"from": 1})));
        assert!(all["seq"].is_u64(), "{all}");
        assert_eq!(lin.so_far("cleared").pop().unwrap()["of"], json!([new]));
    }
}
