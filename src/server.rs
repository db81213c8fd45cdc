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
use crate::app::App;
use crate::audit;
use crate::auth::class_code::Lesson;
use crate::auth::links::Links;
use crate::auth::reserved::Reserved;
use crate::auth::revoked::Revocations;
use crate::auth::secret;
use crate::auth::ticket::{self, TicketFor, Tickets};
use crate::auth::token::Keys;
use crate::banner;
use crate::chat::classes::Classes;
use crate::chat::hub::{Command, Hub, Mailbox, Report, Setup};
use crate::chat::message::Parser;
use crate::config::Config;
use crate::connection;
use crate::data_dir;
use crate::history::{self, History, Threads};
use crate::model::fences;
use crate::model::time::{Ticks, seconds_since_boot};
use crate::net::admission::{Admission, Bounds};
use crate::net::capacity::{self, Limit};
use crate::net::flusher::Flusher;
use crate::net::holders::Holders;
use crate::net::inbox::{Inbox, inbox};
use crate::net::listener;
use crate::net::refused::Refused;
use crate::shared::Shared;
use crate::store::report;
use crate::store::shared_log::{Cluster, Log};
use crate::support::random;
use crate::support::threads::vital;
use std::error::Error;
use std::fs::File;
use std::hash::RandomState;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long stopping may take: everybody is told, and the store ends.
const GOODBYE: Duration = Duration::from_secs(5);
/// How much of that is left for the store, which has committed everything by then.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// What a server is given that is there before it.
#[derive(Default)]
pub struct Given {
    /// The lock of the data directory.
    pub lock: Option<File>,
    /// The port that it listens at.
    pub listener: Option<TcpListener>,
    /// The log that the nodes of a cluster share.
    pub log: Option<Log>,
}

/// A running server.
pub struct Server {
    /// Where it listens; the port is real even if 0 was asked for.
    pub address: SocketAddr,
    /// What its threads share.
    pub shared: Arc<Shared>,
    listener: Arc<TcpListener>,
    store: Option<Threads>,
    /// Held while the server lives.
    _lock: File,
}

impl Server {
    /// Starts everything. `failed` is called when a thread that the server cannot be without has
    /// panicked: the process must end then, and a supervisor starts it again.
    ///
    /// The lock of the data directory and the port come first: a start that cannot have one of them changes
    /// nothing that is kept. Then `prepare` runs. A client that connects meanwhile waits until the server is complete.
    ///
    /// # Errors
    ///
    /// A file, the history, the port or a thread cannot be had. The sentence says which, and what
    /// to do.
    pub fn start(
        config: Config,
        prepare: impl FnOnce(&Config) -> Result<(), String>,
        failed: impl Fn() + Clone + Send + 'static,
    ) -> Result<Server, Box<dyn Error>> {
        Server::start_with(Given::default(), config, prepare, failed)
    }

    /// Starts everything, as [`Server::start`] does, with what there is already.
    ///
    /// # Errors
    ///
    /// As [`Server::start`].
    pub fn start_with(
        given: Given,
        config: Config,
        prepare: impl FnOnce(&Config) -> Result<(), String>,
        failed: impl Fn() + Clone + Send + 'static,
    ) -> Result<Server, Box<dyn Error>> {
        let data = &config.server.data;
        let lock = match given.lock {
            Some(lock) => lock,
            None => lock(data)?,
        };
        let listener = match given.listener {
            Some(listener) => listener,
            None => listen(config.server.listen)?,
        };
        let address = listener.local_addr()?;
        prepare(&config)?;
        let keys = load_keys(&config)?;
        let revoked = Revocations::open(data, &keys)?;
        let links = Links::open(data)?;
        let lesson = Lesson::open(data, config.join.code.as_deref())?;
        let tickets = Tickets::new(&lesson.boot);
        let lesson = Arc::new(RwLock::new(lesson));
        let classes = Classes::open(&config, &lesson)?;
        let epoch = random::id::<10>()?;
        let cluster = given.log.as_ref().map(|log| Arc::clone(&log.cluster));
        let history = history::open(&config, &epoch, given.log)?;

        capacity::raise_descriptor_limit();
        let (hub, inbox) = inbox();
        let (keys, lessons) = ((keys, revoked, links), (lesson, classes));
        let shared = Arc::new(share(config, keys, lessons, (hub, cluster), address));
        let store = start_hub(&shared, inbox, epoch, history, &failed)?;
        let listener = Arc::new(listener);
        let app = App::new(Arc::clone(&shared), tickets);
        start_listener(Arc::clone(&listener), Arc::new(app), failed)?;
        if let Err(error) = data_dir::note_address(&shared.config.server.data, address) {
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

    /// Makes the ticket of a host link.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness.
    pub fn issue_ticket(&self) -> io::Result<String> {
        let lesson = self.shared.lesson.read();
        let lesson = lesson.unwrap_or_else(PoisonError::into_inner);
        let (keys, boot) = (&self.shared.keys, &lesson.boot);
        let ticket = ticket::issue(keys, boot, &TicketFor::HOST, seconds_since_boot())?;
        audit::host_link(None, &self.shared);
        Ok(ticket)
    }

    /// Whether messages are kept on the disk.
    pub fn is_stored(&self) -> bool {
        self.store.is_some()
    }

    /// Stops: no new connections, everybody is told, and at most [`GOODBYE`] later it is over.
    pub fn stop(mut self) {
        let end = Instant::now() + GOODBYE;
        let store = self.end_chat(end);
        self.end_connections(end);
        end_store(store, &self.shared.config, end);
        log::info!("stopped");
    }

    /// Stops, and does something as soon as everything is on the disk: before everybody has hung up.
    pub fn stop_and(mut self, stored: impl FnOnce()) {
        let end = Instant::now() + GOODBYE;
        let store = self.end_chat(end);
        end_store(store, &self.shared.config, end - LAST_WRITE);
        stored();
        self.end_connections(end);
        log::info!("stopped");
    }

    /// Tells everybody. The hub has gone then, and its ends of the store.
    fn end_chat(&mut self, end: Instant) -> Option<Threads> {
        self.shared.stopping.store(true, Relaxed);
        listener::wake(&self.listener);
        let (done, told) = crossbeam_channel::bounded(1);
        self.shared.hub.send(Command::Shutdown(done));
        let _ = told.recv_deadline(end - LAST_WRITE);
        self.shared.trunks.finish();
        self.store.take()
    }

    /// The last Close frames are on their way, and peers need a moment to hang up.
    fn end_connections(&self, end: Instant) {
        self.shared.admission.end_reading();
        while !self.shared.admission.is_empty() && Instant::now() < end - LAST_WRITE {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Waits for the store, which writes who left, and ends.
fn end_store(store: Option<Threads>, config: &Config, end: Instant) {
    if let Some(threads) = store {
        match threads.join_by(end) {
            true => history::note_closed(config),
            false => {
                log::error!("the history did not end in order; what was acknowledged is in it")
            }
        }
    }
}

/// The keys. What an operator has to know of them and of the configuration is in the log then.
fn load_keys(config: &Config) -> Result<Keys, Box<dyn Error>> {
    let (keys, notices) = data_dir::load_keys(config)?;
    for notice in notices.iter().chain(&config.advice()) {
        match notice.starts_with(secret::CREATED) {
            true => log::info!("{notice}"),
            false => log::warn!("{notice}"),
        }
    }
    Ok(keys)
}

/// Creates the data directory if it is missing, and takes its lock.
///
/// # Errors
///
/// It cannot be had: the sentence says why.
pub fn lock(data: &Path) -> Result<File, String> {
    data_dir::create(data)?;
    data_dir::lock(data)
}

/// Takes the port.
///
/// # Errors
///
/// It cannot be had: the sentence says why, and what to do.
pub fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    listener::bind(address).map_err(|error| {
        format!(
            "cannot listen on {address}: {error}{}",
            hint(&error, address)
        )
    })
}

/// What every connection's thread can reach, when nothing has happened yet.
fn share(
    config: Config,
    (keys, revoked, links): (Keys, Revocations, Links),
    (lesson, classes): (Arc<RwLock<Lesson>>, Classes),
    (hub, cluster): (Mailbox, Option<Arc<dyn Cluster>>),
    address: SocketAddr,
) -> Shared {
    // So that the log says at once if the zone is not known.
    config.zone();
    Shared {
        keys: Arc::new(keys),
        revoked: Arc::new(revoked),
        links: Arc::new(links),
        recent: Mutex::default(),
        holders: Holders::default(),
        refused: Refused::default(),
        cluster,
        trunks: Arc::default(),
        hub,
        admission: Admission::new(bounds(&config)),
        parser: Parser {
            bounds: fences::Bounds {
                text: config.limits.text,
                code: config.limits.code,
                code_lines: config.limits.code_lines,
            },
            keys: RandomState::new(),
        },
        lesson,
        classes: Arc::new(classes),
        reserved: Reserved::titles(&config.names.reserved),
        tallies: Mutex::default(),
        counters: Arc::default(),
        started: Ticks::now(),
        address,
        next_id: AtomicU64::new(1),
        stopping: AtomicBool::new(false),
        seen_from_outside: AtomicBool::new(false),
        config: Arc::new(config),
    }
}

/// Starts the hub, the flusher, and the store if there is one.
fn start_hub(
    shared: &Arc<Shared>,
    inbox: Inbox<Command, Report>,
    epoch: String,
    history: Option<History>,
    failed: &(impl Fn() + Clone + Send + 'static),
) -> Result<Option<Threads>, Box<dyn Error>> {
    let reports = shared.hub.clone();
    let report = move |report| reports.report(Report::Flusher(report));
    let (handle, flusher) = Flusher::new(report, shared.config.heartbeat.interval * 2)?;
    let setup = Setup {
        config: Arc::clone(&shared.config),
        keys: Arc::clone(&shared.keys),
        revoked: Arc::clone(&shared.revoked),
        links: Arc::clone(&shared.links),
        classes: Arc::clone(&shared.classes),
        counters: Arc::clone(&shared.counters),
        trunks: Arc::clone(&shared.trunks),
        epoch,
        join_url: banner::join_url(&addresses::reachable(shared.address)),
        mailbox: shared.hub.clone(),
    };
    let mut hub = Hub::new(setup, inbox, handle);
    let mut threads = None;
    if let Some(history) = history {
        let reports = shared.hub.clone();
        let died = Mutex::new(failed.clone());
        let running = history.start(move |report| match report {
            report::StoreReport::Died => (died.lock().unwrap_or_else(PoisonError::into_inner))(),
            report => reports.report(Report::Store(report)),
        })?;
        hub = hub.with_store(running.ends, running.opened, &shared.parser);
        threads = Some(running.threads);
    }
    vital("hub", failed.clone(), move || hub.run())?;
    vital("flusher", failed.clone(), move || flusher.run())?;
    Ok(threads)
}

fn start_listener(
    listener: Arc<TcpListener>,
    app: Arc<App>,
    failed: impl Fn() + Send + 'static,
) -> io::Result<()> {
    vital("listener", failed, move || {
        let stopping = || app.shared.stopping.load(Relaxed);
        listener::run(&listener, stopping, |stream, peer| {
            connection::accept(stream, peer, &app);
        });
    })?;
    Ok(())
}

/// The configured bounds, or less where the process cannot hold so many.
fn bounds(config: &Config) -> Bounds {
    let limits = &config.limits;
    let (chat, waiting) = (limits.connections, limits.unauthenticated);
    let Limit { most, what } = capacity::tightest();
    let bounds = capacity::share(chat, waiting, limits.connections_per_address, most);
    if bounds.chat < chat || bounds.unauthenticated < waiting {
        log::warn!(
            "this system allows {most} {what}: there are {} places in the chat (limits.connections = \
             {chat}), {} more for those who lead, and {} without a token (limits.unauthenticated = \
             {waiting})",
            bounds.chat,
            bounds.leaders,
            bounds.unauthenticated
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
        io::ErrorKind::AddrNotAvailable => {
            let all = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), address.port());
            let own = addresses::reachable(all);
            let own: Vec<String> = own.iter().map(SocketAddr::to_string).collect();
            format!(
                " (this machine has no such address; it has {}, and --listen {} takes all)",
                own.join(", "),
                address.port()
            )
        }
        io::ErrorKind::PermissionDenied => " (ports below 1024 need rights; use 8080)".into(),
        _ => String::new(),
    }
}
