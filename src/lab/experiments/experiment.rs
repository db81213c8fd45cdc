//! One experiment: its program, and the outcome that it expects.

use crate::lab::outcome::Outcome;
use crate::lab::program::{Program, Target};
use crate::model::authority::Authority;
use crate::model::direction::Direction;
use serde::Serialize;

/// A ready experiment.
#[derive(Clone, Debug, Serialize)]
pub struct Experiment {
    /// Its stable name, for programs and catalogues.
    pub slug: &'static str,
    /// Its subject.
    pub group: &'static str,
    /// The section of RFC 6455 that it demonstrates.
    pub section: &'static str,
    /// The path that it talks to.
    pub(crate) target: Target,
    /// The handshake and steps.
    pub(crate) program: Program,
    /// The outcome that this server promises.
    pub(crate) expected: Expected,
    /// Who decides that it is this one. A test checks that each has one.
    pub(crate) authority: Option<&'static Authority>,
}

/// An outcome; absent parts are not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Expected {
    /// The status of the response to the handshake.
    pub(crate) status: u16,
    /// The code of the server's Close; none if there is no Close or it has no code.
    pub(crate) close_code: Option<u16>,
    /// The section of the rule that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) section: Option<&'static str>,
    /// Data messages from the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) echoes: Option<u32>,
    /// Pongs from the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pongs: Option<u32>,
    /// The end that ends TCP first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tcp_ended_by: Option<Direction>,
    /// Whether both ends had sent a Close before that (§7.1.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clean: Option<bool>,
}

impl Expected {
    /// Whether the outcome is as expected; `section` is that of the rule that decided.
    pub(crate) fn holds(&self, outcome: &Outcome, section: Option<&str>) -> bool {
        let (tally, summary) = (&outcome.tally, &outcome.summary);
        let code = tally.server_close.as_ref().and_then(|(code, _)| *code);
        outcome.status == Some(self.status)
            && code == self.close_code
            && self.section.is_none_or(|of| section == Some(of))
            && self.echoes.is_none_or(|echoes| echoes == tally.echoes)
            && self.pongs.is_none_or(|pongs| pongs == tally.pongs)
            && self.tcp_ended_by.is_none_or(|by| summary.tcp == Some(by))
            && self.clean.is_none_or(|clean| clean == summary.clean)
    }

    /// The connection opens, and this many messages and Pongs come back.
    pub(super) const fn open(echoes: u32, pongs: u32) -> Self {
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
    pub(super) const fn refused(status: u16) -> Self {
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
    pub(super) const fn failed(code: u16) -> Self {
        Self {
            close_code: Some(code),
            ..Self::refused(101)
        }
    }

    /// The closing handshake: the server answers with this code and ends TCP.
    pub(super) const fn closed(code: Option<u16>) -> Self {
        Self {
            close_code: code,
            clean: Some(true),
            ..Self::refused(101)
        }
    }
}
