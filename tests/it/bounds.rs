//! Bounds on what a stranger can make grow: rooms, refs, and what waits for the hub.

use serde_json::{Value, json};

use crate::harness::{Chat, Frame, Server, UNPACED};

fn join(room: &str) -> Value {
    json!({"type": "join", "room": room})
}

fn say(room: &str, text: &str) -> Value {
    json!({"type": "send", "room": room, "text": text})
}

fn remove(room: &str) -> Value {
    json!({"type": "moderate", "action": "remove_room", "room": room})
}

fn open_to_all(more: &str) -> String {
    format!("{UNPACED}{more}[rooms]\ncreate = \"all\"\n")
}

fn names(server: &Server) -> Vec<String> {
    let mut looker = Chat::outside(server, "Looker", "member");
    let rooms = looker.expect("welcome")["rooms"].clone();
    let rooms = rooms.as_array().unwrap().iter();
    let mut names: Vec<String> = rooms
        .map(|room| room["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn rooms_are_bounded_and_a_host_removes_those_that_nobody_needs() {
    let mut server = Server::start(&open_to_all("rooms = 4\n"));
    let mut ann = Chat::member(&server, "Ann");
    for room in ["a", "b", "c"] {
        ann.granted(join(room));
        ann.granted(say(room, "mine"));
    }
    let refusal = ann.refused(join("d"), "forbidden");
    let message = refusal["message"].as_str().unwrap();
    assert!(message.contains("limits.rooms"), "{message}");
    ann.refused(remove("a"), "forbidden");

    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.refused(remove("lobby"), "forbidden");
    host.refused(remove("nowhere"), "unknown_room");
    host.granted(remove("a"));
    let told = ann.expect("moderated");
    assert_eq!(
        (&told["action"], &told["room"]),
        (&json!("remove_room"), &json!("a"))
    );
    ann.refused(say("a", "still?"), "unknown_room");
    assert_eq!(names(&server), ["b", "c", "lobby"]);

    // The room of that name begins anew, but its numbers go on: clients may hold the old ones.
    ann.granted(join("a"));
    assert_eq!(ann.granted(say("a", "again"))["seq"], 2);
    host.granted(remove("b"));
    if cfg!(not(feature = "full")) {
        return; // nothing is stored
    }
    server.stop();
    server.start_again();
    assert_eq!(names(&server), ["a", "c", "lobby"]);
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(join("a"));
    assert_eq!(ann.expect("message")["text"], "again");
}

#[test]
fn a_room_that_nobody_used_goes_away_unless_its_creator_leads() {
    let mut server = Server::start(&open_to_all(""));
    let mut ann = Chat::member(&server, "Ann");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    for n in 0..300 {
        let room = format!("r{n}");
        ann.granted(join(&room));
        ann.granted(json!({"type": "leave", "room": room}));
    }
    host.granted(join("group-1"));
    host.granted(json!({"type": "leave", "room": "group-1"}));
    ann.granted(join("kept"));
    ann.granted(say("kept", "something"));
    ann.granted(json!({"type": "leave", "room": "kept"}));
    assert_eq!(names(&server), ["group-1", "kept", "lobby"]);
    if cfg!(not(feature = "full")) {
        return; // nothing is stored
    }
    server.stop();
    server.start_again();
    assert_eq!(names(&server), ["group-1", "kept", "lobby"]);
}

#[test]
fn a_ref_is_known_for_longer_than_a_few_thousand_messages() {
    let server = Server::start(&format!("{UNPACED}[history]\nsynchronous = \"normal\"\n"));
    let mut ann = Chat::member(&server, "Ann");
    let first = json!({"type": "send", "room": "lobby", "text": "first", "ref": "first"});
    let seq = ann.ask(first.clone())["seq"].clone();
    for n in 0..6000 {
        ann.say("lobby", "more", &n.to_string());
    }
    let again = ann.ask(first);
    assert_eq!((&again["type"], &again["seq"]), (&json!("ack"), &seq));
}

#[test]
fn a_flood_of_tiny_mistakes_is_answered_and_others_are_served() {
    let server = Server::start(UNPACED);
    let mut flood = Chat::member(&server, "Flood");
    let mut ann = Chat::member(&server, "Ann");
    // Their answers fit into the backlog of a client that reads nothing meanwhile.
    let mistakes = 4_000;
    let bytes = Frame::text("[").encode().repeat(mistakes);
    let sender = flood.raw.clone_stream();
    let sending = std::thread::spawn(move || std::io::Write::write_all(&mut &sender, &bytes));
    for n in 0..20 {
        ann.granted(say("lobby", &n.to_string()));
    }
    for _ in 0..mistakes {
        assert_eq!(flood.expect("error")["code"], "bad_message");
    }
    sending.join().unwrap().unwrap();
}

#[test]
fn a_mistake_is_not_sent_back_at_full_length() {
    let server = Server::start(UNPACED);
    let mut ada = Chat::member(&server, "Ada");
    let long = "q".repeat(50_000);
    for message in [
        json!({"type": long}),
        json!({"type": "moderate", "action": long}),
        json!({"type": "send", &long: 1}),
        json!({"type": "send", "room": "lobby", "text": "x", "ref": long}),
        json!({"type": "join", "room": "\u{7}".repeat(10_000)}),
    ] {
        ada.send(message);
        let error = ada.expect("error").to_string();
        assert!(error.len() < 600, "{} bytes: {:.200}", error.len(), error);
    }
}

/// The most memory that the server has had in RAM: bytes.
#[cfg(feature = "full")]
fn most_memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse::<u64>().unwrap() * 1024
}

#[cfg(feature = "full")]
#[test]
fn many_who_catch_up_with_long_texts_do_not_fill_the_memory() {
    let mut server = Server::start("[limits]\nmessages_per_second = 0\n[history]\nmemory = 1\n");
    let mut ada = Chat::connect(server.addr, &server.token("Ada", "member"));
    // Each text is 16 KB, and the store gives 256 of them at once.
    let text = "\u{1F600}".repeat(4000);
    for _ in 0..300 {
        ada.granted(say("lobby", &text));
    }
    let joined = ada.expect("joined");
    server.stop();
    server.start_again();
    let before = most_memory(&server);
    let since = json!({"epoch": joined["epoch"], "seq": 0});
    let mut late: Vec<Chat> = (0..40)
        .map(|n| {
            let mut chat = Chat::outside(&server, &format!("Late {n}"), "member");
            chat.send(json!({"type": "join", "room": "lobby", "since": since}));
            chat.expect("joined");
            chat
        })
        .collect();
    // Everybody gets everything all the same.
    for chat in &mut late[..2] {
        (1..=300).for_each(|seq| assert_eq!(chat.expect("message")["seq"], seq));
    }
    let grown = most_memory(&server).saturating_sub(before);
    assert!(grown < 80 << 20, "{} MiB", grown >> 20);
}

#[cfg(feature = "full")]
#[test]
fn who_joins_many_rooms_and_reads_nothing_does_not_fill_the_memory() {
    const ROOMS: usize = 50;
    let more = "rooms = 200\n[history]\nmemory = 1\n";
    let mut server = Server::start(&open_to_all(more));
    let mut ada = Chat::connect(server.addr, &server.token("Ada", "member"));
    let text = "\u{1F600}".repeat(4000); // 16 KB
    for n in 0..ROOMS {
        ada.granted(join(&format!("r{n}")));
        for _ in 0..6 {
            ada.granted(say(&format!("r{n}"), &text));
        }
    }
    let since = json!({"epoch": ada.expect("joined")["epoch"], "seq": 0});
    server.stop();
    server.start_again();
    let mut joins = Vec::new();
    for n in 0..ROOMS {
        let join = json!({"type": "join", "room": format!("r{n}"), "since": since});
        joins.extend(Frame::text(&join.to_string()).encode());
    }
    let before = most_memory(&server);
    let silent: Vec<Chat> = (0..40)
        .map(|n| {
            let mut chat = Chat::outside(&server, &format!("Silent {n}"), "member");
            chat.raw.receive_slowly();
            chat.raw.send(&joins);
            chat
        })
        .collect();
    // Who comes last has everything when the others have had as many turns, and comes through.
    let mut reader = Chat::outside(&server, "Reader", "member");
    reader.raw.send(&joins);
    for _ in 0..6 * ROOMS {
        reader.expect("message");
    }
    let grown = most_memory(&server).saturating_sub(before);
    assert!(grown < 60 << 20, "{} MiB", grown >> 20);
    drop(silent);
}
