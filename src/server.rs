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
use crate::auth::class_code::Lesson;
use crate::auth::reserved::Reserved;
use crate::auth::ticket::Tickets;
use crate::banner;
use crate::chat::hub::{Command, Hub, Report, Setup};
use crate::chat::message::Parser;
use crate::config::Config;
use crate::connection;
use crate::data_dir;
use crate::model::time::unix_millis;
use crate::net::admission::{Admission, Bounds};
use crate::net::capacity::{self, Limit};
use crate::net::flusher::Flusher;
use crate::net::inbox::inbox;
use crate::net::listener;
use crate::shared::Shared;
use crate::sqlite::start::{self as store};
use crate::store::report;
use crate::support::random;
use crate::support::threads::vital;
use std::error::Error;
use std::fs::File;
use std::hash::RandomState;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long everybody may take to be told that the server stops.
const GOODBYE: Duration = Duration::from_secs(5);

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
        data_dir::create(data)?;
        let lock = data_dir::lock(data)?;
        let (keys, notices) = data_dir::load_keys(&config)?;
        notices.iter().for_each(|notice| log::warn!("{notice}"));
        let lesson = Lesson::open(data, config.join.code.as_deref())?;
        let tickets = Tickets::new(&lesson.boot);

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
        let (orders, flusher) = Flusher::new(
            {
                let hub = hub.clone();
                move |report| hub.report(Report::Flusher(report))
            },
            config.heartbeat.interval * 2,
        )?;
        let config = Arc::new(config);
        let shared = Arc::new(Shared {
            keys: Arc::new(keys),
            hub,
            admission: Admission::new(bounds),
            parser: Parser {
                max_text: config.limits.text,
                keys: RandomState::new(),
            },
            lesson: Arc::new(RwLock::new(lesson)),
            reserved: Reserved::new(&config.names.reserved),
            counters: Arc::default(),
            started: unix_millis(),
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
                report::Report::Died => (died.lock().unwrap_or_else(PoisonError::into_inner))(),
                report => reports.report(Report::Store(report)),
            };
            let (writer, reader, threads) = opened_store.start(report)?;
            hub = hub.with_store((writer, reader), opened, &shared.parser);
            store = Some(threads);
        }
        vital("hub", failed.clone(), move || hub.run())?;
        vital("flusher", failed.clone(), move || flusher.run())?;
        let app = Arc::new(App::new(Arc::clone(&shared), tickets));
        let (accepting, theirs) = (Arc::clone(&listener), Arc::clone(&app));
        vital("listener", failed, move || {
            let stopping = || theirs.shared.stopping.load(Relaxed);
            listener::run(&accepting, stopping, |stream, peer| {
                connection::accept(stream, peer, &theirs);
            });
        })?;
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

    /// Stops: no new connections, everybody is told, and at most `GOODBYE` later it is over.
    pub fn stop(self) {
        let until = Instant::now() + GOODBYE;
        self.shared.stopping.store(true, Relaxed);
        // Wakes `accept`.
        let _ = rustix::net::shutdown(&*self.listener, rustix::net::Shutdown::Both);
        let (done, told) = crossbeam_channel::bounded(1);
        self.shared.hub.send(Command::Shutdown(done));
        let _ = told.recv_deadline(until);
        self.shared.admission.wake_up();
        // The last Close frames are on their way, and peers need a moment to hang up.
        while !self.shared.admission.is_empty() && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        // The hub has dropped its ends: the store commits what it has, and ends.
        if let Some(threads) = self.store {
            threads.join();
        }
        log::info!("stopped");
    }
}

fn open_store(
    config: &Config,
    epoch: &str,
) -> Result<Option<(store::Store, crate::store::opened::Opened)>, String> {
    let Some(path) = data_dir::history_path(config) else {
        return Ok(None);
    };
    let history = &config.history;
    let settings = store::StoreOptions {
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
        let advice = if error.is_caused_by_the_file() {
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
