//! What the hub starts with: rooms with their newest events, how far every run came, recent refs.

use crate::store::opened::Epochs;
use crate::store::opened::KnownRef;
use crate::store::opened::Opened;
use crate::store::opened::OpenedRoom;
use crate::store::opened::RefRequest;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, Result, TransactionBehavior, params};

use crate::model::event::Event;
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::sqlite::archive::Reading;
use crate::sqlite::values::kind;

/// How long a ref means the same.
const KEEP_REF: Millis = 24 * 60 * 60 * 1000;

/// Most refs read of one person, as many as the hub remembers at most.
const REFS_OF_ONE: u32 = 4096;

/// Events in a row that are too old, after which nobody looks for more refs. Not the first: a clock
/// that was wrong for a while makes some newer ones look old.
const REFS_GIVE_UP: u32 = 1000;

/// Ends what a crash left open, and begins a run. Its number in the file.
pub(super) fn begin(db: &mut Connection, epoch: &str, now: Millis) -> Result<i64> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // When the server was last seen alive, they were there.
    transaction.execute(
        "UPDATE visits SET left = max(came, (SELECT max(seen) FROM epochs
                                             WHERE id = (SELECT max(id) FROM epochs)))
         WHERE left IS NULL",
        [],
    )?;
    let sql = "INSERT INTO epochs(epoch, began, seen) VALUES(?1, ?2, ?2)";
    transaction.execute(sql, params![epoch, now])?;
    let id = transaction.last_insert_rowid();
    transaction.commit()?;
    Ok(id)
}

/// Reads what the hub starts with: of each room up to `memory` events, none from before `kept`.
pub(super) fn load(db: &Connection, memory: usize, kept: Millis, now: Millis) -> Result<Opened> {
    let _snapshot = db.unchecked_transaction()?;
    let mut rooms = Vec::new();
    let mut marks: HashMap<i64, Vec<(i64, u64)>> = HashMap::new();
    let mut found = db.prepare("SELECT room, epoch, last FROM marks ORDER BY epoch")?;
    let mut rows = found.query([])?;
    while let Some(row) = rows.next()? {
        marks
            .entry(row.get(0)?)
            .or_default()
            .push((row.get(1)?, row.get(2)?));
    }
    let mut epochs = Epochs::default();
    let mut found =
        db.prepare("SELECT epoch, id FROM epochs WHERE id < (SELECT max(id) FROM epochs)")?;
    let known = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    epochs.known = known.collect::<Result<_>>()?;
    let mut found = db.prepare("SELECT id, name, state, pin FROM rooms ORDER BY name")?;
    let mut rows = found.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name): (i64, Box<str>) = (row.get(0)?, row.get(1)?);
        let state = row.get_ref(2)?.as_str_or_null()?;
        let marks = marks.remove(&id).unwrap_or_default();
        let head = marks.last().map_or(0, |&(_, last)| last);
        rooms.push(OpenedRoom {
            head,
            state: state
                .and_then(|json| serde_json::from_str(json).ok())
                .unwrap_or_default(),
            pin: row.get(3)?,
            newest: newest(db, &name, head, memory, kept)?,
            name: name[..].into(),
        });
        epochs.marks.insert(name, marks);
    }
    let refs = refs(db, now.saturating_sub(KEEP_REF))?;
    Ok(Opened {
        rooms,
        epochs,
        refs,
    })
}

fn newest(
    db: &Connection,
    room: &str,
    head: u64,
    memory: usize,
    kept: Millis,
) -> Result<Vec<Event>> {
    let reading = Reading::of(db, room)?;
    let sql = "room = ?1 AND seq > ?2 ORDER BY seq";
    let mut events = reading.events(
        sql,
        params![reading.room, head.saturating_sub(memory as u64)],
    )?;
    // What the hub has in memory has no gap and ends with the last number.
    let fits = |(n, event): (usize, &Event)| event.seq + n as u64 == head && event.at >= kept;
    let whole = events
        .iter()
        .rev()
        .enumerate()
        .take_while(|&pair| fits(pair))
        .count();
    events.drain(..events.len() - whole);
    Ok(events)
}

/// The refs used since `cutoff`, oldest first within each room.
fn refs(db: &Connection, cutoff: Millis) -> Result<Vec<KnownRef>> {
    let mut refs = Vec::new();
    let mut of: HashMap<i64, (Arc<str>, u32)> = HashMap::new();
    let mut full: HashSet<i64> = HashSet::new();
    let mut authors = db.prepare("SELECT id, sub FROM authors")?;
    let mut rows = authors.query([])?;
    while let Some(row) = rows.next()? {
        of.insert(row.get(0)?, (row.get_ref(1)?.as_str()?.into(), 0));
    }
    let rooms = db
        .prepare("SELECT id, name FROM rooms")?
        .query_map([], |row| {
            Ok((row.get(0)?, Arc::from(row.get::<_, String>(1)?)))
        })?
        .collect::<Result<Vec<(i64, Arc<str>)>>>()?;
    let mut newest = db.prepare(
        "SELECT at, author, ref, seq, reply, text, kind, target FROM events
         WHERE room = ?1 ORDER BY seq DESC",
    )?;
    for (room, name) in rooms {
        let first = refs.len();
        let mut old = 0;
        let mut rows = newest.query([room])?;
        while let Some(row) = rows.next()? {
            let at: Millis = row.get(0)?;
            if at < cutoff {
                old += 1;
                if old == REFS_GIVE_UP {
                    break;
                }
                continue;
            }
            old = 0;
            let what = match (row.get(6)?, row.get(7)?) {
                (kind::MESSAGE, _) => RefRequest::Message,
                (kind::EDIT, Some(of)) => RefRequest::Edit { of },
                (kind::REACTION, Some(of)) => RefRequest::React { of },
                (kind::DELETE, Some(of)) => RefRequest::Delete { of, purge: false },
                (kind::PURGE, Some(of)) => RefRequest::Delete { of, purge: true },
                _ => continue,
            };
            let (author, Some(reference)) = (row.get(1)?, row.get_ref(2)?.as_str_or_null()?) else {
                continue;
            };
            let Some((sub, count)) = of.get_mut(&author).filter(|_| !full.contains(&author)) else {
                continue;
            };
            *count += 1;
            if *count == REFS_OF_ONE {
                full.insert(author);
            }
            refs.push(KnownRef {
                sub: Arc::clone(sub),
                reference: reference.into(),
                room: Arc::clone(&name),
                seq: row.get(3)?,
                at,
                what,
                text: row.get_ref(5)?.as_str_or_null()?.map(Json::quote),
                reply_to: row.get(4)?,
            });
            if full.len() == of.len() {
                break;
            }
        }
        refs[first..].reverse();
    }
    Ok(refs)
}
