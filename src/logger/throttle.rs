//! Keeps the log readable and small while somebody makes the server say the same thing again and
//! again: a loop of wrong tokens, say, which needs no rights.
//!
//! Each place in the source may write [`PER_MINUTE`] records in a minute. Further ones are counted,
//! and the next that is written says how many. What was asked for with the levels `debug` and `trace`
//! is not counted.

use log::{Level, Log, Metadata, Record};
use simplelog::CombinedLogger;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Records that one place in the source may write in a minute: more than a class causes, and few
/// enough that a night of nonsense leaves the log readable.
pub(super) const PER_MINUTE: u64 = 60;
/// The time to which that applies.
const MINUTE: Duration = Duration::from_secs(60);

/// What one place in the source has written.
#[derive(Debug)]
struct Count {
    since: Instant,
    written: u64,
    left_out: u64,
}

/// What to do with a record.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Write,
    /// Write it, and say that this many were left out before it.
    WriteAfter(u64),
    /// Write it, and say that further ones will be left out.
    WriteAsLast,
    LeaveOut,
}

impl Count {
    fn new(now: Instant) -> Count {
        Count {
            since: now,
            written: 0,
            left_out: 0,
        }
    }

    fn judge(&mut self, now: Instant) -> Verdict {
        let left_out = self.left_out;
        if now >= self.since + MINUTE {
            *self = Count::new(now);
        }
        self.written += 1;
        match self.written {
            1 if left_out > 0 => Verdict::WriteAfter(left_out),
            ..PER_MINUTE => Verdict::Write,
            PER_MINUTE => Verdict::WriteAsLast,
            _ => {
                self.left_out += 1;
                Verdict::LeaveOut
            }
        }
    }
}

/// The log of the process.
pub(super) struct Throttled {
    inner: Box<CombinedLogger>,
    /// By file and line.
    counts: Mutex<HashMap<(&'static str, u32), Count>>,
}

impl Throttled {
    /// A log that has written nothing.
    pub(super) fn new(inner: Box<CombinedLogger>) -> Throttled {
        Throttled {
            inner,
            counts: Mutex::default(),
        }
    }

    fn judge(&self, record: &Record<'_>) -> Verdict {
        let place = (record.file_static(), record.line());
        let (Some(file), Some(line)) = place else {
            return Verdict::Write;
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let count = counts.entry((file, line));
        count.or_insert_with(|| Count::new(now)).judge(now)
    }
}

impl Log for Throttled {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.inner.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if record.level() > Level::Info || !self.enabled(record.metadata()) {
            return self.inner.log(record);
        }
        let args = record.args();
        let write = |args: std::fmt::Arguments<'_>| {
            let metadata = record.metadata().clone();
            let record = Record::builder().metadata(metadata).args(args).build();
            self.inner.log(&record);
        };
        match self.judge(record) {
            Verdict::Write => self.inner.log(record),
            Verdict::WriteAfter(n) => write(format_args!("{args} ({n} more such were left out)")),
            Verdict::WriteAsLast => write(format_args!(
                "{args} (that is {PER_MINUTE} such in a minute: more are only counted for now)"
            )),
            Verdict::LeaveOut => {}
        }
    }

    fn flush(&self) {
        self.inner.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_a_bounded_number_of_records_a_minute_and_what_was_left_out_is_told() {
        let start = Instant::now();
        let mut count = Count::new(start);
        let mut judge = |seconds| count.judge(start + Duration::from_secs(seconds));
        for _ in 1..PER_MINUTE {
            assert_eq!(judge(0), Verdict::Write);
        }
        assert_eq!(judge(1), Verdict::WriteAsLast);
        for _ in 0..5000 {
            assert_eq!(judge(59), Verdict::LeaveOut);
        }
        assert_eq!(judge(60), Verdict::WriteAfter(5000));
        assert_eq!(judge(61), Verdict::Write);
        assert_eq!(judge(3600), Verdict::Write);
    }
}
