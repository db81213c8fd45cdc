//! Writing to a file in which bytes are wrong: a transaction goes on without the tables that it can do
//! without, so that one damaged page of the attendance does not keep messages from being stored.
//!
//! SQLite refuses every further write of a transaction that has met damage. So such a transaction is
//! rolled back and run again, and then leaves out what failed. The next transaction tries everything:
//! most rows of a table are not on its damaged page.

use crate::sqlite::damage;
use crate::sqlite::error::is_damage;
use rusqlite::{Connection, Error, ErrorCode, Result, Transaction, TransactionBehavior};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Deref;

/// The connection of a transaction that leaves out what is damaged.
pub(super) struct Around<'a> {
    db: &'a Connection,
    left_out: RefCell<BTreeSet<Box<str>>>,
}

impl Deref for Around<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.db
    }
}

impl Around<'_> {
    /// Runs `attempt`, which runs a transaction and rolls it back if it fails, and again as long as it
    /// finds something more to leave out.
    pub(super) fn run<T>(
        db: &Connection,
        mut attempt: impl FnMut(&Around<'_>) -> Result<T>,
    ) -> Result<T> {
        let around = Around {
            db,
            left_out: RefCell::default(),
        };
        let count = || around.left_out.borrow().len();
        loop {
            let before = count();
            match attempt(&around) {
                Err(_) if count() > before => {}
                result => return result,
            }
        }
    }

    /// The same, with a transaction around `attempt`.
    pub(super) fn transaction<T>(
        db: &Connection,
        mut attempt: impl FnMut(&Around<'_>) -> Result<T>,
    ) -> Result<T> {
        Around::run(db, |around| {
            let immediate = TransactionBehavior::Immediate;
            let transaction = Transaction::new_unchecked(db, immediate)?;
            let result = attempt(around)?;
            transaction.commit().map(|()| result)
        })
    }

    /// Writes to a table that the transaction can do without. `None`: that was left out. If bytes of
    /// the table are wrong, or its rows contradict each other, the error says so, and the next attempt
    /// leaves it out. Any other error, such as a full disk, is one of the transaction.
    pub(super) fn apart<T>(
        &self,
        table: &str,
        write: impl FnOnce() -> Result<T>,
    ) -> Result<Option<T>> {
        if self.left_out.borrow().contains(table) {
            return Ok(None);
        }
        let before = self.left_out.borrow().len();
        let written = write();
        // Unless a part of it can be left out.
        if let Err(error) = &written
            && self.left_out.borrow().len() == before
            && is_of_the_table(error)
        {
            damage::report(format_args!("{table}: {error}"));
            self.left_out.borrow_mut().insert(table.into());
        }
        written.map(Some)
    }
}

/// Whether rows cannot be written because of what stands in their table, or in themselves.
fn is_of_the_table(error: &Error) -> bool {
    is_damage(error)
        || damage::is_wrong_value(error)
        || matches!(error, Error::ToSqlConversionFailure(..))
        || error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
