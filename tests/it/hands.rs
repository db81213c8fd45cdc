//! Hands and questions: the queue, who learns whose hand it is, "me too", and what a restart keeps.

mod named;
mod questions;
mod removed;

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Server, UNPACED};

fn up(room: &str) -> Value {
    json!({"type": "hand", "room": room, "up": true})
}

fn ask(question: &str) -> Value {
    json!({"type": "hand", "room": "lobby", "up": true, "question": question})
}

fn ask_anonymously(question: &str) -> Value {
    json!({"type": "hand", "room": "lobby", "up": true, "question": question, "anonymous": true})
}

fn down() -> Value {
    json!({"type": "hand", "room": "lobby", "up": false})
}

fn second(hand: &Value, on: bool) -> Value {
    json!({"type": "second", "room": "lobby", "hand": hand, "on": on})
}

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action, "room": "lobby"});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

fn seq(ack: &Value) -> Value {
    assert!(ack["seq"].is_u64(), "an event: {ack}");
    ack["seq"].clone()
}

/// The queue as somebody sees it who joins now.
fn queue(chat: &mut Chat) -> Vec<Value> {
    chat.so_far("joined");
    chat.granted(json!({"type": "join", "room": "lobby"}));
    let joined = chat.so_far("joined").pop().unwrap();
    joined["hands"].as_array().unwrap().clone()
}

/// The queue in short: the name or a `-`, and the question.
fn shown(chat: &mut Chat) -> Vec<String> {
    let short = |(n, hand): (usize, &Value)| {
        assert_eq!(hand["position"], n as u64 + 1, "{hand}");
        let name = hand["user"]["name"].as_str().unwrap_or("-");
        format!("{name} {}", hand["question"].as_str().unwrap_or(""))
    };
    queue(chat).iter().enumerate().map(short).collect()
}

#[test]
fn hands_are_one_queue_and_everybody_sees_the_same_event() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let (mut ann, mut bo) = (Chat::member(&server, "Ann"), Chat::member(&server, "Bo"));
    let first = seq(&ann.granted(up("lobby")));
    let asked = seq(&bo.granted(ask("Why is \"x\" blue?")));
    let (raised, question) = (lin.expect("hand"), lin.expect("hand"));
    let fields = |event: &Value, names: [&str; 4]| names.map(|name| event[name].clone());
    let names = ["seq", "up", "position", "room"];
    assert_eq!(
        fields(&raised, names),
        [first.clone(), json!(true), json!(1), json!("lobby")]
    );
    assert_eq!(
        fields(&question, names),
        [asked, json!(true), json!(2), json!("lobby")]
    );
    assert_eq!(raised["user"], json!({"id": ann.id, "name": "Ann"}));
    assert_eq!(question["user"], json!({"id": bo.id, "name": "Bo"}));
    assert_eq!(question["question"], "Why is \"x\" blue?");
    assert!(raised.get("question").is_none() && raised.get("anonymous").is_none());
    // Who caused an event gets its `ack` in place of it.
    assert_eq!(ann.so_far("hand"), [question]);
    assert_eq!(bo.so_far("hand"), [raised]);
    let mut cy = Chat::member(&server, "Cy");
    assert_eq!(shown(&mut cy), ["Ann ", "Bo Why is \"x\" blue?"]);
    cy.so_far("hand");
    assert_eq!(queue(&mut ann)[0]["mine"], true);
    assert!(queue(&mut ann)[1]["mine"].is_null());

    // The same hand again is no event, and another one has to wait for the first to go down.
    assert!(ann.granted(up("lobby"))["seq"].is_null());
    ann.refused(ask("Something else"), "forbidden");
    ann.granted(down());
    assert!(ann.granted(down())["seq"].is_null());
    let lowered = cy.expect("hand");
    assert_eq!(lowered["user"]["name"], "Ann", "{lowered}");
    assert_eq!(
        (&lowered["up"], &lowered["position"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(lowered["of"], first, "{lowered}");
    ann.granted(up("lobby"));
    assert_eq!(cy.expect("hand")["position"], 2, "at the end of the queue");
    assert_eq!(shown(&mut cy), ["Bo Why is \"x\" blue?", "Ann "]);
}

#[test]
fn a_question_obeys_what_a_send_obeys_and_a_plain_hand_is_open() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::member(&server, "Ann");
    let mut check = |code: &str| {
        ann.refused(ask("Why?"), code);
        ann.refused(ask_anonymously("Why?"), code);
        ann.granted(up("lobby"));
        ann.granted(down());
        assert!(shown(&mut ann).is_empty());
    };
    lin.granted(moderate("lock", json!({"on": true})));
    check("locked");
    lin.granted(moderate("lock", json!({"on": false})));
    let id = {
        let mut bo = Chat::member(&server, "Bo");
        lin.granted(json!({"type": "moderate", "action": "mute", "user": bo.id}));
        bo.refused(ask("Why?"), "muted");
        bo.granted(up("lobby"));
        bo.id.clone()
    };
    lin.granted(moderate("lower", json!({"user": id})));
    lin.granted(moderate("slow", json!({"seconds": 3600})));
    let mut cy = Chat::member(&server, "Cy");
    cy.granted(ask("Why?"));
    cy.refused(
        json!({"type": "send", "room": "lobby", "text": "so"}),
        "slow_mode",
    );
    cy.granted(down());
    cy.refused(ask("And?"), "slow_mode");
    cy.granted(up("lobby"));
    // Those who lead are not slowed down, and observers only read.
    lin.granted(ask("Who is ready?"));
    let mut observer = Chat::person(&server, "Watcher", "observer");
    observer.refused(up("lobby"), "forbidden");
    observer.refused(ask("Why?"), "forbidden");
    cy.refused(moderate("lower", json!({"user": lin.id})), "forbidden");
    cy.refused(moderate("lower_hands", json!({})), "forbidden");
    assert_eq!(shown(&mut cy), ["Cy ", "Ms Lin Who is ready?"]);
}

#[test]
fn wrong_requests_are_refused_and_change_nothing() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::member(&server, "Ann");
    let long = "x".repeat(501);
    for (request, code) in [
        (json!({"type": "hand", "room": "lobby"}), "bad_message"),
        (json!({"type": "hand", "up": true}), "bad_message"),
        (ask(""), "bad_message"),
        (ask(" \n"), "bad_message"),
        (ask("a\u{202e}b"), "bad_message"),
        (ask(&long), "too_long"),
        (up("nowhere"), "unknown_room"),
        (
            json!({"type": "second", "room": "lobby", "hand": 1}),
            "bad_message",
        ),
        (
            json!({"type": "second", "room": "lobby", "on": true}),
            "bad_message",
        ),
    ] {
        ann.refused(request, code);
    }
    for (more, code) in [
        (json!({}), "bad_message"),
        (json!({"user": "x", "hand": 1}), "bad_message"),
        (json!({"user": "nobody"}), "unknown_user"),
        (json!({"hand": 0}), "not_found"),
        (json!({"hand": 9}), "not_found"),
    ] {
        lin.refused(moderate("lower", more), code);
    }
    let mut outside = Chat::outside(&server, "Out", "member");
    outside.refused(up("lobby"), "not_in_room");
    assert!(shown(&mut ann).is_empty());
    ann.expect_no("hand");
}

#[test]
fn a_retry_is_done_once_over_a_restart_too() {
    let mut server = Server::start(UNPACED);
    let connect = |server: &Server, name: &str, role: &str| {
        let token = server.token_with(name, role, json!({"sub": name.to_lowercase()}));
        let mut chat = Chat::connect(server.addr, &token);
        chat.expect("joined");
        chat
    };
    let with_ref = |mut request: Value, name: &str| {
        request["ref"] = json!(name);
        request
    };
    let mut lin = connect(&server, "Ms Lin", "host");
    let mut ann = connect(&server, "Ann", "member");
    let asked = ann.granted(with_ref(ask("Why?"), "a"));
    lin.granted(with_ref(moderate("lower", json!({"user": ann.id})), "b"));
    assert_eq!(ann.granted(with_ref(ask("Why?"), "a")), asked);
    ann.refused(with_ref(ask("How?"), "a"), "ref_reused");
    assert!(shown(&mut ann).is_empty());
    ann.granted(up("lobby"));
    lin.granted(with_ref(moderate("lower", json!({"user": ann.id})), "b"));
    assert_eq!(shown(&mut ann), ["Ann "], "the retry lowers nothing more");
    server.kill();
    server.start_again();
    let mut ann = connect(&server, "Ann", "member");
    ann.granted(down());
    let again = ann.granted(with_ref(ask("Why?"), "a"));
    assert_eq!((&again["seq"], &again["at"]), (&asked["seq"], &asked["at"]));
    ann.refused(with_ref(ask("How?"), "a"), "ref_reused");
    assert!(shown(&mut ann).is_empty());
}

#[test]
fn all_hands_go_down_at_once_and_those_of_people_who_are_removed() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ann = Chat::member(&server, "Ann");
    let mut bo = Chat::member(&server, "Bo");
    let mut cy = Chat::member(&server, "Cy");
    ann.granted(ask("Why?"));
    bo.granted(up("lobby"));
    cy.granted(ask_anonymously("How?"));
    cy.so_far("hand");
    let ack = lin.granted(moderate("lower_hands", json!({})));
    let lowered = cy.so_far("hand");
    let places: Vec<&Value> = lowered.iter().map(|event| &event["position"]).collect();
    assert_eq!(places, [&json!(3), &json!(2), &json!(1)]);
    assert!(
        lowered.iter().all(|event| event["up"] == false),
        "{lowered:?}"
    );
    assert_eq!(lowered[2]["seq"], ack["seq"]);
    assert!(shown(&mut cy).is_empty());
    assert!(lin.granted(moderate("lower_hands", json!({})))["seq"].is_null());

    // A hand outlives the connection, and not the removal.
    ann.granted(up("lobby"));
    bo.granted(up("lobby"));
    drop(ann);
    assert_eq!(shown(&mut cy), ["Ann ", "Bo "]);
    cy.so_far("hand");
    lin.granted(json!({"type": "moderate", "action": "kick", "user": bo.id}));
    let lowered = cy.expect("hand");
    assert_eq!(
        (&lowered["user"]["name"], &lowered["up"]),
        (&json!("Bo"), &json!(false))
    );
    assert_eq!(shown(&mut cy), ["Ann "]);
    // That of an anonymous question outlives it: all would see whose it was.
    let mut di = Chat::member(&server, "Di");
    di.granted(ask_anonymously("Who?"));
    lin.granted(json!({"type": "moderate", "action": "kick", "user": di.id}));
    cy.so_far("hand");
    assert_eq!(shown(&mut cy), ["Ann ", "- Who?"]);
}

#[test]
fn hands_end_with_the_lesson_and_with_their_room() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut guest = Guest::join(&server, "Bo", None).connect(&server);
    guest.granted(ask("Why?"));
    assert_eq!(shown(&mut lin), ["Bo Why?"]);
    lin.so_far("hand");
    lin.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    assert_eq!(lin.expect("hand")["up"], false);
    assert!(shown(&mut lin).is_empty());

    lin.granted(json!({"type": "join", "room": "corner"}));
    lin.granted(up("corner"));
    lin.granted(json!({"type": "moderate", "action": "remove_room", "room": "corner"}));
    lin.so_far("joined");
    lin.granted(json!({"type": "join", "room": "corner"}));
    assert_eq!(lin.expect("joined")["hands"], json!([]));
}
