//! Approve first: who sees what waits, what publishing and rejecting do, and what a restart changes.

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Server, UNPACED};

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action, "room": "lobby"});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

fn send(text: &str, reference: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text, "ref": reference})
}

fn approve(leader: &mut Chat, on: bool) -> Value {
    leader.granted(moderate("approve", json!({"on": on})))
}

/// Says something that waits; gives its number.
#[track_caller]
fn wait(chat: &mut Chat, text: &str, reference: &str) -> u64 {
    let ack = chat.granted(send(text, reference));
    assert!(ack["seq"].is_null(), "{ack}");
    assert_eq!(ack["room"], "lobby");
    ack["pending"].as_u64().unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().map(|it| it["text"].as_str().unwrap()).collect()
}

#[track_caller]
fn join(chat: &mut Chat) -> Value {
    chat.granted(json!({"type": "join", "room": "lobby"}));
    chat.expect("joined")
}

fn same_person(server: &Server, name: &str, role: &str) -> Chat {
    let token = server.token_with(name, role, json!({"sub": name.to_lowercase()}));
    let mut chat = Chat::connect(server.addr, &token);
    chat.send(json!({"type": "leave", "room": "nowhere"}));
    chat
}

#[test]
fn what_a_member_says_waits_until_somebody_who_leads_publishes_it() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut mo = Chat::person(&server, "Mo", "moderator");
    let mut ann = same_person(&server, "Ann", "member");
    let mut tab = same_person(&server, "Ann", "member");
    let mut bo = Chat::person(&server, "Bo", "member");
    let mut eye = Chat::person(&server, "Eye", "observer");
    bo.refused(moderate("approve", json!({"on": true})), "forbidden");
    let seq = approve(&mut lin, true)["seq"].as_u64().unwrap();
    assert_eq!(bo.expect("state")["state"]["approve"], true);
    assert!(approve(&mut lin, true)["seq"].is_null(), "so already");

    let id = wait(&mut ann, "hello", "a1");
    for chat in [&mut lin, &mut mo, &mut tab] {
        let pending = chat.expect("pending");
        assert_eq!(pending["id"], id);
        assert_eq!(
            (&pending["text"], &pending["room"]),
            (&json!("hello"), &json!("lobby"))
        );
        assert_eq!(pending["from"]["name"], "Ann");
    }
    assert_eq!(wait(&mut ann, "hello", "a1"), id, "the same ref");
    ann.refused(send("other words", "a1"), "ref_reused");
    lin.expect_no("pending");
    for chat in [&mut bo, &mut eye] {
        chat.expect_no("pending");
        chat.expect_no("message");
    }
    // Those who lead are not asked, and reactions carry no words.
    assert_eq!(lin.granted(send("welcome", "l1"))["seq"], seq + 1);
    let react = json!({"type": "react", "room": "lobby", "seq": seq + 1, "emoji": "👍"});
    assert_eq!(bo.granted(react)["seq"], seq + 2);
    assert_eq!(mo.granted(send("hi", "m1"))["seq"], seq + 3);

    bo.refused(moderate("publish", json!({"id": id})), "forbidden");
    ann.refused(moderate("publish", json!({"id": id})), "forbidden");
    ann.refused(moderate("reject", json!({"id": id})), "forbidden");
    mo.refused(moderate("publish", json!({"id": id + 7})), "not_found");
    let ack = mo.granted(moderate("publish", json!({"id": id, "ref": "p"})));
    assert_eq!(ack["seq"], seq + 4);
    let of_ann = |message: &Value| message["from"]["name"] == "Ann";
    for chat in [&mut ann, &mut tab, &mut bo, &mut eye, &mut lin, &mut mo] {
        let messages = chat.so_far("message");
        let published: Vec<&Value> = messages.iter().filter(|it| of_ann(it)).collect();
        assert_eq!(published.len(), 1, "{messages:?}");
        assert_eq!(
            (&published[0]["text"], &published[0]["seq"]),
            (&json!("hello"), &json!(seq + 4))
        );
        assert_eq!(published[0]["at"], ack["at"], "the time of publishing");
    }
    for chat in [&mut ann, &mut tab, &mut lin] {
        let told = chat.expect("published");
        assert_eq!((&told["id"], &told["seq"]), (&json!(id), &json!(seq + 4)));
        assert_eq!(told["by"]["name"], "Mo");
    }
    bo.expect_no("published");
    assert_eq!(
        ann.granted(send("hello", "a1"))["seq"],
        seq + 4,
        "the same ref"
    );
    let again = lin.granted(moderate("publish", json!({"id": id})));
    assert_eq!(again["seq"], seq + 4, "once");
    lin.refused(moderate("reject", json!({"id": id})), "not_found");
    bo.expect_no("message");
}

#[test]
fn what_is_rejected_is_gone_and_its_author_learns_why() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::person(&server, "Ann", "member");
    approve(&mut lin, true);
    let id = wait(&mut ann, "boo", "a1");
    lin.granted(moderate("reject", json!({"id": id, "reason": "be kind"})));
    let told = ann.expect("rejected");
    assert_eq!(
        (&told["id"], &told["reason"]),
        (&json!(id), &json!("be kind"))
    );
    assert_eq!(told["by"]["name"], "Ms Lin");
    let again = ann.refused(send("boo", "a1"), "rejected");
    assert_eq!(again["reason"], "be kind", "{again}");
    // Somebody else who takes the same `ref` is told nothing of it.
    let mut bo = Chat::person(&server, "Bo", "member");
    assert!(bo.granted(send("boo", "a1"))["pending"].is_u64());
    bo.expect_no("rejected");
    lin.refused(moderate("publish", json!({"id": id})), "not_found");
    lin.granted(moderate("reject", json!({"id": id})));
    assert!(join(&mut ann)["pending"].is_null());
    assert_eq!(texts(&join(&mut lin)["pending"]), ["boo"], "of Bo");
    ann.expect_no("message");
}

#[test]
fn who_sends_again_what_was_dropped_learns_why() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::person(&server, "Ann", "member");
    let seq = ann.granted(send("live", "a1"))["seq"].clone();
    approve(&mut lin, true);
    let edit = json!({"type": "edit", "ref": "a2", "room": "lobby", "seq": seq, "text": "words"});
    let id = ann.granted(edit.clone())["pending"].clone();
    lin.granted(json!({"type": "delete", "room": "lobby", "seq": seq}));
    lin.refused(moderate("publish", json!({"id": id})), "not_found");
    assert_eq!(ann.expect("rejected")["why"], "deleted");
    let again = ann.refused(edit, "rejected");
    assert_eq!(
        (&again["why"], &again["reason"]),
        (&json!("deleted"), &Value::Null)
    );
}

#[test]
fn mute_lock_and_slow_mode_come_first_and_off_leaves_what_waits() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::person(&server, "Ann", "member");
    approve(&mut lin, true);
    lin.granted(moderate("lock", json!({"on": true})));
    ann.refused(send("x", "a1"), "locked");
    lin.granted(moderate("lock", json!({"on": false})));
    lin.granted(moderate("slow", json!({"seconds": 60})));
    let id = wait(&mut ann, "one", "a2");
    ann.refused(send("two", "a3"), "slow_mode");
    lin.granted(moderate("slow", json!({"seconds": 0})));
    lin.granted(json!({"type": "moderate", "action": "mute", "user": ann.id}));
    ann.refused(send("x", "a4"), "muted");
    lin.granted(json!({"type": "moderate", "action": "unmute", "user": ann.id}));
    approve(&mut lin, false);
    assert!(ann.granted(send("live", "a5"))["seq"].is_u64());
    assert_eq!(texts(&join(&mut ann)["pending"]), ["one"]);
    assert!(lin.granted(moderate("publish", json!({"id": id})))["seq"].is_u64());
    assert_eq!(ann.expect("published")["id"], id);
}

#[test]
fn edits_wait_too_and_the_room_reads_the_earlier_words_until_then() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::person(&server, "Ann", "member");
    let mut bo = Chat::person(&server, "Bo", "member");
    let seq = ann.granted(send("first", "a1"))["seq"].as_u64().unwrap();
    let gone = ann.granted(send("gone", "a2"))["seq"].as_u64().unwrap();
    approve(&mut lin, true);
    let edit =
        |seq: u64, text: &str| json!({"type": "edit", "room": "lobby", "seq": seq, "text": text});
    let id = ann.granted(edit(seq, "second"))["pending"]
        .as_u64()
        .unwrap();
    let other = ann.granted(edit(gone, "never"))["pending"]
        .as_u64()
        .unwrap();
    let pending = lin.expect("pending");
    assert_eq!(
        (&pending["of"], &pending["text"]),
        (&json!(seq), &json!("second"))
    );
    bo.refused(edit(seq, "not mine"), "forbidden");
    bo.expect_no("edited");
    ann.granted(json!({"type": "delete", "room": "lobby", "seq": gone}));
    lin.granted(moderate("publish", json!({"id": id})));
    let edited = bo.expect("edited");
    assert_eq!(
        (&edited["of"], &edited["text"]),
        (&json!(seq), &json!("second"))
    );
    assert_eq!(edited["from"]["name"], "Ann");
    lin.refused(moderate("publish", json!({"id": other})), "not_found");
    let told = ann.expect("rejected");
    assert_eq!(
        (&told["id"], &told["why"]),
        (&json!(other), &json!("deleted"))
    );
    bo.expect_no("edited");
    let found = bo.search("lobby", "never");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_waits_is_there_after_a_kill_for_those_who_may_see_it() {
    let mut server = Server::start(UNPACED);
    let mut lin = same_person(&server, "Lin", "host");
    let mut ann = same_person(&server, "Ann", "member");
    let mut bo = same_person(&server, "Bo", "member");
    approve(&mut lin, true);
    let one = wait(&mut ann, "one", "a1");
    let two = wait(&mut bo, "two", "b1");
    let three = wait(&mut ann, "three", "a3");
    let published = lin.granted(moderate("publish", json!({"id": three})));
    server.kill();
    server.start_again();

    let mut lin = same_person(&server, "Lin", "host");
    let mut ann = same_person(&server, "Ann", "member");
    let mut bo = same_person(&server, "Bo", "member");
    let mut cy = same_person(&server, "Cy", "member");
    let joined = lin.expect("joined");
    assert_eq!(joined["state"]["approve"], true);
    assert_eq!(texts(&joined["pending"]), ["one", "two"]);
    assert_eq!(texts(&ann.expect("joined")["pending"]), ["one"]);
    assert_eq!(texts(&bo.expect("joined")["pending"]), ["two"]);
    assert!(cy.expect("joined")["pending"].is_null());
    let list = |chat: &mut Chat, after: u64| {
        chat.granted(json!({"type": "approvals", "room": "lobby", "after": after}));
        chat.expect("approvals")
    };
    assert_eq!(texts(&list(&mut lin, one)["pending"]), ["two"]);
    assert_eq!(texts(&list(&mut cy, 0)["pending"]), [""; 0]);
    assert_eq!(wait(&mut ann, "one", "a1"), one, "the same ref");
    assert_eq!(ann.granted(send("three", "a3"))["seq"], published["seq"]);
    let ack = lin.granted(moderate("publish", json!({"id": one})));
    assert_eq!(ann.granted(send("one", "a1"))["seq"], ack["seq"]);
    lin.granted(moderate("reject", json!({"id": two})));
    server.kill();
    server.start_again();
    let mut lin = same_person(&server, "Lin", "host");
    assert!(lin.expect("joined")["pending"].is_null());
    let said = lin.search("lobby", "one");
    assert_eq!(said.len(), 1);
    let mut ann = same_person(&server, "Ann", "member");
    assert_eq!(ann.granted(send("one", "a1"))["seq"], ack["seq"]);
}

#[test]
fn who_is_removed_banned_or_forgotten_leaves_nothing_that_waits() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    approve(&mut lin, true);
    let device = "0123456789abcdef0123456789abcdef";
    let mut bo = Guest::join(&server, "Bo", Some(device)).connect(&server);
    let mut cy = Chat::person(&server, "Cy", "member");
    let mut di = Chat::person(&server, "Di", "member");
    let removed = wait(&mut bo, "bo's", "1");
    let banned = wait(&mut cy, "cy's", "1");
    let forgotten = wait(&mut di, "di's", "1");
    lin.granted(json!({"type": "moderate", "action": "kick", "user": bo.id}));
    lin.granted(json!({"type": "moderate", "action": "ban", "user": cy.id}));
    let mut forget = server.command("forget");
    assert!(forget.arg(&di.id).output().unwrap().status.success());
    for (id, why) in [
        (removed, "removed"),
        (banned, "banned"),
        (forgotten, "forgotten"),
    ] {
        let told = lin.expect("rejected");
        assert_eq!((&told["id"], &told["why"]), (&json!(id), &json!(why)));
        lin.refused(moderate("publish", json!({"id": id})), "not_found");
    }
    assert!(join(&mut lin)["pending"].is_null());
    lin.expect_no("message");
}

#[test]
fn only_so_much_of_one_person_waits() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::person(&server, "Ann", "member");
    let mut bo = Chat::person(&server, "Bo", "member");
    approve(&mut lin, true);
    for n in 0..10 {
        wait(&mut ann, "x", &format!("a{n}"));
    }
    ann.refused(send("x", "more"), "awaiting_approval");
    let id = wait(&mut bo, "y", "b");
    lin.granted(moderate("reject", json!({"id": id})));
    let first = lin.expect("pending")["id"].clone();
    lin.granted(moderate("publish", json!({"id": first})));
    wait(&mut ann, "x", "more");
}

#[test]
fn an_edit_that_waits_goes_with_its_message() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::member(&server, "Bo");
    for more in [json!({}), json!({"purge": true})] {
        let request = json!({"type": "send", "room": "lobby", "text": "first"});
        lin.granted(json!({"type": "moderate", "action": "approve", "room": "lobby", "on": false}));
        let seq = bo.granted(request)["seq"].clone();
        lin.granted(json!({"type": "moderate", "action": "approve", "room": "lobby", "on": true}));
        let edit = json!({"type": "edit", "room": "lobby", "seq": seq, "text": "secret words"});
        let id = bo.granted(edit)["pending"].clone();
        let mut delete = json!({"type": "delete", "room": "lobby", "seq": seq});
        delete
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        lin.granted(delete);
        for chat in [&mut lin, &mut bo] {
            let told = chat.expect("rejected");
            assert_eq!((&told["id"], &told["why"]), (&id, &json!("deleted")));
        }
        lin.granted(json!({"type": "approvals", "room": "lobby"}));
        assert_eq!(lin.expect("approvals")["pending"], json!([]));
    }
}
