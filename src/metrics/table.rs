//! Every metric of `GET /metrics` in one table: its name, what it says, and how it is read.
//! `docs/metrics.md` is made from it (`tests/it/metrics.rs`).

use crate::http::refusal_counts;
use crate::metrics::exposition::{Sample, by_label, histogram, one};
use crate::metrics::moment::Moment;
use crate::metrics::process;
use crate::store::shared_log::Seen;
use std::sync::atomic::Ordering::Relaxed;

/// How a value moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only rises, from 0 at the start of the server.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Durations or sizes by bucket.
    Histogram,
}

impl Kind {
    /// The word of Prometheus.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name. The unit stands in it, and a counter ends in `_total`.
    pub name: &'static str,
    /// How its value moves.
    pub kind: Kind,
    /// What it counts: `seconds`, `bytes`, or things.
    pub unit: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says, as one sentence.
    pub meaning: &'static str,
    /// Its values at this moment; none if they are not known.
    read: fn(&Moment) -> Vec<Sample>,
}

/// A row without labels.
const fn row(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
    read: fn(&Moment) -> Vec<Sample>,
) -> Metric {
    Metric {
        name,
        kind,
        unit,
        labels: &[],
        meaning,
        read,
    }
}

impl Metric {
    /// The same row with one label.
    const fn by(mut self, labels: &'static [&'static str]) -> Self {
        self.labels = labels;
        self
    }

    /// Its values at this moment; none if they are not known.
    pub(super) fn read(&self, moment: &Moment) -> Vec<Sample> {
        (self.read)(moment)
    }
}

/// A whole number as a sample.
fn count(value: u64) -> Vec<Sample> {
    one(Some(value as f64))
}

/// All metrics, in the order of the page.
pub const METRICS: &[Metric] = &[
    row(
        "glassroom_build_info",
        Kind::Gauge,
        "1",
        "Always 1; the label says which version runs.",
        |_| by_label("version", [(env!("CARGO_PKG_VERSION").to_owned(), 1.0)]),
    )
    .by(&["version"]),
    row(
        "glassroom_uptime_seconds",
        Kind::Gauge,
        "seconds",
        "Time since the server started, on the clock that never jumps.",
        |m| one(Some((m.numbers.uptime_ms / 1000) as f64)),
    ),
    row(
        "glassroom_connections",
        Kind::Gauge,
        "connections",
        "Open connections: chat, protocol_view, task (and exams), echo, waiting (page loads, unfinished handshakes), leaving (told to make room).",
        |m| {
            let kinds = m.shared.admission.kinds();
            by_label("kind", kinds.map(|(kind, n)| (kind.to_owned(), n as f64)))
        },
    )
    .by(&["kind"]),
    row(
        "glassroom_refused_total",
        Kind::Counter,
        "requests",
        "HTTP requests and handshakes that were refused, by the slug of the refusal.",
        |_| {
            let counts = refusal_counts::read().into_iter();
            by_label("reason", counts.map(|(slug, n)| (slug.to_owned(), n as f64)))
        },
    )
    .by(&["reason"]),
    row(
        "glassroom_too_slow_total",
        Kind::Counter,
        "connections",
        "Connections closed for reading too slowly.",
        |m| count(m.numbers.too_slow),
    ),
    row(
        "glassroom_people",
        Kind::Gauge,
        "people",
        "People who are in the chat; absent while the hub does not answer.",
        |m| one(m.overview.as_ref().map(|seen| seen.people as f64)),
    ),
    row(
        "glassroom_rooms",
        Kind::Gauge,
        "rooms",
        "Rooms that exist; absent while the hub does not answer.",
        |m| one(m.overview.as_ref().map(|seen| seen.rooms.len() as f64)),
    ),
    row(
        "glassroom_hub_queue_commands",
        Kind::Gauge,
        "commands",
        "Commands that wait for the hub; some hundreds for long mean that the machine is too slow.",
        |m| count(m.numbers.hub_queue as u64),
    ),
    row(
        "glassroom_fanout_seconds",
        Kind::Histogram,
        "seconds",
        "Time from when the hub woke up for a batch of messages until its frames were handed to the sockets, once per batch.",
        |m| histogram(&m.shared.counters.fanout.read()),
    ),
    row(
        "glassroom_events_total",
        Kind::Counter,
        "events",
        "Events of rooms: messages, edits, reactions and so on.",
        |m| count(m.numbers.messages),
    ),
    row(
        "glassroom_deliveries_total",
        Kind::Counter,
        "deliveries",
        "Events of rooms times the members that they went to.",
        |m| count(m.numbers.deliveries),
    ),
    row(
        "glassroom_delivered_bytes_total",
        Kind::Counter,
        "bytes",
        "Size of these deliveries, headers of frames included.",
        |m| count(m.numbers.bytes),
    ),
    row(
        "glassroom_store_failing",
        Kind::Gauge,
        "0 or 1",
        "1 while the history cannot be written and messages are refused.",
        |m| count(m.shared.counters.store_failing.load(Relaxed).into()),
    ),
    row(
        "glassroom_store_lag_events",
        Kind::Gauge,
        "events",
        "Events that were handed to the store and are not committed yet; absent while the hub does not answer.",
        |m| one(m.lag.map(|lag| lag as f64)),
    ),
    row(
        "glassroom_commits_total",
        Kind::Counter,
        "transactions",
        "Transactions of the store.",
        |m| count(m.numbers.commits),
    ),
    row(
        "glassroom_committed_events_total",
        Kind::Counter,
        "events",
        "Events in these transactions.",
        |m| count(m.numbers.committed),
    ),
    row(
        "glassroom_cluster_entry",
        Kind::Gauge,
        "entries",
        "The last entry of the cluster's log that the primary has on its disk; absent without a cluster.",
        |m| one(m.cluster.as_ref().map(|seen| seen.entry as f64)),
    ),
    row(
        "glassroom_cluster_engine_up",
        Kind::Gauge,
        "0 or 1",
        "0 while the engine does not take what the primary writes, so that messages are refused; absent without a cluster.",
        |m| one(m.cluster.as_ref().map(|seen| f64::from(u8::from(seen.is_engine_well)))),
    ),
    row(
        "glassroom_cluster_lag_entries",
        Kind::Gauge,
        "entries",
        "Entries of the log that a node does not have yet, by node, as the primary has seen it every 10 seconds; absent without a cluster.",
        |m| by_label("node", m.cluster.iter().flat_map(Seen::behind)),
    )
    .by(&["node"]),
    row(
        "glassroom_cluster_trunks",
        Kind::Gauge,
        "connections",
        "Followers that send on what the primary sends to the people at their addresses; absent without a cluster.",
        |m| one(m.cluster.as_ref().map(|_| m.shared.trunks.numbers().0 as f64)),
    ),
    row(
        "glassroom_cluster_trunk_bytes_total",
        Kind::Counter,
        "bytes",
        "Bytes that the primary has sent to these followers; absent without a cluster.",
        |m| one(m.cluster.as_ref().map(|_| m.shared.trunks.numbers().1 as f64)),
    ),
    row(
        "process_resident_memory_bytes",
        Kind::Gauge,
        "bytes",
        "Resident memory of the process.",
        |_| one(process::resident_memory()),
    ),
    row(
        "process_open_fds",
        Kind::Gauge,
        "descriptors",
        "Open file descriptors; each connection has one.",
        |_| one(process::open_descriptors()),
    ),
    row(
        "process_max_fds",
        Kind::Gauge,
        "descriptors",
        "File descriptors that the process may open; absent if there is no bound.",
        |_| one(process::most_descriptors()),
    ),
    row(
        "process_start_time_seconds",
        Kind::Gauge,
        "seconds",
        "When the process started, since 1970.",
        |_| one(process::start()),
    ),
    row(
        "process_cpu_seconds_total",
        Kind::Counter,
        "seconds",
        "CPU time that all threads have used.",
        |_| one(process::cpu()),
    ),
];
