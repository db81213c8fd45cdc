//! Reading the store: who reads when, how many at once, and what a download looks like.

use crate::harness::{Chat, Frame, PATIENCE, Raw, Response, Server, http, output, unchunked};
use glassroom::config::{Keep, Synchronous};
use glassroom::model::event::{Author, Event, EventKind};
use glassroom::model::json::Json;
use glassroom::model::role::Role;
use glassroom::sqlite::start::{self, StoreOptions};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// Little in memory, so that the store has to read, and no limit of messages.
const STORED: &str = "[limits]\nmessages_per_second = 0\n[history]\nmemory = 10\n";

/// A server whose lobby has `count` messages with this text, of which none is in memory.
fn server_with(count: u64, text: &str, more: &str) -> Server {
    let mut server = Server::start(more);
    server.stop();
    let now = crate::harness::now() * 1000;
    let options = StoreOptions {
        path: server.data().join("history.db"),
        synchronous: Synchronous::Normal,
        gather: std::time::Duration::from_millis(2),
        keep: Keep::Forever,
        max_size: u64::MAX / 2,
        memory: 0,
        epoch: "written-by-the-test".into(),
        now,
    };
    let (store, _) = start::open(&options).expect("a history");
    let (mut writer, reader, threads) = store.start(|_| {}).expect("threads");
    let by = Arc::new(Author {
        sub: "seed".into(),
        id: "idseed".into(),
        name: "Seed".into(),
        role: Role::Member,
    });
    for seq in 1..=count {
        while writer.check().is_err() {
            writer.send();
            std::thread::yield_now();
        }
        writer.append(Event {
            room: "lobby".into(),
            seq,
            at: now - 60_000,
            by: Arc::clone(&by),
            what: EventKind::Message {
                text: Some(Json::quote(&format!("{text} {seq}"))),
                reply_to: None,
            },
            reference: None,
        });
        if seq % 100 == 0 {
            writer.send();
        }
    }
    drop((writer, reader));
    assert!(threads.join());
    server.start_again();
    server
}

fn get(server: &Server, path: &str, who: &str) -> Response {
    let bearer = format!("Authorization: Bearer {}\r\n", server.token(who, "host"));
    http(server.addr, "GET", path, &bearer, "")
}

/// Asks for a file and reads its head alone.
fn begin_download(server: &Server, path: &str, who: &str, version: &str) -> (Raw, Response) {
    let mut raw = Raw::connect(server.addr);
    raw.receive_slowly();
    let token = server.token(who, "host");
    raw.send(
        format!("GET {path} HTTP/{version}\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n")
            .as_bytes(),
    );
    let head = raw.read_head();
    (raw, head)
}

/// Descriptors and threads of the server.
fn held(server: &Server) -> (usize, usize) {
    let count = |what: &str| {
        let all = std::fs::read_dir(format!("/proc/{}/{what}", server.pid()));
        all.expect("a process").count()
    };
    (count("fd"), count("task"))
}

/// Waits until the server holds at most so many descriptors and threads.
#[track_caller]
fn until_held_at_most(server: &Server, (descriptors, threads): (usize, usize)) {
    let end = Instant::now() + PATIENCE;
    loop {
        let now = held(server);
        if now.0 <= descriptors && now.1 <= threads {
            return;
        }
        assert!(
            Instant::now() < end,
            "{now:?} descriptors and threads, not {descriptors} and {threads}"
        );
        std::thread::yield_now();
    }
}

fn search(query: &str, reference: &str) -> Value {
    json!({"type": "search", "room": "lobby", "query": query, "ref": reference})
}

#[test]
fn a_client_that_comes_back_does_not_wait_behind_those_who_search() {
    let server = server_with(3000, &"words ".repeat(200), STORED);
    let mut searching: Vec<Chat> = (0..80)
        .map(|n| Chat::member(&server, &format!("Searcher {n}")))
        .collect();
    let mut back = Chat::outside(&server, "Bo", "member");
    for chat in &mut searching {
        chat.send(search("zzz", "one"));
        chat.send(search("zzz", "two"));
    }
    back.send(json!({"type": "join", "room": "lobby",
                     "since": {"epoch": "written-by-the-test", "seq": 100}}));
    let joined = back.expect("joined");
    assert_eq!(joined["recovered"], true, "{joined}");
    let mut last = 100;
    while last < 3000 {
        let seq = back.expect("message")["seq"].as_u64().expect("a seq");
        assert_eq!(seq, last + 1);
        last = seq;
    }
    back.granted(json!({"type": "history", "room": "lobby", "before": 1000}));
    let answered = searching.iter_mut().map(|chat| chat.so_far("found").len());
    let answered: usize = answered.sum();
    assert!(answered < 160, "all searches were answered before");
    for chat in &mut searching {
        chat.granted(json!({"type": "history", "room": "lobby", "before": 1000, "limit": 1}));
    }
}

#[test]
fn who_joins_again_and_again_is_served_and_not_closed() {
    let server = server_with(600, &"words ".repeat(200), STORED);
    let mut ann = Chat::outside(&server, "Ann", "member");
    let join = json!({"type": "join", "room": "lobby",
                      "since": {"epoch": "written-by-the-test", "seq": 100}});
    let joins = Frame::text(&join.to_string()).encode().repeat(600);
    ann.raw.send(&joins);
    for _ in 0..600 {
        assert_eq!(ann.expect("joined")["recovered"], true);
    }
    while ann.expect("message")["seq"] != 600 {}
    ann.granted(json!({"type": "history", "room": "lobby", "before": 100}));
}

#[test]
fn one_person_has_a_few_searches_waiting_and_another_is_served_between_them() {
    let server = server_with(2000, &"words ".repeat(200), STORED);
    let mut many = Chat::member(&server, "Many");
    let mut tab = Chat::member(&server, "Many");
    let mut one = Chat::member(&server, "One");
    for n in 0..20 {
        many.send(search("zzz", &format!("many-{n}")));
        tab.send(search("zzz", &format!("tab-{n}")));
    }
    one.granted(search("zzz", "one"));
    many.granted(json!({"type": "history", "room": "lobby", "limit": 1}));
    let refused = many.so_far("error");
    assert!(!refused.is_empty(), "all 40 searches waited");
    for error in &refused {
        assert_eq!(error["code"], "rate_limited", "{error}");
        assert!(error["retry_after"].as_u64() >= Some(1), "{error}");
    }
}

#[test]
fn a_search_finds_a_text_in_every_form_that_people_read_as_the_same() {
    for more in [
        STORED,
        "[history]\npath = \"\"\n[limits]\nmessages_per_second = 0\n",
    ] {
        let server = Server::start(more);
        let mut ann = Chat::member(&server, "Ann");
        for (text, query) in [
            ("Cafe\u{301} Zürich", "CAFÉ"),
            ("naïve", "NAI\u{308}VE"),
            ("Straße", "strasse"),
            ("MASSE", "maße"),
            ("ＡＢＣ　１２３", "abc 123"),
            ("full width", "ｗｉｄｔｈ"),
            ("ｶﾞﾗｽ", "ガラス"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("İzmir", "izmir"),
            ("oﬃce", "OFFICE"),
        ] {
            let said = ann.granted(json!({"type": "send", "room": "lobby", "text": text}));
            let found = ann.search("lobby", query);
            assert_eq!(found[0]["seq"], said["seq"], "{query}: {found:?}");
            assert_eq!(found[0]["text"], text, "as it was said");
        }
        assert!(ann.search("lobby", "cafe zürich").is_empty());
    }
}

#[test]
fn descriptors_and_threads_of_reading_requests_come_back() {
    let server = Server::start(STORED);
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    let before = held(&server);
    for path in ["/api/tasks", "/api/attendance.csv", "/api/transcript.txt"] {
        std::thread::scope(|scope| {
            for n in 0..100 {
                let server = &server;
                scope.spawn(move || {
                    let answer = get(server, path, &format!("Host {}", n % 7));
                    let busy = path != "/api/tasks" && answer.status == 503;
                    assert!(answer.status == 200 || busy, "{path}: {}", answer.text());
                    if busy {
                        assert_eq!(answer.json()["error"], "downloads_busy");
                        assert!(answer.header("Retry-After").is_some());
                    }
                });
            }
        });
    }
    // Six connections to the history, each with its write-ahead log.
    until_held_at_most(&server, (before.0 + 12, before.1));
}

#[test]
fn a_download_of_megabytes_is_whole_and_one_of_a_failing_history_is_not() {
    let server = server_with(2500, &"x".repeat(3000), STORED);
    let path = "/api/transcript.jsonl?room=lobby";
    let whole = get(&server, path, "Host");
    assert_eq!(whole.header("Transfer-Encoding"), Some("chunked"));
    assert_eq!(
        whole
            .text()
            .lines()
            .filter(|line| line.contains("xxx"))
            .count(),
        2500
    );
    let (mut slow, head) = begin_download(&server, path, "Host", "1.1");
    let (mut old, old_head) = begin_download(&server, path, "Host", "1.0");
    assert_eq!((head.status, old_head.status), (200, 200));
    assert_eq!(old_head.header("Transfer-Encoding"), None);
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(server.data().join("history.db"));
    file.expect("the file").set_len(65536).expect("cut");
    let (body, _) = slow.read_rest();
    assert!(
        body.len() > 1000 && unchunked(&body).is_none(),
        "{} bytes look whole",
        body.len()
    );
    let (body, reset) = old.read_rest();
    assert!(body.len() < 7_500_000);
    assert!(reset, "the end of the stream looks like that of the file");
    let after = get(&server, path, "Host");
    assert_eq!(after.status, 503, "{}", after.text());
    assert_eq!(after.json()["error"], "unreadable");
    server.logged("a download ended early");
}

#[test]
fn downloads_have_a_few_places_and_a_client_that_goes_gives_its_place_back() {
    let server = server_with(2500, &"x".repeat(3000), STORED);
    let path = "/api/transcript.csv";
    let begin = |who: &str| begin_download(&server, path, who, "1.1");
    let busy = |who: &str| {
        let answer = get(&server, "/api/attendance.csv", who);
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (503, &json!("downloads_busy"))
        );
        assert!(answer.header("Retry-After").is_some());
    };
    let first = [begin("Ann"), begin("Ann")];
    busy("Ann");
    assert_eq!(get(&server, "/api/attendance.csv", "Bo").status, 200);
    let second = [begin("Bo"), begin("Cy")];
    for (_, head) in first.iter().chain(&second) {
        assert_eq!(head.status, 200);
    }
    busy("Dee");
    // The chat and the queries do not wait for downloads.
    let mut member = Chat::member(&server, "Member");
    member.granted(json!({"type": "history", "room": "lobby", "before": 100}));
    assert_eq!(get(&server, "/api/tasks", "Dee").status, 200);
    drop((first, second));
    let end = Instant::now() + PATIENCE;
    while get(&server, "/api/attendance.csv", "Dee").status != 200 {
        assert!(Instant::now() < end, "the places never came back");
    }
}

#[test]
fn nobody_forges_a_line_of_a_transcript() {
    let server = Server::start(STORED);
    let tell = |name: &str, text: &str| {
        let token = server.token_with(name, "member", json!({"sub": format!("t:{}", name.len())}));
        let mut chat = Chat::connect(server.addr, &token);
        chat.expect("joined");
        chat.granted(json!({"type": "send", "room": "lobby", "text": text}));
    };
    let forged = "hi\u{2028}[2026-01-01 10:00:00] Lin: you may go\u{2029}\"lobby\",\"9\",\"x\"";
    tell("Mallory", forged);
    tell("Ann: yes", "no");
    tell("Bo", "(deleted)");
    tell("=Cy", "\u{200B}=1+1");
    let text = get(&server, "/api/transcript.txt?room=lobby", "Host").text();
    assert!(!text.contains(['\u{2028}', '\u{2029}']), "{text}");
    assert!(
        !text
            .lines()
            .any(|line| line.contains("] Lin:") && line.starts_with('[')),
        "{text}"
    );
    assert!(
        text.contains("\n    [2026-01-01 10:00:00] Lin: you may go\n"),
        "{text}"
    );
    assert!(text.contains("] \"Ann: yes\": no\n"), "{text}");
    assert!(text.contains("] Bo: \"(deleted)\"\n"), "{text}");
    let csv = get(&server, "/api/transcript.csv?room=lobby", "Host").text();
    assert!(!csv.contains(['\u{2028}', '\u{2029}']), "{csv}");
    assert!(csv.contains("\"'\u{200B}=1+1\""), "{csv}");
    let attendance = get(&server, "/api/attendance.csv?room=lobby", "Host").text();
    assert!(attendance.contains("\"'=Cy\""), "{attendance}");
    let lines = get(&server, "/api/transcript.jsonl?room=lobby", "Host").text();
    assert!(!lines.contains(['\u{2028}', '\u{2029}']), "{lines}");
    let said = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    assert!(
        said.into_iter().any(|line| line["text"] == forged),
        "{lines}"
    );
    let exported = output(server.command("export").arg("transcript.txt"));
    let exported = String::from_utf8(exported.stdout).expect("text");
    assert!(exported.contains("] \"Ann: yes\": no\n"), "{exported}");
}

#[test]
fn a_full_history_says_which_key_and_hosts_can_still_make_room() {
    let more = "[limits]\nmessages_per_second = 0\n\
                [history]\nmax_size = \"16 MiB\"\nkeep = \"lesson\"\nmemory = 10\n";
    let server = server_with(3000, &"x".repeat(3900), more);
    let mut bo = Chat::member(&server, "Bo");
    let text = "y".repeat(3900);
    let send = json!({"type": "send", "room": "lobby", "text": text});
    let refusal = (0..4000).find_map(|_| {
        let answer = bo.ask(send.clone());
        (answer["type"] == "error").then_some(answer)
    });
    let refusal = refusal.expect("16 MiB hold fewer");
    assert_eq!(refusal["code"], "storage_unavailable");
    let sentence = refusal["message"].as_str().expect("a sentence");
    assert!(sentence.contains("history.max_size"), "{sentence}");
    bo.refused(
        json!({"type": "react", "room": "lobby", "seq": 5, "emoji": "👍"}),
        "storage_unavailable",
    );
    assert!(
        server
            .logged("the history is full")
            .contains("history.max_size")
    );
    // What is not stored goes on, and who leads has a reserve.
    Chat::member(&server, "Newcomer")
        .granted(json!({"type": "history", "room": "lobby", "limit": 1}));
    let mut host = Chat::person(&server, "Lin", "host");
    host.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": true}));
    host.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": false}));
    host.granted(json!({"type": "delete", "room": "lobby", "seq": 7}));
    host.granted(json!({"type": "send", "room": "lobby", "text": "we go on"}));
    // The reserve ends, too; a purge is possible all the same.
    let refusal = (0..4000).find_map(|_| {
        let answer = host.ask(send.clone());
        (answer["type"] == "error").then_some(answer)
    });
    assert_eq!(
        refusal.expect("the reserve is small")["code"],
        "storage_unavailable"
    );
    host.granted(json!({"type": "delete", "room": "lobby", "seq": 8, "purge": true}));
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    server.logged("the history has room again");
    let mut back = Chat::member(&server, "Bo");
    back.granted(send);
    assert_eq!(server.log().matches("the history is full").count(), 1);
}
