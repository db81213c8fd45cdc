//! Who came and who left, for the transcript: of persons, made from visits of connections.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Result, params};

use crate::model::event::Author;
use crate::model::time::Millis;
use crate::sqlite::archive::Archive;
use crate::sqlite::authors;
use crate::sqlite::span::Span;
use crate::sqlite::values::integer;

/// Comings and goings read at once.
const MOVES: usize = 500;

/// Somebody came or left.
pub(super) struct Step {
    pub at: Millis,
    pub who: Arc<Author>,
    pub came: bool,
}

/// Comings and goings of a room in order: of persons, made from those of connections.
pub(super) struct Moves<'a> {
    archive: &'a Archive,
    room: i64,
    span: Span<'a>,
    /// The last row read: when, whether it came or left, and of which visit.
    last: (i64, bool, i64),
    /// Rows that were read, newest first.
    read: Vec<(i64, bool, i64, i64)>,
    /// Connections that each person has in the room.
    here: HashMap<Box<str>, u32>,
    ended: bool,
    waiting: Option<Step>,
}

impl<'a> Moves<'a> {
    pub fn new(archive: &'a Archive, room: &str, span: &Span<'a>) -> Result<Moves<'a>> {
        let sql = "SELECT coalesce((SELECT id FROM rooms WHERE name = ?1), -1)";
        let room = archive.db().query_row(sql, [room], |row| row.get(0))?;
        Ok(Moves {
            archive,
            room,
            span: *span,
            last: (-1, false, -1),
            read: Vec::new(),
            here: HashMap::new(),
            ended: false,
            waiting: None,
        })
    }

    /// The next one, if it was before `at`.
    pub fn next_before(&mut self, at: Millis) -> Result<Option<Step>> {
        if self.waiting.is_none() {
            self.waiting = self.next()?;
        }
        Ok(self.waiting.take_if(|step| step.at <= at))
    }

    fn next(&mut self) -> Result<Option<Step>> {
        loop {
            if self.read.is_empty() && !self.ended {
                self.refill()?;
            }
            let Some((at, gone, visit, author)) = self.read.pop() else {
                return Ok(None);
            };
            self.last = (at, gone, visit);
            let who = authors::by_id(self.archive.db(), author)?;
            let connections = self.here.entry(who.sub.clone()).or_insert(0);
            let moved = match gone {
                false => {
                    *connections += 1;
                    *connections == 1
                }
                true => {
                    *connections = connections.saturating_sub(1);
                    *connections == 0
                }
            };
            if *connections == 0 {
                self.here.remove(&who.sub);
            }
            let at = at as Millis;
            if moved && self.span.contains(at) {
                return Ok(Some(Step {
                    at,
                    who,
                    came: !gone,
                }));
            }
        }
    }

    /// Reads on behind the last row. All from the beginning, since who is here at `from` came
    /// before; but visits are few.
    fn refill(&mut self) -> Result<()> {
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
        let (at, gone, id) = self.last;
        let rows = rows.query_map(
            params![self.room, at, gone, id, integer(MOVES as u64)],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        self.read = rows.collect::<Result<_>>()?;
        self.read.reverse();
        self.ended = self.read.len() < MOVES;
        Ok(())
    }
}
