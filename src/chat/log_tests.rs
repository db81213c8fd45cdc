//! What a room remembers, and for how long.

use super::*;
use crate::model::json::Json;

fn event(seq: u64, what: EventKind) -> Event {
    let (room, by) = ("r".into(), Author::nobody().into());
    Event {
        room,
        seq,
        at: 0,
        by,
        what,
        reference: None,
    }
}

fn push(log: &mut Log, what: EventKind) {
    let event = event(log.head() + 1, what);
    let frame = frame::text(&event.json());
    let entry = Entry {
        event,
        origin: ClientId::new(1),
        frame,
        job: 0,
        since: None,
    };
    log.push(entry, 0);
}

fn say(text: &str) -> EventKind {
    EventKind::Message {
        text: Some(Json::quote(text)),
        reply_to: None,
    }
}

fn log(events: u64, bound: usize) -> Log {
    let mut log = Log::new(bound);
    (0..events).for_each(|n| push(&mut log, say(&n.to_string())));
    log
}

fn seqs<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<u64> {
    entries.map(Entry::seq).collect()
}

#[test]
fn long_texts_leave_earlier_than_short_ones() {
    let mut log = Log::new(100);
    let long = "x".repeat(16_000);
    for _ in 0..100 {
        push(&mut log, say(&long));
    }
    assert_eq!(seqs(log.after(94).unwrap()), [95, 96, 97, 98, 99, 100]);
    assert!(log.after(93).is_none());
    // What is counted follows what changes.
    let short = EventKind::Edit {
        of: 95,
        text: Some(Json::quote("short")),
        superseded: false,
    };
    push(&mut log, short);
    log.erase(96);
    log.forget(&Author::nobody().sub);
    let counted: usize = log.entries.iter().map(Entry::bytes).sum();
    assert_eq!(log.bytes, counted);
    assert!(counted < 100 * EVENT_BYTES / 10, "{counted}");
    (0..200).for_each(|_| push(&mut log, say("x")));
    assert_eq!(log.entries.len(), 100);
}

#[test]
fn reading_on_starts_behind_the_last_known_event() {
    let log = log(10, 4); // holds 7..=10
    assert_eq!(log.after(8).map(seqs), Some(vec![9, 10]));
    assert_eq!(log.after(6).map(seqs), Some(vec![7, 8, 9, 10]));
    assert_eq!(log.after(10).map(seqs), Some(vec![]));
    assert!(log.after(5).is_none());
}

#[test]
fn a_page_ends_before_its_seq_and_says_whether_there_is_more() {
    let mut log = log(10, 6); // holds 5..=10
    let page = |log: &Log, seq, limit| {
        let (items, more) = log.page(seq, limit);
        (
            items.iter().map(|item| item.event.seq).collect::<Vec<_>>(),
            more,
        )
    };
    assert_eq!(page(&log, 8, 2), (vec![6, 7], true));
    assert_eq!(page(&log, 7, 5), (vec![5, 6], false));
    assert_eq!(page(&log, 99, 2), (vec![9, 10], true));
    assert_eq!(page(&log, 0, 2), (vec![], false));
    push(&mut log, EventKind::Pin { of: None });
    assert_eq!(page(&log, 99, 2), (vec![9, 10], true), "only messages");
}

#[test]
fn a_message_is_shown_as_it_is_now_and_what_was_deleted_is_gone_from_memory() {
    let mut log = log(2, 10);
    push(
        &mut log,
        EventKind::Edit {
            of: 1,
            text: Some(Json::quote("secret")),
            superseded: false,
        },
    );
    push(
        &mut log,
        EventKind::React {
            of: 2,
            emoji: Some("👍".into()),
        },
    );
    assert_eq!(
        log.item(1).and_then(|i| i.text),
        Some(Json::quote("secret"))
    );
    assert_eq!(log.item(2).map(|i| i.reactions.len()), Some(1));
    assert_eq!(log.item(3), None, "no message");
    assert_eq!((log.item(0), log.item(9)), (None, None));
    push(
        &mut log,
        EventKind::Delete {
            of: 1,
            purge: false,
        },
    );
    log.erase(1);
    assert_eq!(log.item(1).map(|i| i.deleted()), Some(true));
    assert_eq!(log.page(99, 9).0.len(), 2);
    let all: Vec<u8> = log
        .after(0)
        .into_iter()
        .flatten()
        .flat_map(|e| e.frame.to_vec())
        .collect();
    assert!(!String::from_utf8_lossy(&all).contains("secret"));
}

fn edit(text: &str) -> EventKind {
    EventKind::Edit {
        of: 1,
        text: Some(Json::quote(text)),
        superseded: false,
    }
}

fn frames(log: &Log) -> Vec<String> {
    let entries = log.after(0).into_iter().flatten();
    let json = entries.map(|entry| frame::payload(&entry.frame).to_vec());
    json.map(|json| String::from_utf8(json).expect("text"))
        .collect()
}

#[test]
fn only_the_newest_edit_has_a_text_and_the_message_has_it_too() {
    let mut log = log(1, 10);
    push(&mut log, edit("first words"));
    push(&mut log, edit("second words"));
    push(&mut log, edit("newest words"));
    let said = frames(&log);
    assert!(said[0].contains("newest words"), "{said:?}");
    for replaced in &said[1..3] {
        assert!(replaced.contains("\"superseded\":true") && !replaced.contains("words"));
    }
    assert!(said[3].contains("newest words") && !said[3].contains("superseded"));
    assert_eq!(log.item(1).and_then(|item| item.edited), Some(0));
    log.erase(1);
    assert!(!frames(&log).concat().contains("words"));
}

#[test]
fn what_the_store_has_read_earlier_learns_of_later_changes() {
    let mut log = Log::new(2);
    push(&mut log, say("old words"));
    let early = log.item(1).expect("a message");
    let mut read: Vec<Event> = vec![event(1, say("old words")), event(2, edit("old words"))];
    (0..3).for_each(|_| push(&mut log, say("more")));
    push(&mut log, edit("newest words"));
    assert!(!log.holds(1), "only the store has it");
    let react = |emoji: Option<&str>| EventKind::React {
        of: 1,
        emoji: emoji.map(Into::into),
    };
    push(&mut log, react(Some("👍")));
    let now = log.bring_up_to_date(early.clone());
    assert_eq!(now.text, Some(Json::quote("newest words")));
    assert_eq!((now.edited, now.reactions.len()), (Some(0), 1));
    read.iter_mut().for_each(|event| log.renew(event));
    assert_eq!(read[0].what, say("newest words"));
    let superseded = EventKind::Edit {
        of: 1,
        text: None,
        superseded: true,
    };
    assert_eq!(read[1].what, superseded);
    let delete = EventKind::Delete { of: 1, purge: true };
    push(&mut log, delete);
    log.renew(&mut read[0]);
    let now = log.bring_up_to_date(early.clone());
    assert!(now.deleted() && now.purged && now.reactions.is_empty());
    assert!(matches!(
        read[0].what,
        EventKind::Message { text: None, .. }
    ));
    // A change that is no longer in memory is on the disk, and was read from there.
    (0..2).for_each(|_| push(&mut log, say("more")));
    assert_eq!(log.bring_up_to_date(early.clone()), early);
    assert!(log.changed.is_empty());
}

#[test]
fn the_hand_made_message_is_the_message_of_the_store() {
    use crate::chat::event::{message_head, put_message};
    let (room, by) = (
        "a\"b".into(),
        Author {
            id: "i".into(),
            name: "n".into(),
            ..Author::nobody()
        },
    );
    let what = EventKind::Message {
        text: Some(Json::quote("x\ny")),
        reply_to: Some(3),
    };
    let event = Event {
        room,
        seq: 7,
        at: 9,
        by: by.into(),
        what,
        reference: None,
    };
    let mut made = bytes::BytesMut::new();
    let from = r#"{"id":"i","name":"n"}"#;
    put_message(
        &mut made,
        (&message_head("a\"b"), 7),
        from,
        &Json::quote("x\ny"),
        Some(3),
        9,
    );
    assert_eq!(frame::payload(&made), event.json());
}

#[test]
fn what_is_too_old_is_forgotten_and_numbers_go_on() {
    let mut log = log(3, 10);
    log.forget_up_to(3);
    assert_eq!((log.head(), log.after(3).map(seqs)), (3, Some(vec![])));
    assert!(log.after(2).is_none());
}

#[test]
fn resuming_needs_a_known_seq_and_a_gap_that_is_here_or_stored() {
    let log = log(10, 4); // holds 7..=10
    let start = |known, limit, stored| log.start(known, 2, limit, stored);
    assert_eq!(start(Some(8), 3, false), Start::Resume { from: 8 });
    assert_eq!(start(Some(10), 3, false), Start::Resume { from: 10 });
    assert_eq!(
        start(Some(11), 3, false),
        Start::Fresh { after: 8 },
        "beyond the head"
    );
    assert_eq!(start(None, 3, false), Start::Fresh { after: 8 }, "unknown");
    assert_eq!(
        start(Some(6), 3, true),
        Start::Fresh { after: 8 },
        "a gap over the limit"
    );
    assert_eq!(
        start(Some(5), 9, false),
        Start::Fresh { after: 8 },
        "not here any more"
    );
    assert_eq!(start(Some(5), 9, true), Start::Resume { from: 5 });
    assert_eq!(
        log.start(None, 50, 3, false),
        Start::Fresh { after: 6 },
        "all there is"
    );
    assert_eq!(
        Log::new(4).start(None, 50, 3, false),
        Start::Fresh { after: 0 }
    );
}

#[test]
fn what_is_not_on_the_disk_stays_however_much_there_is() {
    let mut log = Log::new(3);
    let say = |log: &mut Log, job, committed| {
        let event = event(log.head() + 1, say("x"));
        let frame = frame::text(&event.json());
        let entry = Entry {
            event,
            origin: ClientId::new(1),
            frame,
            job,
            since: None,
        };
        log.push(entry, committed);
    };
    (1..=10).for_each(|job| say(&mut log, job, 2));
    assert_eq!(log.after(2).map(|entries| entries.count()), Some(8));
    assert!(log.holds(3) && !log.holds(2));
    assert!(log.item(3).is_some(), "still to be edited");
    let resumed = log.start(Some(4), 2, 100, false);
    assert_eq!(resumed, Start::Resume { from: 4 });
    say(&mut log, 11, 10);
    assert_eq!(log.after(8).map(|entries| entries.count()), Some(3));
    assert!(!log.holds(8), "the disk has it");
}

#[test]
fn who_is_forgotten_leaves_numbers_and_nothing_else() {
    let mut log = Log::new(10);
    let ann = Author {
        sub: "sub-ann".into(),
        id: "id-ann".into(),
        name: "Ann".into(),
        ..Author::nobody()
    };
    let ann = Arc::new(ann);
    let emoji = Some("👍".into());
    let text = Some(Json::quote("meant"));
    for (mine, what) in [
        (true, say("said")),
        (false, say("stays")),
        (
            true,
            EventKind::Edit {
                of: 1,
                text,
                superseded: false,
            },
        ),
        (true, EventKind::React { of: 2, emoji }),
    ] {
        let mut event = event(log.head() + 1, what);
        if mine {
            event.by = Arc::clone(&ann);
        }
        let frame = frame::text(&event.json());
        let (origin, job) = (1, 0);
        let entry = Entry {
            event,
            origin: ClientId::new(origin),
            frame,
            job,
            since: None,
        };
        log.push(entry, 0);
    }
    log.forget("sub-ann");
    let all: Vec<u8> = log
        .after(0)
        .into_iter()
        .flatten()
        .flat_map(|e| e.frame.to_vec())
        .collect();
    let all = String::from_utf8_lossy(&all);
    for trace in ["Ann", "id-ann", "said", "meant", "👍"] {
        assert!(!all.contains(trace), "{trace}: {all}");
    }
    assert!(all.contains("stays"));
    let item = log.item(1).expect("still an event");
    assert!(item.deleted() && item.purged);
    assert_eq!(log.item(2).map(|item| item.reactions.len()), Some(0));
    assert_eq!(log.head(), 4);
}
