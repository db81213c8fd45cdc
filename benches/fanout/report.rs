//! The results of `fanout`, as Markdown for people and as JSON for programs, and the machine that
//! they are from.

use crate::load::Sample;
use crate::options::Suite;
use std::fs;

/// One row: the samples of both servers.
#[derive(Debug)]
pub struct Row {
    /// The kind of load.
    pub suite: Suite,
    /// The number of clients.
    pub clients: usize,
    /// The load in words: senders and their window, or the rate.
    pub load: String,
    /// Glassroom's samples.
    pub glassroom: Vec<Sample>,
    /// The raw fan-out's samples.
    pub raw: Vec<Sample>,
}

/// The name of a column, and its value.
type Column = (&'static str, fn(&Sample) -> f64);

const COLUMNS: [Column; 7] = [
    ("deliveries/s", |s| s.rate),
    ("CPU µs each", |s| s.cost),
    ("p50 µs", |s| s.p50),
    ("p99 µs", |s| s.p99),
    ("ack p99 µs", |s| s.ack_p99),
    ("per read", |s| s.per_read),
    ("generator", |s| s.generator),
];

/// The facts without which a figure means nothing.
pub fn machine() -> String {
    let read = |path: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = read("/proc/cpuinfo");
    let field = |name| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        line.split_once(": ").map(|(_, value)| value)
    };
    // On ARM the name of the board stands at the end instead.
    let model = field("model name").or(field("Model"));
    let model = model.unwrap_or("unknown CPU");
    let kernel = read("/proc/sys/kernel/osrelease");
    let congestion = read("/proc/sys/net/ipv4/tcp_congestion_control");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    format!(
        "{cores} cores ({model}), Linux {kernel}, TCP {congestion}, loopback, generator on the same machine; \
         load average before: {load}"
    )
}

/// One table per suite.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::new();
    for (suite, title) in [(Suite::Saturated, "Saturated"), (Suite::Paced, "Paced")] {
        let rows: Vec<_> = rows.iter().filter(|row| row.suite == suite).collect();
        if let Some(first) = rows.first() {
            let frame = median(&first.glassroom, |sample| sample.frame);
            text.push_str(&format!(
                "\n### {title}, messages of 64 characters, frames of {frame:.0} B\n\n"
            ));
            text.push_str(&table(&rows));
        }
    }
    text
}

fn table(rows: &[&Row]) -> String {
    let names = COLUMNS.map(|(name, _)| name).join(" | ");
    let mut text = format!("| clients | load | server | {names} |\n");
    text.push_str(&format!("|-:|-|-|{}\n", "-:|".repeat(COLUMNS.len())));
    for row in rows {
        let medians = |samples: &[Sample]| COLUMNS.map(|(_, get)| median(samples, get));
        let glassroom = medians(&row.glassroom);
        let raw = medians(&row.raw);
        let ratio: [f64; COLUMNS.len()] = std::array::from_fn(|n| glassroom[n] / raw[n]);
        let cells = |values: [f64; COLUMNS.len()]| values.map(number).join(" | ");
        let Row { clients, load, .. } = row;
        text.push_str(&format!(
            "| {clients} | {load} | Glassroom | {} |\n\
             | | | raw TCP | {} |\n\
             | | | *ratio* | {} |\n",
            cells(glassroom),
            cells(raw),
            cells(ratio)
        ));
    }
    text
}

/// One object per row, with every repetition.
pub fn json(rows: &[Row], machine: &str) -> String {
    let line = |row: &Row| {
        let object = serde_json::json!({
            "suite": row.suite.name(), "clients": row.clients, "load": row.load,
            "machine": machine, "glassroom": samples(&row.glassroom), "raw": samples(&row.raw),
        });
        format!("{object}\n")
    };
    rows.iter().map(line).collect()
}

fn samples(samples: &[Sample]) -> serde_json::Value {
    let object = |s: &Sample| {
        serde_json::json!({
            "deliveries_per_second": s.rate, "cpu_us_per_delivery": s.cost, "p50_us": s.p50,
            "p99_us": s.p99, "ack_p99_us": s.ack_p99, "messages_per_read": s.per_read,
            "generator_cores": s.generator, "frame_bytes": s.frame,
        })
    };
    samples.iter().map(object).collect()
}

/// The median of one figure of several samples.
pub fn median<T>(samples: &[T], get: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(get).collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

/// Two decimals below ten, whole numbers above, and separators between thousands.
pub fn number(value: f64) -> String {
    match value {
        v if v.is_nan() => "–".into(),
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 1000.0 => format!("{v:.0}"),
        v => {
            let digits = format!("{v:.0}");
            let groups = digits.as_bytes().rchunks(3).rev();
            let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
            groups.join(",")
        }
    }
}
