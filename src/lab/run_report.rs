//! The response to a run, as JSON.

use crate::lab::decisive_rule::{DecisiveRule, decisive_rule, early_frame};
use crate::lab::experiments::{Expected, Experiment};
use crate::lab::outcome::Outcome;
use crate::lab::program::{Handshake, Program};
use crate::lens::annotate::Observation;
use crate::lens::handshake::{HandshakeNote, annotate};
use crate::lens::head::blank;
use crate::lens::ladders::CloseSummary;
use crate::lens::note::Micros;
use crate::model::authority::Authority;
use serde::Serialize;

/// A run, for the learner.
#[derive(Serialize)]
pub(crate) struct RunReport<'a> {
    experiment: Option<&'static str>,
    /// As it was requested, with its placeholders.
    program: Program,
    handshake: HandshakeNote,
    status: Option<u16>,
    body: Option<String>,
    #[serde(rename = "events")]
    observations: &'a [Observation],
    sent: usize,
    received: usize,
    close: Option<Close<'a>>,
    summary: &'a CloseSummary,
    decided: Option<DecisiveRule>,
    expected: Option<&'a Expected>,
    authority: Option<&'static Authority>,
    as_expected: Option<bool>,
    took: Micros,
    timed_out: bool,
    cut: bool,
}

/// The server's Close.
#[derive(Serialize)]
struct Close<'a> {
    code: Option<u16>,
    reason: &'a str,
}

impl<'a> RunReport<'a> {
    /// The report on a program, which may be that of the experiment `ready`.
    pub(crate) fn of(
        outcome: &'a Outcome,
        program: &Program,
        ready: Option<&'a Experiment>,
    ) -> Self {
        let response = Some(outcome.response.as_slice()).filter(|head| !head.is_empty());
        let handshake = annotate(&outcome.request, response);
        let decided = decisive_rule(outcome, &handshake).or_else(|| early_frame(outcome));
        let expected = ready.map(|ready| &ready.expected);
        let section = decided.as_ref().map(|decided| decided.section.as_str());
        let body = String::from_utf8_lossy(&outcome.body);
        Self {
            experiment: ready.map(|ready| ready.slug),
            program: without_secrets(program),
            handshake,
            status: outcome.status,
            body: (!body.is_empty()).then(|| blank(&body)),
            observations: &outcome.observations,
            sent: outcome.sent,
            received: outcome.received,
            close: outcome.tally.server_close.as_ref().map(|close| Close {
                code: close.0,
                reason: &close.1,
            }),
            summary: &outcome.summary,
            as_expected: expected.map(|expected| expected.holds(outcome, section)),
            authority: ready.and_then(|ready| ready.authority),
            decided,
            expected,
            took: outcome.took,
            timed_out: outcome.timed_out,
            cut: outcome.cut,
        }
    }
}

/// The lab's token among the subprotocols.
const PLACEHOLDER: &str = "bearer.{token}";

/// The program without tokens: a learner may have written their own into a head that was refused.
fn without_secrets(program: &Program) -> Program {
    let mut program = program.clone();
    if let Some(Handshake::Lines(lines)) = &mut program.handshake {
        for line in lines {
            // The placeholder is not a secret, although it follows the prefix of one.
            let parts: Vec<String> = line.split(PLACEHOLDER).map(blank).collect();
            *line = parts.join(PLACEHOLDER);
        }
    }
    program
}
