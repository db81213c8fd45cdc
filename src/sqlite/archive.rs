//! Reading: events and messages as they were stored, from a connection that cannot write.
//!
//! Any thread may open its own. Readers never hold up the writer, and see what was committed when
//! their question began. Every question is bounded by its `limit`, so that a year of talk is read
//! in pages and never held in memory.

use crate::store::query::Page;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Result, Row};
use rusqlite::{Transaction, params};

use crate::model::event::{Author, Event, EventKind};
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::sqlite::authors;
use crate::sqlite::connect::read_only;
use crate::sqlite::error::StoreError;
use crate::sqlite::values::{integer, kind};

/// EventKind an event is made of, in this order. The texts of the deleted are not even read.
const COLUMNS: &str =
    "seq, kind, at, author, target, reply, CASE stale WHEN 2 THEN NULL ELSE text END";

/// A connection that reads.
#[derive(Debug)]
pub struct Archive {
    db: Connection,
}

impl Archive {
    /// Opens the file at `path`, whether or not a server runs on it.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not a history of this version.
    pub fn open(path: &Path) -> std::result::Result<Archive, StoreError> {
        read_only(path).map(|db| Archive { db })
    }

    /// The rooms, by name.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn rooms(&self) -> Result<Vec<Arc<str>>> {
        let mut rooms = self
            .db
            .prepare_cached("SELECT name FROM rooms ORDER BY name")?;
        rooms
            .query_map([], |row| row.get::<_, String>(0).map(Arc::from))?
            .collect()
    }

    /// Whether there is, or was, a room called so, one of the `configured` or another. (Nothing is
    /// kept of a room before something happens in it.)
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn has_room(&self, name: &str, configured: &[String]) -> Result<bool> {
        if configured.iter().any(|room| room == name) {
            return Ok(true);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM rooms WHERE name = ?1)";
        self.db.query_row(sql, [name], |row| row.get(0))
    }

    /// Up to `limit` messages of `room` before the event `before`.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn page(&self, room: &str, before: u64, limit: usize) -> Result<Page> {
        let reading = Reading::of(&self.db, room)?;
        let sql = "kind = 0 AND room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
        let mut events = reading.events(sql, params![reading.room, integer(before), limit + 1])?;
        let more = events.len() > limit;
        events.truncate(limit);
        events.reverse();
        Ok(Page {
            items: reading.fold(events)?,
            more,
        })
    }

    /// Up to `limit` messages of `room` behind the event `after`.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn onward(&self, room: &str, after: u64, limit: usize) -> Result<Vec<MessageState>> {
        let reading = Reading::of(&self.db, room)?;
        let sql = "kind = 0 AND room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let events = reading.events(sql, params![reading.room, integer(after), limit])?;
        reading.fold(events)
    }

    /// The message `seq` of `room`; `None` if there is none, or it is something else.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn item(&self, room: &str, seq: u64) -> Result<Option<MessageState>> {
        Reading::of(&self.db, room)?.item(seq)
    }

    /// Up to `limit` events of `room` behind `after`, whatever they are; `None` if the first of
    /// them is no longer there. No events: there are none yet.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn range(&self, room: &str, after: u64, limit: usize) -> Result<Option<Vec<Event>>> {
        let reading = Reading::of(&self.db, room)?;
        let sql = "room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let events = reading.events(sql, params![reading.room, integer(after), limit])?;
        let whole = events
            .iter()
            .zip(after + 1..)
            .all(|(event, seq)| event.seq == seq);
        Ok(whole.then_some(events))
    }

    /// For the modules that ask other questions.
    pub(super) fn db(&self) -> &Connection {
        &self.db
    }
}

/// One question about one room, in one transaction.
pub(super) struct Reading<'a> {
    _snapshot: Option<Transaction<'a>>,
    db: &'a Connection,
    name: Arc<str>,
    /// The room's number; -1 if there is no such room, and then there is nothing in it.
    pub room: i64,
    pin: Option<u64>,
    authors: std::cell::RefCell<HashMap<i64, Arc<Author>>>,
}

impl<'a> Reading<'a> {
    pub fn of(db: &'a Connection, room: &str) -> Result<Reading<'a>> {
        // Inside the transaction of somebody else there is a snapshot already.
        let snapshot = db
            .is_autocommit()
            .then(|| db.unchecked_transaction())
            .transpose()?;
        let mut find = db.prepare_cached("SELECT id, pin FROM rooms WHERE name = ?1")?;
        let found = find
            .query_row([room], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (id, pin) = found.unwrap_or((-1, None));
        let authors = Default::default();
        Ok(Reading {
            _snapshot: snapshot,
            db,
            name: room.into(),
            room: id,
            pin,
            authors,
        })
    }

    pub fn statement(&self, sql: &str) -> Result<CachedStatement<'a>> {
        self.db.prepare_cached(sql)
    }

    /// The events that `condition` and what follows it find.
    pub fn events(&self, condition: &str, parameters: impl Params) -> Result<Vec<Event>> {
        let mut found =
            self.statement(&format!("SELECT {COLUMNS} FROM events WHERE {condition}"))?;
        let mut rows = found.query(parameters)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(self.event(row)?);
        }
        Ok(events)
    }

    /// Messages in ascending order become items.
    pub fn fold(&self, events: Vec<Event>) -> Result<Vec<MessageState>> {
        let mut items: Vec<MessageState> =
            events.into_iter().filter_map(MessageState::new).collect();
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            return Ok(items);
        };
        let (first, last) = (first.event.seq, last.event.seq);
        let sql = "room = ?1 AND target >= ?2 AND target <= ?3 ORDER BY target, seq";
        for change in self.events(sql, params![self.room, first, last])? {
            let target = change.what.target();
            if let Ok(n) = items.binary_search_by_key(&target, |item| Some(item.event.seq)) {
                items[n].fold(&change);
            }
        }
        for item in &mut items {
            item.pinned = self.pin == Some(item.event.seq);
        }
        Ok(items)
    }

    pub fn item(&self, seq: u64) -> Result<Option<MessageState>> {
        let sql = "kind = 0 AND room = ?1 AND seq = ?2";
        let events = self.events(sql, params![self.room, integer(seq)])?;
        Ok(self.fold(events)?.pop())
    }

    fn event(&self, row: &Row<'_>) -> Result<Event> {
        let target = || row.get::<_, Option<u64>>(4);
        let of = || target().map(Option::unwrap_or_default);
        let raw = || -> Result<_> { Ok(row.get_ref(6)?.as_str_or_null()?) };
        let text = || raw().map(|text| text.map(Json::quote));
        let what = match row.get(1)? {
            kind::MESSAGE => EventKind::Message {
                text: text()?,
                reply_to: row.get(5)?,
            },
            kind::EDIT => EventKind::Edit {
                of: of()?,
                text: text()?,
            },
            kind::DELETE => EventKind::Delete {
                of: of()?,
                purge: false,
            },
            kind::PURGE => EventKind::Delete {
                of: of()?,
                purge: true,
            },
            kind::REACTION => EventKind::React {
                of: of()?,
                emoji: raw()?.map(Into::into),
            },
            kind::PIN => EventKind::Pin { of: target()? },
            // Only states are left; another program's rules are those of an open room.
            _ => EventKind::State(
                raw()?
                    .and_then(|json| serde_json::from_str(json).ok())
                    .unwrap_or_default(),
            ),
        };
        Ok(Event {
            room: Arc::clone(&self.name),
            seq: row.get(0)?,
            at: row.get(2)?,
            by: self.author(row.get(3)?)?,
            what,
            reference: None,
        })
    }

    fn author(&self, id: i64) -> Result<Arc<Author>> {
        if let Some(author) = self.authors.borrow().get(&id) {
            return Ok(Arc::clone(author));
        }
        let author = authors::by_id(self.db, id)?;
        self.authors.borrow_mut().insert(id, Arc::clone(&author));
        Ok(author)
    }
}
