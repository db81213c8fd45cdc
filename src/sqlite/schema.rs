//! The tables, and how an older file becomes a current one.
//!
//! `user_version` counts the steps of [`MIGRATIONS`] that a file has been through. A step never
//! changes once it was released; whoever needs something else adds a step. All that are due run in
//! one transaction, so that a file is never between two versions.

use rusqlite::{Connection, TransactionBehavior};

use crate::sqlite::error::StoreError;

/// Marks the file as ours: `GLRM`.
const APPLICATION_ID: i64 = 0x474c_524d;

/// One step each, oldest first.
const MIGRATIONS: &[&str] = &[V1_LOG, V2_ATTENDANCE, V3_TASKS];

/// What a current file has in `user_version`.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

const V1_LOG: &str = "
    CREATE TABLE rooms(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        state TEXT,                     -- the rules as JSON; NULL: none were ever set
        pin INTEGER                     -- the message that is pinned
    );
    -- A person as they appeared: another name or role is another row. `used` is at most an hour
    -- older than the last thing that refers to the row.
    CREATE TABLE authors(
        id INTEGER PRIMARY KEY,
        sub TEXT NOT NULL,
        shown TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        used INTEGER NOT NULL,
        UNIQUE(sub, shown, name, role)
    );
    -- One row per start of the server. `jobs`: how much of what it did is committed.
    CREATE TABLE epochs(
        id INTEGER PRIMARY KEY,
        epoch TEXT NOT NULL UNIQUE,
        began INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        jobs INTEGER NOT NULL DEFAULT 0
    );
    -- The last number of a room that was committed under an epoch. The highest of a room outlives
    -- its events: numbers go on where they stopped, whatever was deleted.
    CREATE TABLE marks(
        epoch INTEGER NOT NULL,
        room INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY(epoch, room)
    ) WITHOUT ROWID;
    -- kind: 0 message, 1 edit, 2 delete, 3 purge, 4 reaction, 5 pin, 6 state.
    -- text: of messages and edits the text, of reactions the emoji, of states JSON.
    -- stale: 0 the text counts, 1 an edit replaced it, 2 it was deleted.
    CREATE TABLE events(
        room INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        at INTEGER NOT NULL,
        author INTEGER NOT NULL,
        stale INTEGER NOT NULL DEFAULT 0,
        target INTEGER,
        reply INTEGER,
        ref TEXT,
        text TEXT,
        PRIMARY KEY(room, seq)
    ) WITHOUT ROWID;
    CREATE INDEX changes ON events(room, target) WHERE target IS NOT NULL;
    CREATE TABLE audit(
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        author INTEGER NOT NULL,
        action TEXT NOT NULL,
        target INTEGER,                 -- an author, too
        room INTEGER,
        reason TEXT,
        until INTEGER
    );
";

const V2_ATTENDANCE: &str = "
    -- One row per connection and room. left: NULL while it is there.
    CREATE TABLE visits(
        id INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        author INTEGER NOT NULL,
        connection INTEGER NOT NULL,
        came INTEGER NOT NULL,
        left INTEGER
    );
    CREATE INDEX visits_came ON visits(room, came);
    CREATE INDEX visits_left ON visits(room, left);
    CREATE INDEX visits_open ON visits(connection, room) WHERE left IS NULL;
";

const V3_TASKS: &str = "
    -- One row per person, as they appeared, and task of the course. attempts: up to the first that
    -- was passed. passed: when that was; NULL: not yet.
    CREATE TABLE tasks(
        author INTEGER NOT NULL,
        task INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        last INTEGER NOT NULL,
        passed INTEGER,
        PRIMARY KEY(author, task)
    ) WITHOUT ROWID;
";

/// Brings the file of `connection` up to [`VERSION`].
///
/// # Errors
///
/// It is not ours, it is of a later version, or SQLite fails; nothing has changed then.
pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    migrate_by(connection, MIGRATIONS)
}

fn migrate_by(connection: &mut Connection, steps: &[&str]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = recognise(&transaction)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let known = steps.len() as i64;
    let due = steps
        .get(done..)
        .ok_or(StoreError::Newer { version, known })?;
    if due.is_empty() {
        return Ok(());
    }
    for step in due {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", steps.len() as i64)?;
    transaction.commit()?;
    if done > 0 {
        log::info!(
            "the history was migrated from version {version} to {}",
            steps.len()
        );
    }
    Ok(())
}

/// For those who only read, and change nothing: whether the file is ours and current.
///
/// # Errors
///
/// It is not.
pub fn verify(connection: &Connection) -> Result<(), StoreError> {
    match recognise(connection)? {
        VERSION => Ok(()),
        version if version < VERSION => Err(StoreError::Older {
            version,
            needed: VERSION,
        }),
        version => Err(StoreError::Newer {
            version,
            known: VERSION,
        }),
    }
}

/// The file's version; 0 for an empty one.
fn recognise(connection: &Connection) -> Result<i64, StoreError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables = "SELECT count(*) FROM sqlite_schema";
    let empty = connection.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0;
    match application {
        APPLICATION_ID => Ok(version),
        0 if empty && version == 0 => Ok(0),
        _ => Err(StoreError::Foreign),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(connection: &Connection) -> i64 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .expect("a number")
    }

    #[test]
    fn an_empty_file_goes_through_every_step_once() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection).expect("migrated");
        assert_eq!(version(&connection), VERSION);
        migrate(&mut connection).expect("nothing to do");
        verify(&connection).expect("current");
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate_by(&mut connection, &[V1_LOG]).expect("version 1");
        let broken = [V1_LOG, "CREATE TABLE more(x); CREATE TABLE rooms(x);"];
        assert!(matches!(
            migrate_by(&mut connection, &broken),
            Err(StoreError::Sqlite(_))
        ));
        assert_eq!(version(&connection), 1);
        assert!(connection.prepare("SELECT * FROM more").is_err());
        assert!(matches!(
            verify(&connection),
            Err(StoreError::Older { version: 1, .. })
        ));
        migrate(&mut connection).expect("the right steps still work");
    }

    #[test]
    fn a_later_version_and_somebody_elses_file_are_left_alone() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection).expect("migrated");
        connection
            .pragma_update(None, "user_version", 99)
            .expect("set");
        assert!(matches!(
            migrate(&mut connection),
            Err(StoreError::Newer { version: 99, .. })
        ));
        let mut other = Connection::open_in_memory().expect("memory");
        other
            .execute_batch("CREATE TABLE theirs(x)")
            .expect("a table");
        assert!(matches!(migrate(&mut other), Err(StoreError::Foreign)));
    }
}
