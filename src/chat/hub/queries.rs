//! Questions from outside the chat: from the join form, protocol views and tasks.

use super::Hub;
use super::command::{Applicant, Entry, HubQuery, LensAction, Overview, Watched};
use crate::auth::reserved::Reserved;
use crate::chat::grant::Grant;
use crate::model::ids::ClientId;
use crate::model::role::Role;
use crate::support::token_bucket::RateVerdict;
use crate::websocket::frame;
use std::sync::Arc;

impl Hub {
    pub(super) fn on_query(&mut self, query: HubQuery) {
        match query {
            HubQuery::MayJoin { applicant, answer } => {
                let _ = answer.try_send(self.may_join(&applicant));
            }
            HubQuery::MayEnter {
                applicant,
                reach,
                answer,
            } => {
                let _ = answer.try_send(self.may_enter(&applicant, &reach));
            }
            HubQuery::Watch {
                connection,
                sub,
                grant,
                answer,
            } => {
                let _ = answer.try_send(self.watch(connection, &sub, &grant));
            }
            HubQuery::Act(connection, action) => self.act(connection, action),
            HubQuery::IsRemoved {
                sub,
                device,
                reach,
                answer,
            } => {
                let (device, now) = (device.as_deref(), self.clock);
                let removal = self.sanctions.removal(&sub, device, &reach, now);
                let _ = answer.try_send(removal.map(|removal| removal.close(now)));
            }
            HubQuery::Lessons { answer } => {
                let _ = answer.try_send(self.lessons_now());
            }
            HubQuery::Overview { answer } => {
                let _ = answer.try_send(self.overview());
            }
            HubQuery::Saved { answer } => {
                let saved = self.store.as_mut().map(|store| {
                    store.send();
                    (store.last(), store.committed())
                });
                let _ = answer.try_send(saved.unwrap_or_default());
            }
            HubQuery::Forget(forget) => self.forget(*forget),
            HubQuery::WhoIs { who, found, answer } => {
                let _ = answer.try_send(self.who_may_be(&who, found));
            }
            HubQuery::Expel { notes, answer } => {
                notes.into_iter().for_each(|note| self.note(|| note));
                let _ = answer.try_send(self.expel());
            }
            HubQuery::EndLinks {
                subs,
                notes,
                answer,
            } => {
                notes.into_iter().for_each(|note| self.note(|| note));
                let _ = answer.try_send(self.end_links(&subs));
            }
            HubQuery::Keep(note) => self.note(|| *note),
        }
    }

    fn overview(&self) -> Overview {
        let here = self.people.iter();
        let here = here.filter(|(_, person)| person.is_here() && !person.is_demo());
        let rooms = self.rooms.keys().map(|key| self.rooms.get(key));
        Overview {
            people: here.count(),
            rooms: rooms
                .map(|room| ((*room.name).into(), room.count()))
                .collect(),
            lessons: self.lessons_now(),
        }
    }

    /// Whether a person may get a token: the names of those who lead are kept from others, and a
    /// person who was removed stays out under any name.
    fn may_join(&mut self, applicant: &Applicant) -> Entry {
        let reach = &self.setup.classes.get(applicant.class).reach;
        let device = applicant.device.as_deref();
        if let Some(removal) = self.sanctions.removal("", device, reach, self.clock) {
            return Entry::Removed {
                reason: removal.close(self.clock).1,
            };
        }
        if Reserved::new(&self.people.leaders()).kept_from(&applicant.name) {
            return Entry::NameOfLeader;
        }
        self.at_the_door(applicant)
    }

    /// The connection, for its owner; for a host, that of a demo identity too. Rate-limited: `None`
    /// when opened in a loop, because each protocol view takes a place that it holds for a while.
    fn watch(&mut self, connection: ClientId, sub: &str, grant: &Grant) -> Option<Watched> {
        let slot = self.outgoing.slot(connection)?;
        let client = self.outgoing.client(slot)?;
        let growth = client.tap.growth();
        let client = Arc::downgrade(client);
        let session = self.outgoing.session(slot)?;
        // A token for certain rooms shows no bytes of other rooms, and a member's token of a host none
        // of what hosts alone receive.
        let within = grant.includes(&session.grant);
        let key = session.person;
        let person = self.people.get(key)?;
        let (own, demo) = (*person.author.sub == *sub, person.is_demo());
        let watched = (within && (own || demo && grant.role == Role::Host)).then(|| Watched {
            id: connection,
            client,
            name: person.author.name.to_string(),
            own,
            demo,
            growth,
        });
        watched.filter(|_| self.charge_visit(key) == RateVerdict::Allowed)
    }

    /// Does to a connection what its owner wants to see.
    fn act(&mut self, connection: ClientId, action: LensAction) {
        let Some(slot) = self.outgoing.slot(connection) else {
            return;
        };
        match action {
            LensAction::Ping => {
                let payload = format!("you asked at {}", self.now);
                let ping = frame::ping(payload.as_bytes());
                self.outgoing.send_frame(slot, &ping);
            }
            LensAction::Fragment => self.outgoing.fragment_next(slot),
            LensAction::Close(code, reason) => {
                self.disconnect(slot, Some(frame::close(code, &reason)), true);
            }
            LensAction::HangUp => self.disconnect(slot, None, false),
        }
    }
}
