//! The log: what is asked of the engine about its entries.

use crate::cluster::engine::{Engine, EngineError};
use crate::store::position::Position;
use redis::{Script, Value};
use std::sync::LazyLock;

/// Entries that are read at once.
const AT_ONCE: usize = 16;

static TRIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("trim.lua")));
static APPEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("append.lua")));
static PLACE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("place.lua"),
        include_str!("place_of.lua")
    ))
});

/// An answer to an attempt to append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It is there.
    Yes,
    /// Another node leads.
    Deposed,
    /// The engine does not have what was there before.
    Lost,
}

impl Engine {
    /// Appends an entry, and waits for the replicas that must have it.
    pub(crate) fn append(
        &mut self,
        run: &str,
        to: &Position,
        entry: &[u8],
    ) -> Result<Appended, EngineError> {
        let (replicas, wait) = (self.replicas, self.patience.as_millis() as u64 / 2);
        let answer: String = self.run(&APPEND, ["meta", "log"], |script| {
            script
                .arg(run)
                .arg(&*to.log)
                .arg(to.entry)
                .arg(to.term)
                .arg(entry);
        })?;
        let reached = match replicas {
            0 => 0,
            _ => self.call(|it| redis::cmd("WAIT").arg(replicas).arg(wait).query(it))?,
        };
        match &*answer {
            "OK" if reached < replicas => Err(EngineError::Silent(format!(
                "{reached} of its replicas have an entry that {replicas} must have"
            ))),
            "OK" => Ok(Appended::Yes),
            "DEPOSED" => Ok(Appended::Deposed),
            _ => Ok(Appended::Lost),
        }
    }

    /// The id of the log, and the number of its last entry.
    pub(crate) fn end(&mut self) -> Result<(String, u64), EngineError> {
        let meta = self.key("meta");
        let get = redis::cmd("HMGET").arg(meta).arg("log").arg("n").to_owned();
        let (log, end): (Option<String>, Option<u64>) = self.call(|it| get.query(it))?;
        Ok((log.unwrap_or_default(), end.unwrap_or(0)))
    }

    /// Whether a follower that has the log up to there can read on.
    pub(crate) fn goes_on(&mut self, at: &Position) -> Result<GoesOn, EngineError> {
        let place: String = self.run(&PLACE, ["meta", "log"], |script| {
            script.arg(&*at.log).arg(at.entry).arg(at.term);
        })?;
        Ok(match &*place {
            "yes" => GoesOn::Yes,
            "base" => GoesOn::InAnother,
            "ahead" => GoesOn::NotYet,
            _ => GoesOn::No,
        })
    }

    /// The entries after number `after`, with their numbers and terms. Waits up to half of `patience` for one.
    pub(crate) fn read(&mut self, after: u64) -> Result<Vec<Found>, EngineError> {
        let (log, wait) = (self.key("log"), self.patience.as_millis() as u64 / 2);
        let answer: Value = self.call(|it| {
            let mut read = redis::cmd("XREAD");
            read.arg("COUNT").arg(AT_ONCE).arg("BLOCK").arg(wait.max(1));
            read.arg("STREAMS")
                .arg(log)
                .arg(format!("{after}-{}", u64::MAX))
                .query(it)
        })?;
        Ok(entries(answer))
    }

    /// Drops the entries before number `first`. `erased`: something in them must not be found in the engine's file, either.
    pub(crate) fn trim(&mut self, first: u64, erased: bool) -> Result<(), EngineError> {
        let () = self.run(&TRIM, ["meta", "log"], |script| {
            script.arg(first);
        })?;
        match erased {
            // Refused while one runs already, which may be too early to leave them out.
            true => self.call(|it| redis::cmd("BGREWRITEAOF").query(it)),
            false => Ok(()),
        }
    }
}

/// Whether a follower can read on from where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GoesOn {
    /// It can.
    Yes,
    /// It can in the log that there is now, which begins with just what it has.
    InAnother,
    /// It has more than the engine: the primary will begin another log.
    NotYet,
    /// It needs a copy of the history.
    No,
}

/// An entry that was read.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its number.
    pub number: u64,
    /// The term of the primary that wrote it.
    pub term: u64,
    /// The content of the entry, as the primary wrote it.
    pub jobs: Vec<u8>,
}

/// The entries in an answer of XREAD.
fn entries(answer: Value) -> Vec<Found> {
    let Value::Array(streams) = answer else {
        return Vec::new();
    };
    let entries = streams.into_iter().filter_map(|stream| match stream {
        Value::Array(mut parts) => parts.pop(),
        _ => None,
    });
    let entries = entries.filter_map(|entries| match entries {
        Value::Array(entries) => Some(entries),
        _ => None,
    });
    entries.flatten().filter_map(entry_of).collect()
}

fn entry_of(entry: Value) -> Option<Found> {
    let Value::Array(parts) = entry else {
        return None;
    };
    let mut parts = parts.into_iter();
    let Some(Value::BulkString(id)) = parts.next() else {
        return None;
    };
    let id = String::from_utf8(id).ok()?;
    let (number, term) = id.split_once('-')?;
    let Some(Value::Array(fields)) = parts.next() else {
        return None;
    };
    match fields.into_iter().nth(1) {
        Some(Value::BulkString(jobs)) => Some(Found {
            number: number.parse().ok()?,
            term: term.parse().ok()?,
            jobs,
        }),
        _ => None,
    }
}
