use super::*;
use crate::chat::classroom::poll::SHOWN_FROM;
use crate::model::event::samples::author;

fn room() -> Arc<str> {
    "lobby".into()
}

fn voter(name: &str) -> Voter {
    Voter {
        who: author(name),
        device: None,
    }
}

fn chosen(numbers: &[u64]) -> Choices {
    Choices::of(numbers).expect("choices")
}

/// Polls with the open poll 1 of three choices.
fn polls(multiple: bool, anonymous: bool) -> Polls {
    let mut polls = Polls::default();
    let asked = Question {
        question: "Which?".into(),
        choices: vec!["a".into(), "b".into(), "c".into()],
        multiple,
        anonymous,
    };
    polls.open(&room(), 1, author("Lin"), Arc::new(asked));
    polls
}

fn vote(polls: &mut Polls, name: &str, numbers: &[u64]) -> Result<Counted, NotCounted> {
    polls.vote("lobby", 1, voter(name), chosen(numbers))
}

fn sums(polls: &Polls) -> (u32, Vec<u32>) {
    let poll = polls.find("lobby", 1).expect("the poll");
    (poll.count(), poll.votes.clone())
}

/// What is on the disk after the changes up to now.
fn kept(polls: &mut Polls, before: &mut Vec<Record>) {
    for change in polls.take_changes() {
        let (kind, id) = match &change {
            RecordChange::Keep(record) => (record.kind, record.id.clone()),
            RecordChange::Drop(kind, id) => (*kind, id.clone()),
        };
        before.retain(|record| (record.kind, &record.id) != (kind, &id));
        if let RecordChange::Keep(record) = change {
            before.push(*record);
        }
    }
}

fn again(records: &[Record]) -> Polls {
    let mut polls = Polls::default();
    polls.restore(records);
    polls
}

#[test]
fn each_vote_counts_or_says_why_not() {
    use Counted::*;
    use NotCounted::*;
    // Multiple, anonymous; the votes of one person; what each came to; the sums.
    type Case = (
        bool,
        bool,
        &'static [&'static [u64]],
        &'static [Result<Counted, NotCounted>],
        [u32; 3],
    );
    let cases: [Case; 6] = [
        (false, false, &[&[1]], &[Ok(Yes)], [0, 1, 0]),
        (
            false,
            false,
            &[&[1], &[1], &[2]],
            &[Ok(Yes), Ok(Already), Ok(Yes)],
            [0, 0, 1],
        ),
        (
            false,
            true,
            &[&[1], &[2], &[1]],
            &[Ok(Yes), Err(HasVoted), Err(HasVoted)],
            [0, 1, 0],
        ),
        (false, false, &[&[0, 1]], &[Err(OnlyOne)], [0, 0, 0]),
        (
            true,
            false,
            &[&[0, 1], &[1, 2]],
            &[Ok(Yes), Ok(Yes)],
            [0, 1, 1],
        ),
        (true, true, &[&[0, 3]], &[Err(NoSuchChoice)], [0, 0, 0]),
    ];
    for (multiple, anonymous, votes, came, votes_sum) in cases {
        let mut polls = polls(multiple, anonymous);
        let given: Vec<_> = votes.iter().map(|v| vote(&mut polls, "Ann", v)).collect();
        assert_eq!(given, came, "{multiple} {anonymous} {votes:?}");
        let count = u32::from(came[0].is_ok());
        assert_eq!(sums(&polls), (count, votes_sum.to_vec()));
    }
    let mut polls = polls(false, false);
    let elsewhere = polls.vote("lab", 1, voter("Ann"), chosen(&[0]));
    assert_eq!(elsewhere, Err(Unknown));
    polls.close("lobby", 1);
    assert_eq!(vote(&mut polls, "Ann", &[0]), Err(Closed));
}

#[test]
fn a_restart_changes_nothing() {
    for (multiple, anonymous) in [(true, false), (false, false), (false, true), (true, true)] {
        let (mut polls, mut disk) = (polls(multiple, anonymous), Vec::new());
        for (n, name) in ["Ann", "Bo", "Cy", "Di", "Bo"].into_iter().enumerate() {
            let _ = vote(&mut polls, name, &[n as u64 % 3]);
            kept(&mut polls, &mut disk);
            let restarted = again(&disk);
            assert_eq!(sums(&restarted), sums(&polls));
            assert_eq!(restarted.ballots, polls.ballots);
            assert!(restarted.changes.is_empty());
        }
        polls.publish("lobby", 1);
        polls.close("lobby", 1);
        kept(&mut polls, &mut disk);
        let mut restarted = again(&disk);
        assert_eq!(sums(&restarted), sums(&polls));
        let poll = restarted.find("lobby", 1).expect("the poll");
        assert!(poll.published && !poll.open);
        assert_eq!(vote(&mut restarted, "Ed", &[0]), Err(NotCounted::Closed));
    }
}

#[test]
fn what_is_kept_of_an_anonymous_vote_does_not_say_what_it_was() {
    let numbers = |n: u64| chosen(&[n]);
    let disk = |choice: u64| {
        let (mut polls, mut disk) = (polls(false, true), Vec::new());
        for n in 0..3 {
            assert!(
                polls
                    .vote("lobby", 1, voter(&format!("P{n}")), numbers(n))
                    .is_ok()
            );
        }
        kept(&mut polls, &mut Vec::new());
        assert!(
            polls
                .vote("lobby", 1, voter("Ann"), numbers(choice))
                .is_ok()
        );
        kept(&mut polls, &mut disk);
        disk
    };
    let (a, b) = (disk(0), disk(2));
    assert_eq!(a.len(), 2, "a ballot and the sums");
    let of_kind = |disk: &[Record], kind| {
        let mut found = disk.iter().filter(|record| record.kind == kind);
        found.next().cloned().expect("a record")
    };
    let ballot = of_kind(&a, RecordKind::Ballot);
    assert_eq!(ballot, of_kind(&b, RecordKind::Ballot));
    assert_eq!(&*ballot.body, r#"{"poll":1}"#);
    let (a, b) = (
        of_kind(&a, RecordKind::PollSums),
        of_kind(&b, RecordKind::PollSums),
    );
    assert_eq!(&*a.body, r#"{"poll":1,"count":4,"votes":[2,1,1]}"#);
    assert_eq!((a.by.clone(), a.id), (b.by, b.id));
    assert_eq!(a.by, author("Lin"), "not the person who voted last");
}

#[test]
fn the_sums_of_an_anonymous_poll_are_shown_from_five_votes_on_or_at_closing() {
    let mut polls = polls(false, true);
    for n in 1..=SHOWN_FROM {
        let shown = polls.find("lobby", 1).map(|poll| poll.shown().len());
        assert_eq!(shown, Some(0), "{} votes", n - 1);
        assert!(vote(&mut polls, &n.to_string(), &[0]).is_ok());
    }
    let shown = |polls: &Polls| polls.find("lobby", 1).map(|poll| poll.shown().to_vec());
    assert_eq!(shown(&polls), Some(vec![5, 0, 0]));
    let mut few = super::tests::polls(false, true);
    assert!(vote(&mut few, "Ann", &[1]).is_ok());
    few.close("lobby", 1);
    assert_eq!(shown(&few), Some(vec![0, 1, 0]));
}

#[test]
fn who_voted_is_erased_when_an_anonymous_poll_is_closed() {
    let (mut polls, mut disk) = (polls(false, true), Vec::new());
    assert!(vote(&mut polls, "Ann", &[1]).is_ok());
    polls.close("lobby", 1);
    kept(&mut polls, &mut disk);
    let kinds: Vec<RecordKind> = disk.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, [RecordKind::PollSums, RecordKind::Poll]);
    assert_eq!(polls.ballots, 0);
}

#[test]
fn votes_from_one_device_are_counted_and_named_only_in_a_named_poll() {
    for anonymous in [false, true] {
        let mut polls = polls(false, anonymous);
        for (name, device) in [("Ann", "one"), ("Bo", "two"), ("Cy", "one")] {
            let voter = Voter {
                device: Some(device.into()),
                ..voter(name)
            };
            assert!(polls.vote("lobby", 1, voter, chosen(&[0])).is_ok());
        }
        assert!(vote(&mut polls, "Di", &[0]).is_ok());
        assert!(vote(&mut polls, "Ed", &[0]).is_ok(), "no device");
        let repeated = |polls: &Polls| polls.find("lobby", 1).map(Poll::repeated);
        assert_eq!(repeated(&polls), Some(1));
        polls.close("lobby", 1);
        assert_eq!(repeated(&polls), Some(1));
    }
}

#[test]
fn who_is_forgotten_takes_the_vote_along_where_it_is_known() {
    for (anonymous, left) in [(false, (1, vec![1, 0, 0])), (true, (2, vec![1, 1, 0]))] {
        let mut polls = polls(false, anonymous);
        assert!(vote(&mut polls, "Ann", &[0]).is_ok());
        assert!(vote(&mut polls, "Bo", &[1]).is_ok());
        polls.forget("sub-Bo");
        assert_eq!(sums(&polls), left);
        assert_eq!(polls.ballots, 1);
        polls.forget("sub-Lin");
        assert!(polls.find("lobby", 1).is_none(), "what Lin asked");
        assert_eq!(polls.ballots, 0);
    }
}

#[test]
fn polls_and_ballots_are_bounded() {
    let mut polls = Polls::default();
    let asked = || {
        Arc::new(Question {
            question: "Which?".into(),
            choices: vec!["a".into(), "b".into()],
            multiple: false,
            anonymous: false,
        })
    };
    for seq in 1..=MAX_OPEN as u64 {
        assert!(polls.may_open("lobby"));
        polls.open(&room(), seq, author("Lin"), asked());
    }
    assert!(!polls.may_open("lobby") && polls.may_open("lab"));
    for seq in 1..100 {
        polls.close("lobby", seq);
        assert!(polls.may_open("lobby"));
        polls.open(&room(), seq + MAX_OPEN as u64, author("Lin"), asked());
        assert!(polls.all.len() <= MAX_KEPT);
    }
    let newest = 99 + MAX_OPEN as u64;
    for n in 0..10 {
        let counted = polls.vote("lobby", newest, voter(&n.to_string()), chosen(&[0]));
        assert_eq!(counted, Ok(Counted::Yes));
    }
    // The others are in polls elsewhere.
    let elsewhere = MAX_BALLOTS - 10;
    polls.ballots += elsewhere;
    let one_more = polls.vote("lobby", newest, voter("more"), chosen(&[0]));
    assert_eq!(one_more, Err(NotCounted::Full));
    let changed = polls.vote("lobby", newest, voter("7"), chosen(&[1]));
    assert_eq!(changed, Ok(Counted::Yes), "in place of the one before");
    polls.drop_room("lobby");
    assert_eq!((polls.all.len(), polls.ballots), (0, elsewhere));
}

#[test]
fn a_ballot_without_its_poll_is_dropped_at_the_start() {
    let (mut polls, mut disk) = (polls(false, false), Vec::new());
    assert!(vote(&mut polls, "Ann", &[1]).is_ok());
    kept(&mut polls, &mut disk);
    disk.retain(|record| record.kind == RecordKind::Ballot);
    let mut restarted = again(&disk);
    kept(&mut restarted, &mut disk);
    assert!(disk.is_empty() && restarted.ballots == 0);
}
