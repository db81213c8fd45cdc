//! What keeping everything costs: the same load with the store on and off, turn and turn about.
//!
//! The two runs of a pair are seconds apart, so that what else the machine does concerns both; the
//! ratio is taken in each pair, and of the ratios the median. With the store on, an `ack` means
//! that the event is on the disk: the closed loop of the saturated load waits for it.

use crate::floor::{Bound, Floor};
use crate::ledger::Fault;
use crate::load::{self, Plan, Sample};
use crate::options::{Options, Pace, Part};
use crate::process::Target;
use crate::report::median;
use crate::settings::Settings;
use crate::{large, stopped};

/// A run with the store and one without.
struct Pair {
    on: Sample,
    off: Sample,
}

/// All of the suite.
pub fn measure(options: &Options) -> Result<Vec<Floor>, Fault> {
    let mut floors = Vec::new();
    for part in options.parts() {
        floors.extend(match part {
            Part::Saturated => saturated(options)?,
            Part::Steady => steady(options)?,
            Part::Large => large::measure(options)?,
            Part::Stopped => stopped::measure(options)?,
        });
    }
    Ok(floors)
}

/// The server's settings with a store.
pub fn stored(options: &Options) -> Settings {
    options.settings.with("history", "path", r#""history.db""#)
}

fn saturated(options: &Options) -> Result<Vec<Floor>, Fault> {
    let crowd = if options.quick { 200 } else { 1000 };
    let plan = Plan {
        clients: crowd,
        senders: 8,
        pace: Pace::Saturated { window: 8 },
        time: options.time,
    };
    let pairs = pairs(options, plan, "saturated")?;
    let (rate, cost) = ratios(&pairs);
    let told = |what: &str, get: fn(&Pair) -> f64| {
        let what = format!("{crowd} clients saturated: {what}");
        Floor::told(what, median(&pairs, get))
    };
    Ok(vec![
        told("deliveries/s, store on", |p| p.on.rate),
        told("deliveries/s, store off", |p| p.off.rate),
        Floor::new(
            format!("{crowd} clients saturated: deliveries/s, on ÷ off"),
            rate,
            Bound::AtLeast(0.85),
        ),
        Floor::told(
            format!("{crowd} clients saturated: CPU per delivery, on ÷ off"),
            cost,
        ),
        told("commits/s", |p| p.on.commits),
        told("committed events/s", |p| p.on.kept),
        told("ack p99 µs, store on", |p| p.on.ack_p99),
        told("ack p99 µs, store off", |p| p.off.ack_p99),
    ])
}

/// A lively crowd. A refusal would be an `error`, and an `error` ends the run.
fn steady(options: &Options) -> Result<Vec<Floor>, Fault> {
    let class = if options.quick { 30 } else { 100 };
    let rate = if options.quick { 2000.0 } else { 10_000.0 };
    let paced = Plan {
        clients: class,
        senders: 30.min(class),
        pace: Pace::Paced { rate },
        time: options.time,
    };
    let name = format!("{class} clients, {rate} messages/s");
    let pairs = pairs(options, paced, &name)?;
    let (_, cost) = ratios(&pairs);
    let told = |what: &str, get: fn(&Pair) -> f64| {
        Floor::told(format!("{name}: {what}"), median(&pairs, get))
    };
    let offered = rate * (class - 1) as f64;
    let reached = median(&pairs, |p| p.on.rate) / offered;
    Ok(vec![
        Floor::new(
            format!("{name}: none refused, delivered of what was offered"),
            reached,
            Bound::AtLeast(0.97),
        ),
        Floor::new(
            format!("{name}: CPU per delivery, on ÷ off"),
            cost,
            Bound::AtMost(1.15),
        ),
        told("CPU µs per delivery, store on", |p| p.on.cost),
        told("CPU µs per delivery, store off", |p| p.off.cost),
        told("p99 µs, store on", |p| p.on.p99),
        told("p99 µs, store off", |p| p.off.p99),
        told("ack p99 µs, store on", |p| p.on.ack_p99),
        told("commits/s", |p| p.on.commits),
    ])
}

/// As many pairs as there are repetitions; who is first changes.
fn pairs(options: &Options, plan: Plan, name: &str) -> Result<Vec<Pair>, Fault> {
    // A moment in which the machine does something else must not cut a reader.
    let off = options.settings.with("limits", "backlog", r#""32 MiB""#);
    let on = off.with("history", "path", r#""history.db""#);
    let run = |settings: &Settings, who: &str| {
        let sample = load::run(&Target::product(&options.launch(settings))?, plan);
        let sample = sample.map_err(|fault| format!("{name}, store {who}: {fault}"))?;
        crate::progress(&format!("{name}, store {who}"), &sample);
        Ok::<_, Fault>(sample)
    };
    let pair = |rep: usize| {
        if rep.is_multiple_of(2) {
            let on = run(&on, "on")?;
            let off = run(&off, "off")?;
            return Ok(Pair { on, off });
        }
        let off = run(&off, "off")?;
        let on = run(&on, "on")?;
        Ok(Pair { on, off })
    };
    (0..options.reps).map(pair).collect()
}

/// Deliveries per second and CPU per delivery, on to off.
fn ratios(pairs: &[Pair]) -> (f64, f64) {
    let rate = median(pairs, |p| p.on.rate / p.off.rate);
    (rate, median(pairs, |p| p.on.cost / p.off.cost))
}
