//! The command line of the bench.

use crate::cells::{self, CELLS, Cell, QUICK};
use crate::raw;
use crate::server::Launch;
use crate::settings::Settings;
use clap::builder::{ArgPredicate, RangedU64ValueParser};
use clap::{Parser, ValueEnum};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// Seconds that `--seconds` accepts: CPU time is counted in steps of 10 ms.
const SECONDS: RangeInclusive<f64> = 0.1..=3600.0;

/// Measures the fan-out of messages and the cost of the store
#[derive(Debug, Parser)]
#[command(bin_name = "cargo bench --")]
pub struct Options {
    /// What to measure; `fanout` and `store` if none is named
    #[arg(value_name = "BENCH")]
    benches: Vec<Bench>,

    /// Take a few seconds, to see that the bench works; the figures mean little
    #[arg(long)]
    pub quick: bool,

    /// Exit with 1 if `store` misses a floor
    #[arg(long)]
    pub strict: bool,

    /// The parts of `store` to run; all if none is named. Selects `store`
    #[arg(long = "part", value_name = "LIST", value_delimiter = ',')]
    parts: Vec<Part>,

    /// Where histories are written; take a disk as in real use
    #[arg(long, value_name = "DIR", default_value = env!("CARGO_TARGET_TMPDIR"))]
    pub data: PathBuf,

    /// Cells of `fanout`, by name or by kind (saturated, deep, paced); all if none is named, with
    /// --quick two
    #[arg(long = "cells", value_name = "LIST", value_delimiter = ',')]
    #[arg(value_parser = cells::select)]
    cells: Vec<Cells>,

    /// A directory with npm's package `bun`, for the peer of `fanout`. Otherwise the variable BUN names
    /// the executable, or it is `bun` in PATH
    #[arg(long, value_name = "DIR")]
    pub bun: Option<PathBuf>,

    /// Write the results of `fanout` into figures.md and figures.svg in DIR, and those of `scaling` and
    /// `cluster` into scaling.md; DIR is `docs` if none is named
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = concat!(env!("CARGO_MANIFEST_DIR"), "/docs"))]
    pub write: Option<PathBuf>,

    /// The measured part of a run, in seconds, twice as long if it is paced; with --quick: 0.3
    #[arg(long = "seconds", value_name = "S", value_parser = seconds)]
    #[arg(
        default_value = "1.5",
        default_value_if("quick", ArgPredicate::Equals("true".into()), "0.3")
    )]
    pub time: Duration,

    /// Rounds, in each of which every server runs once; with --quick: 2
    #[arg(long, value_name = "N")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    #[arg(
        default_value = "5",
        default_value_if("quick", ArgPredicate::Equals("true".into()), "2")
    )]
    pub rounds: usize,

    /// More settings of the server, separated by newlines or `;`, for example
    /// '[limits]; backlog = "64 KiB"; history.memory = 100'
    #[arg(long = "config", value_name = "TOML", value_parser = Settings::parse)]
    #[arg(default_value = "", hide_default_value = true)]
    pub settings: Settings,

    /// Another build of the server, for a comparison
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_glassroom"))]
    pub server: PathBuf,

    /// Print one JSON object per row instead of tables
    #[arg(long)]
    pub json: bool,

    /// Run as the raw TCP fan-out; the bench starts itself with this
    #[arg(long = raw::FLAG, hide = true)]
    pub serve_raw: bool,

    /// Cargo passes this to every bench
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

/// What the bench can measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// The server against a raw TCP fan-out of the same bytes, and against the same work on Bun
    Fanout,
    /// What the store costs, and how it behaves when it is large
    Store,
    /// What a message costs as rooms, rates and the number of rooms grow
    Scaling,
    /// Two nodes and their engine beside one server
    Cluster,
}

/// What one word of `--cells` selects.
type Cells = Vec<Cell>;

/// The parts of `store`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// As many messages as the server can deliver, with the store on and off
    Saturated,
    /// A fixed rate, with the store on and off
    Steady,
    /// A large history
    Large,
    /// Readers that stop reading
    Stopped,
}

impl Options {
    /// Whether the fan-out is compared with raw TCP.
    pub fn fanout(&self) -> bool {
        match self.benches.is_empty() {
            true => self.parts.is_empty(),
            false => self.benches.contains(&Bench::Fanout),
        }
    }

    /// Whether the growth of costs is measured.
    pub fn scaling(&self) -> bool {
        self.benches.contains(&Bench::Scaling)
    }

    /// Whether a cluster is measured.
    pub fn cluster(&self) -> bool {
        self.benches.contains(&Bench::Cluster)
    }

    /// The cells to measure, in the order of the tables.
    pub fn cells(&self) -> Vec<Cell> {
        if self.cells.is_empty() && self.quick {
            return QUICK.into();
        }
        let is_named = |cell: &Cell| self.cells.iter().flatten().any(|named| named == cell);
        let is_meant = |cell: &Cell| self.cells.is_empty() || is_named(cell);
        CELLS.into_iter().filter(is_meant).collect()
    }

    /// The parts of the store's bench to run; none if it was not selected.
    pub fn parts(&self) -> &[Part] {
        let selected = self.benches.is_empty() || self.benches.contains(&Bench::Store);
        match self.parts.is_empty() {
            false => &self.parts,
            true if selected => Part::value_variants(),
            true => &[],
        }
    }

    /// The selected server with `settings` and an empty history.
    pub fn launch<'a>(&'a self, settings: &'a Settings) -> Launch<'a> {
        Launch {
            binary: &self.server,
            settings,
            data: &self.data,
            history: None,
            name: "bench",
            secret: None,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|value| SECONDS.contains(value));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("not a number from {} to {}", SECONDS.start(), SECONDS.end()))
}
