//! How long something took, counted in fixed buckets.
//!
//! One thread observes, any thread may read. Nothing is locked, and an observation is three additions.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The upper bounds of the buckets, in seconds and in nanoseconds: from one system call to what everybody
/// in the room would notice. One more bucket has what takes longer.
const BOUNDS: [(f64, u64); 12] = [
    (0.000_025, 25_000),
    (0.000_1, 100_000),
    (0.000_25, 250_000),
    (0.000_5, 500_000),
    (0.001, 1_000_000),
    (0.002_5, 2_500_000),
    (0.005, 5_000_000),
    (0.01, 10_000_000),
    (0.025, 25_000_000),
    (0.1, 100_000_000),
    (0.25, 250_000_000),
    (1.0, 1_000_000_000),
];

/// Durations by bucket.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    /// All durations together. It has room for 584 years.
    nanos: AtomicU64,
}

/// A histogram at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observed {
    /// How many took at most so many seconds.
    pub(crate) up_to: Vec<(f64, u64)>,
    /// How many there were.
    pub(crate) count: u64,
    /// The seconds of all of them.
    pub(crate) sum: f64,
}

impl Histogram {
    /// Counts something that took so long.
    pub(crate) fn observe(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|(_, bound)| *bound < nanos);
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Relaxed);
        }
        self.nanos.fetch_add(nanos, Relaxed);
    }

    /// What was observed so far.
    pub(crate) fn read(&self) -> Observed {
        let mut count = 0;
        let mut sums = self.buckets.iter().map(|bucket| {
            count += bucket.load(Relaxed);
            count
        });
        let up_to = BOUNDS.iter().zip(&mut sums);
        let up_to = up_to.map(|((seconds, _), sum)| (*seconds, sum)).collect();
        let count = sums.next().unwrap_or_default();
        Observed {
            up_to,
            count,
            sum: Duration::from_nanos(self.nanos.load(Relaxed)).as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_in_its_bucket_and_in_every_larger_one() {
        let histogram = Histogram::default();
        for micros in [25, 26, 1000, 5_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let Observed { up_to, count, sum } = histogram.read();
        let found = |seconds: f64| up_to.iter().find(|(bound, _)| *bound == seconds);
        assert_eq!(found(0.000_025), Some(&(0.000_025, 1)));
        assert_eq!(found(0.000_1), Some(&(0.000_1, 2)));
        assert_eq!(found(0.001), Some(&(0.001, 3)));
        assert_eq!(found(1.0), Some(&(1.0, 3)));
        assert_eq!(count, 4);
        assert!((sum - 5.001_051).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn the_bounds_rise_and_say_the_same_in_both_units() {
        assert!(BOUNDS.is_sorted());
        for (seconds, nanos) in BOUNDS {
            assert_eq!((seconds * 1e9).round(), nanos as f64);
        }
    }
}
