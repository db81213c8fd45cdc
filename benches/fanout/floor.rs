//! Figures beside what they have to reach.

use crate::report::number;

/// What a figure has to reach.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// Nothing: it is told because one wants to know.
    Told,
}

/// One figure.
#[derive(Debug)]
pub struct Floor {
    /// What was measured, with its unit.
    pub what: String,
    /// What came out.
    pub found: f64,
    /// What should.
    pub bound: Bound,
}

impl Floor {
    /// A figure that has to reach something.
    pub fn new(what: impl Into<String>, found: f64, bound: Bound) -> Self {
        let what = what.into();
        Self { what, found, bound }
    }

    /// A figure that has to reach nothing.
    pub fn told(what: impl Into<String>, found: f64) -> Self {
        Self::new(what, found, Bound::Told)
    }

    /// Whether it reached it. What could not be measured did not.
    pub fn is_kept(&self) -> bool {
        match self.bound {
            Bound::AtLeast(least) => self.found >= least,
            Bound::AtMost(most) => self.found <= most,
            Bound::Told => true,
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.bound, self.is_kept()) {
            (Bound::Told, _) => "",
            (_, true) => "kept",
            (_, false) => "**MISSED**",
        }
    }
}

/// One table.
pub fn markdown(floors: &[Floor]) -> String {
    let mut text = String::from("\n### Store\n\n| what | found | floor | |\n|-|-:|-:|-|\n");
    for floor in floors {
        let wanted = match floor.bound {
            Bound::AtLeast(least) => format!("≥ {}", number(least)),
            Bound::AtMost(most) => format!("≤ {}", number(most)),
            Bound::Told => String::new(),
        };
        let (what, found, verdict) = (&floor.what, number(floor.found), floor.verdict());
        text.push_str(&format!("| {what} | {found} | {wanted} | {verdict} |\n"));
    }
    text
}

/// One object per figure.
pub fn json(floors: &[Floor], machine: &str) -> String {
    let line = |floor: &Floor| {
        let (least, most) = match floor.bound {
            Bound::AtLeast(least) => (Some(least), None),
            Bound::AtMost(most) => (None, Some(most)),
            Bound::Told => (None, None),
        };
        let object = serde_json::json!({
            "suite": "store", "what": floor.what, "found": floor.found, "at_least": least,
            "at_most": most, "kept": floor.is_kept(), "machine": machine,
        });
        format!("{object}\n")
    };
    floors.iter().map(line).collect()
}
