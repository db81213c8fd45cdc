//! Erasing the lesson of one class, where several share a server.

use rusqlite::Result;

use crate::sqlite::around::Around;
use crate::sqlite::whispers;

/// Erases the history of these rooms, but not the last number of each. Returns how many events they had.
/// What belongs to no room stays until it is older than the history of every class.
pub(super) fn erase_lesson(db: &Around<'_>, rooms: &[Box<str>]) -> Result<usize> {
    let mut events = 0;
    for room in rooms {
        let of_room = "WHERE room = (SELECT id FROM rooms WHERE name = ?1)";
        let erase = |table: &str, also: &str| {
            let sql = format!("DELETE FROM {table} {of_room}{also}");
            db.apart(table, || db.execute(&sql, [room]))
        };
        events += erase("events", "")?.unwrap_or(0);
        for table in ["reactions", "visits", "audit", "whispers"] {
            erase(table, "")?;
        }
        erase("records", " AND own")?;
        db.execute("UPDATE rooms SET pin = NULL WHERE name = ?1", [room])?;
    }
    db.apart("whisper_reads", || whispers::erase_lone_reads(db))?;
    Ok(events)
}
