//! This node: who it is, what its threads know of the cluster, and how it comes in.

use crate::cluster::engine::{Engine, EngineError};
use crate::cluster::files;
use crate::cluster::follower::{self, Follower};
use crate::cluster::leading::{Lead, Lease, Who};
use crate::cluster::primary_log::{NoLog, PrimaryLog};
use crate::cluster::role;
use crate::cluster::state::{Entered, State, lock};
use crate::config::Config;
use crate::data_dir::{self, history_path};
use crate::sqlite::start;
use crate::store::position::Position;
use crate::store::shared_log::{Log, SharedLog};
use crate::support::{private_file, random};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Instant;

/// A node that has come into its cluster, or could not.
pub struct Node {
    pub(super) config: Config,
    pub(super) who: Who,
    pub(super) state: Arc<State>,
    role: Entered,
    log: Option<Log>,
    /// What a primary has to read before it begins: up to this entry.
    until: Position,
}

impl Node {
    /// Comes into the cluster that the configuration names. The data directory is locked: another server on it would be
    /// taken for this node.
    ///
    /// # Errors
    ///
    /// The configuration, the engine or the data directory cannot be used so: the sentence says what to do.
    pub fn enter(config: &Config, listens: SocketAddr) -> Result<Node, String> {
        let cluster = &config.cluster;
        let node = name(config)?;
        let path = history_path(config);
        let path =
            path.ok_or("history.path is empty, and a cluster keeps its history: name a file")?;
        files::remove_copies(&config.server.data);
        let (keys, _) = data_dir::load_keys(config).map_err(|error| error.to_string())?;
        let mut engine = Engine::new(cluster);
        let state = Arc::new(State::default());
        let mut at = start::position(&path).map_err(|error| error.to_string())?;
        if at.is_none() && engine.end().is_ok_and(|(log, _)| log.is_empty()) {
            let log = random::id::<10>().map_err(|error| error.to_string())?;
            at = Some(follower::begin_log(config, &log)?);
        }
        let mut who = Who {
            node,
            address: cluster.address.clone().unwrap_or_default(),
            run: identity(&config.server.data)?,
            new_log: random::id::<10>().map_err(|error| error.to_string())?,
            fingerprint: keys.fingerprint(),
        };
        state.set_log(&at.clone().unwrap_or_default());
        let lead = find_role(&mut engine, &mut who, (config, &state), listens);
        let mut entered = Node {
            config: config.clone(),
            who,
            state,
            role: Entered::CutOff,
            log: None,
            until: Position::default(),
        };
        entered.take_role(lead, engine, &path, at.as_ref())?;
        Ok(entered)
    }

    /// Takes the role that the engine has given to this node. `at`: how far its history at `path` has the log.
    fn take_role(
        &mut self,
        lead: Result<Lead, EngineError>,
        engine: Engine,
        path: &Path,
        at: Option<&Position>,
    ) -> Result<(), String> {
        match lead {
            Ok(Lead::Own {
                reached,
                term,
                lost,
            }) => {
                if lost > 0 {
                    log::error!(
                        "the engine has lost the last {lost} entries of the log; this node has them, and another log goes on \
                         from there"
                    );
                }
                self.leads(engine, reached, term);
            }
            Ok(Lead::Other { node, address }) => {
                check_own(path, at)?;
                self.state.set_primary(&node, &address);
                self.role = Entered::Follower;
            }
            Ok(Lead::Nobody) => {
                let why =
                    "no node runs that has the log of the cluster: start the one that led it last";
                self.cut_off(why.into());
            }
            Err(EngineError::Unusable(why)) => return Err(why),
            Err(error) => self.cut_off(error.to_string()),
        }
        Ok(())
    }

    fn leads(&mut self, engine: Engine, reached: Position, term: u64) {
        let (who, state) = (self.who.clone(), Arc::clone(&self.state));
        state.set_primary(&who.node, &who.address);
        state.set_term(term);
        let data = self.config.server.data.clone();
        let log = PrimaryLog::new(engine, who, state, data);
        self.log = Some(self.shared(log));
        self.until = reached;
        self.role = Entered::Primary;
    }

    fn cut_off(&mut self, why: String) {
        log::error!("{why}: until that is mended, people can read here and not write");
        self.state.note_answer(Some(why));
        self.log = Some(self.shared(NoLog(Arc::clone(&self.state))));
        self.role = Entered::CutOff;
    }

    fn shared(&self, log: impl SharedLog + 'static) -> Log {
        Log {
            log: Box::new(log),
            cluster: Arc::clone(&self.state) as _,
        }
    }

    /// What the node does.
    pub fn role(&self) -> Entered {
        self.role
    }

    /// The log that the server of a primary, or of a node that is cut off, is started with.
    pub fn take_log(&mut self) -> Option<Log> {
        self.log.take()
    }

    /// Before the history of a primary is opened, with the data directory locked: reads the log to its end.
    ///
    /// # Errors
    ///
    /// The engine or the history fails.
    pub fn catch_up(&self, config: &Config) -> Result<(), String> {
        if self.role != Entered::Primary {
            return Ok(());
        }
        follower::catch_up(config, &self.state, &self.until)?;
        // What an earlier primary has erased may still be in the engine.
        self.state.erased.store(self.until.entry, Relaxed);
        Ok(())
    }

    /// Watches over the lease, or waits for a better role. `restart` is called when this process has to begin anew: in
    /// another role.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub fn watch(&self, restart: impl Fn() + Send + 'static) -> std::io::Result<()> {
        role::watch(
            self.role,
            &self.config,
            self.who.clone(),
            Arc::clone(&self.state),
            restart,
        )
    }

    /// Follows the primary.
    ///
    /// # Errors
    ///
    /// The port, the data directory or a copy of the history cannot be had.
    pub fn follow(
        &self,
        (listener, lock): (TcpListener, File),
        failed: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Result<Follower, String> {
        Follower::start(
            (listener, lock),
            &self.config,
            (&self.who, &self.state),
            failed,
        )
    }

    /// Gives the lease back.
    pub fn resign(&self) {
        let mut engine = Engine::new(&self.config.cluster);
        // From here on nobody renews it.
        let mut leaving = lock(&self.state.leaving);
        *leaving = true;
        if let Err(error) = engine.resign(&self.who) {
            log::warn!("the other nodes wait for the end of this node's lease: {error}");
        }
    }
}

fn find_role(
    engine: &mut Engine,
    who: &mut Who,
    (config, state): (&Config, &State),
    listens: SocketAddr,
) -> Result<Lead, EngineError> {
    engine.examine()?;
    if who.address.is_empty() {
        let host = engine.own_address()?.unwrap_or_else(|| "127.0.0.1".into());
        who.address = format!("{host}:{}", listens.port());
        if host.starts_with("127.") || host == "[::1]" {
            log::warn!(
                "the other nodes are told to find this one at {}: on other machines they do not. Set cluster.address",
                who.address
            );
        }
    }
    let at = state.position();
    let until = Instant::now() + role::mending(config);
    loop {
        let renewed = engine.renew(who, "", false)?;
        // A primary that lives may be about to renew its lease, and knows what the engine may have lost.
        let is_open = renewed.lease == Lease::Over && !renewed.leads && at.entry > 0;
        if !is_open || Instant::now() >= until {
            return engine.lead(who, &at, false);
        }
        thread::sleep(role::BEAT);
    }
}

/// Refuses a history that has something and was never part of the cluster: a copy of the primary's would take its place.
fn check_own(path: &Path, at: Option<&Position>) -> Result<(), String> {
    let is_new = at.is_none_or(|at| at.entry == 0);
    if !is_new || !start::has_events(path).map_err(|error| error.to_string())? {
        return Ok(());
    }
    Err(format!(
        "{} has messages, and is no history of this cluster. A node that comes in takes a copy of the primary's history: start \
         with --new-history, which puts this one aside. If this is the history of the school, the wrong node came first: stop all nodes, \
         remove the keys of the cluster from the engine, and start this node first",
        path.display()
    ))
}

/// The name of this node.
pub(super) fn name(config: &Config) -> Result<String, String> {
    let name = config.cluster.node.clone();
    name.ok_or_else(|| {
        "cluster.node is not set: give each node of the cluster its own name".to_owned()
    })
}

fn identity_file(data: &Path) -> PathBuf {
    data.join("node")
}

/// What tells this node from all others, if it has ever started.
pub(super) fn known_identity(data: &Path) -> Result<Option<String>, String> {
    let path = identity_file(data);
    match fs::read_to_string(&path) {
        Ok(id) => Ok(Some(id.trim().to_owned()).filter(|id| !id.is_empty())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// What tells this node from all others, however often it starts.
fn identity(data: &Path) -> Result<String, String> {
    match known_identity(data)? {
        Some(id) => Ok(id),
        None => {
            let path = identity_file(data);
            let id = random::id::<10>().map_err(|error| error.to_string())?;
            let written = private_file::replace(&path, format!("{id}\n").as_bytes());
            written.map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(id)
        }
    }
}
