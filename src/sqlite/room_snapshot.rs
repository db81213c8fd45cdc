//! One room of the history, read in one transaction.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Result, Row};
use rusqlite::{Transaction, params};

use crate::model::event::{Author, Event, EventKind};
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::sqlite::authors;
use crate::sqlite::values::{integer, kind};

/// The columns of an event, in the order in which they are read. The text of a deleted message
/// never leaves the file.
const COLUMNS: &str =
    "seq, kind, at, author, target, reply, CASE stale WHEN 2 THEN NULL ELSE text END";

/// One room as one transaction sees it.
pub(super) struct RoomSnapshot<'a> {
    _transaction: Option<Transaction<'a>>,
    db: &'a Connection,
    name: Arc<str>,
    /// The room's row id; -1 if the room does not exist, which no row refers to.
    pub id: i64,
    pin: Option<u64>,
    authors: RefCell<HashMap<i64, Arc<Author>>>,
}

impl<'a> RoomSnapshot<'a> {
    /// Begins a transaction, unless the connection is in one already, and looks the room up.
    pub(super) fn open(db: &'a Connection, room: &str) -> Result<RoomSnapshot<'a>> {
        let transaction = db
            .is_autocommit()
            .then(|| db.unchecked_transaction())
            .transpose()?;
        let mut find = db.prepare_cached("SELECT id, pin FROM rooms WHERE name = ?1")?;
        let found = find
            .query_row([room], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (id, pin) = found.unwrap_or((-1, None));
        Ok(RoomSnapshot {
            _transaction: transaction,
            db,
            name: room.into(),
            id,
            pin,
            authors: RefCell::default(),
        })
    }

    /// Prepares a statement, or takes it from the cache.
    pub(super) fn statement(&self, sql: &str) -> Result<CachedStatement<'a>> {
        self.db.prepare_cached(sql)
    }

    /// Returns the events that match `condition`, which may go on with `ORDER BY` and `LIMIT`.
    pub(super) fn events(&self, condition: &str, parameters: impl Params) -> Result<Vec<Event>> {
        let mut found =
            self.statement(&format!("SELECT {COLUMNS} FROM events WHERE {condition}"))?;
        let mut rows = found.query(parameters)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(self.event(row)?);
        }
        Ok(events)
    }

    /// Turns messages in ascending order into their final state: applies later edits, reactions and
    /// deletions, and marks the pinned one.
    pub(super) fn apply_changes(&self, events: Vec<Event>) -> Result<Vec<MessageState>> {
        let mut items: Vec<MessageState> =
            events.into_iter().filter_map(MessageState::new).collect();
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            return Ok(items);
        };
        let (first, last) = (first.event.seq, last.event.seq);
        let sql = "room = ?1 AND target >= ?2 AND target <= ?3 ORDER BY target, seq";
        for change in self.events(sql, params![self.id, first, last])? {
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

    /// Returns the message `seq` in its final state; `None` if that event does not exist or is of
    /// another kind.
    pub(super) fn message(&self, seq: u64) -> Result<Option<MessageState>> {
        let sql = "kind = 0 AND room = ?1 AND seq = ?2";
        let events = self.events(sql, params![self.id, integer(seq)])?;
        Ok(self.apply_changes(events)?.pop())
    }

    /// Reads an event from a row of [`COLUMNS`].
    fn event(&self, row: &Row<'_>) -> Result<Event> {
        Ok(Event {
            room: Arc::clone(&self.name),
            seq: row.get(0)?,
            at: row.get(2)?,
            by: self.author(row.get(3)?)?,
            what: event_kind(row)?,
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

/// Reads what happened in an event from a row of [`COLUMNS`].
fn event_kind(row: &Row<'_>) -> Result<EventKind> {
    let target = || row.get::<_, Option<u64>>(4);
    let of = || target().map(Option::unwrap_or_default);
    let raw = || -> Result<_> { Ok(row.get_ref(6)?.as_str_or_null()?) };
    let text = || raw().map(|text| text.map(Json::quote));
    Ok(match row.get(1)? {
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
        // Only `kind::STATE` is left. Rules that cannot be parsed become those of an open room.
        _ => EventKind::State(
            raw()?
                .and_then(|json| serde_json::from_str(json).ok())
                .unwrap_or_default(),
        ),
    })
}
