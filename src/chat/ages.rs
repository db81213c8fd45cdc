//! How old the events of a room in memory are, by a clock that never jumps. Pure: the time is an
//! argument.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Looks that are remembered while `history.keep` passes. What is older than that goes at the next
/// look, so nothing stays longer than a sixteenth of it too long.
const LOOKS: u32 = 16;

/// How far a room had come, some time ago.
#[derive(Debug, Default)]
pub(crate) struct Ages {
    /// Oldest first: when it was, and the number of the newest event.
    looks: VecDeque<(Instant, u64)>,
}

impl Ages {
    /// Notes that the room has come to the event `head`, if it is time to. Returns how far it had
    /// come `keep` ago.
    pub(crate) fn look(&mut self, now: Instant, keep: Duration, head: u64) -> Option<u64> {
        let since = |at: Instant| now.saturating_duration_since(at);
        let last = self.looks.back().map(|(at, _)| since(*at));
        if last.is_none_or(|passed| passed >= keep / LOOKS) {
            self.looks.push_back((now, head));
        }
        let mut old = None;
        while self.looks.front().is_some_and(|(at, _)| since(*at) >= keep) {
            old = self.looks.pop_front();
        }
        old.map(|(_, head)| head)
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
            ages.look(now, keep, seconds)
        };
        for seconds in (0..1600).step_by(60) {
            assert_eq!(look(seconds), None, "{seconds}");
        }
        assert_eq!(look(1600), Some(0));
        assert_eq!(look(1660), None, "noted every 120 s");
        assert_eq!(look(1720), Some(120));
        assert_eq!(look(9999), Some(1660));
    }
}
