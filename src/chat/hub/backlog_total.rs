//! The bound on what waits for all clients together.
//!
//! Each outbox has its own bound, but a thousand clients that read nothing would add up to a
//! gigabyte. When the sum passes `limits.backlog_total`, the largest outboxes are cut until it
//! fits again: those clients read most slowly, and have lost the least by coming back. A connection
//! that its client closes is no longer the hub's, but what waits for it is still written for a while,
//! and counts: otherwise a client could fill one connection after the other.
//!
//! The flusher lowers the sizes at any time, so the sum is counted and not kept. It is counted again
//! when a part of the bound has been queued since, so that it costs nothing while everybody reads.

use crate::model::ids::Slot;
use crate::net::client::Client;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

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
    /// Connections that are closing while something waits for them. Weak, so that the socket of a
    /// peer that hangs up first is freed at once.
    closing: Vec<Weak<Client>>,
}

/// A connection for which something waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Connection {
    Open(Slot),
    /// One of those that are closing.
    Closing(usize),
}

impl BacklogTotal {
    /// Nothing is queued.
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            queued: 0,
            closing: Vec::new(),
        }
    }

    /// Notes that these bytes were queued for a client.
    pub(super) fn queue(&mut self, bytes: usize) {
        self.queued += bytes;
    }

    /// Notes that a connection closes, and keeps what waits for it.
    pub(super) fn close(&mut self, client: &Arc<Client>) {
        self.closing.retain(|client| client.strong_count() > 0);
        if waiting_for(client) > 0 {
            self.closing.push(Arc::downgrade(client));
        }
    }

    /// Whether the sum has to be counted.
    pub(super) fn is_due(&self) -> bool {
        self.queued > self.bound / PART
    }

    /// Takes what waits for each client, and returns those that have to be cut, the largest first.
    /// Those that are closing are hung up here.
    pub(super) fn over(&mut self, open: Vec<(usize, Slot)>) -> Vec<Slot> {
        self.queued = 0;
        let closing: Vec<_> = self.closing.iter().filter_map(Weak::upgrade).collect();
        let ends = closing.iter().enumerate();
        let ends = ends.map(|(n, client)| (waiting_for(client), Connection::Closing(n)));
        let open = open.into_iter();
        let open = open.map(|(bytes, slot)| (bytes, Connection::Open(slot)));
        let mut waiting: Vec<_> = open.chain(ends).collect();
        let mut sum: usize = waiting.iter().map(|(bytes, _)| bytes).sum();
        waiting.sort_unstable_by(|a, b| b.cmp(a));
        let mut cut = Vec::new();
        for (bytes, connection) in waiting {
            if sum <= self.bound {
                break;
            }
            sum -= bytes;
            match connection {
                Connection::Open(slot) => cut.push(slot),
                Connection::Closing(n) => {
                    let hung_up = Arc::downgrade(&closing[n]);
                    self.closing.retain(|client| !client.ptr_eq(&hung_up));
                    closing[n].hang_up();
                }
            }
        }
        cut
    }
}

/// Bytes that the flusher still has to write.
fn waiting_for(client: &Client) -> usize {
    client.backlog_bytes().load(Relaxed)
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
