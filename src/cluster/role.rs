//! The thread that keeps a node's role, and notices when it needs another one. Runs on: `node`. Blocks on: the engine.
//!
//! A node takes another role by starting again: `restart`.

use crate::cluster::engine::{Engine, EngineError};
use crate::cluster::leading::{Lead, Lease, Renewed, Who};
use crate::cluster::primary_log::begin_anew;
use crate::cluster::state::{Entered, State, lock};
use crate::config::Config;
use crate::store::position::Position;
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

/// How often a node says that it lives. Five times in a lease, so that a slow answer does not end one.
const BEAT: Duration = Duration::from_millis(500);
/// How often the engine is tidied.
const TIDY: Duration = Duration::from_secs(10);
/// How long a primary that lives may take to mend what a failure of the engine has left. It says twice a second that it
/// lives.
const MENDING: Duration = Duration::from_secs(2);
/// A primary that refuses so many connections in a row does not run.
const REFUSALS: u32 = 3;

/// What a node says of itself.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Says {
    /// Its name.
    pub node: String,
    /// Its address.
    pub address: String,
    /// Its role.
    pub role: String,
    /// The last entry that it has.
    pub entry: u64,
    /// The version of the program.
    pub version: String,
}

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
        let renewed = self.engine.renew(&self.who, &self.says(&at));
        drop(leaving);
        match renewed {
            Ok(renewed) => {
                self.state.end.store(renewed.end, Relaxed);
                match self.role {
                    Entered::Primary => self.as_primary(&at, &renewed),
                    Entered::Follower => self.as_follower(&at, &renewed),
                    Entered::CutOff => self.as_cut_off(),
                }
            }
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
        let held = renewed.lease == Lease::Held;
        if !renewed.leads && held && !renewed.node.is_empty() {
            self.state.depose();
            return true;
        }
        let has_lost = renewed.log != at.log || renewed.end < at.entry;
        let is_odd = !renewed.leads || has_lost;
        if self.is_odd_for(is_odd, Duration::ZERO) {
            let begun = begin_anew(&mut self.engine, &self.who, &self.state, at);
            if let Err(error) = begun {
                log::warn!("the log of the cluster does not begin anew yet: {error}");
            }
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
        let waits = !self.is_odd_for(is_other || !is_held, MENDING);
        if self.state.is_astray() || (is_other && is_held && !waits) {
            log::warn!(
                "the log of the cluster has begun anew: this node takes a copy of the history"
            );
            return false;
        }
        if is_held {
            let moved = self.state.set_primary(&renewed.node, &renewed.address);
            if moved {
                log::info!(
                    "{} leads the cluster now: connections begin again",
                    renewed.node
                );
                return false;
            }
            let refused = self.state.refused.swap(0, Relaxed) > 0;
            if !refused || !is_dead(&renewed.address) {
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

    /// Looks whether the engine is there again, and this node has a place in the cluster.
    fn as_cut_off(&mut self) -> bool {
        let at = self.state.position();
        let found = self.engine.examine();
        let found = found.and_then(|()| self.engine.lead(&self.who, &at, false));
        match found {
            Ok(Lead::Own { .. } | Lead::Other { .. }) => {
                log::info!("the cluster is there again");
                false
            }
            Ok(Lead::Nobody) => true,
            Err(EngineError::Unusable(why) | EngineError::Silent(why)) => {
                self.state.note_answer(Some(why));
                true
            }
        }
    }

    /// Has the engine drop what no node needs, and what was erased.
    fn tidy(&mut self) {
        let nodes = self.engine.nodes();
        let nodes = nodes.map(|says| {
            let says = says
                .iter()
                .filter_map(|says| serde_json::from_str(says).ok());
            says.collect::<Vec<Says>>()
        });
        let Ok(nodes) = nodes else {
            return;
        };
        let has = nodes.iter().map(|says| says.entry).min();
        let has = has.unwrap_or(0).min(self.state.position().entry);
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

/// Whether nothing listens at the address of a primary, whose machine is there.
fn is_dead(address: &str) -> bool {
    let Some(address) = address.to_socket_addrs().ok().and_then(|mut it| it.next()) else {
        return false;
    };
    (0..REFUSALS).all(|_| {
        let tried = TcpStream::connect_timeout(&address, Duration::from_millis(300));
        let refused = tried.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
        thread::sleep(Duration::from_millis(100));
        refused
    })
}
