//! Loads the state that the hub starts with: rooms with their newest events, how far earlier runs
//! came, and the refs of the last day.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result, Row, TransactionBehavior, params};

use crate::model::event::{Event, State};
use crate::model::hand::Hand;
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::sqlite::damage;
use crate::sqlite::error::is_damage;
use crate::sqlite::records;
use crate::sqlite::room_snapshot::RoomSnapshot;
use crate::sqlite::values::{LARGEST_SEQ, kind};
use crate::sqlite::visitors;
use crate::sqlite::whispers;
use crate::store::opened::{
    Epochs, KnownRef, MAX_ALL_REFS, MAX_REFS, Opened, OpenedRoom, REF_LIFETIME, RefRequest,
};

/// Closes the visits that a crash left open, and begins an epoch. Returns its row id.
pub(super) fn begin_epoch(db: &mut Connection, epoch: &str, now: Millis) -> Result<i64> {
    // In a transaction of its own: a run begins although visits are damaged.
    close_visits(db)?;
    records::begin(db, records::boot_id().as_deref())?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let id = insert_epoch(&transaction, epoch, now)?;
    transaction.commit()?;
    Ok(id)
}

/// Closes the visits that are open. People were present at least until the previous run last wrote.
pub(super) fn close_visits(db: &Connection) -> Result<()> {
    let closed = db.execute(
        "UPDATE visits SET left = max(came, (SELECT max(seen) FROM epochs
                                             WHERE id = (SELECT max(id) FROM epochs)))
         WHERE left IS NULL",
        [],
    );
    damage::or_without("visits", closed).map(drop)
}

/// Returns the row id of an epoch that begins.
pub(super) fn insert_epoch(db: &Connection, epoch: &str, now: Millis) -> Result<i64> {
    let sql = "INSERT INTO epochs(epoch, began, seen) VALUES(?1, ?2, ?2)";
    db.execute(sql, params![epoch, now])?;
    Ok(db.last_insert_rowid())
}

/// Returns the row id of the epoch with this name, if it is there.
pub(super) fn epoch(db: &Connection, name: &str) -> Result<Option<i64>> {
    let sql = "SELECT id FROM epochs WHERE epoch = ?1";
    db.query_row(sql, [name], |row| row.get(0)).optional()
}

/// Returns the row id of the newest epoch, its name, and the last job that it committed. In a new history there is none.
pub(super) fn newest_epoch(db: &Connection) -> Result<(i64, Box<str>, u64)> {
    let sql = "SELECT id, epoch, jobs FROM epochs ORDER BY id DESC LIMIT 1";
    let found = db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    Ok(found.optional()?.unwrap_or_default())
}

/// Loads the state that the hub starts with: up to `memory` events of each room, and the refs of
/// the last day before `now`, by the clock that erasing trusts; `wall` is the wall clock's time.
pub(super) fn load(
    db: &Connection,
    memory: usize,
    (now, wall): (Millis, Millis),
) -> Result<Opened> {
    let _snapshot = db.unchecked_transaction()?;
    let mut marks = load_marks(db)?;
    let mut epochs = Epochs {
        known: load_epoch_ids(db)?,
        ..Epochs::default()
    };
    let mut rooms = Vec::new();
    let mut found = db.prepare("SELECT id, name, state, pin, lesson FROM rooms ORDER BY name")?;
    let mut rows = found.query([])?;
    while let Some(row) = rows.next()? {
        let Some((id, name)) = room_name(row) else {
            continue;
        };
        let marks = marks.remove(&id).unwrap_or_default();
        let mark = marks.iter().map(|&(_, last)| last).max().unwrap_or(0);
        let (head, newest) = load_newest_events(db, &name, mark, memory)?;
        rooms.push(OpenedRoom {
            head,
            state: room_state(row, &name),
            pin: row.get(3).unwrap_or_default(),
            lesson_end: row.get(4).ok().flatten().unwrap_or(0).min(head),
            newest,
            name: name[..].into(),
        });
        epochs.marks.insert(name, marks);
    }
    let refs = load_refs(db, now.saturating_sub(REF_LIFETIME), MAX_ALL_REFS)?;
    Ok(Opened {
        rooms,
        epochs,
        refs,
        records: records::load(db)?,
        last_whisper: whispers::last(db)?,
        visitors: visitors::load(db, wall)?,
    })
}

/// Reads id and name from a row of `id, name, …`. A room whose name cannot be read is left out.
fn room_name(row: &Row<'_>) -> Option<(i64, Box<str>)> {
    let id: i64 = damage::or_report(row.get(0), || "rooms: an id".into())?;
    let name = damage::or_report(row.get(1), || format!("rooms, row {id}: the room's name"))?;
    Some((id, name))
}

/// Reads a room's rules from a row of `id, name, state, …`. Rules that cannot be read become those
/// of an open room.
fn room_state(row: &Row<'_>, name: &str) -> State {
    let lost = || format!("rooms, room {name:?}: its rules");
    let json = row.get_ref(2).and_then(|json| Ok(json.as_str_or_null()?));
    let Some(json) = damage::or_report(json, lost).flatten() else {
        return State::default();
    };
    serde_json::from_str(json).unwrap_or_else(|error| {
        damage::report(format_args!("{}: {error}", lost()));
        State::default()
    })
}

/// Calls `read` for each row. If a page is damaged, it ends early.
fn for_each_row(
    db: &Connection,
    (table, sql): (&str, &str),
    mut read: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut found = db.prepare(sql)?;
    let mut rows = found.query([])?;
    loop {
        match rows.next() {
            Ok(Some(row)) => drop(damage::or_report(read(row), || format!("{table}: a row"))),
            Ok(None) => return Ok(()),
            Err(error) if is_damage(&error) => {
                damage::report(format_args!("{table}: {error}"));
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Loads the last number that each epoch committed in each room, in ascending order.
fn load_marks(db: &Connection) -> Result<HashMap<i64, Vec<(i64, u64)>>> {
    let mut marks: HashMap<i64, Vec<(i64, u64)>> = HashMap::new();
    let sql = "SELECT room, epoch, last FROM marks ORDER BY epoch";
    for_each_row(db, ("marks", sql), |row| {
        let (room, last): (i64, u64) = (row.get(0)?, row.get(2)?);
        if last > LARGEST_SEQ as u64 {
            damage::report(format_args!("marks, room {room}: {last} is no number"));
            return Ok(());
        }
        marks.entry(room).or_default().push((row.get(1)?, last));
        Ok(())
    })?;
    Ok(marks)
}

/// Loads the row ids of all epochs but the current one.
fn load_epoch_ids(db: &Connection) -> Result<HashMap<Box<str>, i64>> {
    let mut known = HashMap::new();
    let sql = "SELECT epoch, id FROM epochs WHERE id < (SELECT max(id) FROM epochs)";
    for_each_row(db, ("epochs", sql), |row| {
        known.insert(row.get(0)?, row.get(1)?);
        Ok(())
    })?;
    Ok(known)
}

/// Loads the newest events of a room up to its head, without a gap. Returns the head, too: the last
/// number that was committed, or that is there. Times do not matter: what is stored is kept, and what
/// is too old is about to be erased here and there.
fn load_newest_events(
    db: &Connection,
    room: &str,
    mark: u64,
    memory: usize,
) -> Result<(u64, Vec<Event>)> {
    let snapshot = RoomSnapshot::open(db, room)?;
    let Some((first, last)) = snapshot.ends()? else {
        return Ok((mark, Vec::new()));
    };
    let head = mark.max(last);
    let from = first.max((head + 1).saturating_sub(memory as u64));
    Ok((head, snapshot.span(from, head + 1)?))
}

/// Loads up to `most` refs that were used since the trusted time `cutoff`, oldest first within each
/// room. Rooms that no more refs fit for have none.
pub(super) fn load_refs(db: &Connection, cutoff: Millis, most: usize) -> Result<Vec<KnownRef>> {
    let mut rooms: Vec<(i64, String)> = Vec::new();
    for_each_row(db, ("rooms", "SELECT id, name FROM rooms"), |row| {
        rooms.push((row.get(0)?, row.get(1)?));
        Ok(())
    })?;
    let mut loader = RefLoader::new(db, cutoff)?;
    let mut refs = Vec::new();
    for (id, name) in rooms {
        let room_for = most.saturating_sub(refs.len());
        if room_for == 0 {
            break;
        }
        let mut of_room = loader.load_room(db, id, &name.into(), room_for)?;
        of_room.reverse();
        refs.append(&mut of_room);
    }
    Ok(refs)
}

/// Loads refs, at most [`MAX_REFS`] of each person.
struct RefLoader {
    /// By when events were written, not by the times they have: those may be wrong.
    cutoff: Millis,
    /// The `sub` of each author, and how many of their refs were loaded.
    authors: HashMap<i64, (Arc<str>, usize)>,
    /// Authors of whom no more refs are loaded.
    full: HashSet<i64>,
}

impl RefLoader {
    fn new(db: &Connection, cutoff: Millis) -> Result<RefLoader> {
        let mut authors = HashMap::new();
        for_each_row(db, ("authors", "SELECT id, sub FROM authors"), |row| {
            authors.insert(row.get(0)?, (row.get_ref(1)?.as_str()?.into(), 0));
            Ok(())
        })?;
        Ok(RefLoader {
            cutoff,
            authors,
            full: HashSet::new(),
        })
    }

    /// Loads up to `most` refs of a room, newest first. `most` is at least 1.
    fn load_room(
        &mut self,
        db: &Connection,
        id: i64,
        room: &Arc<str>,
        most: usize,
    ) -> Result<Vec<KnownRef>> {
        let aged = "SELECT coalesce(max(last), 0) FROM ages WHERE room = ?1 AND at <= ?2";
        let aged = db.query_row(aged, params![id, self.cutoff], |row| row.get(0));
        let aged: u64 = damage::or_report(aged, || format!("ages, room {room:?}")).unwrap_or(0);
        let mut newest = db.prepare_cached(
            "SELECT at, author, ref, seq, reply, iif(edited IS NULL, text, NULL), kind, target
             FROM events WHERE room = ?1 AND seq > ?2 ORDER BY seq DESC",
        )?;
        let mut rows = newest.query(params![id, aged])?;
        let mut refs = Vec::new();
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) if is_damage(&error) => {
                    damage::report(format_args!("events, room {room:?}: {error}"));
                    break;
                }
                Err(error) => return Err(error),
            };
            let found = self.load_ref(row, room);
            let seq = || row.get(3).unwrap_or(0_u64);
            let lost = || format!("events, room {room:?}, seq {}: its ref", seq());
            refs.extend(damage::or_report(found, lost).flatten());
            if self.full.len() == self.authors.len() || refs.len() >= most {
                break;
            }
        }
        Ok(refs)
    }

    /// Reads the ref of an event; `None` if it has none, or its author has enough.
    fn load_ref(&mut self, row: &Row<'_>, room: &Arc<str>) -> Result<Option<KnownRef>> {
        let author: i64 = row.get(1)?;
        let (Some(reference), Some(what)) = (row.get_ref(2)?.as_str_or_null()?, ref_request(row)?)
        else {
            return Ok(None);
        };
        if self.full.contains(&author) {
            return Ok(None);
        }
        let Some((sub, count)) = self.authors.get_mut(&author) else {
            return Ok(None);
        };
        *count += 1;
        if *count == MAX_REFS {
            self.full.insert(author);
        }
        Ok(Some(KnownRef {
            sub: Arc::clone(sub),
            reference: reference.into(),
            room: Arc::clone(room),
            seq: row.get(3)?,
            at: row.get(0)?,
            what,
            text: row.get_ref(5)?.as_str_or_null()?.map(Json::quote),
            reply_to: row.get(4)?,
        }))
    }
}

/// Reads the kind of request that an event was caused by; `None` for pins, rules and what came of polls.
fn ref_request(row: &Row<'_>) -> Result<Option<RefRequest>> {
    Ok(match (row.get(6)?, row.get(7)?) {
        (kind::MESSAGE, _) => Some(RefRequest::Message),
        (kind::EDIT, Some(of)) => Some(RefRequest::Edit { of }),
        (kind::REACTION, Some(of)) => Some(RefRequest::React { of }),
        (kind::DELETE, Some(of)) => Some(RefRequest::Delete { of, purge: false }),
        (kind::PURGE, Some(of)) => Some(RefRequest::Delete { of, purge: true }),
        (kind::HAND, _) => {
            let hand = Hand::unpacked(row.get::<_, Option<u64>>(4)?.unwrap_or_default());
            let (up, anonymous) = (hand.up, hand.anonymous);
            Some(RefRequest::Hand { up, anonymous })
        }
        (kind::POLL, _) => Some(RefRequest::Poll),
        _ => None,
    })
}
