//! Who waits at a closed door: those who lead see them, and let them in one by one.

use super::Hub;
use super::command::{Applicant, Entry};
use super::context::{Reply, Requester};
use crate::chat::classes::ClassKey;
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::refs::Acked;
use crate::model::event::Author;
use crate::model::ids::Slot;
use crate::model::role::Role;
use crate::store::queue::Need;
use bytes::Bytes;
use std::sync::Arc;

impl Hub {
    /// What somebody finds who wants a token. Whoever was here in this lesson is not new; the others wait at a
    /// closed door.
    pub(super) fn at_the_door(&mut self, applicant: &Applicant) -> Entry {
        let whisper = self.whispers.last();
        let (clock, now) = (self.clock, self.now);
        let class = &mut self.classes[applicant.class];
        if !class.door.lesson_runs() {
            return Entry::NoLesson;
        }
        let (sub, name) = (&applicant.sub, &applicant.name);
        if class.door.is_open() || applicant.known || class.lobby.is_invited(sub, clock) {
            return Entry::Open { whisper };
        }
        let place = applicant.device.as_ref().unwrap_or(sub);
        if class.lobby.ask((sub, place, name), clock, now) {
            self.tell_of_lobby(applicant.class);
        }
        Entry::DoorClosed
    }

    /// Answers `moderate` with the action `admit`.
    pub(super) fn admit(
        &mut self,
        requester: &Requester,
        class: Option<&str>,
        id: u64,
    ) -> Result<Reply, RequestError> {
        let class = self.class_for(requester, Action::Door, class)?;
        self.check_records(Need::Leaders)?;
        let Some(by) = self.acting(requester) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        let admitted = self.classes[class].lobby.admit(id, self.clock);
        let caller = admitted.ok_or_else(|| {
            let message = "Nobody of that number waits any more: they have left, or somebody has let them in.";
            RequestError::new(ErrorCode::NotFound, message)
        })?;
        self.remember(requester, Acked::Record);
        let who = Author {
            id: self.setup.keys.public_id(&caller.sub).into(),
            sub: caller.sub,
            name: caller.name,
            role: Role::Member,
        };
        self.audit_class("admit", &by, Some(Arc::new(who)), class);
        self.tell_of_lobby(class);
        Ok(Reply::Stored)
    }

    /// The door was moved, or the lesson has ended: nobody waits any more.
    pub(super) fn clear_lobby(&mut self, class: ClassKey) {
        if self.classes[class].lobby.clear() {
            self.tell_of_lobby(class);
        }
    }

    pub(super) fn sweep_lobbies(&mut self) {
        for class in 0..self.classes.len() {
            if self.classes[class].lobby.sweep(self.clock) {
                self.tell_of_lobby(class);
            }
        }
    }

    /// Tells a connection of those who lead who waits, after its `welcome`.
    pub(super) fn remind_of_lobby(&mut self, slot: Slot) {
        let Some(session) = self.outgoing.session(slot) else {
            return;
        };
        let led = self.setup.classes.iter();
        let led = led.filter(|(_, class)| class.is_led_by(&session.grant));
        let led = led.filter(|&(class, _)| !self.classes[class].lobby.callers().is_empty());
        let frames: Vec<Bytes> = led.map(|(class, _)| self.lobby(class)).collect();
        for frame in frames {
            self.outgoing.send_frame(slot, &frame);
        }
    }

    /// Tells everybody who leads a class who waits at its door.
    fn tell_of_lobby(&mut self, class: ClassKey) {
        let frame = self.lobby(class);
        let classes = Arc::clone(&self.setup.classes);
        self.send_to_leaders(&frame, |_, grant| classes.get(class).is_led_by(grant));
    }

    fn lobby(&self, class: ClassKey) -> Bytes {
        ServerMessage::Lobby {
            class: self.class_name(class),
            waiting: self.classes[class].lobby.callers(),
        }
        .frame()
    }
}
