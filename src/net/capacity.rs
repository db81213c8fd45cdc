//! Capacity: how many connections this process can hold, and how they are shared out.
//!
//! Each connection is a thread and a descriptor. Whoever comes beyond the bounds is told 503; beyond
//! the system's own limits nobody could be told anything, and std may abort the process for want of
//! a memory map. So all bounds together stay below those limits.

use crate::net::admission::Bounds;
use crate::net::linux;
pub use crate::net::linux::Limit;

/// Admission beyond `limits.connections` that only hosts and moderators find.
const FOR_LEADERS: usize = 8;
/// Connections that were told to make room and are on their way out.
const LEAVING: usize = 64;
/// Descriptors and threads for everything that is not a connection: a quarter of what there is, but
/// at least what the server itself and one or two downloads need, and not more than it ever needs.
const RESERVE: (usize, usize) = (32, 200);

/// The limit that this process meets first.
pub fn tightest() -> Limit {
    let limits = linux::limits();
    let least = limits.into_iter().min_by_key(|limit| limit.most);
    least.unwrap_or(limits[0])
}

/// The bounds for a process that can hold `most`, of which `chat` and `waiting` connections are
/// wanted. Those without a token get at most half, so that the chat is never the smaller part; the
/// sum stays below `most` wherever a server could run at all.
pub fn share(chat: usize, waiting: usize, per_address: usize, most: usize) -> Bounds {
    let left = most.saturating_sub((most / 4).clamp(RESERVE.0, RESERVE.1));
    let leaders = FOR_LEADERS.min(left / 8);
    let leaving = LEAVING.min(left / 8);
    let left = left - leaders - leaving;
    // Nobody could load a page without one place of each kind.
    let waiting = waiting.min(left / 2).max(1);
    Bounds {
        chat: chat.min(left.saturating_sub(waiting)).max(1),
        leaders,
        waiting,
        leaving,
        per_address,
    }
}

/// Asks for as many descriptors as we may have.
pub fn raise_descriptor_limit() {
    linux::raise_descriptor_limit();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_stay_below_what_the_process_can_hold() {
        // What there may be; what that makes of 1000 in the chat and 256 without a token.
        for (most, chat, leaders, waiting, leaving) in [
            (0, 1, 0, 1, 0),
            (40, 3, 1, 3, 1),
            (64, 12, 4, 12, 4),
            (128, 38, 8, 38, 12),
            (256, 80, 8, 80, 24),
            (1024, 496, 8, 256, 64),
            (1528, 1000, 8, 256, 64),
            (1527, 999, 8, 256, 64),
            (1_000_000, 1000, 8, 256, 64),
            (usize::MAX, 1000, 8, 256, 64),
        ] {
            let bounds = share(1000, 256, 7, most);
            let found = (
                bounds.chat,
                bounds.leaders,
                bounds.waiting,
                bounds.leaving,
                bounds.per_address,
            );
            assert_eq!(found, (chat, leaders, waiting, leaving, 7), "{most}");
        }
        for most in 36..5000 {
            for (chat, waiting) in [(1, 1), (1000, 256), (100_000, 1), (1, 100_000)] {
                let bounds = share(chat, waiting, 0, most);
                assert!(bounds.all() + RESERVE.0 <= most, "{most}: {bounds:?}");
                assert!(bounds.chat <= chat && bounds.waiting <= waiting);
            }
        }
    }

    #[test]
    fn this_machine_has_a_limit() {
        assert!(tightest().most < usize::MAX);
    }
}
