//! What `check` finds and `repair` cannot save: a bounded list of sentences.

use std::collections::BTreeMap;

/// Findings of one kind that are told one by one; the others are counted.
const MAX_TOLD: usize = 20;

/// What was found, by kind.
#[derive(Debug, Default)]
pub struct Findings {
    kinds: BTreeMap<&'static str, Kind>,
}

#[derive(Debug, Default)]
struct Kind {
    count: u64,
    told: Vec<String>,
}

impl Findings {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// How many findings there are.
    pub fn count(&self) -> u64 {
        self.kinds.values().map(|kind| kind.count).sum()
    }

    /// The findings, a line for each; of each kind the first twenty, and how many more.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, Kind { count, told }) in &self.kinds {
            lines.extend(told.iter().map(|line| format!("{name}: {line}")));
            let more = count - told.len() as u64;
            if more > 0 {
                lines.push(format!("{name}: {more} more"));
            }
        }
        lines
    }

    pub(super) fn add(&mut self, kind: &'static str, line: impl FnOnce() -> String) {
        let kind = self.kinds.entry(kind).or_default();
        kind.count += 1;
        if kind.told.len() < MAX_TOLD {
            kind.told.push(line());
        }
    }
}
