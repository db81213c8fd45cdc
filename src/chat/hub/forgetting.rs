//! Forgetting a person while the server runs: in memory and on the disk, as if they had never been
//! here.
//!
//! - Their connections end; refs, name and place among the people go with them. A removal or mute
//!   stays until it is over: being forgotten must not lift it. Their token is still good, and whoever
//!   comes back with it is somebody new.
//! - In the rooms' logs their events stay as nobody's, without text, because numbers have no gaps:
//!   the same that the store makes of them.
//! - **Everybody who is present starts over in their rooms**: `joined` with `recovered: false` and a
//!   fresh page, on which there is nothing of that person. An event of its own would say the same
//!   in a new word; this one every client understands already, and it also takes away what a page
//!   has scrolled back to, of which the hub knows nothing.
//! - Pages that the store was asked for before are not shown: they may still have the name.

use super::Hub;
use crate::model::event::Author;
use crate::store::queue::{Audit, Note, Unavailable};
use crate::websocket::close::Code;
use crossbeam_channel::Sender;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Somebody is to be forgotten.
#[derive(Debug)]
pub struct Forget {
    /// Their `sub`, id or name.
    pub who: String,
    /// Who that may be as far as the history knows.
    pub found: Vec<Author>,
    /// Who wants it.
    pub by: Arc<Author>,
    /// Told when it is on the disk.
    pub answer: Sender<Forgotten>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgotten {
    /// This person is nowhere any more, as far as hub and store know.
    Done(Author),
    /// Nobody was ever called so.
    Nobody,
    /// Several were: their ids.
    Several(Vec<Box<str>>),
    /// The disk takes nothing now; nobody was forgotten. To be tried again in so many seconds.
    Unavailable(u64),
}

impl Hub {
    /// Forgets the one person who may be meant.
    pub(super) fn forget(&mut self, forget: Forget) {
        self.flush();
        let Forget {
            who,
            found,
            by,
            answer,
        } = forget;
        let people = self.who_may_be(&who, found);
        let failing = self.keeper.as_ref().map(|keeper| keeper.check());
        let told = match (&people[..], failing) {
            ([], _) => Forgotten::Nobody,
            ([_], Some(Err(Unavailable { retry_after }))) => Forgotten::Unavailable(retry_after),
            ([person], _) => {
                self.forget_person(&person.sub, by);
                let done = Forgotten::Done(person.clone());
                match self.keeper.as_mut() {
                    Some(keeper) => return keeper.promise(answer, done),
                    None => done,
                }
            }
            (many, _) => Forgotten::Several(many.iter().map(|p| p.id.clone()).collect()),
        };
        let _ = answer.try_send(told);
    }

    /// Everybody with that `sub` or id, or else everybody called so, here and in the history.
    fn who_may_be(&self, who: &str, found: Vec<Author>) -> Vec<Author> {
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
            if let Some(&slot) = self.slot_of.get(&id) {
                // A page must not come back by itself and be noted as present again.
                let reason = "forgotten: nothing of you is kept here any more";
                self.close(slot, Code::KICKED, reason);
            }
        }
        self.people.forget(sub);
        let id = self.keys.public_id(sub);
        for room in &mut self.rooms {
            room.log.forget(sub);
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
        for key in 0..self.rooms.len() {
            let room = &self.rooms[key];
            let name = Arc::clone(&room.name);
            let slots: Vec<usize> = room.members.iter().map(|member| member.slot).collect();
            for slot in slots {
                if let Err(refusal) = self.enter(slot, &name, None, None) {
                    self.refuse(slot, None, &refusal);
                }
            }
        }
    }
}
