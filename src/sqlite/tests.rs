//! The store as a whole, on real files.

mod damaged_tables;
mod durability;
mod erasing;
mod figures;
mod gathering;
mod migration;
mod overwritten;
mod polls;
mod records;
mod schema_texts;
mod transactions;
mod whispers;

use super::archive::Archive;
use super::connect::{connect, create};
use super::erase;
use super::error::StoreError;
use super::span;
use super::start::{Store, StoreOptions, open};
use super::transcript;
use crate::config::{Keep, Synchronous};
use crate::model::event::samples::*;
use crate::model::event::{Author, Event, EventKind, State};
use crate::model::json::Json;
use crate::store::opened::Opened;
use crate::store::query::{StoreAnswer, StoreQuery};
use crate::store::queue::{Audit, Note, StoreWriter, Unavailable};
use crate::store::report::StoreReport;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A directory with a history in it, which is removed with the value.
pub(super) struct TempHistory {
    pub path: PathBuf,
}

static HISTORIES: AtomicUsize = AtomicUsize::new(0);

impl TempHistory {
    pub(super) fn new() -> TempHistory {
        let n = HISTORIES.fetch_add(1, Ordering::Relaxed);
        let name = format!("glassroom-store-{}-{n}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&directory);
        TempHistory {
            path: directory.join("history.db"),
        }
    }

    /// A history with these events, in which nobody is present.
    pub(super) fn with(events: &[Event]) -> TempHistory {
        let history = TempHistory::new();
        history.run("first", |writer| {
            for event in events {
                writer.append(event.clone());
            }
        });
        history
    }

    pub(super) fn options(&self, epoch: &str) -> StoreOptions {
        StoreOptions {
            path: self.path.clone(),
            synchronous: Synchronous::Normal,
            gather: Duration::from_millis(2),
            keep: Keep::Forever,
            max_size: 1 << 30,
            memory: 1000,
            epoch: epoch.into(),
            now: 1_000_000,
        }
    }

    pub(super) fn open(&self, epoch: &str) -> (Store, Opened) {
        open(&self.options(epoch)).expect("opened")
    }

    /// Runs the store, and lets `what` write to it.
    pub(super) fn run(&self, epoch: &str, what: impl FnOnce(&mut StoreWriter)) -> Opened {
        self.run_with(&self.options(epoch), what)
    }

    pub(super) fn run_with(
        &self,
        options: &StoreOptions,
        what: impl FnOnce(&mut StoreWriter),
    ) -> Opened {
        let (store, opened) = open(options).expect("opened");
        let (mut writer, _, threads) = store.start(|_| {}).expect("started");
        what(&mut writer);
        drop(writer);
        assert!(threads.join());
        opened
    }

    pub(super) fn archive(&self) -> Archive {
        Archive::open(&self.path).expect("an archive")
    }
}

impl Drop for TempHistory {
    fn drop(&mut self) {
        if let Some(directory) = self.path.parent() {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

impl TempHistory {
    /// Copies the files of `other` as they are now: what a crash would leave.
    pub(super) fn copy_from(&self, other: &TempHistory) {
        create(&self.path).expect("a file");
        for end in ["", "-wal"] {
            let path = |history: &TempHistory| format!("{}{end}", history.path.display());
            std::fs::copy(path(other), path(self)).expect("copied");
        }
    }
}

/// Waits until `done`, and fails the test after a while.
#[track_caller]
fn until(mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "nothing happened");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).expect(sql)
}

/// Returns whether any file of the history contains these bytes.
fn on_disk(history: &TempHistory, text: &str) -> bool {
    let directory = history.path.parent().expect("a directory");
    std::fs::read_dir(directory)
        .expect("a directory")
        .any(|file| {
            let bytes = std::fs::read(file.expect("a file").path()).expect("bytes");
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        })
}

#[test]
fn committed_events_are_loaded_after_a_restart() {
    let history = TempHistory::new();
    let rules = State {
        locked: true,
        slow: 5,
        approve: false,
    };
    let mut events = vec![
        event(1, "Ann", said("line\none")),
        event(2, "Lin", edit(1, "line\ntwo")),
        event(3, "Bo", react(1, "👍")),
        event(4, "Bo", react(1, "")),
        event(5, "Lin", EventKind::Pin { of: Some(1) }),
        event(6, "Lin", EventKind::State(rules)),
        event(
            7,
            "Ann",
            EventKind::Message {
                text: Some(Json::quote("a")),
                reply_to: Some(1),
            },
        ),
    ];
    events[0].reference = Some(Json::quote("r"));
    history.run("one", |writer| {
        for event in &events {
            assert_eq!(writer.check(), Ok(()));
            writer.append(event.clone());
        }
        writer.note(Note::Room("empty".into()));
    });
    let (_, opened) = history.open("two");
    let [empty, lobby] = &opened.rooms[..] else {
        panic!("two rooms")
    };
    assert_eq!(
        (&*empty.name, empty.head, empty.newest.len()),
        ("empty", 0, 0)
    );
    assert_eq!((lobby.head, lobby.state, lobby.pin), (7, rules, Some(1)));
    events[0] = event(1, "Ann", said("line\ntwo"));
    assert_eq!(lobby.newest, events, "a message has its newest text");
    let [known] = &opened.refs[..] else {
        panic!("one ref")
    };
    assert_eq!(
        (&*known.sub, &*known.reference, known.seq),
        ("sub-Ann", "\"r\"", 1)
    );
    assert_eq!(known.text, None, "the text as it was sent is nowhere");
}

#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let history = TempHistory::new();
    let (_store, _) = history.open("one");
    let directory = history.path.parent().expect("a directory");
    for file in std::fs::read_dir(directory).expect("a directory") {
        let mode = file
            .expect("a file")
            .metadata()
            .expect("its mode")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_client_resumes_from_the_last_event_that_its_epoch_committed() {
    let history = TempHistory::with(&[event(1, "Ann", said("a")), event(2, "Ann", said("b"))]);
    history.run("second", |_| {});
    history.run("third", |writer| {
        writer.append(event(3, "Ann", said("c")));
    });
    let (_, opened) = history.open("fourth");
    let from = |epoch, seq| opened.epochs.resume_from(epoch, "lobby", seq);
    assert_eq!(from("first", 1), Some(1));
    assert_eq!(
        from("first", 9),
        Some(2),
        "later events were never committed"
    );
    assert_eq!(from("second", 9), Some(2), "it had no events");
    assert_eq!(from("third", 9), Some(3));
    assert_eq!(
        from("fourth", 3),
        None,
        "the hub knows about the current run"
    );
    assert_eq!(from("never", 1), None);
    assert_eq!(opened.epochs.resume_from("first", "nowhere", 5), Some(0));
}

#[test]
fn a_history_of_version_1_is_migrated_and_complete() {
    let history = TempHistory::new();
    create(&history.path).expect("a file");
    let old = Connection::open(&history.path).expect("opened");
    old.execute_batch(include_str!("tests/v1.sql"))
        .expect("version 1");
    assert!(matches!(
        Archive::open(&history.path),
        Err(StoreError::Older { version: 1, .. })
    ));
    drop(old);
    let opened = history.run("three", |writer| {
        writer.append(event(8, "Ann", said("new")));
        writer.note(Note::Enter {
            room: "lobby".into(),
            connection: 1,
            by: author("Ann"),
            device: None,
            at: 9000,
        });
        writer.note(Note::Exam {
            by: author("Ann"),
            task: 1,
            passed: true,
            at: 9000,
        });
    });
    let [lobby, quiet] = &opened.rooms[..] else {
        panic!("two rooms")
    };
    assert_eq!(
        (lobby.head, lobby.pin, lobby.state.slow, lobby.newest.len()),
        (7, Some(1), 5, 7)
    );
    assert_eq!((&*quiet.name, quiet.head), ("quiet", 0));
    assert_eq!(opened.epochs.resume_from("one", "lobby", 6), Some(4));
    assert_eq!(opened.refs.len(), 2);
    let page = history.archive().page("lobby", 99, 10).expect("a page");
    let items: Vec<_> = page
        .items
        .iter()
        .map(|item| String::from_utf8(item.json()).expect("text"))
        .collect();
    let ann = r#""from":{"id":"id-Ann","name":"Ann"}"#;
    let expected = [
        format!(
            r#"{{"type":"message","room":"lobby","seq":1,{ann},"text":"一","at":1000,"edited":3000,"reactions":{{"👍":["id-Ann"]}},"pinned":true}}"#
        ),
        format!(
            r#"{{"type":"message","room":"lobby","seq":2,{ann},"reply_to":1,"at":2000,"deleted":true}}"#
        ),
        format!(r#"{{"type":"message","room":"lobby","seq":8,{ann},"text":"new","at":8000}}"#),
    ];
    assert_eq!(items, expected);
}

#[test]
fn pages_and_ranges_have_their_bounds_and_report_gaps() {
    let events: Vec<_> = (1..=10)
        .map(|n| {
            event(
                n,
                "Ann",
                if n % 2 == 1 {
                    said("x")
                } else {
                    react(1, "👍")
                },
            )
        })
        .collect();
    let history = TempHistory::with(&events);
    let archive = history.archive();
    let page = |before, limit| {
        let page = archive.page("lobby", before, limit).expect("a page");
        (
            page.items
                .iter()
                .map(|item| item.event.seq)
                .collect::<Vec<_>>(),
            page.more,
        )
    };
    assert_eq!(page(u64::MAX, 2), (vec![7, 9], true));
    assert_eq!(page(7, 3), (vec![1, 3, 5], false));
    assert_eq!(page(1, 3), (vec![], false));
    assert_eq!(page(0, 3), (vec![], false));
    let range = |after, limit| {
        let events = archive.events_after("lobby", after, limit).expect("read")?;
        Some(events.iter().map(|event| event.seq).collect::<Vec<_>>())
    };
    assert_eq!(range(8, 5), Some(vec![9, 10]));
    assert_eq!(range(3, 2), Some(vec![4, 5]));
    assert_eq!(range(10, 2), Some(vec![]));
    assert_eq!(
        archive.message("lobby", 2).expect("read"),
        None,
        "not a message"
    );
    archive
        .db()
        .execute("DELETE FROM events", [])
        .expect_err("an archive cannot write");
    connect(&history.path)
        .expect("opened")
        .execute("DELETE FROM events WHERE seq < 4", [])
        .expect("deleted");
    assert_eq!(range(2, 5), None, "a gap");
}

#[test]
fn an_answer_includes_every_event_from_before_the_query() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let (answers, answered) = crossbeam_channel::unbounded();
    let report = move |report| {
        if let StoreReport::Answer { query_id, answer } = report {
            answers.send((query_id, answer)).expect("a test");
        }
    };
    let (mut writer, reader, threads) = store.start(report).expect("started");
    for seq in 1..=200 {
        writer.append(event(seq, "Ann", said("x")));
        writer.send();
        reader
            .ask(
                seq,
                writer.last(),
                StoreQuery::Message {
                    room: "lobby".into(),
                    seq,
                },
            )
            .expect("asked");
        let (query_id, answer) = answered.recv().expect("an answer");
        assert!(
            matches!(answer, Some(StoreAnswer::Message(Some(item))) if item.event.seq == query_id)
        );
    }
    drop((writer, reader));
    assert!(threads.join());
}
