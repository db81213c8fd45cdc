//! Reading: events and messages as they are stored, from a connection that cannot write.
//!
//! Any thread may open its own archive. Readers never delay the writer, and each query sees what
//! was committed when it began. Every query has a `limit`, so that a year of history is read in
//! pages and never held in memory.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Result, params};

use crate::model::event::Event;
use crate::model::item::MessageState;
use crate::model::role::Role;
use crate::sqlite::connect::read_only;
use crate::sqlite::damage;
use crate::sqlite::error::{StoreError, is_damage};
use crate::sqlite::room_snapshot::RoomSnapshot;
use crate::sqlite::values::integer;
use crate::store::query::Page;

/// A connection that reads.
#[derive(Debug)]
pub struct Archive {
    db: Connection,
}

impl Archive {
    /// Opens the history at `path`, whether or not a server uses it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not a history of this version.
    pub fn open(path: &Path) -> std::result::Result<Archive, StoreError> {
        read_only(path).map(|db| Archive { db })
    }

    /// Returns the names of the rooms in order.
    pub(super) fn rooms(&self) -> Result<Vec<Arc<str>>> {
        let mut rooms = self
            .db
            .prepare_cached("SELECT name FROM rooms ORDER BY name")?;
        let mut names = Vec::new();
        let mut rows = rooms.query([])?;
        while let Some(row) = rows.next()? {
            let name = row.get::<_, String>(0).map(Arc::from);
            names.extend(damage::or_report(name, || "rooms: a name".into()));
        }
        Ok(names)
    }

    /// Returns whether a room of this name exists or existed. A room without events is in the
    /// `configured` list only.
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

    /// Returns up to `limit` messages of `room` before the event `before`.
    pub(super) fn page(&self, room: &str, before: u64, limit: usize) -> Result<Page> {
        let snapshot = RoomSnapshot::open(&self.db, room)?;
        // One more than wanted tells whether older ones exist.
        let mut items = match snapshot.messages_before(integer(before), limit + 1) {
            Err(error) if is_damage(&error) => older_messages(&snapshot, before, limit + 1)?,
            items => items?,
        };
        let more = items.len() > limit;
        items.truncate(limit);
        items.reverse();
        Ok(Page { items, more })
    }

    /// Returns up to `limit` messages of `room` after the event `after`.
    pub(super) fn messages_after(
        &self,
        room: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<MessageState>> {
        let snapshot = RoomSnapshot::open(&self.db, room)?;
        let sql = "kind = 0 AND room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        match snapshot.messages(sql, params![snapshot.id, integer(after), limit]) {
            Err(error) if is_damage(&error) => newer_messages(&snapshot, after, limit),
            items => items,
        }
    }

    /// Returns the next event after `after` that opens or closes a poll in `room`, or with which somebody
    /// raises a hand with a question. (Nothing else of a hand has words.) What a damaged page has of them
    /// is left out.
    pub(super) fn next_asked(&self, room: &str, after: u64) -> Result<Option<Event>> {
        let snapshot = RoomSnapshot::open(&self.db, room)?;
        let sql = "room = ?1 AND seq > ?2
            AND (kind IN (9, 10) OR kind = 8 AND text IS NOT NULL AND stale = 0) ORDER BY seq LIMIT 1";
        match snapshot.events(sql, params![snapshot.id, integer(after)]) {
            Err(error) if is_damage(&error) => Ok(None),
            events => Ok(events?.into_iter().next()),
        }
    }

    /// Returns up to `limit` messages of `room` between two events, both included, that are not deleted:
    /// those of the person whom others see as `by`, or of all. Questions with raised hands count as messages,
    /// but an anonymous one is nobody's. The newest come first, and last those of people with the role `spared`.
    pub(super) fn undeleted(
        &self,
        room: &str,
        by: Option<&str>,
        (from, to): (u64, u64),
        spared: Option<Role>,
        limit: usize,
    ) -> Result<Vec<MessageState>> {
        let snapshot = RoomSnapshot::open(&self.db, room)?;
        // A question (8) whose `reply` has the flag 2 is anonymous.
        let sql = "kind IN (0, 8) AND stale = 0 AND text IS NOT NULL
            AND room = ?1 AND seq BETWEEN ?2 AND ?3
            AND (?4 IS NULL OR author IN (SELECT id FROM authors WHERE shown = ?4)
                AND (kind = 0 OR reply & 2 = 0))
            ORDER BY author IN (SELECT id FROM authors WHERE role = ?5)
                AND (kind = 0 OR reply & 2 = 0), seq DESC LIMIT ?6";
        let spared = spared.map(Role::as_str);
        let (from, to) = (integer(from), integer(to));
        snapshot.messages(sql, params![snapshot.id, from, to, by, spared, limit])
    }

    /// Returns the message or question `seq` of `room`; `None` if that event does not exist or is of another
    /// kind.
    pub(super) fn message(&self, room: &str, seq: u64) -> Result<Option<MessageState>> {
        RoomSnapshot::open(&self.db, room)?.message(seq)
    }

    /// Returns up to `limit` events of `room` after the event `after`, of any kind. `None` means
    /// that the first of them are no longer stored; an empty list means that no later events exist.
    pub(super) fn events_after(
        &self,
        room: &str,
        after: u64,
        limit: usize,
    ) -> Result<Option<Vec<Event>>> {
        let snapshot = RoomSnapshot::open(&self.db, room)?;
        let sql = "room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let is_gapless = |events: &[Event]| {
            let mut pairs = events.iter().zip(after.saturating_add(1)..);
            pairs.all(|(event, seq)| event.seq == seq)
        };
        match snapshot.events(sql, params![snapshot.id, integer(after), limit]) {
            Ok(events) if is_gapless(&events) => return Ok(Some(events)),
            Err(error) if !is_damage(&error) => return Err(error),
            Ok(_) | Err(_) => {}
        }
        // Old events are erased from the first on. A gap after it is damage.
        match snapshot.ends()? {
            Some((first, last)) if first <= after.saturating_add(1) && after <= last => {
                let to = last.min(after.saturating_add(limit as u64));
                snapshot.span(after + 1, to + 1).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The connection, for queries of other modules.
    pub(super) fn db(&self) -> &Connection {
        &self.db
    }
}

/// Events that are read at once around a damaged page.
const WINDOW: u64 = 256;

/// Returns up to `limit` messages before `before`, newest first, although a page is damaged.
fn older_messages(room: &RoomSnapshot<'_>, before: u64, limit: usize) -> Result<Vec<MessageState>> {
    let mut messages = Vec::new();
    let Some((first, last)) = room.ends()? else {
        return Ok(messages);
    };
    let mut to = before.min(last + 1);
    while to > first && messages.len() < limit {
        let from = to.saturating_sub(WINDOW).max(first);
        messages.extend(room.message_span(from, to)?.into_iter().rev());
        to = from;
    }
    messages.truncate(limit);
    Ok(messages)
}

/// Returns up to `limit` messages after `after`, although a page is damaged.
fn newer_messages(room: &RoomSnapshot<'_>, after: u64, limit: usize) -> Result<Vec<MessageState>> {
    let mut messages = Vec::new();
    let Some((first, last)) = room.ends()? else {
        return Ok(messages);
    };
    let mut from = first.max(after.saturating_add(1));
    while from <= last && messages.len() < limit {
        let to = last.min(from + WINDOW - 1) + 1;
        messages.extend(room.message_span(from, to)?);
        from = to;
    }
    messages.truncate(limit);
    Ok(messages)
}
