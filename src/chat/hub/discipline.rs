//! Mutes, removals and bans: who is bound by them and where, who is told, and how they are lifted again.
//!
//! A sanction holds in the rooms of the token of the one who imposes it. Somebody who leads only some
//! rooms binds those who are or were in these, there and nowhere else.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::classroom::sanction::{Kind, NOT_IN_FORCE, Sanction};
use crate::chat::classroom::sanctions::{Lifted, MAX_SANCTIONS};
use crate::chat::event::{PersonInfo, ServerMessage};
use crate::chat::gate::Action;
use crate::chat::grant::{Grant, Rank, Reach};
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::person::Person;
use crate::model::event::Author;
use crate::model::ids::RoomKey;
use crate::model::role::Role;
use crate::model::time::{Millis, Ticks};
use crate::store::queue::{Need, Note};
use std::sync::Arc;

/// How long a person who was removed stays out, unless said otherwise: seconds.
const KICK_FOR: u64 = 600;
/// Longest mute or removal that can be asked for: a week. A ban is for what lasts longer.
pub(super) const LONGEST: u64 = 7 * 24 * 3600;
/// Longest ban with an end that can be asked for: a year.
const LONGEST_BAN: u64 = 366 * 24 * 3600;

/// What was done to a person: for the audit log, and for those who are told.
pub(super) struct Measure<'a> {
    pub(super) action: &'static str,
    pub(super) target: &'a Arc<Author>,
    pub(super) reach: &'a Reach,
    pub(super) reason: Option<&'a str>,
    pub(super) until: Option<Millis>,
}

impl Hub {
    pub(super) fn mute(
        &mut self,
        requester: &Requester,
        user: &str,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    ) -> Result<Reply, RequestError> {
        let until = match seconds {
            Some(seconds) => self.clock.after(limited(seconds, LONGEST)? * 1000),
            None => Ticks::NEVER,
        };
        let mute = self.sanction(requester, Kind::Mute, user, until, reason)?;
        self.impose(requester, "mute", &mute)?;
        self.refresh_mutes(|person| mute.binds(&person.author.sub, person.device.as_deref()));
        Ok(Reply::Stored)
    }

    pub(super) fn unmute(
        &mut self,
        requester: &Requester,
        user: &str,
    ) -> Result<Reply, RequestError> {
        self.lift(requester, &[Kind::Mute], "unmute", user)?;
        self.refresh_mutes(Person::has_mutes);
        Ok(Reply::Stored)
    }

    pub(super) fn kick(
        &mut self,
        requester: &Requester,
        user: &str,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    ) -> Result<Reply, RequestError> {
        let seconds = limited(seconds.unwrap_or(KICK_FOR), LONGEST)?;
        let until = self.clock.after(seconds * 1000);
        let removal = self.sanction(requester, Kind::Removal, user, until, reason)?;
        self.put_out(requester, "kick", &removal)
    }

    /// Keeps a person out; without `seconds` until somebody who leads decides otherwise. What binds the
    /// device of a guest is over with the lesson.
    pub(super) fn ban(
        &mut self,
        requester: &Requester,
        user: &str,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    ) -> Result<Reply, RequestError> {
        let until = match seconds {
            Some(seconds) => self.clock.after(limited(seconds, LONGEST_BAN)? * 1000),
            None => Ticks::NEVER,
        };
        let ban = self.sanction(requester, Kind::Ban, user, until, reason)?;
        self.put_out(requester, "ban", &ban)
    }

    /// Puts a removal or ban into force, and takes the person out.
    fn put_out(
        &mut self,
        requester: &Requester,
        action: &'static str,
        removal: &Sanction,
    ) -> Result<Reply, RequestError> {
        self.impose(requester, action, removal)?;
        self.take_down_of(removal);
        let why = match removal.kind {
            Kind::Ban => "banned",
            Kind::Mute | Kind::Removal => "removed",
        };
        self.drop_waiting(why, |said| {
            removal.reach.covers(&said.room) && removal.binds(&said.by.sub, said.device.as_deref())
        });
        self.flush();
        self.take_out(removal);
        Ok(Reply::Stored)
    }

    /// Lets a person come back before their removal or ban is over. They are found by their id while
    /// it lasts, however long they have been gone.
    pub(super) fn let_in(
        &mut self,
        requester: &Requester,
        kinds: &[Kind],
        action: &'static str,
        user: &str,
    ) -> Result<Reply, RequestError> {
        self.lift(requester, kinds, action, user)?;
        Ok(Reply::Stored)
    }

    /// A sanction on the person with that id, if the requester may impose it.
    pub(super) fn sanction(
        &self,
        requester: &Requester,
        kind: Kind,
        user: &str,
        until: Ticks,
        reason: Option<Box<str>>,
    ) -> Result<Sanction, RequestError> {
        // A person who may discipline nobody must not learn who exists.
        self.may(requester, Action::Discipline(Role::Observer), None)?;
        let target = self.people.by_id(user).and_then(|key| self.people.get(key));
        let target = target.ok_or_else(RequestError::unknown_user)?;
        let grant = self.grant(requester)?;
        let reach = &grant.reach;
        let rank = target.rank_within(reach);
        self.check_rank(requester, grant, rank)?;
        let led = |&key: &RoomKey| reach.covers(&self.rooms.get(key).name);
        if !reach.is_everywhere() && !target.been.iter().any(led) {
            let message = "That person has not been in a room that you lead.";
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        Ok(Sanction {
            number: NOT_IN_FORCE,
            kind,
            target: Arc::clone(&target.author),
            rank,
            device: target.device.clone(),
            home: target.home(),
            reach: reach.clone(),
            until,
            reason,
            asked: None,
            by: self
                .acting(requester)
                .ok_or_else(RequestError::unknown_user)?,
            namesakes: self.namesakes_of(target),
        })
    }

    /// Puts a sanction into force, and tells those concerned.
    fn impose(
        &mut self,
        requester: &Requester,
        action: &'static str,
        sanction: &Sanction,
    ) -> Result<(), RequestError> {
        self.enforce(sanction)?;
        let measure = Measure {
            action,
            target: &sanction.target,
            reach: &sanction.reach,
            reason: sanction.reason.as_deref(),
            until: self.shown(sanction.until),
        };
        self.announce(requester, &measure);
        Ok(())
    }

    /// Puts a sanction into force.
    pub(super) fn enforce(&mut self, sanction: &Sanction) -> Result<(), RequestError> {
        self.check_records(Need::Leaders)?;
        if !self.sanctions.impose(sanction.clone(), self.clock) {
            let message = format!(
                "{MAX_SANCTIONS} mutes, removals and bans are in force, and more are not kept. End some first."
            );
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        self.keep_sanctions();
        if sanction.kind == Kind::Mute {
            self.watch_mute(sanction.until);
        }
        Ok(())
    }

    /// Lifts what of those `kinds` binds somebody in the rooms that the requester leads, and tells those
    /// concerned.
    fn lift(
        &mut self,
        requester: &Requester,
        kinds: &[Kind],
        action: &'static str,
        user: &str,
    ) -> Result<(), RequestError> {
        self.may(requester, Action::Discipline(Role::Observer), None)?;
        let grant = self.grant(requester)?;
        let reach = grant.reach.clone();
        let known = self.people.by_id(user).and_then(|key| self.people.get(key));
        let host = self.may(requester, Action::KnowAskers, None).is_ok();
        let chosen = |sanction: &Sanction| {
            let binds = |p: &Person| sanction.binds(&p.author.sub, p.device.as_deref());
            let knows = sanction.is_named_to(host.then_some(&reach));
            knows && (*sanction.target.id == *user || known.is_some_and(binds))
        };
        let found = self.sanctions.in_force(self.clock);
        let found = found.filter(|sanction| kinds.contains(&sanction.kind) && chosen(sanction));
        let found = found.filter(|sanction| sanction.reach.meets(&reach));
        let found: Vec<&Sanction> = found.collect();
        let mut bound = found.iter().map(|sanction| &sanction.target);
        let target = known.map(|person| &person.author).or(bound.next_back());
        let target = Arc::clone(target.ok_or_else(RequestError::unknown_user)?);
        let ranks = found.iter().map(|sanction| sanction.rank);
        let rank = ranks.chain(known.map(|person| person.rank_within(&reach)));
        self.check_rank(requester, grant, rank.max().unwrap_or(Rank::LOWEST))?;
        let found: Vec<Sanction> = found.into_iter().cloned().collect();
        self.check_records(Need::Erasing)?;
        match self.sanctions.lift(kinds, &reach, chosen) {
            Lifted { some: true, .. } => {}
            Lifted { beyond: true, .. } => {
                let message = "That holds in all rooms, and you lead only some of them.";
                return Err(RequestError::new(ErrorCode::Forbidden, message));
            }
            // Nothing was in force: as it should be, and nobody has to hear of it.
            Lifted { .. } => return Ok(()),
        }
        self.keep_sanctions();
        self.refresh_mutes(|person| !person.mutes.is_empty());
        self.announce_lifted(requester, action, (&target, &reach), found);
        Ok(())
    }

    /// Tells those concerned that sanctions of a person were lifted. A mute through an anonymous question is
    /// not told of under the name of who asked.
    fn announce_lifted(
        &mut self,
        requester: &Requester,
        action: &'static str,
        (target, reach): (&Arc<Author>, &Reach),
        lifted: Vec<Sanction>,
    ) {
        let (askers, named): (Vec<Sanction>, Vec<Sanction>) =
            lifted.into_iter().partition(|it| it.asked.is_some());
        for mute in askers {
            self.announce_asker(action, requester, &mute.over());
        }
        if named.is_empty() {
            return;
        }
        let measure = Measure {
            action,
            target,
            reach,
            reason: None,
            until: None,
        };
        self.announce(requester, &measure);
    }

    /// Hands what has changed to the store.
    pub(super) fn keep_sanctions(&mut self) {
        for change in self.sanctions.take_changes() {
            self.note(|| Note::Record(change));
        }
    }

    /// Checks that the requester, with this grant, is above a person of that rank.
    pub(super) fn check_rank(
        &self,
        requester: &Requester,
        grant: &Grant,
        rank: Rank,
    ) -> Result<(), RequestError> {
        let role = match rank < grant.rank() {
            true => Role::Observer,
            false => grant.role,
        };
        self.may(requester, Action::Discipline(role), None)
    }

    /// Tells the person concerned and everybody who leads there.
    fn announce(&mut self, by: &Requester, measure: &Measure<'_>) {
        self.audit(
            measure.action,
            by,
            Some(measure),
            self.only_room(measure.reach),
        );
        let Some(from) = self.people.get(by.person) else {
            return;
        };
        let frame = ServerMessage::Moderated {
            action: measure.action,
            target: Some(brief(measure.target)),
            room: None,
            rooms: measure.reach.rooms(),
            by: from.info(),
            reason: measure.reason,
            until: measure.until,
            state: None,
        }
        .frame();
        let target = self.people.by_sub(&measure.target.sub);
        if let Some(target) = target {
            self.send_to_person(target, &frame, None);
        }
        self.send_to_leaders(&frame, |person, grant| {
            Some(person) != target && grant.reach.meets(measure.reach)
        });
    }

    /// The room in which a measure holds, if it is one.
    fn only_room(&self, reach: &Reach) -> Option<RoomKey> {
        match reach.rooms() {
            Some([room]) => self.rooms.find(room),
            _ => None,
        }
    }

    /// A moment of the clock that never jumps as the wall clock will show it, unless it is set.
    pub(super) fn shown(&self, until: Ticks) -> Option<Millis> {
        (until != Ticks::NEVER).then(|| self.now + until.since(self.clock))
    }
}

pub(super) fn limited(seconds: u64, longest: u64) -> Result<u64, RequestError> {
    if seconds == 0 || seconds > longest {
        return Err(RequestError::new(
            ErrorCode::BadMessage,
            format!("`seconds` goes from 1 to {longest}."),
        ));
    }
    Ok(seconds)
}

pub(super) fn brief(who: &Author) -> PersonInfo<'_> {
    PersonInfo::named(&who.id, &who.name)
}
