//! A pace that is kept by waiting: who is too fast is told how long to wait, and nothing is refused.
//!
//! Pure: the time is an argument, of a clock that does not jump.

use std::time::{Duration, Instant};

/// How much may pass in a second, and how much at once before that applies.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: f64,
    burst: f64,
    /// The amount that may still pass at once. Below zero: the amount that must be waited for.
    left: f64,
    updated: Instant,
}

impl Pace {
    /// A pace that nobody has used yet.
    pub(crate) fn new(per_second: f64, burst: f64, now: Instant) -> Pace {
        Pace {
            per_second,
            burst,
            left: burst,
            updated: now,
        }
    }

    fn update(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.updated).as_secs_f64();
        self.left = (self.left + passed * self.per_second).min(self.burst);
        self.updated = now;
    }

    /// Takes this much if it may pass at once.
    pub(crate) fn take(&mut self, cost: f64, now: Instant) -> bool {
        self.update(now);
        let enough = self.left >= cost;
        if enough {
            self.left -= cost;
        }
        enough
    }

    /// Takes this much in any case, and returns how long to wait before going on. Of several that
    /// take, each waits until those before have been waited for.
    pub(crate) fn spend(&mut self, cost: f64, now: Instant) -> Duration {
        self.update(now);
        self.left -= cost;
        Duration::from_secs_f64((-self.left / self.per_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_at_once_and_the_rest_at_the_pace() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::new(100.0, 1000.0, start);
        assert_eq!(pace.spend(1000.0, start), Duration::ZERO);
        assert_eq!(pace.spend(50.0, start), Duration::from_millis(500));
        assert_eq!(pace.spend(50.0, start), Duration::from_secs(1));
        assert_eq!(pace.spend(0.0, at(1000)), Duration::ZERO);
        assert_eq!(pace.spend(100.0, at(1500)), Duration::from_millis(500));
        // No more than a burst is saved up.
        assert_eq!(pace.spend(1100.0, at(1_000_000)), Duration::from_secs(1));
    }

    #[test]
    fn what_may_not_pass_at_once_is_not_taken() {
        let start = Instant::now();
        let mut pace = Pace::new(10.0, 20.0, start);
        assert!(pace.take(15.0, start));
        assert!(!pace.take(15.0, start));
        assert!(pace.take(5.0, start));
        assert!(!pace.take(11.0, start + Duration::from_secs(1)));
        assert!(pace.take(10.0, start + Duration::from_secs(1)));
    }
}
