//! What a host takes home: transcript, attendance and tasks, streamed from the store.
//!
//! Runs on the connection's thread, with a helper thread for SQLite, whose stack is larger than a
//! connection's. Nothing is collected in memory: a year of talk flows through a buffer.

use crate::authenticate;
use crate::data_dir::history_path;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::model::time::unix_millis;
use crate::net::client::Client;
use crate::shared::Shared;
use crate::sqlite::archive::Archive;
use crate::sqlite::span::Span;
use crate::sqlite::transcript::{self, Format};
use crate::sqlite::{attendance, tasks};
use crate::support::threads;
use std::io::{BufWriter, Write};

/// SQLite wants more than the 64 KiB of a connection.
const STACK: usize = 1024 * 1024;
/// Bytes that are sent at once.
const BUFFER: usize = 32 * 1024;

/// A file that somebody may have.
#[derive(Debug)]
pub struct Download {
    what: What,
    room: Option<String>,
    from: Option<Millis>,
    to: Option<Millis>,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Transcript(Format),
    Attendance,
    Tasks,
}

impl Download {
    /// The download that the request asks for; `None` if it asks for something else.
    pub fn asked(head: &Head, shared: &Shared) -> Result<Option<Download>, Refusal> {
        let what = match head.path.strip_prefix("/api/") {
            Some("attendance.csv") => What::Attendance,
            Some("tasks.csv") => What::Tasks,
            Some(name) => match name
                .strip_prefix("transcript.")
                .and_then(Format::of_extension)
            {
                Some(format) => What::Transcript(format),
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        if !matches!(&*head.method, "GET" | "HEAD") {
            return Err(Refusal::method_not_allowed("GET, HEAD"));
        }
        let holder = authenticate::holder(head, shared)?;
        if holder.role < Role::Host {
            return Err(Refusal::hosts_only("Only hosts take this home."));
        }
        if history_path(&shared.config).is_none() {
            let message = "Nothing is stored here: history.path in chat.toml is empty.";
            return Err(Refusal::new(404, "nothing_stored", message));
        }
        let mut download = Download {
            what,
            room: None,
            from: None,
            to: None,
        };
        for pair in head.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                _ if value.is_empty() => {}
                "room" if matches!(what, What::Tasks) => {
                    return Err(bad_query(
                        "Tasks belong to no room: it takes `from` and `to`.",
                    ));
                }
                "room" => download.room = Some(decoded(value)?),
                "from" => download.from = Some(millis(value)?),
                "to" => download.to = Some(millis(value)?),
                _ => return Err(bad_query("It takes `room`, `from` and `to`.")),
            }
        }
        if let Some(rooms) = &holder.rooms
            && !download
                .room
                .as_ref()
                .is_some_and(|room| rooms.contains(room))
        {
            let message = "Your token is for certain rooms: name one of them with `room`.";
            return Err(Refusal::new(403, "other_room", message));
        }
        Ok(Some(download))
    }

    /// Sends it. An error in the middle ends the connection early, which the peer sees.
    pub fn send(&self, client: &Client, head_only: bool, shared: &Shared) -> Result<(), Refusal> {
        let unreadable = |error: String| {
            log::error!("a download failed: {error}");
            Refusal::unavailable("unreadable", "The history cannot be read just now.", 5)
        };
        let path = history_path(&shared.config).ok_or_else(Refusal::not_found)?;
        let (kind, extension) = match self.what {
            What::Attendance | What::Tasks => (Format::Csv.media_type(), "csv"),
            What::Transcript(format) => (format.media_type(), format.extension()),
        };
        let name = match self.what {
            What::Attendance => "attendance",
            What::Tasks => "tasks",
            What::Transcript(_) => "transcript",
        };
        let header = Response::new(200, kind, &b""[..])
            .with(
                "Content-Disposition",
                format!("attachment; filename=\"{name}.{extension}\""),
            )
            .head_to_bytes(None);
        let configured = &shared.config.rooms.list;
        let work = || -> Result<bool, String> {
            let archive = Archive::open(&path).map_err(|error| error.to_string())?;
            if let Some(room) = &self.room
                && !archive
                    .has_room(room, configured)
                    .map_err(|error| error.to_string())?
            {
                return Ok(false);
            }
            let mut out = BufWriter::with_capacity(BUFFER, &client.stream);
            out.write_all(&header).map_err(|error| error.to_string())?;
            if !head_only {
                self.write(&archive, shared, &mut out)?;
            }
            out.flush().map_err(|error| error.to_string())?;
            Ok(true)
        };
        match threads::with_stack(STACK, work) {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => {
                let message = "There is no such room in the history.";
                Err(Refusal::new(404, "unknown_room", message))
            }
            // The head may be out already: only the log can say it now.
            Ok(Err(error)) => {
                log::warn!("connection {}: a download ended early: {error}", client.id);
                Ok(())
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    fn write(&self, archive: &Archive, shared: &Shared, out: &mut dyn Write) -> Result<(), String> {
        let span = Span {
            room: self.room.as_deref(),
            from: self.from,
            to: self.to,
        };
        let zone = shared.config.history.zone;
        let written = match self.what {
            What::Attendance => attendance::write(archive, &span, zone, unix_millis(), out),
            What::Tasks => tasks::write(archive, &span, zone, out),
            What::Transcript(format) => transcript::write(archive, &span, format, zone, out),
        };
        written.map_err(|error| error.to_string())
    }
}

fn bad_query(message: &'static str) -> Refusal {
    Refusal::bad_request("bad_query", message)
}

fn millis(text: &str) -> Result<Millis, Refusal> {
    let bad = "`from` and `to` are milliseconds since 1970.";
    text.parse().map_err(|_| bad_query(bad))
}

/// Percent-decoding (RFC 3986 §2.1), and `+` as a space as forms send it.
fn decoded(text: &str) -> Result<String, Refusal> {
    let bad = || bad_query("A percent sign is followed by two hex digits, and all is UTF-8.");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || {
            rest.next()
                .and_then(|d| char::from(d).to_digit(16))
                .ok_or_else(bad)
        };
        bytes.push(match byte {
            b'%' => (digit()? * 16 + digit()?) as u8,
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_names_of_all_alphabets_come_through_a_query() {
        let cases = [
            ("lobby", Some("lobby")),
            ("%E8%AF%BE+1", Some("课 1")),
            ("%", None),
            ("%zz", None),
            ("%FF", None),
        ];
        for (text, name) in cases {
            assert_eq!(decoded(text).ok().as_deref(), name, "{text}");
        }
    }
}
