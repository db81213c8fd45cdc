//! Somebody comes in with the name of a person who was removed or muted: they are muted until those who
//! lead decide, and those are told.

use super::Hub;
use super::discipline::brief;
use super::timers::Timer;
use crate::auth::looks::{look, looks_of_asked};
use crate::auth::names;
use crate::auth::token::Claims;
use crate::chat::classroom::sanction::{Namesakes, Sanction, Told};
use crate::chat::classroom::suspicion::{MAX_NAMESAKES, Newcomer};
use crate::chat::event::{PersonInfo, ServerMessage};
use crate::chat::grant::Reach;
use crate::chat::person::Person;
use crate::model::ids::PersonKey;
use crate::model::role::Role;
use crate::store::queue::{Audit, Note};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a suspect reads as the reason of the mute.
pub(super) const REASON: &str = "Somebody with your name was muted or removed. Those who lead decide whether you may \
                      write here. You can write to them privately.";

/// Time between two reports of people who may be evading the same mute or removal.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Somebody who was just muted because of their name.
pub(super) struct Suspect {
    mute: Sanction,
    evaded: Sanction,
}

impl Hub {
    /// Whether one more suspect has no place: all those who are muted because of their names are here.
    pub(super) fn is_suspect_too_many(&mut self, claims: &Claims) -> bool {
        let Some(device) = chosen_by(claims) else {
            return false;
        };
        let looks = looks_of_asked(&claims.name);
        let reach = Reach::of(claims.rooms.as_deref());
        let newcomer = Newcomer {
            sub: &claims.sub,
            device,
            looks: &looks,
            reach: &reach,
        };
        if !self.sanctions.is_suspect(&newcomer, self.clock) {
            return false;
        }
        let people = &self.people;
        let is_here = |mute: &Sanction| {
            let key = people.by_sub(&mute.target.sub);
            let person = key.and_then(|key| people.get(key));
            let binds = |(_, it): (_, &Person)| mute.binds(&it.author.sub, it.device.as_deref());
            person.is_some_and(Person::is_here)
                || people.iter().any(|it| it.1.is_here() && binds(it))
        };
        let has_room = self.sanctions.make_room(self.clock, is_here);
        self.keep_sanctions();
        !has_room
    }

    /// Mutes somebody who may be evading a removal or a mute. Whom `welcome` has not greeted yet must not
    /// be told of it: see [`Hub::tell_of_suspect`].
    pub(super) fn suspect(&mut self, key: PersonKey, claims: &Claims) -> Option<Suspect> {
        let looks = looks_of_asked(&claims.name);
        let reach = Reach::of(claims.rooms.as_deref());
        let newcomer = Newcomer {
            sub: &claims.sub,
            device: chosen_by(claims)?,
            looks: &looks,
            reach: &reach,
        };
        if !self.sanctions.is_suspect(&newcomer, self.clock) {
            if self.sanctions.is_suspected(&claims.sub, self.clock) {
                self.number(key);
            }
            return None;
        }
        self.number(key);
        let who = Arc::clone(&self.people.get(key)?.author);
        let suspected = self.sanctions.suspect(&newcomer, &who, self.clock);
        self.keep_sanctions();
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
        match evaded.namesakes.told {
            Told::Nothing => self.tell_leaders_of_suspect(mute, evaded, None),
            Told::All => self
                .timers
                .set(Instant::now() + TELL_EVERY, Timer::Suspects),
            Told::Less => {} // the timer is set
        }
    }

    /// Tells those who lead of everybody who came with a name that they have already been told of.
    pub(super) fn tell_of_more_suspects(&mut self) {
        for (newest, evaded, count) in self.sanctions.untold_suspects(self.clock) {
            self.tell_leaders_of_suspect(&newest, &evaded, Some(count));
        }
    }

    fn tell_leaders_of_suspect(
        &mut self,
        mute: &Sanction,
        evaded: &Sanction,
        count: Option<usize>,
    ) {
        let told = ServerMessage::Suspected {
            user: PersonInfo {
                muted: true,
                ..brief(&mute.target)
            },
            was: brief(&evaded.target),
            action: evaded.kind.action(),
            rooms: mute.reach.rooms(),
            reason: evaded.reason.as_deref(),
            until: self.shown(mute.until),
            count,
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
        let others = others.filter(|person| {
            person.author.sub != target.author.sub && person.keeps_name(self.clock)
        });
        let theirs = [look(&target.asked_name), look(&target.author.name)];
        let same = |person: &&Person| {
            let looks = looks_of_asked(&person.asked_name);
            theirs.iter().any(|look| looks.contains(look))
        };
        let known = others.filter(same).map(|person| person.author.sub.clone());
        Namesakes {
            numbered: *asked != *target.name_key,
            known: known.take(MAX_NAMESAKES).collect(),
            ..Namesakes::default()
        }
    }
}

/// The device of somebody who chose their name. The names of all but guests were signed by whoever runs the
/// server.
fn chosen_by(claims: &Claims) -> Option<&str> {
    let device = claims.device.as_deref();
    device.filter(|_| claims.role < Role::Moderator)
}
