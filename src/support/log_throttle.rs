//! Keeps a warning that would come a hundred times a second from filling the log: it is logged at
//! once, and then at most once a second, with how often it has happened.
//!
//! Pure: the time is an argument.

use std::time::{Duration, Instant};

/// The shortest time between two lines of the log that say the same.
const PAUSE: Duration = Duration::from_secs(1);

/// Counts what is to be logged, and says when.
#[derive(Debug, Default)]
pub(crate) struct LogThrottle {
    last_logged: Option<Instant>,
    /// How often it has happened since the last line.
    unlogged: u64,
}

impl LogThrottle {
    /// Counts that it happened again. Returns how often since the last line, if one is due now.
    pub(crate) fn again(&mut self, now: Instant) -> Option<u64> {
        self.unlogged += 1;
        if self.last_logged.is_some_and(|last| now < last + PAUSE) {
            return None;
        }
        self.last_logged = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_logged_at_once_and_then_once_a_second_with_how_often_it_happened() {
        let start = Instant::now();
        let mut throttle = LogThrottle::default();
        let mut again = |millis| throttle.again(start + Duration::from_millis(millis));
        assert_eq!(again(0), Some(1));
        for tick in 1..100 {
            assert_eq!(again(tick * 10), None);
        }
        assert_eq!(again(1000), Some(100));
        assert_eq!(again(1999), None);
        // What was not logged when it stopped is counted when it begins again.
        assert_eq!(again(60_000), Some(2));
    }
}
