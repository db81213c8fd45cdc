//! Questions: who learns who asks, and how many have the same one.

use serde_json::{Value, json};

use super::{ask, ask_anonymously, moderate, queue, second, seq, shown, up};
use crate::harness::{Chat, Server, UNPACED, audit};

#[test]
fn an_anonymous_question_names_nobody_but_to_hosts() {
    let mut server = Server::start(UNPACED);
    let token = |server: &Server, name: &str, role: &str| {
        server.token_with(name, role, json!({"sub": name.to_lowercase()}))
    };
    let connect = |server: &Server, name: &str, role: &str| {
        let mut chat = Chat::connect(server.addr, &token(server, name, role));
        chat.expect("joined");
        chat
    };
    let mut lin = connect(&server, "Ms Lin", "host");
    let mut assistant = connect(&server, "Assistant", "moderator");
    let (mut ann, mut bo) = (
        connect(&server, "Ann", "member"),
        connect(&server, "Bo", "member"),
    );
    let mut tab = connect(&server, "Bo", "member");
    for question in ["", "x"] {
        let mut request = json!({"type": "hand", "room": "lobby", "up": true, "anonymous": true});
        if question.is_empty() {
            bo.refused(request, "bad_message");
        } else {
            request["up"] = json!(false);
            bo.refused(request, "bad_message");
        }
    }
    let asked = seq(&bo.granted(ask_anonymously("Is this easy?")));
    for chat in [&mut lin, &mut assistant, &mut ann, &mut tab] {
        let event = chat.expect("hand");
        assert_eq!(event["question"], "Is this easy?");
        assert_eq!(event["anonymous"], true);
        let json = event.to_string();
        assert!(
            event.get("user").is_none() && event.get("from").is_none(),
            "{json}"
        );
        assert!(!json.contains(&bo.id) && !json.contains("Bo"), "{json}");
    }
    let asker = json!({"type": "asker", "room": "lobby", "hand": asked,
                       "user": {"id": bo.id, "name": "Bo"}});
    assert_eq!(lin.so_far("asker"), std::slice::from_ref(&asker));
    assert_eq!(tab.so_far("asker"), [asker], "the person's own other tab");
    for chat in [&mut assistant, &mut ann, &mut bo] {
        chat.expect_no("asker");
    }
    let check = |server: &Server| {
        for (name, role, first) in [
            ("Late", "member", "- Is this easy?"),
            ("Assistant", "moderator", "- Is this easy?"),
            ("Ms Lin", "host", "Bo Is this easy?"),
            ("Bo", "member", "Bo Is this easy?"),
        ] {
            let mut chat = connect(server, name, role);
            assert_eq!(shown(&mut chat), [first], "{name}");
            let replayed = chat.so_far("hand");
            assert!(!replayed.is_empty(), "the log has it");
            for event in replayed {
                assert!(!event.to_string().contains(&bo.id), "{event}");
            }
        }
    };
    check(&server);
    server.kill();
    server.start_again();
    check(&server);

    // A moderator lowers it by its event, and cannot find out by trying whose it is.
    let mut assistant = connect(&server, "Assistant", "moderator");
    let mut ann = connect(&server, "Ann", "member");
    let _bo = connect(&server, "Bo", "member");
    let guess = assistant.granted(moderate("lower", json!({"user": bo.id})));
    assert!(guess["seq"].is_null(), "{guess}");
    assistant.granted(moderate("lower", json!({"hand": asked, "answered": true})));
    ann.so_far("joined");
    let lowered = ann.so_far("hand").pop().unwrap();
    assert_eq!(
        (&lowered["of"], &lowered["up"]),
        (&asked, &json!(false)),
        "{lowered}"
    );
    assert_eq!(
        (&lowered["answered"], &lowered["anonymous"]),
        (&json!(true), &json!(true))
    );
    assert!(!lowered.to_string().contains(&bo.id), "{lowered}");
    assert!(shown(&mut assistant).is_empty());
}

#[test]
fn me_too_counts_once_a_person_and_is_sent_once_a_tick() {
    let mut server = Server::start(UNPACED);
    let connect = |server: &Server, name: &str, role: &str| {
        let token = server.token_with(name, role, json!({"sub": name.to_lowercase()}));
        let mut chat = Chat::connect(server.addr, &token);
        chat.expect("joined");
        chat
    };
    let mut lin = connect(&server, "Ms Lin", "host");
    let mut bo = connect(&server, "Bo", "member");
    let asked = seq(&bo.granted(ask("Why?")));
    let plain = seq(&lin.granted(up("lobby")));
    let mut class: Vec<Chat> = (0..5)
        .map(|n| connect(&server, &format!("Pupil {n}"), "member"))
        .collect();
    lin.granted(moderate("lock", json!({"on": true})));
    lin.granted(json!({"type": "moderate", "action": "mute", "user": class[0].id}));
    for pupil in &mut class {
        let ack = pupil.granted(second(&asked, true));
        assert!(ack["seq"].is_null(), "no event: {ack}");
        pupil.granted(second(&asked, true));
    }
    class[4].granted(second(&asked, false));
    let key = asked.to_string();
    let votes = |chat: &mut Chat, count: u64| {
        let mut told = 0;
        loop {
            let hands = chat.expect("hands");
            told += 1;
            assert_eq!(hands["room"], "lobby");
            if hands["votes"][&key] == count {
                return told;
            }
        }
    };
    let told = votes(&mut lin, 4);
    assert!(told <= 5, "{told} for eleven requests");
    bo.refused(second(&asked, true), "forbidden");
    bo.refused(second(&plain, true), "not_found");
    bo.refused(second(&json!(99), true), "not_found");
    let observer = server.token("Guest", "observer");
    let mut observer = Chat::connect(server.addr, &observer);
    observer.refused(second(&asked, true), "forbidden");

    server.kill();
    server.start_again();
    let mut lin = connect(&server, "Ms Lin", "host");
    let mut pupil = connect(&server, "Pupil 1", "member");
    let first = |chat: &mut Chat| queue(chat).remove(0);
    let entry = first(&mut pupil);
    assert_eq!(
        (&entry["votes"], &entry["seconded"]),
        (&json!(4), &json!(true)),
        "{entry}"
    );
    pupil.granted(second(&asked, true));
    assert_eq!(first(&mut lin)["votes"], 4);
    assert!(first(&mut lin)["seconded"].is_null());
    lin.granted(moderate("lower", json!({"hand": asked, "answered": true})));
    let lowered = pupil.so_far("hand").pop().unwrap();
    assert_eq!(
        (&lowered["answered"], &lowered["votes"]),
        (&json!(true), &json!(4))
    );
    pupil.refused(second(&asked, true), "not_found");
    // What is over does not come back.
    server.kill();
    server.start_again();
    let mut lin = connect(&server, "Ms Lin", "host");
    assert_eq!(shown(&mut lin), ["Ms Lin "]);
}

#[test]
fn whoever_asked_is_muted_through_the_question_and_named_to_hosts_alone() {
    let mut server = Server::start(UNPACED);
    let connect = |server: &Server, name: &str, role: &str| {
        let token = server.token_with(name, role, json!({"sub": name.to_lowercase()}));
        let mut chat = Chat::connect(server.addr, &token);
        chat.expect("joined");
        chat
    };
    let mut lin = connect(&server, "Ms Lin", "host");
    let mut assistant = connect(&server, "Assistant", "moderator");
    let mut ann = connect(&server, "Ann", "member");
    let mut bo = connect(&server, "Bo", "member");
    let asked = seq(&bo.granted(ask_anonymously("Is this over soon?")));
    let mute = moderate(
        "mute",
        json!({"hand": asked, "seconds": 600, "reason": "no"}),
    );
    ann.refused(mute.clone(), "forbidden");
    assistant.refused(moderate("mute", json!({"hand": 99})), "not_found");
    assistant.refused(
        moderate("mute", json!({"hand": asked, "user": bo.id})),
        "bad_message",
    );
    assistant.granted(mute);
    let say = json!({"type": "send", "room": "lobby", "text": "I am"});
    bo.refused(say.clone(), "muted");
    let told = bo.expect("moderated");
    assert_eq!(
        (&told["target"]["name"], &told["reason"]),
        (&json!("Bo"), &json!("no"))
    );
    let told = lin.expect("moderated");
    assert_eq!(
        (&told["target"]["id"], &told["hand"]),
        (&json!(bo.id), &asked)
    );
    let told = assistant.expect("moderated");
    assert_eq!((&told["action"], &told["hand"]), (&json!("mute"), &asked));
    assert!(told.get("target").is_none(), "{told}");
    ann.expect_no("moderated");

    // No list of people shows it, live or to those who come later.
    let check = |server: &Server| {
        let mut late = Chat::member(server, "Late");
        late.granted(json!({"type": "join", "room": "lobby"}));
        let joined = late.expect("joined");
        assert!(!joined["members"].to_string().contains("muted"), "{joined}");
        let mut assistant = connect(server, "Assistant", "moderator");
        assistant.granted(json!({"type": "sanctions"}));
        let list = assistant.expect("sanctions");
        assert_eq!(list["mutes"][0]["hand"], asked, "{list}");
        assert!(list["mutes"][0].get("user").is_none(), "{list}");
        let mut lin = connect(server, "Ms Lin", "host");
        lin.granted(json!({"type": "sanctions"}));
        assert_eq!(lin.expect("sanctions")["mutes"][0]["user"]["name"], "Bo");
    };
    check(&server);
    for presence in ann.so_far("presence") {
        assert!(!presence.to_string().contains("muted"), "{presence}");
    }
    server.kill();
    server.start_again();
    let mut bo = connect(&server, "Bo", "member");
    bo.refused(say.clone(), "muted");
    check(&server);
    let mut assistant = connect(&server, "Assistant", "moderator");
    assistant.granted(json!({"type": "moderate", "action": "unmute", "user": bo.id}));
    bo.refused(say.clone(), "muted");
    assistant.granted(moderate("unmute", json!({"hand": asked})));
    bo.granted(say);
}

#[test]
fn whoever_asked_is_not_named_to_moderators_when_a_host_lets_them_talk_again() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut assistant = Chat::person(&server, "Assistant", "moderator");
    let mut bo = Chat::member(&server, "Bo");
    let asked = seq(&bo.granted(ask_anonymously("Is this over soon?")));
    let unmute = json!({"type": "moderate", "action": "unmute", "user": bo.id});
    // Muted through the question alone, and muted by name as well.
    for named in [false, true] {
        assistant.granted(moderate("mute", json!({"hand": asked})));
        if named {
            lin.granted(json!({"type": "moderate", "action": "mute", "user": bo.id}));
        }
        for chat in [&mut lin, &mut assistant, &mut bo] {
            chat.so_far("moderated");
        }
        lin.granted(unmute.clone());
        bo.granted(json!({"type": "send", "room": "lobby", "text": "I am"}));
        let told = assistant.so_far("moderated");
        let through: Vec<&Value> = told.iter().filter(|it| it["hand"] == asked).collect();
        assert_eq!(through.len(), 1, "{told:?}");
        assert!(through[0].get("target").is_none(), "{told:?}");
        let by_name = told.iter().filter(|it| it["target"]["id"] == json!(bo.id));
        assert_eq!(by_name.count(), usize::from(named), "{told:?}");
        let told = lin.so_far("moderated");
        assert!(
            told.iter().all(|it| it["target"]["id"] == json!(bo.id)),
            "{told:?}"
        );
        assert_eq!(bo.so_far("moderated").len(), 1 + usize::from(named));
    }
    if cfg!(feature = "full") {
        let lifted = audit(&server).into_iter();
        let lifted: Vec<_> = lifted.filter(|row| row[0] == "unmute").collect();
        let named = lifted
            .iter()
            .filter(|row| row.iter().any(|field| field == "Bo"));
        assert_eq!((lifted.len(), named.count()), (3, 1), "{lifted:?}");
    }
}

#[test]
fn a_moderator_does_not_learn_that_somebody_who_leads_asked() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut assistant = Chat::person(&server, "Assistant", "moderator");
    let mut other = Chat::person(&server, "Other", "moderator");
    let asked = seq(&other.granted(ask_anonymously("Is this over soon?")));
    let mute = moderate("mute", json!({"hand": asked}));
    let closed = assistant.refused(moderate("mute", json!({"hand": 99})), "not_found");
    let refusal = assistant.refused(mute.clone(), "not_found");
    assert_eq!(refusal["message"], closed["message"]);
    lin.granted(mute);
    let refusal = assistant.refused(moderate("unmute", json!({"hand": asked})), "not_found");
    assert_eq!(refusal["message"], closed["message"]);
}
