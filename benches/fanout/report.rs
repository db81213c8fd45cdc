//! The results of `fanout`, as Markdown for people and as JSON for programs, and the machine that
//! they are from.

use crate::chart::{self, Group, Panel};
use crate::comparison::{Contestant, Row};
use crate::load::Sample;
use crate::options::Options;
use crate::statistics::Ratio;
use std::fs;

/// What is compared as a ratio.
struct Measure {
    /// The heading of its columns.
    name: &'static str,
    /// The heading of its part of the chart.
    title: &'static str,
    get: fn(&Sample) -> f64,
    /// An interval that is wider than this share of the ratio says nothing.
    most_noise: f64,
    /// Whether the chart shows it for saturated cells, and for paced ones.
    charted: (bool, bool),
}

const MEASURES: [Measure; 3] = [
    Measure {
        name: "deliveries/s",
        title: "Deliveries per second: more is better",
        get: |sample| sample.rate,
        most_noise: 0.15,
        charted: (true, false),
    },
    Measure {
        name: "CPU each",
        title: "CPU time per delivery: less is better",
        get: |sample| sample.cost,
        most_noise: 0.15,
        charted: (true, true),
    },
    Measure {
        name: "p99",
        title: "Latency, 99th percentile: less is better",
        get: |sample| sample.p99,
        most_noise: 0.30,
        charted: (false, true),
    },
];

/// Glassroom in its two forms.
const OURS: [Contestant; 2] = [Contestant::Off, Contestant::On];

impl Measure {
    /// The ratio, if the rounds agree enough.
    fn ratio(&self, row: &Row, ours: Contestant, theirs: Contestant) -> Option<Ratio> {
        let ratio = row.ratio(ours, theirs, self.get)?;
        ratio.is_within(self.most_noise).then_some(ratio)
    }

    fn text(&self, row: &Row, ours: Contestant, theirs: Contestant) -> String {
        match self.ratio(row, ours, theirs) {
            Some(Ratio { mean, low, high }) => format!("{mean:.2} ({low:.2} to {high:.2})"),
            None => "too noisy: more rounds".into(),
        }
    }
}

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
    let date = time::OffsetDateTime::now_utc().date();
    format!(
        "{date}, {cores} cores ({model}), Linux {kernel}, TCP {congestion}, loopback, generator on the same machine; \
         load average before: {load}"
    )
}

/// The tables: the ratios to each peer, and what they were made of.
pub fn markdown(rows: &[Row], options: &Options, machine: &str) -> String {
    let rounds = options.rounds;
    let seconds = options.time.as_secs_f64();
    let mut text = format!(
        "{machine}. {rounds} rounds, in each of which every server was measured for {seconds} s \
         ({} s if paced).\n",
        2.0 * seconds
    );
    for peer in peers(rows) {
        let name = peer.name();
        text.push_str(&format!(
            "\nGlassroom ÷ {name}, with the 95 % interval; *off* and *on* say whether the store was:\n\n"
        ));
        text.push_str(&ratios(rows, peer));
    }
    let frame = rows
        .first()
        .map_or(f64::NAN, |row| median(row.of(Contestant::Off), |s| s.frame));
    text.push_str(&format!(
        "\nThe medians behind the ratios, with frames of {frame:.0} bytes. The first columns are Glassroom \
         with the store off:\n\n"
    ));
    text.push_str(&medians(rows));
    text
}

/// The peers that ran, the most instructive one first.
fn peers(rows: &[Row]) -> Vec<Contestant> {
    let ran = |peer: &Contestant| rows.iter().any(|row| !row.of(*peer).is_empty());
    [Contestant::Bun, Contestant::Raw]
        .into_iter()
        .filter(ran)
        .collect()
}

fn ratios(rows: &[Row], peer: Contestant) -> String {
    let columns = MEASURES.map(|Measure { name, .. }| format!("{name}, off | {name}, on"));
    let mut text = format!("| clients | load | {} |\n", columns.join(" | "));
    text.push_str(&format!("|-:|-|{}\n", "-|".repeat(2 * MEASURES.len())));
    for row in rows {
        let columns = MEASURES.map(|measure| {
            let texts = OURS.map(|ours| measure.text(row, ours, peer));
            texts.join(" | ")
        });
        let (clients, load) = (row.cell.clients, row.cell.load());
        let columns = columns.join(" | ");
        text.push_str(&format!("| {clients} | {load} | {columns} |\n"));
    }
    text
}

/// The guide quotes rows of this table, and `tests/it/tidy_docs.rs` compares them.
fn medians(rows: &[Row]) -> String {
    let others = [Contestant::Raw, Contestant::On, Contestant::Bun];
    let others = others.map(|other| (other, format!("{}: deliveries/s, CPU each", other.name())));
    let names = others.clone().map(|(_, name)| name).join(" | ");
    let mut text = format!("| clients | load | deliveries/s | CPU each | p50 | p99 | {names} |\n");
    text.push_str("|-:|-|-|-|-|-|-|-|-|\n");
    for row in rows {
        let off = row.of(Contestant::Off);
        let others = others.each_ref().map(|(other, _)| match row.of(*other) {
            [] => "–".into(),
            samples => {
                let rate = rate(median(samples, |s| s.rate));
                format!("{rate}, {} µs", short(median(samples, |s| s.cost)))
            }
        });
        text.push_str(&format!(
            "| {} | {} | {} | {} µs | {} ms | {} ms | {} |\n",
            row.cell.clients,
            row.cell.load(),
            rate(median(off, |s| s.rate)),
            short(median(off, |s| s.cost)),
            short(median(off, |s| s.p50) / 1e3),
            short(median(off, |s| s.p99) / 1e3),
            others.join(" | ")
        ));
    }
    text
}

/// The chart of the ratios to the first peer, and what it shows in words.
pub fn chart(rows: &[Row]) -> (String, String) {
    let peer = peers(rows).first().copied().unwrap_or(Contestant::Raw);
    let panels = MEASURES.map(|measure| {
        let (saturated, paced) = measure.charted;
        let shown = rows.iter().filter(|row| match row.cell.is_paced() {
            true => paced,
            false => saturated,
        });
        let group = |row: &Row| Group {
            label: format!("{} clients, {}", row.cell.clients, row.cell.load()),
            bars: OURS.map(|ours| measure.ratio(row, ours, peer)),
        };
        Panel {
            title: measure.title,
            groups: shown.map(group).collect(),
        }
    });
    let title = format!("Glassroom ÷ {}", peer.name());
    let alt = format!(
        "Bars with 95 % intervals: {title} in deliveries per second, CPU time per delivery, and p99, with \
         the store off and on. The tables below have the figures."
    );
    (chart::svg(&title, &panels), alt)
}

/// One object per cell, with every round.
pub fn json(rows: &[Row], machine: &str) -> String {
    let line = |row: &Row| {
        let of = |contestant| samples(row.of(contestant));
        let object = serde_json::json!({
            "suite": "fanout", "cell": row.cell.name(), "clients": row.cell.clients,
            "machine": machine, "glassroom": of(Contestant::Off),
            "glassroom_with_store": of(Contestant::On), "raw": of(Contestant::Raw),
            "bun": of(Contestant::Bun),
        });
        format!("{object}\n")
    };
    rows.iter().map(line).collect()
}

pub fn samples(samples: &[Sample]) -> serde_json::Value {
    let object = |s: &Sample| {
        serde_json::json!({
            "deliveries_per_second": s.rate, "cpu_us_per_delivery": s.cost, "p50_us": s.p50,
            "p99_us": s.p99, "ack_p99_us": s.ack_p99, "messages_per_read": s.per_read,
            "generator_cores": s.generator, "frame_bytes": s.frame,
        })
    };
    samples.iter().map(object).collect()
}

/// Deliveries per second, as a person says them.
pub fn rate(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{:.1} M", v / 1e6),
        v if v >= 1000.0 => number((v / 100.0).round() * 100.0),
        v => number(v),
    }
}

/// Two digits, or three from ten on.
pub fn short(value: f64) -> String {
    match value {
        v if v < 0.1 => format!("{v:.3}"),
        v if v < 1.0 => format!("{v:.2}"),
        v if v < 20.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
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
