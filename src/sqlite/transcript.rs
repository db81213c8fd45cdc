//! The transcript: messages in their final state, with joins and leaves, as text, CSV or JSON lines.
//!
//! It is written while it is read, a few hundred messages at a time, each batch in a transaction of
//! its own. So a year of history needs no memory, and a slow download does not keep the write-ahead
//! log from shrinking. What people chose is written as [`quoting`] says.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::event::{Author, EventKind};
use crate::model::item::MessageState;
use crate::model::time::Millis;
use crate::model::zone::Zone;
use crate::sqlite::archive::Archive;
use crate::sqlite::error::ExportError;
use crate::sqlite::presence::{PresenceChange, PresenceChanges};
use crate::sqlite::span::Span;
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
        let title = format!("time (UTC{zone})");
        let titles = [
            "room", "seq", &title, "what", "name", "id", "text", "edited", "reply to",
        ];
        csv::write_line(out, &titles)?;
    }
    let rooms = match span.room {
        Some(room) => vec![room.into()],
        None => archive.rooms()?,
    };
    for room in rooms {
        let mut writer = RoomWriter {
            room: &room,
            format,
            zone,
            out: &mut *out,
        };
        writer.write(archive, span)?;
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
    fn write(&mut self, archive: &Archive, span: &Span<'_>) -> Result<(), ExportError> {
        if self.format == Format::Text {
            writeln!(self.out, "# {} (times are UTC{})", self.room, self.zone)?;
        }
        let mut changes = PresenceChanges::new(archive, self.room, span)?;
        let mut after = 0;
        loop {
            let messages = archive.messages_after(self.room, after, BATCH)?;
            let Some(last) = messages.last() else { break };
            after = last.event.seq;
            for message in &messages {
                if !span.contains(message.event.at) {
                    continue;
                }
                self.write_changes_before(message.event.at, &mut changes)?;
                self.write_message(message)?;
            }
        }
        self.write_changes_before(Millis::MAX, &mut changes)
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
mod tests {
    use super::*;
    use crate::model::event::EventKind;
    use crate::model::event::samples::*;
    use crate::sqlite::tests::TempHistory;
    use crate::store::queue::Note;
    use std::sync::Arc;

    fn history() -> TempHistory {
        let history = TempHistory::new();
        history.run("e", |writer| {
            let room: Arc<str> = "lobby".into();
            let enter = |connection, name, at| Note::Enter {
                room: room.clone(),
                connection,
                by: author(name),
                at,
            };
            let leave = |connection, at| Note::Leave {
                room: room.clone(),
                connection,
                at,
            };
            writer.note(enter(1, "Ann", 500));
            writer.append(event(1, "Ann", said("hello")));
            writer.append(event(2, "Lin", said("=1+1")));
            writer.note(enter(2, "Bo", 2500));
            writer.note(enter(3, "Bo", 2600));
            writer.append(event(3, "Bo", said("two\nlines")));
            writer.append(event(4, "Bo", said("never said")));
            writer.append(event(5, "Ann", edit(1, "hello \"all\"")));
            writer.append(event(
                6,
                "Bo",
                EventKind::Delete {
                    of: 4,
                    purge: false,
                },
            ));
            writer.note(leave(2, 6500));
            writer.append(event(7, "Ann", react(3, "👍")));
            writer.note(leave(3, 7500));
        });
        history
    }

    fn export(history: &TempHistory, span: &Span<'_>, format: Format) -> String {
        let mut out = Vec::new();
        write(&history.archive(), span, format, Zone::default(), &mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_text_transcript_has_messages_joins_and_leaves() {
        let text = "\
# lobby (times are UTC+00:00)
[1970-01-01 00:00:00] * Ann joined
[1970-01-01 00:00:01] Ann: hello \"all\" (edited)
[1970-01-01 00:00:02] Lin: =1+1
[1970-01-01 00:00:02] * Bo joined
[1970-01-01 00:00:03] Bo: two
    lines
[1970-01-01 00:00:04] Bo: (deleted)
[1970-01-01 00:00:07] * Bo left
";
        let mut exported = export(&history(), &Span::default(), Format::Text);
        // Ann left when the server ended, by the real clock.
        let end = exported.rfind('[').expect("a last line");
        assert!(exported.split_off(end).ends_with("* Ann left\n"));
        assert_eq!(exported, text);
    }

    #[test]
    fn a_span_limits_room_and_time() {
        let span = Span {
            room: Some("lobby"),
            from: Some(2000),
            to: Some(3001),
            ..Span::default()
        };
        let lines = export(&history(), &span, Format::JsonLines);
        let expected = r#"{"type":"message","room":"lobby","seq":2,"from":{"id":"id-Lin","name":"Lin","role":"host"},"text":"=1+1","at":2000}
{"type":"joined","room":"lobby","from":{"id":"id-Bo","name":"Bo"},"at":2500}
{"type":"message","room":"lobby","seq":3,"from":{"id":"id-Bo","name":"Bo"},"text":"two\nlines","at":3000,"reactions":{"👍":["id-Ann"]}}
"#;
        assert_eq!(lines, expected);
        let nowhere = Span {
            room: Some("nowhere"),
            ..span
        };
        assert_eq!(export(&history(), &nowhere, Format::JsonLines), "");
    }

    #[test]
    fn csv_cells_are_escaped() {
        let lines = export(
            &history(),
            &Span {
                to: Some(2001),
                ..Span::default()
            },
            Format::Csv,
        );
        let expected = "\u{feff}\"room\",\"seq\",\"time (UTC+00:00)\",\"what\",\"name\",\"id\",\"text\",\"edited\",\"reply to\"\r
\"lobby\",\"\",\"1970-01-01 00:00:00\",\"joined\",\"Ann\",\"id-Ann\",\"\",\"\",\"\"\r
\"lobby\",\"1\",\"1970-01-01 00:00:01\",\"message\",\"Ann\",\"id-Ann\",\"hello \"\"all\"\"\",\"1970-01-01 00:00:05\",\"\"\r
\"lobby\",\"2\",\"1970-01-01 00:00:02\",\"message\",\"Lin\",\"id-Lin\",\"'=1+1\",\"\",\"\"\r
";
        assert_eq!(lines, expected);
    }

    #[test]
    fn nobody_forges_a_line() {
        let forged = "hi\u{2028}[1970-01-01 00:00:09] Lin: yes\u{85}\"lobby\",\"9\"";
        let history = TempHistory::with(&[
            event(1, "Ann: I agree", said("x")),
            event(2, "* Lin joined\u{2029}[", said(forged)),
            event(3, "Bo", said("(deleted)")),
            event(4, "Bo", said("well (edited)")),
        ]);
        let text = export(&history, &Span::default(), Format::Text);
        assert_eq!(
            text,
            "\
# lobby (times are UTC+00:00)
[1970-01-01 00:00:01] \"Ann: I agree\": x
[1970-01-01 00:00:02] \"* Lin joined\\u{2029}[\": hi
    [1970-01-01 00:00:09] Lin: yes
    \"lobby\",\"9\"
[1970-01-01 00:00:03] Bo: \"(deleted)\"
[1970-01-01 00:00:04] Bo: \"well (edited)\"
"
        );
        let csv = export(&history, &Span::default(), Format::Csv);
        let row = r#""lobby","2","1970-01-01 00:00:02","message","* Lin joined\u{2029}[","#;
        assert!(csv.contains(row), "{csv}");
        let lines = export(&history, &Span::default(), Format::JsonLines);
        assert!(
            !lines.contains(['\u{2028}', '\u{2029}', '\u{85}']),
            "{lines}"
        );
        assert_eq!(lines.lines().count(), 4);
    }

    #[test]
    fn a_long_history_is_read_in_batches() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            for n in 1..=1200 {
                writer.append(event(n, "Ann", said("x")));
                let (room, by) = (Arc::from("lobby"), author("Bo"));
                writer.note(Note::Enter {
                    room,
                    connection: n,
                    by,
                    at: n * 1000,
                });
                writer.note(Note::Leave {
                    room: "lobby".into(),
                    connection: n,
                    at: n * 1000,
                });
            }
        });
        let lines = export(&history, &Span::default(), Format::JsonLines);
        let count = |what: &str| lines.lines().filter(|line| line.contains(what)).count();
        assert_eq!(
            (count("message"), count("joined"), count("left")),
            (1200, 1200, 1200)
        );
    }
}
