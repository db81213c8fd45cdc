//! Measured figures, and the floors that they have to reach.

use crate::report::number;

/// The floor of a figure.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// Nothing is required; the figure is for information.
    None,
}

/// One measured figure.
#[derive(Debug)]
pub struct Figure {
    /// What was measured, with its unit.
    what: String,
    /// The result.
    found: f64,
    /// The required result.
    bound: Bound,
}

impl Figure {
    /// A figure with a floor.
    pub fn bounded(what: impl Into<String>, found: f64, bound: Bound) -> Self {
        Self {
            what: what.into(),
            found,
            bound,
        }
    }

    /// A figure without a floor.
    pub fn unbounded(what: impl Into<String>, found: f64) -> Self {
        Self::bounded(what, found, Bound::None)
    }

    /// Whether the figure reached its floor. NaN, which could not be measured, did not.
    pub fn is_kept(&self) -> bool {
        match self.bound {
            Bound::AtLeast(least) => self.found >= least,
            Bound::AtMost(most) => self.found <= most,
            Bound::None => true,
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.bound, self.is_kept()) {
            (Bound::None, _) => "",
            (_, true) => "kept",
            (_, false) => "**MISSED**",
        }
    }
}

/// All figures as one table.
pub fn markdown(figures: &[Figure]) -> String {
    let mut text = String::from("\n### Store\n\n| what | found | floor | |\n|-|-:|-:|-|\n");
    for figure in figures {
        let what = &figure.what;
        let found = number(figure.found);
        let floor = match figure.bound {
            Bound::AtLeast(least) => format!("≥ {}", number(least)),
            Bound::AtMost(most) => format!("≤ {}", number(most)),
            Bound::None => String::new(),
        };
        let verdict = figure.verdict();
        text.push_str(&format!("| {what} | {found} | {floor} | {verdict} |\n"));
    }
    text
}

/// One object per figure.
pub fn json(figures: &[Figure], machine: &str) -> String {
    let line = |figure: &Figure| {
        let (least, most) = match figure.bound {
            Bound::AtLeast(least) => (Some(least), None),
            Bound::AtMost(most) => (None, Some(most)),
            Bound::None => (None, None),
        };
        let object = serde_json::json!({
            "suite": "store", "what": figure.what, "found": figure.found, "at_least": least,
            "at_most": most, "kept": figure.is_kept(), "machine": machine,
        });
        format!("{object}\n")
    };
    figures.iter().map(line).collect()
}
