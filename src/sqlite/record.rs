//! Jobs become rows. Runs inside the transaction of a group, which the writer opens and closes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, Result, params};

use crate::config::Keep;
use crate::model::event::{Author, Event, EventKind};
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::sqlite::authors::USED_SLACK;
use crate::sqlite::erase;
use crate::sqlite::values::kind;
use crate::store::queue::{Audit, Job, Note};

/// Authors remembered; a class and its renames many times over.
const AUTHORS: usize = 4096;

/// Writes rows, and remembers the numbers of rooms and people between groups.
pub(super) struct Record {
    /// This run of the server, in `epochs`.
    epoch: i64,
    keep: Keep,
    rooms: HashMap<Arc<str>, i64>,
    authors: HashMap<Arc<Author>, (i64, Millis)>,
    /// The last number of each room in this group.
    last: HashMap<i64, u64>,
    /// Something was erased: the write-ahead log has to go, too.
    pub erased: bool,
    /// `PRAGMA data_version` when the memory was right.
    version: i64,
}

impl Record {
    pub fn new(epoch: i64, keep: Keep) -> Record {
        Record {
            epoch,
            keep,
            rooms: HashMap::new(),
            authors: HashMap::new(),
            last: HashMap::new(),
            erased: false,
            version: 0,
        }
    }

    /// Before a group: what another process changed (`glassroom forget`) is no longer known.
    pub fn begin(&mut self, db: &Connection) -> Result<()> {
        let mut version = db.prepare_cached("PRAGMA data_version")?;
        let version = version.query_row([], |row| row.get(0))?;
        if version != self.version {
            self.doubt();
            self.version = version;
        }
        self.last.clear();
        Ok(())
    }

    /// After a rollback: rows that were remembered may not be there.
    pub fn doubt(&mut self) {
        self.rooms.clear();
        self.authors.clear();
    }

    /// One job.
    pub fn apply(&mut self, db: &Connection, job: &Job) -> Result<()> {
        match job {
            Job::Event(event) => self.event(db, event),
            Job::Note(note) => self.note(db, note),
        }
    }

    /// After a group: how far each room and the whole run have come.
    pub fn finish(&mut self, db: &Connection, jobs: u64, now: Millis) -> Result<()> {
        for (room, last) in self.last.drain() {
            db.prepare_cached(
                "INSERT INTO marks(epoch, room, last) VALUES(?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
            )?
            .execute(params![self.epoch, room, last])?;
        }
        db.prepare_cached("UPDATE epochs SET jobs = ?2, seen = max(seen, ?3) WHERE id = ?1")?
            .execute(params![self.epoch, jobs, now])?;
        Ok(())
    }

    fn event(&mut self, db: &Connection, event: &Event) -> Result<()> {
        let room = self.room(db, &event.room)?;
        let author = self.author(db, &event.by, event.at)?;
        let state;
        let (kind, text, reply): (_, Option<Cow<'_, str>>, _) = match &event.what {
            EventKind::Message { text, reply_to } => {
                (kind::MESSAGE, text.as_ref().map(unquote), *reply_to)
            }
            EventKind::Edit { text, .. } => (kind::EDIT, text.as_ref().map(unquote), None),
            EventKind::Delete { purge: false, .. } => (kind::DELETE, None, None),
            EventKind::Delete { purge: true, .. } => (kind::PURGE, None, None),
            EventKind::React { emoji, .. } => {
                (kind::REACTION, emoji.as_deref().map(Cow::from), None)
            }
            EventKind::Pin { .. } => (kind::PIN, None, None),
            EventKind::State(rules) => {
                state = serde_json::to_string(rules).unwrap_or_default();
                (kind::STATE, Some(Cow::from(&*state)), None)
            }
        };
        let (seq, target, reference) = (event.seq, event.what.target(), event.reference.as_deref());
        db.prepare_cached(
            "INSERT INTO events(room, seq, kind, at, author, target, reply, ref, text)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            room, seq, kind, event.at, author, target, reply, reference, text
        ])?;
        self.last.insert(room, seq);
        match &event.what {
            EventKind::Message { .. } | EventKind::React { .. } => Ok(()),
            EventKind::Edit { of, .. } => self.edited(db, room, *of, seq),
            EventKind::Delete { of, purge } => self.deleted(db, room, *of, *purge),
            EventKind::Pin { of } => db
                .execute("UPDATE rooms SET pin = ?2 WHERE id = ?1", params![room, of])
                .map(drop),
            EventKind::State(_) => db
                .execute(
                    "UPDATE rooms SET state = ?2 WHERE id = ?1",
                    params![room, text],
                )
                .map(drop),
        }
    }

    /// The edit `seq` replaces the text of `of` and of earlier edits.
    fn edited(&self, db: &Connection, room: i64, of: u64, seq: u64) -> Result<()> {
        let stale = "UPDATE events SET stale = 1 WHERE room = ?1 AND seq = ?2 AND stale < 2";
        if db.execute(stale, params![room, of])? == 0 {
            // Deleted, or not there: the edit does not bring it back.
            let gone = "UPDATE events SET stale = 2 WHERE room = ?1 AND seq = ?2";
            return db.execute(gone, params![room, seq]).map(drop);
        }
        db.execute(
            "UPDATE events SET stale = 1 WHERE room = ?1 AND target = ?2 AND kind = 1 AND seq < ?3",
            params![room, of, seq],
        )
        .map(drop)
    }

    /// Neither the text of `of` nor that of its edits is shown any more.
    fn deleted(&mut self, db: &Connection, room: i64, of: u64, purge: bool) -> Result<()> {
        let erase = if purge {
            ", text = NULL, ref = NULL"
        } else {
            ""
        };
        self.erased |= purge;
        let unpin = "UPDATE rooms SET pin = NULL WHERE id = ?1 AND pin = ?2";
        db.execute(unpin, params![room, of])?;
        for which in ["seq = ?2 AND kind = 0", "target = ?2 AND kind = 1"] {
            let sql = format!("UPDATE events SET stale = 2{erase} WHERE room = ?1 AND {which}");
            db.execute(&sql, params![room, of])?;
        }
        Ok(())
    }

    fn note(&mut self, db: &Connection, note: &Note) -> Result<()> {
        match note {
            Note::Room(room) => self.room(db, room).map(drop),
            Note::Enter {
                room,
                connection,
                by,
                at,
            } => {
                let (room, author) = (self.room(db, room)?, self.author(db, by, *at)?);
                db.prepare_cached(
                    "INSERT INTO visits(room, author, connection, came) VALUES(?1, ?2, ?3, ?4)",
                )?
                .execute(params![room, author, connection, at])
                .map(drop)
            }
            Note::Leave {
                room,
                connection,
                at,
            } => {
                let room = self.room(db, room)?;
                db.prepare_cached(
                    "UPDATE visits SET left = max(came, ?3)
                     WHERE connection = ?1 AND room = ?2 AND left IS NULL",
                )?
                .execute(params![connection, room, at])
                .map(drop)
            }
            Note::Exam {
                by,
                task,
                passed,
                at,
            } => {
                let author = self.author(db, by, *at)?;
                db.prepare_cached(
                    "INSERT INTO tasks(author, task, attempts, last, passed)
                     VALUES(?1, ?2, 1, ?3, iif(?4, ?3, NULL))
                     ON CONFLICT DO UPDATE SET attempts = attempts + (passed IS NULL),
                         last = max(last, excluded.last), passed = coalesce(passed, excluded.passed)",
                )?
                .execute(params![author, task, at, passed])
                .map(drop)
            }
            Note::Audit(audit) => self.audit(db, audit),
            Note::Forget { sub } => {
                erase::forget(db, sub)?;
                self.doubt();
                self.erased = true;
                Ok(())
            }
            Note::EndLesson if self.keep == Keep::Lesson => {
                erase::everything(db)?;
                self.doubt();
                self.erased = true;
                Ok(())
            }
            Note::EndLesson => Ok(()),
        }
    }

    fn audit(&mut self, db: &Connection, audit: &Audit) -> Result<()> {
        let Audit {
            at,
            by,
            action,
            target,
            room,
            reason,
            until,
        } = audit;
        let by = self.author(db, by, *at)?;
        let target = target
            .as_ref()
            .map(|target| self.author(db, target, *at))
            .transpose()?;
        let room = room.as_ref().map(|room| self.room(db, room)).transpose()?;
        db.prepare_cached(
            "INSERT INTO audit(at, author, action, target, room, reason, until)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![at, by, action, target, room, reason, until])
        .map(drop)
    }

    fn room(&mut self, db: &Connection, name: &Arc<str>) -> Result<i64> {
        if let Some(&id) = self.rooms.get(name) {
            return Ok(id);
        }
        let id = db.query_row(
            "INSERT INTO rooms(name) VALUES(?1) ON CONFLICT DO UPDATE SET name = name RETURNING id",
            [&**name],
            |row| row.get(0),
        )?;
        self.rooms.insert(Arc::clone(name), id);
        Ok(id)
    }

    fn author(&mut self, db: &Connection, author: &Arc<Author>, at: Millis) -> Result<i64> {
        if let Some(&(id, used)) = self.authors.get(author)
            && at < used + USED_SLACK
        {
            return Ok(id);
        }
        let Author {
            sub,
            id,
            name,
            role,
        } = &**author;
        let id = db
            .prepare_cached(
                "INSERT INTO authors(sub, shown, name, role, used) VALUES(?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET used = max(used, excluded.used) RETURNING id",
            )?
            .query_row(params![sub, id, name, role.as_str(), at], |row| row.get(0))?;
        if self.authors.len() >= AUTHORS {
            self.authors.clear();
        }
        self.authors.insert(Arc::clone(author), (id, at));
        Ok(id)
    }
}

/// The text itself. EventKind has no escapes is between the quotes.
fn unquote(json: &Json) -> Cow<'_, str> {
    let quoted = json.as_str();
    match quoted.get(1..quoted.len() - 1) {
        Some(text) if !text.contains('\\') => text.into(),
        _ => serde_json::from_str::<String>(quoted)
            .unwrap_or_default()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_and_unquoting_leave_a_text_as_it_was() {
        for text in [
            "",
            "plain",
            "line\nline\ttab",
            "\"quoted\" \\",
            "你好 👍",
            "\u{1}",
        ] {
            assert_eq!(unquote(&Json::quote(text)), text);
        }
    }
}
