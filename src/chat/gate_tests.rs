use super::*;
use crate::config::{Create, Whisper};

const POLICY: Policy = Policy {
    whisper: Whisper::Hosts,
    create: Create::Hosts,
};

fn verdict(role: Role, muted: Option<u64>, action: Action, rules: Rules) -> Option<ErrorCode> {
    let muted = muted.map(Ticks::at);
    let who = Standing {
        role,
        everywhere: true,
        muted,
        over: false,
    };
    let room = Some((rules, Some(Ticks::at(9_000))));
    may(who, action, POLICY, room, Ticks::at(10_000))
        .err()
        .map(|r| r.code)
}

#[test]
fn every_role_has_its_rights_and_no_more() {
    use Action::*;
    use Role::*;
    let open = Rules::default();
    let cases = [
        (Observer, Speak, Some(ErrorCode::Forbidden)),
        (Member, Speak, None),
        (Member, Whisper(Member), Some(ErrorCode::Forbidden)),
        (Member, Whisper(Host), None),
        (Moderator, Whisper(Member), None),
        (Observer, Whisper(Host), Some(ErrorCode::Forbidden)),
        (Observer, Vote, Some(ErrorCode::Forbidden)),
        (Member, Vote, None),
        (Host, Vote, None),
        (Member, OpenPoll, Some(ErrorCode::Forbidden)),
        (Moderator, OpenPoll, None),
        (Observer, ReadWhispers, Some(ErrorCode::Forbidden)),
        (Member, ReadWhispers, None),
        (Observer, Report, Some(ErrorCode::Forbidden)),
        (Member, Report, None),
        (Member, CreateRoom, Some(ErrorCode::Forbidden)),
        (Moderator, CreateRoom, None),
        (Member, Discipline(Observer), Some(ErrorCode::Forbidden)),
        (Moderator, Discipline(Member), None),
        (Moderator, Discipline(Moderator), Some(ErrorCode::Forbidden)),
        (Moderator, Discipline(Host), Some(ErrorCode::Forbidden)),
        (Host, Discipline(Moderator), None),
        (Host, Discipline(Host), Some(ErrorCode::Forbidden)),
        (Member, DeleteOthers(Observer), Some(ErrorCode::Forbidden)),
        (Moderator, DeleteOthers(Member), None),
        (Moderator, DeleteOthers(Moderator), None),
        (Moderator, DeleteOthers(Host), Some(ErrorCode::Forbidden)),
        (Host, DeleteOthers(Host), None),
        (Moderator, RemoveRoom, Some(ErrorCode::Forbidden)),
        (Host, RemoveRoom, None),
        (Observer, RaiseHand, Some(ErrorCode::Forbidden)),
        (Member, RaiseHand, None),
        (Member, LowerHands, Some(ErrorCode::Forbidden)),
        (Moderator, LowerHands, None),
        (Moderator, KnowAskers, Some(ErrorCode::Forbidden)),
        (Host, KnowAskers, None),
        (Moderator, EndLesson, Some(ErrorCode::Forbidden)),
        (Host, EndLesson, None),
    ];
    for (role, action, code) in cases {
        assert_eq!(
            verdict(role, None, action, open),
            code,
            "{role:?} {action:?}"
        );
    }
}

#[test]
fn when_the_lesson_is_over_only_those_who_lead_go_on() {
    use Action::*;
    let ask = |role, action| {
        let who = Standing {
            role,
            everywhere: true,
            muted: None,
            over: true,
        };
        may(who, action, POLICY, None, Ticks::at(0)).err()
    };
    for action in [Speak, Gesture, RaiseHand, Vote, Report, Whisper(Role::Host)] {
        let refusal = ask(Role::Member, action).map(|refusal| refusal.code);
        assert_eq!(refusal, Some(ErrorCode::NoLesson), "{action:?}");
        assert_eq!(ask(Role::Moderator, action), None, "{action:?}");
    }
    assert_eq!(ask(Role::Member, ReadWhispers), None);
}

#[test]
fn mute_lock_and_slow_mode_stop_members_and_nobody_above() {
    use Action::*;
    let locked = Rules {
        locked: true,
        ..Rules::default()
    };
    let slow = Rules {
        slow: 5,
        ..Rules::default()
    };
    let slow_since_now = Rules {
        slow: 5,
        slow_since: Ticks::at(9_500),
        ..Rules::default()
    };
    let open = Rules::default();
    assert_eq!(
        verdict(Role::Member, Some(10_001), Speak, open),
        Some(ErrorCode::Muted)
    );
    assert_eq!(
        verdict(Role::Member, Some(10_001), Gesture, open),
        Some(ErrorCode::Muted)
    );
    assert_eq!(
        verdict(Role::Member, Some(10_001), Whisper(Role::Host), open),
        None
    );
    assert_eq!(verdict(Role::Member, Some(10_000), Speak, open), None);
    assert_eq!(verdict(Role::Member, Some(10_001), Vote, locked), None);
    assert_eq!(verdict(Role::Member, None, Vote, slow), None);
    let muted = verdict(Role::Moderator, Some(10_001), OpenPoll, open);
    assert_eq!(muted, Some(ErrorCode::Muted), "a question has words");
    assert_eq!(
        verdict(Role::Member, None, Speak, locked),
        Some(ErrorCode::Locked)
    );
    let muted = verdict(Role::Member, Some(10_001), RaiseHand, locked);
    assert_eq!(muted, None, "a hand has no words");
    assert_eq!(
        verdict(Role::Member, None, Whisper(Role::Host), locked),
        None
    );
    assert_eq!(verdict(Role::Moderator, None, Speak, locked), None);
    let muted = verdict(Role::Moderator, Some(10_001), Speak, open);
    assert_eq!(muted, Some(ErrorCode::Muted), "by a host");
    assert_eq!(
        verdict(Role::Member, None, Speak, slow),
        Some(ErrorCode::SlowMode)
    );
    assert_eq!(
        verdict(Role::Member, None, Gesture, slow),
        Some(ErrorCode::SlowMode)
    );
    assert_eq!(verdict(Role::Member, None, Speak, slow_since_now), None);
    assert_eq!(verdict(Role::Host, None, Speak, slow), None);
}
