//! The countdown to the end of a lesson, and how it is stopped.

use serde_json::{Value, json};

use crate::harness::{Chat, Raw, Server, UNPACED};

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

/// The answer to a request with this `ref`.
fn answer(chat: &mut Chat, kind: &str, reference: &str) -> Value {
    loop {
        let message = chat.expect(kind);
        if message["ref"] == reference {
            return message;
        }
    }
}

#[test]
fn the_lesson_ends_when_the_countdown_is_over_although_who_began_it_has_gone() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    lin.send(moderate("end_lesson", json!({"seconds": 1})));
    let ending = ann.expect("lesson_ending");
    assert_eq!(
        (&ending["in"], &ending["by"]["name"]),
        (&json!(1), &json!("Ms Lin"))
    );
    drop(lin);
    assert_eq!(ann.expect_close(4503), "lesson_ended: thank you, goodbye");
    assert_eq!(wu.expect("lesson_ended")["by"]["name"], "Ms Lin");
}

#[test]
fn whoever_leads_all_rooms_stops_the_countdown() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    let mut ann = Chat::member(&server, "Ann");
    let mut assistant = Chat::person(&server, "Assistant", "moderator");
    wu.refused(moderate("keep_lesson", json!({})), "not_found");
    wu.refused(
        moderate("end_lesson", json!({"seconds": 601})),
        "bad_message",
    );

    lin.send(moderate("end_lesson", json!({"ref": "end"})));
    assert_eq!(
        ann.expect("lesson_ending")["in"],
        10,
        "unless said otherwise"
    );
    lin.refused(moderate("end_lesson", json!({})), "forbidden");
    for other in [&mut ann, &mut assistant] {
        other.refused(moderate("keep_lesson", json!({})), "forbidden");
    }
    wu.granted(moderate("keep_lesson", json!({})));
    assert_eq!(ann.expect("lesson_kept")["by"]["name"], "Mr Wu");
    let refused = answer(&mut lin, "error", "end");
    assert_eq!(refused["code"], "lesson_kept");
    assert_eq!(
        refused["message"],
        "Mr Wu has stopped the end of the lesson."
    );

    // The timer of the countdown that was stopped does not end the next one.
    lin.send(moderate("end_lesson", json!({"seconds": 600})));
    ann.expect("lesson_ending");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
    // At once, in place of the countdown.
    wu.granted(moderate("end_lesson", json!({"seconds": 0})));
    ann.expect_close(4503);
    let bearer = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ann", "member")
    );
    Raw::upgrade(server.addr, "/ws", &bearer).read_json();
}
