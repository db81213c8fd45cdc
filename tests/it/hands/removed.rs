//! The words of a question: reported, deleted and cleared like those of a message, without a word about who
//! asked anonymously.

use serde_json::{Value, json};

use super::{ask, ask_anonymously, moderate, seq, up};
use crate::harness::{Chat, Server, UNPACED, output};

const WORDS: &str = "Why are you such pigs?";

fn delete(of: &Value, more: Value) -> Value {
    let mut request = json!({"type": "delete", "room": "lobby", "seq": of});
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    request
}

fn report(of: &Value) -> Value {
    json!({"type": "report", "room": "lobby", "seq": of, "note": "look"})
}

/// The event with that number as somebody gets it who joins now.
#[track_caller]
fn as_late_joiners_see(server: &Server, of: &Value) -> Value {
    let mut late = Chat::member(server, "Late");
    let hands = late.so_far("hand");
    let found = hands.iter().find(|hand| hand["seq"] == *of);
    found
        .unwrap_or_else(|| panic!("no {of} in {hands:?}"))
        .clone()
}

#[test]
fn the_words_of_a_question_can_be_deleted_and_purged() {
    let mut server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut assistant = Chat::person(&server, "Assistant", "moderator");
    let mut ann = Chat::member(&server, "Ann");
    let mut bo = Chat::member(&server, "Bo");
    for purge in [false, true] {
        let asked = seq(&bo.granted(ask_anonymously(WORDS)));
        assert_eq!(as_late_joiners_see(&server, &asked)["question"], WORDS);
        // Everybody is told who deletes, so whoever asks anonymously does not.
        for chat in [&mut ann, &mut bo] {
            chat.refused(delete(&asked, json!({})), "forbidden");
        }
        let edit = json!({"type": "edit", "room": "lobby", "seq": asked, "text": "x"});
        ann.refused(edit, "not_found");
        match purge {
            true => lin.granted(delete(&asked, json!({"purge": true}))),
            false => assistant.granted(delete(&asked, json!({}))),
        };
        let deleted = ann.expect("deleted");
        assert_eq!(deleted["of"], asked);
        // Without its words the hand goes down.
        let down = ann.so_far("hand");
        assert_eq!(
            (&down[1]["of"], &down[1]["up"]),
            (&asked, &json!(false)),
            "{down:?}"
        );
        assert!(
            as_late_joiners_see(&server, &asked)
                .get("question")
                .is_none()
        );
        if cfg!(feature = "full") {
            let transcript = output(server.command("export").arg("lobby.txt"));
            assert!(!String::from_utf8_lossy(&transcript.stdout).contains(WORDS));
            server.kill();
            server.start_again();
            assert!(
                as_late_joiners_see(&server, &asked)
                    .get("question")
                    .is_none()
            );
            lin = Chat::person(&server, "Ms Lin", "host");
            assistant = Chat::person(&server, "Assistant", "moderator");
            ann = Chat::member(&server, "Ann");
            bo = Chat::member(&server, "Bo");
        }
        for kind in ["hand", "deleted"] {
            ann.so_far(kind);
        }
    }
    // A hand without a question has no words, and a question of one's own in one's name is one's own.
    let plain = seq(&bo.granted(up("lobby")));
    lin.refused(delete(&plain, json!({})), "not_found");
    let asked = seq(&ann.granted(ask(WORDS)));
    ann.granted(delete(&asked, json!({})));
    // A moderator does not learn that somebody who leads asked.
    let asked = seq(&lin.granted(ask_anonymously(WORDS)));
    assistant.granted(delete(&asked, json!({})));
}

#[test]
fn questions_are_cleared_with_messages_and_come_back() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::member(&server, "Bo");
    let mut cy = Chat::member(&server, "Cy");
    let named = seq(&bo.granted(ask(WORDS)));
    let asked = seq(&cy.granted(ask_anonymously(WORDS)));
    // An anonymous question that went with the messages of a person would tell whose it is.
    for chat in [&bo, &cy] {
        lin.granted(moderate("clear", json!({"user": chat.id})));
    }
    assert!(
        as_late_joiners_see(&server, &named)
            .get("question")
            .is_none()
    );
    assert_eq!(as_late_joiners_see(&server, &asked)["question"], WORDS);
    lin.granted(moderate("undo_clear", json!({})));
    assert_eq!(as_late_joiners_see(&server, &named)["question"], WORDS);
    lin.granted(moderate("clear", json!({"from": named, "to": asked})));
    for of in [&named, &asked] {
        assert!(as_late_joiners_see(&server, of).get("question").is_none());
    }
    lin.granted(moderate("undo_clear", json!({})));
    for of in [&named, &asked] {
        assert_eq!(as_late_joiners_see(&server, of)["question"], WORDS);
    }
}

#[test]
fn a_report_of_an_anonymous_question_names_whoever_asked_to_hosts_alone() {
    let mut server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut assistant = Chat::person(&server, "Assistant", "moderator");
    let mut ann = Chat::member(&server, "Ann");
    let mut bo = Chat::member(&server, "Bo");
    let asked = seq(&bo.granted(ask_anonymously(WORDS)));
    for user in [bo.id.clone(), ann.id.clone()] {
        let mut guess = report(&asked);
        guess["user"] = json!(user);
        ann.refused(guess, "bad_message");
    }
    ann.granted(report(&asked));
    let check = |report: &Value| {
        assert_eq!((&report["seq"], &report["text"]), (&asked, &json!(WORDS)));
        assert_eq!(report["anonymous"], true, "{report}");
        assert_eq!(report["user"]["name"], "Bo", "{report}");
    };
    check(&lin.expect("reported"));
    assistant.expect_no("reported");
    if cfg!(feature = "full") {
        server.kill();
        server.start_again();
        lin = Chat::person(&server, "Ms Lin", "host");
    }
    lin.granted(json!({"type": "reports"}));
    check(&lin.expect("reports")["reports"][0]);
    lin.granted(delete(&asked, json!({"purge": true})));
    lin.granted(json!({"type": "reports"}));
    assert!(!lin.expect("reports").to_string().contains(WORDS));
}
