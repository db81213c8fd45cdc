//! How fast: a token bucket that warns before it ends a connection.
//!
//! Pure, like the [`gate`](crate::chat::gate), whose table says what each request costs.

use crate::model::time::Millis;

/// What comes back in fractions may miss a whole number by so little.
const ROUNDING: f64 = 1e-9;

/// A person's allowance: a token bucket that may run into debt.
#[derive(Debug, Clone, Copy)]
pub struct TokenBucket {
    tokens: f64,
    at: Millis,
    /// It was refused something since it last was out of debt.
    warned: bool,
}

/// How a request fared against the allowance.
#[derive(Debug, PartialEq, Eq)]
pub enum RateVerdict {
    /// Within it.
    Allowed,
    /// Over it: refused; after so many seconds the same request is within it.
    TooFast(u64),
    /// Over it on and on, after a warning: the connection ends.
    Flood,
}

impl TokenBucket {
    /// A full one.
    pub fn new(burst: f64, now: Millis) -> Self {
        Self {
            tokens: burst,
            at: now,
            warned: false,
        }
    }

    /// Takes `cost` from it. `rate` messages per second come back, up to `burst`; with rate 0
    /// there is no limit. Refused requests cost too, and whoever owes a whole burst is flooding.
    /// What costs more than a burst costs a burst: it is slow, but possible.
    pub fn take(&mut self, cost: f64, rate: f64, burst: f64, now: Millis) -> RateVerdict {
        if rate <= 0.0 {
            return RateVerdict::Allowed;
        }
        let cost = cost.min(burst);
        let back = now.saturating_sub(self.at) as f64 / 1000.0 * rate;
        self.tokens = (self.tokens + back).min(burst) - cost;
        self.at = now;
        if self.tokens >= -ROUNDING {
            self.warned = false;
            RateVerdict::Allowed
        } else if self.tokens > -burst || !self.warned {
            self.warned = true;
            // Until the debt is paid and the request, too.
            RateVerdict::TooFast(((cost - self.tokens) / rate).ceil().max(1.0) as u64)
        } else {
            // Enough debt to be felt at the next visit, which is warned before it ends, too.
            self.tokens = -burst / 2.0;
            self.warned = false;
            RateVerdict::Flood
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_first_refused_then_ended_and_patience_is_rewarded() {
        let mut allowance = TokenBucket::new(3.0, 0);
        let paces: Vec<_> = (0..6).map(|_| allowance.take(1.0, 1.0, 3.0, 0)).collect();
        use RateVerdict::*;
        assert_eq!(
            paces,
            [Allowed, Allowed, Allowed, TooFast(2), TooFast(3), Flood]
        );
        assert_eq!(allowance.take(1.0, 1.0, 3.0, 0), TooFast(4), "warned again");
        assert_eq!(allowance.take(1.0, 1.0, 3.0, 4_000), Allowed);
        let mut free = TokenBucket::new(1.0, 0);
        assert!((0..1000).all(|_| free.take(10.0, 0.0, 1.0, 0) == Allowed));
    }

    #[test]
    fn whoever_waits_as_long_as_told_is_not_refused_again() {
        for (burst, rate, cost) in [
            (5.0, 1.0, 1.0),
            (20.0, 5.0, 10.0),
            (20.0, 5.0, 3.0),
            (3.0, 0.3, 1.0),
            (1.0, 0.7, 2.0),
            (2.0, 5.0, 10.0),
        ] {
            let mut allowance = TokenBucket::new(burst, 0);
            let mut now = 0;
            for _ in 0..50 {
                let wait = loop {
                    match allowance.take(cost, rate, burst, now) {
                        RateVerdict::Allowed => {}
                        RateVerdict::TooFast(wait) => break wait,
                        RateVerdict::Flood => {
                            panic!("{burst} {rate} {cost}: no warning before the end")
                        }
                    }
                };
                now += wait * 1000;
                let pace = allowance.take(cost, rate, burst, now);
                assert_eq!(
                    pace,
                    RateVerdict::Allowed,
                    "{burst} {rate} {cost} after {wait} s"
                );
            }
        }
    }

    #[test]
    fn the_first_refusal_is_a_warning_however_small_the_burst() {
        for (burst, cost) in [(1.0, 1.0), (1.0, 10.0), (5.0, 10.0)] {
            let mut allowance = TokenBucket::new(burst, 0);
            let mut take = || allowance.take(cost, 1.0, burst, 0);
            assert_eq!(take(), RateVerdict::Allowed, "{burst} {cost}");
            assert!(matches!(take(), RateVerdict::TooFast(_)), "{burst} {cost}");
            assert_eq!(take(), RateVerdict::Flood, "{burst} {cost}");
        }
    }
}
