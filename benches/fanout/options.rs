//! What is asked of the bench: its command line, and the server's settings.

use crate::process::Launch;
use std::path::PathBuf;
use std::time::Duration;

/// What the command line may say.
pub const HELP: &str = "\
cargo bench -- [fanout] [store] [OPTIONS]
  fanout            against the raw TCP fan-out, without a store
  store             what the store costs, and how it behaves when it is large; without
                    a name, both
  --quick           a few seconds, to see that it works; the figures mean little
  --strict          a missed floor of `store` is an error, too
  --data DIR        where histories are written (target/tmp): a disk as in real use
  --part LIST       of store: saturated, steady, large, stopped (all)
  --clients LIST    connections of each row (30,100,1000)
  --suite LIST      sat, paced (both)
  --seconds S       the measured part of a run (1.5); CPU time is counted in steps of 10 ms
  --reps N          repetitions, of which the medians are shown (3)
  --config TOML     more settings of the server, lines separated by newlines or `;`:
                    '[limits]; backlog = \"64 KiB\"; history.path = \"history.db\"'
  --server FILE     another build of the server, for a comparison
  --json            one JSON object per row instead of tables";

/// How messages are sent.
#[derive(Debug, Clone, Copy)]
pub enum RateVerdict {
    /// Closed loop: each sender keeps so many messages in flight, until their acks.
    Saturated {
        /// Messages per sender.
        window: u32,
    },
    /// Open loop: so many messages a second, all senders in turn.
    Paced {
        /// Messages per second of all together.
        rate: f64,
    },
}

/// The kinds of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// As much as goes.
    Saturated,
    /// A lively class.
    Paced,
}

/// The parts of the store's suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// As much as goes, store on and off.
    Saturated,
    /// A fixed rate, store on and off.
    Steady,
    /// A large history.
    Large,
    /// Readers who stop.
    Stopped,
}

/// The command line, read.
#[derive(Debug)]
pub struct Options {
    /// Whether the fan-out is measured against TCP.
    pub fanout: bool,
    /// Whether the store is measured.
    pub store: bool,
    /// Less of everything.
    pub quick: bool,
    /// Whether a missed floor fails the run.
    pub strict: bool,
    /// Which parts of the store's suite are measured.
    pub parts: Vec<Part>,
    /// Where data directories are made.
    pub data: PathBuf,
    /// Sizes of the room.
    pub clients: Vec<usize>,
    /// What is run.
    pub suites: Vec<Suite>,
    /// The measured part of a run.
    pub time: Duration,
    /// Repetitions.
    pub reps: usize,
    /// The server's.
    pub settings: Settings,
    /// The server.
    pub server: PathBuf,
    /// For programs.
    pub json: bool,
}

impl Suite {
    /// As in the command line and the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saturated => "sat",
            Self::Paced => "paced",
        }
    }

    /// How the load is made, with so many clients.
    pub fn pace(self, clients: usize) -> RateVerdict {
        match self {
            Self::Saturated => RateVerdict::Saturated { window: 8 },
            // About 14,000, 70,000 and 112,000 deliveries a second: at each size a load that
            // servers which wake a thread per delivery can just bear.
            Self::Paced => RateVerdict::Paced {
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

impl Options {
    /// Reads arguments. What it does not know it says and ignores: cargo passes arguments to all
    /// benches alike.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            fanout: false,
            store: false,
            quick: false,
            strict: false,
            parts: vec![Part::Saturated, Part::Steady, Part::Large, Part::Stopped],
            data: env!("CARGO_TARGET_TMPDIR").into(),
            clients: vec![30, 100, 1000],
            suites: vec![Suite::Saturated, Suite::Paced],
            time: Duration::from_millis(1500),
            reps: 3,
            settings: Settings::default(),
            server: env!("CARGO_BIN_EXE_glassroom").into(),
            json: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} wants a value"))
            };
            match &*argument {
                "fanout" => options.fanout = true,
                "store" => options.store = true,
                "--quick" => {
                    options.quick = true;
                    (options.time, options.reps) = (Duration::from_millis(300), 1);
                    options.clients = vec![30];
                }
                "--strict" => options.strict = true,
                "--data" => options.data = value()?.into(),
                "--clients" => options.clients = list(&value()?, |n| in_range(n, 2, 20_000))?,
                "--seconds" => {
                    options.time = Duration::from_secs_f64(in_range(&value()?, 0.1, 3600.0)?)
                }
                "--reps" => options.reps = in_range(&value()?, 1, 1000)?,
                "--suite" => {
                    options.suites = list(&value()?, |name| match name {
                        "sat" => Ok(Suite::Saturated),
                        "paced" => Ok(Suite::Paced),
                        other => Err(format!("there is no suite {other:?}: sat, paced")),
                    })?;
                }
                "--part" => {
                    options.store = true;
                    options.parts = list(&value()?, |name| match name {
                        "saturated" => Ok(Part::Saturated),
                        "steady" => Ok(Part::Steady),
                        "large" => Ok(Part::Large),
                        "stopped" => Ok(Part::Stopped),
                        other => Err(format!("--part: there is no {other:?}")),
                    })?;
                }
                "--config" => options.settings.read(&value()?)?,
                "--server" => options.server = value()?.into(),
                "--json" => options.json = true,
                "--help" | "-h" => return Err(HELP.into()),
                "--bench" => {} // cargo bench says so itself
                other => eprintln!("ignored: {other}"),
            }
        }
        if !options.fanout && !options.store {
            (options.fanout, options.store) = (true, true);
        }
        Ok(options)
    }

    /// The server as it was asked for, on an empty history.
    pub fn launch<'a>(&'a self, settings: &'a Settings) -> Launch<'a> {
        Launch {
            binary: &self.server,
            settings,
            data: &self.data,
            history: None,
        }
    }
}

fn list<T>(text: &str, item: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(|text| item(text.trim())).collect()
}

fn in_range<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
    text: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value| (&least..=&most).contains(&value));
    value.ok_or_else(|| format!("{text:?} is not a number from {least} to {most}"))
}

/// The server's settings: section, key and value as TOML.
#[derive(Debug, Clone)]
pub struct Settings(Vec<(String, String, String)>);

impl Default for Settings {
    /// No limit that a bench would run into, and no list of a thousand names for each who joins.
    fn default() -> Self {
        let mut settings = Self(Vec::new());
        for (section, key, value) in [
            ("limits", "messages_per_second", "0.0"),
            ("limits", "connections", "20000"),
            ("limits", "unauthenticated", "5000"),
            ("presence", "list_up_to", "0"),
            ("history", "path", r#""""#),
            ("metrics", "public", "true"),
        ] {
            settings.set(section, key, value);
        }
        settings
    }
}

impl Settings {
    /// Takes over lines of TOML: `[section]`, `key = value` or `section.key = value`.
    fn read(&mut self, text: &str) -> Result<(), String> {
        let mut section = String::new();
        for line in text
            .split(['\n', ';'])
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                section = name.trim().to_owned();
                continue;
            }
            let (key, value) = line
                .split_once('=')
                .ok_or_else(|| format!("--config: {line:?}"))?;
            let (section, key) = key.split_once('.').unwrap_or((&section, key));
            self.set(section.trim(), key.trim(), value.trim());
        }
        Ok(())
    }

    /// The same with another value.
    pub fn with(&self, section: &str, key: &str, value: &str) -> Self {
        let mut settings = self.clone();
        settings.set(section, key, value);
        settings
    }

    fn set(&mut self, section: &str, key: &str, value: &str) {
        self.0.retain(|(s, k, _)| (&**s, &**k) != (section, key));
        self.0
            .push((section.to_owned(), key.to_owned(), value.to_owned()));
    }

    /// As a file: TOML wants each section once.
    pub fn to_toml(&self) -> String {
        let mut lines: Vec<_> = self.0.iter().collect();
        lines.sort();
        let (mut text, mut current) = (String::new(), "");
        for (section, key, value) in lines {
            if section != current {
                text.push_str(&format!("[{section}]\n"));
                current = section;
            }
            text.push_str(&format!("{key} = {value}\n"));
        }
        text
    }
}
