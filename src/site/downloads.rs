//! Downloads for hosts: transcript, attendance and tasks, streamed from the history.
//!
//! Runs on the connection's thread, which waits for a helper thread with the stack that SQLite
//! needs. There are a few places for downloads, and a client that reads too slowly loses its place.
//! A download is streamed through a buffer, so a year of history needs no memory.

use crate::app::App;
use crate::audit;
use crate::auth::token::Claims;
use crate::chat::grant::Grant;
use crate::chat::hub::{Command, HubQuery, LessonNow, PATIENCE};
use crate::data_dir::history_path;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::{Millis, unix_millis};
use crate::net::client::Client;
use crate::shared::Shared;
use crate::site::percent::percent_decode;
use crate::site::require;
use crate::site::streamed::StreamedBody;
use crate::sqlite::archive::Archive;
use crate::sqlite::class_list::Expected;
use crate::sqlite::export::Export;
use crate::sqlite::readers::{EXPORTS, EXPORTS_PER_PERSON};
use crate::sqlite::span::{LessonOfRooms, Span, WhichLesson};
use crate::support::places::NoPlace;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Seconds after which a download that found no place may be tried again.
const RETRY_BUSY: u64 = 5;

/// A request for a file.
#[derive(Debug)]
pub(super) struct Download {
    /// The host who asks for it.
    pub(super) host: Claims,
    export: Export,
    room: Option<String>,
    from: Option<Millis>,
    to: Option<Millis>,
    lesson: Option<Wanted>,
    class: Option<String>,
    /// Which lesson of which rooms; empty: everything.
    lessons: Vec<LessonOfRooms>,
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
            lesson: None,
            class: None,
            lessons: Vec::new(),
        };
        download.read_query(&head.query)?;
        download.choose_class(shared);
        download.check_rooms(shared)?;
        download.check_lesson(shared)?;
        download.lessons = download.find_lessons(shared)?;
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
                "room" => self.room = Some(percent_decode(value).map_err(bad_query)?),
                "lesson" if self.export == Export::Tasks => {
                    let message = "Tasks belong to no lesson. The parameters are `from` and `to`.";
                    return Err(bad_query(message));
                }
                "lesson" => self.lesson = Some(Wanted::read(value)?),
                "class" if self.export != Export::Tasks => {
                    self.class = Some(percent_decode(value).map_err(bad_query)?);
                }
                "from" => self.from = Some(millis(value)?),
                "to" => self.to = Some(millis(value)?),
                _ => {
                    return Err(bad_query(
                        "The parameters are `room`, `class`, `lesson`, `from` and `to`.",
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whoever leads one class means that class.
    fn choose_class(&mut self, shared: &Shared) {
        let chosen = self.room.is_some() || self.class.is_some() || self.host.rooms.is_none();
        if chosen || self.export == Export::Tasks {
            return;
        }
        let grant = Grant::of(&self.host);
        let led = shared
            .classes
            .iter()
            .filter(|(_, class)| class.is_led_by(&grant));
        let names: Vec<&str> = led.map(|(_, class)| &*class.name).collect();
        if let [name] = names[..] {
            self.class = Some(name.to_owned());
        }
    }

    /// Refuses a class that the host does not lead.
    fn check_class(&self, name: &str, shared: &Shared) -> Result<(), Refusal> {
        let class = shared.classes.named(name).filter(|_| !name.is_empty());
        let Some(class) = class.map(|class| shared.classes.get(class)) else {
            let message = "There is no class of that name.";
            return Err(Refusal::new(404, "unknown_class", message));
        };
        if !class.is_led_by(&Grant::of(&self.host)) {
            let message = "Your token is for certain rooms, and not for all of that class.";
            return Err(Refusal::new(403, "other_room", message));
        }
        Ok(())
    }

    /// Refuses a room or a class for which the host's token is not valid.
    fn check_rooms(&self, shared: &Shared) -> Result<(), Refusal> {
        if let Some(name) = &self.class {
            self.check_class(name, shared)?;
            if self.room.is_none() {
                return Ok(());
            }
        }
        match (&self.host.rooms, &self.room) {
            (None, _) => Ok(()),
            (Some(rooms), Some(room)) if rooms.contains(room) => Ok(()),
            (Some(_), _) if self.export == Export::Tasks => {
                let message = "Your token is for certain rooms, but the tasks belong to none.";
                Err(Refusal::new(403, "other_room", message))
            }
            (Some(_), _) => {
                let message = "Your token is for certain rooms: name one of them with `room`.";
                Err(Refusal::new(403, "other_room", message))
            }
        }
    }

    /// Refuses the number of a lesson without a class where there are several: each counts its own.
    fn check_lesson(&self, shared: &Shared) -> Result<(), Refusal> {
        let numbered = matches!(self.lesson, Some(Wanted::Lesson(_)));
        let named = self.class.is_some() || self.room.is_some();
        if numbered && !named && shared.classes.are_named() {
            let message = "Each class counts its own lessons: name the class with `class`, or a room with `room`.";
            return Err(bad_query(message));
        }
        Ok(())
    }

    /// The lessons that are wanted: the one that was named, else the one that runs, or the last. Whoever
    /// names a time and no lesson wants all of that time.
    fn find_lessons(&self, shared: &Shared) -> Result<Vec<LessonOfRooms>, Refusal> {
        let timed = self.from.is_some() || self.to.is_some();
        let everything = self.lesson == Some(Wanted::All) || self.lesson.is_none() && timed;
        let everything = everything || self.export == Export::Tasks;
        if everything && self.class.is_none() {
            return Ok(Vec::new());
        }
        let ask = |answer| Command::Query(HubQuery::Lessons { answer });
        let now = shared.hub.ask(PATIENCE, ask).ok_or_else(Refusal::busy)?;
        let meant = |now: &LessonNow| {
            let class = self.class.as_deref();
            class.is_none_or(|class| *class == *now.class)
        };
        let several = now.len() > 1 && self.class.is_none() && self.lesson.is_none();
        let chosen = now.into_iter().filter(meant).map(|now| {
            if everything {
                return LessonOfRooms {
                    rooms: now.rooms,
                    lesson: WhichLesson::All,
                };
            }
            let number = match self.lesson {
                Some(Wanted::Lesson(number)) => number,
                Some(Wanted::All) | None => now.lesson,
            };
            let lesson = match now.runs && number == now.lesson {
                true => WhichLesson::Running(now.began),
                false => WhichLesson::Ended(number),
            };
            LessonOfRooms {
                rooms: now.rooms,
                lesson,
            }
        });
        // Rooms of no class have no lessons.
        let others = several.then_some(LessonOfRooms {
            rooms: None,
            lesson: WhichLesson::All,
        });
        Ok(chosen.chain(others).collect())
    }

    /// Whether the history has something of the lesson that was named.
    fn has_lesson(&self, archive: &Archive) -> Result<bool, Box<dyn std::error::Error>> {
        let Some(Wanted::Lesson(_)) = self.lesson else {
            return Ok(true);
        };
        for LessonOfRooms { rooms, lesson } in &self.lessons {
            let has = match *lesson {
                WhichLesson::Ended(number) => archive.has_lesson(rooms.as_deref(), number)?,
                WhichLesson::All | WhichLesson::Running(_) => true,
            };
            if has {
                return Ok(true);
            }
        }
        Ok(false)
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

    /// Sends the file. After an error in the middle, the client can tell that the rest is missing.
    pub(super) fn send(&self, client: &Client, head: &Head, app: &App) -> Result<(), Refusal> {
        let place = app.readers.begin_export(&self.host.sub).map_err(busy)?;
        let begun = AtomicBool::new(false);
        let written = place.run(|archive| {
            self.stream(archive, client, (head, &begun), &app.shared)
                .map_err(|error| error.to_string())
        });
        // A client that has the whole file can have the next one at once.
        drop(place);
        let sent = match written {
            Ok(Ok(body)) => body.finish().map_err(|error| error.to_string()),
            Ok(Err(refusal)) => return Err(refusal),
            Err(error) => Err(error),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(error) if begun.load(Relaxed) => {
                log::warn!("connection {}: a download ended early: {error}", client.id);
                if head.version == 0 {
                    client.reset(); // the end of the stream would look like the end of the file
                }
                Ok(())
            }
            Err(error) => {
                log::error!("a download failed: {error}");
                let message = "The history cannot be read just now.";
                Err(Refusal::unavailable("unreadable", message, 5))
            }
        }
    }

    /// Writes head and file to the socket, but for the end of it. Returns a refusal if the history has no
    /// such room or lesson; nothing is written then.
    fn stream<'a>(
        &self,
        archive: &Archive,
        client: &'a Client,
        (head, begun): (&Head, &'a AtomicBool),
        shared: &Shared,
    ) -> Result<Result<StreamedBody<'a>, Refusal>, Box<dyn std::error::Error>> {
        if let Some(room) = &self.room
            && !archive.has_room(room, &shared.config.rooms.list)?
        {
            let message = "The history has no such room.";
            return Ok(Err(Refusal::new(404, "unknown_room", message)));
        }
        if !self.has_lesson(archive)? {
            let message = "There was no lesson of that number, or nothing of it is kept.";
            return Ok(Err(Refusal::new(404, "unknown_lesson", message)));
        }
        let file_name = self.export.file_name();
        let disposition = format!("attachment; filename=\"{file_name}\"");
        let response = Response::new(200, self.export.media_type(), &b""[..])
            .with("Content-Disposition", disposition);
        let mut body = StreamedBody::new(client, head, response, begun);
        if head.method == "HEAD" {
            return Ok(Ok(body));
        }
        self.note(shared);
        let links = match self.export {
            Export::Attendance => shared.links.entries(),
            _ => Vec::new(),
        };
        let class_list = Expected::list(links, &shared.keys, &shared.config.rooms.default);
        let span = Span {
            room: self.room.as_deref(),
            from: self.from,
            to: self.to,
            class_list: &class_list,
            lessons: &self.lessons,
        };
        let (zone, now) = (shared.config.zone(), unix_millis());
        self.export.write(archive, &span, zone, now, &mut body)?;
        Ok(Ok(body))
    }
}

/// Which lesson a download is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The one with this number.
    Lesson(u64),
    /// All of them.
    All,
}

impl Wanted {
    fn read(text: &str) -> Result<Wanted, Refusal> {
        if text == "all" {
            return Ok(Wanted::All);
        }
        let message = "`lesson` is the number of a lesson, or `all`.";
        let number = text.parse().map_err(|_| bad_query(message))?;
        Ok(Wanted::Lesson(number))
    }
}

/// The refusal of a download for which there is no place.
fn busy(no_place: NoPlace) -> Refusal {
    let message = match no_place {
        NoPlace::Person => format!(
            "{EXPORTS_PER_PERSON} downloads of yours are running, as many as one person may have at \
             once. Wait for one of them."
        ),
        NoPlace::All => format!(
            "{EXPORTS} downloads are running, as many as there may be at once. Try again in a few \
             seconds."
        ),
    };
    Refusal::unavailable("downloads_busy", message, RETRY_BUSY)
}

fn bad_query(message: &'static str) -> Refusal {
    Refusal::bad_request("bad_query", message)
}

fn millis(text: &str) -> Result<Millis, Refusal> {
    let message = "`from` and `to` are milliseconds since 1970.";
    text.parse().map_err(|_| bad_query(message))
}
