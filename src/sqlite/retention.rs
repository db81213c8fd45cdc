//! How old things are, for `history.keep`: the clock that erasing trusts.
//!
//! Pure: a wall clock and a clock that only runs forward go in, a time comes out. A wall clock can be
//! wrong, and what it says can erase a whole history: one start with a clock 40 days ahead, or a
//! Raspberry Pi without a battery that learns the time in the middle of a lesson. So erasing goes by
//! a *trusted time*:
//!
//! - It advances with the clock that only runs forward, while the server runs.
//! - It follows the wall clock by up to [`RetentionClock::leap`] at once: a night, a weekend, the
//!   correction after a start. That is at most a quarter of `history.keep`.
//! - A larger step, or one backwards, is logged and *waited out*: the wall clock is in doubt until
//!   it has gone on evenly for [`RetentionClock::patience`] of running time, over restarts if need
//!   be. Then the trusted time becomes the time of the wall clock. So what was said before eight
//!   weeks of holidays is erased a day of running after them.
//! - No time passes between two moments of one run but what the forward clock measured. So when the
//!   trusted time is corrected, everything that was written in the run moves with it ([`Shift`]).
//!
//! The age of an event is the trusted time since it was written, and never depends on the time that
//! is shown beside it: that may have been wrong. The store notes now and then up to which number a
//! room's events were written (`ages`), and rows that are no events carry the time themselves.

use std::time::Duration;

use crate::config::Keep;
use crate::model::time::Millis;

/// A wall clock that differs by this much is right: it is adjusted a little all the time.
const TOLERANCE: i64 = 60_000;

/// Largest step of the wall clock that is believed at once: a week without a lesson.
const LONGEST_LEAP: Millis = 7 * 24 * 60 * 60 * 1000;

/// Smallest bound of such a step: a restart of the machine takes minutes.
const SHORTEST_LEAP: Millis = 10 * 60 * 1000;

/// Longest running time for which a step is waited out: a day.
const LONGEST_PATIENCE: Millis = 24 * 60 * 60 * 1000;

/// Longest time between two notes of how far a room's events go; shorter if little is kept, so that
/// nothing is kept much longer than it should.
const LONGEST_GRAIN: Millis = 60 * 60 * 1000;

/// Shortest time between them.
const SHORTEST_GRAIN: Millis = 1000;

/// The clock that erasing trusts.
#[derive(Debug, Clone)]
pub(super) struct RetentionClock {
    /// The part that is kept for the next run.
    pub state: State,
    /// The trusted time when this run began.
    run_began: Millis,
    /// The forward clock at the last look.
    forward: Duration,
    /// Largest step that is believed at once.
    leap: i64,
    /// How long a larger one is waited out.
    patience: Millis,
    /// The time between two notes of how far a room's events go.
    pub grain: Millis,
}

/// The part of the clock that one run leaves to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// The trusted time.
    pub trusted: Millis,
    /// The wall clock at the same moment.
    pub wall: Millis,
    /// How long a wall clock in doubt has gone on evenly.
    pub witnessed: Millis,
    /// The wall clock is in doubt. What was written from this trusted time on moves with it when the
    /// doubt ends.
    pub doubt: Option<Millis>,
}

/// A correction: everything that was written at the trusted time `from` or later was in fact written
/// `by` milliseconds later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    /// The first trusted time that moves.
    pub from: Millis,
    /// By how much.
    pub by: i64,
}

/// The result of a look at the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// The clocks agree.
    Even,
    /// The wall clock made a step that is believed, in the middle of a run.
    Moved(Shift),
    /// The wall clock made a step, by so many milliseconds, that is waited out.
    Doubted(i64),
    /// The doubt is over: so many milliseconds have passed unseen, or were counted too many.
    Settled(Shift),
}

impl RetentionClock {
    /// The clock of a run that begins when the wall clock says `wall` and the forward clock
    /// `forward`, and what the first look found. `state`: how an earlier run left it.
    pub(super) fn start(
        keep: Keep,
        state: Option<State>,
        wall: Millis,
        forward: Duration,
    ) -> (RetentionClock, Finding) {
        let kept = match keep {
            Keep::For(time) => time.as_millis() as Millis,
            Keep::Lesson | Keep::Forever => Millis::MAX,
        };
        let state = state.unwrap_or(State {
            trusted: wall,
            wall,
            witnessed: 0,
            doubt: None,
        });
        let mut clock = RetentionClock {
            state,
            run_began: state.trusted,
            forward,
            leap: (kept / 4).clamp(SHORTEST_LEAP, LONGEST_LEAP) as i64,
            patience: kept.clamp(SHORTEST_LEAP, LONGEST_PATIENCE),
            grain: (kept / 16).clamp(SHORTEST_GRAIN, LONGEST_GRAIN),
        };
        let finding = match clock.look(wall, forward) {
            // Nothing was written in this run yet: what passed, passed before it.
            Finding::Moved(_) => Finding::Even,
            finding => finding,
        };
        clock.run_began = clock.state.trusted;
        if let Some(doubt) = clock.state.doubt.as_mut() {
            *doubt = (*doubt).min(clock.run_began);
        }
        (clock, finding)
    }

    /// Looks at both clocks.
    pub(super) fn look(&mut self, wall: Millis, forward: Duration) -> Finding {
        let passed = forward.saturating_sub(self.forward).as_millis() as Millis;
        self.advance(forward);
        let State {
            trusted,
            wall: before,
            witnessed,
            doubt,
        } = &mut self.state;
        let step = difference(wall, *before);
        *before = wall;
        let believed = -TOLERANCE..=self.leap;
        let behind = difference(wall, *trusted);
        if believed.contains(&behind) {
            (*witnessed, *doubt) = (0, None);
            return self.move_by(self.run_began, behind);
        }
        if doubt.is_none() || !believed.contains(&step) {
            let from = doubt.unwrap_or(self.run_began).min(self.run_began);
            (*witnessed, *doubt) = (0, Some(from));
            return Finding::Doubted(step);
        }
        *witnessed += passed;
        if *witnessed >= self.patience {
            let from = doubt.take().unwrap_or(self.run_began);
            *witnessed = 0;
            self.move_by(from, behind);
            return Finding::Settled(Shift { from, by: behind });
        }
        self.move_by(self.run_began, step)
    }

    /// Corrects the trusted time, and with it what was written from `from` on.
    fn move_by(&mut self, from: Millis, by: i64) -> Finding {
        self.state.trusted = self.state.trusted.saturating_add_signed(by);
        if self.run_began >= from {
            self.run_began = self.run_began.saturating_add_signed(by);
        }
        match by.abs() > TOLERANCE {
            true => Finding::Moved(Shift { from, by }),
            false => Finding::Even,
        }
    }

    /// Advances with the forward clock alone.
    pub(super) fn advance(&mut self, forward: Duration) {
        let passed = forward.saturating_sub(self.forward).as_millis() as Millis;
        self.forward = forward;
        self.state.trusted = self.state.trusted.saturating_add(passed);
        self.state.wall = self.state.wall.saturating_add(passed);
    }

    /// How long a step is waited out, in milliseconds.
    pub(super) fn patience(&self) -> i64 {
        self.patience as i64
    }

    /// The trusted time.
    pub(super) fn now(&self) -> Millis {
        self.state.trusted
    }

    /// The end of the span of [`RetentionClock::grain`] that the trusted time is in.
    pub(super) fn end_of_grain(&self) -> Millis {
        (self.now() / self.grain + 1).saturating_mul(self.grain)
    }
}

fn difference(a: Millis, b: Millis) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;
