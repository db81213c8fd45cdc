//! Muting whoever asked an anonymous question, without being told who that is.
//!
//! The mute holds like any other, but it is not shown: lists of people do not have it, and those who
//! lead and may not know who asked see the question in place of the person.

use super::Hub;
use super::context::{Reply, Requester};
use super::discipline::{LONGEST, brief, limited};
use crate::chat::classroom::sanction::{Asked, Kind, Sanction};
use crate::chat::classroom::sanctions::Lifted;
use crate::chat::event::ServerMessage;
use crate::chat::gate::{self, Action, Standing};
use crate::chat::message::{ErrorCode, RequestError, Whose};
use crate::chat::person::Person;
use crate::model::ids::Slot;
use crate::model::role::Role;
use crate::model::time::Ticks;
use crate::store::queue::Need;

impl Hub {
    /// Mutes whoever asked the question `hand`, which is still open.
    pub(super) fn mute_asker(
        &mut self,
        requester: &Requester,
        room: &str,
        hand: u64,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::Discipline(Role::Observer), None)?;
        let until = match seconds {
            Some(seconds) => self.clock.after(limited(seconds, LONGEST)? * 1000),
            None => Ticks::NEVER,
        };
        self.joined(requester.slot, room)?;
        let open = self.hands.find(room, &Whose::Hand(hand), true);
        let open = open
            .filter(|hand| hand.question.is_some())
            .ok_or_else(not_open)?;
        let (user, anonymous) = (open.by.id.clone(), open.anonymous);
        if !anonymous {
            return self.mute(requester, &user, seconds, reason);
        }
        let mute = self.sanction(requester, Kind::Mute, &user, until, reason);
        let mut mute = mute.map_err(|refusal| self.veiled(requester, refusal))?;
        let room = room.into();
        mute.asked = Some(Asked { room, hand });
        self.enforce(&mute)?;
        self.announce_asker("mute", requester, &mute);
        self.refresh_mutes(|person| mute.binds(&person.author.sub, person.device.as_deref()));
        Ok(Reply::Stored)
    }

    /// Lets whoever asked the question `hand` talk again.
    pub(super) fn unmute_asker(
        &mut self,
        requester: &Requester,
        room: &str,
        hand: u64,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::Discipline(Role::Observer), None)?;
        let grant = self.grant(requester)?;
        let reach = grant.reach.clone();
        let of = Asked {
            room: room.into(),
            hand,
        };
        let chosen = |mute: &Sanction| mute.asked.as_ref() == Some(&of);
        let mut mutes = self.sanctions.of(Kind::Mute, self.clock);
        let found = mutes.find(|mute| chosen(mute) && mute.reach.meets(&reach));
        let found = found.cloned().ok_or_else(not_open)?;
        drop(mutes);
        let may = self.check_rank(requester, grant, found.rank);
        may.map_err(|refusal| self.veiled(requester, refusal))?;
        self.check_records(Need::Erasing)?;
        if let Lifted { some: false, .. } = self.sanctions.lift(&[Kind::Mute], &reach, chosen) {
            let message = "That holds in all rooms, and you lead only some of them.";
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        self.keep_sanctions();
        self.announce_asker("unmute", requester, &found.over());
        self.refresh_mutes(Person::has_mutes);
        Ok(Reply::Stored)
    }

    /// Why nothing is done about an asker, without a word about who that is: it may be somebody who leads.
    fn veiled(&self, requester: &Requester, refusal: RequestError) -> RequestError {
        match self.may(requester, Action::KnowAskers, None) {
            Ok(()) => refusal,
            Err(_) => not_open(),
        }
    }

    /// Tells the person concerned, those who may know who it is, and the others who lead.
    pub(super) fn announce_asker(&mut self, action: &'static str, by: &Requester, mute: &Sanction) {
        let (Some(from), Some(asked)) = (self.people.get(by.person), &mute.asked) else {
            return;
        };
        let frame = |target| {
            ServerMessage::ModeratedAsker {
                action,
                target,
                room: &asked.room,
                hand: asked.hand,
                by: from.info(),
                reason: mute.reason.as_deref(),
                until: self.shown(mute.until),
            }
            .frame()
        };
        let (named, unnamed) = (frame(Some(brief(&mute.target))), frame(None));
        let (mut know, mut lead): (Vec<Slot>, Vec<Slot>) = (Vec::new(), Vec::new());
        for (_, person) in self.people.iter() {
            let own = person.author.sub == mute.target.sub;
            for (client, grant) in person.held() {
                let leads = grant.leads() && grant.reach.meets(&mute.reach);
                match self.outgoing.slot(client) {
                    Some(slot) if own || leads && self.knows(slot, mute) => know.push(slot),
                    Some(slot) if leads => lead.push(slot),
                    _ => {}
                }
            }
        }
        for slot in know {
            self.outgoing.send_frame(slot, &named);
        }
        for slot in lead {
            self.outgoing.send_frame(slot, &unnamed);
        }
        let room = self.rooms.find(&asked.room);
        self.audit(action, by, None, room);
    }

    /// Whether this connection may know who asks anonymously.
    pub(super) fn knows_askers(&self, slot: Slot) -> bool {
        self.outgoing.session(slot).is_some_and(|session| {
            let standing = Standing {
                role: session.grant.role,
                everywhere: session.grant.reach.is_everywhere(),
                muted: None,
                over: false,
            };
            let action = Action::KnowAskers;
            gate::may(standing, action, self.policy(), None, self.clock).is_ok()
        })
    }

    /// Whether this connection may be told whom a sanction binds.
    pub(super) fn knows(&self, slot: Slot, sanction: &Sanction) -> bool {
        let session = self.outgoing.session(slot);
        let reach = session.map(|session| &session.grant.reach);
        sanction.is_named_to(reach.filter(|_| self.knows_askers(slot)))
    }
}

fn not_open() -> RequestError {
    let message = "There is no such question, or it is no longer open.";
    RequestError::new(ErrorCode::NotFound, message)
}
