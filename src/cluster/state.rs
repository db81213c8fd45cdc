//! What the threads of a node know of the cluster.

use crate::cluster::leading::Says;
use crate::store::position::Position;
use crate::store::shared_log::{Cluster, Seen};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the threads of a node know of the cluster.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// What this node has of the log.
    at: Mutex<Position>,
    /// The last entry that erases something, while it may be in the engine; 0: none.
    pub erased: AtomicU64,
    /// The term in which this node leads.
    term: AtomicU64,
    /// The engine does not have what this node, the primary, has.
    pub lost: AtomicBool,
    /// The node ends: it says no more that it lives.
    pub leaving: Mutex<bool>,
    /// The primary and its address.
    primary: Mutex<(String, String)>,
    /// Why the engine cannot be written to.
    trouble: Mutex<Option<String>>,
    /// Another node leads.
    deposed: AtomicBool,
    /// What this node has is not what the log has, or it is too far behind.
    astray: AtomicBool,
    /// Connections that could not be passed on, because nobody listens at the primary's address.
    pub refused: AtomicUsize,
    /// Connections that are passed on.
    pub forwarded: AtomicUsize,
    /// The nodes that live, as the primary has seen them last.
    nodes: Mutex<Vec<Says>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Notes how far this node has the log.
    pub(crate) fn reached(&self, at: &Position) {
        *lock(&self.at) = at.clone();
    }

    /// Notes another log, and how far this node has it.
    pub(crate) fn set_log(&self, at: &Position) {
        *lock(&self.at) = at.clone();
        self.erased.store(0, Relaxed);
    }

    /// Notes the term in which this node leads.
    pub(crate) fn set_term(&self, term: u64) {
        self.term.store(term, Relaxed);
    }

    /// The term in which this node leads.
    pub(crate) fn term(&self) -> u64 {
        self.term.load(Relaxed)
    }

    /// How far this node has which log.
    pub(crate) fn position(&self) -> Position {
        lock(&self.at).clone()
    }

    /// Another node leads.
    pub(crate) fn depose(&self) {
        self.deposed.store(true, Relaxed);
    }

    pub(crate) fn is_deposed(&self) -> bool {
        self.deposed.load(Relaxed)
    }

    /// This node cannot read on.
    pub(crate) fn go_astray(&self) {
        self.astray.store(true, Relaxed);
    }

    pub(crate) fn is_astray(&self) -> bool {
        self.astray.load(Relaxed)
    }

    /// Notes whether the engine answers.
    pub(crate) fn note_answer(&self, trouble: Option<String>) {
        *lock(&self.trouble) = trouble;
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    /// Notes which nodes live.
    pub(crate) fn note_nodes(&self, nodes: Vec<Says>) {
        *lock(&self.nodes) = nodes;
    }

    /// Notes who leads. Returns whether that is another node, or at another address, than before.
    pub(crate) fn set_primary(&self, node: &str, address: &str) -> bool {
        let new = (node.to_owned(), address.to_owned());
        let mut primary = lock(&self.primary);
        let is_other = *primary != new;
        *primary = new;
        is_other
    }

    /// The primary and its address.
    pub(crate) fn primary(&self) -> (String, String) {
        lock(&self.primary).clone()
    }
}

impl Cluster for State {
    fn seen(&self) -> Seen {
        let nodes = lock(&self.nodes);
        let nodes = nodes.iter().map(|says| (says.node.clone(), says.entry));
        Seen {
            entry: self.position().entry,
            is_engine_well: self.trouble().is_none(),
            nodes: nodes.collect(),
        }
    }
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It runs the hub.
    Primary,
    /// It follows the primary, and passes connections on to it.
    Follower,
    /// It is cut off: it runs a hub of its own, which can be read and not written to.
    CutOff,
}
