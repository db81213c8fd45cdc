//! The transaction of the writing thread.

use rusqlite::Result;

use crate::model::time::unix_millis;
use crate::sqlite::around::Around;
use crate::sqlite::expiry::Retention;
use crate::sqlite::gathering::write_all;
use crate::sqlite::identity;
use crate::sqlite::row_writer::RowWriter;
use crate::sqlite::size::SizeWatch;
use crate::store::position::Position;
use crate::store::queue::Job;

/// Writes the group in one transaction. If an earlier COMMIT failed after it had reached the disk,
/// `epochs.jobs` shows it, and the group is not written twice. Returns the bytes in use.
pub(super) fn write_and_commit(
    db: &Around<'_>,
    (rows, size): (&mut RowWriter, &SizeWatch),
    retention: &Retention,
    (group, reached): (&[Job], Option<&Position>),
    last: u64,
) -> Result<u64> {
    if !db.is_autocommit() {
        db.execute_batch("ROLLBACK")?;
    }
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut jobs = db.prepare_cached("SELECT jobs FROM epochs WHERE id = ?1")?;
    // A new history that follows another node has no epoch yet.
    let jobs: u64 = match rows.epoch {
        0 => 0,
        epoch => jobs.query_row([epoch], |row| row.get(0))?,
    };
    if jobs < last {
        rows.begin(db)?;
        (rows.trusted, rows.end_of_grain) = retention.moment();
        write_all(db, rows, group)?;
        if let Some(reached) = reached {
            identity::note_position(db, reached)?;
        }
        rows.finish(db, last, unix_millis())?;
    }
    // Asked here, it needs no transaction of its own.
    let used = size.used(db)?;
    db.prepare_cached("COMMIT")?.execute([])?;
    rows.ages.settle();
    Ok(used)
}
