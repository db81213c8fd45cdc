//! The bench `fanout`: Glassroom without a store, and a raw TCP fan-out of the same bytes.

use crate::ledger::Fault;
use crate::load::{self, Pace, Plan};
use crate::options::{Options, Suite};
use crate::progress;
use crate::report::Row;
use crate::server::Server;

/// Runs everything. The repetitions are the outer loop and both servers run in turn, so that a
/// disturbance of the machine affects all rows alike and the medians drop it.
pub fn measure(options: &Options) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::new();
    for &suite in &options.suites {
        rows.extend(options.clients.iter().map(|&clients| row(suite, clients)));
    }
    for rep in 1..=options.reps {
        for row in &mut rows {
            repeat(options, row, rep)?;
        }
    }
    Ok(rows)
}

/// A row without samples.
fn row(suite: Suite, clients: usize) -> Row {
    let senders = suite.senders(clients);
    let load = match suite.pace(clients) {
        Pace::ClosedLoop { window } => format!("{senders} × {window} in flight"),
        Pace::OpenLoop { rate } => format!("{rate}/s"),
    };
    Row {
        suite,
        clients,
        load,
        glassroom: Vec::new(),
        raw: Vec::new(),
    }
}

/// Adds one sample of both servers.
fn repeat(options: &Options, row: &mut Row, rep: usize) -> Result<(), Fault> {
    let clients = row.clients;
    let plan = Plan {
        clients,
        senders: row.suite.senders(clients),
        pace: row.suite.pace(clients),
        time: options.time,
    };
    let run = |server: &Server, name: &str| {
        let suite = row.suite.name();
        let name = format!("{suite}, {clients} clients, run {rep}, {name}");
        let sample = load::run(server, plan).map_err(|fault| format!("{name}: {fault}"))?;
        progress(&name, &sample);
        Ok::<_, Fault>(sample)
    };
    let server = Server::glassroom(&options.launch(&options.settings))?;
    let glassroom = run(&server, "Glassroom")?;
    drop(server);
    // Both deliver the same bytes: the raw fan-out gets frames as long as Glassroom's were.
    let server = Server::raw(glassroom.frame.round() as usize)?;
    let raw = run(&server, "raw TCP")?;
    row.glassroom.push(glassroom);
    row.raw.push(raw);
    Ok(())
}
