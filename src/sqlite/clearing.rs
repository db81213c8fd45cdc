//! Messages that are cleared in one act: they are marked, and their texts and reactions stay, because that
//! may be undone.

use rusqlite::{Result, params};

use crate::sqlite::around::Around;
use crate::sqlite::values::{CLEARED, CURRENT};

/// The messages `of` are cleared.
pub(super) fn clear(db: &Around<'_>, (room, name): (i64, &str), of: &[u64]) -> Result<()> {
    of.iter().try_for_each(|&of| {
        let clear = || {
            let unpin = "UPDATE rooms SET pin = NULL WHERE id = ?1 AND pin = ?2";
            db.prepare_cached(unpin)?.execute(params![room, of])?;
            mark(db, room, of, (CURRENT, CLEARED))
        };
        db.apart(&state_of(name, of), clear).map(drop)
    })
}

/// The messages `of`, which the event `cleared` had cleared, are as they were, but for those that were
/// deleted since.
pub(super) fn restore(
    db: &Around<'_>,
    (room, name): (i64, &str),
    of: &[u64],
    cleared: u64,
) -> Result<()> {
    // The event changes nothing any more.
    let undone = "UPDATE events SET stale = 1 WHERE room = ?1 AND seq = ?2 AND kind = 12";
    db.execute(undone, params![room, cleared])?;
    of.iter().try_for_each(|&of| {
        let restore = || mark(db, room, of, (CLEARED, CURRENT));
        db.apart(&state_of(name, of), restore).map(drop)
    })
}

/// Marks a message and its newest edit, if both have the mark `from`.
fn mark(db: &Around<'_>, room: i64, of: u64, (from, to): (i64, i64)) -> Result<()> {
    let newest =
        "(SELECT edit FROM events WHERE room = ?1 AND seq = ?2 AND kind = 0 AND stale = ?3)";
    for row in [&format!("{newest} AND kind = 1"), "?2 AND kind IN (0, 8)"] {
        let sql =
            format!("UPDATE events SET stale = ?4 WHERE room = ?1 AND stale = ?3 AND seq = {row}");
        db.prepare_cached(&sql)?
            .execute(params![room, of, from, to])?;
    }
    Ok(())
}

fn state_of(room: &str, seq: u64) -> String {
    format!("events, room {room:?}, the current state of seq {seq}")
}
