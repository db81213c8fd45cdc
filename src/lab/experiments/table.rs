//! The table of experiments while it is written.

use crate::lab::experiments::authorities::authority_of;
use crate::lab::experiments::experiment::{Expected, Experiment};
use crate::lab::experiments::steps::in_hex;
use crate::lab::program::{Handshake, Program, Step, Target};
use crate::websocket::violations::LIMIT;

/// The table while it is written.
#[derive(Default)]
pub(super) struct Table {
    pub(super) group: &'static str,
    pub(super) rows: Vec<Experiment>,
}

impl Table {
    /// Adds an experiment. Its section is also that of the rule that decides, if one has to decide.
    pub(super) fn put(
        &mut self,
        (slug, section): (&'static str, &'static str),
        target: Target,
        handshake: Option<Vec<String>>,
        steps: Vec<Step>,
        expected: Expected,
    ) {
        let program = Program {
            target,
            handshake: handshake.map(Handshake::Lines),
            steps,
        };
        self.row((slug, section), program, expected);
    }

    /// Adds an experiment whose handshake is these bytes, for `/echo`.
    pub(super) fn raw(
        &mut self,
        name: (&'static str, &'static str),
        handshake: &str,
        steps: Vec<Step>,
        expected: Expected,
    ) {
        let program = Program {
            target: Target::Echo,
            handshake: Some(Handshake::Raw(in_hex(handshake))),
            steps,
        };
        self.row(name, program, expected);
    }

    fn row(
        &mut self,
        (slug, section): (&'static str, &'static str),
        program: Program,
        expected: Expected,
    ) {
        let decides = expected.status != 101 || expected.clean == Some(false);
        self.rows.push(Experiment {
            slug,
            group: self.group,
            section,
            target: program.target,
            authority: match expected.close_code {
                // A server with a small limit.
                Some(1009) => Some(&LIMIT),
                _ => authority_of(slug),
            },
            program,
            expected: Expected {
                section: expected.section.or(decides.then_some(section)),
                ..expected
            },
        });
    }

    /// Adds an experiment that sends frames to `/echo` after a right handshake.
    pub(super) fn echo(
        &mut self,
        name: (&'static str, &'static str),
        steps: Vec<Step>,
        expected: Expected,
    ) {
        self.put(name, Target::Echo, None, steps, expected);
    }
}
