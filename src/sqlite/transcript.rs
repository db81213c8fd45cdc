//! The transcript: what was said in final form, with who came and left, as text, CSV or JSON lines.
//!
//! Written while it is read, a few hundred messages at a time, each in a snapshot of its own: a year
//! of talk needs no memory, and a slow download does not keep the write-ahead log from shrinking.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::event::{Author, EventKind};
use crate::model::item::MessageState;
use crate::model::time::Millis;
use crate::model::zone::Zone;
use crate::sqlite::archive::Archive;
use crate::sqlite::csv;
use crate::sqlite::error::ExportError;
use crate::sqlite::moves::{Moves, Step};
use crate::sqlite::span::Span;

/// Messages read at once.
const MESSAGES: usize = 500;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For reading.
    Text,
    /// For a spreadsheet.
    Csv,
    /// For programs: the objects of a history page, and `joined` and `left`.
    JsonLines,
}

impl Format {
    /// The format with this file extension.
    pub fn of_extension(extension: &str) -> Option<Format> {
        match extension {
            "txt" => Some(Format::Text),
            "csv" => Some(Format::Csv),
            "jsonl" => Some(Format::JsonLines),
            _ => None,
        }
    }

    /// The file extension.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
        }
    }

    /// The media type of the file.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; charset=utf-8",
            Format::Csv => "text/csv; charset=utf-8",
            Format::JsonLines => "application/jsonl",
        }
    }
}

/// Writes the transcript of `span`.
///
/// # Errors
///
/// The file cannot be read, or `out` not written.
pub fn write(
    archive: &Archive,
    span: &Span<'_>,
    format: Format,
    zone: Zone,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    if format == Format::Csv {
        out.write_all(csv::MARK.as_bytes())?;
        let title = format!("time (UTC{zone})");
        csv::line(
            out,
            &[
                "room", "seq", &title, "what", "name", "id", "text", "edited", "reply to",
            ],
        )?;
    }
    let rooms = match span.room {
        Some(room) => vec![room.into()],
        None => archive.rooms()?,
    };
    for room in rooms {
        if format == Format::Text {
            writeln!(out, "# {room} (times are UTC{zone})")?;
        }
        let mut paper = Paper {
            room: &room,
            format,
            zone,
            out: &mut *out,
        };
        let mut moves = Moves::new(archive, &room, span)?;
        let mut after = 0;
        loop {
            let items = archive.onward(&room, after, MESSAGES)?;
            let Some(last) = items.last() else { break };
            after = last.event.seq;
            for item in items.iter().filter(|item| span.contains(item.event.at)) {
                while let Some(step) = moves.next_before(item.event.at)? {
                    paper.step(&step)?;
                }
                paper.item(item)?;
            }
        }
        while let Some(step) = moves.next_before(Millis::MAX)? {
            paper.step(&step)?;
        }
    }
    Ok(())
}

/// EventKind is written on.
struct Paper<'a> {
    room: &'a str,
    format: Format,
    zone: Zone,
    out: &'a mut dyn Write,
}

impl Paper<'_> {
    fn item(&mut self, item: &MessageState) -> io::Result<()> {
        if self.format == Format::JsonLines {
            self.out.write_all(&item.json())?;
            return self.out.write_all(b"\n");
        }
        let EventKind::Message { reply_to, .. } = item.event.what else {
            return Ok(());
        };
        let at = self.zone.show(item.event.at).to_string();
        let text = item
            .text
            .as_ref()
            .map(|text| serde_json::from_str(text.as_str()));
        let text: Option<String> = text.map(Result::unwrap_or_default);
        let Author { name, id, .. } = &*item.event.by;
        if self.format == Format::Text {
            let name = if name.is_empty() { "?" } else { name };
            let edited = if item.edited.is_some() && text.is_some() {
                " (edited)"
            } else {
                ""
            };
            // Lines after the first are indented: nobody can write a line of somebody else.
            let gone = if item.purged { "(purged)" } else { "(deleted)" };
            let text = text.map_or(gone.into(), |text| text.replace('\n', "\n    "));
            return writeln!(self.out, "[{at}] {name}: {text}{edited}");
        }
        let edited = item.edited.filter(|_| text.is_some());
        let edited = edited
            .map(|at| self.zone.show(at).to_string())
            .unwrap_or_default();
        let reply = reply_to.map(|seq| seq.to_string()).unwrap_or_default();
        let what = match (&text, item.purged) {
            (Some(_), _) => "message",
            (None, false) => "deleted message",
            (None, true) => "purged message",
        };
        let (seq, text) = (item.event.seq.to_string(), text.unwrap_or_default());
        csv::line(
            self.out,
            &[self.room, &seq, &at, what, name, id, &text, &edited, &reply],
        )
    }

    fn step(&mut self, step: &Step) -> io::Result<()> {
        let what = if step.came { "joined" } else { "left" };
        let at = self.zone.show(step.at).to_string();
        let Author { name, id, .. } = &*step.who;
        match self.format {
            Format::Text => writeln!(self.out, "[{at}] * {name} {what}"),
            Format::Csv => csv::line(self.out, &[self.room, "", &at, what, name, id, "", "", ""]),
            Format::JsonLines => {
                let from = Who { id, name };
                let line = Line {
                    r#type: what,
                    room: self.room,
                    from,
                    at: step.at,
                };
                serde_json::to_writer(&mut *self.out, &line)?;
                self.out.write_all(b"\n")
            }
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    r#type: &'a str,
    room: &'a str,
    from: Who<'a>,
    at: Millis,
}

#[derive(Serialize)]
struct Who<'a> {
    id: &'a str,
    name: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::EventKind;
    use crate::model::event::samples::*;
    use crate::sqlite::tests::Bench;
    use crate::store::queue::Note;
    use std::sync::Arc;

    fn bench() -> Bench {
        let bench = Bench::new();
        bench.run("e", |writer| {
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
        bench
    }

    fn export(bench: &Bench, span: &Span<'_>, format: Format) -> String {
        let mut out = Vec::new();
        write(&bench.archive(), span, format, Zone::default(), &mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn text_is_for_reading() {
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
        let mut exported = export(&bench(), &Span::default(), Format::Text);
        // Ann left when the server ended, by the real clock.
        let end = exported.rfind('[').expect("a last line");
        assert!(exported.split_off(end).ends_with("* Ann left\n"));
        assert_eq!(exported, text);
    }

    #[test]
    fn a_span_is_cut_out() {
        let span = Span {
            room: Some("lobby"),
            from: Some(2000),
            to: Some(3001),
        };
        let lines = export(&bench(), &span, Format::JsonLines);
        let expected = r#"{"type":"message","room":"lobby","seq":2,"from":{"id":"id-Lin","name":"Lin","role":"host"},"text":"=1+1","at":2000}
{"type":"joined","room":"lobby","from":{"id":"id-Bo","name":"Bo"},"at":2500}
{"type":"message","room":"lobby","seq":3,"from":{"id":"id-Bo","name":"Bo"},"text":"two\nlines","at":3000,"reactions":{"👍":["id-Ann"]}}
"#;
        assert_eq!(lines, expected);
        let nowhere = Span {
            room: Some("nowhere"),
            ..span
        };
        assert_eq!(export(&bench(), &nowhere, Format::JsonLines), "");
    }

    #[test]
    fn csv_is_harmless() {
        let lines = export(
            &bench(),
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
    fn a_long_history_is_read_in_parts() {
        let bench = Bench::new();
        bench.run("e", |writer| {
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
        let lines = export(&bench, &Span::default(), Format::JsonLines);
        let count = |what: &str| lines.lines().filter(|line| line.contains(what)).count();
        assert_eq!(
            (count("message"), count("joined"), count("left")),
            (1200, 1200, 1200)
        );
    }
}
