//! What each person has done so far in the tasks, in memory.
//!
//! Shared by the connections' threads under one lock, taken a few times per exam. Bounded: when
//! there are [`MAX_STUDENTS`], the one who was seen least recently is evicted. The store keeps what
//! must outlive the process.

use crate::model::time::{Millis, Ticks};
use crate::support::token_bucket::{RateLimit, RateVerdict, TokenBucket};
use crate::tasks::exam::STEP_TIMEOUT;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The tasks are numbered from 1.
pub(crate) const TASKS: usize = 6;
/// People in memory: enough for a school, not only for a class.
const MAX_STUDENTS: usize = 4096;
/// Attempts that a person may begin. A client that is being written is started often; a client in a
/// loop is slowed down.
const RATE: RateLimit = RateLimit {
    burst: 30.0,
    per_second: 0.5,
};
/// Attempts of one person at the same time: one for each task, and two that were left open.
const MAX_OPEN: u32 = 8;
/// How long after the first part of a task the second may begin, in milliseconds.
const SECOND_PART_WITHIN: u64 = 60_000;

/// How an exam ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether the task is passed.
    pub(crate) passed: bool,
    /// The section of RFC 6455 that decided.
    pub(crate) section: &'static str,
    /// What the client did, what the RFC requires, and what to change.
    pub(crate) what: String,
    /// Whether it was sent on its own connection, which is impossible after a Close.
    pub(crate) sent: bool,
    /// When, in milliseconds since 1970.
    pub(crate) at: Millis,
}

/// What a person has done in one task.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskProgress {
    /// When it was first passed, since the server started.
    pub(crate) passed: Option<Millis>,
    /// The newest verdict.
    pub(crate) last: Option<Verdict>,
    /// Attempts that got a verdict, up to the first that passed.
    pub(crate) attempts: u32,
    /// When the first of two connections passed, and its `Sec-WebSocket-Key`.
    first_part: Option<(Ticks, String)>,
    /// First connections of task 1 that are still open.
    open_first_parts: u32,
}

#[derive(Debug)]
struct Student {
    last_seen: Ticks,
    rate: TokenBucket,
    open_attempts: u32,
    tasks: [TaskProgress; TASKS],
}

/// All students, by `sub`.
#[derive(Debug, Default)]
pub(crate) struct Students {
    by_sub: HashMap<String, Student>,
}

/// Locks the students.
pub(crate) fn lock(students: &Mutex<Students>) -> MutexGuard<'_, Students> {
    // The state is consistent after every statement, so a panic elsewhere does no harm.
    students.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Students {
    /// Begins an attempt, which [`Students::end_attempt`] ends.
    ///
    /// # Errors
    ///
    /// Too many attempts were begun or are open: the seconds until another is allowed.
    pub(crate) fn begin_attempt(&mut self, sub: &str, now: Ticks) -> Result<(), u64> {
        let student = self.student(sub, now);
        if student.open_attempts >= MAX_OPEN {
            return Err(STEP_TIMEOUT.as_secs());
        }
        match student.rate.take(1.0, now) {
            RateVerdict::Allowed => {
                student.open_attempts += 1;
                Ok(())
            }
            RateVerdict::TooFast(seconds) => Err(seconds),
            RateVerdict::Flood => Err((RATE.burst / RATE.per_second) as u64),
        }
    }

    /// Ends an attempt.
    pub(crate) fn end_attempt(&mut self, sub: &str) {
        if let Some(student) = self.by_sub.get_mut(sub) {
            student.open_attempts = student.open_attempts.saturating_sub(1);
        }
    }

    /// The `Sec-WebSocket-Key` of the first part, if that was passed less than a minute ago.
    pub(crate) fn first_part_key(&self, sub: &str, task: u8, now: Ticks) -> Option<&str> {
        let (at, key) = self.progress(sub, task)?.first_part.as_ref()?;
        (now.since(*at) <= SECOND_PART_WITHIN).then_some(key)
    }

    /// Counts a first connection of task 1 that begins (`1`) or is over (`-1`).
    pub(crate) fn count_first_parts(&mut self, sub: &str, task: u8, change: i32, now: Ticks) {
        if let Some(progress) = self.progress_mut(sub, task, now) {
            let open = &mut progress.open_first_parts;
            *open = open.saturating_add_signed(change);
        }
    }

    /// Whether a first connection of task 1 is still open.
    pub(crate) fn has_open_first_part(&self, sub: &str, task: u8) -> bool {
        let progress = self.progress(sub, task);
        progress.is_some_and(|progress| progress.open_first_parts > 0)
    }

    /// Records that the first part was passed.
    pub(crate) fn pass_first_part(&mut self, sub: &str, task: u8, key: &str, now: Ticks) {
        if let Some(progress) = self.progress_mut(sub, task, now) {
            progress.first_part = Some((now, key.to_owned()));
        }
    }

    /// Records the verdict of an attempt.
    pub(crate) fn record(&mut self, sub: &str, task: u8, verdict: Verdict, now: Ticks) {
        if let Some(progress) = self.progress_mut(sub, task, now) {
            progress.attempts += u32::from(progress.passed.is_none());
            if verdict.passed {
                progress.passed.get_or_insert(verdict.at);
            }
            progress.first_part = None;
            progress.last = Some(verdict);
        }
    }

    /// Erases a person. The verdicts of their open attempts will not be recorded.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.by_sub.remove(sub);
    }

    /// Whether a person has an open attempt; false if they were erased during it.
    pub(crate) fn has_attempt(&self, sub: &str) -> bool {
        let student = self.by_sub.get(sub);
        student.is_some_and(|student| student.open_attempts > 0)
    }

    /// What a person has done in a task; `None` if nothing is known.
    pub(crate) fn progress(&self, sub: &str, task: u8) -> Option<&TaskProgress> {
        let tasks = &self.by_sub.get(sub)?.tasks;
        tasks.get(usize::from(task).checked_sub(1)?)
    }

    fn progress_mut(&mut self, sub: &str, task: u8, now: Ticks) -> Option<&mut TaskProgress> {
        let tasks = &mut self.student(sub, now).tasks;
        tasks.get_mut(usize::from(task).checked_sub(1)?)
    }

    /// The student with this `sub`, who is seen now. A new one may evict the least recently seen,
    /// and one with an open attempt only if everybody has one.
    fn student(&mut self, sub: &str, now: Ticks) -> &mut Student {
        if self.by_sub.len() >= MAX_STUDENTS && !self.by_sub.contains_key(sub) {
            let students = self.by_sub.iter();
            let oldest = students.min_by_key(|(_, s)| (s.open_attempts > 0, s.last_seen));
            if let Some(sub) = oldest.map(|(sub, _)| sub.clone()) {
                self.by_sub.remove(&sub);
            }
        }
        let new = || Student {
            last_seen: now,
            rate: TokenBucket::new(RATE, now),
            open_attempts: 0,
            tasks: Default::default(),
        };
        let student = self.by_sub.entry(sub.to_owned()).or_insert_with(new);
        student.last_seen = now;
        student
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Ticks = Ticks::at(0);

    fn verdict(passed: bool, at: Millis) -> Verdict {
        Verdict {
            passed,
            section: "5.3",
            what: String::new(),
            sent: true,
            at,
        }
    }

    #[test]
    fn attempts_count_up_to_the_first_that_passes() {
        let mut students = Students::default();
        for (passed, at) in [(false, 1), (true, 2), (false, 3), (true, 4)] {
            students.record("ann", 2, verdict(passed, at), START);
        }
        let progress = students.progress("ann", 2).expect("progress");
        assert_eq!((progress.passed, progress.attempts), (Some(2), 2));
        assert_eq!(progress.last, Some(verdict(true, 4)));
        for task in [0, 1, 7] {
            students.record("bo", task, verdict(true, 5), START);
        }
        assert!(
            students
                .progress("ann", 1)
                .is_some_and(|p| p.passed.is_none())
        );
        assert!(students.progress("bo", 0).is_none() && students.progress("bo", 7).is_none());
    }

    #[test]
    fn a_first_part_counts_for_a_minute_and_until_the_verdict() {
        let mut students = Students::default();
        students.pass_first_part("ann", 1, "key", Ticks::at(1000));
        assert_eq!(
            students.first_part_key("ann", 1, Ticks::at(61_000)),
            Some("key")
        );
        assert_eq!(students.first_part_key("ann", 1, Ticks::at(61_001)), None);
        assert_eq!(students.first_part_key("bo", 1, Ticks::at(1000)), None);
        students.record("ann", 1, verdict(false, 2000), Ticks::at(2000));
        assert_eq!(students.first_part_key("ann", 1, Ticks::at(2000)), None);
    }

    #[test]
    fn a_client_in_a_loop_is_slowed_down_and_nobody_else() {
        let mut students = Students::default();
        for _ in 0..30 {
            assert_eq!(students.begin_attempt("ann", START), Ok(()));
            students.end_attempt("ann");
        }
        assert_eq!(students.begin_attempt("ann", START), Err(4));
        assert_eq!(students.begin_attempt("bo", START), Ok(()));
        assert_eq!(students.begin_attempt("ann", Ticks::at(4_000)), Ok(()));
    }

    #[test]
    fn the_number_of_open_attempts_is_bounded() {
        let mut students = Students::default();
        for _ in 0..MAX_OPEN {
            assert_eq!(students.begin_attempt("ann", START), Ok(()));
        }
        assert!(students.begin_attempt("ann", START).is_err());
        students.end_attempt("ann");
        assert_eq!(students.begin_attempt("ann", START), Ok(()));
        students.end_attempt("nobody");
    }

    #[test]
    fn an_erased_person_has_no_progress_and_no_attempt() {
        let mut students = Students::default();
        assert_eq!(students.begin_attempt("ann", START), Ok(()));
        students.record("ann", 2, verdict(true, 1), START);
        assert!(students.has_attempt("ann"));
        students.forget("ann");
        assert!(!students.has_attempt("ann") && students.progress("ann", 2).is_none());
        students.end_attempt("ann");
        assert!(students.by_sub.is_empty());
    }

    #[test]
    fn the_least_recently_seen_is_evicted() {
        let mut students = Students::default();
        for n in 0..=MAX_STUDENTS {
            students.record(&n.to_string(), 1, verdict(true, 1), Ticks::at(n as u64));
        }
        assert_eq!(students.by_sub.len(), MAX_STUDENTS);
        assert!(students.progress("0", 1).is_none() && students.progress("1", 1).is_some());
    }
}
