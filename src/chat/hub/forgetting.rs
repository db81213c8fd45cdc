//! Forgetting a person while the server runs: in memory and on the disk.
//!
//! - Their connections end, and their name and refs are dropped. A removal or mute stays until it is
//!   over: being forgotten must not lift it. Their token is still good, and a person who comes back
//!   with it is somebody new.
//! - Their events stay in the rooms' logs without author and text, because sequence numbers have no
//!   gaps. The store does the same.
//! - **Everybody who is present starts over in their rooms**: `joined` with `recovered: false` and a
//!   fresh page that holds nothing of that person. Every client understands `joined` already, and it
//!   also replaces what a page has scrolled back to, which the hub cannot know.
//! - Pages that the store was asked for earlier are not shown: they may still hold the name.

use super::Hub;
use super::command::{Forget, Forgotten};
use crate::model::event::Author;
use crate::model::ids::Slot;
use crate::store::queue::{Audit, Note, Unavailable};
use crate::websocket::close::Code;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

impl Hub {
    /// Forgets the one person who may be meant.
    pub(super) fn forget(&mut self, forget: Forget) {
        self.flush();
        let Forget {
            who,
            found,
            by,
            taken,
            answer,
        } = forget;
        if taken.swap(true, Relaxed) {
            return;
        }
        let people = self.who_may_be(&who, found);
        let failing = self.store.as_ref().map(|store| store.check());
        let told = match (&people[..], failing) {
            ([], _) => Forgotten::Nobody,
            ([_], Some(Err(Unavailable { retry_after }))) => Forgotten::Unavailable(retry_after),
            ([person], _) => {
                self.forget_person(&person.sub, by);
                let done = Forgotten::Done(person.clone());
                match self.store.as_mut() {
                    Some(store) => return store.confirm_when_committed(answer, done),
                    None => done,
                }
            }
            (many, _) => Forgotten::Several(many.iter().map(|p| p.id.clone()).collect()),
        };
        let _ = answer.try_send(told);
    }

    /// Everybody with that `sub` or id, or else everybody called so, here and in the history.
    pub(super) fn who_may_be(&self, who: &str, found: Vec<Author>) -> Vec<Author> {
        let logs = self.rooms.iter().flat_map(|room| room.log.authors());
        let here = self.people.iter().map(|(_, person)| &person.author);
        let exact = |author: &Author| *author.sub == *who || *author.id == *who;
        let mut people: BTreeMap<Box<str>, Author> = here
            .chain(logs)
            .filter(|author| exact(author) || *author.name == *who)
            .filter(|author| !author.sub.is_empty())
            .map(|author| (author.sub.clone(), (**author).clone()))
            .collect();
        // The history may know them under a name that they no longer have.
        people.extend(found.into_iter().map(|author| (author.sub.clone(), author)));
        if people.values().any(exact) {
            people.retain(|_, author| exact(author));
        }
        people.into_values().collect()
    }

    fn forget_person(&mut self, sub: &str, by: Arc<Author>) {
        let connections = self.people.iter().find(|(_, p)| *p.author.sub == *sub);
        let connections = connections.map(|(_, person)| person.connections.clone());
        for id in connections.unwrap_or_default() {
            if let Some(slot) = self.outgoing.slot(id) {
                // A page must not come back by itself and be noted as present again.
                let reason = "forgotten: nothing of you is kept here any more";
                self.close(slot, Code::KICKED, reason);
            }
        }
        self.forget_in_class(sub);
        self.people.forget(sub);
        self.sanctions.forget(sub);
        let id = self.setup.keys.public_id(sub);
        let rooms = &self.rooms;
        self.clearings
            .drop_texts(|key, seq| rooms.get(key).log.is_by(seq, sub));
        for room in self.rooms.iter_mut() {
            room.log.forget(sub);
            room.log.forget_asked(&id);
            // Everybody here is told below who is left; who comes in this tick was not here.
            room.changes.forget(&id);
        }
        let at = self.now;
        self.note(|| Note::Forget { sub: sub.into() });
        // That somebody was forgotten is noted; who it was would undo it.
        self.note(|| {
            Note::Audit(Box::new(Audit {
                at,
                by,
                action: "forget".into(),
                target: None,
                room: None,
                reason: None,
                until: None,
            }))
        });
        self.flush();
        self.show_rooms_again();
    }

    /// Forgets what a person waits for, asked, chose and reported.
    fn forget_in_class(&mut self, sub: &str) {
        self.drop_waiting("forgotten", |said| *said.by.sub == *sub);
        self.approvals.forget(sub);
        self.hands.forget(sub);
        self.keep_hands();
        self.polls.forget(sub);
        self.keep_polls();
        self.whispers.forget(sub);
        self.reports.forget(sub);
        self.keep_reports();
    }

    /// Everybody gets the rooms that they are in once more: what is left of them.
    fn show_rooms_again(&mut self) {
        for key in self.rooms.keys() {
            let room = self.rooms.get(key);
            let name = Arc::clone(&room.name);
            let slots: Vec<Slot> = room.members.iter().map(|member| member.slot).collect();
            for slot in slots {
                if let Err(refusal) = self.join(slot, &name, None, None) {
                    self.refuse(slot, None, &refusal);
                }
            }
        }
    }
}
