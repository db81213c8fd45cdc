//! Counts what happens often, so that it can be noted a few times and not each time: the first, the
//! tenth, the hundredth … of a window.
//!
//! Pure: the time is an argument. Memory is bounded.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Most kinds of things that are counted at once. When they are full, the oldest is forgotten and
/// would be noted anew.
const MAX_KINDS: usize = 1024;

/// Counts by kind.
#[derive(Debug, Default)]
pub struct Tallies(HashMap<String, (Instant, u64)>);

impl Tallies {
    /// Counts one more. Returns how many there were in this window, if that is to be noted: with
    /// the first, the tenth, the hundredth and so on. So a flood of a million makes seven notes,
    /// and the last of them says how large it is.
    pub(crate) fn again(&mut self, kind: &str, window: Duration, now: Instant) -> Option<u64> {
        let (since, count) = match self.0.get_mut(kind) {
            Some(tally) => tally,
            None => {
                self.make_room();
                self.0.entry(kind.to_owned()).or_insert((now, 0))
            }
        };
        if now.saturating_duration_since(*since) >= window {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        let is_power_of_ten = 10_u64.pow(count.ilog10()) == *count;
        is_power_of_ten.then_some(*count)
    }

    fn make_room(&mut self) {
        if self.0.len() >= MAX_KINDS
            && let Some((oldest, _)) = self.0.iter().min_by_key(|(_, (since, _))| *since)
        {
            let oldest = oldest.clone();
            self.0.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_noted_a_few_times_and_anew_in_the_next_window() {
        let mut tallies = Tallies::default();
        let (start, minute) = (Instant::now(), Duration::from_secs(60));
        let noted: Vec<u64> = (0..12_345)
            .filter_map(|_| tallies.again("wrong_code", minute, start))
            .collect();
        assert_eq!(noted, [1, 10, 100, 1000, 10_000]);
        assert_eq!(tallies.again("other", minute, start), Some(1));
        let later = start + Duration::from_secs(59);
        assert_eq!(tallies.again("wrong_code", minute, later), None);
        assert_eq!(tallies.again("wrong_code", minute, start + minute), Some(1));
    }

    #[test]
    fn memory_is_bounded() {
        let mut tallies = Tallies::default();
        let start = Instant::now();
        for n in 0..MAX_KINDS as u64 + 50 {
            let now = start + Duration::from_millis(n);
            let kind = n.to_string();
            assert_eq!(tallies.again(&kind, Duration::from_secs(60), now), Some(1));
        }
        assert_eq!(tallies.0.len(), MAX_KINDS);
    }
}
