//! The current state of messages: newest text, deletion, reactions. Each change touches the rows of
//! the message, of its newest edit and of its reactions, and no others: an edit costs the same
//! however many there were before.
//!
//! A text that an edit replaces is erased, because nobody may read it any more: a message row has
//! the newest text, and so has the row of the newest edit. After a plain deletion both stay in the
//! file, marked, until the message is purged.

use rusqlite::{Result, params};

use crate::model::event::Event;
use crate::model::time::Millis;
use crate::sqlite::around::Around;

/// The event `edit` gives the message `of` another text, and clears its reactions. Returns whether
/// an earlier text was erased.
pub(super) fn edit(
    db: &Around<'_>,
    room: i64,
    of: u64,
    (edit, at): (u64, Millis),
    text: Option<&str>,
) -> Result<bool> {
    db.prepare_cached(
        "UPDATE events SET text = NULL, stale = 1 WHERE room = ?1 AND seq =
             (SELECT edit FROM events WHERE room = ?1 AND seq = ?2 AND kind = 0 AND stale = 0)",
    )?
    .execute(params![room, of])?;
    let message = "UPDATE events SET text = ?3, edit = ?4, edited = ?5
                   WHERE room = ?1 AND seq = ?2 AND kind = 0 AND stale = 0";
    let mut message = db.prepare_cached(message)?;
    if message.execute(params![room, of, text, edit, at])? == 0 {
        // The message was deleted, or is no longer stored; the edit does not bring it back.
        let edited = "UPDATE events SET stale = 2, text = NULL WHERE room = ?1 AND seq = ?2";
        db.execute(edited, params![room, edit])?;
        return Ok(false);
    }
    clear_reactions(db, room, of)?;
    Ok(true)
}

/// The message `of` is deleted, and on a purge its text is erased.
pub(super) fn delete(db: &Around<'_>, room: i64, of: u64, purge: bool) -> Result<()> {
    let unpin = "UPDATE rooms SET pin = NULL WHERE id = ?1 AND pin = ?2";
    db.execute(unpin, params![room, of])?;
    let newest = "(SELECT edit FROM events WHERE room = ?1 AND seq = ?2 AND kind = 0)";
    // A question with a raised hand (8) is deleted like a message.
    for rows in ["?2 AND kind IN (0, 8)", newest] {
        let sql = format!("UPDATE events SET stale = 2 WHERE room = ?1 AND seq = {rows}");
        db.prepare_cached(&sql)?.execute(params![room, of])?;
    }
    if purge {
        // What clients chose as refs goes, too, so this one visits all edits.
        for rows in ["seq = ?2 AND kind IN (0, 8)", "target = ?2 AND kind = 1"] {
            let sql =
                format!("UPDATE events SET text = NULL, ref = NULL WHERE room = ?1 AND {rows}");
            db.execute(&sql, params![room, of])?;
        }
    }
    clear_reactions(db, room, of)
}

/// The event is a reaction to the message `of`, in place of the person's earlier one; `None` takes
/// that back.
pub(super) fn react(
    db: &Around<'_>,
    (room, author): (i64, i64),
    of: u64,
    event: &Event,
    emoji: Option<&str>,
) -> Result<()> {
    let (sub, seq) = (&event.by.sub, event.seq);
    let Some(emoji) = emoji else {
        let sql = "DELETE FROM reactions WHERE room = ?1 AND target = ?2 AND sub = ?3";
        let mut remove = db.prepare_cached(sql)?;
        return remove.execute(params![room, of, sub]).map(drop);
    };
    db.prepare_cached(
        "INSERT OR REPLACE INTO reactions(room, target, sub, author, seq, emoji)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS
             (SELECT 1 FROM events WHERE room = ?1 AND seq = ?2 AND kind = 0 AND stale = 0)",
    )?
    .execute(params![room, of, sub, author, seq, emoji])
    .map(drop)
}

fn clear_reactions(db: &Around<'_>, room: i64, of: u64) -> Result<()> {
    let sql = "DELETE FROM reactions WHERE room = ?1 AND target = ?2";
    let clear = || db.prepare_cached(sql)?.execute(params![room, of]);
    db.apart("reactions", clear).map(drop)
}
