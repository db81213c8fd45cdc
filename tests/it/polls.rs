//! Polls: who may ask and vote, who sees what, and what is left after a restart.

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Server, UNPACED};

mod own_votes;

fn ask(more: Value) -> Value {
    let mut poll = json!({"type": "poll", "room": "lobby", "question": "Did you follow?",
        "choices": ["yes", "no", "half"]});
    let more = more.as_object().unwrap().clone();
    poll.as_object_mut().unwrap().extend(more);
    poll
}

fn vote(poll: &Value, choices: &[usize]) -> Value {
    json!({"type": "vote", "room": "lobby", "poll": poll, "choices": choices})
}

fn act(action: &str, poll: &Value) -> Value {
    json!({"type": "moderate", "action": action, "room": "lobby", "poll": poll})
}

/// Opens a poll; gives its number.
#[track_caller]
fn open(host: &mut Chat, more: Value) -> Value {
    host.granted(ask(more))["seq"].clone()
}

/// The first tally that has so many votes.
#[track_caller]
fn tally(chat: &mut Chat, count: u64) -> Value {
    loop {
        let tally = chat.expect("tally");
        if tally["count"] == count {
            return tally;
        }
    }
}

fn names(people: &Value) -> Vec<&str> {
    let people = people.as_array().map_or(&[][..], Vec::as_slice);
    let mut names: Vec<&str> = people.iter().map(|p| p["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

fn person(server: &Server, name: &str, role: &str) -> Chat {
    Chat::person(server, name, role)
}

#[test]
fn a_named_poll_from_its_question_to_its_result() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let mut ann = person(&server, "Ann", "member");
    let mut bo = person(&server, "Bo", "member");
    let poll = open(&mut lin, json!({}));
    let asked = ann.expect("poll");
    assert_eq!(asked["seq"], poll);
    assert_eq!(asked["question"], "Did you follow?");
    assert_eq!(asked["choices"], json!(["yes", "no", "half"]));
    assert_eq!(asked["by"]["name"], "Ms Lin");
    assert_eq!(names(&tally(&mut lin, 0)["missing"]), ["Ann", "Bo"]);

    ann.granted(vote(&poll, &[0]));
    let told = tally(&mut lin, 1);
    assert_eq!(told["votes"], json!([1, 0, 0]));
    assert_eq!(
        told["voters"],
        json!([{"id": ann.id, "name": "Ann", "choices": [0]}])
    );
    assert_eq!(names(&told["missing"]), ["Bo"]);
    // A later vote replaces the earlier one.
    ann.granted(vote(&poll, &[2]));
    bo.granted(vote(&poll, &[1]));
    let told = tally(&mut lin, 2);
    assert_eq!(told["votes"], json!([0, 1, 1]));
    assert_eq!(told["missing"], json!([]));
    ann.expect_no("tally");
    // Who comes has not answered.
    let mut cy = person(&server, "Cy", "member");
    assert_eq!(names(&lin.expect("tally")["missing"]), ["Cy"]);
    cy.expect_no("tally");

    lin.granted(act("publish_poll", &poll));
    assert_eq!(ann.expect("poll_published")["of"], poll);
    let told = tally(&mut ann, 2);
    assert_eq!(told["votes"], json!([0, 1, 1]));
    for secret in ["voters", "missing", "same_device"] {
        assert!(told.get(secret).is_none(), "{told}");
    }
    lin.granted(act("close_poll", &poll));
    let closed = ann.expect("poll_closed");
    assert_eq!(
        (&closed["of"], &closed["votes"]),
        (&poll, &json!([0, 1, 1]))
    );
    assert_eq!(
        (&closed["count"], &closed["question"]),
        (&json!(2), &asked["question"])
    );
    cy.refused(vote(&poll, &[0]), "poll_closed");
    // Who comes later sees what came of it.
    let mut di = person(&server, "Di", "member");
    assert_eq!(di.expect("poll")["seq"], poll);
    assert_eq!(di.expect("poll_closed"), closed);
}

#[test]
fn the_sums_of_a_closed_poll_are_for_those_who_lead_until_they_are_published() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let mut ann = person(&server, "Ann", "member");
    let poll = open(&mut lin, json!({"multiple": true}));
    ann.granted(vote(&poll, &[0, 2]));
    lin.granted(act("close_poll", &poll));
    assert_eq!(ann.expect("poll_closed").get("votes"), None);
    let told = loop {
        let told = lin.expect("tally");
        if told["closed"] == true {
            break told;
        }
    };
    assert_eq!(told["votes"], json!([1, 0, 1]));
    ann.expect_no("tally");
    // Who leads and comes later can look at it, and nobody else.
    let told = tally(&mut person(&server, "Mr Wu", "host"), 1);
    assert_eq!(
        (&told["votes"], &told["closed"]),
        (&json!([1, 0, 1]), &json!(true))
    );
    person(&server, "Cy", "member").expect_no("tally");
    lin.granted(act("publish_poll", &poll));
    let published = ann.expect("poll_published");
    assert_eq!(published["votes"], json!([1, 0, 1]));
    assert_eq!(
        (&published["closed"], &published["count"]),
        (&json!(true), &json!(1))
    );
    // Once more is no event.
    assert!(lin.granted(act("publish_poll", &poll)).get("seq").is_none());
    assert!(lin.granted(act("close_poll", &poll)).get("seq").is_none());
    ann.expect_no("poll_published");
}

#[test]
fn an_anonymous_poll_says_how_many_and_never_who() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let mut class: Vec<Chat> = (1..=5)
        .map(|n| person(&server, &format!("Pupil {n}"), "member"))
        .collect();
    let poll = open(&mut lin, json!({"anonymous": true}));
    for (n, pupil) in class.iter_mut().enumerate() {
        pupil.granted(vote(&poll, &[n % 2]));
        let told = tally(&mut lin, n as u64 + 1);
        let votes = if n < 4 { json!([]) } else { json!([3, 2, 0]) };
        assert_eq!(told["votes"], votes, "{told}");
        for secret in ["voters", "missing", "same_device"] {
            assert!(told.get(secret).is_none(), "{told}");
        }
    }
    // The first vote counts.
    let first = &mut class[0];
    first.refused(vote(&poll, &[2]), "already_voted");
    lin.granted(act("publish_poll", &poll));
    lin.granted(act("close_poll", &poll));
    assert_eq!(first.expect("poll_closed")["votes"], json!([3, 2, 0]));
}

#[test]
fn a_vote_that_is_sent_again_counts_once() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let mut ann = person(&server, "Ann", "member");
    for anonymous in [false, true] {
        let mut request = ask(json!({"anonymous": anonymous}));
        request["ref"] = json!(format!("ask {anonymous}"));
        let asked = lin.granted(request.clone());
        assert_eq!(lin.granted(request.clone()), asked, "asked once");
        request["question"] = json!("Something else?");
        lin.refused(request, "ref_reused");
        let poll = &asked["seq"];
        let mut request = vote(poll, &[1]);
        request["ref"] = json!(format!("vote {anonymous}"));
        let first = ann.granted(request.clone());
        assert_eq!(ann.granted(request.clone()), first);
        request["choices"] = json!([0]);
        // In an anonymous poll it is not known any more what the ref was used for.
        match anonymous {
            true => drop(ann.granted(request)),
            false => drop(ann.refused(request, "ref_reused")),
        }
        lin.granted(act("publish_poll", poll));
        lin.granted(act("close_poll", poll));
        let closed = ann.expect("poll_closed");
        assert_eq!(
            (&closed["count"], &closed["votes"]),
            (&json!(1), &json!([0, 1, 0]))
        );
    }
    assert_eq!(ann.so_far("poll").len(), 2);
}

#[test]
fn who_may_ask_close_publish_and_vote() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let mut mo = person(&server, "Mo", "moderator");
    let mut ann = person(&server, "Ann", "member");
    let mut obs = person(&server, "Eye", "observer");
    let mut outside = Chat::outside(&server, "Out", "host");
    for chat in [&mut ann, &mut obs] {
        chat.refused(ask(json!({})), "forbidden");
    }
    outside.refused(ask(json!({})), "not_in_room");
    let poll = open(&mut mo, json!({}));
    for action in ["close_poll", "publish_poll"] {
        for chat in [&mut ann, &mut obs] {
            chat.refused(act(action, &poll), "forbidden");
        }
        outside.refused(act(action, &poll), "not_in_room");
        lin.refused(act(action, &json!(4711)), "not_found");
    }
    obs.refused(vote(&poll, &[0]), "forbidden");
    outside.refused(vote(&poll, &[0]), "not_in_room");
    ann.refused(vote(&json!(4711), &[0]), "not_found");
    ann.expect_no("poll_closed");
    // A vote has no words: it is open to the muted in a quiet, slow class. A question has.
    let mute = |user: &str| json!({"type": "moderate", "action": "mute", "user": user});
    lin.granted(mute(&ann.id));
    lin.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": true}));
    lin.granted(json!({"type": "moderate", "action": "slow", "room": "lobby", "seconds": 3600}));
    ann.granted(vote(&poll, &[0]));
    ann.granted(vote(&poll, &[1]));
    mo.granted(vote(&poll, &[1]));
    assert_eq!(tally(&mut lin, 2)["votes"], json!([0, 2, 0]));
    lin.granted(mute(&mo.id));
    mo.refused(ask(json!({})), "muted");
    mo.granted(act("close_poll", &poll));
    obs.expect_no("tally");
}

#[test]
fn what_is_no_poll_and_no_vote_is_refused() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let long = "x".repeat(301);
    for (field, wrong, code) in [
        ("choices", json!(["one"]), "bad_message"),
        (
            "choices",
            json!(["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
            "bad_message",
        ),
        ("choices", json!(["a", "A "]), "bad_message"),
        ("choices", json!(["a", ""]), "bad_message"),
        ("choices", json!(["a", 1]), "bad_message"),
        ("choices", json!(["a", long]), "too_long"),
        ("choices", json!("ab"), "bad_message"),
        ("choices", json!(null), "bad_message"),
        ("question", json!(long), "too_long"),
        ("question", json!(" "), "bad_message"),
        ("question", json!("a\u{202e}b"), "bad_message"),
        ("multiple", json!(1), "bad_message"),
        ("text", json!("x"), "bad_message"),
    ] {
        lin.refused(ask(json!({field: wrong})), code);
    }
    let poll = open(&mut lin, json!({}));
    for wrong in [
        json!([]),
        json!([0, 1]),
        json!([3]),
        json!([8]),
        json!([-1]),
        json!([0.5]),
    ] {
        let mut request = vote(&poll, &[]);
        request["choices"] = wrong;
        lin.refused(request, "bad_message");
    }
    let mut words = vote(&poll, &[]);
    words["choices"] = json!(["yes"]);
    lin.refused(words, "bad_message");
    for _ in 1..4 {
        open(&mut lin, json!({}));
    }
    lin.refused(ask(json!({})), "forbidden");
    lin.granted(act("close_poll", &poll));
    open(&mut lin, json!({}));
}

#[test]
fn votes_from_one_device_are_flagged() {
    let server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let device = "0123456789abcdef0123456789abcdef";
    let mut ann = Guest::join(&server, "Ann", Some(device)).connect(&server);
    let mut bo = Guest::join(&server, "Bo", Some(device)).connect(&server);
    for anonymous in [false, true] {
        let poll = open(&mut lin, json!({"anonymous": anonymous}));
        ann.granted(vote(&poll, &[0]));
        bo.granted(vote(&poll, &[0]));
        let told = loop {
            let told = tally(&mut lin, 2);
            if told["poll"] == poll {
                break told;
            }
        };
        assert_eq!(told["repeated"], 1, "{told}");
        match anonymous {
            true => assert!(told.get("same_device").is_none()),
            false => assert_eq!(names(&told["same_device"][0]), ["Ann", "Bo"]),
        }
        lin.granted(act("close_poll", &poll));
    }
}

#[cfg(feature = "full")]
#[test]
fn a_kill_changes_no_poll() {
    let mut server = Server::start(UNPACED);
    let mut lin = person(&server, "Ms Lin", "host");
    let mut ann = person(&server, "Ann", "member");
    let named = open(&mut lin, json!({}));
    let secret = open(&mut lin, json!({"anonymous": true}));
    let closed = open(&mut lin, json!({}));
    lin.granted(act("publish_poll", &named));
    ann.granted(vote(&named, &[2]));
    ann.granted(vote(&named, &[1]));
    ann.granted(vote(&secret, &[0]));
    ann.granted(vote(&closed, &[0]));
    lin.granted(act("close_poll", &closed));
    server.kill();
    server.start_again();

    let mut ann = Chat::connect(server.addr, &server.token("Ann", "member"));
    let polls = ann.expect("joined")["polls"].clone();
    assert_eq!(
        (&polls[0]["seq"], &polls[0]["chosen"]),
        (&named, &json!([1]))
    );
    assert_eq!(polls[0]["published"], true);
    assert_eq!(
        (&polls[1]["seq"], &polls[1]["voted"]),
        (&secret, &json!(true))
    );
    assert_eq!(polls.as_array().unwrap().len(), 2);
    assert_eq!(ann.expect("tally")["votes"], json!([0, 1, 0]), "published");
    ann.refused(vote(&secret, &[0]), "already_voted");
    ann.refused(vote(&closed, &[1]), "poll_closed");
    let mut lin = person(&server, "Ms Lin", "host");
    assert_eq!(lin.expect("tally")["votes"], json!([0, 1, 0]));
    assert_eq!(ann.expect("poll_published")["of"], named, "of before");
    lin.granted(act("publish_poll", &closed));
    let published = ann.expect("poll_published");
    assert_eq!(published["of"], closed);
    assert_eq!(published["votes"], json!([1, 0, 0]));
    lin.granted(act("close_poll", &secret));
    lin.granted(act("publish_poll", &secret));
    let published = ann.expect("poll_published");
    assert_eq!(
        (&published["of"], &published["votes"]),
        (&secret, &json!([1, 0, 0]))
    );
}
