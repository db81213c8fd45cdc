//! Who came to a lesson, and what was done in it.

use super::*;
use crate::model::event::samples::author;
use crate::sqlite::tests::TempHistory;
use crate::store::queue::{Audit, Note};

/// The only class of a server.
const ONE: [(usize, &str); 1] = [(0, "")];

fn enter(name: &str, connection: u64, at: Millis) -> Note {
    enter_room("lobby", name, connection, at)
}

/// In a room of its own for each class.
fn enter_room(room: &str, name: &str, connection: u64, at: Millis) -> Note {
    Note::Enter {
        room: room.into(),
        connection,
        by: author(name),
        device: None,
        at,
    }
}

fn leave(connection: u64, at: Millis) -> Note {
    leave_room("lobby", connection, at)
}

fn leave_room(room: &str, connection: u64, at: Millis) -> Note {
    Note::Leave {
        room: room.into(),
        connection,
        at,
    }
}

fn audited(action: &str, at: Millis) -> Note {
    Note::Audit(Box::new(Audit {
        at,
        by: author("Lin"),
        action: action.into(),
        target: (action == "mute").then(|| author("Bo")),
        room: None,
        reason: (action == "mute").then(|| "noise".into()),
        until: None,
    }))
}

#[test]
fn a_register_is_of_one_lesson_and_names_those_who_came_only_to_the_last() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        for note in [
            audited("end_lesson", 10_000),
            enter("Ann", 1, 20_000),
            enter("Bo", 2, 20_000),
            audited("end_lesson", 60_000),
            // The end of the lesson disconnects them, moments later.
            leave(1, 60_040),
            leave(2, 60_050),
            enter("Bo", 3, 90_000),
            enter("Cy", 4, 91_000),
            leave(4, 95_000),
        ] {
            writer.note(note);
        }
    });
    let archive = history.archive();
    let of = |from| register(&archive, from, 100_000, &ONE, |_| Some(0)).expect("a register");
    let names = |register: &Register| -> Vec<_> {
        let people = register.people.iter();
        people
            .map(|it| (it.user.name.to_string(), it.came))
            .collect()
    };
    let lesson = of(None);
    assert_eq!(lesson.from, 60_000);
    assert_eq!(
        names(&lesson),
        [("Bo".into(), 90_000), ("Cy".into(), 91_000)]
    );
    let absent: Vec<_> = lesson.absent.iter().map(|it| &*it.user.name).collect();
    assert_eq!(absent, ["Ann"]);
    // All since a time, whatever the lesson.
    let all = of(Some(0));
    assert_eq!(all.people.len(), 3);
    assert_eq!(all.absent, []);
    // Whoever leads another room sees nobody of this one.
    let other = register(&archive, None, 100_000, &ONE, |room| {
        (room == "lab").then_some(0)
    })
    .expect("a register");
    assert_eq!((other.people.len(), other.absent.len()), (0, 0));
}

#[test]
fn each_class_has_its_own_lesson_from_its_start_and_misses_its_own_people() {
    let history = TempHistory::new();
    let of_class = |action: &str, class: &str, at| match audited(action, at) {
        Note::Audit(entry) => Note::Audit(Box::new(Audit {
            reason: Some(class.into()),
            ..*entry
        })),
        other => other,
    };
    history.run("e", |writer| {
        for note in [
            enter_room("7a", "Ann", 1, 10_000),
            enter_room("7b", "Bo", 2, 10_000),
            of_class("end_lesson", "7a", 20_000),
            leave_room("7a", 1, 20_010),
            of_class("start_lesson", "7a", 50_000),
            enter_room("7a", "Cy", 3, 51_000),
            of_class("end_lesson", "7b", 60_000),
            leave_room("7b", 2, 60_010),
            of_class("start_lesson", "7b", 80_000),
            // Bo looks in at the other class, which is not the one where he is missed.
            enter_room("7a", "Bo", 4, 81_000),
        ] {
            writer.note(note);
        }
    });
    let archive = history.archive();
    let of = |classes: &[(usize, &str)]| {
        let led = |room: &str| ["7a", "7b"].iter().position(|class| *class == room);
        let it = register(&archive, None, 100_000, classes, led).expect("a register");
        let names = |all: Vec<&User>| all.iter().map(|it| it.name.to_string()).collect::<Vec<_>>();
        (
            it.from,
            names(it.people.iter().map(|it| &it.user).collect()),
            names(it.absent.iter().map(|it| &it.user).collect()),
        )
    };
    let names = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        of(&[(0, "7a")]),
        (50_000, names(&["Bo", "Cy"]), names(&["Ann"]))
    );
    assert_eq!(of(&[(1, "7b")]), (80_000, names(&[]), names(&["Bo"])));
    assert_eq!(
        of(&[(0, "7a"), (1, "7b")]),
        (50_000, names(&["Bo", "Cy"]), names(&["Ann", "Bo"]))
    );
}

#[test]
fn a_lesson_that_nobody_ended_is_a_day_at_most() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        writer.note(enter("Ann", 1, 1000));
        writer.note(leave(1, 2000));
    });
    let now = LONGEST_LESSON + 60_000;
    let lesson = register(&history.archive(), None, now, &ONE, |_| Some(0)).expect("a register");
    assert_eq!((lesson.from, lesson.people.len()), (60_000, 0));
    // It began when the first one came who is listed.
    let day = |now| {
        register(&history.archive(), None, now, &ONE, |_| Some(0))
            .expect("a register")
            .from
    };
    history.run("f", |writer| {
        writer.note(enter("Bo", 1, 90_000));
    });
    assert_eq!(day(LONGEST_LESSON + 70_000), 90_000);
}

#[test]
fn the_audit_log_is_read_in_pages_the_newest_first() {
    let history = TempHistory::new();
    let all = MAX_ENTRIES as u64 + 20;
    history.run("e", |writer| {
        for n in 0..all {
            writer.note(audited(if n + 1 == all { "mute" } else { "slow" }, n));
        }
    });
    let archive = history.archive();
    let first = audit_page(&archive, None, None).expect("a page");
    assert_eq!((first.entries.len(), first.more), (MAX_ENTRIES, true));
    let newest = &first.entries[0];
    let target = newest.target.as_ref().expect("a target");
    assert_eq!((&*newest.action, &*target.name), ("mute", "Bo"));
    assert_eq!(newest.reason.as_deref(), Some("noise"));
    assert_eq!(
        (&first.entries[1].target, &first.entries[1].reason),
        (&None, &None)
    );
    let last = first.entries.last().map(|entry| entry.id);
    let second = audit_page(&archive, last, None).expect("a page");
    assert_eq!((second.entries.len(), second.more), (20, false));
    assert_eq!(second.entries.last().map(|entry| entry.at), Some(0));
}
