//! A rate limit: a token bucket that warns before it ends a connection.
//!
//! Pure: the time and the cost are arguments.

use crate::model::time::Ticks;

/// Adding up fractions may miss a whole number by this much.
const ROUNDING: f64 = 1e-9;

/// How much a bucket holds, and how fast it fills again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RateLimit {
    /// Tokens that may be taken at once.
    pub burst: f64,
    /// Tokens that come back each second; 0 means that there is no limit.
    pub per_second: f64,
}

/// A token bucket that may run into debt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenBucket {
    limit: RateLimit,
    tokens: f64,
    /// When tokens were last added.
    updated: Ticks,
    /// Whether a request was refused since the bucket was last out of debt.
    warned: bool,
}

/// What a bucket says about a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RateVerdict {
    /// Within the limit.
    Allowed,
    /// Refused. After this many seconds the same request will be allowed.
    TooFast(u64),
    /// Refused after a warning, and a whole burst in debt: the connection ends.
    Flood,
}

impl TokenBucket {
    /// A full bucket.
    pub(crate) fn new(limit: RateLimit, now: Ticks) -> Self {
        Self {
            limit,
            tokens: limit.burst,
            updated: now,
            warned: false,
        }
    }

    /// Takes `cost` tokens. Refused requests cost too; a whole burst of debt is a flood. A request
    /// that costs more than a burst costs a burst, so that it is slow but possible.
    pub(crate) fn take(&mut self, cost: f64, now: Ticks) -> RateVerdict {
        let RateLimit { burst, per_second } = self.limit;
        if per_second <= 0.0 {
            return RateVerdict::Allowed;
        }
        let cost = cost.min(burst);
        let back = now.since(self.updated) as f64 / 1000.0 * per_second;
        self.tokens = (self.tokens + back).min(burst) - cost;
        self.updated = now;
        if self.tokens >= -ROUNDING {
            self.warned = false;
            RateVerdict::Allowed
        } else if self.tokens > -burst || !self.warned {
            self.warned = true;
            // Until the debt is paid, and the request too.
            let wait = (cost - self.tokens) / per_second;
            RateVerdict::TooFast(wait.ceil().max(1.0) as u64)
        } else {
            // Half a burst of debt remains when the client connects again, and it is warned again
            // before that connection ends.
            self.tokens = -burst / 2.0;
            self.warned = false;
            RateVerdict::Flood
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RateVerdict::{Allowed, Flood, TooFast};

    fn bucket(burst: f64, per_second: f64) -> TokenBucket {
        TokenBucket::new(RateLimit { burst, per_second }, Ticks::default())
    }

    #[test]
    fn a_flood_is_first_refused_then_ended_and_patience_is_rewarded() {
        let mut limited = bucket(3.0, 1.0);
        let verdicts: Vec<_> = (0..6)
            .map(|_| limited.take(1.0, Ticks::default()))
            .collect();
        assert_eq!(
            verdicts,
            [Allowed, Allowed, Allowed, TooFast(2), TooFast(3), Flood]
        );
        assert_eq!(
            limited.take(1.0, Ticks::default()),
            TooFast(4),
            "warned again"
        );
        assert_eq!(limited.take(1.0, Ticks::at(4_000)), Allowed);
        let mut unlimited = bucket(1.0, 0.0);
        assert!((0..1000).all(|_| unlimited.take(10.0, Ticks::default()) == Allowed));
    }

    #[test]
    fn a_client_that_waits_as_long_as_told_is_not_refused_again() {
        for (burst, per_second, cost) in [
            (5.0, 1.0, 1.0),
            (20.0, 5.0, 10.0),
            (20.0, 5.0, 3.0),
            (3.0, 0.3, 1.0),
            (1.0, 0.7, 2.0),
            (2.0, 5.0, 10.0),
        ] {
            let case = format!("{burst} {per_second} {cost}");
            let mut bucket = bucket(burst, per_second);
            let mut now = Ticks::default();
            for _ in 0..50 {
                let wait = loop {
                    match bucket.take(cost, now) {
                        Allowed => {}
                        TooFast(wait) => break wait,
                        Flood => panic!("{case}: no warning before the end"),
                    }
                };
                now = now.after(wait * 1000);
                assert_eq!(bucket.take(cost, now), Allowed, "{case} after {wait} s");
            }
        }
    }

    #[test]
    fn the_first_refusal_is_a_warning_however_small_the_burst() {
        for (burst, cost) in [(1.0, 1.0), (1.0, 10.0), (5.0, 10.0)] {
            let mut bucket = bucket(burst, 1.0);
            let mut take = || bucket.take(cost, Ticks::default());
            assert_eq!(take(), Allowed, "{burst} {cost}");
            assert!(matches!(take(), TooFast(_)), "{burst} {cost}");
            assert_eq!(take(), Flood, "{burst} {cost}");
        }
    }
}
