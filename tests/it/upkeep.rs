//! Backups, files that are taken away from a running server, locks, and the end of a lesson on the
//! disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::TryRecvError;

use serde_json::{Value, json};

use crate::damage::{FAST, history, refused_start, run, say};
use crate::harness::{CLASS_CODE, Chat, Guest, Server, http};

#[test]
fn a_backup_of_a_running_server_is_one_file_that_can_take_the_place_of_the_history() {
    let mut server = Server::start(FAST);
    let mut ann = Chat::outside(&server, "Ann", "member");
    ann.granted(json!({"type": "join", "room": "lobby"}));
    let epoch = ann.expect("joined")["epoch"].clone();
    for n in 1..=50 {
        ann.granted(say(&format!("early {n}")));
    }
    // While somebody writes as fast as the answers come.
    let token = server.token("Bo", "member");
    let addr = server.addr;
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut bo = Chat::connect(addr, &token);
        let mut count = 0;
        while stopped.try_recv() == Err(TryRecvError::Empty) {
            bo.granted(say("noise"));
            count += 1;
        }
        count
    });
    let copy = server.data().join("copy.db");
    let name = copy.to_str().unwrap();
    run(&server, "backup", &[name], 0);
    let said = run(&server, "backup", &[name], 2);
    assert!(said.contains("--force"), "{said}");
    run(&server, "backup", &[name, "--force"], 0);
    let secret = fs::read(server.data().join("secret")).unwrap();
    for own in [
        "history.db",
        "history.db-wal",
        "history.db-shm",
        "secret",
        "lesson",
    ] {
        let own = server.data().join(own);
        run(&server, "backup", &[own.to_str().unwrap(), "--force"], 2);
    }
    assert_eq!(fs::read(server.data().join("secret")).unwrap(), secret);
    drop(stop);
    assert!(writer.join().unwrap() > 0, "nobody wrote");
    let mode = fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for more in [
        "copy.db-wal",
        "copy.db-shm",
        "copy.db.part",
        "copy.db-journal",
    ] {
        assert!(!server.data().join(more).exists(), "{more}");
    }

    ann.granted(say("after the backup"));
    let lost = ann.granted(say("lost"))["seq"].as_u64().unwrap();
    server.kill(); // its write-ahead log stays
    let log = server.data().join("history.db-wal");
    assert!(fs::metadata(&log).is_ok_and(|log| log.len() > 0));
    fs::copy(&copy, history(&server)).unwrap();
    server.start_again();
    server.logged("was the write-ahead log of another file");
    let mut late = Chat::outside(&server, "Late", "member");
    let since = json!({"epoch": epoch, "seq": lost});
    late.granted(json!({"type": "join", "room": "lobby", "since": since}));
    let joined = late.expect("joined");
    let from = joined["from"].as_u64().unwrap();
    assert!(joined["recovered"] == true && from < lost, "{joined}");
    assert_eq!(late.granted(say("on"))["seq"].as_u64(), Some(from + 1));
    drop(late);
    server.stop();
    run(&server, "check", &[], 0);
    // Without a server, too.
    run(&server, "backup", &[name, "--force"], 0);
}

/// Takes the file away while the server runs, and gives the last number that was acknowledged.
#[track_caller]
fn taken_away(server: &mut Server, act: impl Fn(&Path)) -> u64 {
    let mut ann = Chat::member(server, "Ann");
    let last = ann.granted(say("acknowledged"))["seq"].as_u64().unwrap();
    act(&history(server));
    server.logged("the history cannot be written");
    let refused = ann.refused(say("never"), "storage_unavailable");
    assert!(refused["retry_after"].as_u64().is_some(), "{refused}");
    // A supervisor hears of it, too.
    let health = http(server.addr, "GET", "/healthz", "", "");
    assert_eq!(
        (health.status, &health.json()["error"]),
        (503, &json!("storage_unavailable"))
    );
    last
}

#[test]
fn a_file_that_is_taken_away_is_noticed_while_the_server_runs() {
    let remove = |path: &Path| fs::remove_file(path).unwrap();
    let rename = |path: &Path| fs::rename(path, path.with_extension("moved")).unwrap();
    let replace = |path: &Path| {
        let other = path.with_extension("other");
        fs::copy(path, &other).unwrap();
        fs::rename(&other, path).unwrap();
    };
    let overwrite = |path: &Path| fs::write(path, vec![7; 90_000]).unwrap();
    let whole = "everything that was acknowledged is in";
    type Act = fn(&Path);
    let acts: [(Act, &str); 4] = [
        (remove, whole),
        (rename, whole),
        (replace, whole),
        // Pages of the new content may be among those that are saved.
        (
            overwrite,
            "what could still be read of what was acknowledged",
        ),
    ];
    for (act, said) in acts {
        let mut server = Server::start(FAST);
        let last = taken_away(&mut server, act);
        server.logged(said);
        server.logged("history.rescued-1.db");
        let rescued = server.data().join("history.rescued-1.db");
        server.stop();
        fs::rename(&rescued, history(&server)).unwrap();
        server.start_again();
        let mut late = Chat::member(&server, "Late");
        late.granted(json!({"type": "history", "room": "lobby"}));
        let page = late.expect("history");
        let found = page["messages"].as_array().unwrap();
        assert_eq!(found.last().unwrap()["text"], "acknowledged", "{page}");
        assert_eq!(late.granted(say("on"))["seq"].as_u64(), Some(last + 1));
    }
}

#[test]
fn a_file_that_was_emptied_is_noticed_and_refused_at_the_next_start() {
    let mut server = Server::start(FAST);
    taken_away(&mut server, |path| fs::write(path, "").unwrap());
    server.stop();
    let said = refused_start(&server);
    assert!(said.contains("missing or empty"), "{said}");
}

#[test]
fn a_write_ahead_log_that_is_removed_is_noticed_and_nothing_is_lost() {
    let mut server = Server::start(FAST);
    let last = taken_away(&mut server, |path| {
        fs::remove_file(path.with_extension("db-wal")).unwrap();
    });
    server.logged("everything that was acknowledged is in");
    server.kill();
    server.start_again();
    let mut late = Chat::member(&server, "Late");
    assert_eq!(late.granted(say("on"))["seq"].as_u64(), Some(last + 1));
}

#[test]
fn two_servers_never_write_to_one_history() {
    let mut first = Server::start(FAST);
    first.stop();
    let path = history(&first);
    let link = first.data().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    first.start_again();
    for path in [&path, &link] {
        let mut second = Server::start(FAST);
        second.stop();
        second.configure(&format!("[history]\npath = \"{}\"\n", path.display()));
        let said = refused_start(&second);
        for word in [
            path.to_str().unwrap(),
            "another glassroom (process ",
            "uses it",
        ] {
            assert!(said.contains(word), "{word}: {said}");
        }
        run(&second, "repair", &[], 1);
        run(&second, "forget", &["Ann"], 2);
        run(&second, "check", &[], 0);
    }
}

#[test]
fn the_end_of_a_lesson_is_acknowledged_when_it_is_on_the_disk() {
    let mut server = Server::start("[join]\nenabled = true\n");
    let lesson = server.data().join("lesson");
    let code = |json: &[u8]| serde_json::from_slice::<Value>(json).unwrap()["code"].clone();
    let before = fs::read(&lesson).unwrap();
    let mut host = Chat::person(&server, "Lin", "host");
    let mut guest = Chat::person(&server, "Ada", "member");
    let end = json!({"type": "moderate", "action": "end_lesson", "seconds": 0});
    // The next lesson cannot be written.
    let obstacle = lesson.with_extension("new");
    fs::create_dir(&obstacle).unwrap();
    host.refused(end.clone(), "storage_unavailable");
    assert_eq!(fs::read(&lesson).unwrap(), before);
    guest.granted(say("still here"));
    host.expect_no("lesson");
    fs::remove_dir(&obstacle).unwrap();
    host.granted(end);
    // At the moment of the ack, a power cut would change nothing.
    let after = fs::read(&lesson).unwrap();
    assert_ne!(code(&before), code(&after));
    assert_eq!(host.expect("lesson")["class_code"], code(&after));
    guest.expect_close(4503);
    server.kill();
    let said = run(&server, "export", &["audit.csv"], 0);
    assert_eq!(said.matches("end_lesson").count(), 1, "{said}");
}

#[test]
fn a_lesson_does_not_end_while_the_history_cannot_be_written() {
    let mut server = Server::start(FAST);
    let mut host = Chat::person(&server, "Lin", "host");
    let guest = Guest::join(&server, "Ada", Some("device-of-ada"));
    let before = fs::read(server.data().join("lesson")).unwrap();
    taken_away(&mut server, |path| fs::remove_file(path).unwrap());
    let end = json!({"type": "moderate", "action": "end_lesson", "seconds": 0});
    host.refused(end, "storage_unavailable");
    assert_eq!(fs::read(server.data().join("lesson")).unwrap(), before);
    assert!(String::from_utf8_lossy(&before).contains(CLASS_CODE));
    guest.connect(&server);
}

#[test]
fn a_host_is_told_that_the_end_of_a_lesson_waits_for_the_disk() {
    let server = Server::start(FAST);
    let mut host = Chat::person(&server, "Lin", "host");
    let mut other = Chat::person(&server, "Mei", "host");
    let mut guest = Chat::person(&server, "Ada", "member");
    // Another program writes for longer than the server waits for it.
    let db = rusqlite::Connection::open(history(&server)).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let end = |n| json!({"type": "moderate", "action": "end_lesson", "seconds": 0, "ref": n});
    host.send(end("first"));
    let said = host.refused(end("second"), "storage_unavailable");
    assert!(said["message"].as_str().unwrap().contains("waits"));
    other.send(end("third"));
    for asked in [&mut host, &mut other] {
        let told = asked.expect("error");
        assert_eq!(told["code"], "storage_unavailable", "{told}");
        assert!(
            told["message"].as_str().unwrap().contains("waits"),
            "{told}"
        );
    }
    other.refused(end("fourth"), "storage_unavailable");
    guest.expect_no("lesson");
    // The lesson ends by itself, once.
    db.execute_batch("ROLLBACK").unwrap();
    host.expect("lesson");
    guest.expect_close(4503);
    let said = run(&server, "export", &["audit.csv"], 0);
    assert_eq!(said.matches("end_lesson").count(), 1, "{said}");
}

#[test]
fn a_backup_of_this_run_that_is_copied_into_the_open_history_is_noticed() {
    let mut server = Server::start(FAST);
    let mut host = Chat::person(&server, "Lin", "host");
    let seq = host.granted(say("first"))["seq"].clone();
    let copy = server.data().join("copy.db");
    run(&server, "backup", &[copy.to_str().unwrap()], 0);
    host.granted(say("after the backup"));
    // A purge empties the write-ahead log.
    host.granted(json!({"type": "delete", "room": "lobby", "seq": seq, "purge": true}));
    host.granted(say("acknowledged"));
    let content = fs::read(&copy).unwrap();
    fs::write(history(&server), &content).unwrap();
    server.logged("the history cannot be written");
    host.refused(say("never"), "storage_unavailable");
    drop(host);
    server.stop();
    assert!(fs::read(history(&server)).unwrap() == content, "written to");
    // The operator's file is the history from now on.
    server.start_again();
    let mut late = Chat::person(&server, "Lin", "host");
    assert_eq!(late.granted(say("on"))["seq"], 2);
}
