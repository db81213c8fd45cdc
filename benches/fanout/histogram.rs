//! Latencies as counts: log-linear buckets, 64 to a power of two, so that a percentile is off by
//! at most 1.6 % and recording one is an increment.

/// Bits of a value that are kept below its highest one.
const FINE: u32 = 6;

/// Microseconds, counted.
#[derive(Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    /// Nothing recorded.
    fn default() -> Self {
        // The bucket of u64::MAX is the last.
        Self {
            counts: vec![0; bucket(u64::MAX) + 1],
            total: 0,
        }
    }
}

impl Histogram {
    /// Counts one value.
    pub fn record(&mut self, value: u64) {
        self.counts[bucket(value)] += 1;
        self.total += 1;
    }

    /// The value that `share` (0 to 1) of all are at or below; `None` without any.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let wanted = ((self.total as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        })?;
        Some(middle(found))
    }
}

/// Values below 2^FINE have a bucket each; above, the highest FINE + 1 bits choose it.
fn bucket(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(FINE + 1);
    ((shift as usize) << FINE) + (value >> shift) as usize
}

/// The middle of a bucket: the inverse of [`bucket`].
fn middle(bucket: usize) -> f64 {
    let shift = (bucket >> FINE).saturating_sub(1);
    let low = ((bucket - (shift << FINE)) as u64) << shift;
    low as f64 + ((1_u64 << shift) - 1) as f64 / 2.0
}
