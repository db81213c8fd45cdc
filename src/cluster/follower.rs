//! A node that follows: it reads the log of the cluster into a history of its own, and passes connections on.
//!
//! Runs on: `follower`. Blocks on: the engine.

use crate::auth::token::Keys;
use crate::cluster::engine::{Engine, EngineError};
use crate::cluster::entries::{Found, GoesOn};
use crate::cluster::entry;
use crate::cluster::files;
use crate::cluster::forward::{self, Forwarding};
use crate::cluster::leading::Who;
use crate::cluster::seats::Seats;
use crate::cluster::snapshot;
use crate::cluster::state::{State, lock};
use crate::config::Config;
use crate::data_dir::{self, history_path};
use crate::history;
use crate::net::{capacity, listener};
use crate::sqlite::error::StoreError;
use crate::sqlite::start::{self, Threads};
use crate::store::position::Position;
use crate::store::queue::{Job, StoreWriter};
use crate::store::report::StoreReport;
use crate::support::threads::vital;
use std::collections::VecDeque;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// Jobs that may wait for the disk before the log is read on.
const AHEAD: u64 = 16_384;
/// How long a follower waits when the engine does not answer.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a node tries to come up to date, and the pause between two attempts.
const COMING_IN: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_secs(1);
/// How long a node that is to lead waits for the next entry that is there, or for its disk.
const STUCK: Duration = Duration::from_secs(10);
/// How long the last rows may take when the node stops.
const LAST_WRITE: Duration = Duration::from_secs(3);

/// A node that follows.
pub struct Follower {
    /// Where it listens.
    pub address: SocketAddr,
    listener: Arc<TcpListener>,
    stopping: Arc<AtomicBool>,
    threads: Threads,
    _lock: File,
}

impl Follower {
    pub(super) fn start(
        (listener, lock): (TcpListener, File),
        config: &Config,
        (who, state): (&Who, &Arc<State>),
        failed: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Result<Follower, String> {
        let data = &config.server.data;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (keys, _) = data_dir::load_keys(config).map_err(|error| error.to_string())?;
        let keys = Arc::new(keys);
        let mut engine = Engine::new(&config.cluster);
        keep_trying(|| bring_up_to_date(config, &keys, (who, state), &mut engine))?;
        let (reader, threads) = Reader::open(config, state, engine, failed.clone())?;
        let stopping = Arc::clone(&reader.stopping);
        let run = move || reader.run();
        vital("follower", failed.clone(), run).map_err(|error| error.to_string())?;
        capacity::raise_descriptor_limit();
        let listener = Arc::new(listener);
        let seats = Seats::start(config, &keys, state, &stopping, failed.clone());
        let forwarding = Forwarding {
            state: Arc::clone(state),
            keys,
            seats: seats.map_err(|error| error.to_string())?,
            timeout: config.limits.handshake_timeout,
            most: config.limits.connections + config.limits.unauthenticated,
        };
        accept(&listener, Arc::new(forwarding), &stopping, failed)?;
        if let Err(error) = data_dir::note_address(data, address) {
            log::warn!("`glassroom link` will not know the address: {error}");
        }
        let (primary, at) = state.primary();
        log::info!("listening on {address}, for the primary {primary} at {at}");
        Ok(Follower {
            address,
            listener,
            stopping,
            threads,
            _lock: lock,
        })
    }

    /// Stops: what was read is written.
    pub fn stop(self) {
        self.stopping.store(true, Relaxed);
        listener::wake(&self.listener);
        if !self.threads.join_by(Instant::now() + LAST_WRITE) {
            log::warn!(
                "the history did not end in order; the log of the cluster has what is missing"
            );
        }
        log::info!("stopped");
    }
}

/// Tries for a while: the primary may be starting, or beginning another log.
fn keep_trying(mut attempt: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let until = Instant::now() + COMING_IN;
    loop {
        match attempt() {
            Err(error) if Instant::now() < until => log::warn!("not up to date yet: {error}"),
            result => return result,
        }
        thread::sleep(BETWEEN);
    }
}

/// Takes a copy of the primary's history, unless this node's own can be read on.
fn bring_up_to_date(
    config: &Config,
    keys: &Keys,
    (who, state): (&Who, &State),
    engine: &mut Engine,
) -> Result<(), String> {
    let failed = |error: EngineError| error.to_string();
    let renewed = engine.renew(who, "", false).map_err(failed)?;
    state.set_primary(&renewed.node, &renewed.address);
    let mut goes_on = engine.goes_on(&state.position()).map_err(failed)?;
    if goes_on == GoesOn::No {
        snapshot::take(config, keys, &state.primary().1)?;
        let path = history_path(config).ok_or("nothing is stored here")?;
        let at = start::position(&path).map_err(|error| error.to_string())?;
        state.set_log(&at.ok_or("the copy of the history has no place in the log")?);
        goes_on = engine.goes_on(&state.position()).map_err(failed)?;
    }
    match goes_on {
        GoesOn::Yes => Ok(()),
        GoesOn::InAnother => rebase(config, state, &renewed.log),
        GoesOn::NotYet => Err("the engine has less than this node".into()),
        GoesOn::No => {
            Err("the log of the cluster does not go on from the copy of the history".into())
        }
    }
}

/// Goes on with a log that begins with just what this node has.
fn rebase(config: &Config, state: &State, log: &str) -> Result<(), String> {
    state.set_log(&begin_log(config, log)?);
    Ok(())
}

/// Makes the history that this node has the beginning of a log.
pub(super) fn begin_log(config: &Config, log: &str) -> Result<Position, String> {
    let path = history_path(config).ok_or("nothing is stored here")?;
    let options = history::options(config, path, "");
    start::begin_log(&options, log).map_err(|error| format!("the history: {error}"))
}

fn accept(
    listener: &Arc<TcpListener>,
    forwarding: Arc<Forwarding>,
    stopping: &Arc<AtomicBool>,
    failed: impl Fn() + Send + 'static,
) -> Result<(), String> {
    let (ours, stops, next) = (
        Arc::clone(listener),
        Arc::clone(stopping),
        AtomicU64::new(1),
    );
    let run = move || {
        listener::run(
            &ours,
            || stops.load(Relaxed),
            |stream, peer| {
                forward::accept(stream, peer, next.fetch_add(1, Relaxed), &forwarding);
            },
        );
    };
    vital("listener", failed, run)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Reads the log into the history.
struct Reader {
    engine: Engine,
    state: Arc<State>,
    /// The last entry that was handed to the store.
    handed: Position,
    writer: StoreWriter,
    written: Arc<Written>,
    data: PathBuf,
    stopping: Arc<AtomicBool>,
}

/// Which entries are written when the store has committed which jobs.
#[derive(Debug, Default)]
struct Written(Mutex<VecDeque<(u64, Position)>>);

impl Written {
    /// The jobs of `entry` end with this one.
    fn note(&self, job: u64, entry: &Position) {
        self.queue().push_back((job, entry.clone()));
    }

    /// The last entry of which every job up to `committed` is on the disk.
    fn up_to(&self, committed: u64) -> Option<Position> {
        let mut queue = self.queue();
        let mut last = None;
        while queue.front().is_some_and(|(job, _)| *job <= committed) {
            last = queue.pop_front().map(|(_, entry)| entry);
        }
        last
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<(u64, Position)>> {
        lock(&self.0)
    }
}

impl Reader {
    /// Opens the history to follow, from where it is.
    fn open(
        config: &Config,
        state: &Arc<State>,
        engine: Engine,
        failed: impl Fn() + Send + Sync + 'static,
    ) -> Result<(Reader, Threads), String> {
        let path = history_path(config).ok_or("nothing is stored here")?;
        let shown = path.display().to_string();
        let wrong = |error: StoreError| format!("the history {shown}: {error}");
        let options = history::options(config, path, "");
        let store = start::open_to_follow(&options).map_err(wrong)?;
        // From here on the log has whatever an end that was not in order has left out.
        history::note_closed(config);
        let written = Arc::new(Written::default());
        let (theirs, reached) = (Arc::clone(&written), Arc::clone(state));
        let report = move |report| match report {
            StoreReport::Died => failed(),
            StoreReport::Committed { job, .. } => {
                if let Some(entry) = theirs.up_to(job) {
                    reached.reached(&entry);
                }
            }
            _ => {}
        };
        let (writer, _, threads) = store.start(report).map_err(wrong)?;
        let reader = Reader {
            engine,
            state: Arc::clone(state),
            handed: state.position(),
            writer,
            written,
            data: config.server.data.clone(),
            stopping: Arc::default(),
        };
        Ok((reader, threads))
    }

    fn run(mut self) {
        let mut failures = 0;
        while !self.stopping.load(Relaxed) {
            match self.step() {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    // One alone is nothing: a process that was stopped for a while finds its reading interrupted.
                    if failures == 2 {
                        log::error!(
                            "this node does not follow the log of the cluster for now: {error}"
                        );
                    }
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Reads up to an entry that is there.
    fn run_to(&mut self, entry: u64) -> Result<(), String> {
        let (mut last, mut since) = ((0, 0), Instant::now());
        while self.handed.entry < entry {
            // The engine may need a moment. What is wrong with an entry stays so.
            let stepped = self.step();
            if self.state.is_astray() {
                return stepped;
            }
            let now = (self.handed.entry, self.writer.committed());
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if since.elapsed() > STUCK {
                let why = stepped.err().unwrap_or_default();
                return Err(format!(
                    "the log of the cluster cannot be read to its end: it stops after entry {} {why}",
                    now.0
                ));
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        if self.writer.waiting() > AHEAD {
            thread::sleep(Duration::from_millis(5));
            return Ok(());
        }
        let entries = self.engine.read(self.handed.entry);
        for found in entries.map_err(|error| error.to_string())? {
            // Another primary: it may not have had what this node has.
            if found.term != self.handed.term {
                let goes_on = self.engine.goes_on(&self.handed);
                if goes_on.map_err(|error| error.to_string())? != GoesOn::Yes {
                    self.state.go_astray();
                    return Err("what this node has is not what the log has".into());
                }
            }
            self.hand_over(found)?;
        }
        Ok(())
    }

    /// Hands the jobs of an entry to the store, and writes the files that come with them.
    fn hand_over(&mut self, found: Found) -> Result<(), String> {
        let (number, next) = (found.number, self.handed.entry + 1);
        if number != next {
            self.state.go_astray();
            return Err(format!("entry {next} is missing, the next one is {number}"));
        }
        let entry = entry::read(&found.jobs).map_err(|error| format!("entry {number}: {error}"))?;
        files::write(&entry.files, &self.data)?;
        let mut jobs = entry.jobs;
        self.handed.entry = number;
        self.handed.term = found.term;
        jobs.push(Job::Reached(self.handed.clone()));
        let last = self.writer.last() + jobs.len() as u64;
        self.written.note(last, &self.handed);
        self.writer.follow(jobs);
        Ok(())
    }
}

/// Reads the log up to `until` into the history of a node that is about to lead. The data directory is locked.
pub(super) fn catch_up(
    config: &Config,
    state: &Arc<State>,
    until: &Position,
) -> Result<(), String> {
    let path = history_path(config).ok_or("nothing is stored here")?;
    let wrong = |error: StoreError| format!("the history {}: {error}", path.display());
    let at = state.position();
    if at.log != until.log {
        // A log that begins with this node's history.
        rebase(config, state, &until.log)?;
    }
    if state.position() == *until {
        return Ok(());
    }
    let (mut reader, threads) = Reader::open(config, state, Engine::new(&config.cluster), || {})?;
    reader.run_to(until.entry)?;
    drop(reader);
    threads.join();
    // Only what is on the disk counts: a node that leads without the end of the log would number it again.
    let reached = start::position(&path).map_err(wrong)?;
    match reached.as_ref() == Some(until) {
        true => Ok(()),
        false => Err(format!(
            "the history {} cannot take the end of the log of the cluster: see above",
            path.display()
        )),
    }
}
