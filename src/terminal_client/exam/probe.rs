//! A question to the server.

use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::verdict::{Finding, Level};

/// Asks, and says what it found. An error ends the probe early.
pub(crate) type Ask = fn(&Examiner) -> Result<Finding, Finding>;

/// A question to the server.
#[derive(Clone, Copy)]
pub(crate) struct Probe {
    /// Its name for `--only` and for programs.
    pub(crate) id: &'static str,
    /// What a right server does.
    pub(crate) title: &'static str,
    /// Where RFC 6455 says so.
    pub(crate) section: &'static str,
    /// How firmly.
    pub(crate) level: Level,
    /// Probes that must have passed, because without them this one would report the same fault again.
    pub(crate) needs: &'static [&'static str],
    /// Probes whose failure is the same fault seen from another side. They need not have been asked.
    pub(crate) named_by: &'static [&'static str],
    /// Whether only a server that echoes can be asked.
    pub(crate) echo: bool,
    /// What to do if it failed.
    pub(crate) advice: &'static str,
    pub(crate) ask: Ask,
}

/// A probe for a rule that a server MUST keep, after a handshake that succeeded.
pub(crate) const fn must(
    id: &'static str,
    section: &'static str,
    title: &'static str,
    advice: &'static str,
    ask: Ask,
) -> Probe {
    Probe {
        id,
        title,
        section,
        level: Level::Must,
        needs: &["status"],
        named_by: &[],
        echo: false,
        advice,
        ask,
    }
}

impl Probe {
    /// The same with another level.
    pub(crate) const fn level(mut self, level: Level) -> Probe {
        self.level = level;
        self
    }

    /// The same after others.
    pub(crate) const fn needs(mut self, needs: &'static [&'static str]) -> Probe {
        self.needs = needs;
        self
    }

    /// The same, unless one of these has failed and so has named the fault.
    pub(crate) const fn named_by(mut self, named_by: &'static [&'static str]) -> Probe {
        self.named_by = named_by;
        self
    }

    /// The same, for servers that echo.
    pub(crate) const fn echo(mut self) -> Probe {
        self.echo = true;
        self
    }
}
