//! The server's numbers at one moment: for the live chart, and as the text that Prometheus reads.
//!
//! Called by any connection's thread. Reads counters; only the text for Prometheus asks the hub, too,
//! and goes without its answer if that takes long.

mod exposition;
mod moment;
mod numbers;
mod process;
mod table;

pub(crate) use numbers::Numbers;
pub use table::{Kind, METRICS, Metric};

use crate::shared::Shared;
use moment::Moment;

/// The text of `GET /metrics`.
pub(crate) fn text(shared: &Shared) -> String {
    let moment = Moment::now(shared);
    let mut text = String::new();
    for metric in METRICS {
        let samples = metric.read(&moment);
        exposition::write(
            metric.name,
            metric.kind.word(),
            metric.meaning,
            &samples,
            &mut text,
        );
    }
    text
}
