//! How fast is the fan-out, how far is it from what TCP allows, and what does keeping everything
//! cost? `cargo bench`, or one of the two: `cargo bench -- fanout`, `cargo bench -- store`.
//!
//! # fanout
//!
//! Starts the real server in a process of its own on 127.0.0.1, connects rooms of clients to
//! `/ws` as programs would (handshake, token, `joined`), loads them, and measures. In the same
//! run, turn and turn about, a **raw TCP fan-out** of the same bytes without any protocol
//! (`raw.rs`) is loaded in the same way: it is the limit of this machine at this moment, and the
//! ratio to it is what can be compared between machines and days. The other numbers cannot.
//! (The limit is one thread. Where cores are scarce a server of several gets the larger share of
//! them, so its throughput may pass the limit's; its CPU per delivery hardly can.)
//!
//! - **Saturated**: 8 senders, each with 8 messages in flight. The loop is closed by the sender's
//!   own ack (for the raw fan-out: its own copy); no one waits for the other receivers.
//! - **Paced**: a fixed rate, whatever happens; latency counts from when a message was *due*.
//!
//! - *deliveries/s*: a message that arrives at one client is one delivery; acks are none.
//! - *CPU µs each*: CPU time of the server's process (user and system; acks, parsing, everything)
//!   per delivery. The sturdiest number: others' load disturbs it least.
//! - *p50, p99*: from due or sent to read by the receiving client; *ack p99*: by the sender.
//! - *per read*: frames that one read of a client brought, acks not counted: how well the server
//!   joins messages.
//! - *generator*: cores that the one thread of the generator used. Near 1.0, throughput and
//!   latency are its limit, not the server's.
//!
//! # store
//!
//! The same loads with the store on and off in turn (`store.rs`), a history of 200,000 events
//! (`large.rs`), and readers who stop reading (`stopped.rs`). Each figure stands beside the floor
//! that it has to reach; `--strict` makes a missed one an error.
//!
//! **A number counts only if the chat was right**: every message reached every other client
//! exactly once, in one order, `seq` without gaps, never its sender, who got one ack. Anything
//! else ends the bench with exit code 1 (`ledger.rs`).
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "a benchmark has no users but its readers")]

mod crowd;
mod floor;
mod guest;
mod large;
mod ledger;
mod load;
mod options;
mod process;
mod raw;
mod report;
mod settings;
mod stopped;
mod store;
mod tally;
mod wire;

use clap::Parser;
use ledger::Fault;
use load::{Plan, Sample};
use options::{Options, Pace};
use process::Target;
use report::Row;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options::parse();
    raise_descriptor_limit();
    let result = match options.serve_raw {
        true => raw::serve().map_err(|error| format!("the raw fan-out: {error}").into()),
        false => run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what the options select, and prints the results.
fn run(options: &Options) -> Result<(), Fault> {
    let machine = report::machine();
    if options.fanout() {
        let rows = measure(options)?;
        let reps = options.reps;
        let seconds = options.time.as_secs_f64();
        match options.json {
            true => print!("{}", report::json(&rows, &machine)),
            false => println!(
                "{machine}; medians of {reps} runs of {seconds} s\n{}",
                report::markdown(&rows)
            ),
        }
    }
    if options.parts().is_empty() {
        return Ok(());
    }
    let figures = store::measure(options)?;
    match options.json {
        true => print!("{}", floor::json(&figures, &machine)),
        false => println!("{machine}\n{}", floor::markdown(&figures)),
    }
    match options.strict && figures.iter().any(|figure| !figure.is_kept()) {
        true => Err("a floor was missed".into()),
        false => Ok(()),
    }
}

/// Repetitions outermost, product and limit side by side: what disturbs the machine for a while
/// disturbs all rows alike, and the medians forget it.
fn measure(options: &Options) -> Result<Vec<Row>, Fault> {
    let suites = options.suites.iter();
    let mut rows: Vec<Row> = suites
        .flat_map(|&suite| options.clients.iter().map(move |&clients| (suite, clients)))
        .map(|(suite, clients)| {
            let senders = suite.senders(clients);
            let load = match suite.pace(clients) {
                Pace::Saturated { window } => format!("{senders} × {window} in flight"),
                Pace::Paced { rate } => format!("{rate}/s"),
            };
            Row {
                suite,
                clients,
                load,
                product: Vec::new(),
                raw: Vec::new(),
            }
        })
        .collect();
    for rep in 1..=options.reps {
        for row in &mut rows {
            let (suite, clients) = (row.suite, row.clients);
            let (senders, pace) = (suite.senders(clients), suite.pace(clients));
            let plan = Plan {
                clients,
                senders,
                pace,
                time: options.time,
            };
            let name = |who| format!("{}, {clients} clients, run {rep}, {who}", suite.name());
            let sample = load::run(&Target::product(&options.launch(&options.settings))?, plan);
            let sample = sample.map_err(|fault| format!("{}: {fault}", name("Glassroom")))?;
            progress(&name("Glassroom"), &sample);
            row.product.push(sample);
            // The same bytes: as long as the frames that the server has just sent.
            let sample = load::run(&Target::raw(sample.frame.round() as usize)?, plan);
            let sample = sample.map_err(|fault| format!("{}: {fault}", name("raw TCP")))?;
            progress(&name("raw TCP"), &sample);
            row.raw.push(sample);
        }
    }
    Ok(rows)
}

fn progress(name: &str, sample: &Sample) {
    let Sample {
        rate, cost, p99, ..
    } = sample;
    eprintln!("{name}: {rate:.0} deliveries/s, {cost:.3} µs each, p99 {p99:.0} µs");
}

/// A thousand clients are more descriptors than the usual soft limit. Servers inherit it.
fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // If it cannot be raised, connecting says what is wrong.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
}
