//! Writes jobs as rows, in the transaction that the writing thread opens and commits.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension, Result, ToSql, params};

use crate::config::Keep;
use crate::model::event::{Author, Event, EventKind};
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::sqlite::ages::OpenAges;
use crate::sqlite::apart_table::apart_table;
use crate::sqlite::around::Around;
use crate::sqlite::authors::USED_SLACK;
use crate::sqlite::clearing;
use crate::sqlite::erase;
use crate::sqlite::erase_lesson::erase_lesson;
use crate::sqlite::event_columns::{COLUMNS, EventColumns, ROWS, insert_sql};
use crate::sqlite::identity;
use crate::sqlite::load;
use crate::sqlite::message_state;
use crate::sqlite::values::kind;
use crate::sqlite::whispers;
use crate::store::queue::{Job, Note};
use crate::support::id_map::IdMap;

/// Most authors whose row ids are cached: many times a class and its renames.
const MAX_CACHED_AUTHORS: usize = 4096;

/// Writes rows, and caches the row ids of rooms and authors between transactions.
pub(super) struct RowWriter {
    /// The row id of the current epoch.
    pub epoch: i64,
    keep: Keep,
    rooms: HashMap<Arc<str>, i64>,
    /// Row ids, and the `used` that each row has, by the address of the author, who is kept here so that nobody
    /// else gets it. An equal author at another address finds the same row in the table.
    authors: IdMap<usize, (Arc<Author>, i64, Millis)>,
    /// Statements that insert one event, and [`ROWS`] of them.
    insert: [Box<str>; 2],
    /// The newest message of each room.
    last_message: HashMap<i64, u64>,
    /// The last number of each room in this transaction.
    last: HashMap<i64, u64>,
    /// Whether something was erased since the last complete checkpoint.
    pub erased: bool,
    /// Whether an edit replaced a text since then. Edits are frequent, so the checkpoint that takes
    /// such texts from the write-ahead log waits for the next maintenance.
    pub replaced: bool,
    /// The time by the clock that erasing trusts.
    pub trusted: Millis,
    /// The end of the span of that clock in which this transaction is.
    pub end_of_grain: Millis,
    /// How far the events of each room go in that span.
    pub ages: OpenAges,
    /// `PRAGMA data_version` at the time of the cache.
    data_version: i64,
}

impl RowWriter {
    pub(super) fn new(epoch: i64, keep: Keep) -> RowWriter {
        RowWriter {
            epoch,
            keep,
            rooms: HashMap::new(),
            authors: IdMap::default(),
            insert: [1, ROWS].map(insert_sql),
            last_message: HashMap::new(),
            last: HashMap::new(),
            erased: false,
            replaced: false,
            trusted: 0,
            end_of_grain: 0,
            ages: OpenAges::default(),
            data_version: 0,
        }
    }

    /// Prepares for a transaction. If another process has changed the file (`glassroom forget`),
    /// the cached row ids may be wrong.
    pub(super) fn begin(&mut self, db: &Around<'_>) -> Result<()> {
        let mut version = db.prepare_cached("PRAGMA data_version")?;
        let version = version.query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.clear_cache();
            self.data_version = version;
        }
        self.last.clear();
        self.ages.begin();
        Ok(())
    }

    /// Drops the cached row ids: after a rollback or an erasure, the rows may not exist.
    pub(super) fn clear_cache(&mut self) {
        self.rooms.clear();
        self.authors.clear();
        self.last_message.clear();
    }

    /// Writes the rows of one job.
    pub(super) fn write(&mut self, db: &Around<'_>, job: &Job) -> Result<()> {
        match job {
            Job::Event(event) => {
                self.insert_events(db, &[event])?;
                self.apply(db, event)
            }
            Job::Note(note) => match apart_table(note) {
                Some(table) => db.apart(table, || self.write_note(db, note)).map(drop),
                None => self.write_note(db, note),
            },
            Job::Begin { epoch, at } => {
                // A copy of the other node's history may have it already.
                self.epoch = match load::epoch(db, epoch)? {
                    Some(id) => id,
                    None => {
                        load::close_visits(db)?;
                        load::insert_epoch(db, epoch, *at)?
                    }
                };
                Ok(())
            }
            Job::Reached(position) => identity::note_position(db, position),
        }
    }

    /// Ends a transaction: notes the last number of each room, and the last job of this run.
    pub(super) fn finish(&mut self, db: &Around<'_>, jobs: u64, now: Millis) -> Result<()> {
        for (room, last) in self.last.drain() {
            db.prepare_cached(
                "INSERT INTO marks(epoch, room, last) VALUES(?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
            )?
            .execute(params![self.epoch, room, last])?;
            self.ages.note(db, room, last, self.end_of_grain)?;
        }
        db.prepare_cached("UPDATE epochs SET jobs = ?2, seen = max(seen, ?3) WHERE id = ?1")?
            .execute(params![self.epoch, jobs, now])?;
        Ok(())
    }

    /// Inserts one event, or [`ROWS`] of them.
    pub(super) fn insert_events(&mut self, db: &Around<'_>, events: &[&Event]) -> Result<()> {
        debug_assert!(matches!(events.len(), 1 | ROWS));
        let sql = &self.insert[usize::from(events.len() == ROWS)];
        let mut insert = db.prepare_cached(sql)?;
        for (n, event) in events.iter().enumerate() {
            let room = self.room(db, &event.room)?;
            let author = self.author(db, &event.by)?;
            let EventColumns { kind, text, reply } = EventColumns::of(&event.what);
            let (seq, target) = (event.seq, event.what.target());
            let reference = event.reference.as_ref().map(Json::as_str);
            let prior = self.prior_message(db, room, seq, kind == kind::MESSAGE)?;
            let columns: [&dyn ToSql; COLUMNS.len()] = [
                &room, &seq, &kind, &event.at, &author, &target, &reply, &reference, &text, &prior,
            ];
            for (column, value) in columns.into_iter().enumerate() {
                insert.raw_bind_parameter(n * columns.len() + column + 1, value)?;
            }
            self.last.insert(room, seq);
        }
        insert.raw_execute().map(drop)
    }

    /// Brings what an event changes up to date.
    fn apply(&mut self, db: &Around<'_>, event: &Event) -> Result<()> {
        let (seq, room) = (event.seq, self.room(db, &event.room)?);
        match &event.what {
            EventKind::Message { .. }
            | EventKind::Hand(_)
            | EventKind::Poll(_)
            | EventKind::PollOutcome { .. } => Ok(()),
            EventKind::React { of, emoji } => {
                let author = self.author(db, &event.by)?;
                let react =
                    || message_state::react(db, (room, author), *of, event, emoji.as_deref());
                db.apart("reactions", react).map(drop)
            }
            EventKind::Edit { of, .. } => {
                let edit = (seq, event.at);
                let text = EventColumns::of(&event.what).text;
                let edit = || message_state::edit(db, room, *of, edit, text.as_deref());
                self.replaced |= db.apart(&state_of(&event.room, *of), edit)? == Some(true);
                Ok(())
            }
            EventKind::Delete { of, purge } => {
                self.erased |= purge;
                let delete = || message_state::delete(db, room, *of, *purge);
                db.apart(&state_of(&event.room, *of), delete).map(drop)
            }
            EventKind::Pin { of } => {
                let sql = "UPDATE rooms SET pin = ?2 WHERE id = ?1";
                db.execute(sql, params![room, of]).map(drop)
            }
            EventKind::Clear { of, .. } => clearing::clear(db, (room, &event.room), of),
            EventKind::Restore { of, cleared } => {
                clearing::restore(db, (room, &event.room), of, *cleared)
            }
            EventKind::State(_) => {
                let sql = "UPDATE rooms SET state = ?2 WHERE id = ?1";
                let text = EventColumns::of(&event.what).text;
                db.execute(sql, params![room, text]).map(drop)
            }
            EventKind::LessonEnd(_) => {
                let sql = "UPDATE rooms SET lesson = ?2, pin = NULL WHERE id = ?1";
                db.execute(sql, params![room, seq]).map(drop)
            }
        }
    }

    fn write_note(&mut self, db: &Around<'_>, note: &Note) -> Result<()> {
        match note {
            Note::Room(room) => self.room(db, room).map(drop),
            Note::RemoveRoom(room) => self.remove_room(db, room),
            Note::Enter {
                room,
                connection,
                by,
                device,
                at,
            } => {
                let (room, author) = (self.room(db, room)?, self.author(db, by)?);
                let sql = "INSERT INTO visits(room, author, connection, came, kept, device)
                           VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
                let parameters = params![room, author, connection, at, self.trusted, device];
                db.prepare_cached(sql)?.execute(parameters).map(drop)
            }
            Note::Leave {
                room,
                connection,
                at,
            } => {
                let room = self.room(db, room)?;
                let sql = "UPDATE visits SET left = max(came, ?3), kept = ?4
                           WHERE connection = ?1 AND room = ?2 AND left IS NULL";
                let parameters = params![connection, room, at, self.trusted];
                db.prepare_cached(sql)?.execute(parameters).map(drop)
            }
            Note::Exam {
                by,
                task,
                passed,
                at,
            } => {
                let author = self.author(db, by)?;
                let parameters = params![author, task, at, passed, self.trusted];
                db.prepare_cached(WRITE_EXAM)?.execute(parameters).map(drop)
            }
            Note::Audit(audit) => self.write_audit(db, audit),
            Note::Forget { sub } => self.forget(db, sub),
            Note::Record(change) => self.write_record(db, change),
            Note::Whisper(whisper) => self.write_whisper(db, whisper),
            Note::WhispersRead {
                reader,
                counterpart,
                seen,
            } => whispers::open(db, reader, counterpart, *seen),
            Note::EndLesson { rooms } => self.end_lesson(db, rooms.as_deref()),
        }
    }

    fn forget(&mut self, db: &Around<'_>, sub: &str) -> Result<()> {
        erase::erase_person_apart(db, sub)?;
        self.clear_cache();
        self.erased = true;
        Ok(())
    }

    fn end_lesson(&mut self, db: &Around<'_>, rooms: Option<&[Box<str>]>) -> Result<()> {
        if self.keep == Keep::Lesson {
            let events = match rooms {
                None => erase::erase_all(db)?,
                Some(rooms) => erase_lesson(db, rooms)?,
            };
            log::info!(
                "the lesson has ended: {events} events of its rooms were erased, with attendance and \
                 audit log (history.keep = \"lesson\")"
            );
            self.clear_cache();
            self.erased = true;
        }
        Ok(())
    }

    /// Returns the row id of a room, and creates the row if needed.
    pub(super) fn room(&mut self, db: &Around<'_>, name: &Arc<str>) -> Result<i64> {
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

    /// Erases a room, its numbers included: if the room is created again, an earlier run of the server
    /// knows nothing of it.
    fn remove_room(&mut self, db: &Around<'_>, name: &Arc<str>) -> Result<()> {
        let id = self.room(db, name)?;
        let lost = format!("the removed room {name:?}");
        if db
            .apart(&lost, || erase::erase_room(db, id, name))?
            .is_none()
        {
            // What is left of it must not have the name or the row id of another room.
            let kept = "UPDATE rooms SET name = 'removed-' || id || '-' || ?2 WHERE id = ?1";
            db.execute(kept, params![id, self.epoch])?;
        }
        self.rooms.remove(name);
        self.last.remove(&id);
        self.last_message.remove(&id);
        self.ages.forget(id);
        self.erased = true;
        Ok(())
    }

    /// Returns the number of the last message before event `seq`, unless that is a message itself.
    fn prior_message(
        &mut self,
        db: &Around<'_>,
        room: i64,
        seq: u64,
        is_message: bool,
    ) -> Result<Option<u64>> {
        if is_message {
            self.last_message.insert(room, seq);
            return Ok(None);
        }
        if let Some(&prior) = self.last_message.get(&room) {
            return Ok(Some(prior));
        }
        let sql = "SELECT iif(kind = 0, seq, prior) FROM events
                   WHERE room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1";
        let mut newest = db.prepare_cached(sql)?;
        // The event before this one serves as well: a reader goes on from there.
        let prior = newest.query_row(params![room, seq], |row| {
            Ok(row.get(0).unwrap_or(seq.saturating_sub(1)))
        });
        let prior = prior.optional()?.unwrap_or(0);
        self.last_message.insert(room, prior);
        Ok(Some(prior))
    }

    /// Returns the row id of an author, and creates the row if needed. `used` is updated at most once
    /// per [`USED_SLACK`].
    pub(super) fn author(&mut self, db: &Around<'_>, author: &Arc<Author>) -> Result<i64> {
        let at = self.trusted;
        let address = Arc::as_ptr(author) as usize / align_of::<Author>();
        if let Some((_, id, used)) = self.authors.get(&address)
            && at < used + USED_SLACK
        {
            return Ok(*id);
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
        if self.authors.len() >= MAX_CACHED_AUTHORS {
            self.authors.clear();
        }
        self.authors.insert(address, (Arc::clone(author), id, at));
        Ok(id)
    }
}

/// The place of what is changed by an edit or a deletion. The event itself is stored although the page
/// of the message is damaged.
fn state_of(room: &str, seq: u64) -> String {
    format!("events, room {room:?}, the current state of seq {seq}")
}

/// Adds an exam to the task's row: counts attempts up to the first pass, and keeps its time.
const WRITE_EXAM: &str = "
    INSERT INTO tasks(author, task, attempts, last, passed, kept)
    VALUES(?1, ?2, 1, ?3, iif(?4, ?3, NULL), ?5)
    ON CONFLICT DO UPDATE SET kept = excluded.kept, attempts = attempts + (passed IS NULL),
        last = max(last, excluded.last), passed = coalesce(passed, excluded.passed)";
