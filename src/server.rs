//! Starting and stopping: which threads there are, what they share, and in which order it begins
//! and ends.
//!
//! ```text
//! main ── waits for signals
//! listener ── accept ──> conn-N ── commands ──> hub ── frames ──> sockets
//!                                               ^ │ full sockets
//!                                       reports │ ├──────────> flusher
//!                                               │ └ events ──> store (writes), archive (reads)
//!                                               └─────────────────┘
//! ```

use crate::addresses;
use crate::auth::class_code::{Attempts, Lesson};
use crate::auth::random;
use crate::auth::reserved::Reserved;
use crate::auth::ticket::Tickets;
use crate::auth::token::Keys;
use crate::banner;
use crate::capacity::{self, Limit};
use crate::chat::flusher::Flusher;
use crate::chat::gate::Millis;
use crate::chat::hub::{Command, Hub, Mailbox, Report, Setup, unix_millis};
use crate::chat::inbox::inbox;
use crate::chat::message::Parser;
use crate::config::Config;
use crate::lab::limits::Experimenters;
use crate::listener;
use crate::metrics::Counters;
use crate::places::{Bounds, Places};
use crate::store;
use crate::tasks::desk::Desk;
use crate::threads::vital;
use std::error::Error;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::hash::RandomState;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
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
    /// How far people have come in the course's tasks.
    pub desk: Mutex<Desk>,
    /// `names.reserved`.
    pub reserved: Reserved,
    /// Who runs how many experiments.
    pub experimenters: Experimenters,
    /// Where it listens; the port is real even if 0 was asked for.
    pub address: SocketAddr,
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

impl Shared {
    /// Notes where a visitor comes from who has connected to `here`.
    pub fn saw(&self, visitor: IpAddr, here: IpAddr) {
        if is_outside(visitor, here) {
            self.seen_from_outside.store(true, Relaxed);
        }
    }
}

/// Whether a visitor is on another machine than the one at `here`. A machine that calls one of its
/// own addresses does so from that same address.
fn is_outside(visitor: IpAddr, here: IpAddr) -> bool {
    let (visitor, here) = (visitor.to_canonical(), here.to_canonical());
    !visitor.is_loopback() && visitor != here
}

/// A running server.
pub struct Server {
    /// Where it listens; the port is real even if 0 was asked for.
    pub address: SocketAddr,
    /// What its threads share.
    pub shared: Arc<Shared>,
    listener: Arc<TcpListener>,
    store: Option<store::Threads>,
    /// Held while the server lives.
    _lock: File,
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
        create_data_directory(data)?;
        let lock = lock(data)?;
        let (keys, notices) = Keys::load_or_create(&config.auth, data)?;
        notices.iter().for_each(|notice| log::warn!("{notice}"));
        let lesson = Lesson::open(data, config.join.code.as_deref())?;
        let tickets = Mutex::new(Tickets::new(&lesson.boot));

        let epoch = random::id::<10>()?;
        let stored = open_store(&config, &epoch)?;

        capacity::raise_descriptor_limit();
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
            desk: Mutex::default(),
            reserved: Reserved::new(&config.names.reserved),
            counters: Arc::default(),
            started: unix_millis(),
            experimenters: Experimenters::new(
                config.lab.runs_per_minute,
                config.limits.connections_per_address,
            ),
            address,
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
            epoch,
            join_url: banner::join_url(&addresses::reachable(address)),
        };
        let mut hub = Hub::new(setup, inbox, orders);
        let mut store = None;
        if let Some((opened_store, opened)) = stored {
            let reports = shared.hub.clone();
            let died = Mutex::new(failed.clone());
            let report = move |report| match report {
                store::Report::Died => (died.lock().unwrap_or_else(PoisonError::into_inner))(),
                report => reports.report(Report::Store(report)),
            };
            let (writer, reader, threads) = opened_store.start(report)?;
            hub = hub.with_store((writer, reader), opened, &shared.parser);
            store = Some(threads);
        }
        vital("hub", failed.clone(), move || hub.run())?;
        vital("flusher", failed.clone(), move || flusher.run())?;
        let (accepting, theirs) = (Arc::clone(&listener), Arc::clone(&shared));
        vital("listener", failed, move || {
            listener::run(&accepting, &theirs)
        })?;
        if let Err(error) = note_address(&shared.config.server.data, address) {
            log::warn!("`glassroom link` will not know the address: {error}");
        }
        log::info!("listening on {address}");
        Ok(Server {
            address,
            shared,
            listener,
            store,
            _lock: lock,
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
        self.shared.places.wake_up();
        // The last Close frames are on their way, and peers need a moment to hang up.
        while !self.shared.places.is_empty() && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        // The hub has dropped its ends: the store commits what it has, and ends.
        if let Some(threads) = self.store {
            threads.join();
        }
        log::info!("stopped");
    }
}

/// Creates the data directory, for the owner alone: the secret is in there.
pub fn create_data_directory(path: &Path) -> Result<(), String> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|error| format!("the data directory {}: {error}", path.display()))
}

/// The file that says where the server of a data directory listens, for `glassroom link`.
pub fn address_file(data: &Path) -> PathBuf {
    data.join("address")
}

fn note_address(data: &Path, address: SocketAddr) -> io::Result<()> {
    let (path, new) = (address_file(data), data.join("address.new"));
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(address.to_string().as_bytes())?;
    fs::rename(&new, &path)
}

/// One server per data directory: two would give the same numbers twice.
fn lock(data: &Path) -> Result<File, String> {
    let path = lock_file(data);
    let mut options = OpenOptions::new();
    let opened = options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path);
    let file = opened.map_err(|error| format!("{}: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let data = data.display();
            Err(format!(
                "another glassroom runs on {data}: stop it, or take another --data"
            ))
        }
        Err(TryLockError::Error(error)) => Err(format!("{}: {error}", path.display())),
    }
}

fn lock_file(data: &Path) -> PathBuf {
    data.join("lock")
}

/// Whether a server runs on this data directory.
pub fn is_running(data: &Path) -> bool {
    File::open(lock_file(data)).is_ok_and(|file| file.try_lock().is_err())
}

/// Where the history is, if any is kept.
pub fn history_path(config: &Config) -> Option<PathBuf> {
    let path = config.history.path.as_ref()?;
    Some(config.server.data.join(path))
}

fn open_store(
    config: &Config,
    epoch: &str,
) -> Result<Option<(store::Store, store::Opened)>, String> {
    let Some(path) = history_path(config) else {
        return Ok(None);
    };
    let history = &config.history;
    let settings = store::Settings {
        path,
        synchronous: history.synchronous,
        keep: history.keep,
        memory: history.memory,
        epoch: epoch.into(),
        now: unix_millis(),
    };
    let opened = store::open(&settings).map(Some);
    opened.map_err(|error| {
        let path = settings.path.display();
        let advice = if error.is_of_the_file() {
            " (move the file away to begin a new one)"
        } else {
            ""
        };
        format!("the history {path}: {error}{advice}")
    })
}

/// The configured bounds, or less where the process cannot hold so many.
fn bounds(config: &Config) -> Bounds {
    let limits = &config.limits;
    let (chat, waiting) = (limits.connections, limits.unauthenticated);
    let Limit { most, what } = capacity::tightest();
    let bounds = capacity::share(chat, waiting, limits.connections_per_address, most);
    if bounds.chat < chat || bounds.waiting < waiting {
        log::warn!(
            "this system allows {most} {what}: there are {} places in the chat (limits.connections = \
             {chat}), {} more for those who lead, and {} without a token (limits.unauthenticated = \
             {waiting})",
            bounds.chat,
            bounds.leaders,
            bounds.waiting
        );
    }
    bounds
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_on_this_machine_comes_from_the_address_that_they_call() {
        for (visitor, here, outside) in [
            ("127.0.0.1", "127.0.0.1", false),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1", false),
            ("::1", "::1", false),
            ("192.168.7.1", "192.168.7.1", false),
            ("192.168.7.1", "::ffff:192.168.7.1", false),
            ("fd00::1", "fd00::1", false),
            ("192.168.7.2", "::ffff:192.168.7.1", true),
            ("fd00::2", "fd00::1", true),
            // Behind a proxy on this machine.
            ("192.168.7.2", "127.0.0.1", true),
        ] {
            let (visitor, here) = (visitor.parse().unwrap(), here.parse().unwrap());
            assert_eq!(is_outside(visitor, here), outside, "{visitor} {here}");
        }
    }
}
