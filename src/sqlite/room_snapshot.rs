//! One room of the history, read in one transaction.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, Error, OptionalExtension, Params, Result, Row};
use rusqlite::{Transaction, params};
use serde::de::DeserializeOwned;

use crate::model::event::{Author, Event, EventKind, Lesson, State};
use crate::model::hand::Hand;
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::sqlite::error::is_damage;
use crate::sqlite::values::{CLEARED, LARGEST_SEQ, SUPERSEDED, integer, kind};
use crate::sqlite::{authors, damage};

/// The columns of an event, in the order in which they are read. The text of a deleted message
/// never leaves the file.
const COLUMNS: &str = "seq, kind, at, author, target, reply,
    CASE WHEN stale >= 2 THEN NULL ELSE text END, stale, edited, text IS NULL, prior";

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
            .query_row([room], |row| {
                Ok((row.get(0)?, row.get(1).unwrap_or_default()))
            })
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
            events.extend(self.event(row)?);
        }
        Ok(events)
    }

    /// Returns the events from `from` up to `to`, which is left out, without a gap: in the place of
    /// each that cannot be read stands a message without text.
    pub(super) fn span(&self, from: u64, to: u64) -> Result<Vec<Event>> {
        let sql = "room = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq";
        let mut events = Vec::new();
        let mut read = |from, to| {
            events.extend(self.events(sql, params![self.id, integer(from), integer(to)])?);
            Ok(())
        };
        let lost = &mut |seq| {
            damage::report(format_args!(
                "events, room {:?}, seq {seq}: its page",
                self.name
            ));
        };
        damage::bisect((from, to), false, &mut read, lost)?;
        Ok(damage::fill(&self.name, (from, to), events))
    }

    /// Returns the first and the last number that the room has; `None` if it has no events. A room
    /// whose first events cannot be found begins where the first one can be read.
    pub(super) fn ends(&self) -> Result<Option<(u64, u64)>> {
        let end = |sql: &str| -> Result<Option<u64>> {
            let parameters = params![self.id, LARGEST_SEQ];
            match self.statement(sql)?.query_row(parameters, |row| row.get(0)) {
                Err(error) if is_damage(&error) => Ok(None),
                found => found,
            }
        };
        let first = end("SELECT min(seq) FROM events WHERE room = ?1 AND seq BETWEEN 0 AND ?2")?;
        let last = end("SELECT max(seq) FROM events WHERE room = ?1 AND seq BETWEEN 0 AND ?2")?;
        let mark = end("SELECT max(last) FROM marks WHERE room = ?1 AND last BETWEEN 0 AND ?2")?;
        let Some(last) = last.max(mark.filter(|_| first.is_some() || last.is_some())) else {
            return Ok(None);
        };
        Ok(Some((first.unwrap_or(1), last)))
    }

    /// Returns the messages from `from` up to `to`, which is left out, in their final state, although
    /// a page is damaged.
    pub(super) fn message_span(&self, from: u64, to: u64) -> Result<Vec<MessageState>> {
        let sql = "kind = 0 AND room = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq";
        let items = RefCell::new(Vec::new());
        let mut read = |from, to| {
            let found = self.messages(sql, params![self.id, integer(from), integer(to)])?;
            items.borrow_mut().extend(found);
            Ok(())
        };
        let lost = &mut |seq| {
            let mut items = items.borrow_mut();
            let at = items.last().map_or(0, |item: &MessageState| item.event.at);
            items.extend(MessageState::new(damage::unreadable(&self.name, seq, at)));
        };
        damage::bisect((from, to), false, &mut read, lost)?;
        Ok(items.into_inner())
    }

    /// Returns the messages that match `condition`, which says `kind = 0`, or 8 for questions, and may go on with
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
        let mut next = Some(before.min(LARGEST_SEQ + 1));
        while let Some(before) = next.take() {
            let mut rows = found.query(params![self.id, before])?;
            while items.len() < limit
                && let Some(row) = rows.next()?
            {
                if !matches!(row.get(1), Ok(kind::HAND)) {
                    items.extend(self.item(row)?);
                }
                let seq: i64 = row.get(0).unwrap_or_default();
                let prior: Option<i64> = row.get(10).unwrap_or_default();
                if let Some(prior) = prior.filter(|prior| seq.saturating_sub(*prior) > WALK) {
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
        // A kind that cannot be read may have been that of a message.
        let kind = row.get::<_, i64>(1);
        if matches!(kind, Ok(kind::EDIT..=kind::LAST)) && !matches!(kind, Ok(kind::HAND)) {
            return Ok(None);
        }
        let Some(mut item) = self.event(row)?.and_then(MessageState::said) else {
            return Ok(None);
        };
        item.edited = row.get(8).unwrap_or_default();
        // The text of a message that was only deleted is still in the file.
        item.purged |= row.get::<_, bool>(9)?;
        item.cleared = matches!(row.get::<_, i64>(7), Ok(CLEARED));
        item.pinned = self.pin == Some(item.event.seq);
        Ok(Some(item))
    }

    /// Adds the reactions that messages have now, as far as they can be read.
    fn add_reactions(&self, items: &mut [MessageState]) -> Result<()> {
        match self.read_reactions(items) {
            Err(error) if is_damage(&error) => {
                damage::report(format_args!("reactions, room {:?}: {error}", self.name));
                Ok(())
            }
            added => added,
        }
    }

    fn read_reactions(&self, items: &mut [MessageState]) -> Result<()> {
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
            let Ok(Some(&place)) = row.get(0).map(|target| places.get(&target)) else {
                continue;
            };
            let found = row.get(1).and_then(|author| {
                let emoji = row.get_ref(2)?.as_str()?;
                Ok((self.author(author)?, emoji))
            });
            let lost = || format!("reactions, room {:?}, a reaction", self.name);
            if let Some((by, emoji)) = damage::or_report(found, lost) {
                items[place].react(&by, Some(emoji));
            }
        }
        Ok(())
    }

    /// Returns the message or question `seq` in its final state; `None` if that event does not exist or is
    /// of another kind.
    pub(super) fn message(&self, seq: u64) -> Result<Option<MessageState>> {
        let sql =
            "(kind = 0 OR kind = 8 AND (text IS NOT NULL OR stale > 0)) AND room = ?1 AND seq = ?2";
        let found = self.messages(sql, params![self.id, integer(seq)])?;
        Ok(found.into_iter().next())
    }

    /// Reads an event from a row of [`COLUMNS`]. One that cannot be read is a message without text;
    /// `None`: not even its number is one.
    fn event(&self, row: &Row<'_>) -> Result<Option<Event>> {
        let Ok(seq) = row.get(0) else {
            damage::report(format_args!(
                "events, room {:?}: a seq that is no number",
                self.name
            ));
            return Ok(None);
        };
        let read = || -> Result<Event> {
            Ok(Event {
                room: Arc::clone(&self.name),
                seq,
                at: row.get(2)?,
                by: self.author(row.get(3)?)?,
                what: event_kind(row, &self.name)?,
                reference: None,
            })
        };
        Ok(Some(read().unwrap_or_else(|error| {
            damage::report(format_args!(
                "events, room {:?}, seq {seq}: {error}",
                self.name
            ));
            damage::unreadable(&self.name, seq, row.get(2).unwrap_or_default())
        })))
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
fn event_kind(row: &Row<'_>, room: &str) -> Result<EventKind> {
    let target = || row.get::<_, Option<u64>>(4);
    let of = || target().map(Option::unwrap_or_default);
    let raw = || -> Result<_> { Ok(row.get_ref(6)?.as_str_or_null()?) };
    let text = || -> Option<Json> {
        let lost = || {
            format!(
                "events, room {room:?}, seq {}: its text",
                row.get(0).unwrap_or(0_u64)
            )
        };
        damage::or_report(raw(), lost).flatten().map(Json::quote)
    };
    Ok(match row.get(1)? {
        kind::MESSAGE => EventKind::Message {
            text: text(),
            reply_to: row.get(5)?,
        },
        kind::EDIT => EventKind::Edit {
            of: of()?,
            text: text(),
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
        kind::STATE => EventKind::State(match raw()? {
            Some(json) => serde_json::from_str(json).map_err(|_| unknown(6, Type::Text))?,
            None => State::default(),
        }),
        kind::HAND => EventKind::Hand(Box::new(Hand {
            of: target()?,
            question: text(),
            ..Hand::unpacked(row.get::<_, Option<u64>>(5)?.unwrap_or_default())
        })),
        kind::POLL => EventKind::Poll(parsed(raw()?)?),
        found @ (kind::POLL_CLOSED | kind::POLL_PUBLISHED) => EventKind::PollOutcome {
            of: of()?,
            closing: found == kind::POLL_CLOSED,
            outcome: parsed(raw()?)?,
        },
        kind::CLEAR | kind::RESTORE => act(row)?,
        kind::LESSON_END => EventKind::LessonEnd(lesson(raw()?)),
        _ => return Err(unknown(1, Type::Integer)),
    })
}

/// Reads what a poll consists of; `None`: it was erased.
fn parsed<T: DeserializeOwned>(json: Option<&str>) -> Result<Option<Arc<T>>> {
    let value = json.map(serde_json::from_str).transpose();
    Ok(value.map_err(|_| unknown(6, Type::Text))?.map(Arc::new))
}

/// Reads what happened to several messages at once.
fn act(row: &Row<'_>) -> Result<EventKind> {
    let list = row.get_ref(6)?.as_str_or_null()?.unwrap_or("[]");
    let of: Vec<u64> = serde_json::from_str(list).map_err(|_| unknown(6, Type::Text))?;
    let of = of.into();
    Ok(match row.get(1)? {
        kind::RESTORE => EventKind::Restore {
            of,
            cleared: row.get::<_, Option<u64>>(5)?.unwrap_or_default(),
        },
        _ => EventKind::Clear {
            of,
            undone: row.get::<_, i64>(7)? == SUPERSEDED,
        },
    })
}

/// The lesson that ended with an event, from the text of its row.
pub(super) fn lesson(text: Option<&str>) -> Lesson {
    let lesson = text.and_then(|json| serde_json::from_str(json).ok());
    lesson.unwrap_or_default()
}

/// The error for a value that is none of those that this program writes.
fn unknown(column: usize, found: Type) -> Error {
    Error::FromSqlConversionFailure(column, found, "a value that is never written".into())
}
