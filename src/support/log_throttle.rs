//! A complaint that would come a hundred times a second: told at once, and then at most once in a
//! while, with how often it happened.

use std::time::{Duration, Instant};

/// Time between two lines of the log that say the same.
const PAUSE: Duration = Duration::from_secs(1);

/// What is to be complained about, and was not yet.
#[derive(Debug, Default)]
pub struct LogThrottle {
    told: Option<Instant>,
    untold: u64,
}

impl LogThrottle {
    /// It happened again: how often since the last line, if one is due now.
    pub fn again(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        if self.told.is_some_and(|told| now < told + PAUSE) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_once_and_then_once_a_second_with_how_often_it_happened() {
        let (start, mut complaint) = (Instant::now(), LogThrottle::default());
        let mut again = |millis| complaint.again(start + Duration::from_millis(millis));
        assert_eq!(again(0), Some(1));
        for tick in 1..100 {
            assert_eq!(again(tick * 10), None);
        }
        assert_eq!(again(1000), Some(100));
        assert_eq!(again(1999), None);
        // What was left untold when it stopped is told when it begins again.
        assert_eq!(again(60_000), Some(2));
    }
}
