//! Several Pings at once: only the last needs a Pong (RFC 6455 §5.5.3).

use crate::harness::{Frame, Server};

use super::student::{Verdict, begin, fresh, honest, play};

/// Answers five Pings, and then three with what `answer` makes of them.
fn burst(server: &Server, name: &str, answer: fn(&[Vec<u8>]) -> Vec<Vec<u8>>) -> Verdict {
    let (mut client, mut pings) = (honest(), Vec::new());
    play(&mut begin(server, 4, name), |raw, frame| {
        if frame.opcode != Frame::PING {
            return client(raw, frame);
        }
        pings.push(frame.payload.clone());
        match pings.len() {
            0..=5 => client(raw, frame),
            8 => {
                for data in answer(&pings[5..]) {
                    raw.send_frame(&fresh(Frame::new(Frame::PONG, data)));
                }
            }
            _ => {}
        }
    })
}

#[test]
fn of_several_pings_only_the_last_needs_a_pong() {
    let server = Server::start("");
    type Answer = fn(&[Vec<u8>]) -> Vec<Vec<u8>>;
    let clients: [(&str, &[&str], &str, Answer); 6] = [
        ("all", &[], "", |pings| pings.to_vec()),
        (
            "the last",
            &["latest_ping"],
            "left 2 without a Pong",
            |pings| vec![pings[2].clone()],
        ),
        ("two", &["latest_ping"], "left 1 without", |pings| {
            pings[1..].to_vec()
        }),
        ("backwards", &["latest_ping"], "in another order", |pings| {
            pings.iter().rev().cloned().collect()
        }),
        (
            "two changed places",
            &["latest_ping"],
            "in another order",
            |pings| vec![pings[1].clone(), pings[0].clone(), pings[2].clone()],
        ),
        (
            "and a heartbeat",
            &["unsolicited_pong"],
            "answers no Ping",
            |pings| [vec![b"beat".to_vec()], pings.to_vec()].concat(),
        ),
    ];
    for (what, notes, words, answer) in clients {
        let verdict = burst(&server, what, answer);
        assert!(verdict.passed, "{what}: {verdict:?}");
        assert_eq!(verdict.notes(), notes, "{what}: {}", verdict.said);
        assert!(
            verdict.said.to_string().contains(words),
            "{what}: {}",
            verdict.said
        );
    }
}

#[test]
fn several_pings_without_a_pong_to_the_last_fail_with_the_right_words() {
    let server = Server::start("");
    type Answer = fn(&[Vec<u8>]) -> Vec<Vec<u8>>;
    let clients: [(&str, &str, &[&str], Answer); 4] = [
        (
            "the first",
            "ping_not_answered",
            &["I sent three Pings at once", "none for the last"],
            |pings| vec![pings[0].clone()],
        ),
        (
            "none",
            "ping_not_answered",
            &["the Pong to the last of three Pings at once"],
            |_| Vec::new(),
        ),
        (
            "all in one Pong",
            "pong_of_other_data",
            &["the last of three Pings at once", "with 12 bytes"],
            |pings| vec![pings.concat()],
        ),
        (
            "empty ones",
            "pong_of_other_data",
            &["0 bytes (nothing)"],
            |pings| pings.iter().map(|_| Vec::new()).collect(),
        ),
    ];
    for (what, rule, words, answer) in clients {
        let verdict = burst(&server, what, answer);
        assert!(!verdict.passed, "{what}: {verdict:?}");
        assert_eq!(verdict.said["rule"], rule, "{what}: {}", verdict.said);
        for words in words {
            assert!(
                verdict.what.contains(words),
                "{what}: {words:?}: {}",
                verdict.what
            );
        }
    }
}
