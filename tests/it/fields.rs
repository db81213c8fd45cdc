//! Fields that are missing, `null`, or the same as another one.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED};

/// The sentence of a refusal as `bad_message`.
#[track_caller]
fn told(chat: &mut Chat, request: Value) -> String {
    let refusal = chat.refused(request, "bad_message");
    refusal["message"].as_str().unwrap().to_owned()
}

#[test]
fn null_takes_back_and_a_missing_field_is_a_mistake() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let say = json!({"type": "send", "room": "lobby", "text": "x"});
    let seq = lin.granted(say)["seq"].clone();
    let pin =
        |seq: &Value| json!({"type": "moderate", "action": "pin", "room": "lobby", "seq": seq});
    let react =
        |emoji: Value| json!({"type": "react", "room": "lobby", "seq": seq, "emoji": emoji});
    let without = |mut request: Value, field: &str| {
        request.as_object_mut().unwrap().remove(field);
        request
    };
    assert!(lin.granted(pin(&seq))["seq"].is_u64());
    assert!(lin.granted(react(json!("👍")))["seq"].is_u64());
    assert!(told(&mut lin, without(pin(&seq), "seq")).contains("`seq`"));
    assert!(told(&mut lin, without(react(json!("👍")), "emoji")).contains("`emoji`"));
    lin.granted(json!({"type": "history", "room": "lobby"}));
    let page = lin.so_far("history").pop().unwrap();
    let message = &page["messages"][0];
    assert_eq!(message["pinned"], true, "nothing was taken back: {message}");
    assert_eq!(message["reactions"]["👍"], json!([lin.id]));
    assert!(lin.granted(pin(&Value::Null))["seq"].is_u64());
    assert!(lin.granted(react(Value::Null))["seq"].is_u64());
    // Where `null` is no value it is as good as nothing.
    let null = json!({"type": "send", "room": "lobby", "text": "x", "reply_to": null});
    lin.granted(null);
}

#[test]
fn choices_that_read_the_same_are_one() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::person(&server, "Bo", "member");
    let ask = |choices: &[&str]| json!({"type": "poll", "room": "lobby", "question": "Which?", "choices": choices});
    for same in [
        ["a", "A "],
        ["a", "\u{ff21}"],
        ["straße", "STRASSE"],
        ["é", "e\u{301}"],
        ["a", "a\n"],
    ] {
        let sentence = told(&mut lin, ask(&["b", same[0], same[1]]));
        assert!(
            sentence.contains("`choices[2]`") && sentence.contains("`choices[1]`"),
            "{sentence}"
        );
    }
    for empty in ["", "  ", "\u{3000}"] {
        let sentence = told(&mut lin, ask(&["b", empty]));
        assert!(sentence.contains("`choices[1]`"), "{sentence}");
    }
    lin.granted(ask(&[" a ", "C", "C++", "e", "é"]));
    assert_eq!(
        bo.expect("poll")["choices"],
        json!(["a", "C", "C++", "e", "é"])
    );
}
