//! The transcript: messages in their final state, with joins and leaves, as text, CSV or JSON lines.
//!
//! It is written while it is read, a few hundred messages at a time, each batch in a transaction of
//! its own. So a year of history needs no memory, and a slow download does not keep the write-ahead
//! log from shrinking. What people chose is written as [`quoting`] says.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::event::{Author, Event, EventKind};
use crate::model::hand::Hand;
use crate::model::item::MessageState;
use crate::model::poll_json;
use crate::model::time::Millis;
use crate::model::zone::Zone;
use crate::sqlite::archive::Archive;
use crate::sqlite::error::ExportError;
use crate::sqlite::polls::{AskedEvents, PollLine};
use crate::sqlite::presence::{PresenceChange, PresenceChanges};
use crate::sqlite::questions::{ANONYMOUS, question_words};
use crate::sqlite::span::{Part, Span};
use crate::sqlite::{csv, quoting};

/// Messages that are read at once.
const BATCH: usize = 500;

/// The format of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For a spreadsheet.
    Csv,
    /// For programs: the objects of a history page, and `joined` and `left`.
    JsonLines,
}

/// Writes the transcript of `span`.
///
/// # Errors
///
/// The history cannot be read, or `out` cannot be written.
pub(super) fn write(
    archive: &Archive,
    span: &Span<'_>,
    format: Format,
    zone: Zone,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    if format == Format::Csv {
        out.write_all(csv::BYTE_ORDER_MARK.as_bytes())?;
        let titles = [
            "room", "seq", "time", "what", "name", "id", "text", "edited", "reply to",
        ];
        csv::write_line(out, &titles)?;
    }
    let rooms = match span.room {
        Some(room) => vec![room.into()],
        None => archive.rooms()?,
    };
    for room in rooms {
        let Some(part) = archive.part(&room, span)? else {
            continue;
        };
        let mut writer = RoomWriter {
            room: &room,
            format,
            zone,
            out: &mut *out,
        };
        writer.write(archive, span, &part)?;
    }
    Ok(())
}

/// Writes the transcript of one room.
struct RoomWriter<'a> {
    room: &'a str,
    format: Format,
    zone: Zone,
    out: &'a mut dyn Write,
}

impl RoomWriter<'_> {
    fn write(
        &mut self,
        archive: &Archive,
        span: &Span<'_>,
        part: &Part,
    ) -> Result<(), ExportError> {
        if self.format == Format::Text {
            writeln!(self.out, "# {}", self.room)?;
        }
        let within = span.within(self.room, part);
        let mut changes = PresenceChanges::new(archive, self.room, &within)?;
        let mut asked = AskedEvents::new(archive, self.room, part.after);
        let mut after = part.after;
        while after < part.up_to {
            let messages = archive.messages_after(self.room, after, BATCH)?;
            let Some(last) = messages.last() else { break };
            after = last.event.seq;
            for message in &messages {
                if message.event.seq > part.up_to {
                    break;
                }
                if !span.contains(message.event.at) {
                    continue;
                }
                self.write_asked_before(message.event.seq, span, &mut asked, &mut changes)?;
                self.write_changes_before(message.event.at, &mut changes)?;
                self.write_message(message)?;
            }
        }
        self.write_asked_before(part.up_to.saturating_add(1), span, &mut asked, &mut changes)?;
        self.write_changes_before(Millis::MAX, &mut changes)
    }

    /// Writes the polls that were opened or closed before the event `seq`, and the questions with raised
    /// hands, each in its place.
    fn write_asked_before(
        &mut self,
        seq: u64,
        span: &Span<'_>,
        asked: &mut AskedEvents<'_>,
        changes: &mut PresenceChanges<'_>,
    ) -> Result<(), ExportError> {
        while let Some(event) = asked.next_before(seq)? {
            if !span.contains(event.at) {
                continue;
            }
            self.write_changes_before(event.at, changes)?;
            match &event.what {
                EventKind::Hand(hand) => {
                    let outcome = asked.outcome_of(&event, hand)?;
                    self.write_question(&event, outcome)?;
                }
                _ => self.write_poll(&event)?,
            }
        }
        Ok(())
    }

    /// Writes what somebody asked with a raised hand. Nobody reads who asked anonymously.
    fn write_question(&mut self, event: &Event, hand: Hand) -> io::Result<()> {
        let at = self.zone.show(event.at).to_string();
        let Author { name, id, .. } = &*event.by;
        let (name, id) = match hand.anonymous {
            true => (ANONYMOUS, ""),
            false => (&**name, &**id),
        };
        let words = question_words(&hand);
        match self.format {
            Format::Text => writeln!(
                self.out,
                "[{at}] * {} asked with a raised hand: {words}",
                quoting::name(name)
            ),
            Format::Csv => {
                let (name, seq) = (quoting::one_line(name), event.seq.to_string());
                let cells = [self.room, &seq, &at, "question", &name, id, &words, "", ""];
                csv::write_line(self.out, &cells)
            }
            Format::JsonLines => {
                let what = EventKind::Hand(Box::new(hand));
                let event = Event {
                    what,
                    ..event.clone()
                };
                self.write_json(&event.json())
            }
        }
    }

    fn write_poll(&mut self, poll: &Event) -> io::Result<()> {
        let at = self.zone.show(poll.at).to_string();
        let Author { name, id, .. } = &*poll.by;
        let line = PollLine::of(poll);
        match self.format {
            Format::Text => {
                let (name, did, words) = (quoting::name(name), line.did, line.words());
                writeln!(self.out, "[{at}] * {name} {did}: {words}")
            }
            Format::Csv => {
                let (name, seq) = (quoting::one_line(name), poll.seq.to_string());
                let (words, of) = (line.words(), line.of.unwrap_or_default());
                let cells = [self.room, &seq, &at, line.what, &name, id, &words, "", &of];
                csv::write_line(self.out, &cells)
            }
            Format::JsonLines => self.write_json(&poll_json::json(poll, true)),
        }
    }

    fn write_changes_before(
        &mut self,
        at: Millis,
        changes: &mut PresenceChanges<'_>,
    ) -> Result<(), ExportError> {
        while let Some(change) = changes.next_before(at)? {
            self.write_change(&change)?;
        }
        Ok(())
    }

    fn write_message(&mut self, message: &MessageState) -> io::Result<()> {
        if self.format == Format::JsonLines {
            return self.write_json(&message.json());
        }
        let EventKind::Message { reply_to, .. } = message.event.what else {
            return Ok(());
        };
        let text = message
            .text
            .as_ref()
            .map(|text| serde_json::from_str::<String>(text.as_str()).unwrap_or_default());
        match self.format {
            Format::Csv => self.write_message_as_csv(message, text, reply_to),
            Format::Text | Format::JsonLines => self.write_message_as_text(message, text),
        }
    }

    /// Writes a message for people; without a text, it was deleted.
    fn write_message_as_text(
        &mut self,
        message: &MessageState,
        text: Option<String>,
    ) -> io::Result<()> {
        let at = self.zone.show(message.event.at);
        let name = quoting::name(&message.event.by.name);
        match text {
            Some(text) => {
                let text = quoting::text(&text);
                let edited = match message.edited {
                    Some(_) => " (edited)",
                    None => "",
                };
                writeln!(self.out, "[{at}] {name}: {text}{edited}")
            }
            None if message.purged => writeln!(self.out, "[{at}] {name}: (purged)"),
            None => writeln!(self.out, "[{at}] {name}: (deleted)"),
        }
    }

    fn write_message_as_csv(
        &mut self,
        message: &MessageState,
        text: Option<String>,
        reply_to: Option<u64>,
    ) -> io::Result<()> {
        let Author { name, id, .. } = &*message.event.by;
        let what = match (&text, message.purged) {
            (Some(_), _) => "message",
            (None, false) => "deleted message",
            (None, true) => "purged message",
        };
        let edited = message.edited.filter(|_| text.is_some());
        let edited = edited.map(|at| self.zone.show(at).to_string());
        let reply_to = reply_to.map(|seq| seq.to_string());
        csv::write_line(
            self.out,
            &[
                self.room,
                &message.event.seq.to_string(),
                &self.zone.show(message.event.at).to_string(),
                what,
                &quoting::one_line(name),
                id,
                &text.unwrap_or_default(),
                &edited.unwrap_or_default(),
                &reply_to.unwrap_or_default(),
            ],
        )
    }

    fn write_change(&mut self, change: &PresenceChange) -> io::Result<()> {
        let what = if change.joined { "joined" } else { "left" };
        let at = self.zone.show(change.at).to_string();
        let Author { name, id, .. } = &*change.person;
        match self.format {
            Format::Text => writeln!(self.out, "[{at}] * {} {what}", quoting::name(name)),
            Format::Csv => {
                let name = quoting::one_line(name);
                let cells = [self.room, "", &at, what, &name, id, "", "", ""];
                csv::write_line(self.out, &cells)
            }
            Format::JsonLines => {
                let line = PresenceLine {
                    r#type: what,
                    room: self.room,
                    from: Person { id, name },
                    at: change.at,
                };
                self.write_json(&serde_json::to_vec(&line)?)
            }
        }
    }

    /// Writes an object as one line.
    fn write_json(&mut self, json: &[u8]) -> io::Result<()> {
        let json = String::from_utf8_lossy(json);
        writeln!(self.out, "{}", quoting::json_line(&json))
    }
}

/// A join or leave in JSON lines.
#[derive(Serialize)]
struct PresenceLine<'a> {
    r#type: &'a str,
    room: &'a str,
    from: Person<'a>,
    at: Millis,
}

#[derive(Serialize)]
struct Person<'a> {
    id: &'a str,
    name: &'a str,
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
