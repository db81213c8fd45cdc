//! Every kind of reaction to every kind of defect.

use crate::broken::catalogue::find;
use crate::broken::verdict::{Did, Remark, Verdict, judge, sentence};

fn closed(code: u16) -> Did {
    Did::Closed {
        code: Some(code),
        reason: String::new(),
        after: 1500,
    }
}

#[track_caller]
fn judged(name: &str, did: &Did) -> (Verdict, Option<Remark>) {
    judge(find(name).expect(name), did)
}

const ENDED: Did = Did::EndedTcp { after: 1500 };
const RESET: Did = Did::ResetTcp { after: 1500 };
const ANSWERED: Did = Did::Answered { after: 1500 };
const SENT: Did = Did::Sent { after: 1500 };
const NOTHING: Did = Did::Nothing { waited: 4_000_000 };

#[test]
fn who_must_fail_the_connection_may_not_go_on() {
    for name in [
        "masked-frame",
        "reserved-bit",
        "reserved-opcode",
        "text-not-utf8",
    ] {
        assert_eq!(judged(name, &closed(1002)), (Verdict::Demanded, None));
        assert_eq!(judged(name, &closed(1007)), (Verdict::Demanded, None));
        let without = (Verdict::Demanded, Some(Remark::NoClose));
        assert_eq!(judged(name, &ENDED), without);
        assert_eq!(judged(name, &RESET), without);
        let normal = (Verdict::Open, Some(Remark::NormalCode));
        assert_eq!(judged(name, &closed(1000)), normal);
        for did in [ANSWERED, SENT, NOTHING] {
            assert_eq!(judged(name, &did), (Verdict::Wrong, None), "{did:?}");
        }
    }
}

#[test]
fn where_only_the_sender_has_a_rule_the_client_decides() {
    for name in [
        "length-not-minimal",
        "ping-126",
        "continuation-first",
        "interleaved",
    ] {
        for did in [closed(1002), ENDED, ANSWERED, SENT] {
            assert_eq!(judged(name, &did).0, Verdict::Permitted, "{name}: {did:?}");
        }
        // It has not answered the Ping either.
        assert_eq!(judged(name, &NOTHING), (Verdict::Open, None));
    }
}

#[test]
fn a_connection_must_not_open_after_a_wrong_handshake() {
    for name in ["accept-wrong", "no-upgrade", "extension-unrequested"] {
        assert_eq!(judged(name, &ENDED), (Verdict::Demanded, None));
        assert_eq!(judged(name, &closed(1002)).0, Verdict::Permitted);
        for did in [closed(1000), ANSWERED, SENT, NOTHING] {
            assert_eq!(judged(name, &did), (Verdict::Wrong, None), "{did:?}");
        }
    }
}

#[test]
fn a_wrong_close_is_answered_or_fails_the_connection() {
    for name in [
        "close-1005",
        "close-999",
        "close-one-byte",
        "close-reason-not-utf8",
    ] {
        for did in [closed(1002), closed(1000), ENDED] {
            assert_eq!(judged(name, &did).0, Verdict::Permitted);
        }
        let unanswered = (Verdict::Wrong, Some(Remark::Unanswered));
        assert_eq!(judged(name, &NOTHING), unanswered);
        // Who repeats such a code breaks the rule, too.
        let reserved = (Verdict::Wrong, Some(Remark::ReservedCode));
        assert_eq!(judged(name, &closed(1005)), reserved);
    }
    // There was no Ping, because it would be a part of the payload.
    assert_eq!(
        judged("length-top-bit", &NOTHING),
        (Verdict::Permitted, None)
    );
    assert_eq!(
        judged("data-after-close", &closed(1000)).0,
        Verdict::Demanded
    );
    assert_eq!(judged("data-after-close", &ENDED).0, Verdict::Wrong);
    for did in [ENDED, NOTHING] {
        assert_eq!(judged("close-unanswered", &did).0, Verdict::Permitted);
    }
    assert_eq!(
        judged("close-unanswered", &Did::NeverClosed).0,
        Verdict::Open
    );
}

#[test]
fn a_close_of_the_client_with_a_code_that_is_not_for_the_wire_is_wrong_everywhere() {
    for name in ["masked-frame", "interleaved", "accept-wrong", "close-999"]
        .into_iter()
        .chain(["right", "data-after-close"])
    {
        for code in [1005, 1006, 1015] {
            let wrong = (Verdict::Wrong, Some(Remark::ReservedCode));
            assert_eq!(judged(name, &closed(code)), wrong, "{name}");
        }
    }
}

#[test]
fn nobody_may_fail_a_connection_to_a_right_server() {
    for name in ["right", "ping", "split-letter"] {
        assert_eq!(judged(name, &ANSWERED).0, Verdict::Demanded);
        for did in [closed(1000), closed(4000)] {
            assert_eq!(judged(name, &did).0, Verdict::Open);
        }
        for did in [closed(1002), ENDED, NOTHING] {
            assert_eq!(judged(name, &did).0, Verdict::Wrong);
        }
    }
}

#[test]
fn the_sentence_names_what_was_read_and_the_section() {
    let defect = find("masked-frame").unwrap();
    assert_eq!(
        sentence(defect, &closed(1002), (Verdict::Demanded, None)),
        "Your client sent a Close with 1002 after 1.5 ms. That is what §5.1 demands."
    );
    let defect = find("close-1005").unwrap();
    let did = closed(1005);
    assert_eq!(
        sentence(defect, &did, judged("close-1005", &did)),
        "Your client sent a Close with 1005 after 1.5 ms. That is not what §7.4.1 demands."
    );
}
