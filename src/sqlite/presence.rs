//! Joins and leaves of persons, for the transcript, from the visits of their connections.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Result, Row, params};

use crate::model::event::Author;
use crate::model::time::Millis;
use crate::sqlite::archive::Archive;
use crate::sqlite::authors;
use crate::sqlite::span::Span;
use crate::sqlite::values::integer;

/// Joins and leaves of connections that are read at once.
const BATCH: usize = 500;

/// A person joined or left a room.
pub(super) struct PresenceChange {
    pub at: Millis,
    pub person: Arc<Author>,
    pub joined: bool,
}

/// A connection joined or left a room.
struct ConnectionChange {
    at: i64,
    left: bool,
    visit: i64,
    author: i64,
}

/// The joins and leaves of persons in one room, in order.
pub(super) struct PresenceChanges<'a> {
    archive: &'a Archive,
    room: i64,
    span: Span<'a>,
    /// Time, direction and visit of the last row that was used.
    last: (i64, bool, i64),
    /// Rows that were read and not used yet, newest first.
    batch: Vec<ConnectionChange>,
    /// The number of connections that each person has in the room, by `sub`.
    connections: HashMap<Box<str>, u32>,
    /// Whether the last row was read.
    ended: bool,
    /// The next change, if [`PresenceChanges::next_before`] has looked at it already.
    peeked: Option<PresenceChange>,
}

impl<'a> PresenceChanges<'a> {
    pub(super) fn new(
        archive: &'a Archive,
        room: &str,
        span: &Span<'a>,
    ) -> Result<PresenceChanges<'a>> {
        let sql = "SELECT coalesce((SELECT id FROM rooms WHERE name = ?1), -1)";
        let room = archive.db().query_row(sql, [room], |row| row.get(0))?;
        Ok(PresenceChanges {
            archive,
            room,
            span: *span,
            last: (-1, false, -1),
            batch: Vec::new(),
            connections: HashMap::new(),
            ended: false,
            peeked: None,
        })
    }

    /// Returns the next change if it did not happen after `at`.
    pub(super) fn next_before(&mut self, at: Millis) -> Result<Option<PresenceChange>> {
        if self.peeked.is_none() {
            self.peeked = self.next()?;
        }
        Ok(self.peeked.take_if(|change| change.at <= at))
    }

    fn next(&mut self) -> Result<Option<PresenceChange>> {
        loop {
            if self.batch.is_empty() && !self.ended {
                self.read_batch()?;
            }
            let Some(row) = self.batch.pop() else {
                return Ok(None);
            };
            self.last = (row.at, row.left, row.visit);
            let person = authors::by_id(self.archive.db(), row.author)?;
            let at = row.at as Millis;
            if self.changes_presence(&person.sub, row.left) && self.span.contains(at) {
                return Ok(Some(PresenceChange {
                    at,
                    person,
                    joined: !row.left,
                }));
            }
        }
    }

    /// Counts a connection of a person. Returns whether it was the first to join or the last to
    /// leave.
    fn changes_presence(&mut self, sub: &str, left: bool) -> bool {
        let connections = self.connections.entry(sub.into()).or_insert(0);
        if !left {
            *connections += 1;
            return *connections == 1;
        }
        *connections = connections.saturating_sub(1);
        let gone = *connections == 0;
        if gone {
            self.connections.remove(sub);
        }
        gone
    }

    /// Reads the rows after the last one. It begins with the oldest visit, not with the span: a
    /// person who is present at its beginning joined before it. Visits are few.
    fn read_batch(&mut self) -> Result<()> {
        let mut rows = self.archive.db().prepare_cached(
            "SELECT at, gone, id, author FROM (
                 SELECT * FROM (SELECT came AS at, 0 AS gone, id, author FROM visits
                     WHERE room = ?1 AND came >= ?2 AND (came, 0, id) > (?2, ?3, ?4)
                     ORDER BY came, id LIMIT ?5)
                 UNION ALL
                 SELECT * FROM (SELECT left AS at, 1 AS gone, id, author FROM visits
                     WHERE room = ?1 AND left >= ?2 AND (left, 1, id) > (?2, ?3, ?4)
                     ORDER BY left, id LIMIT ?5)
             ) ORDER BY at, gone, id LIMIT ?5",
        )?;
        let (at, left, visit) = self.last;
        let rows = rows.query_map(
            params![self.room, at, left, visit, integer(BATCH as u64)],
            ConnectionChange::from_row,
        )?;
        self.batch = rows.collect::<Result<_>>()?;
        self.batch.reverse();
        self.ended = self.batch.len() < BATCH;
        Ok(())
    }
}

impl ConnectionChange {
    fn from_row(row: &Row<'_>) -> Result<ConnectionChange> {
        Ok(ConnectionChange {
            at: row.get(0)?,
            left: row.get(1)?,
            visit: row.get(2)?,
            author: row.get(3)?,
        })
    }
}
