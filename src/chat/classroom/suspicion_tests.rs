use super::*;
use crate::model::role::Role;
use crate::store::record::{Record, RecordChange};

const NOW: Ticks = Ticks::at(1000);
const EVERYWHERE: &Reach = &Reach::EVERYWHERE;

fn author(sub: &str, name: &str) -> Arc<Author> {
    Arc::new(Author {
        sub: sub.into(),
        id: format!("id-{sub}").into(),
        name: name.into(),
        role: Role::Member,
    })
}

fn sanction(kind: Kind, sub: &str, name: &str, millis: u64) -> Sanction {
    Sanction {
        number: NOT_IN_FORCE,
        kind,
        target: author(sub, name),
        rank: Rank::LOWEST,
        device: Some(format!("device of {sub}").into()),
        home: Reach::EVERYWHERE,
        reach: Reach::EVERYWHERE,
        until: NOW.after(millis),
        reason: None,
        asked: None,
        by: author("host", "Ms Lin"),
        namesakes: Namesakes::default(),
    }
}

/// Bo, removed for 50 ms.
fn bo_is_out() -> Sanctions {
    let mut all = Sanctions::default();
    assert!(all.impose(sanction(Kind::Removal, "bo", "Bo", 50), NOW));
    all
}

/// Who is suspected when a guest comes in, if anybody.
fn comes(all: &mut Sanctions, sub: &str, name: &str, now: Ticks) -> bool {
    let who = author(sub, name);
    let device = format!("device of {sub}");
    let looks = crate::auth::looks::looks_of_asked(name);
    let newcomer = Newcomer {
        sub,
        device: &device,
        looks: &looks,
        reach: EVERYWHERE,
    };
    let suspect = all.is_suspect(&newcomer, now);
    assert_eq!(all.suspect(&newcomer, &who, now).is_some(), suspect);
    suspect
}

fn is_muted(all: &Sanctions, sub: &str, now: Ticks) -> bool {
    !all.mutes(sub, None, now).is_empty()
}

#[test]
fn who_comes_with_the_name_of_somebody_who_is_bound_is_muted_as_long() {
    for kind in [Kind::Mute, Kind::Removal, Kind::Ban] {
        // The name as it was shown, whether the server put its number there, and who is suspected.
        for (shown, numbered, asked, suspect) in [
            ("Bo", false, "Bo", true),
            ("Bo", false, "b.O!", true),
            ("Bo", false, "Bob", false),
            ("Bo", false, "Bo 2", true),
            ("Bo", false, "Во", true), // Cyrillic
            ("Bo", false, "Bo Li", false),
            ("Tom", false, "Torn", false),
            ("Bo 2", true, "Bo 3", true),
            ("Bo 2", true, "Bo", true),
            ("Bo 2", true, "bo2", true),
            ("Player 2", false, "Player", false),
            ("Player 2", false, "Player 1", false),
            ("", false, "Bo", false),
        ] {
            let mut all = Sanctions::default();
            let mut bound = sanction(kind, "bo", shown, 50);
            bound.namesakes.numbered = numbered;
            assert!(all.impose(bound, NOW));
            let what = format!("{kind:?} of {shown}, then {asked}");
            assert_eq!(comes(&mut all, "new", asked, NOW), suspect, "{what}");
            assert_eq!(is_muted(&all, "new", NOW.after(49)), suspect, "{what}");
            assert!(!is_muted(&all, "new", NOW.after(50)), "{what}");
            let removal = all.removal("new", Some("device of new"), EVERYWHERE, NOW);
            assert!(removal.is_none(), "{what}: a name alone keeps nobody out");
        }
    }
}

#[test]
fn one_is_suspected_once_and_not_again_after_a_decision() {
    let mut all = bo_is_out();
    assert!(comes(&mut all, "new", "Bo", NOW));
    assert!(!comes(&mut all, "new", "Bo", NOW), "again");
    assert!(is_muted(&all, "new", NOW) && all.is_suspected("new", NOW));
    all.lift(&[Kind::Mute], EVERYWHERE, |it| it.binds("new", None));
    assert!(!comes(&mut all, "new", "Bo", NOW), "after the decision");
    assert!(!is_muted(&all, "new", NOW) && !all.is_suspected("new", NOW));
    assert!(comes(&mut all, "third", "Bo", NOW), "somebody else");
    assert!(!comes(&mut all, "fourth", "Bo", NOW.after(50)), "over");
}

#[test]
fn who_was_here_before_is_not_suspected() {
    let mut all = Sanctions::default();
    let mut bound = sanction(Kind::Removal, "bo", "Bo 2", 50);
    bound.namesakes = Namesakes {
        numbered: true,
        known: vec!["the first Bo".into()],
        ..Namesakes::default()
    };
    assert!(all.impose(bound, NOW));
    assert!(!comes(&mut all, "the first Bo", "Bo", NOW));
    assert!(!comes(&mut all, "bo", "Bo", NOW), "bound anyhow");
}

#[test]
fn a_suspicion_ends_with_what_may_be_evaded_and_passes_on_to_what_replaces_it() {
    let mut all = bo_is_out();
    assert!(comes(&mut all, "new", "Bo", NOW));
    // A longer removal takes the place of the first.
    assert!(all.impose(sanction(Kind::Removal, "bo", "Bo", 500), NOW));
    assert!(is_muted(&all, "new", NOW.after(499)) && !comes(&mut all, "new", "Bo", NOW));
    let mute = all.of(Kind::Mute, NOW).next().unwrap().clone();
    let evaded = all.evaded_by(&mute, NOW).map(|it| &*it.target.sub);
    assert_eq!(evaded, Some("bo"));
    all.lift(&[Kind::Removal], EVERYWHERE, |it| it.binds("bo", None));
    assert!(!is_muted(&all, "new", NOW));
    assert_eq!(all.in_force(NOW).count(), 0);
}

#[test]
fn a_mute_by_somebody_who_leads_is_no_suspicion_and_stays() {
    let mut all = bo_is_out();
    assert!(comes(&mut all, "new", "Bo", NOW));
    assert!(all.impose(sanction(Kind::Mute, "new", "Bo 2", 500), NOW));
    all.lift(&[Kind::Removal], EVERYWHERE, |it| it.binds("bo", None));
    assert!(is_muted(&all, "new", NOW.after(499)) && !all.is_suspected("new", NOW));
}

#[test]
fn a_restart_changes_nothing() {
    let mut all = bo_is_out();
    assert!(comes(&mut all, "new", "Bo", NOW));
    assert!(comes(&mut all, "free", "Bo", NOW));
    all.lift(&[Kind::Mute], EVERYWHERE, |it| it.binds("free", None));
    let mut kept: Vec<Record> = Vec::new();
    for change in all.take_changes() {
        let (RecordChange::Keep(_) | RecordChange::Drop(..)) = change;
        let key = match &change {
            RecordChange::Keep(record) => (record.kind, record.id.clone()),
            RecordChange::Drop(kind, id) => (*kind, id.clone()),
        };
        kept.retain(|record| (record.kind, record.id.clone()) != key);
        if let RecordChange::Keep(record) = change {
            kept.push(*record);
        }
    }
    let mut all = Sanctions::default();
    all.restore(kept);
    assert!(is_muted(&all, "new", NOW) && !is_muted(&all, "free", NOW));
    for known in ["new", "free"] {
        assert!(!comes(&mut all, known, "Bo", NOW), "{known}");
    }
    all.lift(&[Kind::Removal], EVERYWHERE, |it| it.binds("bo", None));
    assert!(!is_muted(&all, "new", NOW));
}

#[test]
fn nobody_goes_free_because_others_came() {
    let mut all = bo_is_out();
    for n in 0..MAX_SUSPECTS {
        assert!(all.make_room(NOW, |_| true), "{n}");
        assert!(comes(&mut all, &format!("new-{n}"), "Bo", NOW));
    }
    assert!(!all.make_room(NOW, |_| true), "all are here");
    for n in 0..MAX_SUSPECTS {
        assert!(is_muted(&all, &format!("new-{n}"), NOW), "{n}");
    }
    // Of those who are not here, the one who came first makes room, and is suspected again.
    let away = |it: &Sanction| !["new-7", "new-9"].contains(&&*it.target.sub);
    assert!(all.make_room(NOW, away));
    assert!(!is_muted(&all, "new-7", NOW) && is_muted(&all, "new-9", NOW));
    assert!(comes(&mut all, "one more", "Bo", NOW));
    assert!(all.make_room(NOW, away));
    assert!(comes(&mut all, "new-7", "Bo", NOW));
    assert_eq!(all.of(Kind::Mute, NOW).count(), MAX_SUSPECTS);
}

#[test]
fn a_suspect_with_whose_name_another_came_does_not_make_room() {
    let mut all = bo_is_out();
    assert!(comes(&mut all, "new-0", "Bo", NOW));
    assert!(all.impose(sanction(Kind::Mute, "a bystander", "Ann", 50), NOW));
    let second = all.of(Kind::Mute, NOW).next().unwrap().number;
    for n in 1..MAX_SUSPECTS {
        assert!(comes(&mut all, &format!("new-{n}"), "Bo", NOW));
    }
    all.amend(|it| {
        let last = *it.target.sub == *format!("new-{}", MAX_SUSPECTS - 1);
        if last {
            it.namesakes.evading = Some(second);
        }
        last
    });
    assert!(all.make_room(NOW, |it| *it.target.sub != *"new-0"
        && *it.target.sub != *"new-1"));
    assert!(is_muted(&all, "new-0", NOW) && !is_muted(&all, "new-1", NOW));
}

#[test]
fn those_who_lead_hear_of_the_first_at_once_and_of_the_others_together() {
    let mut all = bo_is_out();
    assert!(comes(&mut all, "new-1", "Bo", NOW));
    assert!(all.untold_suspects(NOW).is_empty());
    for n in 2..=5 {
        assert!(comes(&mut all, &format!("new-{n}"), "Bo", NOW));
    }
    let told = all.untold_suspects(NOW);
    assert_eq!(told.len(), 1);
    let (newest, evaded, count) = &told[0];
    assert_eq!(
        (&*newest.target.sub, &*evaded.target.sub, *count),
        ("new-5", "bo", 5)
    );
    assert!(all.untold_suspects(NOW).is_empty());
    // Another sanction in its place does not make them new.
    assert!(all.impose(sanction(Kind::Removal, "bo", "Bo", 500), NOW));
    assert!(comes(&mut all, "new-6", "Bo", NOW));
    assert_eq!(all.untold_suspects(NOW)[0].2, 6);
}

#[test]
fn what_one_sanction_remembers_is_bounded() {
    let mut all = bo_is_out();
    for n in 0..=MAX_NAMESAKES {
        assert!(all.make_room(NOW, |it| *it.target.sub == *"new-0"));
        assert!(comes(&mut all, &format!("new-{n}"), "Bo", NOW));
        // A decision makes room, and is remembered.
        all.lift(&[Kind::Mute], EVERYWHERE, |it| it.binds("new-1", None));
    }
    let removal = all.of(Kind::Removal, NOW).next().unwrap();
    assert!(removal.namesakes.known.len() <= MAX_NAMESAKES);
}

#[test]
fn who_takes_the_name_that_a_suspect_got_is_suspected_too() {
    let mut all = bo_is_out();
    let newcomer = |sub, device, looks| Newcomer {
        sub,
        device,
        looks,
        reach: EVERYWHERE,
    };
    let (bo, bo2) = (["bo".to_owned()], ["bo2", "bo"].map(str::to_owned));
    let second = author("second", "Bo 2");
    let (mute, _) = all
        .suspect(&newcomer("second", "another device", &bo), &second, NOW)
        .expect("a suspect");
    let third = author("third", "Bo 2 2");
    let came = all.suspect(&newcomer("third", "a third device", &bo2), &third, NOW);
    let (again, evaded) = came.expect("a suspect");
    assert_eq!(again.until, mute.until);
    assert_eq!(&*evaded.target.sub, "bo");
    assert!(is_muted(&all, "third", NOW));
}
