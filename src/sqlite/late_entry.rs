//! An entry of the audit log that is written without a server: by `glassroom revoke` and `glassroom
//! forget` when none runs.

use crate::config::Keep;
use crate::sqlite::ages;
use crate::sqlite::around::Around;
use crate::sqlite::connect::connect;
use crate::sqlite::error::StoreError;
use crate::sqlite::row_writer::RowWriter;
use crate::sqlite::{files, schema};
use crate::store::queue::{Audit, Job, Note};
use std::path::Path;

/// Appends entries to the audit log of the file at `path`, which must exist.
///
/// # Errors
///
/// A server uses the file, it cannot be written, or it is not a history of this version; nothing is
/// written then.
pub(crate) fn append(path: &Path, entries: Vec<Audit>) -> Result<(), StoreError> {
    let _lock = files::lock(path)?;
    let db = connect(path)?;
    schema::verify(&db)?;
    let newest = entries.iter().map(|entry| entry.at).max();
    let entries = entries.into_iter().map(Box::new).map(Note::Audit);
    let jobs: Vec<Job> = entries.map(Job::Note).collect();
    Around::transaction(&db, |db| {
        let mut writer = RowWriter::new(0, Keep::Forever);
        // No time passes for what is kept while no server runs.
        let known = ages::load_state(db)?.map(|state| state.trusted);
        writer.trusted = known.or(newest).unwrap_or_default();
        writer.begin(db)?;
        jobs.iter().try_for_each(|job| writer.write(db, job))
    })?;
    Ok(())
}
