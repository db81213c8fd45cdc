//! The examiner's desk: how far each person has come, in memory.
//!
//! Shared by the connections' threads under one lock, taken a few times per exam. Bounded: so many
//! people, the one who was seen least recently is forgotten first. What must outlive the process is
//! in the store.

use super::exam::LIMIT;
use crate::model::time::Millis;
use crate::support::token_bucket::{RateLimit, RateVerdict, TokenBucket};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The tasks are numbered from 1.
pub const TASKS: usize = 6;
/// People remembered: a school, not only a class.
const PEOPLE: usize = 4096;
/// Exams that a person may begin at once, and how many come back per second. A client that is
/// being written is started often; a loop is not a student.
const EXAMS: RateLimit = RateLimit {
    burst: 30.0,
    per_second: 0.5,
};
/// Exams of one person at the same time: one for each task, and two that were left behind.
const AT_ONCE: u32 = 8;
/// How long the second half of a task may come after the first, in milliseconds.
const HALF_TIME: Millis = 60_000;

/// How an exam ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the task is passed.
    pub passed: bool,
    /// The section of RFC 6455 that decided.
    pub section: &'static str,
    /// What was seen, what the RFC wants, what to do.
    pub what: String,
    /// Whether it was told on its own connection: behind a Close nothing can be.
    pub told: bool,
    /// When, in milliseconds since 1970.
    pub at: Millis,
}

/// What a person has done in one task.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// When it was passed first, since the server started.
    pub passed: Option<Millis>,
    /// The newest verdict.
    pub last: Option<Verdict>,
    /// Exams that came to a verdict, up to the first that was passed.
    pub attempts: u32,
    /// The first of two connections went well: when, and with which `Sec-WebSocket-Key`.
    half: Option<(Millis, String)>,
    /// First connections of task 1 that are not over.
    baits: u32,
}

#[derive(Debug)]
struct Person {
    seen: Millis,
    allowance: TokenBucket,
    /// Exams that are going on.
    sitting: u32,
    sheets: [Sheet; TASKS],
}

/// Everybody's sheets, by `sub`.
#[derive(Debug, Default)]
pub struct Desk {
    people: HashMap<String, Person>,
}

/// The desk, for this thread alone.
pub fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    // Sheets are whole after every statement: a panic elsewhere spoils nothing.
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A person begins an exam, which [`Desk::end`] ends.
    ///
    /// # Errors
    ///
    /// Too many were begun, or are going on; seconds after which there may be another.
    pub fn begin(&mut self, sub: &str, now: Millis) -> Result<(), u64> {
        let person = self.person(sub, now);
        if person.sitting >= AT_ONCE {
            return Err(LIMIT.as_secs());
        }
        match person.allowance.take(1.0, now) {
            RateVerdict::Allowed => {
                person.sitting += 1;
                Ok(())
            }
            RateVerdict::TooFast(seconds) => Err(seconds),
            RateVerdict::Flood => Err((EXAMS.burst / EXAMS.per_second) as u64),
        }
    }

    /// An exam that was begun is over.
    pub fn end(&mut self, sub: &str) {
        if let Some(person) = self.people.get_mut(sub) {
            person.sitting = person.sitting.saturating_sub(1);
        }
    }

    /// The key of the first half, if that went well and is not long ago.
    pub fn half(&self, sub: &str, task: u8, now: Millis) -> Option<&str> {
        let (at, key) = self.sheet(sub, task)?.half.as_ref()?;
        (now.saturating_sub(*at) <= HALF_TIME).then_some(key)
    }

    /// A first connection of task 1 begins (`1`) or is over (`-1`).
    pub fn bait(&mut self, sub: &str, task: u8, change: i32, now: Millis) {
        if let Some(sheet) = self.sheet_mut(sub, task, now) {
            sheet.baits = sheet.baits.saturating_add_signed(change);
        }
    }

    /// Whether a first connection of task 1 is not over.
    pub fn is_baiting(&self, sub: &str, task: u8) -> bool {
        self.sheet(sub, task).is_some_and(|sheet| sheet.baits > 0)
    }

    /// The first half went well.
    pub fn keep_half(&mut self, sub: &str, task: u8, key: &str, now: Millis) {
        if let Some(sheet) = self.sheet_mut(sub, task, now) {
            sheet.half = Some((now, key.to_owned()));
        }
    }

    /// An exam came to its end.
    pub fn decide(&mut self, sub: &str, task: u8, verdict: Verdict) {
        let now = verdict.at;
        if let Some(sheet) = self.sheet_mut(sub, task, now) {
            sheet.attempts += u32::from(sheet.passed.is_none());
            if verdict.passed {
                sheet.passed.get_or_insert(now);
            }
            sheet.half = None;
            sheet.last = Some(verdict);
        }
    }

    /// Nothing is known of this person any more; what they sit in front of is nobody's.
    pub fn forget(&mut self, sub: &str) {
        self.people.remove(sub);
    }

    /// Whether a person has an exam: one that was forgotten in the middle of it has not.
    pub fn is_sitting(&self, sub: &str) -> bool {
        let person = self.people.get(sub);
        person.is_some_and(|person| person.sitting > 0)
    }

    /// What is known of a person and a task.
    pub fn sheet(&self, sub: &str, task: u8) -> Option<&Sheet> {
        let sheets = &self.people.get(sub)?.sheets;
        sheets.get(usize::from(task).checked_sub(1)?)
    }

    fn sheet_mut(&mut self, sub: &str, task: u8, now: Millis) -> Option<&mut Sheet> {
        let sheets = &mut self.person(sub, now).sheets;
        sheets.get_mut(usize::from(task).checked_sub(1)?)
    }

    fn person(&mut self, sub: &str, now: Millis) -> &mut Person {
        if self.people.len() >= PEOPLE && !self.people.contains_key(sub) {
            let people = self.people.iter();
            let oldest = people.min_by_key(|(_, person)| (person.sitting > 0, person.seen));
            if let Some(sub) = oldest.map(|(sub, _)| sub.clone()) {
                self.people.remove(&sub);
            }
        }
        let person = self.people.entry(sub.to_owned()).or_insert_with(|| Person {
            seen: now,
            allowance: TokenBucket::new(EXAMS, now),
            sitting: 0,
            sheets: Default::default(),
        });
        person.seen = now;
        person
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(passed: bool, at: Millis) -> Verdict {
        Verdict {
            passed,
            section: "5.3",
            what: String::new(),
            told: true,
            at,
        }
    }

    #[test]
    fn attempts_count_up_to_the_first_that_is_passed() {
        let mut desk = Desk::default();
        for (passed, at) in [(false, 1), (true, 2), (false, 3), (true, 4)] {
            desk.decide("ann", 2, verdict(passed, at));
        }
        let sheet = desk.sheet("ann", 2).expect("a sheet");
        assert_eq!((sheet.passed, sheet.attempts), (Some(2), 2));
        assert_eq!(sheet.last, Some(verdict(true, 4)));
        for task in [0, 1, 7] {
            desk.decide("bo", task, verdict(true, 5));
        }
        assert!(desk.sheet("ann", 1).is_some_and(|s| s.passed.is_none()));
        assert!(desk.sheet("bo", 0).is_none() && desk.sheet("bo", 7).is_none());
    }

    #[test]
    fn a_half_is_good_for_a_minute_and_until_the_verdict() {
        let mut desk = Desk::default();
        desk.keep_half("ann", 1, "key", 1000);
        assert_eq!(desk.half("ann", 1, 61_000), Some("key"));
        assert_eq!(desk.half("ann", 1, 61_001), None);
        assert_eq!(desk.half("bo", 1, 1000), None);
        desk.decide("ann", 1, verdict(false, 2000));
        assert_eq!(desk.half("ann", 1, 2000), None);
    }

    #[test]
    fn a_loop_is_slowed_down_and_nobody_else() {
        let mut desk = Desk::default();
        for _ in 0..30 {
            assert_eq!(desk.begin("ann", 0), Ok(()));
            desk.end("ann");
        }
        assert_eq!(desk.begin("ann", 0), Err(4));
        assert_eq!(desk.begin("bo", 0), Ok(()));
        assert_eq!(desk.begin("ann", 4_000), Ok(()));
    }

    #[test]
    fn so_many_exams_go_on_at_once_and_no_more() {
        let mut desk = Desk::default();
        for _ in 0..AT_ONCE {
            assert_eq!(desk.begin("ann", 0), Ok(()));
        }
        assert!(desk.begin("ann", 0).is_err());
        desk.end("ann");
        assert_eq!(desk.begin("ann", 0), Ok(()));
        desk.end("nobody");
    }

    #[test]
    fn who_is_forgotten_has_no_sheets_and_sits_nowhere() {
        let mut desk = Desk::default();
        assert_eq!(desk.begin("ann", 0), Ok(()));
        desk.decide("ann", 2, verdict(true, 1));
        assert!(desk.is_sitting("ann"));
        desk.forget("ann");
        assert!(!desk.is_sitting("ann") && desk.sheet("ann", 2).is_none());
        desk.end("ann");
        assert!(desk.people.is_empty());
    }

    #[test]
    fn who_was_seen_least_recently_is_forgotten_first() {
        let mut desk = Desk::default();
        for n in 0..=PEOPLE {
            desk.decide(&n.to_string(), 1, verdict(true, n as Millis));
        }
        assert_eq!(desk.people.len(), PEOPLE);
        assert!(desk.sheet("0", 1).is_none() && desk.sheet("1", 1).is_some());
    }
}
