//! The reading connections of HTTP threads: a few, which are used again.
//!
//! SQLite closes no descriptor of a file while another connection of the process holds a lock on
//! it, and the writer always does (<https://www.sqlite.org/howtocorrupt.html>, "POSIX advisory
//! locks"). So as many descriptors stay open as there ever were connections at once, and their
//! number is bounded here.
//! The same bound is that of the helper threads, which have the stack that SQLite needs.
//!
//! Queries take moments and wait for each other. Exports take as long as their client reads, so
//! they have places of their own, and one that finds none is refused.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::sqlite::archive::Archive;
use crate::support::places::{NoPlace, Place, Places};
use crate::support::threads;

/// Queries that run at once. Each is done within milliseconds.
const QUERIES: usize = 2;

/// Longest wait of a query for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Exports that run at once: what a Raspberry Pi has cores.
pub(crate) const EXPORTS: usize = 4;

/// Exports of one person that run at once, so that one person does not take all places.
pub(crate) const EXPORTS_PER_PERSON: usize = 2;

/// The stack of a helper thread. SQLite needs more than a connection's thread has.
const STACK: usize = 1024 * 1024;

/// Why nothing is read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// Others are reading.
    Busy,
    /// The history cannot be read.
    Failed(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Busy => f.write_str("too many requests are reading it"),
            ReadError::Failed(error) => f.write_str(error),
        }
    }
}

/// The reading connections of HTTP threads.
#[derive(Debug)]
pub(crate) struct Readers {
    /// `None`: nothing is stored.
    path: Option<PathBuf>,
    state: Mutex<State>,
    /// The exports that run.
    exports: Places,
    /// A query has ended.
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Connections that nobody uses.
    idle: Vec<Archive>,
    /// Queries that run.
    queries: usize,
}

impl Readers {
    /// No connection yet to the history at `path`, if there is one.
    pub(crate) fn new(path: Option<PathBuf>) -> Readers {
        Readers {
            path,
            state: Mutex::default(),
            exports: Places::new(EXPORTS, EXPORTS_PER_PERSON),
            freed: Condvar::new(),
        }
    }

    /// Whether there is a history.
    pub(crate) fn has_history(&self) -> bool {
        self.path.is_some()
    }

    /// Runs a query that takes a moment.
    ///
    /// # Errors
    ///
    /// The history cannot be read, or others keep it busy.
    pub(crate) fn query<T: Send>(
        &self,
        work: impl FnOnce(&Archive) -> rusqlite::Result<T> + Send,
    ) -> Result<T, ReadError> {
        let _turn = self.wait_for_turn().ok_or(ReadError::Busy)?;
        self.run(|archive| work(archive).map_err(|error| error.to_string()))
            .map_err(ReadError::Failed)
    }

    /// Takes a place for an export of the person with this `sub`.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) fn begin_export(&self, sub: &str) -> Result<ExportPlace<'_>, NoPlace> {
        Ok(ExportPlace {
            readers: self,
            _place: self.exports.take(sub)?,
        })
    }

    fn wait_for_turn(&self) -> Option<Turn<'_>> {
        let until = Instant::now() + PATIENCE;
        let mut state = self.lock();
        while state.queries >= QUERIES {
            let left = until.checked_duration_since(Instant::now())?;
            let waited = self.freed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.queries += 1;
        Some(Turn(self))
    }

    /// Runs `work` with a connection on a thread with enough stack. A connection that failed is not
    /// used again.
    fn run<T: Send>(
        &self,
        work: impl FnOnce(&Archive) -> Result<T, String> + Send,
    ) -> Result<T, String> {
        let path = self.path.as_deref().ok_or("nothing is stored")?;
        let idle = self.lock().idle.pop();
        let with_connection = move || {
            let archive = match idle {
                Some(archive) => archive,
                None => Archive::open(path).map_err(|error| error.to_string())?,
            };
            let result = work(&archive)?;
            Ok::<_, String>((result, archive))
        };
        let (result, archive) = threads::with_stack(STACK, with_connection)??;
        self.lock().idle.push(archive);
        Ok(result)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of a query.
struct Turn<'a>(&'a Readers);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().queries -= 1;
        self.0.freed.notify_one();
    }
}

/// The place of an export, until it is dropped.
#[derive(Debug)]
pub(crate) struct ExportPlace<'a> {
    readers: &'a Readers,
    _place: Place<'a>,
}

impl ExportPlace<'_> {
    /// Runs the export.
    ///
    /// # Errors
    ///
    /// Those of `work`; or no connection or no thread can be had.
    pub(crate) fn run<T: Send>(
        &self,
        work: impl FnOnce(&Archive) -> Result<T, String> + Send,
    ) -> Result<T, String> {
        self.readers.run(work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::{event, said};
    use crate::sqlite::tests::TempHistory;
    use std::sync::Barrier;

    #[test]
    fn many_queries_share_two_connections() {
        let history = TempHistory::with(&[event(1, "Ann", said("x"))]);
        let readers = Readers::new(Some(history.path.clone()));
        let together = Barrier::new(20);
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    together.wait();
                    let found = readers.query(|archive| archive.message("lobby", 1));
                    assert!(found.expect("read").is_some());
                });
            }
        });
        let state = readers.lock();
        assert!((1..=QUERIES).contains(&state.idle.len()));
        assert_eq!(state.queries, 0);
    }

    #[test]
    fn a_connection_that_failed_is_not_used_again() {
        let history = TempHistory::with(&[event(1, "Ann", said("x"))]);
        let readers = Readers::new(Some(history.path.clone()));
        let failed = readers.query(|archive| archive.db().execute("DELETE FROM events", []));
        assert!(matches!(failed, Err(ReadError::Failed(_))));
        assert!(readers.lock().idle.is_empty());
        assert_eq!(readers.lock().queries, 0);
        let nowhere = Readers::new(Some(history.path.with_extension("none")));
        let failed = nowhere.query(|archive| archive.message("lobby", 1));
        assert!(matches!(failed, Err(ReadError::Failed(_))));
    }

    #[test]
    fn exports_have_places_for_a_person_and_for_all() {
        let readers = Readers::new(None);
        let first = readers.begin_export("ann").expect("a place");
        let _second = readers.begin_export("ann").expect("a place");
        assert_eq!(readers.begin_export("ann").err(), Some(NoPlace::Person));
        let _third = readers.begin_export("bo").expect("a place");
        let _fourth = readers.begin_export("cy").expect("a place");
        assert_eq!(readers.begin_export("dee").err(), Some(NoPlace::All));
        drop(first);
        readers.begin_export("dee").expect("a place");
    }
}
