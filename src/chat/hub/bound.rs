//! What mutes and removals do to those whom they bind.

use super::Hub;
use super::timers::Timer;
use crate::chat::classroom::sanction::Sanction;
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::person::Person;
use crate::model::ids::PersonKey;
use crate::model::time::Ticks;
use std::time::{Duration, Instant};

impl Hub {
    /// Sets the mutes of those people from the sanctions, and shows what changed.
    pub(super) fn refresh_mutes(&mut self, which: impl Fn(&Person) -> bool) {
        let mut changed = Vec::new();
        for (key, person) in self.people.iter_mut().filter(|(_, person)| which(person)) {
            let (sub, device) = (&person.author.sub, person.device.as_deref());
            let mutes = self.sanctions.mutes(sub, device, self.clock);
            person.unnamed_mutes = self.sanctions.unnamed_mutes(sub, device, self.clock);
            if person.mutes != mutes {
                person.mutes = mutes;
                changed.push(key);
            }
        }
        changed.into_iter().for_each(|person| self.changed(person));
    }

    /// Shows at once when a mute ends by itself.
    pub(super) fn watch_mute(&mut self, until: Ticks) {
        if until != Ticks::NEVER {
            let left = Duration::from_millis(until.since(self.clock) + 1);
            self.timers.set(Instant::now() + left, Timer::Mutes);
        }
    }

    pub(super) fn end_mutes(&mut self) {
        self.refresh_mutes(Person::has_mutes);
    }

    /// Mutes a person who came back and is still muted.
    pub(super) fn restore_mute(&mut self, person: PersonKey) {
        if let Some(person) = self.people.get_mut(person) {
            let (sub, device) = (&person.author.sub, person.device.as_deref());
            person.mutes = self.sanctions.mutes(sub, device, self.clock);
            person.unnamed_mutes = self.sanctions.unnamed_mutes(sub, device, self.clock);
        }
    }

    /// Refuses a person who was removed from `room`.
    pub(super) fn check_removal(&self, person: &Person, room: &str) -> Result<(), RequestError> {
        let (sub, device) = (&person.author.sub, person.device.as_deref());
        let removal = self.sanctions.removal_from(sub, device, room, self.clock);
        let Some(removal) = removal else {
            return Ok(());
        };
        if removal.until == Ticks::NEVER {
            let message =
                "You were removed from this room until somebody who leads it lets you in.";
            return Err(RequestError::new(ErrorCode::Removed, message));
        }
        let left = removal.until.since(self.clock);
        let minutes = left.div_ceil(60_000);
        let message = format!("You were removed from this room. Come back in {minutes} min.");
        Err(RequestError::new(ErrorCode::Removed, message).after(left.div_ceil(1000)))
    }

    /// Takes a person, and everybody on the same device, out of the rooms of a removal. A connection
    /// whose token is for no others ends.
    pub(super) fn take_out(&mut self, removal: &Sanction) {
        let (code, reason) = removal.close(self.clock);
        let mut bound = Vec::new();
        for (_, person) in self.people.iter() {
            if removal.binds(&person.author.sub, person.device.as_deref()) {
                bound.extend_from_slice(&person.connections);
            }
        }
        for client in bound {
            let slot = self.outgoing.slot(client);
            let session = slot.and_then(|slot| self.outgoing.session(slot));
            let (Some(slot), Some(session)) = (slot, session) else {
                continue;
            };
            if removal.reach.contains(&session.grant.reach) {
                self.close(slot, code, &reason);
                continue;
            }
            for key in session.rooms.clone() {
                if removal.reach.covers(&self.rooms.get(key).name) {
                    self.leave_room(slot, key);
                }
            }
        }
    }
}
