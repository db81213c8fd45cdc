//! The requests about the lease: a node asks the engine to lead, renews its lease, and gives it back.

use crate::cluster::engine::{Engine, EngineError, number, text};
use crate::cluster::entry;
use crate::store::position::Position;
use redis::{RedisError, Script, Value};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use std::time::Duration;

/// How long a primary leads without having renewed its lease.
const LEASE: Duration = Duration::from_secs(5);
/// How long a node counts as alive without having said so.
const ALIVE: Duration = Duration::from_secs(6);

static LEAD: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("place.lua"), include_str!("lead.lua"))));
static RENEW: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("renew.lua")));
static RESIGN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("resign.lua")));

/// The names by which the other nodes and the engine know this node.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    /// `cluster.node`.
    pub node: String,
    /// Where the others reach it.
    pub address: String,
    /// The id of this node, which stays the same however often it starts.
    pub run: String,
    /// The id of the log that begins if there is none.
    pub new_log: String,
    /// Tells whether two nodes have the same secret.
    pub fingerprint: String,
}

/// The description of a node, which it leaves with the engine.
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

/// The engine's answer to a node that asks to lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lead {
    /// This node does. `reached`: the end of the log, up to which it has to read; `lost`: entries that the engine had lost,
    /// so that a new log begins.
    Own {
        reached: Position,
        term: u64,
        lost: u64,
    },
    /// Another node does, at this address.
    Other { node: String, address: String },
    /// Nobody does, and this node does not have the log that there is.
    Nobody,
}

/// The lease of the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lease {
    /// It runs.
    Held,
    /// It is over, and the primary may not know it yet.
    Over,
    /// The primary has given it back.
    Resigned,
}

/// The engine's answer to a node that renews its lease or its entry among the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renewed {
    /// Whether this node is the primary.
    pub leads: bool,
    /// The primary, and where it is.
    pub node: String,
    /// Its address.
    pub address: String,
    /// The log, and the number of its last entry.
    pub log: Box<str>,
    pub end: u64,
    /// Whether the lease of the primary runs.
    pub lease: Lease,
    /// Its end, by the clock of the engine: it moves while the primary lives.
    pub until: u64,
}

impl Engine {
    /// Asks to lead. `at`: up to where this node's history has the log; `dead`: the primary is known not to run.
    pub(crate) fn lead(
        &mut self,
        who: &Who,
        at: &Position,
        dead: bool,
    ) -> Result<Lead, EngineError> {
        let lease = LEASE.as_millis() as u64;
        let answer: Vec<Value> = self.run(&LEAD, ["meta", "log"], |script| {
            script
                .arg(&who.run)
                .arg(&who.node)
                .arg(&who.address)
                .arg(lease);
            script
                .arg(&*at.log)
                .arg(at.entry)
                .arg(at.term)
                .arg(&who.new_log)
                .arg(&who.fingerprint);
            script.arg(entry::FORMAT).arg(if dead { "now" } else { "" });
        })?;
        let (text, number) = (|n| text(&answer, n), |n| number(&answer, n));
        match &*text(0) {
            "LEADS" => Ok(Lead::Own {
                reached: Position {
                    log: text(1).into(),
                    entry: number(2),
                    term: number(3),
                },
                term: number(4),
                lost: number(5),
            }),
            "HELD" => Ok(Lead::Other {
                node: text(1),
                address: text(2),
            }),
            "BEHIND" => Ok(Lead::Nobody),
            "SECRET" => Err(other_secret()),
            "FORMAT" => Err(EngineError::Unusable(format!(
                "the log of the cluster has format {}, and this program writes {}: run the same version on all nodes",
                text(1),
                entry::FORMAT
            ))),
            other => Err(EngineError::Unusable(format!(
                "the engine answers {other:?}"
            ))),
        }
    }

    /// Says that this node lives, and renews its lease if it `leads`.
    pub(crate) fn renew(
        &mut self,
        who: &Who,
        says: &str,
        leads: bool,
    ) -> Result<Renewed, EngineError> {
        let (lease, alive) = (LEASE.as_millis() as u64, ALIVE.as_millis() as u64);
        let own = format!("node:{}", who.node);
        let answer: Vec<Value> = self.run(&RENEW, ["meta", &own], |script| {
            script
                .arg(&who.run)
                .arg(lease)
                .arg(says)
                .arg(alive)
                .arg(&who.fingerprint)
                .arg(if leads { "leads" } else { "" });
        })?;
        let text = |n| text(&answer, n);
        match &*text(0) {
            "SECRET" => Err(other_secret()),
            "TAKEN" => Err(name_taken(&who.node)),
            state => Ok(Renewed {
                leads: state == "PRIMARY",
                node: text(1),
                address: text(2),
                log: text(3).into(),
                end: number(&answer, 4),
                lease: match &*text(5) {
                    "HELD" => Lease::Held,
                    "RESIGNED" => Lease::Resigned,
                    _ => Lease::Over,
                },
                until: number(&answer, 6),
            }),
        }
    }

    /// Whether a node with this secret and this name could come in.
    ///
    /// # Errors
    ///
    /// It could not.
    pub(crate) fn admits(
        &mut self,
        fingerprint: &str,
        node: &str,
        run: &str,
    ) -> Result<(), EngineError> {
        let (meta, own) = (self.key("meta"), self.key(&format!("node:{node}")));
        let get = |key: String, field: &'static str| {
            move |it: &mut redis::Connection| redis::cmd("HGET").arg(key).arg(field).query(it)
        };
        let theirs: Option<String> = self.call(get(meta, "fingerprint"))?;
        if theirs.is_some_and(|theirs| theirs != fingerprint) {
            return Err(other_secret());
        }
        let owner: Option<String> = self.call(get(own, "run"))?;
        match owner.is_some_and(|owner| owner != run) {
            true => Err(name_taken(node)),
            false => Ok(()),
        }
    }

    /// Gives the lease back, so that another node need not wait for its end.
    pub(crate) fn resign(&mut self, who: &Who) -> Result<(), EngineError> {
        let own = format!("node:{}", who.node);
        self.run(&RESIGN, ["meta", &own], |script| {
            script.arg(&who.run);
        })
    }

    /// Reads what the live nodes say of themselves.
    pub(crate) fn nodes(&mut self) -> Result<Vec<Says>, EngineError> {
        let pattern = self.key("node:*").replace(['[', ']', '?'], "");
        self.call(|it| {
            let (mut cursor, mut keys) = (0_u64, Vec::<String>::new());
            loop {
                let mut scan = redis::cmd("SCAN");
                scan.arg(cursor)
                    .arg("MATCH")
                    .arg(&pattern)
                    .arg("COUNT")
                    .arg(1000);
                let (next, found): (u64, Vec<String>) = scan.query(it)?;
                keys.extend(found);
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
            keys.sort();
            keys.dedup();
            let says = keys
                .iter()
                .map(|key| redis::cmd("HGET").arg(key).arg("says").query(it));
            let says: Result<Vec<Option<String>>, RedisError> = says.collect();
            let says = says?.into_iter().flatten();
            // A newer version may say it in another way.
            Ok(says
                .filter_map(|says| serde_json::from_str(&says).ok())
                .collect())
        })
    }
}

fn name_taken(node: &str) -> EngineError {
    EngineError::Unusable(format!(
        "another node is called {node:?} (cluster.node): give each its own name. If it was this one, with another data \
         directory, its name is free in 6 s"
    ))
}

fn other_secret() -> EngineError {
    let why = "the secret of this node is another one than that of the cluster: copy the file that auth.secret_file names, or else \
               `secret` in the data directory, from a node that is in it";
    EngineError::Unusable(why.into())
}
