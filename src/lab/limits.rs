//! How much of the lab one person may have, and all together. Time is an argument, and memory is
//! bounded.

use crate::http::refusal::Refusal;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Runs at once: each has a thread with a large stack, and a connection with another.
const AT_ONCE: usize = 4;
/// What "a minute" is.
const MINUTE: Duration = Duration::from_secs(60);
/// People remembered. Who has waited longest is forgotten for a new one.
const MAX_PEOPLE: usize = 1024;
/// When to come back if all places are taken: a run takes less.
const BUSY_SECONDS: u64 = 2;

/// Who runs how many experiments.
#[derive(Debug)]
pub struct Experimenters {
    per_minute: usize,
    /// How many may run at once: all come from one address, this machine's.
    pub at_once: usize,
    running: AtomicUsize,
    runs: Mutex<Runs>,
}

/// A run that has been allowed; over when dropped.
#[derive(Debug)]
pub struct Run<'a>(&'a AtomicUsize);

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Experimenters {
    /// Nobody yet; each may run `per_minute`. One address may have `per_address` connections; 0: any
    /// number.
    pub fn new(per_minute: usize, per_address: usize) -> Self {
        Self {
            per_minute,
            at_once: match per_address {
                0 => AT_ONCE,
                most => AT_ONCE.min(most),
            },
            running: AtomicUsize::new(0),
            runs: Mutex::default(),
        }
    }

    /// Begins a run of the person `sub` at `now`.
    ///
    /// # Errors
    ///
    /// 503 when as many are running as may; 429 when this person has run as many in the last minute
    /// as one may. Neither counts as a run.
    pub fn begin(&self, sub: &str, now: Instant) -> Result<Run<'_>, Refusal> {
        let more = |running: usize| (running < self.at_once).then_some(running + 1);
        if self.running.fetch_update(Relaxed, Relaxed, more).is_err() {
            let message = "As many experiments are running as there can be. Try again in a moment.";
            return Err(Refusal::unavailable("lab_busy", message, BUSY_SECONDS));
        }
        let run = Run(&self.running);
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        match runs.count(sub, now, self.per_minute) {
            Ok(()) => Ok(run),
            Err(wait) => {
                let most = self.per_minute;
                let message = format!("One person runs at most {most} experiments in a minute.");
                let seconds = wait.as_secs_f64().ceil() as u64;
                Err(Refusal::too_many(
                    "too_many_experiments",
                    message,
                    seconds.max(1),
                ))
            }
        }
    }
}

/// When each person's runs of the last minute began.
#[derive(Debug, Default)]
struct Runs {
    began: HashMap<Box<str>, VecDeque<Instant>>,
}

impl Runs {
    /// Counts one, or says how long to wait for it.
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
    fn a_person_has_so_many_runs_in_any_minute() {
        let mut runs = Runs::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..3 {
            assert_eq!(runs.count("ann", at(second), 3), Ok(()));
        }
        assert_eq!(runs.count("ann", at(10), 3), Err(Duration::from_secs(50)));
        assert_eq!(runs.count("ben", at(10), 3), Ok(()));
        // The first is a minute ago; that a run was refused did not count.
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
    fn four_run_at_once_and_a_fifth_waits() {
        let lab = Experimenters::new(5, 0);
        let now = Instant::now();
        let mut running: Vec<_> = (0..AT_ONCE).map(|_| lab.begin("ann", now)).collect();
        assert!(running.iter().all(Result::is_ok));
        let slug = |run: Result<Run<'_>, Refusal>| run.map(drop).map_err(|r| (r.status, r.slug));
        assert_eq!(slug(lab.begin("ben", now)), Err((503, "lab_busy")));
        running.pop();
        assert_eq!(slug(lab.begin("ann", now)), Ok(()));
        let refused = slug(lab.begin("ann", now));
        assert_eq!(refused, Err((429, "too_many_experiments")));
        // Refused ones hold no place.
        assert_eq!(slug(lab.begin("ben", now)), Ok(()));
        assert_eq!(Experimenters::new(5, 2).at_once, 2);
    }
}
