//! Finding the people of the history, by what somebody remembers of them.

use std::path::Path;

use rusqlite::Result;

use crate::model::event::Author;
use crate::sqlite::archive::Archive;
use crate::sqlite::authors;
use crate::sqlite::error::StoreError;

/// Returns the people that `who` may mean: the person with that `sub` or id, or else everybody who
/// ever had that name. Each is returned as they appeared last.
///
/// # Errors
///
/// The file cannot be read, or is not a history of this version.
pub fn find_people(path: &Path, who: &str) -> std::result::Result<Vec<Author>, StoreError> {
    Ok(find_people_in(&Archive::open(path)?, who)?)
}

/// The same, in a history that is open.
pub(crate) fn find_people_in(archive: &Archive, who: &str) -> Result<Vec<Author>> {
    let db = archive.db();
    let matching = |condition: &str| -> Result<Vec<Author>> {
        let sql = format!(
            "SELECT sub, shown, name, role, max(used) FROM authors
             WHERE sub IN (SELECT sub FROM authors WHERE {condition}) GROUP BY sub"
        );
        let mut people = db.prepare(&sql)?;
        people.query_map([who], authors::from_row)?.collect()
    };
    let by_id = matching("sub = ?1 OR shown = ?1")?;
    if !by_id.is_empty() {
        return Ok(by_id);
    }
    matching("name = ?1")
}
