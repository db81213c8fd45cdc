//! Downloads for hosts: transcript, attendance and tasks, streamed from the history.
//!
//! Runs on the connection's thread, and reads the history on a helper thread, because SQLite needs
//! a larger stack. A download is streamed through a buffer, so a year of history needs no memory.

use crate::audit;
use crate::auth::token::Claims;
use crate::data_dir::history_path;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::{Millis, unix_millis};
use crate::net::client::Client;
use crate::shared::Shared;
use crate::site::require;
use crate::sqlite::archive::Archive;
use crate::sqlite::export::Export;
use crate::sqlite::span::Span;
use crate::support::threads;
use std::io::{BufWriter, Write};
use std::path::Path;

/// The stack of the helper thread. SQLite needs more than a connection's thread has.
const STACK: usize = 1024 * 1024;

/// Bytes that are sent at once.
const BUFFER: usize = 32 * 1024;

/// A request for a file.
#[derive(Debug)]
pub(super) struct Download {
    /// Who asks for it.
    pub(super) host: Claims,
    export: Export,
    room: Option<String>,
    from: Option<Millis>,
    to: Option<Millis>,
}

impl Download {
    /// Returns the download that the request asks for; `None` if it asks for something else.
    pub(super) fn from_request(head: &Head, shared: &Shared) -> Result<Option<Download>, Refusal> {
        let name = head.path.strip_prefix("/api/").unwrap_or_default();
        // The audit log can only be exported on the command line.
        let export = Export::from_file_name(name).filter(|export| *export != Export::Audit);
        let Some(export) = export else {
            return Ok(None);
        };
        require::get(head)?;
        let host = require::role(head, shared, Role::Host, "Only hosts can download this.")?;
        if history_path(&shared.config).is_none() {
            let message = "Nothing is stored here: history.path in chat.toml is empty.";
            return Err(Refusal::new(404, "nothing_stored", message));
        }
        let mut download = Download {
            host,
            export,
            room: None,
            from: None,
            to: None,
        };
        download.read_query(&head.query)?;
        download.check_rooms()?;
        Ok(Some(download))
    }

    fn read_query(&mut self, query: &str) -> Result<(), Refusal> {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                _ if value.is_empty() => {}
                "room" if self.export == Export::Tasks => {
                    let message = "Tasks belong to no room. The parameters are `from` and `to`.";
                    return Err(bad_query(message));
                }
                "room" => self.room = Some(percent_decode(value)?),
                "from" => self.from = Some(millis(value)?),
                "to" => self.to = Some(millis(value)?),
                _ => return Err(bad_query("The parameters are `room`, `from` and `to`.")),
            }
        }
        Ok(())
    }

    /// Refuses a room for which the host's token is not valid.
    fn check_rooms(&self) -> Result<(), Refusal> {
        match (&self.host.rooms, &self.room) {
            (None, _) => Ok(()),
            (Some(rooms), Some(room)) if rooms.contains(room) => Ok(()),
            (Some(_), _) => {
                let message = "Your token is for certain rooms: name one of them with `room`.";
                Err(Refusal::new(403, "other_room", message))
            }
        }
    }

    /// Notes the download in the audit log. The room exists: an entry about another would make it one.
    fn note(&self, shared: &Shared) {
        audit::download(
            &self.host,
            self.export.file_name(),
            self.room.as_deref(),
            shared,
        );
    }

    /// Sends the file. After an error in the middle, the connection ends early, which the client
    /// notices.
    pub(super) fn send(
        &self,
        client: &Client,
        head_only: bool,
        shared: &Shared,
    ) -> Result<(), Refusal> {
        let path = history_path(&shared.config).ok_or_else(Refusal::not_found)?;
        let stream = || self.stream(&path, client, head_only, shared);
        match threads::with_stack(STACK, stream) {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => {
                let message = "The history has no such room.";
                Err(Refusal::new(404, "unknown_room", message))
            }
            // The head may be sent already, so the error can only be logged.
            Ok(Err(error)) => {
                log::warn!("connection {}: a download ended early: {error}", client.id);
                Ok(())
            }
            Err(error) => {
                log::error!("a download failed: {error}");
                let message = "The history cannot be read just now.";
                Err(Refusal::unavailable("unreadable", message, 5))
            }
        }
    }

    /// Writes head and file to the socket. Returns false if the history has no such room; nothing
    /// is written then.
    fn stream(
        &self,
        path: &Path,
        client: &Client,
        head_only: bool,
        shared: &Shared,
    ) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
        let archive = Archive::open(path)?;
        if let Some(room) = &self.room
            && !archive.has_room(room, &shared.config.rooms.list)?
        {
            return Ok(false);
        }
        let file_name = self.export.file_name();
        let disposition = format!("attachment; filename=\"{file_name}\"");
        let head = Response::new(200, self.export.media_type(), &b""[..])
            .with("Content-Disposition", disposition)
            .head_to_bytes(None);
        let mut out = BufWriter::with_capacity(BUFFER, &client.stream);
        out.write_all(&head)?;
        if !head_only {
            self.note(shared);
            let span = Span {
                room: self.room.as_deref(),
                from: self.from,
                to: self.to,
            };
            let zone = shared.config.history.zone;
            self.export
                .write(&archive, &span, zone, unix_millis(), &mut out)?;
        }
        out.flush()?;
        Ok(true)
    }
}

fn bad_query(message: &'static str) -> Refusal {
    Refusal::bad_request("bad_query", message)
}

fn millis(text: &str) -> Result<Millis, Refusal> {
    let message = "`from` and `to` are milliseconds since 1970.";
    text.parse().map_err(|_| bad_query(message))
}

/// Decodes percent-encoding (RFC 3986 §2.1), and `+` as a space, as forms send it.
fn percent_decode(text: &str) -> Result<String, Refusal> {
    let bad =
        || bad_query("After a percent sign come two hex digits, and the decoded text is UTF-8.");
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
    fn percent_decoding_accepts_room_names_of_all_alphabets() {
        let cases = [
            ("lobby", Some("lobby")),
            ("%E8%AF%BE+1", Some("课 1")),
            ("%", None),
            ("%zz", None),
            ("%FF", None),
        ];
        for (text, name) in cases {
            assert_eq!(percent_decode(text).ok().as_deref(), name, "{text}");
        }
    }
}
