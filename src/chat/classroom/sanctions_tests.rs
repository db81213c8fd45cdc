use super::*;
use crate::chat::classroom::sanction::{NOT_IN_FORCE, Namesakes};
use crate::chat::grant::Rank;
use crate::model::role::Role;

const NOW: Ticks = Ticks::at(1000);

fn reach(rooms: &[&str]) -> Reach {
    let rooms: Vec<String> = rooms.iter().map(|&room| room.into()).collect();
    Reach::of(Some(&rooms))
}

fn sanction(kind: Kind, sub: &str, reach: Reach, millis: u64) -> Sanction {
    let author = |sub: &str| {
        Arc::new(Author {
            sub: sub.into(),
            id: format!("id-{sub}").into(),
            name: sub.into(),
            role: Role::Member,
        })
    };
    Sanction {
        number: NOT_IN_FORCE,
        kind,
        target: author(sub),
        rank: Rank::LOWEST,
        device: Some(format!("device of {sub}").into()),
        home: Reach::EVERYWHERE,
        reach,
        until: NOW.after(millis),
        reason: None,
        asked: None,
        by: author("host"),
        namesakes: Namesakes::default(),
    }
}

#[test]
fn a_removal_from_certain_rooms_keeps_nobody_out_of_others() {
    let mut all = Sanctions::default();
    assert!(all.impose(sanction(Kind::Removal, "bo", reach(&["b"]), 50), NOW));
    let out =
        |all: &Sanctions, sub, device, room| all.removal_from(sub, device, room, NOW).is_some();
    assert!(out(&all, "bo", None, "b") && !out(&all, "bo", None, "a"));
    assert!(out(&all, "other name", Some("device of bo"), "b"));
    assert!(!out(&all, "ann", None, "b") && !out(&all, "ann", Some("hers"), "b"));
    let whole = |reach: &Reach| all.removal("bo", None, reach, NOW).is_some();
    assert!(whole(&reach(&["b"])));
    assert!(!whole(&Reach::EVERYWHERE) && !whole(&reach(&["a", "b"])));
    assert!(
        all.removal("bo", None, &reach(&["b"]), NOW.after(50))
            .is_none(),
        "over"
    );
}

#[test]
fn a_longer_removal_stays_and_a_newer_mute_counts() {
    let mut all = Sanctions::default();
    let everywhere = || Reach::EVERYWHERE;
    for millis in [50, 20] {
        assert!(all.impose(sanction(Kind::Removal, "bo", everywhere(), millis), NOW));
        assert!(all.impose(sanction(Kind::Mute, "bo", everywhere(), millis), NOW));
    }
    let removal = all.removal("bo", None, &everywhere(), NOW);
    assert_eq!(removal.map(|removal| removal.until), Some(NOW.after(50)));
    assert_eq!(all.mutes("bo", None, NOW), [(everywhere(), NOW.after(20))]);
}

#[test]
fn who_leads_certain_rooms_lifts_there_and_nowhere_else() {
    let mut all = Sanctions::default();
    assert!(all.impose(sanction(Kind::Mute, "bo", reach(&["a", "b"]), 50), NOW));
    assert!(all.impose(sanction(Kind::Mute, "cy", Reach::EVERYWHERE, 50), NOW));
    let b = reach(&["b"]);
    let lifted = |some, beyond| Lifted { some, beyond };
    let bo = |sanction: &Sanction| sanction.binds("bo", None);
    let cy = |sanction: &Sanction| sanction.binds("cy", None);
    assert_eq!(all.lift(&[Kind::Mute], &b, bo), lifted(true, false));
    assert_eq!(all.mutes("bo", None, NOW), [(reach(&["a"]), NOW.after(50))]);
    assert_eq!(all.lift(&[Kind::Mute], &b, bo), lifted(false, false));
    assert_eq!(all.lift(&[Kind::Mute], &b, cy), lifted(false, true));
    let everywhere = Reach::EVERYWHERE;
    assert_eq!(
        all.lift(&[Kind::Removal], &everywhere, cy),
        lifted(false, false)
    );
    assert_eq!(
        all.lift(&[Kind::Mute], &everywhere, cy),
        lifted(true, false)
    );
    assert!(all.mutes("cy", None, NOW).is_empty());
}

#[test]
fn their_number_is_bounded_and_what_is_over_makes_room() {
    let mut all = Sanctions::default();
    for n in 0..MAX_SANCTIONS {
        let mute = sanction(Kind::Mute, &n.to_string(), Reach::EVERYWHERE, 50);
        assert!(all.impose(mute, NOW));
    }
    let one_more = || sanction(Kind::Mute, "more", Reach::EVERYWHERE, 500);
    assert!(!all.impose(one_more(), NOW));
    let again = sanction(Kind::Mute, "7", Reach::EVERYWHERE, 50);
    assert!(all.impose(again, NOW), "in place of the one before");
    assert!(all.impose(one_more(), NOW.after(50)));
}

#[test]
fn who_is_forgotten_stays_bound_without_a_name() {
    let mut all = Sanctions::default();
    assert!(all.impose(sanction(Kind::Removal, "bo", Reach::EVERYWHERE, 50), NOW));
    all.forget("bo");
    let removal = all.removal("bo", None, &Reach::EVERYWHERE, NOW);
    assert_eq!(removal.map(|removal| &*removal.target.name), Some(""));
}

#[test]
fn the_end_of_a_lesson_ends_what_binds_the_guests_of_that_class() {
    let mut all = Sanctions::default();
    let (a, b) = (reach(&["a", "a-lab"]), reach(&["b"]));
    let of = |sub: &str, kind, holds: Reach, home: Reach| Sanction {
        home,
        ..sanction(kind, sub, holds, 50)
    };
    let (everywhere, both) = (Reach::EVERYWHERE, reach(&["a", "b"]));
    for new in [
        of("ann", Kind::Ban, everywhere.clone(), reach(&["a"])),
        of("bo", Kind::Mute, both, reach(&["b"])),
        of("cy", Kind::Removal, reach(&["a-lab"]), everywhere.clone()),
        of("di", Kind::Ban, everywhere.clone(), everywhere),
    ] {
        assert!(all.impose(new, NOW));
    }
    let records = all.take_changes().into_iter();
    let records = records.filter_map(|change| match change {
        RecordChange::Keep(record) => Some(*record),
        _ => None,
    });
    let mut restored = Sanctions::default();
    restored.restore(records);
    for mut all in [all, restored] {
        let bound = |all: &Sanctions| -> Vec<Box<str>> {
            let all = all.in_force(NOW);
            all.map(|it| it.target.sub.clone()).collect()
        };
        all.end_lesson(&b, false);
        assert_eq!(bound(&all), ["ann", "cy", "di"].map(Box::from));
        all.end_lesson(&a, false);
        // Nobody knows the class of this one.
        assert_eq!(bound(&all), ["di"].map(Box::from));
        all.end_lesson(&b, true);
        assert!(bound(&all).is_empty());
    }
}
