use super::*;
use crate::model::event::samples::author;
use crate::model::fences::Bounds;
use crate::model::json::Json;
use std::hash::RandomState;

const AT: Millis = 1_700_000_000_000;

fn said(name: &str, room: &str, text: &str, reference: Option<&str>) -> Said {
    Said {
        room: room.into(),
        by: author(name),
        device: None,
        text: Json::quote(text),
        reply_to: None,
        of: None,
        reference: reference.map(Json::quote),
        print: None,
    }
}

fn parser() -> Parser {
    Parser {
        bounds: Bounds {
            text: 4000,
            code: 16_000,
            code_lines: 400,
        },
        keys: RandomState::new(),
    }
}

/// The records that are kept when all changes are on the disk.
fn kept(changes: Vec<RecordChange>) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for change in changes {
        match change {
            RecordChange::Keep(record) => records.push(*record),
            RecordChange::Drop(kind, id) => {
                records.retain(|record| (record.kind, &record.id) != (kind, &id));
            }
        }
    }
    records
}

fn rejected() -> Outcome {
    let (reason, why) = (Some("be kind".into()), None);
    Outcome::Rejected(Rejection { reason, why })
}

fn ids(all: &Approvals, room: &str, after: u64) -> Vec<u64> {
    all.in_room(room, after).map(|it| it.id).collect()
}

#[test]
fn what_waits_comes_back_after_a_restart_and_numbers_are_never_given_twice() {
    let mut all = Approvals::default();
    let wait = |all: &mut Approvals, said| all.wait(said, AT, Ticks::at(0)).expect("room").id;
    let first = wait(&mut all, said("Ann", "lobby", "one \"quoted\"", Some("r1")));
    let second = wait(&mut all, said("Bo", "lobby", "two", None));
    let other = wait(&mut all, said("Bo", "lab", "three", None));
    assert_eq!([first, second, other], [AT, AT + 1, AT + 2]);
    assert!(all.decide(second, Outcome::Published(9, AT)).is_some());
    assert!(all.decide(second, rejected()).is_none(), "once");
    assert_eq!(
        all.outcome("lobby", second),
        Some(Outcome::Published(9, AT))
    );
    assert_eq!(all.outcome("lab", second), None, "in another room");

    let parser = parser();
    let mut after = Approvals::default();
    after.restore(kept(all.take_changes()), &parser, Ticks::at(5));
    assert_eq!(ids(&after, "lobby", 0), [first]);
    assert_eq!(
        (ids(&after, "lab", 0), ids(&after, "lab", other)),
        (vec![other], vec![])
    );
    let waiting = after.get("lobby", first).expect("it waits");
    assert_eq!(waiting.said.text, Json::quote("one \"quoted\""));
    assert_eq!((&*waiting.said.by.name, waiting.at), ("Ann", AT));
    let print = waiting.said.print.expect("a ref");
    let earlier = |print| after.earlier("sub-Ann", print);
    assert_eq!(earlier(print), Some(Earlier::Waits("lobby".into(), first)));
    let content = print.content ^ 1;
    assert_eq!(
        earlier(Fingerprint { content, ..print }),
        Some(Earlier::Reused)
    );
    assert_eq!(after.earlier("sub-Bo", print), None, "another person's ref");
    // An hour was taken from the clock.
    let id = after.wait(
        said("Ann", "lobby", "four", None),
        AT - 3_600_000,
        Ticks::at(6),
    );
    assert_eq!(id.map(|it| it.id), Ok(other + 1));
}

#[test]
fn what_waits_is_bounded_for_each_person_each_device_and_each_room() {
    let mut all = Approvals::default();
    let wait = |all: &mut Approvals, said| all.wait(said, AT, Ticks::at(0)).map(|it| it.id);
    for _ in 0..MAX_OF_A_PERSON {
        let said = Said {
            device: Some("tablet".into()),
            ..said("Ann", "lobby", "x", None)
        };
        assert!(wait(&mut all, said).is_ok());
    }
    let again = said("Ann", "lobby", "x", None);
    assert_eq!(wait(&mut all, again), Err(Full::Person));
    let same_device = Said {
        device: Some("tablet".into()),
        ..said("Anna", "lobby", "x", None)
    };
    assert_eq!(wait(&mut all, same_device), Err(Full::Person));
    assert!(
        wait(&mut all, said("Ann", "lab", "x", None)).is_ok(),
        "elsewhere"
    );
    for n in MAX_OF_A_PERSON..MAX_IN_A_ROOM {
        assert!(wait(&mut all, said(&format!("p{n}"), "lobby", "x", None)).is_ok());
    }
    let one_more = || said("one more", "lobby", "x", None);
    assert_eq!(wait(&mut all, one_more()), Err(Full::Room));
    let first = ids(&all, "lobby", 0)[0];
    assert!(all.decide(first, rejected()).is_some());
    assert!(wait(&mut all, one_more()).is_ok(), "a decision makes room");

    let mut all = Approvals::default();
    let long = "x".repeat(BYTES_IN_A_ROOM / 8);
    for n in 0..7 {
        assert!(wait(&mut all, said(&format!("p{n}"), "lobby", &long, None)).is_ok());
    }
    let long = said("p8", "lobby", &long, None);
    assert_eq!(wait(&mut all, long), Err(Full::Room), "by bytes");
}

#[test]
fn one_person_does_not_fill_a_room_for_the_others() {
    let mut all = Approvals::default();
    let wait = |all: &mut Approvals, said| all.wait(said, AT, Ticks::at(0)).map(|it| it.id);
    let half = "x".repeat(BYTES_OF_A_PERSON / 2 - 2);
    let from = |name, device: &str, text: &str| Said {
        device: Some(device.into()),
        ..said(name, "lobby", text, None)
    };
    for (name, text, waits) in [
        ("Ann", &*half, Ok(())),
        ("Ann", &half, Ok(())),
        ("Ann", "x", Err(Full::Person)),
        ("Anna", "x", Err(Full::Person)),
    ] {
        let waited = wait(&mut all, from(name, "tablet", text)).map(drop);
        assert_eq!(waited, waits, "{name}");
    }
    assert!(wait(&mut all, from("Bo", "phone", &half)).is_ok());
    // One text that is allowed may wait alone, however long it is.
    let long = "x".repeat(2 * BYTES_OF_A_PERSON);
    assert!(wait(&mut all, from("Cy", "laptop", &long)).is_ok());
    assert_eq!(wait(&mut all, from("Cy", "laptop", "x")), Err(Full::Person));
}

#[test]
fn what_was_rejected_or_dropped_does_not_wait_again() {
    let mut all = Approvals::default();
    let print = |reference| Fingerprint {
        reference,
        content: 7,
    };
    for (name, reference) in [("Ann", 1), ("Ann", 2), ("Bo", 1)] {
        let said = Said {
            print: Some(print(reference)),
            ..said(name, "lobby", "x", None)
        };
        assert!(all.wait(said, AT, Ticks::at(0)).is_ok());
    }
    assert!(all.decide(AT, rejected()).is_some());
    let told = |reason: Option<&str>, why| {
        let reason = reason.map(Into::into);
        Some(Earlier::Rejected(Rejection { reason, why }))
    };
    assert_eq!(
        all.earlier("sub-Ann", print(1)),
        told(Some("be kind"), None)
    );
    let dropped = all.drop_where("removed", |waiting| waiting.is_of("sub-Ann", None));
    assert_eq!(dropped.iter().map(|it| it.id).collect::<Vec<_>>(), [AT + 1]);
    assert_eq!(
        all.earlier("sub-Ann", print(2)),
        told(None, Some("removed"))
    );
    assert_eq!(ids(&all, "lobby", 0), [AT + 2]);
    assert_eq!(kept(all.take_changes()).len(), 1);
    all.forget("sub-Ann");
    assert_eq!(all.earlier("sub-Ann", print(1)), None);
}
