//! How fast somebody may go: the flood limit, and when they last spoke, for slow mode.
//!
//! A person has a pace of their own. All guests of one device share one, or a new name would be a
//! new allowance.

use crate::model::ids::RoomKey;
use crate::model::time::Ticks;
use crate::support::token_bucket::TokenBucket;

/// Longest pause of slow mode: seconds. What was said earlier need not be remembered.
pub(crate) const LONGEST_SLOW: u64 = 3600;

/// A person's pace, or that of a device.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Limits their requests.
    pub allowance: TokenBucket,
    /// When they last spoke in each room with slow mode.
    spoke: Vec<(RoomKey, Ticks)>,
}

impl Pace {
    /// The pace of somebody who has not asked for anything yet.
    pub(crate) fn new(allowance: TokenBucket) -> Self {
        Self {
            allowance,
            spoke: Vec::new(),
        }
    }

    /// When they last spoke in `room`.
    pub(crate) fn spoke_in(&self, room: RoomKey) -> Option<Ticks> {
        let mut spoke = self.spoke.iter();
        spoke.find(|(key, _)| *key == room).map(|&(_, at)| at)
    }

    /// Notes when they spoke in `room`.
    pub(crate) fn speaks_in(&mut self, room: RoomKey, at: Ticks) {
        match self.spoke.iter_mut().find(|(key, _)| *key == room) {
            Some(entry) => entry.1 = entry.1.max(at),
            None => self.spoke.push((room, at)),
        }
    }

    /// Whether some slow mode might still count what they said.
    pub(crate) fn matters(&self, now: Ticks) -> bool {
        self.spoke.iter().any(|&(_, at)| is_recent(at, now))
    }
}

/// Whether some slow mode might still count what was said at that moment.
pub(crate) fn is_recent(at: Ticks, now: Ticks) -> bool {
    now.since(at) < LONGEST_SLOW * 1000
}
