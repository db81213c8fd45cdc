//! The server as its routes see it: what every connection shares, and the state of each feature.

use crate::auth::class_code::{Attempts, Joins};
use crate::auth::ticket::Tickets;
#[cfg(feature = "full")]
use crate::broken::reports::Reports;
#[cfg(feature = "full")]
use crate::data_dir::history_path;
use crate::echo::Echoes;
#[cfg(feature = "full")]
use crate::lab::limits::Experimenters;
use crate::shared::Shared;
#[cfg(feature = "full")]
use crate::sqlite::readers::Readers;
use crate::support::places::Places;
#[cfg(feature = "full")]
use crate::tasks::students::{Students, lock};
use std::sync::{Arc, Mutex};

/// Messages by `POST /api/send` that may wait for their answer at once. While the disk is slow each holds a
/// thread and three descriptors, which others need to come in.
const POSTS: usize = 12;
/// As many of one person.
const POSTS_OF_ONE: usize = 4;

/// The state of the whole server.
#[derive(Debug)]
pub(crate) struct App {
    /// What every connection shares.
    pub shared: Arc<Shared>,
    /// Wrong class codes, by address.
    pub attempts: Mutex<Attempts>,
    /// Wrong secrets of personal links, by address.
    pub link_attempts: Mutex<Attempts>,
    /// The people who have joined the lesson, by class.
    pub joins: Mutex<Vec<Joins>>,
    /// One-time tickets of hosts.
    pub tickets: Mutex<Tickets>,
    /// How fast `/echo` may be.
    pub echoes: Echoes,
    /// Messages by `POST /api/send` that wait for their answer.
    pub posts: Places,
    /// What people have done in the course's tasks.
    #[cfg(feature = "full")]
    pub students: Mutex<Students>,
    /// Who runs how many experiments.
    #[cfg(feature = "full")]
    pub experimenters: Experimenters,
    /// What clients did at broken endpoints.
    #[cfg(feature = "full")]
    pub broken: Reports,
    /// The connections that read the history for HTTP.
    #[cfg(feature = "full")]
    pub readers: Readers,
}

impl App {
    /// A server on which nothing has happened yet.
    pub(crate) fn new(shared: Arc<Shared>, tickets: Tickets) -> Self {
        #[cfg(not(feature = "full"))]
        log::info!(
            "this is the minimal build: it has no history on the disk, protocol view, lab, tasks or \
             guide, and their keys in the configuration have no effect"
        );
        Self {
            attempts: Mutex::default(),
            link_attempts: Mutex::default(),
            joins: Mutex::new(shared.classes.iter().map(|_| Joins::default()).collect()),
            tickets: Mutex::new(tickets),
            posts: Places::new(POSTS, POSTS_OF_ONE),
            echoes: Echoes::new(shared.config.lab.echo_rate),
            #[cfg(feature = "full")]
            students: Mutex::default(),
            #[cfg(feature = "full")]
            experimenters: Experimenters::new(
                shared.config.lab.runs_per_minute,
                shared.config.limits.connections_per_address,
            ),
            #[cfg(feature = "full")]
            broken: Reports::default(),
            #[cfg(feature = "full")]
            readers: Readers::new(history_path(&shared.config)),
            shared,
        }
    }

    /// Forgets what the features know of the person with this `sub`.
    #[cfg(feature = "full")]
    pub(crate) fn forget(&self, sub: &str) {
        self.forget_link(sub);
        lock(&self.students).forget(sub);
        self.experimenters.forget(sub);
    }

    /// Forgets the personal link: this build has no features that know anybody.
    #[cfg(not(feature = "full"))]
    pub fn forget(&self, sub: &str) {
        self.forget_link(sub);
    }

    fn forget_link(&self, sub: &str) {
        if let Err(error) = self.shared.links.forget(sub) {
            log::error!("the name of a person who was forgotten is still in the file: {error}");
        }
    }
}
