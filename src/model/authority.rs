//! Who decided an outcome: a rule that leaves no choice, one that recommends or allows it, or this
//! server.
//!
//! A specification often binds only the sender, and leaves open what the receiver does. A learner who
//! sees a connection fail must be able to tell a demand of the standard from a habit of one server.

use serde::Serialize;

/// How strongly the source binds, in the words of RFC 2119.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Every implementation has to do this.
    Must,
    /// Only a good reason excuses another outcome.
    Should,
    /// The source allows this by name, and other outcomes too.
    May,
    /// The source leaves it open, and this server chose.
    Choice,
}

impl Level {
    /// For people: the keyword, or whose choice it was.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::May => "MAY",
            Level::Choice => "this server's choice",
        }
    }
}

/// The authority for an outcome.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Authority {
    /// The stable name for programs and catalogues.
    #[serde(rename = "ruling")]
    pub(crate) slug: &'static str,
    /// How strongly the source binds.
    pub(crate) level: Level,
    /// The section, such as `RFC 6455 §5.1`.
    pub(crate) source: &'static str,
    /// Its words. For a choice: the words that leave it open or allow it.
    pub(crate) sentence: &'static str,
    /// What this server chose within that, and why.
    pub(crate) choice: Option<&'static str>,
}

impl Authority {
    const fn new(
        level: Level,
        slug: &'static str,
        source: &'static str,
        sentence: &'static str,
    ) -> Self {
        Self {
            slug,
            level,
            source,
            sentence,
            choice: None,
        }
    }

    /// The source demands it.
    pub(crate) const fn must(
        slug: &'static str,
        source: &'static str,
        sentence: &'static str,
    ) -> Self {
        Self::new(Level::Must, slug, source, sentence)
    }

    /// The source recommends it.
    pub(crate) const fn should(
        slug: &'static str,
        source: &'static str,
        sentence: &'static str,
    ) -> Self {
        Self::new(Level::Should, slug, source, sentence)
    }

    /// The source allows it by name.
    pub(crate) const fn may(
        slug: &'static str,
        source: &'static str,
        sentence: &'static str,
    ) -> Self {
        Self::new(Level::May, slug, source, sentence)
    }

    /// The source leaves it open.
    pub(crate) const fn choice(
        slug: &'static str,
        source: &'static str,
        sentence: &'static str,
    ) -> Self {
        Self::new(Level::Choice, slug, source, sentence)
    }

    /// The same, with what this server chose within it, and why.
    pub(crate) const fn chose(self, sentence: &'static str) -> Self {
        Self {
            choice: Some(sentence),
            ..self
        }
    }

    /// In a few words: the keyword and the section.
    pub(crate) fn brief(&self) -> String {
        match self.level {
            Level::Choice => format!("{}, allowed by {}", self.level.words(), self.source),
            level => format!("{}, {}", level.words(), self.source),
        }
    }
}
