//! The engine: a connection to the Redis or Valkey that has the log of the cluster.
//!
//! Each step that must be atomic is a script: taking the lease (`lead.lua`), appending an entry (`append.lua`), and
//! renewing (`renew.lua`).

use crate::config::Cluster;
use redis::{
    Client, Connection, ErrorKind, FromRedisValue, RedisError, Script, ScriptInvocation, Value,
};
use std::fmt;
use std::time::Duration;

/// The oldest engine that will do.
const OLDEST: u32 = 7;

/// Why the engine did not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EngineError {
    /// It does not answer, or not in time, or not as it should just now.
    Silent(String),
    /// It answers, and will not work: with what to do.
    Unusable(String),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (EngineError::Silent(why) | EngineError::Unusable(why)) = self;
        f.write_str(why)
    }
}

impl From<RedisError> for EngineError {
    fn from(error: RedisError) -> Self {
        let told = error.to_string();
        let has = |words: &[&str]| words.iter().any(|word| told.contains(word));
        let is_about_password = error.kind() == ErrorKind::AuthenticationFailed;
        if is_about_password || has(&["NOAUTH", "WRONGPASS"]) {
            let why = format!("the engine wants another password than cluster.url has ({told})");
            return Self::Unusable(why);
        }
        if has(&["OOM"]) {
            return Self::Silent(format!("the memory of the engine is full ({told})"));
        }
        match error.kind() {
            ErrorKind::Server(_) | ErrorKind::Extension => {
                Self::Silent(format!("the engine refuses what it is asked ({told})"))
            }
            _ => Self::Silent(format!("the engine of the cluster does not answer: {told}")),
        }
    }
}

/// The addresses in `cluster.url`.
pub(super) fn urls(config: &Cluster) -> impl Iterator<Item = &str> {
    let urls = config.url.as_deref().unwrap_or_default();
    urls.split([',', ' ']).filter(|url| !url.is_empty())
}

/// The engine, as one thread uses it.
pub(crate) struct Engine {
    urls: Vec<String>,
    prefix: String,
    pub(super) replicas: usize,
    pub(super) patience: Duration,
    connection: Option<Connection>,
}

impl Engine {
    /// The engine of the configuration; not connected yet.
    pub(crate) fn new(config: &Cluster) -> Engine {
        Engine {
            urls: urls(config).map(str::to_owned).collect(),
            prefix: config.prefix.clone(),
            replicas: config.replicas,
            patience: config.patience,
            connection: None,
        }
    }

    /// The name of a key. All of them are in one slot.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.prefix)
    }

    /// Does something over the connection, and connects first if there is none. A connection that has failed is dropped:
    /// an answer that comes late must not be taken for that to something else.
    pub(super) fn call<T>(
        &mut self,
        act: impl FnOnce(&mut Connection) -> Result<T, RedisError>,
    ) -> Result<T, EngineError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let done = act(&mut connection)?;
        self.connection = Some(connection);
        Ok(done)
    }

    /// Runs a script on two keys.
    pub(super) fn run<T: FromRedisValue>(
        &mut self,
        script: &Script,
        keys: [&str; 2],
        arguments: impl FnOnce(&mut ScriptInvocation<'_>),
    ) -> Result<T, EngineError> {
        let mut invocation = script.prepare_invoke();
        keys.iter().for_each(|key| {
            invocation.key(self.key(key));
        });
        arguments(&mut invocation);
        self.call(|it| invocation.invoke(it))
    }

    /// Connects to the master among the addresses.
    fn connect(&self) -> Result<Connection, EngineError> {
        let mut last = EngineError::Unusable("cluster.url names no engine".into());
        for url in &self.urls {
            match self.connect_to(url) {
                Ok(Some(connection)) => return Ok(connection),
                Ok(None) => {
                    last = EngineError::Silent("no engine in cluster.url is a master".into());
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Connects; `None`: that is a replica.
    fn connect_to(&self, url: &str) -> Result<Option<Connection>, EngineError> {
        let client = Client::open(url).map_err(|error| {
            EngineError::Unusable(format!("cluster.url is not understood: {error}"))
        })?;
        let mut connection = client.get_connection_with_timeout(self.patience)?;
        connection.set_read_timeout(Some(self.patience))?;
        connection.set_write_timeout(Some(self.patience))?;
        let role: Vec<Value> = redis::cmd("ROLE").query(&mut connection)?;
        let is_master = matches!(role.first(), Some(Value::BulkString(role)) if role == b"master");
        Ok(is_master.then_some(connection))
    }

    /// The name of the engine's program, and its version.
    pub(crate) fn version(&mut self) -> Result<String, EngineError> {
        let info: String = self.call(|it| redis::cmd("INFO").arg("server").query(it))?;
        let found = |field: &str| {
            let mut lines = info.lines();
            lines.find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        };
        let version = match (found("valkey_version"), found("redis_version")) {
            (Some(version), _) => format!("Valkey {version}"),
            (None, version) => format!("Redis {}", version.unwrap_or("0")),
        };
        Ok(version.trim_end().to_owned())
    }

    /// Checks that the engine keeps what it has confirmed.
    pub(crate) fn examine(&mut self) -> Result<(), EngineError> {
        let version = self.version()?;
        let major = version
            .split(' ')
            .nth(1)
            .and_then(|it| it.split('.').next()?.parse().ok());
        if major.is_none_or(|major: u32| major < OLDEST) {
            let why =
                format!("the engine is {version}: the cluster needs Redis {OLDEST} or Valkey");
            return Err(EngineError::Unusable(why));
        }
        for (name, wanted, why) in [
            (
                "maxmemory-policy",
                "noeviction",
                "it would throw entries away when its memory is full",
            ),
            ("appendonly", "yes", "it would lose everything when it ends"),
            (
                "appendfsync",
                "always",
                "it would confirm what it can still lose",
            ),
        ] {
            let found: Result<Vec<String>, _> =
                self.call(|it| redis::cmd("CONFIG").arg("GET").arg(name).query(it));
            let found = match found {
                Ok(found) => found,
                Err(EngineError::Silent(why)) if why.to_lowercase().contains("config") => {
                    log::warn!("the engine does not tell its setting {name}: it must be {wanted}");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let found = found.get(1).map_or("", String::as_str);
            if found != wanted {
                let why =
                    format!("the engine has {name} {found}, and {why}: set `{name} {wanted}`");
                return Err(EngineError::Unusable(why));
            }
        }
        Ok(())
    }

    /// The address from which this node reaches the engine.
    pub(crate) fn own_address(&mut self) -> Result<Option<String>, EngineError> {
        let info: String = self.call(|it| redis::cmd("CLIENT").arg("INFO").query(it))?;
        let address = info
            .split(' ')
            .find_map(|field| field.strip_prefix("addr="));
        let host = address.and_then(|address| address.rsplit_once(':'));
        Ok(host.map(|(host, _)| host.to_owned()))
    }
}

pub(super) fn text(answer: &[Value], n: usize) -> String {
    match answer.get(n) {
        Some(Value::BulkString(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Value::SimpleString(text)) => text.clone(),
        _ => String::new(),
    }
}

pub(super) fn number(answer: &[Value], n: usize) -> u64 {
    match answer.get(n) {
        Some(Value::Int(number)) => u64::try_from(*number).unwrap_or(0),
        _ => text(answer, n).parse().unwrap_or(0),
    }
}
