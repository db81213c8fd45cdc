//! The tables, and the migration of older files.
//!
//! `user_version` counts the steps of [`MIGRATIONS`] that were applied to a file. A released step
//! never changes; a change of the schema is a new step. All missing steps run in one transaction,
//! so that a file is never between two versions.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::sqlite::error::StoreError;
use crate::sqlite::{files, identity, records, visitors, whispers};

/// Identifies the file as a history of this server: `GLRM`.
const APPLICATION_ID: i64 = 0x474c_524d;

/// The steps of the schema, oldest first.
const MIGRATIONS: &[&str] = &[
    V1_LOG,
    V2_ATTENDANCE,
    V3_TASKS,
    V4_STATE,
    identity::STEP,
    records::STEP,
    V7_LESSONS,
    whispers::STEP,
    visitors::STEP,
];

/// The `user_version` of a current file.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

const V1_LOG: &str = "
    CREATE TABLE rooms(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        state TEXT,                     -- the rules as JSON; NULL: never set
        pin INTEGER                     -- the pinned message
    );
    -- A person as they appeared: another name or role is another row. `used` is at most an hour
    -- older than the newest row that refers to it.
    CREATE TABLE authors(
        id INTEGER PRIMARY KEY,
        sub TEXT NOT NULL,
        shown TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        used INTEGER NOT NULL,
        UNIQUE(sub, shown, name, role)
    );
    -- One row per start of the server. `jobs`: the number of the last job that was committed.
    CREATE TABLE epochs(
        id INTEGER PRIMARY KEY,
        epoch TEXT NOT NULL UNIQUE,
        began INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        jobs INTEGER NOT NULL DEFAULT 0
    );
    -- The last number that an epoch committed in a room. The newest mark of a room outlives its
    -- events, so that numbers continue after everything was deleted.
    CREATE TABLE marks(
        epoch INTEGER NOT NULL,
        room INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY(epoch, room)
    ) WITHOUT ROWID;
    -- kind: 0 message, 1 edit, 2 delete, 3 purge, 4 reaction, 5 pin, 6 state.
    -- text: of messages and edits the text, of reactions the emoji, of states JSON.
    -- stale: 0 the text is current, 1 an edit replaced it, 2 it was deleted.
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
        target INTEGER,                 -- an author
        room INTEGER,
        reason TEXT,
        until INTEGER
    );
";

const V2_ATTENDANCE: &str = "
    -- One row per connection and room. left: NULL while the connection is in the room.
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
    -- One row per author and task of the course. attempts: up to the first pass. passed: the time
    -- of the first pass; NULL: not passed yet.
    CREATE TABLE tasks(
        author INTEGER NOT NULL,
        task INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        last INTEGER NOT NULL,
        passed INTEGER,
        PRIMARY KEY(author, task)
    ) WITHOUT ROWID;
";

const V4_STATE: &str = "
    -- The current state of messages is kept as state, so that an edit and a page of history cost
    -- the same however often something was changed. From here on, the text of a message is its
    -- newest text, and an edit that a later one replaced has no text.
    -- stale: 0 the text is current, 1 a later edit replaced this one, 2 it was deleted.
    -- edit: the number of a message's newest edit; edited: its time.
    ALTER TABLE events ADD COLUMN edit INTEGER;
    ALTER TABLE events ADD COLUMN edited INTEGER;
    -- prior: of an event that is no message, the number of the last message before it (0: none), so
    -- that a page does not walk through the changes between messages. (An index would cost every
    -- message a third more.)
    ALTER TABLE events ADD COLUMN prior INTEGER;
    -- The reactions that a message has now: one of each person. seq: the event.
    CREATE TABLE reactions(
        room INTEGER NOT NULL,
        target INTEGER NOT NULL,
        sub TEXT NOT NULL,
        author INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        emoji TEXT NOT NULL,
        PRIMARY KEY(room, target, sub)
    ) WITHOUT ROWID;

    CREATE TABLE newest(                -- dropped below
        room INTEGER NOT NULL,
        target INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY(room, target)
    ) WITHOUT ROWID;
    INSERT INTO newest SELECT room, target, max(seq) FROM events
        WHERE kind = 1 AND target IS NOT NULL GROUP BY room, target;
    -- A text that was purged stays away.
    UPDATE events SET (text, edit, edited, stale) = (
            SELECT iif(events.text IS NULL, NULL, e.text), e.seq, e.at, iif(events.stale = 2, 2, 0)
            FROM newest n CROSS JOIN events e ON e.room = n.room AND e.seq = n.seq
            WHERE n.room = events.room AND n.target = events.seq)
        WHERE kind = 0 AND EXISTS
            (SELECT 1 FROM newest n WHERE n.room = events.room AND n.target = events.seq);
    UPDATE events SET text = NULL, stale = 1
        WHERE kind = 1 AND seq < (SELECT n.seq FROM newest n
                                  WHERE n.room = events.room AND n.target = events.target);
    INSERT INTO reactions(room, target, sub, author, seq, emoji)
        SELECT room, target, sub, author, seq, emoji FROM (
            SELECT e.room, e.target, a.sub, e.author, max(e.seq) AS seq, e.text AS emoji
            FROM events e
            CROSS JOIN events m ON m.room = e.room AND m.seq = e.target
                AND m.kind = 0 AND m.stale < 2
            CROSS JOIN authors a ON a.id = e.author
            WHERE e.kind = 4 AND e.seq > coalesce(m.edit, 0)
            GROUP BY e.room, e.target, a.sub)
        WHERE emoji IS NOT NULL;
    DROP TABLE newest;
    UPDATE events SET prior = before.message
        FROM (SELECT room, seq, coalesce(max(iif(kind = 0, seq, NULL))
                  OVER (PARTITION BY room ORDER BY seq), 0) AS message FROM events) AS before
        WHERE events.room = before.room AND events.seq = before.seq AND events.kind > 0;

    -- How old things are, by the clock that `history.keep` trusts (retention.rs). One row: its time,
    -- the wall clock at that moment, how long a doubted wall clock has gone on evenly, and the
    -- first moment that moves with the end of the doubt (NULL: there is none).
    CREATE TABLE retention(
        id INTEGER PRIMARY KEY CHECK (id = 1),
        trusted INTEGER NOT NULL,
        wall INTEGER NOT NULL,
        witnessed INTEGER NOT NULL,
        doubt INTEGER
    );
    -- Every event of the room up to number `last` was written before the trusted time `at`.
    CREATE TABLE ages(
        room INTEGER NOT NULL,
        last INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY(room, last)
    ) WITHOUT ROWID;
    INSERT INTO ages(room, last, at) SELECT room, max(seq), hour FROM (
            SELECT room, seq, 3600000 * (1 +
                max(at) OVER (PARTITION BY room ORDER BY seq) / 3600000) AS hour FROM events)
        GROUP BY room, hour;
    -- kept: the trusted time at which the row was last written; NULL: an older version wrote it.
    ALTER TABLE visits ADD COLUMN kept INTEGER;
    ALTER TABLE audit ADD COLUMN kept INTEGER;
    ALTER TABLE tasks ADD COLUMN kept INTEGER;
";

const V7_LESSONS: &str = "
    -- The number of the event with which the last lesson ended; NULL: none has.
    ALTER TABLE rooms ADD COLUMN lesson INTEGER;
    -- kind 7: the lesson ended.
";

/// Migrates the file of `connection` to [`VERSION`]. Returns whether it had an earlier one.
///
/// # Errors
///
/// The file is not a history, it has a later version, or SQLite fails; nothing has changed then.
pub(super) fn migrate(connection: &mut Connection) -> Result<bool, StoreError> {
    migrate_by(connection, MIGRATIONS)
}

/// Migrates a file to an earlier version, as [`migrate`] does.
pub(super) fn migrate_to(connection: &mut Connection, version: usize) -> Result<bool, StoreError> {
    migrate_by(connection, MIGRATIONS.get(..version).unwrap_or(MIGRATIONS))
}

/// Returns the version that the tables of a file have, whatever its header says. `None`: they are
/// not those of a history.
pub(super) fn guess(connection: &Connection) -> Option<usize> {
    let has = tables(connection).ok()?;
    let fits = |version: &usize| {
        let mut other = Connection::open_in_memory().ok()?;
        migrate_to(&mut other, *version).ok()?;
        let wanted = tables(&other).ok()?;
        wanted.is_subset(&has).then_some(())
    };
    (1..=MIGRATIONS.len())
        .rev()
        .find(|version| fits(version).is_some())
}

/// Whether a file has exactly the tables of this version.
pub(super) fn is_current(connection: &Connection) -> bool {
    let current = || -> Result<bool, StoreError> {
        let mut other = Connection::open_in_memory()?;
        migrate(&mut other)?;
        Ok(tables(connection)? == tables(&other)?)
    };
    current().unwrap_or(false)
}

/// The columns of all tables.
fn tables(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let sql = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    let mut columns = connection.prepare(sql)?;
    let columns = columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    columns.collect()
}

/// The first page of a new history, which `scratch` is written for.
pub(super) fn first_page(scratch: &Path) -> Result<Vec<u8>, StoreError> {
    files::remove(scratch)?;
    let mut new = Connection::open(scratch)?;
    migrate(&mut new)?;
    let size: usize = new.pragma_query_value(None, "page_size", |row| row.get(0))?;
    new.close().map_err(|(_, error)| error)?;
    let mut bytes = std::fs::read(scratch)?;
    files::remove(scratch)?;
    bytes.truncate(size);
    Ok(bytes)
}

fn migrate_by(connection: &mut Connection, steps: &[&str]) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version_of(&transaction)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let known = steps.len() as i64;
    let due = steps
        .get(done..)
        .ok_or(StoreError::Newer { version, known })?;
    if due.is_empty() {
        return Ok(false);
    }
    if done > 0 {
        log::info!(
            "the history is being migrated from version {version}; a large one takes up to a minute"
        );
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
    Ok(done > 0)
}

/// Checks that the file is a history of the current version.
///
/// # Errors
///
/// The file is not a history, has another version, or cannot be read.
pub(super) fn verify(connection: &Connection) -> Result<(), StoreError> {
    match version_of(connection)? {
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

/// Returns the version of a history; 0 for an empty file.
pub(super) fn version_of(connection: &Connection) -> Result<i64, StoreError> {
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
    fn a_later_version_and_a_foreign_file_are_left_unchanged() {
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
