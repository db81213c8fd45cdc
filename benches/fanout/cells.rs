//! The loads of `fanout`, each a cell of its tables.

use crate::load::{Pace, Plan};
use std::time::Duration;

/// One load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    kind: Kind,
    /// Connections, those of the senders included.
    pub clients: usize,
    /// Messages per second if the cell is paced; 0 otherwise.
    rate: u32,
}

/// How the clients send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// 8 senders, each with 8 messages in flight: as much as a server can deliver.
    Saturated,
    /// 32 senders, each with 32 in flight: a server that joins messages shows what that gains.
    Deep,
    /// A fixed rate, as in a lively class.
    Paced,
}

/// All cells. The first paced one makes some 14,000 deliveries a second, and the others make 70,000 to
/// 112,000, which a server that wakes a thread per delivery can just bear.
pub const CELLS: [Cell; 9] = [
    cell(Kind::Saturated, 30, 0),
    cell(Kind::Saturated, 100, 0),
    cell(Kind::Saturated, 1000, 0),
    cell(Kind::Deep, 100, 0),
    cell(Kind::Deep, 1000, 0),
    cell(Kind::Paced, 30, 466),
    cell(Kind::Paced, 30, 3733),
    cell(Kind::Paced, 100, 700),
    cell(Kind::Paced, 1000, 112),
];

/// Those of `--quick`.
pub const QUICK: [Cell; 2] = [CELLS[0], CELLS[5]];

const fn cell(kind: Kind, clients: usize, rate: u32) -> Cell {
    Cell {
        kind,
        clients,
        rate,
    }
}

impl Cell {
    /// Its name on the command line and in the JSON: `deep-100`, `paced-30x466`.
    pub fn name(&self) -> String {
        let (kind, clients, rate) = (self.kind(), self.clients, self.rate);
        match self.kind {
            Kind::Saturated | Kind::Deep => format!("{kind}-{clients}"),
            Kind::Paced => format!("{kind}-{clients}x{rate}"),
        }
    }

    /// The first part of its name.
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Saturated => "saturated",
            Kind::Deep => "deep",
            Kind::Paced => "paced",
        }
    }

    /// The load in the words of the tables.
    pub fn load(&self) -> String {
        match self.kind {
            Kind::Saturated | Kind::Deep => self.kind().into(),
            Kind::Paced => format!("{} messages/s", self.rate),
        }
    }

    /// Whether its rate is fixed.
    pub fn is_paced(&self) -> bool {
        self.kind == Kind::Paced
    }

    /// The plan of one run that measures for `time`. A paced run takes twice as long: it uses little
    /// CPU time, which the kernel counts in steps of 10 ms.
    pub fn plan(&self, time: Duration) -> Plan {
        let (senders, pace, time) = match self.kind {
            Kind::Saturated => (8, Pace::ClosedLoop { window: 8 }, time),
            Kind::Deep => (32, Pace::ClosedLoop { window: 32 }, time),
            Kind::Paced => {
                let rate = self.rate.into();
                (30, Pace::OpenLoop { rate }, 2 * time)
            }
        };
        Plan {
            clients: self.clients,
            rooms: 1,
            senders,
            pace,
            time,
        }
    }
}

/// The cells that a word of `--cells` selects: a name, or a kind for all of its cells.
pub fn select(word: &str) -> Result<Vec<Cell>, String> {
    let is_meant = |cell: &Cell| cell.name() == word || cell.kind() == word;
    let found: Vec<_> = CELLS.into_iter().filter(is_meant).collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(format!(
            "no such cell; there are saturated, deep, paced, {}",
            CELLS.map(|cell| cell.name()).join(", ")
        )),
    }
}
