//! Polls in a transcript: what was asked, and what came of it when the poll was closed.
//!
//! A transcript is for those who lead, so it has the sums of every closed poll, published or not.

use rusqlite::Result;

use crate::model::event::{Event, EventKind};
use crate::model::poll::{Outcome, Question};
use crate::sqlite::archive::Archive;
use crate::sqlite::quoting;

/// Erases what the person with this `sub` asked from the outcomes of their polls, whoever closed those.
/// (The JSON of an outcome begins with the id of the person who asked.)
pub(super) const FORGET_ASKED: &str = "
    UPDATE events SET text = NULL WHERE kind IN (10, 11) AND EXISTS (
        SELECT 1 FROM authors
        WHERE sub = ?1 AND instr(events.text, '{\"asked_by\":\"' || shown || '\"') = 1)";

/// The events of one room that open or close polls, and those that ask with a raised hand, in order. One at a time is in memory.
pub(super) struct AskedEvents<'a> {
    pub(super) archive: &'a Archive,
    room: &'a str,
    /// The number of the last event that was read.
    after: u64,
    /// Whether there are no more.
    ended: bool,
    /// The next event, if [`AskedEvents::next_before`] has looked at it already.
    peeked: Option<Event>,
}

impl<'a> AskedEvents<'a> {
    /// Those after the event `after`.
    pub(super) fn new(archive: &'a Archive, room: &'a str, after: u64) -> AskedEvents<'a> {
        AskedEvents {
            archive,
            room,
            after,
            ended: false,
            peeked: None,
        }
    }

    /// Returns the next event if its number is below `seq`.
    pub(super) fn next_before(&mut self, seq: u64) -> Result<Option<Event>> {
        if self.peeked.is_none() && !self.ended {
            self.peeked = self.archive.next_asked(self.room, self.after)?;
            match &self.peeked {
                Some(event) => self.after = event.seq,
                None => self.ended = true,
            }
        }
        Ok(self.peeked.take_if(|event| event.seq < seq))
    }
}

/// What a line of a transcript says of a poll.
pub(super) struct PollLine<'a> {
    /// The kind of line, for a spreadsheet.
    pub what: &'static str,
    /// What the person did, for people.
    pub did: &'static str,
    /// The number of the poll, of what came of it.
    pub of: Option<String>,
    asked: Option<&'a Question>,
    outcome: Option<&'a Outcome>,
}

impl<'a> PollLine<'a> {
    pub(super) fn of(event: &'a Event) -> PollLine<'a> {
        let (asked, outcome, of) = match &event.what {
            EventKind::Poll(asked) => (asked.as_deref(), None, None),
            EventKind::PollOutcome { of, outcome, .. } => {
                let outcome = outcome.as_deref();
                let asked = outcome.map(|outcome| &outcome.asked);
                (asked, outcome, Some(of.to_string()))
            }
            _ => (None, None, None),
        };
        let (what, did) = match of {
            None => ("poll", "asked"),
            Some(_) => ("poll result", "closed the poll"),
        };
        PollLine {
            what,
            did,
            of,
            asked,
            outcome,
        }
    }

    /// The question and its choices, with the votes of each if it is closed, in one line.
    pub(super) fn words(&self) -> String {
        let Some(asked) = self.asked else {
            return "(purged)".to_owned();
        };
        let mut words = quoting::one_line(&asked.question).into_owned();
        for (number, choice) in asked.choices.iter().enumerate() {
            let votes = self.outcome.and_then(|outcome| outcome.votes.get(number));
            let votes = votes.map(|votes| format!("{votes} ")).unwrap_or_default();
            words += &format!(" / {votes}{}", quoting::one_line(choice));
        }
        if let Some(Outcome { count, .. }) = self.outcome {
            words += &format!(" / {count} persons voted");
        }
        words
    }
}
