//! A connection goes on with a new token of the same person: with another role, for other rooms, or
//! for longer.
//!
//! The connection leaves rooms that only the old token allowed. A protocol view that was opened with a
//! token for less than the connection may do now ends.

use super::Hub;
use super::context::{Reply, Requester};
use super::requests::has_left;
use crate::auth::token::Claims;
use crate::chat::grant::Grant;
use crate::chat::message::{ErrorCode, RequestError};
use crate::model::ids::{PersonKey, RoomKey, Slot};
use std::sync::Arc;

impl Hub {
    /// Answers `auth`.
    pub(super) fn renew(
        &mut self,
        requester: &Requester,
        claims: &Claims,
    ) -> Result<Reply, RequestError> {
        self.check_renewal(requester, claims)?;
        let Some(client) = self.outgoing.client(requester.slot).cloned() else {
            return Err(has_left());
        };
        // As if they had come with this token: before its role counts, because those who lead keep
        // the name that they have.
        self.settle_name(requester.person, claims);
        let (grant, now) = (Grant::of(claims), self.clock);
        if !self.grant(requester)?.includes(&grant) {
            client.tap.outgrow();
        }
        if self.people.hold(requester.person, client.id, grant, now) {
            self.changed(requester.person);
        }
        let (mut rooms, ends) = (Vec::new(), self.end_of(claims));
        if let Some(session) = self.outgoing.session_mut(requester.slot) {
            session.renew(claims, ends);
            rooms.clone_from(&session.rooms);
        }
        self.watch_token(requester.slot);
        self.leave_closed_rooms(requester.slot, rooms);
        Ok(Reply::Ack)
    }

    /// Refuses a token that is void by now, or somebody else's.
    fn check_renewal(&self, requester: &Requester, claims: &Claims) -> Result<(), RequestError> {
        let refused = |message| Err(RequestError::new(ErrorCode::Unauthorized, message));
        if self.is_of_old_lesson(claims) {
            return refused("That lesson has ended; join again.");
        }
        if self.is_void(claims) {
            return refused("This token was revoked.");
        }
        let holder = self.people.get(requester.person);
        if holder.is_none_or(|person| *person.author.sub != *claims.sub) {
            return refused("That token is somebody else's.");
        }
        Ok(())
    }

    /// Gives the person the name of their new token, or the next free one. A person who leads gets
    /// the name itself, and a guest who has it gets another one. Everybody who sees them is told.
    fn settle_name(&mut self, key: PersonKey, claims: &Claims) {
        let name_of = |hub: &Self| hub.people.get(key).map(|person| Arc::clone(&person.author));
        let before = name_of(self);
        let (role, now) = (claims.role, self.clock);
        let mut renamed = self.people.assign_name(key, &claims.name, role, now);
        if before
            .zip(name_of(self))
            .is_some_and(|(before, after)| before.name != after.name)
        {
            renamed.push(key);
        }
        for person in renamed {
            self.changed(person);
        }
    }

    /// Takes a connection out of those `rooms` where its token does not let it be.
    fn leave_closed_rooms(&mut self, slot: Slot, rooms: Vec<RoomKey>) {
        for key in rooms {
            let name = Arc::clone(&self.rooms.get(key).name);
            let session = self.outgoing.session(slot);
            if !session.is_some_and(|session| session.may_enter(&name)) {
                self.flush();
                self.leave_room(slot, key);
            }
        }
    }
}
