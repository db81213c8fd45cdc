//! A bound as a value.

/// One bound.
#[derive(Debug)]
pub struct Limit {
    /// What it bounds.
    pub what: &'static str,
    /// A key of `chat.toml` (`limits.backlog`), or a constant (`net/inbox.rs DEPTH`, below `src`).
    pub at: &'static str,
    /// What its value counts; empty for sizes and times, which have their own units.
    /// `ms`: a number is a time.
    pub unit: &'static str,
    /// What happens when it is reached, and who learns it how.
    pub reached: &'static str,
}

/// Bounds that belong together.
#[derive(Debug)]
pub struct Group {
    /// Of what.
    pub title: &'static str,
    /// The bounds.
    pub limits: &'static [Limit],
}

/// A row of the table.
pub(super) const fn limit(
    what: &'static str,
    at: &'static str,
    unit: &'static str,
    reached: &'static str,
) -> Limit {
    Limit {
        what,
        at,
        unit,
        reached,
    }
}
