//! Who comes in, or comes back, is told what was told to those who were here: a mute, and the end of the lesson.

use serde_json::json;

use crate::harness::{Chat, Guest, Server, UNPACED};

// The part after the restart needs the store.
#[cfg(feature = "full")]
#[test]
fn who_comes_back_is_told_again_by_whom_why_and_until_when_they_are_muted() {
    let mut server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let guest = Guest::join(&server, "Bo", None);
    let mut bo = guest.connect(&server);
    host.granted(json!({"type": "moderate", "action": "mute", "user": bo.id, "seconds": 300, "reason": "noise"}));
    let first = bo.expect("moderated");
    let mut second = guest.connect(&server);
    let again = second.expect("moderated");
    for field in ["action", "target", "by", "reason"] {
        assert_eq!(first[field], again[field], "{field}");
    }
    let apart = first["until"]
        .as_u64()
        .unwrap()
        .abs_diff(again["until"].as_u64().unwrap());
    assert!(apart < 1000, "{first} and {again}");
    second.expect_no("moderated");
    drop((bo, second, host));
    server.stop();
    server.start_again();
    let after = guest.connect(&server).expect("moderated");
    assert_eq!(
        (&after["reason"], &after["by"]["name"]),
        (&json!("noise"), &json!("Ms Lin"))
    );
    // Nobody else is muted.
    Chat::member(&server, "Ann").expect_no("moderated");
}

#[test]
fn a_suspect_who_reloads_reads_why_again_and_so_does_who_asked_anonymously() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let bo = Guest::join(&server, "Bo", None).connect(&server);
    host.granted(json!({"type": "moderate", "action": "kick", "user": bo.id}));
    let other = Guest::join(&server, "Bo", None);
    let told = other.connect(&server).expect("moderated");
    let mut back = other.connect(&server);
    assert_eq!(back.expect("moderated")["reason"], told["reason"]);
    back.expect_no("moderated");

    let asker = Guest::join(&server, "Cy", None);
    let mut cy = asker.connect(&server);
    cy.granted(
        json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?", "anonymous": true}),
    );
    let hand = host.expect("hand")["seq"].clone();
    host.granted(json!({"type": "moderate", "action": "mute", "room": "lobby", "hand": hand}));
    let told = cy.expect("moderated");
    assert_eq!(asker.connect(&server).expect("moderated"), told);
}

/// A mute binds the device. What `welcome` calls muted must be explained to the person who sits there now.
#[test]
fn who_comes_back_to_a_muted_device_with_another_name_is_told_of_a_mute_of_their_own() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let first = Guest::join(&server, "Bo", None);
    let bo = first.connect(&server);
    host.granted(json!({"type": "moderate", "action": "mute", "user": bo.id, "seconds": 300, "reason": "noise"}));
    drop(bo);
    let mut cy = Guest::join(&server, "Cy", Some(&first.device)).connect(&server);
    let told = cy.expect("moderated");
    assert_eq!(told["target"], json!({"id": cy.id, "name": "Cy"}));
    assert_eq!(
        (&told["reason"], &told["by"]["name"], told["until"].is_u64()),
        (&json!("noise"), &json!("Ms Lin"), true)
    );
}

#[test]
fn who_joins_during_the_countdown_is_told_what_is_left_of_it() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.send(json!({"type": "moderate", "action": "end_lesson", "seconds": 300}));
    host.expect("lesson_ending");
    let mut late = Chat::member(&server, "Late");
    let ending = late.expect("lesson_ending");
    assert_eq!(ending["by"]["name"], "Ms Lin");
    assert!(
        (290..=300).contains(&ending["in"].as_u64().unwrap()),
        "{ending}"
    );
    host.send(json!({"type": "moderate", "action": "keep_lesson"}));
    late.expect("lesson_kept");
    Chat::member(&server, "Later").expect_no("lesson_ending");
}
