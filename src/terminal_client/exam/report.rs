//! The verdicts: for a person in at most 80 columns, or one JSON object per line.

use crate::lens::paint::{Ink, Paint, escape_controls};
use crate::terminal_client::error::WireError;
use crate::terminal_client::exam::probe::Probe;
use crate::terminal_client::exam::verdict::{Finding, Level, Outcome};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// Columns of the text.
const WIDTH: usize = 78;
/// The text that the sections are of.
const RFC: &str = "RFC 6455, December 2011";

/// One verdict.
#[derive(Serialize)]
pub(crate) struct Verdict {
    id: &'static str,
    group: &'static str,
    title: &'static str,
    section: &'static str,
    level: Level,
    outcome: Outcome,
    sent: String,
    read: String,
    advice: Option<&'static str>,
    /// Milliseconds.
    took: u64,
}

impl Verdict {
    /// What a probe found.
    pub(crate) fn new(
        group: &'static str,
        probe: &Probe,
        finding: Finding,
        took: Duration,
    ) -> Self {
        let (level, section) = finding.rule.unwrap_or((probe.level, probe.section));
        Self {
            id: probe.id,
            group,
            title: probe.title,
            section,
            level,
            outcome: finding.outcome,
            sent: finding.sent,
            read: finding.read,
            advice: (finding.outcome == Outcome::Failed).then_some(probe.advice),
            took: took.as_millis().try_into().unwrap_or(u64::MAX),
        }
    }

    /// The section and the level: `§5.2, MUST`.
    fn rule(&self) -> String {
        let mark = if self.section.starts_with("RFC ") {
            ""
        } else {
            "§"
        };
        format!("{mark}{}, {}", self.section, self.level.word())
    }

    /// The verdict in one word.
    fn word(&self) -> (&'static str, Ink) {
        match (self.outcome, self.level) {
            (Outcome::Passed, _) => ("passed", Ink::Good),
            (Outcome::Failed, Level::Must) => ("FAILED", Ink::Bad),
            (Outcome::Failed, Level::Should) => ("warning", Ink::Rsv),
            (Outcome::Failed, Level::May | Level::Choice) => ("note", Ink::Opcode),
            (Outcome::Skipped, _) => ("skipped", Ink::Faint),
            (Outcome::Inconclusive, _) => ("open", Ink::Rsv),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Exam {
        url: &'a str,
        rfc: &'a str,
        echo: bool,
    },
    Verdict(&'a Verdict),
    Summary(&'a Summary),
}

/// How many verdicts went how.
#[derive(Default, Serialize)]
struct Summary {
    passed: usize,
    /// Of rules that a server MUST keep.
    failed: Vec<&'static str>,
    /// Of rules that it SHOULD keep.
    warnings: Vec<&'static str>,
    /// Of what the RFC allows or leaves open.
    notes: Vec<&'static str>,
    skipped: usize,
    inconclusive: usize,
    /// Why the exam is not passed, as standard error says it.
    why: Option<String>,
}

/// Standard output.
pub(crate) struct Report {
    json: bool,
    paint: Paint,
    group: &'static str,
    summary: Summary,
    /// What the server answered instead of 101. Nothing else is asked then.
    refused: Option<String>,
    /// The question after which the server could no longer be reached.
    gone: Option<String>,
    /// What the server does by itself that leaves no time for questions.
    moot: Option<String>,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json,
            paint: Paint(!json && !unwanted && io::stdout().is_terminal()),
            group: "",
            summary: Summary::default(),
            refused: None,
            gone: None,
            moot: None,
        }
    }

    /// The server does this by itself, so not much can be asked.
    pub(crate) fn moot(&mut self, why: &str) {
        self.moot = Some(format!("the server {why}, so little can be asked"));
    }

    /// The server can no longer be reached since that question, or since one before it.
    pub(crate) fn gone(&mut self, id: &str, why: &str) {
        self.gone.get_or_insert_with(|| {
            format!(
                "the server can no longer be reached since the question {id}, and each question \
                 needs a connection of its own: {why}"
            )
        });
    }

    /// The time was over before every question was asked.
    pub(crate) fn out_of_time(&mut self) {
        let sentence = "the time for the exam was over before every question was asked";
        self.moot.get_or_insert_with(|| sentence.into());
    }

    /// What is examined.
    pub(crate) fn begin(&mut self, url: &str, echo: bool, told: bool) -> io::Result<()> {
        let about = match (&self.moot, echo, told) {
            (Some(moot), ..) => format!("But {moot}."),
            (None, true, _) => "The server echoes, and its echoes are compared.".into(),
            (None, false, true) => "What only an echo can show is left out (--no-echo).".into(),
            (None, false, false) => {
                "No echo came back for a text, so what only an echo can show is left out.".into()
            }
        };
        let rfc = RFC;
        self.print(&Line::Exam { url, rfc, echo }, || {
            format!(
                "Examining {}\nSections are of {RFC}.\n{about}\n",
                escape_controls(url)
            )
        })
    }

    /// One verdict.
    pub(crate) fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        let summary = &mut self.summary;
        match (verdict.outcome, verdict.level) {
            (Outcome::Passed, _) => summary.passed += 1,
            (Outcome::Failed, Level::Must) => summary.failed.push(verdict.id),
            (Outcome::Failed, Level::Should) => summary.warnings.push(verdict.id),
            (Outcome::Failed, Level::May | Level::Choice) => summary.notes.push(verdict.id),
            (Outcome::Skipped, _) => summary.skipped += 1,
            (Outcome::Inconclusive, _) => summary.inconclusive += 1,
        }
        if verdict.id == "status" && verdict.outcome == Outcome::Failed {
            self.refused = Some(verdict.read.clone());
        }
        // As text, one sentence at the end stands for everything that was not asked for this reason.
        if !self.json
            && verdict.outcome == Outcome::Skipped
            && (self.refused.is_some() || self.gone.is_some() || self.moot.is_some())
        {
            return Ok(());
        }
        let begins = self.group != verdict.group;
        self.group = verdict.group;
        self.print(&Line::Verdict(verdict), || self.text(verdict, begins))
    }

    fn text(&self, verdict: &Verdict, begins: bool) -> String {
        let mut text = String::new();
        if begins {
            text += &format!("\n{}\n", self.paint.paint(Ink::Strong, verdict.group));
        }
        let (word, ink) = verdict.word();
        let word = self.paint.paint(ink, format!("{word:<7}"));
        let mut lines = Vec::new();
        wrap(
            &mut lines,
            "  ",
            &format!("{}: {}", verdict.id, verdict.title),
        );
        let first = lines.first().map_or("", |line| line.trim_start());
        text += &format!("  {word} {first}\n");
        for more in lines.iter().skip(1) {
            text += &format!("          {}\n", more.trim_start());
        }
        if verdict.outcome == Outcome::Passed {
            return text;
        }
        let mut lines = Vec::new();
        if verdict.outcome != Outcome::Skipped {
            wrap(&mut lines, "rule   ", &verdict.rule());
            wrap(&mut lines, "sent   ", &verdict.sent);
            wrap(&mut lines, "read   ", &verdict.read);
        } else {
            wrap(&mut lines, "", &verdict.read);
        }
        if let Some(advice) = verdict.advice {
            wrap(&mut lines, "advice ", advice);
        }
        for line in lines {
            text += &format!("          {line}\n");
        }
        text
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// The exam is not passed.
    pub(crate) fn end(mut self, answered: bool) -> Result<(), WireError> {
        self.summary.why = self.why(answered);
        let summary = &self.summary;
        self.print(&Line::Summary(summary), || {
            format!(
                "\n{} passed, {} failed, {}, {}, {} skipped, {} open\n",
                summary.passed,
                summary.failed.len(),
                counted(summary.warnings.len(), "warning"),
                counted(summary.notes.len(), "note"),
                summary.skipped,
                summary.inconclusive
            )
        })?;
        match self.summary.why {
            None => Ok(()),
            Some(why) => Err(WireError::Failed(why)),
        }
    }

    /// Why the exam is not passed, if it is not.
    fn why(&self, answered: bool) -> Option<String> {
        if let Some(read) = &self.refused {
            return Some(format!(
                "a right handshake was not answered with 101, so nothing else was asked; the answer: \
                 {}",
                escape_controls(read)
            ));
        }
        if self.gone.is_some() {
            return self.gone.clone();
        }
        let failed = &self.summary.failed;
        let rules = format!(
            "the server breaks rules that it MUST keep: {}",
            failed.join(", ")
        );
        match (&self.moot, failed.is_empty()) {
            (Some(moot), true) => Some(moot.clone()),
            (Some(moot), false) => Some(format!("{moot}; {rules}")),
            (None, true) => None,
            (None, false) if !answered => {
                Some(format!("nothing came after the handshakes; {rules}"))
            }
            (None, false) => Some(rules),
        }
    }

    fn print(&self, json: &Line<'_>, text: impl Fn() -> String) -> io::Result<()> {
        let text = match self.json {
            true => serde_json::to_string(json)? + "\n",
            false => text(),
        };
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

fn counted(number: usize, word: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {word}{s}")
}

/// Appends `label` and `text` in lines that fit behind ten columns of margin.
fn wrap(lines: &mut Vec<String>, label: &str, text: &str) {
    let (width, indent) = (WIDTH - 10, label.chars().count());
    let mut line = label.to_owned();
    for word in escape_controls(text).split(' ') {
        let length = line.chars().count();
        if length > indent && length + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
        }
        if line.chars().count() > indent {
            line.push(' ');
        }
        line += word;
    }
    lines.push(line);
}
