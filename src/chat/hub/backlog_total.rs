//! The bound on what waits for all clients together.
//!
//! Each outbox has its own bound, but a thousand clients that read nothing would add up to a
//! gigabyte. When the sum passes `limits.backlog_total`, the largest outboxes are cut until it
//! fits again: those clients read most slowly, and have lost the least by coming back.
//!
//! The flusher lowers the sizes at any time, so the sum is counted and not kept. It is counted again
//! when a part of the bound has been queued since, so that it costs nothing while everybody reads.

use crate::model::ids::Slot;

/// The sum is counted when this part of the bound has been queued since the last time. It may pass
/// the bound by as much.
const PART: usize = 16;

/// Notes what is queued, and finds the clients to cut.
#[derive(Debug)]
pub(super) struct BacklogTotal {
    /// `limits.backlog_total`, in bytes.
    bound: usize,
    /// Bytes that were queued since the sum was counted.
    queued: usize,
}

impl BacklogTotal {
    /// Nothing is queued.
    pub(super) fn new(bound: usize) -> Self {
        Self { bound, queued: 0 }
    }

    /// Notes that these bytes were queued for a client.
    pub(super) fn queue(&mut self, bytes: usize) {
        self.queued += bytes;
    }

    /// Whether the sum has to be counted.
    pub(super) fn is_due(&self) -> bool {
        self.queued > self.bound / PART
    }

    /// Takes what waits for each client, and returns those that have to be cut, the largest first.
    pub(super) fn over(&mut self, mut waiting: Vec<(usize, Slot)>) -> Vec<Slot> {
        self.queued = 0;
        let mut sum: usize = waiting.iter().map(|(bytes, _)| bytes).sum();
        waiting.sort_unstable_by(|a, b| b.cmp(a));
        let cut = waiting.into_iter().take_while(|(bytes, _)| {
            let over = sum > self.bound;
            sum -= bytes;
            over
        });
        cut.map(|(_, slot)| slot).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_cut_until_the_rest_fits() {
        let waiting = |sizes: &[usize]| {
            let slots = sizes.iter().enumerate();
            slots.map(|(n, bytes)| (*bytes, Slot::new(n))).collect()
        };
        let mut total = BacklogTotal::new(100);
        assert_eq!(total.over(waiting(&[40, 30, 30])), []);
        assert_eq!(total.over(waiting(&[40, 30, 31])), [Slot::new(0)]);
        assert_eq!(
            total.over(waiting(&[60, 10, 90, 60])),
            [Slot::new(2), Slot::new(3)],
        );
    }

    #[test]
    fn the_sum_is_counted_only_after_enough_was_queued() {
        let mut total = BacklogTotal::new(1600);
        total.queue(100);
        assert!(!total.is_due());
        total.queue(1);
        assert!(total.is_due());
        total.over(Vec::new());
        assert!(!total.is_due());
    }
}
