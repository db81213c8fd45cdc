//! The server as its routes see it: what every connection shares, and the state of each feature.

use crate::auth::class_code::Attempts;
use crate::auth::ticket::Tickets;
use crate::lab::limits::Experimenters;
use crate::shared::Shared;
use crate::tasks::students::{Students, lock};
use std::sync::{Arc, Mutex};

/// The state of the whole server.
#[derive(Debug)]
pub struct App {
    /// What every connection shares.
    pub shared: Arc<Shared>,
    /// Wrong class codes, by address.
    pub attempts: Mutex<Attempts>,
    /// One-time tickets of hosts.
    pub tickets: Mutex<Tickets>,
    /// What people have done in the course's tasks.
    pub students: Mutex<Students>,
    /// Who runs how many experiments.
    pub experimenters: Experimenters,
}

impl App {
    /// A server on which nothing has happened yet.
    pub fn new(shared: Arc<Shared>, tickets: Tickets) -> Self {
        let config = &shared.config;
        let experimenters = Experimenters::new(
            config.lab.runs_per_minute,
            config.limits.connections_per_address,
        );
        Self {
            attempts: Mutex::default(),
            tickets: Mutex::new(tickets),
            students: Mutex::default(),
            experimenters,
            shared,
        }
    }

    /// Forgets what the features know of the person with this `sub`.
    pub fn forget(&self, sub: &str) {
        lock(&self.students).forget(sub);
        self.experimenters.forget(sub);
    }
}
