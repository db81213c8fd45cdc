//! What ends with time: tokens, and persons and sanctions that no longer matter.
//!
//! A token's `exp` is a moment of the wall clock. When the token is verified, that moment is found on the
//! clock that never jumps, by which everything here is counted: setting the wall clock in the middle of a
//! lesson neither ends a connection nor prolongs it.

use super::Hub;
use super::timers::{SWEEP, Timer};
use crate::auth::token::Claims;
use crate::chat::classes::ClassKey;
use crate::chat::event::ServerMessage;
use crate::chat::person::Person;
use crate::config::Keep;
use crate::model::ids::{ClientId, Slot};
use crate::model::time::Ticks;
use crate::websocket::close::{self, Code};
use std::time::{Duration, Instant};

/// How long before its end a token's holder is told: milliseconds.
const EXPIRY_NOTICE: u64 = 60_000;
/// Longest time between two looks at a token, in milliseconds: its holder may be revoked meanwhile.
const LOOK_AGAIN: u64 = 3_600_000;
impl Hub {
    /// When a token that was just verified ends.
    pub(super) fn end_of(&self, claims: &Claims) -> Ticks {
        self.clock
            .after((claims.exp * 1000).saturating_sub(self.now))
    }

    /// Ends a connection whose token has expired, or tells its holder that it is about to.
    pub(super) fn check_token(&mut self, client: ClientId) {
        let Some(slot) = self.outgoing.slot(client) else {
            return;
        };
        let now = self.clock;
        let session = self.outgoing.session(slot);
        let person = session.and_then(|session| self.people.get(session.person));
        // Their connections were ended when they were revoked. This ends one that was missed.
        if person.is_some_and(|person| self.is_revoked(&person.author.sub)) {
            return self.close(slot, Code::POLICY, close::REVOKED);
        }
        let Some(session) = self.outgoing.session_mut(slot) else {
            return;
        };
        let left = session.ends.since(now);
        if left == 0 {
            return self.close(slot, Code::POLICY, "Unauthorized: expired");
        }
        if left <= EXPIRY_NOTICE && !session.told_of_expiry {
            session.told_of_expiry = true;
            let seconds = left.div_ceil(1000);
            let expiring = ServerMessage::AuthExpiring { seconds };
            self.outgoing.send_event(slot, &expiring);
        }
        self.watch_token(slot);
    }

    /// Sets the timer for the next thing that the token's end demands.
    pub(super) fn watch_token(&mut self, slot: Slot) {
        let Some(client) = self.outgoing.client(slot).map(|client| client.id) else {
            return;
        };
        let Some(session) = self.outgoing.session(slot) else {
            return;
        };
        let left = session.ends.since(self.clock);
        let notice = match session.told_of_expiry {
            true => 0,
            false => EXPIRY_NOTICE,
        };
        let wait = left.saturating_sub(notice).min(LOOK_AGAIN);
        let at = Instant::now() + Duration::from_millis(wait);
        self.timers.set_token(at, client);
    }

    /// Drops what no longer matters, and does so again after [`SWEEP`].
    pub(super) fn sweep(&mut self) {
        self.timers.set(Instant::now() + SWEEP, Timer::Sweep);
        self.people.sweep(self.clock);
        // With a store, memory goes by what the store has erased.
        if let (Keep::For(time), None) = (self.setup.config.history.keep, &self.store) {
            let now = Instant::now();
            let rooms = self.rooms.iter_mut();
            rooms.for_each(|room| room.forget_old(now, time));
            let kept = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            self.whispers.forget_before(self.now.saturating_sub(kept));
        }
        self.sweep_hands();
        self.sweep_approvals();
        self.sweep_lobbies();
        self.clearings.sweep(self.clock);
        self.sweep_reports();
        self.sanctions.sweep(self.clock);
        self.keep_sanctions();
        self.refresh_mutes(Person::has_mutes);
    }

    /// The store has erased the events of a room up to this number.
    pub(super) fn forget_erased(&mut self, room: &str, last: u64) {
        if let Some(key) = self.rooms.find(room) {
            self.rooms.get_mut(key).forget_up_to(last);
            self.hands.forget_up_to(room, last);
            self.keep_hands();
        }
    }

    /// Drops what was said in the rooms of a class from memory, or in `all` rooms.
    pub(super) fn forget_history(&mut self, class: ClassKey, all: bool) {
        let class = self.setup.classes.get(class);
        let ends = |room: &str| all || class.reach.covers(room);
        let rooms = self.rooms.iter_mut();
        let rooms = rooms.filter(|room| ends(&room.name));
        rooms.for_each(|room| room.forget_up_to(u64::MAX));
        self.whispers.remove_rooms(ends);
        self.reports.remove_rooms(ends);
        self.keep_reports();
    }
}
