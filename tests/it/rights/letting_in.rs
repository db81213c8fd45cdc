//! Who was removed can be let in again, and those who lead see who is out.

use serde_json::{Value, json};

use super::{anywhere, moderate, say};
use crate::harness::{CLASS_CODE, Chat, Guest, Server, http};

#[test]
fn who_was_removed_can_be_let_in_again_long_after_they_have_gone() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Max", "host");
    let mut second = Chat::person(&server, "Mo", "moderator");
    let eve = Guest::join(&server, "Eve", None);
    let chat = eve.connect(&server);
    for action in ["unkick", "unban"] {
        let kick = json!({"user": eve.id, "seconds": 3600, "reason": "a fight"});
        host.granted(moderate("kick", kick));
        let device = Some(&*eve.device);
        assert_eq!(
            Guest::try_join(&server, "Eve", device, CLASS_CODE).status,
            403
        );
        // The list has what a page needs.
        second.granted(json!({"type": "sanctions"}));
        let list = second.expect("sanctions");
        assert_eq!(
            (&list["mutes"], &list["bans"]),
            (&json!([]), &json!([])),
            "{list}"
        );
        let out = &list["kicks"][0];
        assert_eq!(out["user"], json!({"id": eve.id, "name": "Eve"}));
        assert_eq!(out["reason"], "a fight");
        assert_eq!(out["by"]["name"], "Max");
        assert_eq!(out["rooms"], Value::Null);
        let until = out["until"].as_u64().unwrap() / 1000;
        let now = crate::harness::now();
        assert!(until > now + 3500 && until <= now + 3601, "{out}");
        second.expect("moderated");
        second.granted(moderate(action, json!({"user": eve.id})));
        let told = host.so_far("moderated");
        let told = told.iter().find(|told| told["action"] == action);
        assert_eq!(
            told.map(|told| &told["target"]["name"]),
            Some(&json!("Eve"))
        );
        second.granted(json!({"type": "sanctions"}));
        assert_eq!(second.expect("sanctions")["kicks"], json!([]));
        let mut back = Guest::join(&server, "Eve", device).connect(&server);
        back.granted(say("lobby", "thank you"));
    }
    drop(chat);
}

#[test]
fn letting_in_is_for_those_who_may_remove() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Max", "host");
    let mut moderator = Chat::person(&server, "Mo", "moderator");
    let other = Chat::person(&server, "Mia", "moderator");
    let mut bo = Chat::member(&server, "Bo");
    let let_in = |id: &str| moderate("unkick", json!({"user": id}));
    bo.refused(let_in("nobody"), "forbidden");
    bo.refused(json!({"type": "sanctions"}), "forbidden");
    host.refused(let_in("nobody"), "unknown_user");
    // Somebody who is not out is let in already, and nobody hears of it.
    host.granted(let_in(&bo.id));
    moderator.expect_no("moderated");
    // A host has removed a moderator: another moderator does not undo that.
    host.granted(moderate("kick", json!({"user": other.id})));
    moderator.refused(let_in(&other.id), "forbidden");
    host.granted(let_in(&other.id));
    Chat::person(&server, "Mia", "moderator");
}

#[test]
fn the_forgotten_stay_out_and_have_no_name_in_the_list() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Max", "host");
    let bo = anywhere(&server, "Bo", "member", &["lobby"]);
    host.granted(moderate("kick", json!({"user": bo.id})));
    let bearer = format!("Authorization: Bearer {}\r\n", server.token("Max", "host"));
    let body = json!({"who": bo.id}).to_string();
    assert_eq!(
        http(server.addr, "POST", "/api/forget", &bearer, &body).status,
        200
    );
    host.granted(json!({"type": "sanctions"}));
    let list = host.expect("sanctions");
    assert_eq!(list["kicks"][0]["user"], json!({"id": bo.id, "name": ""}));
    host.granted(moderate("unkick", json!({"user": bo.id})));
}

#[cfg(feature = "full")]
#[test]
fn letting_in_is_in_the_audit_log() {
    let mut server = Server::start("");
    let mut host = Chat::person(&server, "Max", "host");
    let bo = Chat::member(&server, "Bo");
    for action in ["kick", "unkick"] {
        host.granted(moderate(action, json!({"user": bo.id})));
    }
    server.stop();
    let text = crate::harness::audit_text(&server);
    for action in ["kick", "unkick"] {
        let noted = |line: &str| line.contains(&format!("\"{action}\"")) && line.contains("\"Bo\"");
        assert!(text.lines().any(noted), "{action} in {text}");
    }
}
