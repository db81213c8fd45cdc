//! The two clocks: wall-clock time, as it is shown and stored, and a clock that never jumps, by
//! which durations are measured.
//!
//! A Pi without a battery starts in the past and jumps at its first NTP answer, and anybody may set
//! a clock. Whatever lasts, or comes back after a while (mutes, removals, slow mode, rate limits,
//! reserved names), is counted in [`Ticks`]. A token's `exp` is a moment of the wall clock by
//! definition and stays one. The two types cannot be mixed.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = u64;

/// The present time in milliseconds since 1970.
pub fn unix_millis() -> Millis {
    // A clock before 1970 belongs to a machine without a battery; 0 is as wrong as its time.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as u64)
}

/// The time since the machine was booted, sleep included. Every process of the machine counts the
/// same, and setting the clock changes nothing: for what one process of this program writes and
/// another one reads.
pub(crate) fn since_boot() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::Boottime);
    let nanos = u32::try_from(tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(tv_sec).unwrap_or(0), nanos)
}

/// The time since the machine was booted in whole seconds, sleep included.
pub fn seconds_since_boot() -> u64 {
    since_boot().as_secs()
}

/// Milliseconds since the machine was booted, without sleep: the clock of [`Ticks`], which every process
/// of the machine counts the same.
pub(crate) fn uptime() -> Millis {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::Monotonic);
    let (seconds, nanos) = (u64::try_from(tv_sec), u64::try_from(tv_nsec));
    seconds.unwrap_or(0) * 1000 + nanos.unwrap_or(0) / 1_000_000
}

/// The time on the clock that never jumps when the process first looks at it: one hour, so that moments shortly
/// before the start are on it, too.
const FIRST: u64 = 60 * 60 * 1000;

/// A moment on the clock that never jumps: milliseconds since an hour before this process first looked at
/// it. It means nothing to another process or after a restart, and is never shown or stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(u64);

impl Ticks {
    /// A moment that never comes.
    pub const NEVER: Ticks = Ticks(u64::MAX);

    /// The present moment.
    pub fn now() -> Ticks {
        static START: OnceLock<Instant> = OnceLock::new();
        let start = START.get_or_init(Instant::now);
        Ticks(FIRST + start.elapsed().as_millis() as u64)
    }

    /// This many milliseconds after the clock's 0.
    pub const fn at(millis: u64) -> Ticks {
        Ticks(millis)
    }

    /// The moment this many milliseconds later.
    pub const fn after(self, millis: u64) -> Ticks {
        Ticks(self.0.saturating_add(millis))
    }

    /// The moment this many milliseconds earlier, but not before an hour before the start of the process.
    pub const fn before(self, millis: u64) -> Ticks {
        Ticks(self.0.saturating_sub(millis))
    }

    /// Milliseconds from `earlier` to this moment; 0 if `earlier` is later.
    pub const fn since(self, earlier: Ticks) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_count_on_and_never_wrap() {
        let (early, late) = (Ticks::at(3), Ticks::at(3).after(4));
        assert_eq!((late.since(early), early.since(late)), (4, 0));
        assert_eq!(Ticks::NEVER.after(1), Ticks::NEVER);
        let now = Ticks::now();
        assert!(now <= Ticks::now() && now < Ticks::NEVER);
        assert!(seconds_since_boot() > 0);
    }
}
