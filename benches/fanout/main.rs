//! How fast is the fan-out, against the limit of TCP and a fast peer, and what does the store cost?
//! `cargo bench` answers both; `cargo bench -- fanout` and `cargo bench -- store` answer one of the
//! two; `cargo bench -- scaling` measures how both grow; `cargo bench -- --help` lists the options.
//!
//! **A figure counts only if the chat was correct**: every message reached every other client
//! exactly once, in one order, with `seq` free of gaps, and its sender got one ack and no copy.
//! Anything else ends the bench with exit code 1 (`ledger.rs`).
//!
//! # fanout
//!
//! The bench starts the real server in a process of its own on 127.0.0.1, connects rooms of clients
//! to `/ws` as programs would (handshake, token, `joined`), loads them, and measures. Four servers run
//! in turn, in rounds:
//!
//! - Glassroom with the store off, and with it on.
//! - A **raw TCP fan-out** of the same bytes without a protocol (`raw.rs`): the limit of this machine at
//!   this moment. It uses one thread. Where cores are scarce, a server of several threads gets a larger
//!   share of them, so its throughput may exceed the limit's; its CPU time per delivery hardly can.
//! - A **chat room on Bun** that does the same work for a message (`benches/peers/bun_chat.js`), if Bun
//!   is found.
//!
//! **Only ratios count**: Glassroom's figure by the peer's, within each round, with a 95 % confidence
//! interval over the rounds (`statistics.rs`). If the interval is wide, the table says so instead of a
//! ratio. Absolute figures stand beside; they differ by a quarter between machines and days.
//!
//! Loads (`cells.rs`):
//!
//! - **Saturated**: 8 senders, each with 8 messages in flight. A message that reaches one other
//!   client, the sender's observer, makes room for the next. Nobody waits for acks, nor for the other
//!   receivers, so the load is the same for all servers.
//! - **Deep**: the same with 32 senders, each with 32 in flight.
//! - **Paced**: a fixed rate. Latency counts from the moment when a message was *due*.
//!
//! Columns:
//!
//! - *deliveries/s*: one message that arrives at one client is one delivery; acks do not count.
//! - *CPU each*: CPU time of the server's process (user and system, with acks, parsing and
//!   everything else) per delivery. Other work of the machine disturbs this figure least.
//! - *p50, p99*: from the moment when a message was due or sent to the read of the receiver.
//!
//! Each run reports on stderr how many cores the generator's one thread used. Near 1.0, throughput and
//! latency show its limit, not the server's. `--json` has every run with everything that was counted.
//!
//! `--write` puts tables and a chart into `docs/figures.md`.
//!
//! # store
//!
//! The same loads with the store on and off in turn (`store.rs`), a history of 200,000 events
//! (`large.rs`), and readers that stop reading (`stopped.rs`). Some figures have a floor, which is
//! printed beside them; with `--strict`, a missed floor is an error.
//!
//! # scaling
//!
//! What a message costs with 10 to 10,000 members, at rising rates, and in more rooms, and the straight lines
//! that describe it (`scaling.rs`). `--write` puts the tables into `docs/scaling.md`.
//!
//! # cluster
//!
//! Two nodes and a real engine beside one server (`cluster.rs`), with a build that has clusters:
//! `cargo bench --features cluster -- cluster`. `--write` puts the table into `docs/scaling.md`, too.
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "only readers of this bench see its items")]

mod bun;
mod cells;
mod chart;
mod cluster;
mod codec;
mod comparison;
mod figure;
mod generator;
mod large;
mod ledger;
mod load;
mod options;
mod poller;
mod publish;
mod raw;
mod report;
mod requester;
mod scaling;
mod server;
mod settings;
mod statistics;
mod stopped;
mod store;
mod tally;

use clap::Parser;
use ledger::Fault;
use load::Sample;
use options::Options;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::Path;
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
        let rows = comparison::measure(options)?;
        let text = report::markdown(&rows, options, &machine);
        print(options, &text, || report::json(&rows, &machine));
        publish(options, |docs| {
            publish::figures(docs, &text, report::chart(&rows))
        })?;
    }
    if options.scaling() {
        let mut points = scaling::measure(options)?;
        let text = scaling::markdown(&points, options, &machine);
        print(options, &text, || scaling::json(&mut points, &machine));
        publish(options, |docs| publish::scaling(docs, &text))?;
    }
    if options.cluster() {
        let rows = cluster::measure(options)?;
        let text = cluster::markdown(&rows, options, &machine);
        print(options, &text, || cluster::json(&rows, &machine));
        publish(options, |docs| publish::cluster(docs, &text))?;
    }
    if options.parts().is_empty() {
        return Ok(());
    }
    let figures = store::measure(options)?;
    match options.json {
        true => print!("{}", figure::json(&figures, &machine)),
        false => println!("{machine}\n{}", figure::markdown(&figures)),
    }
    match options.strict && figures.iter().any(|figure| !figure.is_kept()) {
        true => Err("a floor was missed".into()),
        false => Ok(()),
    }
}

/// Prints results as tables, or as JSON.
fn print(options: &Options, tables: &str, json: impl FnOnce() -> String) {
    match options.json {
        true => print!("{}", json()),
        false => println!("{tables}"),
    }
}

/// Puts results into the documents of `--write`, if it is there.
fn publish(options: &Options, put: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Fault> {
    let Some(directory) = &options.write else {
        return Ok(());
    };
    put(directory).map_err(|error| format!("{}: {error}", directory.display()).into())
}

/// Shows on stderr that one run has ended.
fn progress(name: &str, sample: &Sample) {
    let Sample {
        rate,
        cost,
        p99,
        generator,
        ..
    } = sample;
    eprintln!(
        "{name}: {rate:.0} deliveries/s, {cost:.3} µs each, p99 {p99:.0} µs; generator {generator:.2} cores"
    );
}

/// A thousand clients need more descriptors than the usual soft limit. The servers inherit it.
fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    // If this fails, the error of connecting says what is wrong.
    let _ = setrlimit(Resource::Nofile, limit);
}
