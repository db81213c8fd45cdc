//! An entry of the audit log that is written without a server: by `glassroom revoke` and `glassroom
//! forget` when none runs.

use crate::config::Keep;
use crate::sqlite::ages;
use crate::sqlite::connect::connect;
use crate::sqlite::error::StoreError;
use crate::sqlite::row_writer::RowWriter;
use crate::sqlite::{files, schema};
use crate::store::queue::{Audit, Job, Note};
use rusqlite::TransactionBehavior;
use std::path::Path;

/// Appends entries to the audit log of the file at `path`, which must exist.
///
/// # Errors
///
/// A server uses the file, it cannot be written, or it is not a history of this version; nothing is
/// written then.
pub(crate) fn append(path: &Path, entries: Vec<Audit>) -> Result<(), StoreError> {
    let _lock = files::lock(path)?;
    let mut db = connect(path)?;
    schema::verify(&db)?;
    let newest = entries.iter().map(|entry| entry.at).max();
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut writer = RowWriter::new(0, Keep::Forever);
    // No time passes for what is kept while no server runs.
    let known = ages::load_state(&transaction)?.map(|state| state.trusted);
    writer.trusted = known.or(newest).unwrap_or_default();
    writer.begin(&transaction)?;
    for entry in entries {
        let note = Note::Audit(Box::new(entry));
        writer.write(&transaction, &Job::Note(note))?;
    }
    Ok(transaction.commit()?)
}
