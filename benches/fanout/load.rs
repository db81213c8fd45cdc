//! One run: the clients connect, warm up, are measured, and drain; then their ledgers are checked.
//!
//! If the generator needs a whole core (near 1.0 in the line of the run), a row shows the limit
//! of the generator, and only the CPU time per delivery says something about the server.

use crate::generator::Generator;
use crate::ledger::Fault;
use crate::server::{Server, cpu};
use crate::tally::quantile;
use std::time::{Duration, Instant};

/// The least load before a measurement, which lets batches, caches and congestion windows settle. It is a third
/// of the measurement, if that is longer.
const WARM_UP: Duration = Duration::from_millis(300);

/// How messages are sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each sender keeps `window` messages in flight. A message that has reached another client makes
    /// room for the next one. An ack does not: with the store on, it comes only after the commit, and
    /// the same load would mean less.
    ClosedLoop {
        /// Messages per sender.
        window: u32,
    },
    /// Messages are sent at a fixed rate, by all senders in turn.
    OpenLoop {
        /// Messages per second of all senders together.
        rate: f64,
    },
}

/// The load of one run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Connections, those of the senders included.
    pub clients: usize,
    /// The rooms that they are in, in equal numbers.
    pub rooms: usize,
    /// How many of the clients send; they are spread evenly over the order of joining.
    pub senders: usize,
    /// How they send.
    pub pace: Pace,
    /// Duration of the measurement.
    pub time: Duration,
}

/// The results of one run.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Deliveries per second.
    pub rate: f64,
    /// CPU time of the server per delivery in µs. It includes acks and everything else.
    pub cost: f64,
    /// CPU time of each of its companions per delivery in µs.
    pub companions: [f64; 2],
    /// Median time from the moment when a message was due to its arrival, in µs.
    pub p50: f64,
    /// 99th percentile of the same.
    pub p99: f64,
    /// 99th percentile of the time until the sender had the ack, in µs.
    pub ack_p99: f64,
    /// Messages per read of a client: how well the server joins them.
    pub per_read: f64,
    /// Cores used by the generator.
    pub generator: f64,
    /// Bytes of one delivered frame.
    pub frame: f64,
    /// Transactions of the store per second.
    pub commits: f64,
    /// Events in these transactions per second.
    pub events: f64,
}

/// The time, and the CPU time of both processes until then.
struct Usage {
    at: Instant,
    server: Duration,
    companions: [Duration; 2],
    generator: Duration,
}

impl Usage {
    fn read(server: &Server) -> Result<Self, Fault> {
        let mut companions = [Duration::ZERO; 2];
        for (time, pid) in companions.iter_mut().zip(&server.companions) {
            *time = cpu(*pid)?;
        }
        Ok(Self {
            at: Instant::now(),
            server: server.cpu()?,
            companions,
            generator: cpu(std::process::id())?,
        })
    }
}

/// What the store has committed.
struct Committed {
    transactions: f64,
    events: f64,
}

impl Committed {
    fn read(server: &Server) -> Result<Self, Fault> {
        if server.raw_frame.is_some() {
            return Ok(Self {
                transactions: 0.0,
                events: 0.0,
            });
        }
        Ok(Self {
            transactions: server.metric("commits_total")?,
            events: server.metric("committed_events_total")?,
        })
    }
}

/// One run against a server without other users.
pub fn run(server: &Server, plan: Plan) -> Result<Sample, Fault> {
    let mut generator = Generator::connect(server, (plan.clients, plan.rooms), plan.senders)?;
    let mut load = Load::new(plan.pace);
    load.run_until(&mut generator, Instant::now() + WARM_UP.max(plan.time / 3))?;

    generator.take_tally()?; // The warm-up does not count.
    // The requests for /metrics stay outside of the measured time.
    let committed_before = Committed::read(server)?;
    let before = Usage::read(server)?;
    load.run_until(&mut generator, before.at + plan.time)?;
    let after = Usage::read(server)?;
    let tally = generator.take_tally()?;
    let committed = Committed::read(server)?;

    generator.drain()?;
    if tally.deliveries == 0 {
        return Err("no delivery during the measurement; a longer run would help".into());
    }
    let deliveries = tally.deliveries as f64;
    let seconds = (after.at - before.at).as_secs_f64();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / deliveries;
    Ok(Sample {
        rate: deliveries / seconds,
        cost: each(after.server - before.server),
        companions: [0, 1].map(|n| each(after.companions[n] - before.companions[n])),
        p50: quantile(&tally.latency, 0.50),
        p99: quantile(&tally.latency, 0.99),
        ack_p99: quantile(&tally.acks, 0.99),
        per_read: deliveries / tally.reads as f64,
        generator: (after.generator - before.generator).as_secs_f64() / seconds,
        frame: tally.bytes as f64 / deliveries,
        commits: (committed.transactions - committed_before.transactions) / seconds,
        events: (committed.events - committed_before.events) / seconds,
    })
}

/// A load that goes on for a while.
pub struct Load {
    pace: Pace,
    begin: Instant,
    /// Messages that an open loop has sent since `begin`.
    sent: u64,
}

impl Load {
    /// A load that begins now.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            begin: Instant::now(),
            sent: 0,
        }
    }

    /// Keeps up the load until `end`.
    pub fn run_until(&mut self, generator: &mut Generator<'_>, end: Instant) -> Result<(), Fault> {
        loop {
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            let next = match self.pace {
                Pace::ClosedLoop { window } => {
                    let at = generator.micros(now);
                    for sender in 0..generator.senders() {
                        generator.fill_window(sender, window, at)?;
                    }
                    end
                }
                Pace::OpenLoop { rate } => self.send_due(generator, rate, now)?.min(end),
            };
            generator.poll(next.saturating_duration_since(now))?;
        }
    }

    /// Sends the messages that are due, and returns when the next one is.
    ///
    /// A latency counts from the moment when the message was due. A late generator, or a server
    /// that stalls it, would otherwise hide delays that a user feels.
    fn send_due(
        &mut self,
        generator: &mut Generator<'_>,
        rate: f64,
        now: Instant,
    ) -> Result<Instant, Fault> {
        loop {
            let due = self.begin + Duration::from_secs_f64(self.sent as f64 / rate);
            if due > now {
                return Ok(due);
            }
            let sender = self.sent as usize % generator.senders();
            generator.send(sender, 1, generator.micros(due))?;
            self.sent += 1;
        }
    }
}
