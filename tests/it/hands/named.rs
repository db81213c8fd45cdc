//! Who is told whom a mute binds that was made through an anonymous question, and when a mute is shown as over.

use serde_json::json;

use super::{ask_anonymously, moderate, seq};
use crate::harness::{Chat, Guest, Server, UNPACED};

#[test]
fn the_next_person_at_a_tablet_is_not_told_who_asked() {
    let server = Server::start(UNPACED);
    let mut assistant = Chat::person(&server, "Assistant", "moderator");
    let ann = Guest::join(&server, "Ann", None);
    let mut asker = ann.connect(&server);
    let asked = seq(&asker.granted(ask_anonymously("Why?")));
    assistant.granted(moderate("mute", json!({"hand": asked, "seconds": 300})));
    let bea = Guest::join(&server, "Bea", Some(&ann.device));
    let mut next = bea.connect(&server);
    // The device is muted, so she is told of a mute, which is hers.
    let told = next.expect("moderated");
    assert_eq!(told["target"]["id"], json!(bea.id), "{told}");
    assert!(told.get("hand").is_none(), "{told}");
    assert!(!told.to_string().contains("Ann"), "{told}");
    // Who asked is told as before.
    let again = ann.connect(&server).expect("moderated");
    assert_eq!(
        (&again["target"]["id"], &again["hand"]),
        (&json!(ann.id), &asked)
    );
}

#[test]
fn a_host_of_another_room_is_not_told_who_asked() {
    let server = Server::start(&format!("{UNPACED}[rooms]\nlist = [\"lobby\", \"lab\"]\n"));
    let mut head = Chat::person(&server, "Ms Lin", "host");
    let mut lab = Chat::connect(
        server.addr,
        &server.token_with("Mr Lab", "host", json!({"rooms": ["lab"]})),
    );
    let mut bo = Chat::member(&server, "Bo");
    let asked = seq(&bo.granted(ask_anonymously("Why?")));
    head.granted(moderate("mute", json!({"hand": asked})));
    let listed = |chat: &mut Chat| {
        chat.send(json!({"type": "sanctions", "ref": "list"}));
        chat.expect("sanctions")["mutes"].clone()
    };
    for told in lab.so_far("moderated") {
        assert!(told.get("target").is_none(), "{told}");
    }
    let mutes = listed(&mut lab);
    assert!(mutes[0].get("user").is_none(), "{mutes}");
    assert_eq!(listed(&mut head)[0]["user"]["id"], json!(bo.id));
    head.granted(moderate("unmute", json!({"hand": asked})));
    for told in lab.so_far("moderated") {
        assert!(told.get("target").is_none(), "{told}");
    }
}

#[test]
fn a_mute_that_is_over_is_shown_as_over() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let bo = Chat::member(&server, "Bo");
    host.granted(json!({"type": "moderate", "action": "mute", "user": bo.id, "seconds": 1}));
    let mut marks = Vec::new();
    // The harness waits ten seconds for each, and the server looks for what is over once a minute.
    while marks.last() != Some(&false) {
        let presence = host.expect("presence");
        let joined = presence["joined"].as_array().cloned().unwrap_or_default();
        let of_bo = joined.iter().filter(|it| it["id"] == json!(bo.id));
        marks.extend(of_bo.map(|it| it["muted"] == true));
    }
}
