//! Five readers who stop reading: the others must not feel it, and the five are cut when as much
//! waits for them as the configuration allows.
//!
//! One crowd, one pace: first everybody reads, then five do not. What they are sent fills their
//! socket's buffers (the kernel's, some hundred KiB) and then their backlog.

use crate::crowd::Crowd;
use crate::floor::{Bound, Floor};
use crate::ledger::Fault;
use crate::load::{drain, load};
use crate::options::{Options, Pace};
use crate::process::{Target, metric};
use crate::report::median;
use crate::tally::quantile;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const STOPPED: usize = 5;
/// Bytes that may wait for one client.
const BACKLOG: u64 = 256 * 1024;
/// What the kernel's buffers of both ends may hold beside it (they grow by themselves), and what
/// is sent until somebody looks.
const SLACK: u64 = 2 * 1024 * 1024;
/// Until then they must be cut.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at the server's numbers.
const LOOK: Duration = Duration::from_millis(20);

/// What one run found.
struct Found {
    ratio: f64,
    cut: f64,
    bytes: f64,
}

/// All of it.
pub fn measure(options: &Options) -> Result<Vec<Floor>, Fault> {
    let found: Vec<Found> = (0..options.reps)
        .map(|_| run(options))
        .collect::<Result<_, _>>()?;
    let bound = (BACKLOG + SLACK) as f64 / 1024.0;
    Ok(vec![
        Floor::new(
            format!("{STOPPED} readers stopped: p99 of the others, after ÷ before"),
            median(&found, |f| f.ratio),
            Bound::AtMost(1.5),
        ),
        Floor::new(
            format!("{STOPPED} readers stopped: how many were cut"),
            median(&found, |f| f.cut),
            Bound::AtLeast(STOPPED as f64),
        ),
        Floor::new(
            format!(
                "{STOPPED} readers stopped: KiB offered to each until the last was cut (bound {} and the kernel's)",
                BACKLOG / 1024
            ),
            median(&found, |f| f.bytes / 1024.0),
            Bound::AtMost(bound),
        ),
    ])
}

fn run(options: &Options) -> Result<Found, Fault> {
    let backlog = format!("\"{} KiB\"", BACKLOG / 1024);
    let settings = options.settings.with("limits", "backlog", &backlog);
    let target = Target::product(&options.launch(&settings))?;
    let (clients, senders) = if options.quick { (30, 10) } else { (100, 30) };
    let pace = Pace::Paced { rate: 4000.0 };
    let mut crowd = Crowd::connect(&target, clients, senders)?;
    let phase = |crowd: &mut Crowd<'_>, go_on: &dyn Fn() -> bool| {
        let (begin, mut due) = (Instant::now(), 0);
        crowd.take_tally()?;
        load(crowd, pace, begin, begin + options.time, &mut due)?;
        while go_on() {
            let end = Instant::now() + options.time / 4;
            load(crowd, pace, begin, end, &mut due)?;
        }
        let tally = crowd.take_tally()?;
        drain(crowd)?;
        let p99 = quantile(&tally.latency, 0.99);
        Ok::<_, Fault>((p99, tally.bytes as f64 / tally.deliveries as f64))
    };
    let (before, frame) = phase(&mut crowd, &|| false)?;

    let quiet = (0..clients).filter(|client| !crowd.senders.contains(client));
    crowd.stop_reading(quiet.take(STOPPED).collect())?;
    let (address, began) = (target.address, Instant::now());
    let (over, cut, when) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let watch = || {
        while !over.load(Relaxed) && cut.load(Relaxed) < STOPPED as u64 {
            // A number that cannot be read now is read the next time.
            let now = metric(address, "too_slow_total").unwrap_or(0.0) as u64;
            if cut.swap(now, Relaxed) < now {
                when.store(began.elapsed().as_micros() as u64, Relaxed);
            }
            thread::sleep(LOOK);
        }
    };
    let after = thread::scope(|scope| {
        scope.spawn(watch);
        let waiting = || cut.load(Relaxed) < STOPPED as u64 && began.elapsed() < PATIENCE;
        let after = phase(&mut crowd, &waiting);
        over.store(true, Relaxed);
        after
    });
    let (after, _) = after?;
    eprintln!("stopped readers: p99 of the others {before:.0} µs before, {after:.0} µs after");
    let Pace::Paced { rate } = pace else {
        return Err("paced".into());
    };
    Ok(Found {
        ratio: after / before,
        cut: cut.load(Relaxed) as f64,
        bytes: when.load(Relaxed) as f64 / 1e6 * rate * frame,
    })
}
