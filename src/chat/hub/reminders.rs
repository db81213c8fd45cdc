//! A connection comes in while something goes on that everybody concerned was told before: the mutes of its
//! person, and the countdown to the end of the lesson.

use super::Hub;
use super::discipline::brief;
use super::suspects::REASON;
use crate::chat::classroom::sanction::{Kind, Sanction};
use crate::chat::event::ServerMessage;
use crate::model::event::Author;
use crate::model::ids::Slot;

impl Hub {
    /// Tells a connection by whom its person is muted, why and until when, as it was told then.
    pub(super) fn remind_of_mutes(&mut self, slot: Slot) {
        let Some(session) = self.outgoing.session(slot) else {
            return;
        };
        let Some(person) = self.people.get(session.person) else {
            return;
        };
        let (sub, device) = (&person.author.sub, person.device.as_deref());
        let mutes = self.sanctions.of(Kind::Mute, self.clock);
        let mutes = mutes.filter(|mute| mute.binds(sub, device));
        let frames: Vec<Vec<u8>> = mutes
            .map(|mute| self.reminder(mute, &person.author))
            .collect();
        for frame in frames {
            self.outgoing.send_frame(slot, &frame);
        }
    }

    /// A mute binds the device, too: the person who uses it now is told of the mute as their own, and not of
    /// who was there before.
    fn reminder(&self, mute: &Sanction, person: &Author) -> Vec<u8> {
        let (action, by, until) = ("mute", brief(&mute.by), self.shown(mute.until));
        let own = mute.target.sub == person.sub;
        let target = Some(brief(person));
        let message = match mute.asked.as_ref().filter(|_| own) {
            Some(asked) => ServerMessage::ModeratedAsker {
                action,
                target,
                room: &asked.room,
                hand: asked.hand,
                by,
                reason: mute.reason.as_deref(),
                until,
            },
            None => {
                let suspected = self.sanctions.evaded_by(mute, self.clock).map(|_| REASON);
                ServerMessage::Moderated {
                    action,
                    target,
                    room: None,
                    rooms: mute.reach.rooms(),
                    by,
                    reason: suspected.or(mute.reason.as_deref()),
                    until,
                    state: None,
                }
            }
        };
        message.frame().to_vec()
    }

    /// Tells a connection which of its lessons are about to end.
    pub(super) fn remind_of_end(&mut self, slot: Slot) {
        let Some(session) = self.outgoing.session(slot) else {
            return;
        };
        let mut frames = Vec::new();
        for (class, state) in self.classes.iter().enumerate() {
            let concerned = self.setup.classes.get(class).concerns(&session.grant);
            if let Some(countdown) = state.countdown.as_ref().filter(|_| concerned) {
                let (seconds, by) = countdown.left();
                let ending = ServerMessage::LessonEnding {
                    class: self.class_name(class),
                    seconds,
                    by: brief(by),
                };
                frames.push(ending.frame());
            }
        }
        for frame in frames {
            self.outgoing.send_frame(slot, &frame);
        }
    }
}
