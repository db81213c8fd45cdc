//! Changes to messages: what those see who come later, and changes that change nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

#[cfg(feature = "full")]
use crate::harness::Random;
use crate::harness::{Chat, Server};

const UNPACED: &str = "[limits]\nmessages_per_second = 0\nbacklog = \"64 MiB\"\n";

/// With and without a store; with one, from memory and from the disk.
const WAYS: &[&str] = &[
    "[history]\npath = \"\"\n",
    "[history]\nmemory = 1000\n",
    #[cfg(feature = "full")]
    "[history]\nmemory = 1\n",
];

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn edit(seq: u64, text: &str) -> Value {
    json!({"type": "edit", "room": "lobby", "seq": seq, "text": text})
}

fn react(seq: u64, emoji: Option<&str>) -> Value {
    json!({"type": "react", "room": "lobby", "seq": seq, "emoji": emoji})
}

fn delete(seq: u64) -> Value {
    json!({"type": "delete", "room": "lobby", "seq": seq})
}

fn moderate(action: &str, field: &str, value: Value) -> Value {
    json!({"type": "moderate", "action": action, "room": "lobby", field: value})
}

/// Everything that has a `seq` in the room, as a client gets it that has nothing.
fn everything(server: &Server, epoch: &Value) -> Vec<Value> {
    let mut late = Chat::outside(server, "Late", "observer");
    let since = json!({"epoch": epoch, "seq": 0});
    late.granted(json!({"type": "join", "room": "lobby", "since": since}));
    let joined = late.expect("joined");
    assert_eq!(joined["recovered"], true, "{joined}");
    let head = joined["seq"].as_u64().unwrap();
    let mut events = BTreeMap::new();
    while !events.contains_key(&head) {
        let event = late.next();
        // Presence has no number, and an `ack` of a join has none.
        if let Some(seq) = event["seq"].as_u64() {
            events.insert(seq, event);
        }
    }
    assert!(events.keys().copied().eq(1..=head), "without a gap");
    events.into_values().collect()
}

fn page(chat: &mut Chat) -> Vec<Value> {
    chat.granted(json!({"type": "history", "room": "lobby"}));
    let page = chat.expect("history");
    page["messages"].as_array().unwrap().clone()
}

#[test]
fn nobody_who_comes_later_gets_words_that_were_edited_away() {
    for way in WAYS {
        let server = Server::start(&format!("{UNPACED}{way}"));
        let mut ada = Chat::connect(server.addr, &server.token("Ada", "member"));
        let epoch = ada.expect("joined")["epoch"].clone();
        let mut bob = Chat::member(&server, "Bob");
        ada.granted(say("secret zero"));
        ada.granted(say("stays"));
        for n in ["secret one", "secret two", "newest"] {
            ada.granted(edit(1, n));
            bob.granted(react(1, Some("👍")));
            // Whoever is there gets every text.
            assert_eq!(bob.expect("edited")["text"], n, "{way}");
        }
        let events = everything(&server, &epoch);
        let all = json!(events).to_string();
        assert!(!all.contains("secret"), "{way}: {all}");
        assert_eq!(events[0]["text"], "newest", "{way}");
        for (at, superseded) in [(2, true), (4, true), (6, false)] {
            assert_eq!(events[at]["type"], "edited", "{way}");
            assert_eq!(events[at]["superseded"] == true, superseded, "{way}: {all}");
            assert_eq!(events[at].get("text").is_some(), !superseded, "{way}");
        }
        assert_eq!(events[6]["text"], "newest", "{way}");
        let items = page(&mut bob);
        assert_eq!(items[0]["text"], "newest", "{way}");
        assert_eq!(items[0]["edited"], events[6]["at"], "{way}");
        assert_eq!(
            items[0]["reactions"]["👍"].as_array().map(Vec::len),
            Some(1)
        );
        for query in ["secret", "secret one", "newest"] {
            let found = bob.search("lobby", query).len();
            assert_eq!(found, usize::from(query == "newest"), "{way}: {query}");
        }
        // Deleted, nothing is left of the newest text either.
        ada.granted(delete(1));
        let all = json!(everything(&server, &epoch)).to_string();
        assert!(
            !all.contains("secret") && !all.contains("newest"),
            "{way}: {all}"
        );
    }
}

/// What changes nothing is acknowledged without a `seq`. Nobody is told, and a retry of it is
/// answered in the same way.
#[test]
fn what_changes_nothing_is_acknowledged_and_is_no_event() {
    for way in WAYS {
        let server = Server::start(&format!("{UNPACED}{way}"));
        let mut ada = Chat::member(&server, "Ada");
        let mut host = Chat::person(&server, "Lin", "host");
        for text in ["one", "two", "three"] {
            ada.granted(say(text));
        }
        let unchanged = |chat: &mut Chat, request: Value| {
            let ack = chat.granted(request.clone());
            assert_eq!(ack.get("seq"), None, "{way}: {request} became {ack}");
            assert_eq!(ack["room"], "lobby", "{way}: {ack}");
            assert!(ack["at"].is_u64(), "{way}: {ack}");
            if request["type"] != "moderate" {
                let mut retry = request;
                retry["ref"] = ack["ref"].clone();
                assert_eq!(chat.granted(retry), ack, "{way}");
            }
        };
        let mut head = 3;
        let mut changes = |chat: &mut Chat, request: Value| {
            head += 1;
            let ack = chat.granted(request.clone());
            assert_eq!(ack["seq"], head, "{way}: {request} became {ack}");
        };
        unchanged(&mut ada, edit(1, "one"));
        unchanged(&mut ada, react(1, None));
        changes(&mut ada, react(1, Some("👍")));
        unchanged(&mut ada, react(1, Some("👍")));
        changes(&mut ada, react(1, Some("🎉")));
        unchanged(&mut ada, edit(1, "one"));
        unchanged(&mut ada, react(1, Some("🎉")));
        changes(&mut ada, react(1, None));
        unchanged(&mut ada, react(1, None));
        changes(&mut ada, edit(1, "uno"));
        unchanged(&mut ada, edit(1, "uno"));
        changes(&mut ada, edit(1, "one"));
        unchanged(&mut host, moderate("pin", "seq", Value::Null));
        changes(&mut host, moderate("pin", "seq", json!(1)));
        unchanged(&mut host, moderate("pin", "seq", json!(1)));
        changes(&mut host, moderate("pin", "seq", json!(2)));
        changes(&mut host, moderate("pin", "seq", Value::Null));
        unchanged(&mut host, moderate("pin", "seq", Value::Null));
        unchanged(&mut host, moderate("lock", "on", json!(false)));
        changes(&mut host, moderate("lock", "on", json!(true)));
        unchanged(&mut host, moderate("lock", "on", json!(true)));
        changes(&mut host, moderate("lock", "on", json!(false)));
        unchanged(&mut host, moderate("slow", "seconds", json!(0)));
        changes(&mut host, moderate("slow", "seconds", json!(7)));
        unchanged(&mut host, moderate("slow", "seconds", json!(7)));
        changes(&mut host, moderate("slow", "seconds", json!(0)));
        changes(&mut ada, delete(3));
        unchanged(&mut ada, delete(3));
        let purge = json!({"type": "delete", "room": "lobby", "seq": 3, "purge": true});
        changes(&mut host, purge.clone());
        unchanged(&mut host, purge);
        unchanged(&mut host, delete(3));
        ada.refused(edit(3, "three"), "not_found");
        ada.refused(react(3, None), "not_found");
        let late = Chat::connect(server.addr, &server.token("Late", "member")).expect("joined");
        assert_eq!(late["seq"], head, "{way}");
        // The host was told of four changes of rules, and of no more.
        assert_eq!(host.so_far("moderated").len(), 4, "{way}");
    }
}

/// Who may not change it is refused, whether or not it would change anything.
#[test]
fn a_change_that_changes_nothing_still_needs_the_right_to_it() {
    let server = Server::start(UNPACED);
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    ada.granted(say("mine"));
    bob.refused(edit(1, "mine"), "forbidden");
    ada.granted(delete(1));
    bob.refused(delete(1), "forbidden");
    bob.refused(moderate("pin", "seq", Value::Null), "forbidden");
    bob.refused(moderate("lock", "on", json!(false)), "forbidden");
}

#[cfg(feature = "full")]
#[test]
fn memory_and_disk_say_the_same_byte_for_byte_and_so_does_every_page() {
    let with = |memory: usize| format!("{UNPACED}[history]\nmemory = {memory}\n");
    let mut server = Server::start(&with(1000));
    let mut people = ["Ada", "Bob", "Cy"].map(|name| Chat::member(&server, name));
    let mut host = Chat::connect(server.addr, &server.token("Lin", "host"));
    let epoch = host.expect("joined")["epoch"].clone();
    let mut random = Random::new(7);
    let mut messages: Vec<(u64, usize)> = Vec::new();
    for n in 0..400 {
        let who = random.below(3);
        let person = &mut people[who];
        let choice = random.below(10);
        if messages.len() < 5 || choice == 0 {
            let ack = person.granted(say(&format!("words {n}")));
            messages.push((ack["seq"].as_u64().unwrap(), who));
            continue;
        }
        let (seq, author) = messages[random.below(messages.len())];
        let emoji = [None, Some("👍"), Some("🎉")][random.below(3)];
        let request = match choice {
            1..=5 => edit(seq, &format!("words {}", random.below(50))),
            6..=8 => react(seq, emoji),
            _ if random.below(4) == 0 => delete(seq),
            _ => moderate("pin", "seq", json!(seq)),
        };
        let asks = match choice {
            1..=5 => &mut people[author],
            6..=8 => person,
            _ => &mut host,
        };
        let answer = asks.ask(request.clone());
        let gone = answer["code"] == "not_found";
        assert!(answer["type"] == "ack" || gone, "{request}: {answer}");
    }
    let live = everything(&server, &epoch);
    let items = page(&mut host);
    drop((people, host));
    for memory in [1000, 1, 37] {
        server.stop();
        server.configure(&with(memory));
        server.start_again();
        assert_eq!(everything(&server, &epoch), live, "memory = {memory}");
        let mut late = Chat::member(&server, "Late");
        assert_eq!(page(&mut late), items, "memory = {memory}");
    }
}

#[cfg(feature = "full")]
#[test]
fn refs_of_edited_messages_are_known_after_a_restart() {
    let mut server = Server::start(UNPACED);
    let mut ada = Chat::member(&server, "Ada");
    let with_ref = |mut request: Value, reference: &str| {
        request["ref"] = json!(reference);
        request
    };
    let requests = [
        with_ref(say("first"), "a"),
        with_ref(edit(1, "second"), "b"),
        with_ref(edit(1, "third"), "c"),
    ];
    let acks = requests.clone().map(|request| ada.granted(request));
    server.stop();
    server.start_again();
    let mut ada = Chat::member(&server, "Ada");
    for (request, ack) in requests.into_iter().zip(acks) {
        assert_eq!(ada.granted(request), ack);
    }
    assert_eq!(page(&mut ada)[0]["text"], "third");
}
