//! Tests of `room.rs`.

use super::*;
use crate::model::event::Author;

fn say(room: &mut Room) {
    let event = Event {
        room: Arc::clone(&room.name),
        seq: room.head() + 1,
        at: 0,
        by: Author::nobody().into(),
        what: EventKind::Message {
            text: Some(Json::quote("hello")),
            reply_to: None,
        },
        reference: None,
    };
    room.publish(ClientId::new(1), event, "{}", 0);
}

fn flush(room: &mut Room) {
    let batch = room.take_batch();
    room.remember(&batch, 0);
}

/// How many frames in the log keep more in memory than themselves.
fn slices(room: &Room) -> usize {
    let entries = room.log.after(0).expect("all are there");
    entries.filter(|entry| !entry.frame.is_unique()).count()
}

#[test]
fn the_log_does_not_keep_what_people_type_beside_what_they_say() {
    let mut room = Room::new("r", 1000);
    let typing = [b't'; 120];
    say(&mut room);
    flush(&mut room);
    for _ in 0..200 {
        // Half a block, in batches of their own, with a message in the last one, and one alone.
        for _ in 0..300 {
            flush(&mut room);
            room.broadcast_transient(&typing);
        }
        say(&mut room);
        flush(&mut room);
        say(&mut room);
        flush(&mut room);
    }
    assert!(slices(&room) <= 1, "{} keep a block each", slices(&room));
}

#[test]
fn nothing_is_copied_while_people_only_talk() {
    let mut room = Room::new("r", 2000);
    room.broadcast_transient(&[b'p'; 200]); // somebody came
    for _ in 0..1000 {
        say(&mut room);
        flush(&mut room);
    }
    assert!(slices(&room) > 990, "only {} slices", slices(&room));
}
