//! The lab's limits, per person and in total. Time is an argument, and memory is bounded.

use crate::http::refusal::Refusal;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Runs at once. Each has a thread with a large stack, and a connection with a thread of its own.
const AT_ONCE: usize = 4;
/// Runs at once of one person, so that others can run theirs.
const OF_ONE_PERSON: usize = 2;
/// The window of `runs_per_minute`.
const MINUTE: Duration = Duration::from_secs(60);
/// People remembered. A new person replaces the one whose last run is the longest ago.
const MAX_PEOPLE: usize = 1024;
/// When to try again if all runs are taken. A run usually takes less.
const BUSY_SECONDS: u64 = 2;

/// The runs of all people.
#[derive(Debug)]
pub(crate) struct Experimenters {
    per_minute: usize,
    /// Runs at once. All come from one address, this machine's, so the limit per address applies.
    pub(crate) at_once: usize,
    runs: Mutex<Runs>,
}

/// A run that was allowed. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    experimenters: &'a Experimenters,
    sub: Box<str>,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let mut runs = self.experimenters.lock();
        if let Some(theirs) = runs.going.get_mut(&self.sub) {
            *theirs -= 1;
            if *theirs == 0 {
                runs.going.remove(&self.sub);
            }
        }
    }
}

impl Experimenters {
    /// No runs yet. Each person may run `per_minute`. One address may have `per_address` connections,
    /// or any number if that is 0.
    pub(crate) fn new(per_minute: usize, per_address: usize) -> Self {
        Self {
            per_minute,
            at_once: match per_address {
                0 => AT_ONCE,
                most => AT_ONCE.min(most),
            },
            runs: Mutex::default(),
        }
    }

    /// Begins a run of the person `sub` at `now`.
    ///
    /// # Errors
    ///
    /// 503 when the most runs at once, in total or of this person, are reached; 429 when this person
    /// has used up the runs of the last minute. Neither counts as a run.
    pub(crate) fn begin(&self, sub: &str, now: Instant) -> Result<Run<'_>, Refusal> {
        let mut runs = self.lock();
        let (all, theirs) = runs.going(sub);
        if all >= self.at_once || theirs >= OF_ONE_PERSON {
            let message = "Too many experiments are running. Try again in a moment.";
            return Err(Refusal::unavailable("lab_busy", message, BUSY_SECONDS));
        }
        match runs.count(sub, now, self.per_minute) {
            Ok(()) => {
                *runs.going.entry(sub.into()).or_insert(0) += 1;
                Ok(Run {
                    experimenters: self,
                    sub: sub.into(),
                })
            }
            Err(wait) => {
                let most = self.per_minute;
                let message = format!("One person may run at most {most} experiments per minute.");
                Err(Refusal::too_many("too_many_experiments", message, wait))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Runs> {
        // No statement leaves the state half changed, so a poisoned lock does no harm.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the times of the runs of the person `sub`.
    pub(crate) fn forget(&self, sub: &str) {
        self.lock().began.remove(sub);
    }
}

/// Each person's runs.
#[derive(Debug, Default)]
struct Runs {
    /// The number of runs in progress.
    going: HashMap<Box<str>, usize>,
    /// When the runs of the last minute began.
    began: HashMap<Box<str>, VecDeque<Instant>>,
}

impl Runs {
    /// Runs in progress, in total and of one person.
    fn going(&self, sub: &str) -> (usize, usize) {
        let theirs = self.going.get(sub).copied().unwrap_or_default();
        (self.going.values().sum(), theirs)
    }

    /// Counts a run, or returns how long to wait for one.
    fn count(&mut self, sub: &str, now: Instant, most: usize) -> Result<(), Duration> {
        self.make_room(sub, now);
        let began = self.began.entry(sub.into()).or_default();
        while began.front().is_some_and(|&at| at + MINUTE <= now) {
            began.pop_front();
        }
        match began.front() {
            Some(&first) if began.len() >= most => Err(first + MINUTE - now),
            _ => {
                began.push_back(now);
                Ok(())
            }
        }
    }

    fn make_room(&mut self, sub: &str, now: Instant) {
        if self.began.len() < MAX_PEOPLE || self.began.contains_key(sub) {
            return;
        }
        let last = |began: &VecDeque<Instant>| began.back().copied();
        self.began
            .retain(|_, began| last(began).is_some_and(|at| at + MINUTE > now));
        if self.began.len() == MAX_PEOPLE {
            let oldest = self.began.iter().min_by_key(|(_, began)| last(began));
            if let Some(oldest) = oldest.map(|(sub, _)| sub.clone()) {
                self.began.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_may_run_only_a_few_experiments_per_minute() {
        let mut runs = Runs::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..3 {
            assert_eq!(runs.count("ann", at(second), 3), Ok(()));
        }
        assert_eq!(runs.count("ann", at(10), 3), Err(Duration::from_secs(50)));
        assert_eq!(runs.count("ben", at(10), 3), Ok(()));
        // The first run was a minute ago; the refused one did not count.
        assert_eq!(runs.count("ann", at(60), 3), Ok(()));
        assert_eq!(runs.count("ann", at(60), 3), Err(Duration::from_secs(1)));
        assert_eq!(runs.count("ann", at(1000), 3), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut runs = Runs::default();
        let start = Instant::now();
        for i in 0..=MAX_PEOPLE {
            let now = start + Duration::from_micros(i as u64);
            assert_eq!(runs.count(&i.to_string(), now, 1), Ok(()));
        }
        assert_eq!(runs.began.len(), MAX_PEOPLE);
        assert!(!runs.began.contains_key("0"));
        assert_eq!(runs.count("new", start + 2 * MINUTE, 1), Ok(()));
        assert_eq!(runs.began.len(), 1);
    }

    #[test]
    fn four_run_at_once_two_of_one_person_and_a_fifth_waits() {
        let lab = Experimenters::new(3, 0);
        let now = Instant::now();
        let slug = |run: Result<Run<'_>, Refusal>| run.map(drop).map_err(|r| (r.status, r.slug));
        let of = |sub| [lab.begin(sub, now), lab.begin(sub, now)];
        let (ann, ben) = (of("ann"), of("ben"));
        assert!(ann.iter().chain(&ben).all(Result::is_ok));
        assert_eq!(slug(lab.begin("eve", now)), Err((503, "lab_busy")));
        drop(ben);
        assert_eq!(
            slug(lab.begin("ann", now)),
            Err((503, "lab_busy")),
            "two of one person"
        );
        drop(ann);
        assert_eq!(slug(lab.begin("ann", now)), Ok(()));
        let refused = slug(lab.begin("ann", now));
        assert_eq!(refused, Err((429, "too_many_experiments")));
        // Refused runs do not count as running.
        assert_eq!(slug(lab.begin("eve", now)), Ok(()));
        assert!(lab.lock().going.is_empty());
        assert_eq!(Experimenters::new(5, 2).at_once, 2);
    }
}
