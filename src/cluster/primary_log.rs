//! The log as the primary writes it. Runs on: `store`.

use crate::cluster::engine::Engine;
use crate::cluster::entries::Appended;
use crate::cluster::entry;
use crate::cluster::files;
use crate::cluster::leading::{Lead, Who};
use crate::cluster::state::State;
use crate::model::event::EventKind;
use crate::model::time::unix_millis;
use crate::sqlite::companions::Companion;
use crate::store::position::Position;
use crate::store::queue::{Job, Note};
use crate::store::shared_log::SharedLog;
use crate::support::random;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// The log, as the store writes it.
pub(super) struct PrimaryLog {
    engine: Engine,
    who: Who,
    state: Arc<State>,
    /// Begins the run of this node's hub for the others, before its first job.
    begin: Option<Job>,
    data: PathBuf,
    /// The files of the data directory, as the others have them.
    files: Vec<Companion>,
    /// The entry that may be there already: the answer was lost.
    pending: Option<Pending>,
}

struct Pending {
    entry: Vec<u8>,
    files: Vec<Companion>,
}

impl PrimaryLog {
    /// The log of a primary, which goes on from where its state is.
    pub(super) fn new(engine: Engine, who: Who, state: Arc<State>, data: PathBuf) -> Self {
        Self {
            engine,
            who,
            state,
            begin: None,
            data,
            files: Vec::new(),
            pending: None,
        }
    }

    /// The entry for a group: the same one until it is known to be there.
    fn entry(&mut self, group: &[Job]) -> Result<Pending, String> {
        if let Some(pending) = self.pending.take() {
            return Ok(pending);
        }
        let files = files::of(&self.data)?;
        let changed = files.iter().filter(|file| !self.files.contains(file));
        let changed: Vec<Companion> = changed.cloned().collect();
        let entry = entry::write(&changed, self.begin.as_ref(), group);
        Ok(Pending { entry, files })
    }

    /// The engine does not have the entries that were in it: this node's history is the beginning of another log. It has
    /// everything up to there, because this thread writes it, and has nothing else to do just now.
    fn begin_anew(&mut self) -> Result<(), String> {
        let at = self.state.position();
        let new_log = random::id::<10>().map_err(|error| error.to_string())?;
        let who = Who {
            new_log,
            ..self.who.clone()
        };
        let lead = self.engine.lead(&who, &at, false);
        match lead.map_err(|error| error.to_string())? {
            Lead::Own {
                reached,
                term,
                lost,
            } if reached == at || (reached.log != at.log && reached.entry == 0) => {
                if reached != at {
                    log::error!(
                        "the engine has lost the last {lost} entries of the log {}; this node has them, and the log {} goes \
                         on from there",
                        at.log,
                        reached.log
                    );
                }
                self.state.set_term(term);
                self.state.set_log(&reached);
                Ok(())
            }
            // Somebody has appended something that is not here.
            Lead::Own { .. } | Lead::Other { .. } | Lead::Nobody => {
                self.state.depose();
                Err(DEPOSED.into())
            }
        }
    }
}

const DEPOSED: &str = "another node leads the cluster now";

impl SharedLog for PrimaryLog {
    fn begin(&mut self, epoch: &str) {
        let at = unix_millis();
        self.begin = Some(Job::Begin {
            epoch: epoch.into(),
            at,
        });
    }

    fn check(&mut self) -> Result<(), String> {
        if self.state.lost.swap(false, Relaxed) {
            self.begin_anew()?;
        }
        match self.state.trouble() {
            Some(trouble) => Err(trouble),
            None => Ok(()),
        }
    }

    fn append(&mut self, group: &[Job]) -> Result<Position, String> {
        let at = self.state.position();
        let next = Position {
            entry: at.entry + 1,
            term: self.state.term(),
            ..at.clone()
        };
        let pending = self.entry(group)?;
        let appended = self.engine.append(&self.who.run, &next, &pending.entry);
        match appended {
            Ok(Appended::Yes) => {
                self.files = pending.files;
                self.begin = None;
                self.state.reached(&next);
                if group.iter().any(erases) {
                    self.state.erased.store(next.entry, Relaxed);
                }
                self.state.note_answer(None);
                Ok(next)
            }
            Ok(Appended::Deposed) => {
                self.state.depose();
                self.pending = Some(pending);
                Err(DEPOSED.into())
            }
            Ok(Appended::Lost) => {
                self.pending = Some(pending);
                self.begin_anew()?;
                self.append(group)
            }
            Err(error) => {
                self.pending = Some(pending);
                self.state.note_answer(Some(error.to_string()));
                Err(error.to_string())
            }
        }
    }
}

/// Whether something was erased that entries before this job still have.
fn erases(job: &Job) -> bool {
    match job {
        Job::Event(event) => matches!(event.what, EventKind::Delete { purge: true, .. }),
        Job::Note(Note::Forget { .. } | Note::RemoveRoom(_) | Note::EndLesson { .. }) => true,
        _ => false,
    }
}

/// The log of a node that is cut off: nothing can be appended.
pub(super) struct NoLog(pub Arc<State>);

impl SharedLog for NoLog {
    fn begin(&mut self, _epoch: &str) {}

    fn check(&mut self) -> Result<(), String> {
        let why = self.0.trouble();
        Err(why.unwrap_or_else(|| "this node is cut off from its cluster".into()))
    }

    fn append(&mut self, _group: &[Job]) -> Result<Position, String> {
        self.check()?;
        Err("this node is cut off from its cluster".into())
    }
}
