//! Retention while the server runs: looks at the clocks, keeps what the next run has to know, erases
//! what is too old, and says so. Runs on the writing thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Result, params};

use crate::config::Keep;
use crate::model::time::{Millis, since_boot, unix_millis};
use crate::model::zone::Zone;
use crate::sqlite::ages::{self, OpenAges};
use crate::sqlite::around::Around;
use crate::sqlite::erase::{self, Cutoff, ErasedEvents};
use crate::sqlite::retention::{Finding, RetentionClock};

/// How often the state of the clock is written, at most: what a crash takes of it counts as time
/// that passed unseen.
const SAVE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// The retention of one history.
#[derive(Debug)]
pub(super) struct Retention {
    clock: RetentionClock,
    keep: Keep,
    /// The time of the newest event from before this run.
    newest: Millis,
    /// When the state was last written, by the forward clock.
    saved: Duration,
    /// What was erased since the last report: how many events of each room, and the newest.
    erased: BTreeMap<Arc<str>, ErasedEvents>,
}

/// One pass, which counts once its transaction is committed.
pub(super) struct Pass {
    clock: RetentionClock,
    finding: Finding,
    saved: Duration,
    erased: Vec<ErasedEvents>,
    /// Whether more is left to erase.
    pub more: bool,
}

impl Retention {
    /// Begins a run, before it has an epoch.
    pub(super) fn begin(db: &Connection, keep: Keep, wall: Millis) -> Result<Retention> {
        let state = ages::load_state(db)?;
        let forward = since_boot();
        let (clock, finding) = RetentionClock::start(keep, state, wall, forward);
        let last = state.map_or(clock.now(), |state| state.trusted);
        ages::begin(db, last, &clock.state)?;
        let retention = Retention {
            clock,
            keep,
            newest: erase::newest_event(db)?,
            saved: forward,
            erased: BTreeMap::new(),
        };
        retention.tell(finding);
        Ok(retention)
    }

    /// The trusted time at the last look.
    pub(super) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The trusted time of this moment, and the end of the span in which it is.
    pub(super) fn moment(&self) -> (Millis, Millis) {
        let mut clock = self.clock.clone();
        clock.advance(since_boot());
        (clock.now(), clock.end_of_grain())
    }

    /// The time until the next pass: a quarter of what is kept.
    pub(super) fn interval(&self) -> Duration {
        match self.keep {
            Keep::For(time) => time / 4,
            Keep::Lesson | Keep::Forever => Duration::MAX,
        }
    }

    /// Looks at the clocks, and erases a chunk of what is too old.
    pub(super) fn pass(
        &self,
        db: &Around<'_>,
        epoch: i64,
        open: &mut OpenAges,
        wall: Millis,
    ) -> Result<Pass> {
        let forward = since_boot();
        let mut clock = self.clock.clone();
        let finding = clock.look(wall, forward);
        match finding {
            Finding::Even => {}
            Finding::Moved(shift) | Finding::Settled(shift) => {
                ages::shift(db, shift, clock.now())?;
                open.shift(shift.by);
            }
            Finding::Doubted(_) => {
                // An event that is stamped before its run began came from elsewhere; these do not.
                let began = "UPDATE epochs SET began = min(began, ?2) WHERE id = ?1";
                db.execute(began, params![epoch, wall])?;
            }
        }
        open.close_before(db, clock.now())?;
        let mut saved = self.saved;
        if finding != Finding::Even || forward.saturating_sub(saved) >= self.save_interval() {
            ages::save_state(db, &clock.state)?;
            saved = forward;
        }
        let (erased, more) = match Cutoff::new(self.keep, clock.now(), self.newest) {
            Some(cutoff) => erase::erase_before(db, cutoff, clock.now())?,
            None => (Vec::new(), false),
        };
        Ok(Pass {
            clock,
            finding,
            saved,
            erased,
            more,
        })
    }

    /// Takes over a pass that is committed, and says what it did. Returns what was erased.
    pub(super) fn conclude(&mut self, pass: Pass) -> Vec<ErasedEvents> {
        (self.clock, self.saved) = (pass.clock, pass.saved);
        self.tell(pass.finding);
        for events in &pass.erased {
            let sum = self.erased.entry(Arc::clone(&events.room));
            sum.and_modify(|sum| {
                sum.count += events.count;
                (sum.last, sum.at) = (events.last, events.at);
            })
            .or_insert_with(|| events.clone());
        }
        if !pass.more {
            for (room, events) in std::mem::take(&mut self.erased) {
                let ErasedEvents {
                    count, last, at, ..
                } = events;
                log::info!(
                    "history.keep: erased {count} events of the room {room}, up to number {last} of \
                     {}",
                    Zone::default().show(at)
                );
            }
        }
        pass.erased
    }

    /// Ends the run.
    pub(super) fn end(&mut self, db: &Connection, open: &mut OpenAges) -> Result<()> {
        let finding = self.clock.look(unix_millis(), since_boot());
        let shift = match finding {
            Finding::Moved(shift) | Finding::Settled(shift) => Some(shift),
            Finding::Even | Finding::Doubted(_) => None,
        };
        if let Some(shift) = shift {
            open.shift(shift.by);
        }
        Around::transaction(db, |db| {
            if let Some(shift) = shift {
                ages::shift(db, shift, self.now())?;
            }
            open.close_all(db, self.now())?;
            ages::save_state(db, &self.clock.state)
        })
    }

    fn save_interval(&self) -> Duration {
        self.interval().min(SAVE_INTERVAL)
    }

    /// Says what was found about the wall clock, where anything depends on it.
    fn tell(&self, finding: Finding) {
        if !matches!(self.keep, Keep::For(_)) {
            return;
        }
        match finding {
            Finding::Even => {}
            Finding::Moved(shift) => {
                log::info!(
                    "history.keep: the clock of this machine moved by {}",
                    span(shift.by)
                );
            }
            Finding::Doubted(step) => log::warn!(
                "history.keep: the clock of this machine jumped by {}. Nothing is erased because of \
                 that until the server has run for {} with this clock",
                span(step),
                span(self.clock.patience())
            ),
            Finding::Settled(shift) => log::warn!(
                "history.keep: the clock of this machine is believed now: {} passed while the \
                 server did not run",
                span(shift.by)
            ),
        }
    }
}

/// A span of time for people, in its largest unit.
fn span(millis: i64) -> String {
    let minutes = millis.abs() / 60_000;
    let (number, unit) = match minutes {
        0..=119 => (minutes, "minutes"),
        120..=2879 => (minutes / 60, "hours"),
        _ => (minutes / 1440, "days"),
    };
    let sign = if millis < 0 { "-" } else { "" };
    format!("{sign}{number} {unit}")
}
