use super::*;
use crate::model::event::samples::author;

const NOW: Ticks = Ticks::at(1000);

fn raised(seq: u64, name: &str, question: Option<&str>, anonymous: bool) -> Raised {
    Raised {
        seq,
        by: author(name),
        question: question.map(Json::quote),
        anonymous,
        seconds: Vec::new(),
        seen: NOW,
    }
}

/// Ann asks, Bo raises a hand, Cy asks anonymously.
fn queue() -> (Hands, Arc<str>) {
    let (mut hands, room) = (Hands::default(), Arc::from("lobby"));
    hands.raise(&room, raised(3, "Ann", Some("why?"), false));
    hands.raise(&room, raised(5, "Bo", None, false));
    hands.raise(&room, raised(8, "Cy", Some("how?"), true));
    (hands, room)
}

fn code<T: std::fmt::Debug>(result: Result<T, RequestError>) -> ErrorCode {
    result.expect_err("refused").code
}

#[test]
fn a_person_has_one_hand_in_a_room_at_the_end_of_its_queue() {
    let (hands, _) = queue();
    let why = Json::quote("why?");
    let place = |room, sub, question, anonymous| hands.place(room, sub, question, anonymous);
    assert_eq!(place("lobby", "sub-Di", None, false), Ok(Some(4)));
    assert_eq!(place("lobby", "sub-Bo", None, false), Ok(None), "is up");
    assert_eq!(place("lab", "sub-Bo", None, false), Ok(Some(1)));
    assert_eq!(place("lobby", "sub-Ann", Some(&why), false), Ok(None));
    for (sub, question, anonymous) in [
        ("sub-Bo", Some(&why), false),
        ("sub-Ann", None, false),
        ("sub-Ann", Some(&why), true),
    ] {
        let refused = place("lobby", sub, question, anonymous);
        assert_eq!(code(refused), ErrorCode::Forbidden, "{sub}");
    }
}

#[test]
fn hands_and_the_bytes_of_their_questions_are_bounded() {
    let (mut hands, room) = (Hands::default(), Arc::from("lobby"));
    for n in 1..=MAX_HANDS as u64 {
        assert_eq!(hands.place(&room, "new", None, false), Ok(Some(n as u16)));
        hands.raise(&room, raised(n, &n.to_string(), None, false));
    }
    assert_eq!(
        code(hands.place(&room, "new", None, false)),
        ErrorCode::Forbidden
    );
    hands.lower(&room, 7);
    assert_eq!(hands.place(&room, "new", None, false), Ok(Some(200)));

    let mut hands = Hands::default();
    let long = "x".repeat(MAX_QUESTIONS - 10);
    hands.raise(&room, raised(1, "Ann", Some(&long), false));
    let (short, too_long) = (Json::quote("123456"), Json::quote("1234567"));
    assert_eq!(hands.place(&room, "b", Some(&short), false), Ok(Some(2)));
    let refused = hands.place(&room, "b", Some(&too_long), false);
    assert_eq!(code(refused), ErrorCode::Forbidden);
    assert_eq!(
        hands.place(&room, "b", None, false),
        Ok(Some(2)),
        "no words"
    );
}

#[test]
fn an_anonymous_hand_is_found_by_its_event_and_by_its_owner_only_for_those_who_may_know() {
    let (hands, room) = queue();
    let user = |name: &str| Whose::User(format!("id-{name}").into());
    for (whose, knows, found) in [
        (user("Ann"), false, Some(3)),
        (user("Cy"), false, None),
        (user("Cy"), true, Some(8)),
        (user("Di"), true, None),
        (Whose::Hand(8), false, Some(8)),
        (Whose::Hand(4), true, None),
    ] {
        let hand = hands.find(&room, &whose, knows).map(|hand| hand.seq);
        assert_eq!(hand, found, "{whose:?} {knows}");
    }
    assert!(hands.find("lab", &Whose::Hand(8), true).is_none());
}

#[test]
fn who_has_the_same_question_counts_once_and_stays_counted_when_it_is_answered() {
    let (mut hands, room) = queue();
    let (bo, di) = (author("Bo"), author("Di"));
    for (by, on, new) in [
        (&bo, true, true),
        (&bo, true, false),
        (&di, true, true),
        (&di, false, true),
        (&di, false, false),
    ] {
        assert_eq!(hands.second(&room, 3, by, on), Ok(new));
    }
    let (owner, hand) = hands.lowered(&room, 3, true).expect("up");
    assert_eq!((&*owner.name, hand.of, hand.position), ("Ann", Some(3), 1));
    assert_eq!((hand.answered, hand.votes, hand.up), (true, 1, false));
    let (cy, seven) = (author("Cy"), 7);
    let refused = |hands: &mut Hands, seq, by| code(hands.second(&room, seq, by, true));
    assert_eq!(refused(&mut hands, 8, &cy), ErrorCode::Forbidden, "own");
    assert_eq!(
        refused(&mut hands, 5, &cy),
        ErrorCode::NotFound,
        "no question"
    );
    assert_eq!(refused(&mut hands, seven, &cy), ErrorCode::NotFound);
    for n in 0..MAX_VOTES - 1 {
        assert_eq!(
            hands.second(&room, 3, &author(&n.to_string()), true),
            Ok(true)
        );
    }
    assert_eq!(refused(&mut hands, 3, &di), ErrorCode::Forbidden, "full");
    assert_eq!(hands.second(&room, 3, &bo, true), Ok(false));
}

#[test]
fn what_was_recorded_is_the_same_after_a_restart() {
    let (mut hands, room) = queue();
    let (bo, di) = (author("Bo"), author("Di"));
    hands.second(&room, 3, &bo, true).expect("a question");
    hands.second(&room, 3, &di, true).expect("a question");
    hands.second(&room, 3, &di, false).expect("a question");
    hands.second(&room, 8, &bo, true).expect("a question");
    hands.raise(&room, raised(9, "Ed", Some("where?"), false));
    hands.second(&room, 9, &bo, true).expect("a question");
    hands.lower(&room, 9);
    let mut records: Vec<Record> = Vec::new();
    for change in hands.take_changes() {
        match change {
            RecordChange::Keep(record) => {
                assert!(
                    !record.body.contains(&*record.by.name),
                    "a name: {record:?}"
                );
                records.push(*record);
            }
            RecordChange::Drop(kind, id) => {
                let before = records.len();
                records.retain(|record| (record.kind, &record.id) != (kind, &id));
                assert_eq!(records.len(), before - 1, "{kind:?} {id} was not kept");
            }
        }
    }
    records.reverse();
    let mut again = Hands::default();
    again.restore(&records, NOW);
    let shown = |hands: &Hands| format!("{:?}", hands.of(&room));
    assert_eq!(shown(&again), shown(&hands));
    assert!(again.take_changes().is_empty());
}

#[test]
fn hands_go_with_their_owners_their_room_and_their_age() {
    let (mut hands, room) = queue();
    let lab: Arc<str> = Arc::from("lab");
    hands.raise(&lab, raised(2, "Cy", None, false));
    hands
        .second(&room, 3, &author("Cy"), true)
        .expect("a question");
    hands.look(NOW.after(500), |sub| sub == "sub-Ann");
    let gone = hands.chosen(|_, hand| hand.seen == NOW);
    let gone: Vec<(&str, u64)> = gone.iter().map(|(room, seq)| (&**room, *seq)).collect();
    assert_eq!(gone, [("lab", 2), ("lobby", 5), ("lobby", 8)]);

    hands.forget("sub-Cy");
    assert!(hands.of("lab").is_empty());
    let left: Vec<u64> = hands.of("lobby").iter().map(|hand| hand.seq).collect();
    assert_eq!(left, [3, 5]);
    assert_eq!(hands.of("lobby")[0].votes(), 0);
    hands.forget_up_to("lobby", 3);
    assert_eq!(hands.of("lobby")[0].seq, 5);
    hands.forget_up_to("lobby", u64::MAX);
    assert!(hands.of("lobby").is_empty() && hands.rooms.is_empty());
}
