//! The hub's timers: what has to happen at which moment.
//!
//! Moments are on a clock that never jumps. Nothing here knows what a timer is for.

use crate::model::ids::{ClientId, RoomKey};
use crate::support::id_map::IdMap;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Time between two sweeps.
pub(super) const SWEEP: Duration = Duration::from_secs(60);

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A room's `presence` is to be sent.
    Presence(RoomKey),
    /// A connection's token is about to expire, or has.
    Token(ClientId),
    /// The countdown to the end of the lesson is over.
    LessonEnd,
    /// Those who lead are to be told of people who may be evading a removal.
    Suspects,
    /// A mute is over.
    Mutes,
    /// People are to be told what happened in rooms where they are not.
    Rooms,
    /// Persons and sanctions that no longer matter are to be dropped.
    Sweep,
}

/// All timers that are set.
#[derive(Debug, Default)]
pub(super) struct Timers {
    queue: BTreeSet<(Instant, Timer)>,
    /// Each connection has at most one timer for its token.
    tokens: IdMap<ClientId, Instant>,
}

impl Timers {
    /// Sets a timer.
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.queue.insert((at, timer));
    }

    /// Sets the timer for a connection's token, in place of the one before.
    pub(super) fn set_token(&mut self, at: Instant, client: ClientId) {
        self.cancel_token(client);
        self.tokens.insert(client, at);
        self.set(at, Timer::Token(client));
    }

    /// The connection has ended.
    pub(super) fn cancel_token(&mut self, client: ClientId) {
        if let Some(at) = self.tokens.remove(&client) {
            self.queue.remove(&(at, Timer::Token(client)));
        }
    }

    /// When the next timer is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Takes the first timer that is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        let (_, timer) = self.queue.pop_first()?;
        if let Timer::Token(client) = timer {
            self.tokens.remove(&client);
        }
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn timers_come_due_in_order_and_a_token_has_only_its_newest() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let (room, client) = (RoomKey::new(3), ClientId::new(7));
        let mut timers = Timers::default();
        timers.set(at(5), Timer::Presence(room));
        timers.set_token(at(2), client);
        timers.set_token(at(9), client);
        assert_eq!(
            timers.next(),
            Some(at(5)),
            "the earlier token timer is gone"
        );
        assert_eq!(timers.pop_due(at(4)), None);
        assert_eq!(timers.pop_due(at(10)), Some(Timer::Presence(room)));
        assert_eq!(timers.pop_due(at(10)), Some(Timer::Token(client)));
        assert_eq!(timers.pop_due(at(10)), None);
    }

    #[test]
    fn the_timer_of_a_connection_that_ended_does_not_come_due() {
        let now = Instant::now();
        let mut timers = Timers::default();
        timers.set_token(now, ClientId::new(1));
        timers.cancel_token(ClientId::new(1));
        timers.cancel_token(ClientId::new(2));
        assert_eq!(timers.next(), None);
    }
}
