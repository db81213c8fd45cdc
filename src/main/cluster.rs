//! Runs a node of a cluster: as the primary, or following it. Another role begins with this process started anew.

use crate::failure::Failure;
use crate::hint;
use crate::print::tell;
use crate::status;
use glassroom::cluster::{Entered, Follower, Node};
use glassroom::config::Config;
use glassroom::logger::Logger;
use glassroom::server::{Given, Server, listen, lock};
use glassroom::service::Manager;
use glassroom::signals;
use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// The cluster of the configuration, as it is now.
pub fn status(config: &Config) -> Option<status::Cluster> {
    config.cluster.url.as_ref()?;
    let report = glassroom::cluster::report(config);
    Some((report.json, report.rows))
}

/// Checks that this node could come into its cluster, and says what is well.
pub fn check(config: &Config) -> Result<(), Failure> {
    if config.cluster.url.is_some() {
        for well in glassroom::cluster::check(config)? {
            tell(format_args!("glassroom: {well}"));
        }
    }
    Ok(())
}

/// Why the waiting for signals has ended.
const PANICKED: u8 = 1;
const RESTART: u8 = 2;

/// Runs the node until a signal stops it.
pub fn serve(
    config: Config,
    log: &Logger,
    quiet: bool,
    prepare: impl FnOnce(&Config) -> Result<(), String>,
) -> Result<(), Failure> {
    let mut signals = signals::Inbox::open()?;
    let outcome = Arc::new(AtomicU8::new(0));
    let ends = |why: u8| {
        let (outcome, waker) = (Arc::clone(&outcome), signals.handle());
        move || {
            outcome.store(why, Relaxed);
            waker.close();
        }
    };
    let ends = (ends(PANICKED), ends(RESTART));
    // Nothing happens to the cluster before this process has what it needs. The other nodes are told of the port.
    let lock = lock(&config.server.data)?;
    prepare(&config)?;
    let listener = listen(config.server.listen)?;
    let address = listener.local_addr()?;
    let starting = Manager::wait_for_start()?;
    let mut node = Node::enter(&config, address)?;
    let running = match start(&mut node, config, (lock, listener), quiet, ends) {
        Ok(running) => running,
        Err(error) if node.role() == Entered::Follower && !signals.is_stop_pending() => {
            log::warn!("{error}; this node tries again");
            return Err(start_again(address).into());
        }
        Err(error) => {
            // It must not keep the lease that it cannot use.
            node.resign();
            return Err(error);
        }
    };
    drop(starting);
    wait(&mut signals, log);
    let outcome = outcome.load(Relaxed);
    running.stop(&node, outcome != RESTART);
    match outcome {
        RESTART => Err(start_again(address).into()),
        PANICKED => Err("a vital thread has panicked; see the log above".into()),
        _ => Ok(()),
    }
}

/// Starts what the node is to be.
fn start(
    node: &mut Node,
    config: Config,
    (lock, listener): (File, TcpListener),
    quiet: bool,
    (failed, restart): (
        impl Fn() + Clone + Send + Sync + 'static,
        impl Fn() + Send + 'static,
    ),
) -> Result<Running, Failure> {
    if node.role() == Entered::Follower {
        let follower = node.follow((listener, lock), failed)?;
        node.watch(restart)?;
        return Ok(Running::Follower(follower, Manager::start_without_hub()?));
    }
    // The lease is renewed from here on, however long the start takes.
    node.watch(restart)?;
    let given = Given {
        lock: Some(lock),
        listener: Some(listener),
        log: node.take_log(),
    };
    let catch_up = |config: &Config| node.catch_up(config);
    Running::start(Server::start_with(given, config, catch_up, failed)?, quiet)
}

/// What runs on a node.
enum Running {
    Server(Box<Server>, Manager),
    Follower(Follower, Manager),
}

impl Running {
    /// A server that was just started.
    fn start(server: Server, quiet: bool) -> Result<Running, Failure> {
        let manager = Manager::start(&server.shared)?;
        if !quiet {
            tell(hint::banner_of(&server)?);
        }
        Ok(Running::Server(Box::new(server), manager))
    }

    /// Stops it. `ends`: the process ends then, and another node may lead as soon as everything is on the disk here, before
    /// everybody has hung up.
    fn stop(self, node: &Node, ends: bool) {
        let stored = || {
            if ends {
                node.resign();
            }
        };
        let (Running::Server(_, manager) | Running::Follower(_, manager)) = &self;
        if ends {
            manager.stopping();
        }
        match self {
            Running::Server(server, _) => server.stop_and(stored),
            Running::Follower(follower, _) => {
                follower.stop();
                stored();
            }
        }
    }
}

/// Waits until the node has to stop.
fn wait(signals: &mut signals::Inbox, log: &Logger) {
    while let Some(request) = signals.wait() {
        match request {
            signals::Request::ReopenLog => log.reopen(),
            signals::Request::Stop => return,
        }
    }
}

/// Starts this program anew in this process, at the same port. Returns only if that fails.
fn start_again(address: SocketAddr) -> std::io::Error {
    log::info!("this node starts again");
    log::logger().flush();
    let arguments = arguments(env::args_os().skip(1), address);
    // The program as it was started, also if a newer one has taken its place since. By its own path it keeps its name.
    let own = env::current_exe().ok().filter(|path| path.exists());
    let name = env::args_os().next().unwrap_or_else(|| "glassroom".into());
    let mut program = Command::new(own.unwrap_or_else(|| "/proc/self/exe".into()));
    program.arg0(name).args(arguments).exec()
}

/// The arguments of this process, for one that goes on with its work.
fn arguments(given: impl Iterator<Item = OsString>, address: SocketAddr) -> Vec<OsString> {
    let mut kept: Vec<OsString> = Vec::new();
    let mut given = given.peekable();
    while let Some(argument) = given.next() {
        let text = argument.to_string_lossy();
        match &*text {
            "--listen" => drop(given.next()),
            "--quiet" | "--new-history" => {}
            text if text.starts_with("--listen=") => {}
            _ => kept.push(argument),
        }
    }
    kept.extend([
        "--quiet".into(),
        "--listen".into(),
        address.to_string().into(),
    ]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_starts_again_has_its_port_and_begins_no_new_history() {
        let address = SocketAddr::from(([127, 0, 0, 1], 4711));
        for (given, expected) in [
            (vec![], vec!["--quiet", "--listen", "127.0.0.1:4711"]),
            (
                vec!["serve", "--listen", "0", "--new-history", "--data", "d"],
                vec![
                    "serve",
                    "--data",
                    "d",
                    "--quiet",
                    "--listen",
                    "127.0.0.1:4711",
                ],
            ),
            (
                vec!["--listen=[::]:1", "--quiet"],
                vec!["--quiet", "--listen", "127.0.0.1:4711"],
            ),
        ] {
            let given = given.into_iter().map(OsString::from);
            let expected: Vec<OsString> = expected.into_iter().map(OsString::from).collect();
            assert_eq!(arguments(given, address), expected);
        }
    }
}
