//! What commands have in common: where the configuration, the data directory and the server are.
//!
//! An option goes before a variable of the environment, and that goes before `chat.toml`.

use crate::failure::Failure;
use clap::Args;
use glassroom::config::Config;
use glassroom::config::listen::parse_listen;
use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the configuration and the data directory are.
#[derive(Args)]
pub struct Common {
    /// The configuration file [env: GLASSROOM_CONFIG]{n}[default: chat.toml if it exists]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The directory of the secret, the history and all else that is kept{n}[env: GLASSROOM_DATA] [default:
    /// server.data, which is ./data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Where the server listens.
#[derive(Args)]
pub struct Listen {
    /// Where to listen: 8080, 192.168.1.20, or 192.168.1.20:8080; port 0 takes{n}any free port [env:
    /// GLASSROOM_LISTEN]{n}[default: server.listen, which is [::]:8080]
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_listen)]
    listen: Option<SocketAddr>,
}

/// A variable of the environment; an empty one is none.
fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

impl Common {
    /// Loads the configuration, and applies what overrides it.
    pub fn load(self) -> Result<Config, Failure> {
        let default = Path::new("chat.toml");
        let path = self
            .config
            .or_else(|| variable("GLASSROOM_CONFIG"))
            .or_else(|| default.exists().then(|| default.into()));
        let loaded = path.map_or_else(|| Ok(Config::default()), |path| Config::load(&path));
        let mut config = loaded.map_err(|error| Failure::Usage(error.to_string()))?;
        if let Some(data) = self.data.or_else(|| variable("GLASSROOM_DATA")) {
            config.server.data = data;
        }
        Ok(config)
    }
}

impl Listen {
    /// Overrides where the server listens.
    pub fn apply(self, config: &mut Config) -> Result<(), Failure> {
        let set = variable("GLASSROOM_LISTEN").map(|value| {
            let parsed = parse_listen(&value.to_string_lossy());
            parsed.map_err(|error| Failure::Usage(format!("GLASSROOM_LISTEN: {error}")))
        });
        if let Some(listen) = self.listen.map(Ok).or(set) {
            config.server.listen = listen?;
        }
        Ok(())
    }
}
