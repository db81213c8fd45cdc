//! The end of a lesson leaves nothing behind for the next class, and keeps what came of it.

use serde_json::{Value, json};

#[cfg(feature = "full")]
use crate::harness::http;
use crate::harness::{Chat, Guest, Server, UNPACED};

/// Without a history, too.
const NO_HISTORY: &str = "[history]\npath = \"\"\n";

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

fn end_lesson(host: &mut Chat) {
    host.granted(moderate("end_lesson", json!({"seconds": 0})));
}

fn start_lesson(host: &mut Chat) {
    host.granted(moderate("start_lesson", json!({})));
}

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

/// Opens a poll with the choices `yes` and `no`; gives its number.
fn ask(host: &mut Chat, question: &str) -> Value {
    let poll =
        json!({"type": "poll", "room": "lobby", "question": question, "choices": ["yes", "no"]});
    host.granted(poll)["seq"].clone()
}

#[cfg(feature = "full")]
fn transcript(server: &Server, query: &str) -> String {
    let bearer = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ms Lin", "host")
    );
    let path = format!("/api/transcript.txt{query}");
    let file = http(server.addr, "GET", &path, &bearer, "");
    assert_eq!(file.status, 200, "{}", file.text());
    file.text()
}

#[test]
fn a_poll_that_is_open_at_the_end_of_a_lesson_is_closed_with_its_result() {
    for more in ["", NO_HISTORY] {
        let server = Server::start(&format!("{UNPACED}{more}"));
        let mut lin = Chat::person(&server, "Ms Lin", "host");
        let mut ann = Chat::member(&server, "Ann");
        let closed = ask(&mut lin, "Before?");
        lin.granted(moderate(
            "close_poll",
            json!({"room": "lobby", "poll": closed}),
        ));
        let open = ask(&mut lin, "Did you follow?");
        let shown = ask(&mut lin, "And now?");
        lin.granted(moderate(
            "publish_poll",
            json!({"room": "lobby", "poll": shown}),
        ));
        for poll in [&open, &shown] {
            let vote = json!({"type": "vote", "room": "lobby", "poll": poll, "choices": [0]});
            ann.granted(vote);
        }
        ann.granted(json!({"type": "hand", "room": "lobby", "up": true}));
        end_lesson(&mut lin);
        let boundary = lin.expect("lesson_ended")["seq"].as_u64().unwrap();
        let told = lin.so_far("poll_closed");
        let of: Vec<&Value> = told.iter().map(|it| &it["of"]).collect();
        assert_eq!(
            of,
            [&open, &shown],
            "the first was closed already: {told:?}"
        );
        for outcome in &told {
            assert!(outcome["seq"].as_u64() < Some(boundary), "{outcome}");
            assert_eq!(outcome["by"]["name"], "Ms Lin");
            assert_eq!(outcome["count"], 1);
        }
        assert_eq!(told[0].get("votes"), None, "not published");
        assert_eq!(told[1]["votes"], json!([1, 0]));
        // Those who lead have the last sums of it all the same.
        let sums = lin.so_far("tally");
        let last = sums.iter().rfind(|tally| tally["poll"] == open).unwrap();
        assert_eq!(
            (&last["closed"], &last["votes"]),
            (&json!(true), &json!([1, 0]))
        );
        #[cfg(feature = "full")]
        if more.is_empty() {
            let text = transcript(&server, "?lesson=1");
            for line in [
                "Ms Lin closed the poll: Did you follow? / 1 yes / 0 no / 1 persons voted",
                "Ms Lin closed the poll: And now? / 1 yes / 0 no / 1 persons voted",
            ] {
                assert_eq!(text.matches(line).count(), 1, "{text}");
            }
        }
        start_lesson(&mut lin);
        let mut bo = Chat::connect(server.addr, &server.token("Bo", "member"));
        let joined = bo.expect("joined");
        let nothing = (Value::Null, json!([]));
        assert_eq!((joined["polls"].clone(), joined["hands"].clone()), nothing);
        bo.expect_no("poll_closed");
    }
}

#[test]
fn the_next_class_starts_in_an_open_room() {
    for more in ["", NO_HISTORY] {
        let mut server = Server::start(&format!("{UNPACED}{more}"));
        let mut lin = Chat::person(&server, "Ms Lin", "host");
        let mut ann = Chat::member(&server, "Ann");
        let pinned = lin.granted(say("read this"))["seq"].clone();
        for (action, rule) in [
            ("approve", json!({"on": true})),
            ("slow", json!({"seconds": 60})),
            ("pin", json!({"seq": pinned})),
        ] {
            let mut request = moderate(action, rule);
            request["room"] = json!("lobby");
            lin.granted(request);
        }
        ann.granted(say("may I?"));
        lin.granted(moderate("lock", json!({"room": "lobby", "on": true})));
        lin.so_far("state");
        end_lesson(&mut lin);
        assert_eq!(ann.expect("rejected")["why"], "lesson_ended");
        let boundary = lin.expect("lesson_ended")["seq"].as_u64().unwrap();
        let open = json!({"locked": false, "slow": 0, "approve": false});
        let told = lin.expect("state");
        assert_eq!(told["state"], open);
        assert!(told["seq"].as_u64() < Some(boundary), "{told}");
        // What somebody prepares for the next lesson holds in it.
        start_lesson(&mut lin);
        for again in [false, true] {
            if again {
                if !cfg!(feature = "full") || !more.is_empty() {
                    break;
                }
                server.kill();
                server.start_again();
            }
            let mut bo = Chat::connect(server.addr, &server.token("Bo", "member"));
            let joined = bo.expect("joined");
            assert_eq!((&joined["state"], &joined["pin"]), (&open, &Value::Null));
            bo.expect_no("state");
            let sent = bo.granted(say("one"));
            assert_eq!(sent.get("pending"), None);
            bo.granted(say("two"));
            let mut lin = Chat::connect(server.addr, &server.token("Ms Lin", "host"));
            assert_eq!(lin.expect("joined").get("pending"), None);
        }
    }
}

#[test]
fn the_names_of_the_last_class_are_free_for_the_next_one() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let name = |chat: &mut Chat| chat.expect("welcome")["you"]["name"].clone();
    let ann = Guest::join(&server, "Ann", None);
    let mut ann = Chat::connect(server.addr, &ann.token);
    let bo = Guest::join(&server, "Bo", None);
    // He has left before the end.
    drop(Chat::connect(server.addr, &bo.token));
    let mut other = Guest::join(&server, "Ann", None).connect(&server);
    assert_eq!(name(&mut other), "Ann 2");
    let mut cy = Chat::member(&server, "Cy");
    end_lesson(&mut lin);
    for chat in [&mut ann, &mut other, &mut cy] {
        chat.expect_close(4503);
    }
    start_lesson(&mut lin);
    for asked in ["Ann", "Bo"] {
        let next = Guest::join(&server, asked, None);
        assert_eq!(name(&mut next.connect(&server)), asked);
    }
    // The token of somebody who is no guest is good, and the name stays theirs.
    let next = Guest::join(&server, "Cy", None);
    assert_eq!(name(&mut next.connect(&server)), "Cy 2");
}

#[cfg(feature = "full")]
#[test]
fn nothing_that_the_old_class_says_while_the_end_is_stored_is_in_the_next_lesson() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut guest = Guest::join(&server, "Ann", None).connect(&server);
    let mut member = Chat::member(&server, "Bo");
    let seq = lin.granted(say("hello"))["seq"].clone();
    // Another program writes, and the server waits for it: for less than it takes for a failure.
    let db = rusqlite::Connection::open(server.data().join("history.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    lin.send(moderate("end_lesson", json!({"seconds": 0, "ref": "end"})));
    lin.expect("lesson_ended");
    let said = [
        say("left"),
        json!({"type": "edit", "room": "lobby", "seq": seq, "text": "mine"}),
        json!({"type": "react", "room": "lobby", "seq": seq, "emoji": "👍"}),
        json!({"type": "typing", "room": "lobby"}),
        json!({"type": "hand", "room": "lobby", "up": true}),
        json!({"type": "second", "room": "lobby", "hand": 1, "on": true}),
        json!({"type": "vote", "room": "lobby", "poll": 1, "choices": [0]}),
        json!({"type": "report", "room": "lobby", "user": lin.id}),
        json!({"type": "whisper", "to": "hosts", "text": "bye"}),
        json!({"type": "whisper", "to": lin.id, "text": "bye"}),
    ];
    for old in [&mut guest, &mut member] {
        old.expect("lesson_ended");
        for request in &said {
            old.refused(request.clone(), "no_lesson");
        }
    }
    db.execute_batch("ROLLBACK").unwrap();
    assert_eq!(lin.expect("ack")["ref"], "end");
    guest.expect_close(4503);
    member.expect_close(4503);
    start_lesson(&mut lin);
    let mut next = Guest::join(&server, "Cy", None).connect(&server);
    next.granted(json!({"type": "history", "room": "lobby"}));
    assert_eq!(next.expect("history")["messages"], json!([]));
    next.granted(say("we are here"));
}
