//! How values of the chat are written in SQLite.

/// The numbers in `events.kind`.
pub(super) mod kind {
    pub const MESSAGE: i64 = 0;
    pub const EDIT: i64 = 1;
    pub const DELETE: i64 = 2;
    pub const PURGE: i64 = 3;
    pub const REACTION: i64 = 4;
    pub const PIN: i64 = 5;
    pub const STATE: i64 = 6;
}

/// Converts a number that a client sent. It may exceed SQLite's largest integer, and then that
/// largest integer stands for it.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
