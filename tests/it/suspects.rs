//! Evading a removal: who comes back on another device with the same name is let in, but is muted until
//! somebody who leads decides.

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Raw, Server, UNPACED};

fn moderate(action: &str, user: &str) -> Value {
    json!({"type": "moderate", "action": action, "user": user})
}

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

/// The name that others see of a connection.
fn name(chat: &mut Chat) -> String {
    let welcome = chat.expect("welcome");
    welcome["you"]["name"].as_str().unwrap().to_owned()
}

/// The reason of the Close for a guest who comes too often.
fn turned_away(server: &Server, guest: &Guest) -> String {
    let bearer = format!("Authorization: Bearer {}\r\n", guest.token);
    Raw::upgrade(server.addr, "/ws", &bearer).expect_close(4429)
}

/// A server where Ms Lin leads, and a guest called Bo to whom she has done this.
fn after(action: &str) -> (Server, Chat, Guest) {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let bo = Guest::join(&server, "Bo", None);
    let here = bo.connect(&server);
    host.granted(moderate(action, &here.id));
    host.expect("moderated");
    (server, host, bo)
}

#[test]
fn who_returns_with_the_name_of_a_removed_person_may_read_and_write_privately_alone() {
    for action in ["kick", "ban", "mute"] {
        let (server, mut host, bo) = after(action);
        let mut of_a_room = {
            let rooms = json!({"rooms": ["lobby"]});
            Chat::connect(server.addr, &server.token_with("Rae", "moderator", rooms))
        };
        let mut peer = Chat::member(&server, "Ann");
        let guest = Guest::join(&server, "b.O!", None);
        let mut back = guest.connect(&server);
        assert_eq!(name(&mut back), "b.O! 2", "{action}");

        let told = host.expect("suspected");
        assert_eq!(
            told["user"],
            json!({"id": back.id, "name": "b.O! 2", "muted": true})
        );
        assert_eq!(told["was"], json!({"id": bo.id, "name": "Bo"}));
        assert_eq!(told["action"], action);
        assert_eq!(told["until"].is_u64(), action == "kick", "{told}");
        let mine = back.expect("moderated");
        assert_eq!(
            (&mine["action"], &mine["target"]["id"]),
            (&json!("mute"), &json!(back.id))
        );
        assert!(
            mine["reason"].as_str().unwrap().contains("your name"),
            "{mine}"
        );

        // A mute, and with it everything in public.
        back.refused(say("me again"), "muted");
        back.refused(json!({"type": "typing", "room": "lobby"}), "muted");
        back.granted(json!({"type": "whisper", "to": host.id, "text": "it was not me"}));
        host.expect("whisper");
        for chat in [&mut peer, &mut back] {
            chat.expect_no("suspected");
        }
        peer.expect_no("message");
        // Whoever leads one of the rooms where it holds is told, too.
        of_a_room.expect("suspected");

        // Those who come to lead later find them in the list.
        let mut later = Chat::person(&server, "Max", "moderator");
        later.granted(json!({"type": "sanctions"}));
        let list = later.expect("sanctions");
        assert_eq!(list["mutes"][0]["user"]["id"], json!(back.id));
        assert_eq!(list["mutes"][0]["was"], json!({"id": bo.id, "name": "Bo"}));

        // Once: neither a second window nor a reload tells anybody again.
        let mut second = guest.connect(&server);
        assert_eq!(name(&mut second), "b.O! 2");
        second.refused(say("me again"), "muted");
        host.expect_no("suspected");

        host.granted(moderate("unmute", &back.id));
        back.granted(say("it was somebody else"));
        assert_eq!(peer.expect("message")["text"], "it was somebody else");
        drop((back, second));
        let mut back = guest.connect(&server);
        back.granted(say("still here"));
        host.expect_no("suspected");
    }
}

#[test]
fn a_name_alone_keeps_nobody_out_and_who_was_here_before_is_not_suspected() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let first = Guest::join(&server, "Bo", None);
    let mut victim = first.connect(&server);
    let bully = Guest::join(&server, "Bo", None);
    let mut dressed_up = bully.connect(&server);
    assert_eq!(name(&mut dressed_up), "Bo 2");
    host.granted(moderate("kick", &dressed_up.id));
    victim.granted(say("I am the first"));
    drop(victim);
    let mut victim = first.connect(&server);
    victim.granted(say("and go on"));
    // Somebody with a link of their own did not choose the name.
    let mut linked = Chat::member(&server, "Bo");
    linked.granted(say("from the list"));
    host.expect_no("suspected");

    // The one who was removed, on a third device. The names of other people are their own.
    let mut again = Guest::join(&server, "Bo", None).connect(&server);
    again.refused(say("me again"), "muted");
    assert_eq!(host.expect("suspected")["was"]["name"], "Bo 2");
    let mut other = Guest::join(&server, "Bob", None).connect(&server);
    other.granted(say("Bob is not Bo"));
    host.expect_no("suspected");
}

#[test]
fn those_who_lead_decide_by_removing_or_by_ending_what_was_evaded() {
    let (server, mut host, bo) = after("kick");
    let guest = Guest::join(&server, "Bo", None);
    let mut back = guest.connect(&server);
    host.expect("suspected");
    host.granted(moderate("kick", &back.id));
    assert!(back.expect_close(4500).starts_with("removed"));
    // Each newcomer is told of.
    let mut third = Guest::join(&server, "Bo", None).connect(&server);
    third.refused(say("me again"), "muted");
    host.expect("suspected");
    // What holds them is over, and so is the suspicion.
    host.granted(moderate("unkick", &back.id));
    third.granted(json!({"type": "whisper", "to": host.id, "text": "?"}));
    host.granted(moderate("unkick", &bo.id));
    third.granted(say("free"));
    let mut fourth = Guest::join(&server, "Bo", None).connect(&server);
    fourth.granted(say("nobody is out"));
    host.expect_no("suspected");
}

#[test]
fn a_suspicion_lasts_over_a_restart() {
    if cfg!(not(feature = "full")) {
        return; // nothing is stored
    }
    let (mut server, mut host, bo) = after("ban");
    let guest = Guest::join(&server, "Bo", None);
    let free = Guest::join(&server, "Bo", None);
    let suspect = guest.connect(&server);
    let cleared = free.connect(&server);
    host.granted(moderate("unmute", &cleared.id));
    host.granted(json!({"type": "sanctions"}));
    server.kill();
    server.start_again();
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut back = guest.connect(&server);
    assert_ne!(name(&mut back), "Bo", "the name of the one who is out");
    back.refused(say("me again"), "muted");
    free.connect(&server).granted(say("as before"));
    host.expect_no("suspected");
    host.granted(json!({"type": "sanctions"}));
    let list = host.expect("sanctions");
    assert_eq!(list["mutes"][0]["user"]["id"], json!(suspect.id));
    assert_eq!(list["mutes"][0]["was"], json!({"id": bo.id, "name": "Bo"}));
    host.granted(moderate("unban", &bo.id));
    back.granted(say("free"));
}

#[test]
fn a_suspicion_is_over_with_the_lesson() {
    let (server, mut host, _) = after("ban");
    let device = "fedcba9876543210fedcba9876543210";
    Guest::join(&server, "Bo", Some(device)).connect(&server);
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    let next = host.expect("lesson");
    host.granted(json!({"type": "moderate", "action": "start_lesson"}));
    let code = next["class_code"].as_str().unwrap();
    let mut next = Guest::join_with(&server, "Bo", Some(device), code).connect(&server);
    next.granted(say("a new lesson"));
    let mut other = Guest::join_with(&server, "Bo", None, code).connect(&server);
    other.granted(say("a new lesson"));
}

#[test]
fn no_suspect_goes_free_because_a_hundred_others_come_and_those_who_lead_are_not_flooded() {
    let (server, mut host, _) = after("kick");
    let guests: Vec<Guest> = (0..100).map(|_| Guest::join(&server, "Bo", None)).collect();
    let mut all: Vec<Chat> = guests.iter().map(|guest| guest.connect(&server)).collect();
    let one_more = Guest::join(&server, "Bo", None);
    let reason = turned_away(&server, &one_more);
    assert!(
        reason.contains("too many people with that name"),
        "{reason}"
    );
    for chat in &mut all {
        chat.refused(say("me again"), "muted");
    }
    // The first is told at once, and the others together, until all are.
    let mut told = vec![host.expect("suspected")];
    assert_eq!(told[0]["user"]["id"], json!(guests[0].id));
    while told.last().unwrap()["count"] != 100 {
        told.push(host.expect("suspected"));
    }
    assert!(told.len() < 50, "{} times", told.len());
    host.granted(json!({"type": "sanctions"}));
    assert_eq!(
        host.expect("sanctions")["mutes"].as_array().unwrap().len(),
        100
    );

    // Who has left makes room, and is suspected again after coming back.
    drop(all.remove(3));
    let is_gone = |presence: Value| {
        let left = presence["left"].as_array().unwrap();
        left.iter().any(|person| person["id"] == guests[3].id)
    };
    while !is_gone(host.expect("presence")) {}
    let mut let_in = one_more.connect(&server);
    let_in.refused(say("me again"), "muted");
    turned_away(&server, &guests[3]);
    all[3].refused(say("me again"), "muted");
}

#[test]
fn a_name_that_looks_the_same_or_has_another_number_is_no_way_round() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let other = Guest::join(&server, "Bo 2", None);
    drop(other.connect(&server));
    let bo = Guest::join(&server, "Bo", None).connect(&server);
    host.granted(moderate("kick", &bo.id));
    for name in ["Во", "Bo 3", "bo7"] {
        let mut back = Guest::join(&server, name, None).connect(&server);
        back.refused(say("me again"), "muted");
    }
    for name in ["Bob", "Bo Li"] {
        let mut guest = Guest::join(&server, name, None).connect(&server);
        guest.granted(say("somebody else"));
    }
    // Who was here before is somebody else.
    other.connect(&server).granted(say("still me"));
}
