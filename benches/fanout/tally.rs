//! What is counted during a measurement, the latencies among it.

use crate::ledger::Fault;
use hdrhistogram::Histogram;

/// The longest latency that is told apart, in microseconds: one hour, the longest run. Anything
/// longer counts as this.
const LONGEST: u64 = 3_600_000_000;
/// Two significant digits: runs differ by more than 1 %, and the counters in use stay in the first
/// cache of the core, which records several million latencies a second.
const DIGITS: u8 = 2;

/// Counts since the measurement began.
pub struct Tally {
    /// Messages that arrived at clients other than their sender.
    pub deliveries: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// Reads that returned data.
    pub reads: u64,
    /// Microseconds until each delivery.
    pub latency: Histogram<u64>,
    /// Microseconds until each ack.
    pub acks: Histogram<u64>,
}

impl Tally {
    /// Nothing counted.
    pub fn new() -> Result<Self, Fault> {
        Ok(Self {
            deliveries: 0,
            bytes: 0,
            reads: 0,
            latency: histogram()?,
            acks: histogram()?,
        })
    }
}

/// An empty histogram of microseconds. Record with `saturating_record`, which never fails.
pub fn histogram() -> Result<Histogram<u64>, Fault> {
    Histogram::new_with_bounds(1, LONGEST, DIGITS)
        .map_err(|error| format!("histogram: {error}").into())
}

/// The latency that this share (0 to 1) of all did not exceed; NaN if none was recorded.
pub fn quantile(latencies: &Histogram<u64>, share: f64) -> f64 {
    if latencies.is_empty() {
        return f64::NAN;
    }
    // The middle of the values that were counted together: a bound would add half a percent.
    latencies.median_equivalent(latencies.value_at_quantile(share)) as f64
}
