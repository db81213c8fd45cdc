use super::*;
use crate::model::event::Author;
use crate::model::json::Json;
use crate::model::role::Role;
use crate::store::whisper::{Conversation, Since, WhisperReader};
use std::sync::Arc;

fn author(sub: &str) -> Arc<Author> {
    Arc::new(Author {
        sub: sub.into(),
        id: format!("id-{sub}").into(),
        name: sub.into(),
        role: Role::Member,
    })
}

/// Says something to a person, or to those who teach.
fn say(all: &mut Whispers, room: &str, from: &str, to: Option<&str>) -> u64 {
    let id = all.number();
    all.keep(Whisper {
        id,
        room: room.into(),
        conversation: match to {
            Some(to) => Conversation::between(from, to),
            None => Conversation::with_hosts(from),
        },
        from: author(from),
        to: to.map(author),
        text: Json::quote(&format!("{id}")),
        at: id,
    });
    id
}

fn query(sub: &str, teaches: bool, with: Option<With>) -> WhisperQuery {
    WhisperQuery {
        reader: WhisperReader {
            sub: sub.into(),
            rooms: None,
            teaches,
            since: Since::EVER,
        },
        with,
        before: u64::MAX,
        limit: 10,
    }
}

fn ids(page: &WhisperPage) -> Vec<u64> {
    page.items.iter().map(|item| item.whisper.id).collect()
}

#[test]
fn each_reads_their_own_and_who_teaches_what_was_said_to_all_who_teach() {
    let mut all = Whispers::default();
    say(&mut all, "a", "ann", None);
    say(&mut all, "a", "ann", Some("mo"));
    say(&mut all, "b", "bo", None);
    say(&mut all, "a", "lin", Some("ann"));
    let person = |sub: &str| Some(With::Person(format!("id-{sub}").into()));
    let no_ids: [u64; 0] = [];
    for (reader, teaches, with, expected) in [
        ("ann", false, Some(With::Hosts), &[1][..]),
        ("ann", false, person("mo"), &[2]),
        ("ann", false, None, &[4, 2, 1]),
        ("bo", false, person("ann"), &no_ids),
        ("mo", false, person("ann"), &[2]),
        ("mo", false, None, &[2]),
        ("lin", true, person("ann"), &[1, 4]),
        ("lin", true, None, &[4, 3]),
        ("eve", false, None, &no_ids),
    ] {
        let page = all.read(&query(reader, teaches, with.clone()));
        assert_eq!(ids(&page), expected, "{reader} {with:?}");
    }
    let mut only_b = query("lin", true, None);
    only_b.reader.rooms = Some(vec!["b".into()]);
    assert_eq!(ids(&all.read(&only_b)), [3]);
    let mut late = query("ann", false, None);
    late.reader.since = Since::Moment(2);
    assert_eq!(ids(&all.read(&late)), [4, 2]);
}

#[test]
fn unread_is_what_the_other_side_said_after_the_conversation_was_opened() {
    let mut all = Whispers::default();
    let unread = |all: &Whispers| {
        let page = all.read(&query("lin", true, None));
        page.items[0].unread
    };
    say(&mut all, "a", "ann", None);
    say(&mut all, "a", "ann", None);
    assert_eq!(unread(&all), Some(2));
    all.open("lin", "ann", 2);
    all.open("lin", "ann", 1);
    assert_eq!(unread(&all), Some(0));
    say(&mut all, "a", "lin", Some("ann"));
    assert_eq!(unread(&all), Some(0), "one's own");
    say(&mut all, "a", "ann", None);
    assert_eq!(unread(&all), Some(1));
}

#[test]
fn number_and_bytes_in_memory_are_bounded() {
    let mut all = Whispers::default();
    for n in 0..MAX_WHISPERS + 5 {
        say(&mut all, "a", "ann", None);
        all.open(&format!("reader {n}"), "ann", 1);
    }
    assert_eq!(all.kept.len(), MAX_WHISPERS);
    for n in 0..MAX_READS + 5 {
        all.open(&format!("another {n}"), "ann", u64::MAX);
    }
    assert!(all.reads.len() <= MAX_READS);
    let id = all.number();
    let long = Whisper {
        text: Json::quote(&"x".repeat(MAX_WHISPER_BYTES - 10)),
        id,
        ..all.kept[0].clone()
    };
    all.keep(long);
    assert!(
        all.bytes <= MAX_WHISPER_BYTES && all.kept.len() < 10,
        "{}",
        all.kept.len()
    );
}

#[test]
fn a_person_a_room_and_all_of_it_are_forgotten() {
    let mut all = Whispers::default();
    say(&mut all, "a", "ann", None);
    say(&mut all, "b", "bo", None);
    say(&mut all, "a", "cy", Some("mo"));
    let left = |all: &Whispers| all.kept.iter().map(|it| it.id).collect::<Vec<_>>();
    all.forget("mo");
    assert_eq!(left(&all), [1, 2]);
    all.remove_rooms(|room| room == "b");
    assert_eq!(left(&all), [1]);
    all.remove_rooms(|_| true);
    assert!(left(&all).is_empty() && all.bytes == 0);
}
