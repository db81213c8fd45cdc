//! The bench `fanout`: Glassroom without a store and with it, a raw TCP fan-out of the same bytes, and
//! a peer that does the same work on Bun.

use crate::bun;
use crate::cells::Cell;
use crate::ledger::Fault;
use crate::load::{self, Sample};
use crate::options::Options;
use crate::progress;
use crate::server::Server;
use crate::settings::Settings;
use crate::statistics::Ratio;
use crate::store::with_store;
use std::path::Path;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contestant {
    /// Glassroom that keeps nothing.
    Off,
    /// Glassroom with the store.
    On,
    /// The raw TCP fan-out.
    Raw,
    /// The chat room on Bun.
    Bun,
}

impl Contestant {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "Glassroom, store off",
            Self::On => "Glassroom, store on",
            Self::Raw => "raw TCP",
            Self::Bun => "Bun",
        }
    }
}

/// The samples of one cell, one per round and contestant.
#[derive(Debug)]
pub struct Row {
    /// The load.
    pub cell: Cell,
    /// Each contestant's samples, in the order of the rounds.
    pub samples: Vec<(Contestant, Vec<Sample>)>,
}

impl Row {
    fn new(cell: Cell, contestants: &[Contestant]) -> Self {
        let samples = contestants.iter().map(|&one| (one, Vec::new())).collect();
        Self { cell, samples }
    }

    /// The samples of one contestant; none if it did not run.
    pub fn of(&self, contestant: Contestant) -> &[Sample] {
        let found = self.samples.iter().find(|(one, _)| *one == contestant);
        found.map_or(&[], |(_, samples)| samples)
    }

    /// The ratio of one figure, round by round.
    pub fn ratio(
        &self,
        ours: Contestant,
        theirs: Contestant,
        get: fn(&Sample) -> f64,
    ) -> Option<Ratio> {
        let pairs = self.of(ours).iter().zip(self.of(theirs));
        let pairs: Vec<_> = pairs.map(|(a, b)| (get(a), get(b))).collect();
        Ratio::of_pairs(&pairs)
    }
}

/// How the contestants are started.
struct Starter<'a> {
    options: &'a Options,
    with_store: Settings,
    bun: Option<&'a Path>,
}

impl Starter<'_> {
    /// `frame`: the bytes of Glassroom's frames, for the raw fan-out.
    fn start(&self, contestant: Contestant, frame: usize) -> Result<Server, Fault> {
        match contestant {
            Contestant::Off => Server::glassroom(&self.options.launch(&self.options.settings)),
            Contestant::On => Server::glassroom(&self.options.launch(&self.with_store)),
            Contestant::Raw => Server::raw(frame),
            Contestant::Bun => Server::bun(self.bun.ok_or("Bun was not found")?),
        }
    }
}

/// Runs everything. The rounds are the outer loop, and all servers run in turn within each cell, so
/// that a disturbance of the machine affects them alike.
pub fn measure(options: &Options) -> Result<Vec<Row>, Fault> {
    let bun = bun::find(options.bun.as_deref())?;
    let mut contestants = vec![Contestant::Off, Contestant::On, Contestant::Raw];
    match bun {
        Some(_) => contestants.push(Contestant::Bun),
        None => eprintln!(
            "Bun was not found, so the peer is left out: `npm install bun`, then --bun . or BUN=/path"
        ),
    }
    let starter = Starter {
        options,
        with_store: with_store(&options.settings),
        bun: bun.as_deref(),
    };
    let cells = options.cells().into_iter();
    let mut rows: Vec<_> = cells.map(|cell| Row::new(cell, &contestants)).collect();
    for round in 0..options.rounds {
        for row in &mut rows {
            run_round(&starter, row, round)?;
        }
    }
    Ok(rows)
}

/// Adds one sample of each contestant. Each round begins with another one.
fn run_round(starter: &Starter<'_>, row: &mut Row, round: usize) -> Result<(), Fault> {
    let plan = row.cell.plan(starter.options.time);
    let count = row.samples.len();
    for n in 0..count {
        // The first round begins with Glassroom, whose frames the raw fan-out imitates.
        let frame = row.of(Contestant::Off).last().map_or(0.0, |s| s.frame);
        let (contestant, samples) = &mut row.samples[(round + n) % count];
        let name = format!(
            "round {}, {}, {}",
            round + 1,
            row.cell.name(),
            contestant.name()
        );
        let server = starter.start(*contestant, frame.round() as usize)?;
        let sample = load::run(&server, plan).map_err(|fault| format!("{name}: {fault}"))?;
        progress(&name, &sample);
        samples.push(sample);
    }
    Ok(())
}
