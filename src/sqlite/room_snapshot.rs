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
use crate::sqlite::values::{SUPERSEDED, integer, kind};

/// The columns of an event, in the order in which they are read. The text of a deleted message
/// never leaves the file.
const COLUMNS: &str = "seq, kind, at, author, target, reply,
    CASE stale WHEN 2 THEN NULL ELSE text END, stale, edited, text IS NULL, prior";

/// To step over so many events costs as much as to look the message before them up.
const WALK: i64 = 4;

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

    /// Returns the messages that match `condition`, which says `kind = 0` and may go on with
    /// `ORDER BY seq` and `LIMIT`, in their final state.
    pub(super) fn messages(
        &self,
        condition: &str,
        parameters: impl Params,
    ) -> Result<Vec<MessageState>> {
        let mut found =
            self.statement(&format!("SELECT {COLUMNS} FROM events WHERE {condition}"))?;
        let mut rows = found.query(parameters)?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.extend(self.item(row)?);
        }
        self.add_reactions(&mut items)?;
        Ok(items)
    }

    /// Returns up to `limit` messages before the event `before` in their final state, newest first.
    /// The changes between two messages cost nothing, however many they are.
    pub(super) fn messages_before(&self, before: i64, limit: usize) -> Result<Vec<MessageState>> {
        let mut found = self.statement(&format!(
            "SELECT {COLUMNS} FROM events WHERE room = ?1 AND seq < ?2 ORDER BY seq DESC"
        ))?;
        let mut items = Vec::new();
        let mut next = Some(before);
        while let Some(before) = next.take() {
            let mut rows = found.query(params![self.id, before])?;
            while items.len() < limit
                && let Some(row) = rows.next()?
            {
                items.extend(self.item(row)?);
                let (seq, prior): (i64, Option<i64>) = (row.get(0)?, row.get(10)?);
                if let Some(prior) = prior.filter(|prior| seq - prior > WALK) {
                    next = Some(prior + 1);
                    break;
                }
            }
        }
        self.add_reactions(&mut items)?;
        Ok(items)
    }

    /// Reads a message in its final state, but for its reactions, from a row of [`COLUMNS`]; `None`
    /// for an event of another kind.
    fn item(&self, row: &Row<'_>) -> Result<Option<MessageState>> {
        if row.get::<_, i64>(1)? != kind::MESSAGE {
            return Ok(None);
        }
        let Some(mut item) = MessageState::new(self.event(row)?) else {
            return Ok(None);
        };
        item.edited = row.get(8)?;
        // The text of a message that was only deleted is still in the file.
        item.purged |= row.get::<_, bool>(9)?;
        item.pinned = self.pin == Some(item.event.seq);
        Ok(Some(item))
    }

    /// Adds the reactions that messages have now.
    fn add_reactions(&self, items: &mut [MessageState]) -> Result<()> {
        let seqs = || items.iter().map(|item| item.event.seq);
        let (Some(first), Some(last)) = (seqs().min(), seqs().max()) else {
            return Ok(());
        };
        let places: HashMap<u64, usize> = seqs().zip(0..).collect();
        let mut found = self.statement(
            "SELECT target, author, emoji FROM reactions
             WHERE room = ?1 AND target >= ?2 AND target <= ?3 ORDER BY target, seq",
        )?;
        let mut rows = found.query(params![self.id, first, last])?;
        while let Some(row) = rows.next()? {
            if let Some(&place) = places.get(&row.get(0)?) {
                let by = self.author(row.get(1)?)?;
                items[place].react(&by, Some(row.get_ref(2)?.as_str()?));
            }
        }
        Ok(())
    }

    /// Returns the message `seq` in its final state; `None` if that event does not exist or is of
    /// another kind.
    pub(super) fn message(&self, seq: u64) -> Result<Option<MessageState>> {
        let sql = "kind = 0 AND room = ?1 AND seq = ?2";
        let found = self.messages(sql, params![self.id, integer(seq)])?;
        Ok(found.into_iter().next())
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
            superseded: row.get::<_, i64>(7)? == SUPERSEDED,
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
