//! What memory no longer keeps: with a store, what the store has erased; without one, what is older
//! than `history.keep` by a clock that never jumps.

use super::Hub;
use crate::config::Keep;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Looks at the rooms that are remembered while `history.keep` passes. What is older than that goes
/// at the next look, so that nothing stays longer than a sixteenth of it too long.
const LOOKS: u32 = 16;

/// How far the rooms had come, some time ago.
#[derive(Debug, Default)]
pub(super) struct Ages {
    /// Oldest first: when it was, and the number of the newest event of each room.
    looks: VecDeque<(Instant, Vec<u64>)>,
}

impl Ages {
    /// Notes how far the rooms have come, if it is time to. Returns how far they had come `keep` ago.
    fn look(
        &mut self,
        now: Instant,
        keep: Duration,
        heads: impl Iterator<Item = u64>,
    ) -> Option<Vec<u64>> {
        let since = |at: Instant| now.saturating_duration_since(at);
        let last = self.looks.back().map(|(at, _)| since(*at));
        if last.is_none_or(|passed| passed >= keep / LOOKS) {
            self.looks.push_back((now, heads.collect()));
        }
        let mut old = None;
        while self.looks.front().is_some_and(|(at, _)| since(*at) >= keep) {
            old = self.looks.pop_front();
        }
        old.map(|(_, heads)| heads)
    }
}

impl Hub {
    /// Drops what is too old from memory, if nothing is stored: the store tells what it erased.
    pub(super) fn sweep_history(&mut self, now: Instant) {
        let (Keep::For(keep), None) = (self.setup.config.history.keep, &self.store) else {
            return;
        };
        let heads = self.rooms.iter().map(|room| room.log.head());
        let old = self.ages.look(now, keep, heads).unwrap_or_default();
        for (room, last) in self.rooms.iter_mut().zip(old) {
            room.forget_up_to(last);
        }
    }

    /// The store has erased the events of a room up to this number.
    pub(super) fn forget_erased(&mut self, room: &str, last: u64) {
        if let Some(key) = self.rooms.find(room) {
            self.rooms.get_mut(key).forget_up_to(last);
        }
    }

    /// Drops all events from memory.
    pub(super) fn forget_history(&mut self) {
        for room in self.rooms.iter_mut() {
            room.forget_up_to(u64::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_long_enough_ago_is_too_old() {
        let start = Instant::now();
        let keep = Duration::from_secs(1600);
        let mut ages = Ages::default();
        let mut look = |seconds: u64| {
            let now = start + Duration::from_secs(seconds);
            ages.look(now, keep, [seconds, 7].into_iter())
        };
        for seconds in (0..1600).step_by(60) {
            assert_eq!(look(seconds), None, "{seconds}");
        }
        assert_eq!(look(1600), Some(vec![0, 7]));
        assert_eq!(look(1660), None, "noted every 120 s");
        assert_eq!(look(1720), Some(vec![120, 7]));
        assert_eq!(look(9999), Some(vec![1660, 7]));
    }
}
