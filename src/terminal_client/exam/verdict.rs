//! What a probe finds.

use serde::Serialize;

/// How a verdict went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The rule was kept.
    Passed,
    /// The rule was broken.
    Failed,
    /// The question was not asked.
    Skipped,
    /// The question was asked, and the answer decides nothing.
    Inconclusive,
}

/// How firmly RFC 6455 says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    /// The exam is failed without it.
    Must,
    /// A warning.
    Should,
    /// The RFC allows something, and the server does something else. Told for information.
    May,
    /// No sentence says what a server does here. Told for information.
    #[serde(rename = "choice")]
    Choice,
}

impl Level {
    /// The word of RFC 2119, if the RFC uses one.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::May => "MAY",
            Level::Choice => "the server's choice",
        }
    }
}

/// The answer to one question.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) outcome: Outcome,
    /// What was sent.
    pub(crate) sent: String,
    /// What was read.
    pub(crate) read: String,
    /// Another rule than that of the probe decided: its level and section.
    pub(crate) rule: Option<(Level, &'static str)>,
}

impl Finding {
    fn new(outcome: Outcome, sent: impl Into<String>, read: impl Into<String>) -> Self {
        Self {
            outcome,
            sent: sent.into(),
            read: read.into(),
            rule: None,
        }
    }

    /// The rule was kept.
    pub(crate) fn passed(sent: impl Into<String>, read: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, sent, read)
    }

    /// The rule was broken.
    pub(crate) fn failed(sent: impl Into<String>, read: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, sent, read)
    }

    /// The question was not asked.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self::new(Outcome::Skipped, "", why)
    }

    /// The answer decides nothing.
    pub(crate) fn inconclusive(sent: impl Into<String>, read: impl Into<String>) -> Self {
        Self::new(Outcome::Inconclusive, sent, read)
    }

    /// The rule that decided.
    pub(crate) fn by(mut self, level: Level, section: &'static str) -> Self {
        self.rule = Some((level, section));
        self
    }

    /// Passed if `kept`, else failed.
    pub(crate) fn when(kept: bool, sent: impl Into<String>, read: impl Into<String>) -> Self {
        match kept {
            true => Self::passed(sent, read),
            false => Self::failed(sent, read),
        }
    }
}
