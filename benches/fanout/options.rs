//! The command line of the bench.

use crate::load::Pace;
use crate::raw;
use crate::server::Launch;
use crate::settings::Settings;
use clap::builder::{ArgPredicate, RangedU64ValueParser};
use clap::{Parser, ValueEnum};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// Sizes of the room that `--clients` accepts: a message needs a receiver, and every client needs
/// a file descriptor.
const CLIENTS: RangeInclusive<u64> = 2..=20_000;
/// Seconds that `--seconds` accepts: CPU time is counted in steps of 10 ms.
const SECONDS: RangeInclusive<f64> = 0.1..=3600.0;

/// Measures the fan-out of messages and the cost of the store
#[derive(Debug, Parser)]
#[command(bin_name = "cargo bench --")]
pub struct Options {
    /// What to measure; both if none is named
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

    /// Clients of each row of `fanout`; with --quick: 30
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(CLIENTS))]
    #[arg(
        default_value = "30,100,1000",
        default_value_if("quick", ArgPredicate::IsPresent, "30")
    )]
    pub clients: Vec<usize>,

    /// Loads of `fanout`
    #[arg(
        long = "suite",
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "sat,paced"
    )]
    pub suites: Vec<Suite>,

    /// The measured part of a run, in seconds; with --quick: 0.3
    #[arg(long = "seconds", value_name = "S", value_parser = seconds)]
    #[arg(
        default_value = "1.5",
        default_value_if("quick", ArgPredicate::IsPresent, "0.3")
    )]
    pub time: Duration,

    /// Repetitions, whose medians are shown; with --quick: 1
    #[arg(long, value_name = "N")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    #[arg(
        default_value = "3",
        default_value_if("quick", ArgPredicate::IsPresent, "1")
    )]
    pub reps: usize,

    /// More settings of the server, separated by newlines or `;`, for example
    /// '[limits]; backlog = "64 KiB"; history.path = "history.db"'
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
    /// The server against a raw TCP fan-out of the same bytes, without a store
    Fanout,
    /// What the store costs, and how it behaves when it is large
    Store,
}

/// The loads of `fanout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// As many messages as the server can deliver
    #[value(name = "sat")]
    Saturated,
    /// A fixed rate, as in a lively class
    Paced,
}

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
        }
    }
}

impl Suite {
    /// Its name on the command line and in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saturated => "sat",
            Self::Paced => "paced",
        }
    }

    /// How the messages are sent in a room of this size.
    pub fn pace(self, clients: usize) -> Pace {
        match self {
            Self::Saturated => Pace::ClosedLoop { window: 8 },
            // About 14,000, 70,000 and 112,000 deliveries a second: at each size, a load that a
            // server which wakes a thread per delivery can just bear.
            Self::Paced => Pace::OpenLoop {
                rate: match clients {
                    ..65 => 466.0,
                    65..300 => 700.0,
                    _ => 112.0,
                },
            },
        }
    }

    /// How many of the clients send.
    pub fn senders(self, clients: usize) -> usize {
        match self {
            Self::Saturated => clients.min(8),
            Self::Paced => clients.min(30),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|value| SECONDS.contains(value));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("not a number from {} to {}", SECONDS.start(), SECONDS.end()))
}
