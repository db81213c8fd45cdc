//! Lessons that have ended: those who lead read and download them, and nobody changes them.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED};
#[cfg(feature = "full")]
use crate::harness::{Guest, http};

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn moderate(action: &str) -> Value {
    match action {
        "end_lesson" => json!({"type": "moderate", "action": action, "seconds": 0}),
        _ => json!({"type": "moderate", "action": action}),
    }
}

fn history(lesson: u64) -> Value {
    json!({"type": "history", "room": "lobby", "lesson": lesson})
}

fn search(lesson: u64, query: &str) -> Value {
    json!({"type": "search", "room": "lobby", "query": query, "lesson": lesson})
}

fn lessons() -> Value {
    json!({"type": "lessons", "room": "lobby"})
}

/// The texts of the page or of what was found.
fn texts(chat: &mut Chat, request: Value) -> Vec<String> {
    let kind = match request["type"].as_str() {
        Some("search") => "found",
        _ => "history",
    };
    chat.granted(request);
    let answer = chat.expect(kind);
    let messages = answer["messages"].as_array().unwrap();
    let text = |message: &Value| message["text"].as_str().unwrap().to_owned();
    messages.iter().map(text).collect()
}

/// Number, first and last event of each lesson, and whether its times are known.
fn listed(chat: &mut Chat) -> Vec<(u64, u64, Option<u64>, bool, bool)> {
    chat.granted(lessons());
    let list = chat.expect("lessons");
    let number = |lesson: &Value, key: &str| lesson[key].as_u64();
    let one = |it: &Value| {
        let (began, ended) = (number(it, "began"), number(it, "ended"));
        assert!(began.unwrap_or(0) <= ended.unwrap_or(u64::MAX), "{it}");
        (
            number(it, "lesson").unwrap(),
            number(it, "from_seq").unwrap(),
            number(it, "to_seq"),
            began.is_some(),
            ended.is_some(),
        )
    };
    list["lessons"]
        .as_array()
        .unwrap()
        .iter()
        .map(one)
        .collect()
}

/// Two lessons that have ended and one that runs, with a message each.
fn three_lessons(server: &Server) -> Chat {
    let mut lin = Chat::person(server, "Ms Lin", "host");
    for text in ["first of all", "second of all"] {
        Chat::member(server, "Ann").granted(say(text));
        lin.granted(moderate("end_lesson"));
        lin.granted(moderate("start_lesson"));
    }
    Chat::member(server, "Ann").granted(say("third of all"));
    lin
}

fn read_them(more: &str) {
    let mut server = Server::start(&format!("{UNPACED}{more}"));
    let mut lin = three_lessons(&server);
    let mut ann = Chat::member(&server, "Ann");
    let mut watcher = Chat::person(&server, "Oz", "observer");
    for chat in [&mut ann, &mut watcher] {
        for request in [
            history(1),
            history(3),
            history(9),
            search(1, "all"),
            lessons(),
        ] {
            chat.refused(request, "forbidden");
        }
        chat.expect_no("lessons");
    }
    for again in [false, true] {
        if again {
            if !more.is_empty() || !cfg!(feature = "full") {
                break;
            }
            server.kill();
            server.start_again();
            lin = Chat::person(&server, "Ms Lin", "host");
        }
        let of_a_room = json!({"rooms": ["lobby"]});
        let of_a_room = server.token_with("Rae", "moderator", of_a_room);
        let mut leaders = [
            Chat::person(&server, "Max", "moderator"),
            Chat::connect(server.addr, &of_a_room),
        ];
        for chat in leaders.iter_mut().chain([&mut lin]) {
            let list = listed(chat);
            assert_eq!(
                list,
                [
                    (3, 5, None, true, false),
                    (2, 3, Some(4), true, true),
                    (1, 1, Some(2), true, true)
                ]
            );
            assert_eq!(texts(chat, history(1)), ["first of all"]);
            assert_eq!(texts(chat, history(2)), ["second of all"]);
            assert_eq!(texts(chat, history(3)), ["third of all"]);
            let present = json!({"type": "history", "room": "lobby"});
            assert_eq!(texts(chat, present), ["third of all"]);
            assert_eq!(texts(chat, search(1, "all")), ["first of all"]);
            assert_eq!(texts(chat, search(2, "first")), [""; 0]);
            assert_eq!(texts(chat, search(3, "all")), ["third of all"]);
            for wrong in [0, 4, u64::MAX] {
                chat.refused(history(wrong), "not_found");
                chat.refused(search(wrong, "all"), "not_found");
            }
        }
        // Reading is all: nothing in it changes.
        for request in [
            json!({"type": "delete", "room": "lobby", "seq": 1}),
            json!({"type": "react", "room": "lobby", "seq": 1, "emoji": "👍"}),
            json!({"type": "moderate", "action": "pin", "room": "lobby", "seq": 1}),
        ] {
            lin.refused(request, "not_found");
        }
    }
    lin.granted(moderate("end_lesson"));
    let list = listed(&mut lin);
    assert_eq!((list.len(), list[0]), (3, (3, 5, Some(6), true, true)));
    assert_eq!(texts(&mut lin, history(3)), ["third of all"]);
    lin.refused(history(4), "not_found");
    lin.refused(
        json!({"type": "lessons", "room": "nowhere"}),
        "unknown_room",
    );
}

#[test]
#[cfg(feature = "full")]
fn those_who_lead_read_ended_lessons_and_members_do_not() {
    read_them("");
}

#[test]
fn those_who_lead_read_ended_lessons_from_memory() {
    read_them("[history]\npath = \"\"\n");
}

#[test]
#[cfg(feature = "full")]
fn a_download_has_the_lesson_that_runs_or_the_last_or_the_one_that_is_named() {
    let server = Server::start(UNPACED);
    let mut lin = three_lessons(&server);
    let mut bo = Guest::join(&server, "Bo", None).connect(&server);
    bo.granted(say("here"));
    let token = server.token("Ms Lin", "host");
    let get = |path: &str| {
        let bearer = format!("Authorization: Bearer {token}\r\n");
        http(server.addr, "GET", &format!("/api/{path}"), &bearer, "")
    };
    let has = |path: &str, words: &[&str]| {
        let file = get(path);
        assert_eq!(file.status, 200, "{path}: {}", file.text());
        for word in ["first of", "second of", "third of", "Bo"] {
            let expected = words.contains(&word);
            assert_eq!(
                file.text().contains(word),
                expected,
                "{path} {word}: {}",
                file.text()
            );
        }
    };
    for file in ["transcript.txt", "transcript.csv", "transcript.jsonl"] {
        has(file, &["third of", "Bo"]);
        has(&format!("{file}?lesson=3"), &["third of", "Bo"]);
        has(&format!("{file}?lesson=2"), &["second of"]);
        has(&format!("{file}?lesson=1&room=lobby"), &["first of"]);
        let everything = ["first of", "second of", "third of", "Bo"];
        has(&format!("{file}?lesson=all"), &everything);
        has(&format!("{file}?from=0"), &everything);
    }
    has("attendance.csv", &["Bo"]);
    has("attendance.csv?lesson=2", &[]);
    let attendance = get("attendance.csv?lesson=1").text();
    assert!(
        attendance.contains("Ann") && !attendance.contains("still here"),
        "{attendance}"
    );
    for (wrong, status, slug) in [
        ("attendance.csv?lesson=4", 404, "unknown_lesson"),
        ("transcript.txt?lesson=0", 404, "unknown_lesson"),
        ("transcript.txt?lesson=last", 400, "bad_query"),
        ("tasks.csv?lesson=1", 400, "bad_query"),
    ] {
        let refused = get(wrong);
        assert_eq!(refused.status, status, "{wrong}");
        assert_eq!(refused.json()["error"], slug, "{wrong}");
    }
    lin.granted(moderate("end_lesson"));
    drop(bo);
    has("transcript.txt", &["third of", "Bo"]);
    has("attendance.csv", &["Bo"]);
    lin.granted(moderate("start_lesson"));
    has("transcript.txt", &[]);
    has("attendance.csv", &[]);
    has("transcript.txt?lesson=3", &["third of", "Bo"]);
}
