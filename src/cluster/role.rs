//! The thread that keeps a node's role, and notices when it needs another one. Runs on: `node`. Blocks on: the engine.
//!
//! A node takes another role by starting again: `restart`.

use crate::cluster::engine::{self, Engine};
use crate::cluster::leading::{Lead, Lease, Renewed, Says, Who};
use crate::cluster::peer;
use crate::cluster::state::{Entered, State, lock};
use crate::config::Config;
use crate::store::position::Position;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

/// How often a node says that it lives. Five times in a lease, so that a slow answer does not end one.
pub(super) const BEAT: Duration = Duration::from_millis(500);
/// How often the primary looks who is there, and the engine is tidied.
const TIDY: Duration = Duration::from_secs(10);
/// The shortest such time as [`mending`] gives.
const MENDING: Duration = Duration::from_secs(2);
/// How long a primary that refuses connections must not have renewed its lease.
const SILENCE: Duration = Duration::from_millis(1500);
/// A primary that refuses so many connections in a row does not run.
const REFUSALS: u32 = 3;

struct Watcher<F> {
    role: Entered,
    config: Config,
    who: Who,
    state: Arc<State>,
    engine: Engine,
    restart: F,
    tidied: Instant,
    /// Since when something is not as it should be, while the engine answers.
    odd: Option<Instant>,
    /// The end of the lease as it was when a connection to the primary was refused, and when that was.
    refused: Option<(u64, Instant)>,
}

/// Starts the thread.
pub(super) fn watch(
    role: Entered,
    config: &Config,
    who: Who,
    state: Arc<State>,
    restart: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let mut watcher = Watcher {
        role,
        config: config.clone(),
        who,
        state,
        engine: Engine::new(&config.cluster),
        restart,
        tidied: Instant::now(),
        odd: None,
        refused: None,
    };
    let run = move || {
        while watcher.look() {
            thread::sleep(BEAT);
        }
        (watcher.restart)();
    };
    thread::Builder::new().name("node".into()).spawn(run)?;
    Ok(())
}

impl<F> Watcher<F> {
    /// Looks once. False: this process has to begin anew.
    fn look(&mut self) -> bool {
        if self.state.is_deposed() {
            log::warn!("another node leads the cluster: this one follows it from now on");
            return false;
        }
        let at = self.state.position();
        let state = Arc::clone(&self.state);
        let leaving = lock(&state.leaving);
        if *leaving {
            return true;
        }
        let leads = self.role == Entered::Primary;
        match self.engine.renew(&self.who, &self.says(&at), leads) {
            Ok(renewed) => match self.role {
                Entered::Primary => self.as_primary(&at, &renewed),
                Entered::Follower => self.as_follower(&at, &renewed),
                Entered::CutOff => self.as_cut_off(&at, &renewed),
            },
            Err(error) => {
                self.odd = None;
                if self.state.trouble().is_none() {
                    log::error!("{error}");
                }
                self.state.note_answer(Some(error.to_string()));
                true
            }
        }
    }

    fn says(&self, at: &Position) -> String {
        let says = Says {
            node: self.who.node.clone(),
            address: self.who.address.clone(),
            role: format!("{:?}", self.role).to_lowercase(),
            entry: at.entry,
            version: env!("CARGO_PKG_VERSION").into(),
        };
        serde_json::to_string(&says).unwrap_or_default()
    }

    /// Whether something has been odd for this long, while the engine answered.
    fn is_odd_for(&mut self, is_odd: bool, time: Duration) -> bool {
        match is_odd {
            true => self.odd.get_or_insert_with(Instant::now).elapsed() >= time,
            false => {
                self.odd = None;
                false
            }
        }
    }

    fn as_primary(&mut self, at: &Position, renewed: &Renewed) -> bool {
        self.state.note_answer(None);
        if !renewed.leads && !renewed.node.is_empty() {
            self.state.depose();
            return true;
        }
        if renewed.log != at.log || renewed.end < at.entry {
            // The thread that appends mends that: it knows what is on the disk.
            self.state.lost.store(true, Relaxed);
            return true;
        }
        if self.tidied.elapsed() >= TIDY {
            self.tidied = Instant::now();
            self.tidy();
        }
        true
    }

    fn as_follower(&mut self, at: &Position, renewed: &Renewed) -> bool {
        self.state.note_answer(None);
        let is_other = renewed.log != at.log || renewed.end < at.entry;
        let is_held = renewed.lease == Lease::Held;
        // The primary, if it lives, is the one to mend that: it has what the engine may have lost.
        let patience = mending(&self.config);
        let waits = !self.is_odd_for(is_other || !is_held, patience);
        if self.state.is_astray() || (is_other && is_held && !waits) {
            log::warn!("the log of the cluster has begun anew: this node begins again with it");
            return false;
        }
        if is_held {
            if self.state.set_primary(&renewed.node, &renewed.address) {
                log::info!(
                    "{} leads the cluster now: connections begin again",
                    renewed.node
                );
                return false;
            }
            if !self.is_dead(renewed) {
                return true;
            }
        } else if waits && renewed.lease != Lease::Resigned {
            return true;
        }
        let lead = self.engine.lead(&self.who, at, is_held);
        if let Ok(Lead::Own { .. }) = lead {
            log::warn!("the primary {} is gone: this node takes over", renewed.node);
            return false;
        }
        true
    }

    /// Whether the primary does not run: nothing listens at its address, and it does not renew its lease either.
    fn is_dead(&mut self, renewed: &Renewed) -> bool {
        let was_refused = self.state.refused.swap(0, Relaxed) > 0;
        if self.refused.is_none() && was_refused {
            self.refused = Some((renewed.until, Instant::now()));
        }
        match self.refused {
            Some((until, _)) if until != renewed.until => {
                self.refused = None;
                false
            }
            Some((_, since)) => since.elapsed() >= SILENCE && refuses(&renewed.address),
            None => false,
        }
    }

    /// Looks whether the engine is there again, and this node has a place in the cluster.
    fn as_cut_off(&mut self, at: &Position, renewed: &Renewed) -> bool {
        if let Err(error) = self.engine.examine() {
            self.state.note_answer(Some(error.to_string()));
            return true;
        }
        if renewed.lease == Lease::Held && !renewed.leads {
            log::info!("the cluster is there again, and {} leads it", renewed.node);
            return false;
        }
        if at.log.is_empty() {
            // A start makes this history the beginning of the log, if there is none.
            return !renewed.log.is_empty();
        }
        let waits = !self.is_odd_for(renewed.lease == Lease::Over, mending(&self.config));
        if waits && renewed.lease == Lease::Over {
            return true;
        }
        match self.engine.lead(&self.who, at, false) {
            Ok(Lead::Own { .. }) => {
                log::info!("the cluster is there again");
                false
            }
            _ => true,
        }
    }

    /// Has the engine drop what no node needs, and what was erased.
    fn tidy(&mut self) {
        let Ok(nodes) = self.engine.nodes() else {
            return;
        };
        let has = nodes.iter().map(|says| says.entry).min();
        let has = has.unwrap_or(0).min(self.state.position().entry);
        self.state.note_nodes(nodes);
        let erased = self.state.erased.load(Relaxed);
        let (end, keep) = (self.state.position().entry, self.config.cluster.keep as u64);
        let is_erased = erased > 0 && has >= erased;
        let first = match is_erased {
            true => erased + 1,
            // A node that lives and does not read on must not fill the memory of the engine.
            false => end
                .saturating_sub(keep)
                .min(has)
                .max(end.saturating_sub(2 * keep)),
        };
        if first > 1 && self.engine.trim(first, is_erased).is_ok() && is_erased {
            // Unless something else was erased meanwhile.
            let _ = self
                .state
                .erased
                .compare_exchange(erased, 0, Relaxed, Relaxed);
        }
    }
}

/// How long a primary that lives may take to mend what a failure of the engine has left: it says twice a second that it lives,
/// and may have to wait for an answer first.
pub(super) fn mending(config: &Config) -> Duration {
    let urls = engine::urls(&config.cluster).count();
    MENDING.max(2 * BEAT + config.cluster.patience * (1 + urls as u32))
}

/// Whether nothing listens at an address, whose machine is there.
fn refuses(address: &str) -> bool {
    (0..REFUSALS).all(|_| {
        let tried = peer::connect(address, Duration::from_millis(300));
        let refused = tried.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
        thread::sleep(Duration::from_millis(100));
        refused
    })
}
