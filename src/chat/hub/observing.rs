//! How long a batch takes, for the metrics: once for a batch, however many members it goes to.

use super::Hub;
use std::time::Instant;

impl Hub {
    /// Sends what the commands since `began` brought to rooms and clients. A batch without anything for
    /// a room is not observed: mere answers would hide how long the fan-out takes.
    pub(super) fn flush_observed(&mut self, began: Instant) {
        let is_fan_out = self.rooms.batched() > 0;
        self.flush();
        if is_fan_out {
            self.setup.counters.fanout.observe(began.elapsed());
        }
    }
}
