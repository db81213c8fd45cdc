//! What `glassroom status` and `glassroom check` say of the cluster: they ask the engine themselves, so that they can also say
//! what is wrong while no node answers.

use crate::cluster::engine::{Engine, EngineError};
use crate::cluster::leading::Says;
use crate::cluster::node;
use crate::config::Config;
use crate::data_dir::{self, history_path};
use crate::sqlite::start;
use crate::store::position::Position;
use serde_json::{Value, json};

/// The cluster, as it is seen from this node.
#[derive(Debug)]
pub struct Report {
    /// Everything, for a program.
    pub json: Value,
    /// The same for a person: the name of a row, and its words.
    pub rows: Vec<(&'static str, String)>,
}

/// What goes on in the cluster that the configuration names.
pub fn report(config: &Config) -> Report {
    let name = config.cluster.node.as_deref().unwrap_or_default();
    let own = history_path(config).and_then(|path| start::position(&path).ok().flatten());
    match ask(config) {
        Ok((engine, end, nodes)) => told(name, own, (&engine, end), &nodes),
        Err(error) => Report {
            json: json!({"node": name, "engine_error": error.to_string(), "entry": own.map(|at| at.entry)}),
            rows: vec![("cluster", format!("this is {name}; {error}"))],
        },
    }
}

fn ask(config: &Config) -> Result<(String, u64, Vec<Says>), EngineError> {
    let mut engine = Engine::new(&config.cluster);
    let version = engine.version()?;
    let (_, end) = engine.end()?;
    let nodes = engine.nodes()?;
    Ok((version, end, nodes))
}

fn told(name: &str, own: Option<Position>, (engine, end): (&str, u64), nodes: &[Says]) -> Report {
    let entry = own.as_ref().map_or(0, |at| at.entry);
    let role = nodes.iter().find(|says| says.node == name);
    let role = role.map_or("not running", |says| &*says.role);
    let leads = nodes.iter().find(|says| says.role == "primary");
    let primary = match leads {
        Some(says) if says.node == name => String::new(),
        Some(says) => format!("; the primary is {} at {}", says.node, says.address),
        None => "; no node leads just now".into(),
    };
    let behind = end.saturating_sub(entry);
    let lag = match behind {
        0 => format!("has all {end} entries of the log"),
        _ => format!("has {entry} of {end} entries of the log"),
    };
    let others = nodes.iter().filter(|says| says.node != name);
    let others: Vec<String> = others
        .map(|says| {
            format!(
                "{} ({}, entry {}, {})",
                says.node, says.role, says.entry, says.version
            )
        })
        .collect();
    let others = match others.is_empty() {
        true => "no other node is here".to_owned(),
        false => others.join("; "),
    };
    Report {
        json: json!({"node": name, "role": role, "entry": entry, "end": end, "engine": engine, "nodes": nodes}),
        rows: vec![
            (
                "cluster",
                format!("this is {name}, {role}; it {lag}{primary}"),
            ),
            ("nodes", others),
            ("engine", engine.to_owned()),
        ],
    }
}

/// Checks that this node could come into the cluster, without coming in. Returns a sentence for each thing that is well.
///
/// # Errors
///
/// It could not: the sentence says what to do.
pub fn check(config: &Config) -> Result<Vec<String>, String> {
    let name = node::name(config)?;
    let mut engine = Engine::new(&config.cluster);
    let failed = |error: EngineError| error.to_string();
    engine.examine().map_err(failed)?;
    let mut well = vec![format!(
        "the engine is {}",
        engine.version().map_err(failed)?
    )];
    let data = &config.server.data;
    // Without a secret there is nothing to compare, and none must be created here.
    if data.join("secret").exists() || config.auth.secret_file.is_some() {
        let (keys, _) = data_dir::load_keys(config).map_err(|error| error.to_string())?;
        let run = node::known_identity(data)?.unwrap_or_default();
        engine
            .admits(&keys.fingerprint(), &name, &run)
            .map_err(failed)?;
        well.push("the secret is not another one than that of the cluster, and the name of the node is free".into());
    }
    Ok(well)
}
