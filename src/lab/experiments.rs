//! The experiments that are ready: each a program, and the outcome that RFC 6455 demands of a server
//! (where it leaves a choice: the outcome that this one promises). A test runs every one of them
//! against the real server.
//!
//! Pure: a table. Titles, questions and answers in words are the page's, by slug.

mod closing;
mod frames;
mod handshakes;

use crate::lab::outcome::Outcome;
use crate::lab::program::{Frame, Handshake, Payload, Program, Step, Target};
use crate::lens::encode::{CLOSE, CONTINUATION, PING, PONG, TEXT};
use crate::model::direction::Direction;
use serde::Serialize;

/// An experiment that is ready.
#[derive(Clone, Debug, Serialize)]
pub struct Experiment {
    /// Its name, for programs and catalogues.
    pub slug: &'static str,
    /// What it is about.
    pub group: &'static str,
    /// The section of RFC 6455 that it shows.
    pub section: &'static str,
    /// Whom it talks to.
    pub target: Target,
    /// What it does.
    pub program: Program,
    /// What comes of it.
    pub expected: Expected,
}

/// An outcome; what is absent is not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// Of the answer to the handshake.
    pub status: u16,
    /// In the server's Close; none: there is no Close, or it has no code.
    pub close_code: Option<u16>,
    /// Where the rule stands that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<&'static str>,
    /// Data messages that come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echoes: Option<u32>,
    /// Pongs that come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pongs: Option<u32>,
    /// Who ends TCP first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_ended_by: Option<Direction>,
    /// Whether both had sent a Close before that (§7.1.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<bool>,
}

impl Expected {
    /// Whether this is what came; `section` is where the rule stands that decided.
    pub fn holds(&self, outcome: &Outcome, section: Option<&str>) -> bool {
        let (seen, summary) = (&outcome.seen, &outcome.summary);
        let code = seen.server_close.as_ref().and_then(|(code, _)| *code);
        outcome.status == Some(self.status)
            && code == self.close_code
            && self.section.is_none_or(|of| section == Some(of))
            && self.echoes.is_none_or(|echoes| echoes == seen.echoes)
            && self.pongs.is_none_or(|pongs| pongs == seen.pongs)
            && self.tcp_ended_by.is_none_or(|by| summary.tcp == Some(by))
            && self.clean.is_none_or(|clean| clean == summary.clean)
    }

    /// The connection opens, and so many messages and Pongs come back.
    const fn open(echoes: u32, pongs: u32) -> Self {
        Self {
            status: 101,
            close_code: None,
            section: None,
            echoes: Some(echoes),
            pongs: Some(pongs),
            tcp_ended_by: None,
            clean: None,
        }
    }

    /// The handshake is refused with a status.
    const fn refused(status: u16) -> Self {
        Self {
            status,
            close_code: None,
            section: None,
            echoes: Some(0),
            pongs: Some(0),
            tcp_ended_by: Some(Direction::FromServer),
            clean: Some(false),
        }
    }

    /// The server fails the connection with a code, and nothing comes back.
    const fn failed(code: u16) -> Self {
        Self {
            close_code: Some(code),
            ..Self::refused(101)
        }
    }

    /// The closing handshake: the server answers with this code, and ends TCP.
    const fn closed(code: Option<u16>) -> Self {
        Self {
            close_code: code,
            clean: Some(true),
            ..Self::refused(101)
        }
    }
}

/// All of them, for a server whose `/echo` takes messages of at most `max_message` bytes.
pub fn all(max_message: usize) -> Vec<Experiment> {
    let mut table = Table {
        group: "",
        rows: Vec::with_capacity(80),
    };
    handshakes::put(&mut table);
    frames::put(&mut table, max_message);
    closing::put(&mut table);
    table.rows
}

/// The table while it is written.
struct Table {
    group: &'static str,
    rows: Vec<Experiment>,
}

impl Table {
    /// An experiment. The section is also that of the rule that decides, if one has to.
    fn put(
        &mut self,
        (slug, section): (&'static str, &'static str),
        target: Target,
        handshake: Option<Vec<String>>,
        steps: Vec<Step>,
        expected: Expected,
    ) {
        let decides = expected.status != 101 || expected.clean == Some(false);
        self.rows.push(Experiment {
            slug,
            group: self.group,
            section,
            target,
            program: Program {
                target,
                handshake: handshake.map(Handshake::Lines),
                steps,
            },
            expected: Expected {
                section: expected.section.or(decides.then_some(section)),
                ..expected
            },
        });
    }

    /// Frames on `/echo`, behind a right handshake.
    fn echo(&mut self, name: (&'static str, &'static str), steps: Vec<Step>, expected: Expected) {
        self.put(name, Target::Echo, None, steps, expected);
    }
}

/// The masking key of the examples of §5.7, so that learners can calculate along.
const KEY: &str = "37fa213d";

/// A frame in which nothing is wrong yet.
fn frame(opcode: u8, payload: Payload) -> Frame {
    Frame {
        opcode,
        key: Some(KEY.into()),
        payload,
        ..Frame::default()
    }
}

fn step(frame: Frame) -> Step {
    Step {
        frame: Some(frame),
        ..Step::default()
    }
}

fn text(text: &str) -> Frame {
    frame(TEXT, Payload::Text(text.into()))
}

fn hex(opcode: u8, hex: &str) -> Frame {
    frame(opcode, Payload::Hex(hex.into()))
}

fn fill(opcode: u8, bytes: usize) -> Frame {
    frame(opcode, Payload::Fill(bytes))
}

fn ping(payload: &str) -> Frame {
    frame(PING, Payload::Text(payload.into()))
}

fn pong(payload: &str) -> Frame {
    frame(PONG, Payload::Text(payload.into()))
}

fn continuation(payload: &str) -> Frame {
    frame(CONTINUATION, Payload::Text(payload.into()))
}

/// A Close with a code and a reason (§5.5.1).
fn close(code: u16, reason: &str) -> Frame {
    let mut payload = format!("{code:04x}");
    payload.extend(reason.bytes().map(|byte| format!("{byte:02x}")));
    hex(CLOSE, &payload)
}

fn not_final(frame: Frame) -> Frame {
    Frame {
        fin: false,
        ..frame
    }
}

fn raw(hex: &str) -> Step {
    Step {
        raw: Some(hex.into()),
        ..Step::default()
    }
}

fn pause(millis: u64) -> Step {
    Step {
        pause: Some(millis),
        ..Step::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_slug_is_there_once_and_each_group_is_one_run() {
        let all = all(64 * 1024);
        let slugs: HashSet<&str> = all.iter().map(|e| e.slug).collect();
        assert_eq!(slugs.len(), all.len());
        assert!(all.len() >= 60, "only {}", all.len());
        let mut groups: Vec<&str> = all.iter().map(|e| e.group).collect();
        groups.dedup();
        let order = [
            "handshake",
            "frames",
            "fragments",
            "control",
            "utf8",
            "closing",
        ];
        assert_eq!(groups, order);
    }

    #[test]
    fn a_program_survives_the_way_to_the_page_and_back() {
        for ready in all(64 * 1024) {
            let json = serde_json::to_string(&ready.program).unwrap();
            let back: Program = serde_json::from_str(&json).unwrap();
            assert_eq!(back, ready.program, "{}", ready.slug);
        }
    }
}
