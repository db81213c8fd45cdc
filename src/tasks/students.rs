//! What each person has done so far in the tasks, in memory.
//!
//! Shared by the connections' threads under one lock, taken a few times per exam. Bounded: when
//! there are [`MAX_STUDENTS`], the one who was seen least recently is evicted. The store keeps what
//! must outlive the process.

use crate::model::time::{Millis, Ticks};
use crate::support::token_bucket::{RateLimit, RateVerdict, TokenBucket};
use crate::tasks::fault::{Fault, Remark};
use crate::tasks::keys::{Keys, Remembered};
use crate::tasks::laws::Law;
use crate::tasks::step::STEP_TIMEOUT;
use crate::tasks::words::Words;
use std::collections::{HashMap, VecDeque};
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
/// Values of `Sec-WebSocket-Key` of one person that are remembered, so that one that comes again is
/// noticed: those of the last connections.
const MAX_NONCES: usize = 16;
/// How long after the first part of a task the second may begin, in milliseconds.
const SECOND_PART_WITHIN: u64 = 60_000;

/// How an exam ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether the task is passed.
    pub(crate) passed: bool,
    /// The section of RFC 6455 that decided.
    pub(crate) section: &'static str,
    /// The sentence that the client broke.
    pub(super) law: Option<Law>,
    /// The code that RFC 6455 names for that.
    pub(super) close_code: Option<u16>,
    /// What was read, what the RFC requires, and what to change.
    pub(crate) what: Words,
    /// What is legal, and worth knowing.
    pub(super) notes: Vec<Remark>,
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
    /// The first of two connections, if it was passed.
    first_part: Option<FirstPart>,
    /// First connections of a task with two that are still open.
    open_first_parts: u32,
}

/// A first connection that was passed.
#[derive(Debug, Clone)]
pub(super) struct FirstPart {
    /// When.
    pub(super) at: Ticks,
    /// Its `Sec-WebSocket-Key`.
    pub(super) key: String,
    /// What was legal, and worth knowing.
    pub(super) notes: Vec<Remark>,
}

#[derive(Debug)]
struct Student {
    last_seen: Ticks,
    rate: TokenBucket,
    open_attempts: u32,
    nonces: VecDeque<String>,
    keys: Remembered,
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

    /// The first part, if that was passed less than a minute ago.
    pub(super) fn first_part(&self, sub: &str, task: u8, now: Ticks) -> Option<&FirstPart> {
        let first = self.progress(sub, task)?.first_part.as_ref()?;
        (now.since(first.at) <= SECOND_PART_WITHIN).then_some(first)
    }

    /// Remembers the `Sec-WebSocket-Key` of a connection; whether an earlier one had the same.
    pub(super) fn is_known_nonce(&mut self, sub: &str, nonce: &str) -> bool {
        // Somebody who was erased meanwhile must not come back.
        let Some(Student { nonces, .. }) = self.by_sub.get_mut(sub) else {
            return false;
        };
        if nonces.iter().any(|known| known == nonce) {
            return true;
        }
        if nonces.len() >= MAX_NONCES {
            nonces.pop_front();
        }
        nonces.push_back(nonce.to_owned());
        false
    }

    /// Judges the masking keys of a connection, also by those of earlier ones, and remembers them.
    pub(super) fn judge_keys(&mut self, sub: &str, keys: &Keys) -> Result<(), Fault> {
        match self.by_sub.get_mut(sub) {
            None => keys.judge(&Remembered::default()),
            Some(student) => {
                let judged = keys.judge(&student.keys);
                student.keys.add(keys);
                judged
            }
        }
    }

    /// Counts a first connection of two that begins (`1`) or is over (`-1`).
    pub(crate) fn count_first_parts(&mut self, sub: &str, task: u8, change: i32, now: Ticks) {
        if let Some(progress) = self.progress_mut(sub, task, now) {
            let open = &mut progress.open_first_parts;
            *open = open.saturating_add_signed(change);
        }
    }

    /// Whether a first connection of two is still open.
    pub(crate) fn has_open_first_part(&self, sub: &str, task: u8) -> bool {
        let progress = self.progress(sub, task);
        progress.is_some_and(|progress| progress.open_first_parts > 0)
    }

    /// Records that the first part was passed.
    pub(super) fn pass_first_part(&mut self, sub: &str, task: u8, first: FirstPart) {
        if let Some(progress) = self.progress_mut(sub, task, first.at) {
            progress.first_part = Some(first);
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

    /// Records that a handshake was refused, which is no attempt: nothing was examined.
    pub(super) fn note_refused(&mut self, sub: &str, task: u8, verdict: Verdict, now: Ticks) {
        if let Some(progress) = self.progress_mut(sub, task, now) {
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
            nonces: VecDeque::new(),
            keys: Remembered::default(),
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
            law: None,
            close_code: None,
            what: Words::default(),
            notes: Vec::new(),
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
        let first = FirstPart {
            at: Ticks::at(1000),
            key: "key".to_owned(),
            notes: Vec::new(),
        };
        students.pass_first_part("ann", 1, first);
        let key = |students: &Students, sub: &str, at| {
            let first = students.first_part(sub, 1, Ticks::at(at));
            first.map(|first| first.key.clone())
        };
        assert_eq!(key(&students, "ann", 61_000).as_deref(), Some("key"));
        assert_eq!(key(&students, "ann", 61_001), None);
        assert_eq!(key(&students, "bo", 1000), None);
        students.record("ann", 1, verdict(false, 2000), Ticks::at(2000));
        assert_eq!(key(&students, "ann", 2000), None);
    }

    #[test]
    fn a_nonce_is_known_for_some_connections_and_to_nobody_else() {
        let mut students = Students::default();
        for sub in ["ann", "bo"] {
            assert_eq!(students.begin_attempt(sub, START), Ok(()));
        }
        let mut is_known = |sub: &str, n: usize| students.is_known_nonce(sub, &n.to_string());
        assert!(!is_known("ann", 0) && is_known("ann", 0) && !is_known("bo", 0));
        for n in 1..MAX_NONCES {
            assert!(!is_known("ann", n));
        }
        assert!(is_known("ann", 0) && !is_known("ann", 99));
        assert!(!is_known("ann", 0), "the oldest is forgotten");
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
