//! Standard output: with colours for a terminal, without for a pipe, or as JSON for a program.

use crate::lens::annotate::Observation;
use crate::lens::handshake::HandshakeNote;
use crate::lens::ladders::CloseSummary;
use crate::lens::paint::escape_controls;
use crate::lens::terminal_text;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Output other than the annotator's observations.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum More<'a> {
    Handshake(&'a HandshakeNote),
    Body {
        text: &'a str,
    },
    Note {
        text: &'a str,
    },
    /// The last object. Without a summary there was no WebSocket connection.
    End {
        #[serde(flatten)]
        summary: Option<&'a CloseSummary>,
        exit: u8,
        why: Option<&'a str>,
    },
}

/// Standard output.
pub(crate) struct Screen {
    json: bool,
    colour: bool,
}

impl Screen {
    /// Colours are used on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    pub(crate) fn new(json: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json,
            colour: !json && !unwanted && io::stdout().is_terminal(),
        }
    }

    /// The handshake, rule by rule.
    pub(crate) fn handshake(&mut self, note: &HandshakeNote) -> io::Result<()> {
        self.print(&More::Handshake(note), |colour| {
            terminal_text::handshake(note, colour) + "\n"
        })
    }

    /// The body of a refusal.
    pub(crate) fn body(&mut self, text: &str) -> io::Result<()> {
        self.print(&More::Body { text }, |_| {
            let lines = text
                .lines()
                .map(|line| format!("  {}\n", escape_controls(line)));
            lines.collect()
        })
    }

    /// One observation.
    pub(crate) fn observation(&mut self, observation: &Observation) -> io::Result<()> {
        self.print(observation, |colour| {
            terminal_text::observation(observation, colour)
        })
    }

    /// A note for the person who types.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        self.print(&More::Note { text }, |_| format!("{text}\n"))
    }

    /// How the connection ended, and why it did not end well. As text, standard error says why.
    pub(crate) fn end(
        &mut self,
        summary: Option<&CloseSummary>,
        why: Option<&str>,
    ) -> io::Result<()> {
        let exit = u8::from(why.is_some());
        self.print(&More::End { summary, exit, why }, |colour| {
            summary.map_or(String::new(), |summary| {
                terminal_text::ending(summary, colour)
            })
        })
    }

    fn print(&self, json: &impl Serialize, text: impl Fn(bool) -> String) -> io::Result<()> {
        let text = match self.json {
            true => serde_json::to_string(json)? + "\n",
            false => text(self.colour),
        };
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}
