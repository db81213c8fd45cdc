//! Starting and stopping: which threads there are, what they share, and in which order it begins
//! and ends.
//!
//! ```text
//! main ── waits for signals
//! listener ── accept ──> conn-N ── commands ──> hub ── frames ──> sockets
//!                                   ^            │ full sockets
//!                                   └─ reports ─ flusher
//! ```

use crate::auth::class_code::{Attempts, Lesson};
use crate::auth::random;
use crate::auth::reserved::Reserved;
use crate::auth::ticket::Tickets;
use crate::auth::token::Keys;
use crate::banner;
use crate::chat::flusher::Flusher;
use crate::chat::gate::Millis;
use crate::chat::hub::{Command, Hub, Mailbox, Setup, unix_millis};
use crate::chat::inbox::inbox;
use crate::chat::message::Parser;
use crate::config::Config;
use crate::listener;
use crate::metrics::Counters;
use crate::places::{Bounds, Places};
use std::error::Error;
use std::hash::RandomState;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long everybody may take to be told that the server stops.
const GOODBYE: Duration = Duration::from_secs(5);

/// What every connection's thread can reach.
#[derive(Debug)]
pub struct Shared {
    /// `chat.toml`.
    pub config: Arc<Config>,
    /// Signs and verifies tokens.
    pub keys: Arc<Keys>,
    /// The way to the hub.
    pub hub: Mailbox,
    /// Who has a place.
    pub places: Arc<Places>,
    /// Reads messages.
    pub parser: Parser,
    /// The class code and the generation of guest tokens.
    pub lesson: Arc<RwLock<Lesson>>,
    /// Wrong class codes, by address.
    pub attempts: Mutex<Attempts>,
    /// One-time tickets of hosts.
    pub tickets: Mutex<Tickets>,
    /// `names.reserved`.
    pub reserved: Reserved,
    /// The next connection's number.
    pub next_id: AtomicU64,
    /// What has happened.
    pub counters: Arc<Counters>,
    /// When it started, in milliseconds since 1970.
    pub started: Millis,
    /// No more connections.
    pub stopping: AtomicBool,
    /// Somebody who is not on this machine has connected.
    pub seen_from_outside: AtomicBool,
}

/// A running server.
pub struct Server {
    /// Where it listens; the port is real even if 0 was asked for.
    pub address: SocketAddr,
    /// What its threads share.
    pub shared: Arc<Shared>,
    listener: Arc<TcpListener>,
}

impl Server {
    /// Starts everything. `failed` is called when a thread that the server cannot be without has
    /// panicked: the process must end then, and a supervisor starts it again.
    ///
    /// The secret and the data directory come first, the port last: whoever can connect finds a
    /// server that is whole.
    pub fn start(
        config: Config,
        failed: impl Fn() + Clone + Send + 'static,
    ) -> Result<Server, Box<dyn Error>> {
        let data = &config.server.data;
        // The secret is in there: nobody else's business.
        let created = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data);
        created.map_err(|error| format!("the data directory {}: {error}", data.display()))?;
        let (keys, notices) = Keys::load_or_create(&config.auth, data)?;
        notices.iter().for_each(|notice| log::warn!("{notice}"));
        let lesson = Lesson::open(data, config.join.code.as_deref())?;
        let tickets = Mutex::new(Tickets::new(&lesson.boot));

        listener::raise_descriptor_limit();
        let bounds = bounds(&config);
        let asked = config.server.listen;
        let listener = listener::bind(asked)
            .map_err(|error| format!("cannot listen on {asked}: {error}{}", hint(&error, asked)))?;
        let listener = Arc::new(listener);
        let address = listener.local_addr()?;

        let (hub, inbox) = inbox();
        let (orders, flusher) = Flusher::new(hub.clone(), config.heartbeat.interval * 2)?;
        let config = Arc::new(config);
        let shared = Arc::new(Shared {
            keys: Arc::new(keys),
            hub,
            places: Places::new(bounds),
            parser: Parser {
                max_text: config.limits.text,
                keys: RandomState::new(),
            },
            lesson: Arc::new(RwLock::new(lesson)),
            attempts: Mutex::default(),
            tickets,
            reserved: Reserved::new(&config.names.reserved),
            counters: Arc::default(),
            started: unix_millis(),
            next_id: AtomicU64::new(1),
            stopping: AtomicBool::new(false),
            seen_from_outside: AtomicBool::new(false),
            config: Arc::clone(&config),
        });
        let setup = Setup {
            config,
            keys: Arc::clone(&shared.keys),
            lesson: Arc::clone(&shared.lesson),
            counters: Arc::clone(&shared.counters),
            epoch: random::id::<10>()?,
            join_url: banner::join_url(&banner::reachable(address)),
        };
        let hub = Hub::new(setup, inbox, orders);
        vital("hub", failed.clone(), move || hub.run())?;
        vital("flusher", failed.clone(), move || flusher.run())?;
        let (accepting, theirs) = (Arc::clone(&listener), Arc::clone(&shared));
        vital("listener", failed, move || {
            listener::run(&accepting, &theirs)
        })?;
        log::info!("listening on {address}");
        Ok(Server {
            address,
            shared,
            listener,
        })
    }

    /// Stops: no new connections, everybody is told, and at most `GOODBYE` later it is over.
    pub fn stop(self) {
        let until = Instant::now() + GOODBYE;
        self.shared.stopping.store(true, Relaxed);
        // Wakes `accept`.
        let _ = rustix::net::shutdown(&*self.listener, rustix::net::Shutdown::Both);
        let (done, told) = crossbeam_channel::bounded(1);
        self.shared.hub.send(Command::Shutdown(done));
        let _ = told.recv_deadline(until);
        // The last Close frames are the flusher's, and peers need a moment to hang up.
        while self.shared.places.counts().0 > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        log::info!("stopped");
    }
}

/// The configured bounds, or what the process can hold if that is less.
fn bounds(config: &Config) -> Bounds {
    let limits = &config.limits;
    let waiting = limits.unauthenticated;
    let capacity = listener::capacity().saturating_sub(waiting);
    if limits.connections > capacity {
        log::warn!(
            "limits.connections = {}, but this system's limits (descriptors, threads, memory maps) \
             allow {capacity}",
            limits.connections
        );
    }
    let chat = limits.connections.min(capacity).max(1);
    Bounds {
        chat,
        waiting,
        per_address: limits.connections_per_address,
    }
}

fn hint(error: &io::Error, address: SocketAddr) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                " (another program uses port {}; stop it, or choose one with --listen)",
                address.port()
            )
        }
        io::ErrorKind::PermissionDenied => " (ports below 1024 need rights; use 8080)".into(),
        _ => String::new(),
    }
}

/// Starts a thread whose panic ends the server.
fn vital(
    name: &str,
    failed: impl Fn() + Send + 'static,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    struct Alarm<F: Fn()>(F);
    impl<F: Fn()> Drop for Alarm<F> {
        fn drop(&mut self) {
            if thread::panicking() {
                (self.0)();
            }
        }
    }
    let guarded = move || {
        let _alarm = Alarm(failed);
        body();
    };
    thread::Builder::new()
        .name(name.into())
        .spawn(guarded)
        .map(|_| ())
}
