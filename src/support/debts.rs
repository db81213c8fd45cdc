//! Rate limits by key with bounded memory: so many at once, and one more each interval.
//!
//! A key's debt is kept as the moment at which it is forgiven, so that nothing has to run to forgive
//! it. Pure: the time is an argument, and of a clock that never jumps.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// How many are free at once, and after which time one more is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How many are allowed at once; at least one.
    pub free: u32,
    /// The time after which one more is allowed.
    pub interval: Duration,
}

impl Pace {
    /// `free` at once, and as many again within `time`.
    pub(crate) fn within(free: u32, time: Duration) -> Pace {
        Pace {
            free,
            interval: time / free.max(1),
        }
    }
}

/// The debts of many keys.
#[derive(Debug)]
pub(crate) struct Debts<K> {
    /// Most keys that are remembered. When they are full, the one that would be forgiven first is
    /// forgotten, so that many new keys do not clear an old debt.
    max: usize,
    forgiven_at: HashMap<K, Instant>,
}

impl<K: Clone + Eq + Hash> Debts<K> {
    /// Nobody owes anything yet.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            forgiven_at: HashMap::new(),
        }
    }

    /// How long `key` has to wait before one more is allowed; zero if one is allowed now.
    pub(crate) fn wait(&self, key: &K, pace: Pace, now: Instant) -> Duration {
        let debt = self.debt(key, now) + pace.interval;
        debt.saturating_sub(pace.interval * pace.free)
    }

    /// Counts one more of `key`.
    ///
    /// # Errors
    ///
    /// There were too many: how long to wait. This one is not counted, so that trying on does not
    /// make the wait longer.
    pub(crate) fn charge(&mut self, key: &K, pace: Pace, now: Instant) -> Result<(), Duration> {
        match self.wait(key, pace, now) {
            Duration::ZERO => {
                let debt = self.debt(key, now) + pace.interval;
                self.make_room(key, now);
                self.forgiven_at.insert(key.clone(), now + debt);
                Ok(())
            }
            wait => Err(wait),
        }
    }

    /// Forgives everybody.
    pub(crate) fn clear(&mut self) {
        self.forgiven_at.clear();
    }

    fn debt(&self, key: &K, now: Instant) -> Duration {
        let forgiven_at = self.forgiven_at.get(key);
        forgiven_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }

    fn make_room(&mut self, key: &K, now: Instant) {
        if self.forgiven_at.len() < self.max || self.forgiven_at.contains_key(key) {
            return;
        }
        self.forgiven_at.retain(|_, at| *at > now);
        if self.forgiven_at.len() >= self.max {
            let first = self.forgiven_at.iter().min_by_key(|(_, at)| **at);
            if let Some(first) = first.map(|(key, _)| key.clone()) {
                self.forgiven_at.remove(&first);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        free: 3,
        interval: Duration::from_secs(6),
    };

    #[test]
    fn a_few_are_free_and_then_one_each_interval() {
        let mut debts = Debts::new(10);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..3 {
            assert_eq!(debts.wait(&"ann", PACE, start), Duration::ZERO);
            assert_eq!(debts.charge(&"ann", PACE, start), Ok(()));
        }
        for _ in 0..3 {
            assert_eq!(debts.charge(&"ann", PACE, start), Err(PACE.interval));
        }
        assert_eq!(debts.charge(&"bo", PACE, start), Ok(()));
        assert_eq!(
            debts.charge(&"ann", PACE, at(2)),
            Err(Duration::from_secs(4))
        );
        assert_eq!(debts.charge(&"ann", PACE, at(6)), Ok(()));
        assert_eq!(debts.charge(&"ann", PACE, at(6)), Err(PACE.interval));
        debts.clear();
        assert_eq!(debts.charge(&"ann", PACE, at(6)), Ok(()));
        assert_eq!(
            Pace::within(120, Duration::from_secs(3600))
                .interval
                .as_secs(),
            30
        );
    }

    #[test]
    fn many_new_keys_do_not_clear_a_large_debt() {
        let mut debts = Debts::new(100);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(debts.charge(&0, PACE, start), Ok(()));
        }
        for key in 1..1000 {
            let now = start + Duration::from_millis(key);
            assert_eq!(debts.charge(&key, PACE, now), Ok(()));
            assert!(debts.forgiven_at.len() <= 100);
        }
        let now = start + Duration::from_secs(1);
        assert!(debts.charge(&0, PACE, now).is_err(), "still in debt");
        assert_eq!(debts.wait(&1, PACE, now), Duration::ZERO, "forgotten");
        // A full map drops everybody who is forgiven at once.
        let now = start + Duration::from_secs(60);
        assert_eq!(debts.charge(&5000, PACE, now), Ok(()));
        assert_eq!(debts.forgiven_at.len(), 1);
    }
}
