//! The history on a disk that does not keep its bytes: wrong bytes, missing files, and what an
//! operator does about it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{Chat, PATIENCE, Server, http, output};

pub const FAST: &str = "[limits]\nmessages_per_second = 0.0\n";

pub fn history(server: &Server) -> PathBuf {
    server.data().join("history.db")
}

pub fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Runs a command on the server's data, and gives what it said.
#[track_caller]
pub fn run(server: &Server, command: &str, arguments: &[&str], code: i32) -> String {
    let output = output(server.command(command).args(arguments));
    let said = words(&output);
    assert_eq!(output.status.code(), Some(code), "{command}: {said}");
    said
}

/// A start that is refused, and the sentence.
#[track_caller]
pub fn refused_start(server: &Server) -> String {
    run(server, "serve", &["--quiet", "--listen", "127.0.0.1:0"], 1)
}

/// A server that has stopped, with `count` messages in the lobby: `word 1 of Ann`, ….
#[track_caller]
fn stopped_with(count: u64) -> Server {
    let mut server = Server::start(FAST);
    let mut ann = Chat::member(&server, "Ann");
    for n in 1..=count {
        ann.say("lobby", &format!("word {n} of Ann"), &format!("ref {n}"));
    }
    for _ in 1..=count {
        ann.expect("ack");
    }
    drop(ann);
    server.stop();
    server
}

/// Makes the bytes of a text in the file invalid.
#[track_caller]
fn spoil(path: &Path, text: &str) {
    let bytes = fs::read(path).unwrap();
    let mut found = bytes.windows(text.len()).enumerate();
    let (at, _) = found
        .find(|(_, window)| *window == text.as_bytes())
        .expect(text);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(&[0xff], at as u64 + 1).unwrap();
}

/// Everything in the lobby from its first event on, as a client that resumes gets it.
#[track_caller]
fn resumed(server: &Server, epoch: &Value) -> Vec<Value> {
    let mut late = Chat::outside(server, "Late", "member");
    let since = json!({"epoch": epoch, "seq": 0});
    late.granted(json!({"type": "join", "room": "lobby", "since": since}));
    let joined = late.expect("joined");
    assert_eq!(joined["recovered"], true, "{joined}");
    late.so_far("message")
}

#[test]
fn one_wrong_byte_costs_one_text_and_not_the_history() {
    let mut server = Server::start(FAST);
    let mut ann = Chat::outside(&server, "Ann", "member");
    ann.granted(json!({"type": "join", "room": "lobby"}));
    let epoch = ann.expect("joined")["epoch"].clone();
    for text in ["before", "flamingo", "after"] {
        ann.granted(say(text));
    }
    let edit = json!({"type": "edit", "room": "lobby", "seq": 1, "text": "pelican"});
    ann.granted(edit);
    server.stop();
    let said = run(&server, "check", &[], 0);
    assert!(said.contains("no damage"), "{said}");
    let path = history(&server);
    spoil(&path, "flamingo");
    let damaged = fs::read(&path).unwrap();
    let said = run(&server, "check", &[], 1);
    assert!(
        said.contains("room \"lobby\", seq 2: text is not UTF-8"),
        "{said}"
    );
    assert_eq!(fs::read(&path).unwrap(), damaged, "check changes nothing");

    server.start_again();
    server.logged("room \"lobby\", seq 2");
    assert!(server.log().contains("glassroom check"), "{}", server.log());
    let events = resumed(&server, &epoch);
    let seqs: Vec<_> = events
        .iter()
        .filter_map(|event| event["seq"].as_u64())
        .collect();
    assert_eq!(seqs, [1, 2, 3], "{events:?}");
    assert_eq!(events[1]["deleted"], true, "{}", events[1]);
    assert_eq!(events[2]["text"], "after");
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "history", "room": "lobby"}));
    assert_eq!(
        bo.expect("history")["messages"].as_array().map(Vec::len),
        Some(3)
    );
    assert_eq!(bo.search("lobby", "after")[0]["seq"], 3);
    assert_eq!(bo.granted(say("and on"))["seq"], 5);
    let said = run(&server, "repair", &[], 1);
    assert!(said.contains("another glassroom"), "{said}");
    run(&server, "check", &[], 1);
    drop(bo);
    server.stop();

    let said = run(&server, "repair", &[], 0);
    assert!(said.contains("room \"lobby\", seq 2"), "{said}");
    assert!(
        server.data().join("history.damaged-1.db").exists(),
        "{said}"
    );
    run(&server, "check", &[], 0);
    server.start_again();
    assert_eq!(resumed(&server, &epoch).len(), 4);
    let mut bo = Chat::member(&server, "Bo");
    assert_eq!(bo.granted(say("and on again"))["seq"], 6);
    drop(bo);
    server.stop();
    let said = run(&server, "repair", &[], 0);
    assert!(said.contains("nothing to repair"), "{said}");
}

#[test]
fn a_name_that_is_damaged_does_not_keep_the_server_from_starting() {
    let mut server = stopped_with(3);
    spoil(&history(&server), "Annmember");
    run(&server, "check", &[], 1);
    server.start_again();
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "history", "room": "lobby"}));
    assert_eq!(bo.expect("history")["messages"][2]["text"], "word 3 of Ann");
    drop(bo);
    server.stop();
    run(&server, "repair", &[], 0);
    run(&server, "check", &[], 0);
}

#[test]
fn a_damaged_page_costs_its_messages_and_numbers_go_on() {
    let mut server = stopped_with(600);
    let path = history(&server);
    let bytes = fs::read(&path).unwrap();
    let needle = b"word 300 of Ann";
    let at = bytes
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap();
    let page = (at / 4096 * 4096) as u64;
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[0; 4096], page).unwrap();
    let said = run(&server, "check", &[], 1);
    assert!(said.contains("cannot be read"), "{said}");

    server.start_again();
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "history", "room": "lobby", "before": 320, "limit": 50}));
    let messages = bo.expect("history")["messages"].clone();
    let messages = messages.as_array().unwrap();
    assert_eq!(messages.len(), 50);
    assert!(
        messages.iter().any(|message| message["deleted"] == true),
        "{messages:?}"
    );
    assert_eq!(bo.search("lobby", "word 10 of")[0]["seq"], 10);
    assert_eq!(bo.granted(say("and on"))["seq"], 601);
    let header = format!("Authorization: Bearer {}\r\n", server.token("Lin", "host"));
    let transcript = http(
        server.addr,
        "GET",
        "/api/transcript.txt?room=lobby",
        &header,
        "",
    )
    .text();
    for text in ["word 1 of Ann", "word 600 of Ann", "and on"] {
        assert!(transcript.contains(text), "{text}");
    }
    drop(bo);
    server.stop();

    let said = run(&server, "repair", &[], 0);
    assert!(said.contains("event: room \"lobby\", seq 2"), "{said}");
    run(&server, "check", &[], 0);
    server.start_again();
    let mut bo = Chat::member(&server, "Bo");
    assert_eq!(bo.granted(say("and on again"))["seq"], 602);
}

#[test]
fn a_damaged_page_of_attendance_or_audit_does_not_keep_messages_from_being_stored() {
    for table in ["visits", "audit"] {
        let mut server = stopped_with(20);
        let path = history(&server);
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        let db = rusqlite::Connection::open(&path).unwrap();
        let page: u64 = db.query_row(root, [table], |row| row.get(0)).unwrap();
        drop(db);
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&[0xa5; 4096], (page - 1) * 4096).unwrap();
        server.start_again();
        let mut host = Chat::person(&server, "Lin", "host");
        let mut ann = Chat::member(&server, "Ann");
        assert_eq!(ann.granted(say("before"))["seq"], 21);
        host.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": true}));
        assert_eq!(host.granted(say("after"))["seq"], 23);
        drop((ann, host));
        server.logged(table);
        server.kill();
        server.start_again();
        let mut late = Chat::person(&server, "Late", "host");
        assert_eq!(late.granted(say("kept"))["seq"], 24, "{table}");
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_named_with_its_remedies_and_repaired() {
    type Damage = fn(&Path);
    let cut: Damage = |path| {
        let length = fs::metadata(path).unwrap().len();
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_len(length - 4096).unwrap();
    };
    let magic: Damage = |path| {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.write_all_at(b"SQLite", 0).unwrap();
        file.write_all_at(&[0xff; 60], 6).unwrap();
    };
    let first_page: Damage = |path| {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.write_all_at(&[0x55; 4096], 0).unwrap();
    };
    for damage in [cut, magic, first_page] {
        let mut server = stopped_with(200);
        let path = history(&server);
        damage(&path);
        let damaged = fs::read(&path).unwrap();
        run(&server, "check", &[], 1);
        let said = refused_start(&server);
        for word in ["history.db", "glassroom repair", "backup", "--new-history"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert_eq!(
            fs::read(&path).unwrap(),
            damaged,
            "the file is left as it is"
        );
        run(&server, "repair", &[], 0);
        run(&server, "check", &[], 0);
        let kept = server.data().join("history.damaged-1.db");
        assert_eq!(fs::read(kept).unwrap(), damaged);
        server.start_again();
        let mut bo = Chat::member(&server, "Bo");
        assert_eq!(bo.search("lobby", "word 2 of")[0]["seq"], 2);
        assert_eq!(bo.granted(say("and on"))["seq"], 201);
    }
}

#[test]
fn what_is_no_database_at_all_is_kept_and_a_new_history_begins_on_demand() {
    let mut server = stopped_with(3);
    let path = history(&server);
    fs::write(&path, "shopping list ".repeat(900)).unwrap();
    let said = refused_start(&server);
    assert!(said.contains("--new-history"), "{said}");
    let said = run(&server, "repair", &[], 1);
    assert!(said.contains("no history can be read"), "{said}");
    for damage in ["", "gone"] {
        match damage {
            "gone" => fs::remove_file(&path).unwrap(),
            _ => fs::write(&path, "").unwrap(),
        }
        let said = refused_start(&server);
        for word in ["history.db", "missing or empty", "backup", "--new-history"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        run(&server, "check", &[], 1);
    }
    fs::write(&path, "shopping list").unwrap();
    let mut anew = server.command("serve");
    let anew = anew.args(["--quiet", "--listen", "127.0.0.1:0", "--new-history"]);
    let mut child = anew.spawn().unwrap();
    let until = Instant::now() + PATIENCE;
    let old = server.data().join("history.old-1.db");
    while !old.exists() || run_code(&server, "check") != Some(0) {
        assert!(Instant::now() < until, "no new history");
        std::thread::yield_now();
    }
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(fs::read(&old).unwrap(), b"shopping list");
    server.start_again();
    let mut bo = Chat::member(&server, "Bo");
    assert_eq!(bo.granted(say("first"))["seq"], 1);
}

fn run_code(server: &Server, command: &str) -> Option<i32> {
    output(&mut server.command(command)).status.code()
}
