//! How values of the chat are written in SQLite.

/// The numbers in `events.kind`.
pub(super) mod kind {
    pub(crate) const MESSAGE: i64 = 0;
    pub(crate) const EDIT: i64 = 1;
    pub(crate) const DELETE: i64 = 2;
    pub(crate) const PURGE: i64 = 3;
    pub(crate) const REACTION: i64 = 4;
    pub(crate) const PIN: i64 = 5;
    pub(crate) const STATE: i64 = 6;
    pub(crate) const LESSON_END: i64 = 7;
    pub(crate) const HAND: i64 = 8;
    pub(crate) const POLL: i64 = 9;
    pub(crate) const POLL_CLOSED: i64 = 10;
    pub(crate) const POLL_PUBLISHED: i64 = 11;
    pub(crate) const CLEAR: i64 = 12;
    pub(crate) const RESTORE: i64 = 13;
    /// The last of them.
    pub(crate) const LAST: i64 = RESTORE;
    /// All of them.
    pub(crate) const KNOWN: std::ops::RangeInclusive<i64> = MESSAGE..=LAST;
}

/// The number in `events.stale` of an edit that a later one replaced, and of a clearing that was undone.
pub(super) const SUPERSEDED: i64 = 1;

/// The number in `events.stale` of an event whose text is current.
pub(super) const CURRENT: i64 = 0;

/// The number in `events.stale` of a message that was cleared with others, and of its newest edit. (2: it
/// was deleted.)
pub(super) const CLEARED: i64 = 3;

/// The largest number of an event: every client can read it in JSON. A room never gets there, so a
/// larger number is damage, and the next one must not follow it.
pub(super) const LARGEST_SEQ: i64 = (1 << 53) - 1;

/// The latest time that is one, in milliseconds: the end of the year 9999. A later one is damage.
pub(super) const LATEST: u64 = 253_402_300_799_999;

/// Converts a number that a client sent. It may exceed SQLite's largest integer, and then that
/// largest integer stands for it.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
