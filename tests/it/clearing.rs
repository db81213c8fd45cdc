//! Clearing: everything of a person, or of a part of the log, in one act, and its undoing.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED};

const MEMORY_ONLY: &str = "[limits]\nmessages_per_second = 0\n[history]\npath = \"\"\n";
const SHORT_MEMORY: &str = "[limits]\nmessages_per_second = 0\n[history]\nmemory = 3\n";

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action, "room": "lobby"});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

#[track_caller]
fn say(chat: &mut Chat, text: &str) -> u64 {
    let send = json!({"type": "send", "room": "lobby", "text": text});
    chat.granted(send)["seq"].as_u64().unwrap()
}

fn edit(seq: u64, text: &str) -> Value {
    json!({"type": "edit", "room": "lobby", "seq": seq, "text": text})
}

/// The messages of the newest page: number, and text unless it was deleted.
#[track_caller]
fn page(chat: &mut Chat) -> Vec<(u64, Option<String>)> {
    chat.granted(json!({"type": "history", "room": "lobby"}));
    let page = chat.so_far("history").pop().unwrap();
    let message = |message: &Value| {
        let text = message["text"].as_str().map(str::to_owned);
        assert_eq!(text.is_none(), message["deleted"] == true, "{message}");
        (message["seq"].as_u64().unwrap(), text)
    };
    page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(message)
        .collect()
}

/// The numbers of the messages of the newest page that say that they were cleared.
#[track_caller]
fn cleared(chat: &mut Chat) -> Vec<u64> {
    chat.granted(json!({"type": "history", "room": "lobby"}));
    let page = chat.so_far("history").pop().unwrap();
    let messages = page["messages"].as_array().unwrap().iter();
    let cleared = messages.filter(|message| message["cleared"] == true);
    cleared
        .map(|message| message["seq"].as_u64().unwrap())
        .collect()
}

/// All events of the room, as a person who comes now is sent them, as one text.
#[track_caller]
fn all_that_comes(server: &Server) -> String {
    let token = server.token("Late", "member");
    let joined = Chat::connect(server.addr, &token).expect("joined");
    let since = json!({"epoch": joined["epoch"], "seq": 0});
    let mut late = Chat::connect_to(server.addr, "/ws?join=", &token);
    late.send(json!({"type": "join", "room": "lobby", "since": since}));
    assert_eq!(late.expect("joined")["recovered"], true);
    let mut all = Vec::new();
    loop {
        let event = late.next();
        let is_last = event["seq"] == joined["seq"];
        all.push(event);
        if is_last {
            return json!(all).to_string();
        }
    }
}

fn seqs(of: &[u64]) -> Value {
    json!(of)
}

/// Clears what one person said, with an edit and a reaction, and brings it back.
fn clear_and_undo(config: &str) {
    let server = Server::start(config);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut mo = Chat::person(&server, "Mo", "moderator");
    let mut bo = Chat::person(&server, "Bo", "member");
    let mut ann = Chat::person(&server, "Ann", "member");
    let one = say(&mut bo, "spam one");
    let kept = say(&mut ann, "kept");
    let two = say(&mut bo, "spam two");
    bo.granted(edit(one, "spam edited"));
    let react = json!({"type": "react", "room": "lobby", "seq": two, "emoji": "👍"});
    ann.granted(react);
    let deleted = say(&mut bo, "spam deleted");
    bo.granted(json!({"type": "delete", "room": "lobby", "seq": deleted}));
    lin.granted(moderate("pin", json!({"seq": two})));
    for chat in [&mut bo, &mut ann] {
        chat.refused(moderate("clear", json!({"user": mo.id})), "forbidden");
        chat.refused(moderate("undo_clear", json!({})), "forbidden");
    }

    let (bo_id, mo_id) = (bo.id.clone(), mo.id.clone());
    let ack = mo.granted(moderate("clear", json!({"user": bo_id})));
    assert!(ack["seq"].is_u64() && ack["more"].is_null(), "{ack}");
    for chat in [&mut lin, &mut mo, &mut bo, &mut ann] {
        let cleared = chat.expect("cleared");
        assert_eq!(
            (&cleared["of"], &cleared["seq"]),
            (&seqs(&[one, two]), &ack["seq"])
        );
        assert_eq!(cleared["by"]["id"], mo_id.as_str());
    }
    let gone = [
        (one, None),
        (kept, Some("kept".to_owned())),
        (two, None),
        (deleted, None),
    ];
    assert_eq!(page(&mut ann), gone);
    assert_eq!(cleared(&mut ann), [one, two], "not what its author deleted");
    let mut late = Chat::person(&server, "Late", "member");
    let seen = all_that_comes(&server);
    assert!(!seen.contains("spam") && seen.contains("cleared"), "{seen}");
    assert!(late.search("lobby", "spam").is_empty());
    bo.refused(edit(one, "again"), "not_found");
    let again = mo.granted(moderate("clear", json!({"user": bo_id})));
    assert!(again["seq"].is_null(), "nothing is left: {again}");

    // A message that was purged, or that its author deleted as well, does not come back.
    let withdrawn = say(&mut bo, "spam withdrawn");
    let both = mo.granted(moderate("clear", json!({"from": withdrawn})));
    let delete = json!({"type": "delete", "room": "lobby", "seq": withdrawn});
    assert!(bo.granted(delete.clone())["seq"].is_u64());
    assert!(bo.granted(delete)["seq"].is_null(), "once");
    assert_eq!(cleared(&mut ann), [one, two]);
    mo.granted(moderate("undo_clear", json!({"seq": both["seq"]})));
    assert_eq!(ann.expect("restored")["cleared"], both["seq"]);
    assert_eq!(page(&mut ann).pop(), Some((withdrawn, None)));
    let purged = say(&mut bo, "spam purged");
    let newest = mo.granted(moderate("clear", json!({"from": purged})));
    lin.granted(json!({"type": "delete", "room": "lobby", "seq": purged, "purge": true}));
    mo.granted(moderate("undo_clear", json!({})));
    assert_eq!(ann.expect("restored")["cleared"], newest["seq"]);
    let restored = lin.granted(moderate("undo_clear", json!({"seq": ack["seq"]})));
    let told = ann.expect("restored");
    assert_eq!(
        (&told["of"], &told["seq"]),
        (&seqs(&[one, two]), &restored["seq"])
    );
    assert_eq!(told["cleared"], ack["seq"]);
    let again = lin.granted(moderate("undo_clear", json!({"seq": ack["seq"]})));
    assert!(again["seq"].is_null(), "once: {again}");
    let text = |text: &str| Some(text.to_owned());
    let back = [
        (one, text("spam edited")),
        (kept, text("kept")),
        (two, text("spam two")),
        (deleted, None),
        (withdrawn, None),
        (purged, None),
    ];
    assert_eq!(page(&mut ann), back);
    assert_eq!(cleared(&mut ann), [0; 0]);
    let seen = all_that_comes(&server);
    assert!(seen.contains("\"undone\":true"), "{seen}");
    let mut found = late.search("lobby", "spam");
    found.reverse();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["text"], "spam edited");
    assert_eq!(found[1]["reactions"]["👍"].as_array().unwrap().len(), 1);
    bo.granted(edit(one, "quite good"));
}

#[test]
fn what_a_person_said_is_cleared_and_comes_back() {
    clear_and_undo(UNPACED);
}

#[test]
fn it_is_the_same_without_a_store() {
    clear_and_undo(MEMORY_ONLY);
}

#[test]
fn it_is_the_same_for_what_is_no_longer_in_memory() {
    clear_and_undo(SHORT_MEMORY);
}

#[test]
fn nobody_clears_what_somebody_of_higher_role_said() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut mo = Chat::person(&server, "Mo", "moderator");
    let mut bo = Chat::person(&server, "Bo", "member");
    let first = say(&mut lin, "hers");
    let second = say(&mut bo, "his");
    let third = say(&mut mo, "theirs");
    mo.refused(moderate("clear", json!({"user": lin.id})), "forbidden");
    mo.refused(
        moderate("clear", json!({"from": first, "to": first})),
        "forbidden",
    );
    mo.refused(moderate("clear", json!({})), "bad_message");
    mo.refused(
        moderate("clear", json!({"from": 3, "to": 2})),
        "bad_message",
    );
    mo.refused(
        moderate("clear", json!({"from": 1, "to": "bo"})),
        "bad_message",
    );
    mo.refused(moderate("clear", json!({"user": "nobody"})), "unknown_user");
    mo.refused(moderate("undo_clear", json!({})), "not_found");
    bo.refused(moderate("clear", json!({"from": 1})), "forbidden");
    bo.expect_no("cleared");
    mo.granted(moderate("clear", json!({"from": first, "to": third})));
    assert_eq!(bo.expect("cleared")["of"], seqs(&[second, third]));
    lin.granted(moderate("clear", json!({"to": third})));
    assert_eq!(bo.expect("cleared")["of"], seqs(&[first]));
}

#[test]
fn a_large_part_is_cleared_in_several_acts() {
    let server = Server::start("[limits]\nmessages_per_second = 0\n[history]\nmemory = 100\n");
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::person(&server, "Bo", "member");
    let first = say(&mut bo, "x 0");
    for n in 1..=500 {
        say(&mut bo, &format!("x {n}"));
    }
    let clear = moderate("clear", json!({"user": bo.id}));
    let ack = lin.granted(clear.clone());
    assert_eq!(ack["more"], true);
    let of = bo.expect("cleared")["of"].clone();
    assert_eq!(
        (of.as_array().unwrap().len(), &of[0]),
        (500, &json!(first + 1))
    );
    assert!(lin.granted(clear)["more"].is_null());
    assert_eq!(bo.expect("cleared")["of"], seqs(&[first]));
    assert!(bo.search("lobby", "x").is_empty());
    lin.granted(moderate("undo_clear", json!({"seq": ack["seq"]})));
    assert_eq!(bo.search("lobby", "x").len(), 500);
}

#[test]
fn a_restart_leaves_it_as_it_was() {
    let mut server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::person(&server, "Bo", "member");
    let one = say(&mut bo, "first words");
    bo.granted(edit(one, "first edited"));
    lin.granted(moderate("clear", json!({"from": one, "to": one})));
    lin.granted(moderate("undo_clear", json!({})));
    let two = say(&mut bo, "other words");
    bo.granted(edit(two, "other edited"));
    lin.granted(moderate("clear", json!({"from": two})));
    server.kill();
    server.start_again();
    let mut ann = Chat::person(&server, "Ann", "member");
    let expected = [(one, Some("first edited".to_owned())), (two, None)];
    assert_eq!(page(&mut ann), expected);
    let seen = all_that_comes(&server);
    assert!(
        seen.contains("first edited") && !seen.contains("other"),
        "{seen}"
    );
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    lin.refused(moderate("undo_clear", json!({})), "not_found");
}

#[test]
fn what_was_forgotten_meanwhile_does_not_come_back() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::person(&server, "Bo", "member");
    let one = say(&mut bo, "words of Bo");
    lin.granted(moderate("clear", json!({"user": bo.id})));
    let mut forget = server.command("forget");
    assert!(forget.arg(&bo.id).output().unwrap().status.success());
    lin.granted(moderate("undo_clear", json!({})));
    assert_eq!(page(&mut lin), [(one, None)]);
    assert!(!all_that_comes(&server).contains("words of Bo"));
}
