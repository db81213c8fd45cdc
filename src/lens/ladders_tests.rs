use super::*;
use crate::lens::annotate::{Annotator, Observation};
use Direction::{FromClient, FromServer};

/// The steps of the ladders that these bytes cause.
fn steps(annotator: &mut Annotator, from: Direction, bytes: &[u8], at: Micros) -> Vec<Observation> {
    let mut observations = annotator.feed(from, bytes, at);
    observations.retain(|observation| !matches!(observation, Observation::Frame(_)));
    observations
}

fn ping(observations: &[Observation]) -> (Rung, Option<Micros>, usize) {
    match observations {
        [Observation::Ping(note)] => (note.rung, note.round_trip, note.skipped),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pong_answers_the_ping_with_its_bytes_and_all_older_ones() {
    let mut a = Annotator::default();
    let sent = (Rung::Sent, None, 0);
    assert_eq!(ping(&steps(&mut a, FromServer, b"\x89\x011", 100)), sent);
    assert_eq!(ping(&steps(&mut a, FromServer, b"\x89\x012", 200)), sent);
    assert_eq!(ping(&steps(&mut a, FromServer, b"\x89\x013", 300)), sent);
    let pong = |payload: u8| [0x8A, 0x81, 0, 0, 0, 0, payload];
    let answered = ping(&steps(&mut a, FromClient, &pong(b'2'), 450));
    assert_eq!(answered, (Rung::Answered, Some(250), 1));
    // The Pong for 2 left 1 unanswered for good, and no Ping carried 9.
    for payload in [b'1', b'9'] {
        let pong = ping(&steps(&mut a, FromClient, &pong(payload), 500));
        assert_eq!(pong, (Rung::Unsolicited, None, 0));
    }
    let answered = ping(&steps(&mut a, FromClient, &pong(b'3'), 500));
    assert_eq!(answered, (Rung::Answered, Some(200), 0));
}

#[test]
fn unanswered_pings_are_forgotten() {
    let mut a = Annotator::default();
    for n in 0..10_000_u16 {
        let [high, low] = n.to_be_bytes();
        a.feed(FromServer, &[0x89, 2, high, low], n.into());
    }
    let pong = |n: u16| [&[0x8A, 0x82, 0, 0, 0, 0][..], &n.to_be_bytes()].concat();
    let first = ping(&steps(&mut a, FromClient, &pong(0), 20_000));
    assert_eq!(first.0, Rung::Unsolicited);
    let last = ping(&steps(&mut a, FromClient, &pong(9_999), 20_000));
    assert_eq!(last, (Rung::Answered, Some(10_001), MAX_PINGS - 1));
}

/// Plays a script: `c` and `s` send a Close of 1000 and 4000, `e` an empty one, `C` and `S` end TCP.
fn end(script: &str) -> (Vec<CloseStep>, CloseSummary) {
    let mut a = Annotator::default();
    let mut seen = Vec::new();
    for (at, who) in (0..).zip(script.chars()) {
        seen.extend(match who {
            'c' => steps(&mut a, FromClient, b"\x88\x82\0\0\0\0\x03\xe8", at),
            's' => steps(&mut a, FromServer, b"\x88\x02\x0f\xa0", at),
            'e' => steps(&mut a, FromServer, b"\x88\x00", at),
            'C' => a.tcp_ended(FromClient, false, at),
            _ => a.tcp_ended(FromServer, false, at),
        });
    }
    let step = |observation: Observation| match observation {
        Observation::Close(note) => note.step,
        other => panic!("{other:?}"),
    };
    (seen.into_iter().map(step).collect(), a.summary())
}

#[test]
fn the_close_ladder_says_who_began_and_what_each_side_sees() {
    use CloseStep::{Answered, Began, Fin, Repeated};
    let summary = |began, tcp, clean, client_sees, server_sees| CloseSummary {
        began,
        tcp,
        clean,
        client_sees,
        server_sees,
    };
    let (client, server) = (Some(FromClient), Some(FromServer));
    for (script, steps, summary) in [
        (
            "csSC",
            vec![Began, Answered, Fin, Fin],
            summary(client, server, true, 4000, 1000),
        ),
        (
            "scsC",
            vec![Began, Answered, Repeated, Fin],
            summary(server, client, true, 4000, 1000),
        ),
        (
            "ecS",
            vec![Began, Answered, Fin],
            summary(server, server, true, 1005, 1000),
        ),
        (
            "cS",
            vec![Began, Fin],
            summary(client, server, false, 1006, 1000),
        ),
        ("C", vec![Fin], summary(None, client, false, 1006, 1006)),
        ("", vec![], summary(None, None, false, 1006, 1006)),
    ] {
        assert_eq!(end(script), (steps, summary), "{script}");
    }
}

#[test]
fn a_frame_that_the_end_of_tcp_cuts_off_is_reported_before_it() {
    let mut a = Annotator::default();
    assert!(a.feed(FromServer, b"\x81\x05Hel", 1).is_empty());
    let observations = a.tcp_ended(FromServer, true, 2);
    let [Observation::Frame(frame), Observation::Close(close)] = &observations[..] else {
        panic!("{observations:?}");
    };
    assert_eq!((frame.payload_bytes, frame.length), (3, 5));
    assert_eq!(close.step, CloseStep::Reset);
    let json = serde_json::to_value(&observations).unwrap();
    assert_eq!(
        (&json[0]["type"], &json[1]["type"]),
        (&"frame".into(), &"close".into())
    );
    assert_eq!(json[0]["faults"][0]["rule"], "cut_off");
}
