use super::*;
use crate::model::role::Role;

const NOW: Ticks = Ticks::at(1000);

fn author(sub: &str) -> Arc<Author> {
    Arc::new(Author {
        sub: sub.into(),
        id: format!("id-{sub}").into(),
        name: sub.into(),
        role: Role::Member,
    })
}

fn report(by: &str, target: &str, seq: Option<u64>) -> Report {
    Report {
        number: 0,
        room: "lobby".into(),
        seq,
        target: author(target),
        anonymous: seq == Some(8),
        by: author(by),
        words: match seq {
            Some(seq) => Words::Text(Json::quote(&format!("\"words\" of {seq}"))),
            None => Words::None,
        },
        note: Some(Json::quote("look\nhere")),
        at: 5,
    }
}

#[test]
fn a_report_is_made_once_and_closed_once() {
    let mut all = Reports::default();
    assert_eq!(all.open(report("ann", "bo", Some(3)), NOW), Made::New(1));
    assert_eq!(all.open(report("ann", "bo", Some(3)), NOW), Made::Again);
    assert_eq!(all.open(report("ann", "bo", None), NOW), Made::New(2));
    assert_eq!(all.open(report("cy", "bo", Some(3)), NOW), Made::New(3));
    all.close(1);
    all.close(1);
    let numbers: Vec<u64> = all.newest().map(|report| report.number).collect();
    assert_eq!(numbers, [3, 2]);
    assert_eq!(all.take_changes().len(), 4);
}

#[test]
fn a_report_is_for_those_who_lead_its_room_but_not_for_the_person_concerned() {
    let report = report("ann", "bo", Some(3));
    let rooms = |name: &str| Reach::of(Some(&[name.to_owned()]));
    for (sub, reach, expected) in [
        ("lin", Reach::EVERYWHERE, true),
        ("lin", rooms("lobby"), true),
        ("lin", rooms("lab"), false),
        ("bo", Reach::EVERYWHERE, false),
        ("ann", Reach::EVERYWHERE, true),
    ] {
        assert_eq!(report.is_for(sub, &reach), expected, "{sub} {reach:?}");
    }
}

#[test]
fn their_number_is_bounded_of_one_person_and_of_all() {
    let mut all = Reports::default();
    for n in 0..MAX_REPORTS_OF_ONE as u64 {
        assert!(matches!(
            all.open(report("ann", "bo", Some(n)), NOW),
            Made::New(_)
        ));
    }
    assert_eq!(all.open(report("ann", "bo", None), NOW), Made::FullOfOne);
    for n in MAX_REPORTS_OF_ONE..MAX_REPORTS {
        let other = report(&format!("person {n}"), "bo", None);
        assert!(matches!(all.open(other, NOW), Made::New(_)));
    }
    assert_eq!(all.open(report("cy", "bo", None), NOW), Made::Full);
    all.close(1);
    assert!(matches!(
        all.open(report("cy", "bo", None), NOW),
        Made::New(_)
    ));
}

#[test]
fn what_was_kept_comes_back_as_it_was() {
    let mut all = Reports::default();
    all.open(report("ann", "bo", Some(3)), NOW);
    all.open(report("ann", "bo", None), NOW);
    let deleted = Report {
        words: Words::Deleted,
        ..report("cy", "bo", Some(4))
    };
    all.open(deleted, NOW);
    let changes = all.take_changes().into_iter();
    let records: Vec<Record> = changes
        .filter_map(|change| match change {
            RecordChange::Keep(record) => Some(*record),
            RecordChange::Drop(..) => None,
        })
        .collect();
    let mut again = Reports::default();
    again.restore(&records, NOW);
    assert!(again.newest().eq(all.newest()));
    assert_eq!(again.open(report("cy", "bo", None), NOW), Made::New(4));
}

#[test]
fn words_go_with_a_purge_and_reports_with_persons_rooms_and_time() {
    let mut all = Reports::default();
    for target in ["bo", "cy", "di"] {
        all.open(report("ann", target, Some(3)), NOW);
    }
    all.take_changes();
    all.purge("lobby", 4);
    all.purge("lab", 3);
    assert!(all.take_changes().is_empty());
    all.purge("lobby", 3);
    assert!(all.newest().all(|report| report.words == Words::Deleted));
    assert_eq!(all.take_changes().len(), 3);
    all.forget("bo");
    assert_eq!(all.newest().count(), 2);
    all.sweep(50, NOW.after(50));
    assert_eq!(all.newest().count(), 2);
    all.sweep(50, NOW.after(51));
    assert_eq!(all.newest().count(), 0);
    all.open(report("ann", "bo", None), NOW);
    all.remove_rooms(|room| room == "lobby");
    all.open(report("ann", "bo", None), NOW);
    all.remove_rooms(|_| true);
    assert_eq!(all.newest().count(), 0);
}
