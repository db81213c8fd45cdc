//! Somebody comes in with the name of a person who was removed or muted: they are muted until those who
//! lead decide, and those are told.

use super::Hub;
use super::discipline::brief;
use crate::auth::names;
use crate::auth::token::Claims;
use crate::chat::classroom::sanction::{Namesakes, Sanction};
use crate::chat::classroom::suspicion::{MAX_NAMESAKES, Newcomer};
use crate::chat::event::{PersonInfo, ServerMessage};
use crate::chat::grant::Reach;
use crate::chat::person::Person;
use crate::model::ids::PersonKey;
use crate::model::role::Role;
use crate::store::queue::{Audit, Note};
use std::sync::Arc;

/// What a suspect reads as the reason of the mute.
pub(super) const REASON: &str = "Somebody with your name was muted or removed. Those who lead decide whether you may \
                      write here. You can write to them privately.";

/// Somebody who was just muted because of their name.
pub(super) struct Suspect {
    mute: Sanction,
    evaded: Sanction,
}

impl Hub {
    /// Mutes somebody who may be evading a removal or a mute. Whom `welcome` has not greeted yet must not
    /// be told of it: see [`Hub::tell_of_suspect`].
    pub(super) fn suspect(&mut self, key: PersonKey, claims: &Claims) -> Option<Suspect> {
        // Only guests choose their names. The name of anybody else was signed by whoever runs the server.
        let device = claims.device.as_deref()?;
        if claims.role >= Role::Moderator {
            return None;
        }
        let (name, reach) = (names::key(&claims.name), Reach::of(claims.rooms.as_deref()));
        let who = Arc::clone(&self.people.get(key)?.author);
        let newcomer = |who| Newcomer {
            who,
            device,
            name: &name,
            reach: &reach,
        };
        if !self.sanctions.is_suspect(&newcomer(&who), self.clock) {
            if self.sanctions.is_suspected(&who.sub, self.clock) {
                self.number(key);
            }
            return None;
        }
        self.number(key);
        let who = Arc::clone(&self.people.get(key)?.author);
        let suspected = self.sanctions.suspect(&newcomer(&who), self.clock);
        self.keep_sanctions();
        // Another suspicion may have made room for this one.
        self.refresh_mutes(|person| !person.mutes.is_empty());
        if suspected.is_none() {
            log::warn!("so many mutes and removals are in force that a suspect is not muted");
        }
        suspected.map(|(mute, evaded)| Suspect { mute, evaded })
    }

    /// Puts a number behind the name of a person who has none there: the name without one is that of the
    /// person who was removed.
    fn number(&mut self, key: PersonKey) {
        let person = self.people.get(key);
        let bare = person.filter(|person| *names::key(&person.asked_name) == *person.name_key);
        if let Some(name) = bare.map(|person| person.asked_name.to_string()) {
            self.people.give_number(key, &name, self.clock);
        }
    }

    /// Tells those who lead of a suspect, and the suspect why they cannot write.
    pub(super) fn tell_of_suspect(&mut self, key: PersonKey, suspect: &Suspect) {
        let Suspect { mute, evaded } = suspect;
        let until = self.shown(mute.until);
        self.note_suspect(suspect);
        let told = ServerMessage::Moderated {
            action: "mute",
            target: Some(brief(&mute.target)),
            room: None,
            rooms: mute.reach.rooms(),
            by: brief(&evaded.by),
            reason: Some(REASON),
            until,
            state: None,
        }
        .frame();
        self.send_to_person(key, &told, None);
        let told = ServerMessage::Suspected {
            user: PersonInfo {
                muted: true,
                ..brief(&mute.target)
            },
            was: brief(&evaded.target),
            action: evaded.kind.action(),
            rooms: mute.reach.rooms(),
            reason: evaded.reason.as_deref(),
            until,
        }
        .frame();
        self.send_to_leaders(&told, |_, grant| grant.reach.meets(&mute.reach));
    }

    fn note_suspect(&mut self, Suspect { mute, evaded }: &Suspect) {
        let entry = Audit {
            at: self.now,
            by: Arc::clone(&evaded.by),
            action: "suspect".into(),
            target: Some(Arc::clone(&mute.target)),
            room: None,
            reason: Some("has the name of somebody who was muted or removed".into()),
            until: self.shown(mute.until),
        };
        self.note(|| Note::Audit(Box::new(entry)));
    }

    /// What is known of those who have the name of `target` when a sanction is imposed: they were here
    /// before, so none of them is the same person come back.
    pub(super) fn namesakes_of(&self, target: &Person) -> Namesakes {
        let asked = names::key(&target.asked_name);
        let others = self.people.iter().map(|(_, person)| person);
        let others = others.filter(|person| person.author.sub != target.author.sub);
        let same = |person: &&Person| {
            let name = names::key(&person.asked_name);
            name == asked || *name == *target.name_key
        };
        let known = others.filter(same).map(|person| person.author.sub.clone());
        Namesakes {
            numbered: *asked != *target.name_key,
            known: known.take(MAX_NAMESAKES).collect(),
            evading: None,
        }
    }
}
