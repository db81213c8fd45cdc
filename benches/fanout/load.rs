//! One run: a crowd connects, gets warm, is measured, and goes quiet; then its books are checked.
//!
//! Where the generator needs a whole core by itself ("generator" near 1.0 in the table) a row
//! shows its limit, not the server's, and only the CPU per delivery still says something.

use crate::crowd::{Crowd, PATIENCE, QUIET};
use crate::ledger::Fault;
use crate::options::Pace;
use crate::process::{Target, cpu};
use crate::tally::quantile;
use std::time::{Duration, Instant};

/// Before the measurement, so that batches, caches and congestion windows are what they will be.
const WARM_UP: Duration = Duration::from_millis(300);

/// One run: who sends how much for how long.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Connections, senders among them.
    pub clients: usize,
    /// How many of them send; spread evenly over the order of joining.
    pub senders: usize,
    /// Closed or open loop.
    pub pace: Pace,
    /// How long is measured.
    pub time: Duration,
}

/// What one run found.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Messages that arrived at somebody, per second.
    pub rate: f64,
    /// CPU µs of the server per delivery; acks and everything else it did are in it.
    pub cost: f64,
    /// Median time from the moment a message was due to its arrival, in µs.
    pub p50: f64,
    /// 99th percentile of the same.
    pub p99: f64,
    /// 99th percentile until the sender had the ack.
    pub ack_p99: f64,
    /// Messages per read of the generator: how well the server joined them.
    pub joined: f64,
    /// Cores that the generator used.
    pub generator: f64,
    /// Bytes of one delivered frame.
    pub frame: f64,
    /// Transactions of the store per second.
    pub commits: f64,
    /// Events per second in those.
    pub kept: f64,
}

/// One run against a server that nobody else uses.
pub fn run(target: &Target, plan: Plan) -> Result<Sample, Fault> {
    let mut crowd = Crowd::connect(target, plan.clients, plan.senders)?;
    let begin = Instant::now();
    let mut due = 0;
    load(&mut crowd, plan.pace, begin, begin + WARM_UP, &mut due)?;

    crowd.take_tally()?;
    let (commits, kept) = committed(target)?;
    let (opened, server, own) = (Instant::now(), cpu(target.pid)?, cpu(std::process::id())?);
    load(&mut crowd, plan.pace, begin, opened + plan.time, &mut due)?;
    let seconds = opened.elapsed().as_secs_f64();
    let (server, own) = (cpu(target.pid)? - server, cpu(std::process::id())? - own);
    let tally = crowd.take_tally()?;
    let (commits_now, kept_now) = committed(target)?;
    let (commits, kept) = (commits_now - commits, kept_now - kept);

    drain(&mut crowd)?;
    if tally.deliveries == 0 {
        return Err("nothing was delivered while it was measured; a longer run would help".into());
    }
    let deliveries = tally.deliveries as f64;
    Ok(Sample {
        rate: deliveries / seconds,
        cost: server.as_secs_f64() * 1e6 / deliveries,
        p50: quantile(&tally.latency, 0.50),
        p99: quantile(&tally.latency, 0.99),
        ack_p99: quantile(&tally.acks, 0.99),
        joined: deliveries / tally.reads as f64,
        generator: own.as_secs_f64() / seconds,
        frame: tally.bytes as f64 / deliveries,
        commits: commits / seconds,
        kept: kept / seconds,
    })
}

/// Transactions and events that the store has committed; none where there is no store.
fn committed(target: &Target) -> Result<(f64, f64), Fault> {
    if target.raw.is_some() {
        return Ok((0.0, 0.0));
    }
    let commits = target.metric("commits_total")?;
    Ok((commits, target.metric("committed_events_total")?))
}

/// Keeps up the load until `end`. `due`: messages that the pace has asked for since `begin`.
pub fn load(
    crowd: &mut Crowd<'_>,
    pace: Pace,
    begin: Instant,
    end: Instant,
    due: &mut u64,
) -> Result<(), Fault> {
    loop {
        let now = Instant::now();
        if now >= end {
            return Ok(());
        }
        let next = match pace {
            // The loop is closed by the ack: a message whose ack has come is replaced by the
            // next one. Nobody waits for the other receivers.
            Pace::Saturated { window } => {
                for sender in 0..crowd.senders.len() {
                    let free = window - crowd.in_flight[sender];
                    let at = crowd.micros(now);
                    crowd.send(sender, free, at)?;
                }
                end
            }
            // Open loop. The latency counts from when the message was due: a generator that is
            // late, or a server that stalls it, must not hide what a user would have felt.
            Pace::Paced { rate } => loop {
                let at = begin + Duration::from_secs_f64(*due as f64 / rate);
                if at > now {
                    break at.min(end);
                }
                let sender = *due as usize % crowd.senders.len();
                crowd.send(sender, 1, crowd.micros(at))?;
                *due += 1;
            },
        };
        crowd.turn(next.saturating_duration_since(now))?;
    }
}

/// Waits until everything that was sent has arrived everywhere, and then a little for what
/// should not; then all accounts must be even.
pub fn drain(crowd: &mut Crowd<'_>) -> Result<(), Fault> {
    let wanted = crowd.wanted(); // acks included
    let mut progress = Instant::now();
    let mut before = crowd.delivered;
    while crowd.delivered < wanted || crowd.heard.elapsed() < QUIET {
        crowd.turn(Duration::from_millis(50))?;
        if crowd.delivered != before {
            (progress, before) = (Instant::now(), crowd.delivered);
        } else if progress.elapsed() > PATIENCE {
            break; // the ledgers say what is missing
        }
    }
    for (index, client) in crowd.clients.iter().enumerate() {
        if !crowd.reads(index) {
            continue;
        }
        client
            .ledger
            .close(&crowd.sent)
            .map_err(|fault| format!("client {index}: {fault}"))?;
    }
    Ok(())
}
