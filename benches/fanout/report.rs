//! What the runs found, as Markdown for people or JSON for programs, and on which machine.

use crate::load::Sample;
use crate::options::Suite;
use std::fs;

/// One row: the repetitions of both servers.
#[derive(Debug)]
pub struct Row {
    /// Which load.
    pub suite: Suite,
    /// How many clients.
    pub clients: usize,
    /// Senders, and how they send.
    pub load: String,
    /// The server's repetitions.
    pub product: Vec<Sample>,
    /// Those of the raw fan-out in between.
    pub raw: Vec<Sample>,
}

/// A name, and what stands under it.
type Column = (&'static str, fn(&Sample) -> f64);

const COLUMNS: [Column; 7] = [
    ("deliveries/s", |s| s.rate),
    ("CPU µs each", |s| s.cost),
    ("p50 µs", |s| s.p50),
    ("p99 µs", |s| s.p99),
    ("ack p99 µs", |s| s.ack_p99),
    ("per read", |s| s.joined),
    ("generator", |s| s.generator),
];

/// The facts without which a number means nothing.
pub fn machine() -> String {
    let read = |path: &str| {
        fs::read_to_string(path)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = read("/proc/cpuinfo");
    // ARM names the board instead, at the end.
    let field = |name| {
        info.lines()
            .find(|line| line.starts_with(name))
            .and_then(|l| l.split_once(": "))
    };
    let model = field("model name")
        .or(field("Model"))
        .map_or("unknown CPU", |(_, model)| model);
    let kernel = read("/proc/sys/kernel/osrelease");
    let congestion = read("/proc/sys/net/ipv4/tcp_congestion_control");
    let busy = read("/proc/loadavg");
    let busy = busy.split(' ').next().unwrap_or("?");
    format!(
        "{cores} cores ({model}), Linux {kernel}, TCP {congestion}, loopback, generator on the same machine; \
         load average before: {busy}"
    )
}

/// One table per suite.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::new();
    for suite in [Suite::Saturated, Suite::Paced] {
        let rows: Vec<_> = rows.iter().filter(|row| row.suite == suite).collect();
        let Some(first) = rows.first() else { continue };
        let title = match suite {
            Suite::Saturated => "Saturated",
            Suite::Paced => "Paced",
        };
        text.push_str(&format!(
            "\n### {title}, messages of 64 characters, frames of {:.0} B\n\n",
            { median(&first.product, |s| s.frame) }
        ));
        let names = COLUMNS.map(|(name, _)| name).join(" | ");
        text.push_str(&format!("| clients | load | server | {names} |\n"));
        text.push_str(&format!("|-:|-|-|{}\n", "-:|".repeat(COLUMNS.len())));
        for row in rows {
            let values = |samples: &[Sample]| COLUMNS.map(|(_, get)| median(samples, get));
            let (ours, limit) = (values(&row.product), values(&row.raw));
            let ratio: [f64; COLUMNS.len()] = std::array::from_fn(|n| ours[n] / limit[n]);
            let cells = |values: &[f64]| {
                values
                    .iter()
                    .map(|v| number(*v))
                    .collect::<Vec<_>>()
                    .join(" | ")
            };
            let Row { clients, load, .. } = row;
            text.push_str(&format!(
                "| {clients} | {load} | Glassroom | {} |\n",
                cells(&ours)
            ));
            text.push_str(&format!("| | | raw TCP | {} |\n", cells(&limit)));
            text.push_str(&format!("| | | *ratio* | {} |\n", cells(&ratio)));
        }
    }
    text
}

/// One object per row, every repetition in it.
pub fn json(rows: &[Row], machine: &str) -> String {
    let samples = |samples: &[Sample]| -> serde_json::Value {
        let sample = |s: &Sample| {
            serde_json::json!({
                "deliveries_per_second": s.rate, "cpu_us_per_delivery": s.cost, "p50_us": s.p50,
                "p99_us": s.p99, "ack_p99_us": s.ack_p99, "messages_per_read": s.joined,
                "generator_cores": s.generator, "frame_bytes": s.frame,
            })
        };
        samples.iter().map(sample).collect()
    };
    let line = |row: &Row| {
        let (suite, clients, load) = (row.suite.name(), row.clients, &row.load);
        let (product, raw) = (samples(&row.product), samples(&row.raw));
        let object = serde_json::json!({
            "suite": suite, "clients": clients, "load": load, "machine": machine,
            "glassroom": product, "raw": raw,
        });
        format!("{object}\n")
    };
    rows.iter().map(line).collect()
}

/// The median of one figure of several runs.
pub fn median<T>(samples: &[T], get: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(get).collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

/// Three digits that matter; thousands with separators.
pub fn number(value: f64) -> String {
    match value {
        v if v.is_nan() => "–".into(),
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 1000.0 => format!("{v:.0}"),
        v => {
            let digits = format!("{v:.0}");
            let chunks = digits
                .as_bytes()
                .rchunks(3)
                .rev()
                .map(String::from_utf8_lossy);
            chunks.collect::<Vec<_>>().join(",")
        }
    }
}
