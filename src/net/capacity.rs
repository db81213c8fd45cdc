//! Capacity: how many connections this process can hold, and how they are shared out.
//!
//! Each connection is a thread and a descriptor. Beyond the bounds a connection is answered with
//! 503. Beyond the system's own limits no answer would be possible, and std may abort the process
//! when it cannot map a stack. So all bounds together stay below the system's limits.

use crate::net::admission::Bounds;
use crate::net::linux;
pub(crate) use crate::net::linux::Limit;
use std::ops::RangeInclusive;

/// Connections beyond `limits.connections` that only hosts and moderators get.
const FOR_LEADERS: usize = 8;
/// Connections that were told to make room and are not over yet.
const LEAVING: usize = 64;
/// Descriptors and threads for everything that is not a connection: a quarter of the limit, at
/// least what the server itself and one or two downloads need, and at most what it ever needs.
const RESERVE: RangeInclusive<usize> = 32..=200;

/// The lowest of the system's limits.
pub(crate) fn tightest() -> Limit {
    let limits = linux::limits();
    let least = limits.into_iter().min_by_key(|limit| limit.most);
    least.unwrap_or(limits[0])
}

/// The bounds for a process that can hold `most` connections and should have `chat` in the chat and
/// `unauthenticated` without a token. Connections without a token get at most half, so that the
/// chat never has less than they; the sum stays below `most` wherever a server could run at all.
pub(crate) fn share(
    chat: usize,
    unauthenticated: usize,
    per_address: usize,
    most: usize,
) -> Bounds {
    let reserve = (most / 4).clamp(*RESERVE.start(), *RESERVE.end());
    let usable = most.saturating_sub(reserve);
    let leaders = FOR_LEADERS.min(usable / 8);
    let leaving = LEAVING.min(usable / 8);
    let shared = usable - leaders - leaving;
    // At least one of each, or nobody could load a page.
    let unauthenticated = unauthenticated.min(shared / 2).max(1);
    Bounds {
        chat: chat.min(shared.saturating_sub(unauthenticated)).max(1),
        leaders,
        unauthenticated,
        leaving,
        per_address,
    }
}

/// Raises the limit on descriptors as far as the system allows.
pub(crate) fn raise_descriptor_limit() {
    linux::raise_descriptor_limit();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_stay_below_what_the_process_can_hold() {
        // The limit, and the bounds for 1000 in the chat and 256 without a token.
        for (most, chat, leaders, unauthenticated, leaving) in [
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
                bounds.unauthenticated,
                bounds.leaving,
                bounds.per_address,
            );
            assert_eq!(
                found,
                (chat, leaders, unauthenticated, leaving, 7),
                "{most}"
            );
        }
        for most in 36..5000 {
            for (chat, unauthenticated) in [(1, 1), (1000, 256), (100_000, 1), (1, 100_000)] {
                let bounds = share(chat, unauthenticated, 0, most);
                assert!(bounds.all() + RESERVE.start() <= most, "{most}: {bounds:?}");
                assert!(bounds.chat <= chat && bounds.unauthenticated <= unauthenticated);
            }
        }
    }

    #[test]
    fn this_machine_has_a_limit() {
        assert!(tightest().most < usize::MAX);
    }
}
