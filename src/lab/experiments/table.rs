//! The table of experiments while it is written.

use crate::lab::experiments::experiment::{Expected, Experiment};
use crate::lab::program::{Handshake, Program, Step, Target};

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
