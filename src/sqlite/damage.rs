//! Reads a file in which some bytes are wrong. A value or page that cannot be read is reported and left
//! out, and the rest is read.
//!
//! - A **row** may have a text that is not UTF-8, a number that is none, or an unknown kind. Numbers
//!   of events have no gaps, so such an event is read as a message without text, like a purged one.
//! - A **page** may be damaged, and SQLite then refuses every query that touches it. [`bisect`] reads
//!   around it.
//!
//! Nothing is changed here: `glassroom check` names all damage, and `glassroom repair` writes a new
//! file.

use crate::model::event::{Author, Event, EventKind};
use crate::model::time::Millis;
use crate::sqlite::error::is_damage;
use crate::support::log_throttle::LogThrottle;
use rusqlite::types::ValueRef;
use rusqlite::{Result, Row};
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Most places of damage that are named in the log of one run. A damaged page has many rows.
const MAX_NAMED: usize = 100;

/// The damage that the log has named in this run.
struct Reports {
    named: Vec<String>,
    others: LogThrottle,
}

/// Logs what cannot be read: each place once, because it is read often, and after [`MAX_NAMED`] places
/// how many more there were, at most once a second.
pub(super) fn report(what: impl Display) {
    static REPORTS: Mutex<Option<Reports>> = Mutex::new(None);
    let what = what.to_string();
    let mut reports = REPORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let reports = reports.get_or_insert_with(|| Reports {
        named: Vec::new(),
        others: LogThrottle::default(),
    });
    if reports.named.contains(&what) {
        return;
    }
    let more = if reports.named.len() < MAX_NAMED {
        reports.named.push(what.clone());
        Some(1)
    } else {
        reports.others.again(Instant::now())
    };
    if let Some(count) = more {
        let more = match count {
            0 | 1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        log::error!(
            "the history is damaged, and this is left out: {what}{more}; `glassroom check --data DIR` \
             names all damage, `glassroom repair --data DIR` saves the rest"
        );
    }
}

/// Returns a value, or reports that the row cannot be read.
pub(super) fn or_report<T>(found: Result<T>, what: impl FnOnce() -> String) -> Option<T> {
    found
        .map_err(|error| report(format_args!("{}: {error}", what())))
        .ok()
}

/// Returns what a statement about a table gave; `None`, reported, if bytes of that table are wrong.
/// Not for the middle of a transaction that writes: what a statement did before it failed stays.
pub(super) fn or_without<T>(table: &str, result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if is_damage(&error) || is_wrong_value(&error) => {
            report(format_args!("{table}: {error}"));
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// Whether a value that was read is none of those that this program writes.
pub(super) fn is_wrong_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    matches!(
        error,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..)
    )
}

/// An event that cannot be read: its number stays taken.
pub(super) fn unreadable(room: &Arc<str>, seq: u64, at: Millis) -> Event {
    Event {
        room: Arc::clone(room),
        seq,
        at,
        by: Arc::new(Author::nobody()),
        what: EventKind::Message {
            text: None,
            reply_to: None,
        },
        reference: None,
    }
}

/// Returns a text with U+FFFD for each byte that is wrong; empty for what is no text.
pub(super) fn lossy(row: &Row<'_>, column: usize) -> Result<Box<str>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into(),
        _ => "".into(),
    })
}

/// Reads the numbers from `from` up to `to`, which is left out, in ascending or descending order.
/// Where a page is damaged, it halves what it reads until only single numbers are left out, and
/// tells `lost` of each. `read` must not keep anything of a part that fails.
pub(super) fn bisect(
    (from, to): (u64, u64),
    descending: bool,
    read: &mut dyn FnMut(u64, u64) -> Result<()>,
    lost: &mut dyn FnMut(u64),
) -> Result<()> {
    if from >= to {
        return Ok(());
    }
    match read(from, to) {
        Err(error) if is_damage(&error) => {}
        other => return other,
    }
    if to - from == 1 {
        lost(from);
        return Ok(());
    }
    let middle = from + (to - from) / 2;
    let mut halves = [(from, middle), (middle, to)];
    if descending {
        halves.reverse();
    }
    halves
        .into_iter()
        .try_for_each(|half| bisect(half, descending, read, lost))
}

/// Puts an unreadable event in the place of every number from `from` up to `to`, which is left out,
/// that `events` lacks. Those are in ascending order; one that is not has a damaged number, and
/// is left out.
pub(super) fn fill(room: &Arc<str>, (from, to): (u64, u64), events: Vec<Event>) -> Vec<Event> {
    let mut filled: Vec<Event> = Vec::with_capacity(events.len());
    let mut at = events.first().map_or(0, |event| event.at);
    let mut next = from;
    for event in events {
        if event.seq < next || event.seq >= to {
            continue;
        }
        while next < event.seq {
            filled.push(unreadable(room, next, at));
            next += 1;
        }
        at = event.at;
        next = event.seq + 1;
        filled.push(event);
    }
    while next < to {
        filled.push(unreadable(room, next, at));
        next += 1;
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::{event, said};
    use rusqlite::ffi;

    #[test]
    fn reading_goes_around_what_is_damaged_in_either_order() {
        let damaged = [7, 8, 30];
        for descending in [false, true] {
            let (mut found, mut lost, mut reads) = (Vec::new(), Vec::new(), 0);
            let mut read = |from: u64, to: u64| {
                reads += 1;
                if damaged.iter().any(|n| (from..to).contains(n)) {
                    let corrupt = ffi::Error::new(ffi::SQLITE_CORRUPT);
                    return Err(rusqlite::Error::SqliteFailure(corrupt, None));
                }
                found.extend(from..to);
                Ok(())
            };
            bisect((1, 1000), descending, &mut read, &mut |n| lost.push(n)).expect("read");
            assert!(reads < 60, "{reads}");
            if descending {
                lost.reverse();
            }
            found.sort_unstable();
            assert_eq!(lost, damaged);
            assert_eq!(found.len(), 999 - damaged.len());
        }
    }

    #[test]
    fn missing_numbers_are_filled_with_events_without_text() {
        let room: Arc<str> = "lobby".into();
        let events = vec![event(3, "Ann", said("x")), event(5, "Ann", said("y"))];
        let filled = fill(&room, (2, 8), events);
        let seqs: Vec<_> = filled.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, [2, 3, 4, 5, 6, 7]);
        assert!(filled[0].is_purged() && filled[2].is_purged() && !filled[1].is_purged());
        assert_eq!((filled[2].at, filled[5].at), (3000, 5000));
        // Whatever numbers the damage made, the result has each number once.
        let strange = [3, 99, 3, 1, 5].map(|seq| event(seq, "Ann", said("x")));
        let filled = fill(&room, (2, 8), strange.to_vec());
        let seqs: Vec<_> = filled.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, [2, 3, 4, 5, 6, 7]);
    }
}
