//! The bench `store`: the cost of keeping everything, from the same load with the store on and off.
//!
//! The two runs of a pair are seconds apart, so that other work of the machine affects both. The
//! ratio is taken within each pair, and the median over the pairs. With the store on, an `ack`
//! means that the event is on the disk. The saturated load does not wait for it, but every ack has to
//! come.

use crate::figure::{Bound, Figure};
use crate::ledger::Fault;
use crate::load::{self, Pace, Plan, Sample};
use crate::options::{Options, Part};
use crate::report::median;
use crate::server::Server;
use crate::settings::Settings;
use crate::{large, progress, stopped};

/// A run with the store and one without.
struct Pair {
    on: Sample,
    off: Sample,
}

/// Runs the selected parts.
pub fn measure(options: &Options) -> Result<Vec<Figure>, Fault> {
    let mut figures = Vec::new();
    for part in options.parts() {
        figures.extend(match part {
            Part::Saturated => saturated(options)?,
            Part::Steady => steady(options)?,
            Part::Large => large::measure(options)?,
            Part::Stopped => stopped::measure(options)?,
        });
    }
    Ok(figures)
}

/// The server's settings with the store on.
pub fn with_store(settings: &Settings) -> Settings {
    settings.with("history", "path", r#""history.db""#)
}

/// As many messages as the server can deliver.
fn saturated(options: &Options) -> Result<Vec<Figure>, Fault> {
    let clients = if options.quick { 200 } else { 1000 };
    let plan = Plan {
        clients,
        rooms: 1,
        senders: 8,
        pace: Pace::ClosedLoop { window: 8 },
        time: options.time,
    };
    let pairs = pairs(options, plan, "saturated")?;
    let name = |what: &str| format!("{clients} clients saturated: {what}");
    let unbounded =
        |what: &str, get: fn(&Pair) -> f64| Figure::unbounded(name(what), median(&pairs, get));
    Ok(vec![
        unbounded("deliveries/s, store on", |p| p.on.rate),
        unbounded("deliveries/s, store off", |p| p.off.rate),
        Figure::bounded(
            name("deliveries/s, on ÷ off"),
            median(&pairs, |p| p.on.rate / p.off.rate),
            Bound::AtLeast(0.85),
        ),
        unbounded("CPU per delivery, on ÷ off", |p| p.on.cost / p.off.cost),
        unbounded("commits/s", |p| p.on.commits),
        unbounded("committed events/s", |p| p.on.events),
        unbounded("ack p99 µs, store on", |p| p.on.ack_p99),
        unbounded("ack p99 µs, store off", |p| p.off.ack_p99),
    ])
}

/// A lively room at a fixed rate. The server refuses a message by an `error`, which ends the bench.
fn steady(options: &Options) -> Result<Vec<Figure>, Fault> {
    let clients = if options.quick { 30 } else { 100 };
    let rate = if options.quick { 2000.0 } else { 10_000.0 };
    let plan = Plan {
        clients,
        rooms: 1,
        senders: 30,
        pace: Pace::OpenLoop { rate },
        time: options.time,
    };
    let load = format!("{clients} clients, {rate} messages/s");
    let pairs = pairs(options, plan, &load)?;
    let name = |what: &str| format!("{load}: {what}");
    let unbounded =
        |what: &str, get: fn(&Pair) -> f64| Figure::unbounded(name(what), median(&pairs, get));
    let offered = rate * (clients - 1) as f64;
    Ok(vec![
        Figure::bounded(
            name("none refused, delivered of what was offered"),
            median(&pairs, |p| p.on.rate) / offered,
            Bound::AtLeast(0.97),
        ),
        Figure::bounded(
            name("CPU per delivery, on ÷ off"),
            median(&pairs, |p| p.on.cost / p.off.cost),
            Bound::AtMost(1.15),
        ),
        unbounded("CPU µs per delivery, store on", |p| p.on.cost),
        unbounded("CPU µs per delivery, store off", |p| p.off.cost),
        unbounded("p99 µs, store on", |p| p.on.p99),
        unbounded("p99 µs, store off", |p| p.off.p99),
        unbounded("ack p99 µs, store on", |p| p.on.ack_p99),
        unbounded("commits/s", |p| p.on.commits),
    ])
}

/// One pair per round. The first run of a pair is with the store and without it in turn.
fn pairs(options: &Options, plan: Plan, load: &str) -> Result<Vec<Pair>, Fault> {
    let on = with_store(&options.settings);
    let run = |settings: &Settings, store: &str| {
        let name = format!("{load}, store {store}");
        let sample = load::run(&Server::glassroom(&options.launch(settings))?, plan);
        let sample = sample.map_err(|fault| format!("{name}: {fault}"))?;
        progress(&name, &sample);
        Ok::<_, Fault>(sample)
    };
    let pair = |rep: usize| {
        if rep.is_multiple_of(2) {
            let on = run(&on, "on")?;
            let off = run(&options.settings, "off")?;
            return Ok(Pair { on, off });
        }
        let off = run(&options.settings, "off")?;
        let on = run(&on, "on")?;
        Ok(Pair { on, off })
    };
    (0..options.rounds).map(pair).collect()
}
