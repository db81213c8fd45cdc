//! Sending messages: who gets them, in which order, how often, and what the sender is told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Chat, Frame, Random, Server, UNPACED};

fn send(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn send_as(r#ref: &str, text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text, "ref": r#ref})
}

#[test]
fn thirty_people_get_three_hundred_messages_once_and_in_one_order() {
    let server = Server::start(UNPACED);
    let mut people: Vec<Chat> = (0..30)
        .map(|n| Chat::member(&server, &format!("Pupil {n}")))
        .collect();
    let mut random = Random::new(300);
    let senders: Vec<usize> = (0..300).map(|_| random.below(30)).collect();
    for (n, &sender) in senders.iter().enumerate() {
        people[sender].say("lobby", &format!("message {n}"), &format!("ref {n}"));
    }

    let mut orders = Vec::new();
    for (who, chat) in people.iter_mut().enumerate() {
        let mut order = BTreeMap::new();
        let mut last = 0;
        while order.len() < 300 {
            let message = chat.next();
            let seq = message["seq"].as_u64();
            let text = match message["type"].as_str().unwrap() {
                "ack" => {
                    let text = message["ref"].as_str().unwrap();
                    text.replace("ref", "message")
                }
                "message" => {
                    assert!(seq > Some(last), "{who} got {message} after {last}");
                    last = seq.unwrap();
                    message["text"].as_str().unwrap().to_owned()
                }
                _ => continue,
            };
            let n: usize = text.replace("message ", "").parse().unwrap();
            let own = message["type"] == "ack";
            assert_eq!(own, senders[n] == who, "{who} got {message}");
            let before = order.insert(seq.unwrap(), text);
            assert_eq!(before, None, "{who} got {message} twice");
        }
        chat.expect_no("message");
        orders.push(order);
    }
    assert!(orders[0].keys().copied().eq(1..=300), "a gap in the seqs");
    assert!(orders.iter().all(|order| *order == orders[0]));
}

#[test]
fn a_message_has_room_time_and_sender() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let ack = ada.granted(send("hello \"Bob\" \\ 你好\n</script>"));
    let message = bob.expect("message");
    assert_eq!(
        message,
        json!({"type": "message", "room": "lobby", "seq": ack["seq"], "at": ack["at"],
               "from": {"id": ada.id, "name": "Ada"},
               "text": "hello \"Bob\" \\ 你好\n</script>"})
    );
    assert_eq!(ack["room"], "lobby");
    let at = ack["at"].as_u64().unwrap() / 1000;
    assert!(crate::harness::now().abs_diff(at) < 60, "{ack}");

    host.granted(json!({"type": "send", "room": "lobby", "text": "yes?", "reply_to": 1}));
    let reply = bob.expect("message");
    assert_eq!(reply["from"]["role"], "host", "{reply}");
    assert_eq!(reply["reply_to"], 1, "{reply}");
    let nothing = json!({"type": "send", "room": "lobby", "text": "?", "reply_to": 99});
    ada.refused(nothing, "not_found");
    let nothing = json!({"type": "send", "room": "lobby", "text": "?", "reply_to": 0});
    ada.refused(nothing, "not_found");
}

#[test]
fn the_other_tabs_of_the_sender_get_the_message_and_the_sending_one_does_not() {
    let server = Server::start("");
    let (mut tab, mut other) = (Chat::member(&server, "Ada"), Chat::member(&server, "Ada"));
    assert_eq!(tab.id, other.id);
    let ack = tab.granted(send("hello"));
    let message = other.expect("message");
    assert_eq!(message["seq"], ack["seq"]);
    assert_eq!(message["from"]["id"], tab.id);
    tab.expect_no("message");
    other.expect_no("ack");
}

#[test]
fn a_request_without_a_ref_is_carried_out_and_not_acknowledged() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    ada.send(send("no ref"));
    ada.send(json!({"type": "typing", "room": "lobby"}));
    ada.send(json!({"type": "join", "room": "lobby"}));
    assert_eq!(bob.expect("message")["text"], "no ref");
    bob.expect("typing");
    assert_eq!(ada.expect("joined").get("ref"), None);
    ada.expect_no("ack");
    ada.send(json!({"type": "typing", "room": "nowhere"}));
    let error = ada.expect("error");
    assert_eq!(
        (error.get("ref"), &error["code"]),
        (None, &json!("unknown_room"))
    );
}

#[test]
fn a_repeated_ref_is_the_same_message_even_on_another_connection() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    let first = ada.granted(send_as("r1", "once"));
    assert_eq!(ada.granted(send_as("r1", "once")), first);
    // The connection ends before the ack: a page that lost its Wi-Fi sends the message again.
    ada.send(send_as("r2", "lost"));
    drop(ada);
    let mut ada = Chat::member(&server, "Ada");
    let second = ada.granted(send_as("r2", "lost"));
    assert_eq!(ada.granted(send_as("r1", "once")), first);
    // Another person's equal ref is a different ref.
    let third = bob.granted(send_as("r1", "mine"));
    let seqs = [&first, &second, &third].map(|ack| ack["seq"].as_u64().unwrap());
    assert_eq!(seqs, [1, 2, 3]);

    let heard = bob.so_far("message");
    let texts: Vec<&Value> = heard.iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["once", "lost"]);
}

#[test]
fn a_ref_reused_for_another_message_is_refused_and_nothing_is_published() {
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    ada.granted(json!({"type": "join", "room": "lab"}));
    let first = ada.granted(send_as("r1", "one"));
    ada.refused(send_as("r1", "two"), "ref_reused");
    let elsewhere = json!({"type": "send", "room": "lab", "text": "one", "ref": "r1"});
    ada.refused(elsewhere, "ref_reused");
    let reply = json!({"type": "send", "room": "lobby", "text": "one", "ref": "r1", "reply_to": 1});
    ada.refused(reply, "ref_reused");
    assert_eq!(ada.granted(send_as("r1", "one")), first);
    assert_eq!(bob.so_far("message").len(), 1);
    // A refused request does not use up its ref.
    ada.refused(send_as("r3", ""), "bad_message");
    ada.granted(send_as("r3", "three"));
}

#[test]
fn a_ref_is_one_to_sixty_four_characters() {
    let server = Server::start(UNPACED);
    let mut ada = Chat::member(&server, "Ada");
    for good in ["1", "\"", "a b", "é😀", &"好".repeat(64)] {
        let ack = ada.granted(send_as(good, "hello"));
        assert_eq!(ack["ref"], good);
    }
    for bad in [
        json!(""),
        json!("x".repeat(65)),
        json!(1),
        json!(["r"]),
        json!({}),
    ] {
        ada.send(json!({"type": "send", "room": "lobby", "text": "bad ref", "ref": bad}));
        let error = ada.expect("error");
        assert_eq!(error.get("ref"), None, "{bad}: {error}");
        let code = error["code"].as_str().unwrap();
        assert!(
            code == "bad_message" || code == "too_long",
            "{bad}: {error}"
        );
    }
    ada.granted(json!({"type": "leave", "room": "lobby"}));
    let joined = ada.ask(json!({"type": "join", "room": "lobby"}));
    assert_eq!(joined["type"], "ack");
    assert_eq!(ada.so_far("joined").pop().unwrap()["seq"], 5);
}

/// A minimal request for each error code.
#[test]
fn every_error_carries_the_ref_and_a_known_code() {
    let server =
        Server::start("[limits]\nmessages_per_second = 0\n[rooms]\nlist = [\"lobby\", \"lab\"]\n");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = Chat::member(&server, "Ada");
    let mut watcher = Chat::person(&server, "Watcher", "observer");
    let gone = Chat::member(&server, "Gone").id;
    let act = |action: Value| {
        let mut request = json!({"type": "moderate"});
        let fields = action.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(fields);
        request
    };
    let whisper = |to: &str| json!({"type": "whisper", "to": to, "text": "psst"});

    let table = [
        (json!({"type": "dance"}), "bad_message"),
        (send(&"x".repeat(4001)), "too_long"),
        (
            json!({"type": "send", "room": "nowhere", "text": "x"}),
            "unknown_room",
        ),
        (
            json!({"type": "send", "room": "lab", "text": "x"}),
            "not_in_room",
        ),
        (json!({"type": "history", "room": "lab"}), "not_in_room"),
        (json!({"type": "leave", "room": "lab"}), "not_in_room"),
        (
            act(json!({"action": "lock", "room": "lobby", "on": true})),
            "forbidden",
        ),
        (
            act(json!({"action": "end_lesson", "seconds": 0})),
            "forbidden",
        ),
        (whisper("nobody"), "unknown_user"),
        (json!({"type": "auth", "token": "x.y.z"}), "unauthorized"),
    ];
    for (request, code) in table {
        ada.refused(request, code);
    }
    watcher.refused(send("may I?"), "forbidden");
    watcher.refused(json!({"type": "typing", "room": "lobby"}), "forbidden");
    assert_eq!(host.granted(whisper(&gone))["kept"], true);

    host.granted(act(
        json!({"action": "slow", "room": "lobby", "seconds": 60}),
    ));
    ada.granted(send("the one"));
    let error = ada.refused(send("another"), "slow_mode");
    let wait = error["retry_after"].as_u64().unwrap();
    assert!((1..=60).contains(&wait), "{error}");
    host.granted(act(json!({"action": "lock", "room": "lobby", "on": true})));
    ada.refused(send("hello?"), "locked");
    host.granted(act(
        json!({"action": "mute", "user": ada.id, "seconds": 60}),
    ));
    let error = ada.refused(send("hello?"), "muted");
    assert!(
        (1..=60).contains(&error["retry_after"].as_u64().unwrap()),
        "{error}"
    );
}

#[test]
fn whispers_go_only_to_the_recipient_and_the_senders_other_tabs() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let (mut ada, mut tab) = (Chat::member(&server, "Ada"), Chat::member(&server, "Ada"));
    let mut bob = Chat::member(&server, "Bob");
    let mut phone = Chat::person(&server, "Ms Lin", "host");
    let ack = ada.granted(json!({"type": "whisper", "to": host.id, "text": "help"}));
    let from = json!({"id": ada.id, "name": "Ada"});
    for chat in [&mut host, &mut phone, &mut tab] {
        let whisper = chat.expect("whisper");
        assert_eq!(
            (&whisper["from"], &whisper["text"]),
            (&from, &json!("help"))
        );
        assert_eq!(whisper["to"]["name"], "Ms Lin", "{whisper}");
        assert_eq!(whisper["at"], ack["at"], "{whisper}");
    }
    ada.expect_no("whisper");
    bob.expect_no("whisper");
    host.granted(json!({"type": "whisper", "to": bob.id, "text": "hush"}));
    assert_eq!(bob.expect("whisper")["text"], "hush");
    phone.expect("whisper");
    host.expect_no("whisper");
    tab.expect_no("whisper");
}

#[test]
fn the_setting_whisper_decides_who_may_whisper_to_whom() {
    // Setting; member to member, member to host, host to member.
    let table = [
        ("off", [false; 3]),
        ("hosts", [false, true, true]),
        ("all", [true; 3]),
    ];
    for (setting, may) in table {
        let server = Server::start(&format!("[rooms]\nwhisper = \"{setting}\"\n"));
        let mut host = Chat::person(&server, "Ms Lin", "host");
        let mut ada = Chat::member(&server, "Ada");
        let bob = Chat::member(&server, "Bob");
        assert_eq!(ada.expect("welcome")["whisper"], setting);
        let to = |id: &str| json!({"type": "whisper", "to": id, "text": "psst"});
        let answers = [
            ada.ask(to(&bob.id)),
            ada.ask(to(&host.id)),
            host.ask(to(&bob.id)),
        ];
        for (answer, may) in answers.iter().zip(may) {
            let code = answer["code"].as_str();
            assert_eq!(code, (!may).then_some("forbidden"), "{setting}: {answer}");
        }
    }
}

#[test]
fn typing_reaches_the_others_and_is_not_stored() {
    let server = Server::start("");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    ada.granted(json!({"type": "typing", "room": "lobby"}));
    let typing = bob.expect("typing");
    assert_eq!(
        typing,
        json!({"type": "typing", "room": "lobby", "from": {"id": ada.id, "name": "Ada"}})
    );
    ada.expect_no("typing");
    let mut late = Chat::member(&server, "Eve");
    late.expect_no("typing");
}

/// Without a store: with one, the `ack` of a stored message waits for the disk.
#[test]
fn answers_keep_the_order_of_requests_that_arrive_together() {
    let server = Server::start("[history]\npath = \"\"\n");
    let mut ada = Chat::member(&server, "Ada");
    let requests = [
        (json!({"type": "typing", "room": "lobby"}), "ack"),
        (send("one"), "ack"),
        (
            json!({"type": "send", "room": "nowhere", "text": "x"}),
            "error",
        ),
        (json!({"type": "history", "room": "lobby"}), "history"),
        (json!(["send"]), "error"),
        (send("two"), "ack"),
        (json!({"type": "leave", "room": "lobby"}), "ack"),
        (send("three"), "error"),
    ];
    let mut bytes = Vec::new();
    for (n, (request, _)) in requests.iter().enumerate() {
        let mut request = request.clone();
        if request.is_object() {
            request["ref"] = json!(n.to_string());
        }
        bytes.extend(Frame::text(&request.to_string()).encode());
    }
    bytes.extend(Frame::new(Frame::PING, "last").encode());
    ada.raw.send(&bytes);
    for (n, (request, kind)) in requests.iter().enumerate() {
        let answer = loop {
            let message = ada.next();
            if !matches!(message["type"].as_str(), Some("welcome" | "presence")) {
                break message;
            }
        };
        assert_eq!(answer["type"], *kind, "to {request} came {answer}");
        if request.is_object() {
            assert_eq!(answer["ref"], n.to_string(), "to {request} came {answer}");
        }
        if *kind == "history" {
            assert_eq!(answer["messages"][0]["text"], "one");
            assert_eq!(ada.next()["ref"], n.to_string());
        }
    }
    assert_eq!(
        ada.raw.read_frame(),
        Frame::new(Frame::PONG, "last").unmasked()
    );
}

#[test]
fn a_repeated_ref_of_a_whisper_is_delivered_once_and_acknowledged_again() {
    let server = Server::start("");
    let (mut ada, mut host) = (
        Chat::member(&server, "Ada"),
        Chat::person(&server, "Ms Lin", "host"),
    );
    let whisper = |text: &str| json!({"type": "whisper", "to": host.id, "text": text, "ref": "w"});
    let (psst, other) = (whisper("psst"), whisper("something else"));
    let ack = ada.granted(psst.clone());
    assert_eq!(host.expect("whisper")["at"], ack["at"]);
    assert_eq!(ada.granted(psst), ack);
    ada.refused(other, "ref_reused");
    host.expect_no("whisper");
}
