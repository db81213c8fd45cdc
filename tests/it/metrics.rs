//! `GET /metrics`: the text format, what the numbers say, and the documents about them.
//!
//! To write `docs/metrics.md` again: `GLASSROOM_WRITE_DOCS=1 cargo test --test it metrics`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use glassroom::metrics::{Kind, METRICS};
use serde_json::{Value, json};

use crate::harness::{Chat, Server, http};

const PUBLIC: &str = "[metrics]\npublic = true\n";

fn scrape(server: &Server) -> String {
    let answer = http(server.addr, "GET", "/metrics", "", "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// The samples of a page: name with labels, and value.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let samples = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').expect(line);
        (name.to_owned(), value.parse().expect(line))
    });
    samples.collect()
}

/// A server to which some things have happened.
fn busy_server() -> (Server, Vec<Chat>) {
    let server = Server::start(PUBLIC);
    let mut ann = Chat::member(&server, "Ann");
    let mut bo = Chat::member(&server, "Bo");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "one"}));
    bo.granted(json!({"type": "send", "room": "lobby", "text": "two"}));
    for _ in 0..2 {
        http(server.addr, "GET", "/nowhere", "", "");
    }
    (server, vec![ann, bo])
}

#[test]
fn the_numbers_say_what_has_happened() {
    let (server, _here) = busy_server();
    let found = samples(&scrape(&server));
    let value = |name: &str| found.get(name).copied();
    let version = env!("CARGO_PKG_VERSION");
    for (name, wanted) in [
        (
            format!("glassroom_build_info{{version=\"{version}\"}}").as_str(),
            1.0,
        ),
        ("glassroom_connections{kind=\"chat\"}", 2.0),
        ("glassroom_connections{kind=\"protocol_view\"}", 0.0),
        ("glassroom_refused_total{reason=\"not_found\"}", 2.0),
        ("glassroom_people", 2.0),
        ("glassroom_store_failing", 0.0),
        ("glassroom_store_lag_events", 0.0),
        ("glassroom_too_slow_total", 0.0),
    ] {
        assert_eq!(value(name), Some(wanted), "{name}: {found:#?}");
    }
    for (name, least) in [
        ("glassroom_events_total", 2.0),
        ("glassroom_deliveries_total", 4.0),
        ("glassroom_rooms", 1.0),
        ("glassroom_connections{kind=\"waiting\"}", 1.0),
        ("glassroom_fanout_seconds_count", 2.0),
        ("process_resident_memory_bytes", 1e6),
        ("process_open_fds", 5.0),
        ("process_start_time_seconds", 1.7e9),
        ("process_cpu_seconds_total", 0.001),
    ] {
        assert!(value(name) >= Some(least), "{name}: {found:#?}");
    }
}

/// The metric that a sample belongs to, and the end of the sample's name.
fn family<'a>(name: &'a str, kinds: &BTreeMap<&str, &str>) -> (&'a str, &'a str) {
    for end in ["_bucket", "_sum", "_count"] {
        let base = name.strip_suffix(end);
        if let Some(base) = base.filter(|base| kinds.get(base) == Some(&"histogram")) {
            return (base, end);
        }
    }
    (name, "")
}

/// The kinds of the metrics of a page, which has HELP and TYPE once for each, before its samples.
fn kinds(text: &str) -> BTreeMap<&str, &str> {
    let (mut helped, mut kinds) = (BTreeSet::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').expect(line);
            assert!(helped.insert(name), "HELP twice: {line}");
            assert!(words.ends_with('.') && !words.contains('\\'), "{line}");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect(line);
            assert!(helped.contains(name), "no HELP before: {line}");
            assert_eq!(kinds.insert(name, kind), None, "TYPE twice: {line}");
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            let (base, _) = family(name, &kinds);
            assert!(kinds.contains_key(base), "no TYPE before: {line}");
        }
    }
    kinds
}

/// What `promtool check metrics` looks for in a name.
fn check_name(name: &str, kind: &str) {
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '_' || c == ':';
    assert!(name.chars().all(is_plain), "{name}");
    assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
    for end in ["_count", "_sum", "_bucket"] {
        assert!(!name.ends_with(end), "{name}");
    }
    for word in name.split('_') {
        let scaled = [
            "milliseconds",
            "microseconds",
            "ms",
            "minutes",
            "hours",
            "kilobytes",
            "kib",
            "mib",
            "mb",
            "percent",
            "counter",
            "gauge",
        ];
        assert!(!scaled.contains(&word), "{name}: no base unit");
    }
}

#[test]
fn the_page_is_what_prometheus_reads() {
    let (server, _here) = busy_server();
    let text = scrape(&server);
    assert!(text.ends_with('\n'), "{text}");
    let kinds = kinds(&text);
    kinds.iter().for_each(|(name, kind)| check_name(name, kind));
    let found = samples(&text);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.count(), found.len(), "a sample stands there twice");
    for (name, value) in &found {
        let (bare, labels) = name.split_once('{').unwrap_or((name, "}"));
        let (base, _) = family(bare, &kinds);
        let row = METRICS.iter().find(|row| row.name == base);
        let row = row.unwrap_or_else(|| panic!("{base} is not in the table"));
        assert_eq!(kinds[base], row.kind.word(), "{base}");
        assert!(value.is_finite() && *value >= 0.0, "{name}: {value}");
        let labels = labels.strip_suffix('}').expect(name);
        for label in labels.split(',').filter(|label| !label.is_empty()) {
            let (label, value) = label.split_once('=').expect(name);
            assert!(
                row.labels.contains(&label) || bare.ends_with("_bucket") && label == "le",
                "{name}"
            );
            assert!(value.starts_with('"') && value.ends_with('"'), "{name}");
        }
    }
    for row in METRICS {
        // It has a value on every machine, unless there is no bound, or no cluster.
        let is_there = kinds.contains_key(row.name);
        let is_of_cluster = row.name.starts_with("glassroom_cluster_");
        assert!(
            is_there || is_of_cluster || row.name == "process_max_fds",
            "{}",
            row.name
        );
        assert!(!(is_there && is_of_cluster), "{}", row.name);
        let ends = [("seconds", "_seconds"), ("bytes", "_bytes")];
        for (unit, end) in ends.iter().filter(|(unit, _)| *unit == row.unit) {
            assert!(row.name.contains(end), "{}: {unit}", row.name);
        }
    }
}

#[test]
fn a_histogram_is_cumulative_up_to_infinity() {
    let (server, _here) = busy_server();
    let text = scrape(&server);
    let histograms = METRICS.iter().filter(|row| row.kind == Kind::Histogram);
    let mut count = 0;
    for name in histograms.map(|row| row.name) {
        count += 1;
        let found = samples(&text);
        let start = format!("{name}_bucket{{le=\"");
        let buckets: Vec<(f64, f64)> = text
            .lines()
            .filter_map(|line| line.strip_prefix(&start)?.split_once("\"} "))
            .map(|(bound, count)| (bound.parse().unwrap(), count.parse().unwrap()))
            .collect();
        for pair in buckets.windows(2) {
            assert!(pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1, "{text}");
        }
        let (bound, all) = *buckets.last().unwrap();
        assert_eq!(bound, f64::INFINITY);
        assert_eq!(found[&format!("{name}_count")], all);
        assert!(found[&format!("{name}_sum")] > 0.0, "{text}");
    }
    assert!(count > 0, "no histogram");
}

fn document() -> String {
    let mut text = "# Metrics\n\n\
        `GET /metrics` answers in the text format of Prometheus, for a host's token for all rooms, or for everybody with\n\
        `[metrics] public = true` in `chat.toml`. This page is made from the table in `src/metrics/table.rs`\n\
        (`GLASSROOM_WRITE_DOCS=1 cargo test --test it metrics` writes it again). Units are base units. Counters begin at 0 when the\n\
        server starts. [grafana.json](grafana.json) is a dashboard of them: import it in Grafana, and choose the data source.\n\n\
        ```yaml\n\
        scrape_configs:\n  - job_name: glassroom\n    authorization:\n      credentials_file: /etc/prometheus/glassroom.token\n    \
        static_configs:\n      - targets: [\"chat.example.org:8080\"]\n\
        ```\n\n\
        The file has what `glassroom token --name Prometheus --role host --ttl 365d` prints; with `public = true`, leave the two\n\
        lines out. A counter by reason has a row for each reason that has occurred.\n\n\
        | name | kind | unit | labels | meaning |\n|---|---|---|---|---|\n"
        .to_owned();
    for row in METRICS {
        let labels: Vec<String> = row
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        text += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            row.name,
            row.kind.word(),
            row.unit,
            labels.join(", "),
            row.meaning
        );
    }
    text
}

fn in_docs(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

#[test]
fn the_document_says_what_the_table_says() {
    let path = in_docs("metrics.md");
    let wanted = document();
    if std::env::var_os("GLASSROOM_WRITE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == wanted,
        "docs/metrics.md is out of date: GLASSROOM_WRITE_DOCS=1 cargo test --test it metrics"
    );
}

#[test]
fn the_dashboard_shows_metrics_that_exist() {
    let text = fs::read_to_string(in_docs("grafana.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!((8..=10).contains(&panels.len()), "{} panels", panels.len());
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title}");
        for expression in targets
            .iter()
            .map(|target| target["expr"].as_str().unwrap())
        {
            let words = expression.split(|c: char| !c.is_ascii_lowercase() && c != '_');
            let names =
                words.filter(|word| word.starts_with("glassroom_") || word.starts_with("process_"));
            let mut count = 0;
            for name in names {
                count += 1;
                let base = name.strip_suffix("_bucket").unwrap_or(name);
                let row = METRICS.iter().find(|row| row.name == base);
                let row = row.unwrap_or_else(|| panic!("{title}: there is no {name}"));
                // A counter is shown as a rate, or its line only rises.
                let is_rate = expression.contains("rate(") || expression.contains("increase(");
                assert!(row.kind == Kind::Gauge || is_rate, "{title}: {expression}");
            }
            assert!(count > 0, "{title}: {expression}");
        }
    }
}
