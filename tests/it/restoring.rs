//! `glassroom restore`: a backup takes the place of the history, and nothing is lost.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::damage::{FAST, history, run, say};
use crate::harness::{Chat, Server, http};

/// The texts that a new member finds in the lobby.
#[track_caller]
fn texts(server: &Server) -> Vec<String> {
    let mut late = Chat::member(server, "Late");
    late.granted(json!({"type": "history", "room": "lobby"}));
    let page = late.expect("history");
    let messages = page["messages"].as_array().unwrap();
    let texts = messages
        .iter()
        .filter_map(|message| message["text"].as_str());
    texts.map(str::to_owned).collect()
}

/// A server that was killed after `early`, a backup to the returned file, and `late`.
#[track_caller]
fn killed_after_a_backup() -> (Server, String) {
    let mut server = Server::start(FAST);
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(say("early"));
    let copy = server.data().with_file_name("monday.db");
    let name = copy.to_str().unwrap().to_owned();
    run(&server, "backup", &[&name], 0);
    ann.granted(say("late"));
    server.kill(); // its write-ahead log stays
    (server, name)
}

fn exists(server: &Server, name: &str) -> bool {
    server.data().join(name).exists()
}

#[test]
fn a_backup_takes_the_place_of_the_history_which_is_kept() {
    let (mut server, copy) = killed_after_a_backup();
    let said = run(&server, "restore", &[&copy], 0);
    for words in ["history.replaced-1.db", "forget", "start the server"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    for gone in ["history.db-wal", "history.db-shm", "history.db.restored"] {
        assert!(!exists(&server, gone), "{gone}");
    }
    run(&server, "check", &[], 0);
    server.start_again();
    assert_eq!(texts(&server), ["early"]);
    let mut bo = Chat::member(&server, "Bo");
    assert_eq!(bo.granted(say("on"))["seq"], 2);
    drop(bo);
    let log = server.log();
    assert!(!log.contains("lost its write-ahead log"), "{log}");
    assert!(!log.contains("another one than last time"), "{log}");
    server.stop();
    // The history from before is a backup like any other, and has what came later.
    let kept = server.data().join("history.replaced-1.db");
    run(&server, "restore", &[kept.to_str().unwrap()], 0);
    assert!(exists(&server, "history.replaced-2.db"));
    server.start_again();
    assert_eq!(texts(&server), ["early", "late"]);
}

#[test]
fn a_running_server_keeps_its_history() {
    let (mut server, copy) = killed_after_a_backup();
    server.start_again();
    let said = run(&server, "restore", &[&copy], 1);
    for words in ["another glassroom (process ", "stop it"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(texts(&server), ["early", "late"]);
    assert!(!exists(&server, "history.replaced-1.db"));
}

/// Everything in the data directory, by name.
fn content(data: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn what_is_no_sound_history_is_refused_and_nothing_changes() {
    let (server, copy) = killed_after_a_backup();
    let before = content(&server.data());
    let beside = |name: &str| server.data().with_file_name(name);
    let foreign = beside("foreign.db");
    let db = rusqlite::Connection::open(&foreign).unwrap();
    db.execute_batch("CREATE TABLE shopping (item)").unwrap();
    drop(db);
    let damaged = beside("damaged.db");
    let mut bytes = fs::read(&copy).unwrap();
    let middle = bytes.len() / 2;
    bytes[4096..middle].fill(0xff);
    fs::write(&damaged, bytes).unwrap();
    fs::write(beside("list.db"), "shopping list ".repeat(900)).unwrap();
    fs::write(beside("empty.db"), "").unwrap();
    for (name, words) in [
        ("foreign.db", "not a history"),
        ("damaged.db", "is damaged"),
        ("list.db", "Nothing was changed"),
        ("empty.db", "Nothing was changed"),
        ("missing.db", "No such file"),
        ("data/history.db", "is the history itself"),
    ] {
        let said = run(&server, "restore", &[beside(name).to_str().unwrap()], 1);
        assert!(said.contains(words), "{name}: {said}");
        assert!(content(&server.data()) == before, "{name}: {said}");
    }
}

#[test]
fn a_backup_is_restored_into_a_new_data_directory() {
    let (mut server, copy) = killed_after_a_backup();
    fs::remove_dir_all(server.data()).unwrap();
    let said = run(&server, "restore", &[&copy], 0);
    assert!(!said.contains("is kept"), "{said}");
    server.start_again();
    assert_eq!(texts(&server), ["early"]);
    assert!(history(&server).exists());
    let mut bo = Chat::member(&server, "Bo");
    assert_eq!(bo.granted(say("on"))["seq"], Value::from(2));
}

/// A member with a token, an own id, and the code of the class.
#[track_caller]
fn who_is_there(server: &Server, token: &str) -> (Value, Value) {
    let mut host = Chat::outside(server, "Ms Lin", "host");
    let code = host.expect("welcome")["class_code"].clone();
    let mut ann = Chat::connect(server.addr, token);
    (ann.expect("welcome")["you"]["id"].clone(), code)
}

#[test]
fn on_a_new_machine_everybody_comes_back_with_their_tokens_and_the_class_code() {
    let mut server = Server::start(FAST);
    let ann = server.token("Ann", "member");
    let before = who_is_there(&server, &ann);
    let links = run(&server, "link", &["--name", "Bo"], 0);
    let copy = server.data().with_file_name("monday.db");
    let copy = copy.to_str().unwrap();
    let said = run(&server, "backup", &[copy], 0);
    assert!(said.contains(", with lesson, links, secret, "), "{said}");
    server.stop();
    let secret = fs::read(server.data().join("secret")).unwrap();
    fs::remove_dir_all(server.data()).unwrap();
    // As after the installation of a package, which starts the server at once.
    server.start_again();
    server.stop();
    let new_secret = fs::read(server.data().join("secret")).unwrap();
    assert_ne!(new_secret, secret);

    let said = run(&server, "restore", &[copy], 0);
    assert!(said.contains("put back into"), "{said}");
    assert!(
        said.contains("lesson, secret. The backup has others"),
        "{said}"
    );
    assert_eq!(fs::read(server.data().join("secret")).unwrap(), new_secret);
    let said = run(&server, "restore", &["--everything", copy], 0);
    assert!(said.contains("secret.replaced-1"), "{said}");
    server.start_again();
    assert_eq!(who_is_there(&server, &ann), before);
    let bo = links
        .split("#link=")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let body = json!({"secret": bo}).to_string();
    let entered = http(server.addr, "POST", "/api/link", "", &body);
    assert_eq!(entered.status, 201, "{}", entered.text());
    // Nothing of the secret stays in the history, which others may get to read.
    server.stop();
    let db = rusqlite::Connection::open(history(&server)).unwrap();
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'backup_files'";
    assert_eq!(db.query_row(table, [], |row| row.get(0)), Ok(0));
}

#[test]
fn a_backup_that_is_put_in_place_by_hand_loses_the_secret_at_the_next_start() {
    let (mut server, copy) = killed_after_a_backup();
    let path = history(&server);
    fs::copy(&copy, &path).unwrap();
    server.start_again();
    assert_eq!(texts(&server), ["early"]);
    server.stop();
    let db = rusqlite::Connection::open(&path).unwrap();
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'backup_files'";
    assert_eq!(db.query_row(table, [], |row| row.get(0)), Ok(0));
}
