//! The part `stopped`: five readers stop reading. The others must not notice, and the server must
//! evict the five when their backlog reaches the configured limit.
//!
//! The same clients run twice at the same rate: first everybody reads, then five do not. The
//! messages for them fill the buffers of their sockets (some hundred KiB in the kernel) and then
//! their backlog.

use crate::figure::{Bound, Figure};
use crate::generator::Generator;
use crate::ledger::Fault;
use crate::load::{Load, Pace};
use crate::options::Options;
use crate::report::median;
use crate::server::{Server, metric};
use crate::tally::quantile;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Readers that stop.
const STOPPED: usize = 5;
/// Messages per second.
const RATE: f64 = 4000.0;
/// The limit of one client's backlog, in bytes.
const BACKLOG: u64 = 256 * 1024;
/// Bytes that the kernel's buffers of both ends may hold as well (they grow by themselves), and
/// that are sent before the next look at the server's metrics.
const SLACK: u64 = 2 * 1024 * 1024;
/// The readers must be evicted within this time.
const PATIENCE: Duration = Duration::from_secs(60);
/// The time between two looks at the server's metrics.
const INTERVAL: Duration = Duration::from_millis(20);

/// The results of one run.
struct Outcome {
    /// p99 of the others, after to before.
    ratio: f64,
    evicted: f64,
    /// Bytes sent to each stopped reader until the last one was evicted.
    bytes: f64,
}

/// Runs every round.
pub fn measure(options: &Options) -> Result<Vec<Figure>, Fault> {
    let outcomes: Vec<Outcome> = (0..options.rounds)
        .map(|_| run(options))
        .collect::<Result<_, _>>()?;
    let most = (BACKLOG + SLACK) as f64 / 1024.0;
    Ok(vec![
        Figure::bounded(
            format!("{STOPPED} readers stopped: p99 of the others, after ÷ before"),
            median(&outcomes, |outcome| outcome.ratio),
            Bound::AtMost(1.5),
        ),
        Figure::bounded(
            format!("{STOPPED} readers stopped: how many were cut"),
            median(&outcomes, |outcome| outcome.evicted),
            Bound::AtLeast(STOPPED as f64),
        ),
        Figure::bounded(
            format!(
                "{STOPPED} readers stopped: KiB offered to each until the last was cut (bound {} and the kernel's)",
                BACKLOG / 1024
            ),
            median(&outcomes, |outcome| outcome.bytes / 1024.0),
            Bound::AtMost(most),
        ),
    ])
}

fn run(options: &Options) -> Result<Outcome, Fault> {
    let backlog = format!("\"{} KiB\"", BACKLOG / 1024);
    let settings = options.settings.with("limits", "backlog", &backlog);
    let server = Server::glassroom(&options.launch(&settings))?;
    let (clients, senders) = if options.quick { (30, 10) } else { (100, 30) };
    let mut generator = Generator::connect(&server, (clients, 1), senders)?;
    let before = phase(&mut generator, options.time, || false)?;

    generator.stop_reading(generator.silent_clients(STOPPED))?;
    let evictions = Evictions::new(server.address);
    let after = thread::scope(|scope| {
        scope.spawn(|| evictions.watch());
        let after = phase(&mut generator, options.time, || evictions.are_pending());
        evictions.finished.store(true, Relaxed);
        after
    })?;
    eprintln!(
        "stopped readers: p99 of the others {:.0} µs before, {:.0} µs after",
        before.p99, after.p99
    );
    let last = Duration::from_micros(evictions.last.load(Relaxed));
    Ok(Outcome {
        ratio: after.p99 / before.p99,
        evicted: evictions.count.load(Relaxed) as f64,
        bytes: last.as_secs_f64() * RATE * before.frame,
    })
}

/// The results of one phase.
struct Phase {
    p99: f64,
    /// Bytes of one delivered frame.
    frame: f64,
}

/// Loads the server for `time`, and longer while `go_on` says so.
fn phase(
    generator: &mut Generator<'_>,
    time: Duration,
    go_on: impl Fn() -> bool,
) -> Result<Phase, Fault> {
    generator.take_tally()?;
    let mut load = Load::new(Pace::OpenLoop { rate: RATE });
    load.run_until(generator, Instant::now() + time)?;
    while go_on() {
        load.run_until(generator, Instant::now() + time / 4)?;
    }
    let tally = generator.take_tally()?;
    generator.drain()?;
    Ok(Phase {
        p99: quantile(&tally.latency, 0.99),
        frame: tally.bytes as f64 / tally.deliveries as f64,
    })
}

/// The evictions that the server reports, watched by a thread of their own.
struct Evictions {
    address: SocketAddr,
    start: Instant,
    count: AtomicU64,
    /// When the last one was seen, in microseconds since `start`.
    last: AtomicU64,
    /// Ends the thread.
    finished: AtomicBool,
}

impl Evictions {
    fn new(address: SocketAddr) -> Self {
        Self {
            address,
            start: Instant::now(),
            count: AtomicU64::new(0),
            last: AtomicU64::new(0),
            finished: AtomicBool::new(false),
        }
    }

    fn watch(&self) {
        while !self.finished.load(Relaxed) && self.count.load(Relaxed) < STOPPED as u64 {
            // A metric that cannot be read now is read the next time.
            let count = metric(self.address, "too_slow_total").unwrap_or(0.0) as u64;
            if self.count.swap(count, Relaxed) < count {
                let now = self.start.elapsed().as_micros() as u64;
                self.last.store(now, Relaxed);
            }
            thread::sleep(INTERVAL);
        }
    }

    /// Whether some are missing that may still come.
    fn are_pending(&self) -> bool {
        self.count.load(Relaxed) < STOPPED as u64 && self.start.elapsed() < PATIENCE
    }
}
