//! What the hub knows of one connection, apart from what is on its way to it.

use crate::auth::token::Claims;
use crate::chat::grant::Grant;
use crate::model::ids::{PersonKey, RoomKey};
use crate::model::time::{Millis, Ticks};
use crate::store::whisper::Since;

/// One connection in the chat.
#[derive(Debug)]
pub(super) struct Session {
    /// Whose it is.
    pub person: PersonKey,
    /// The rooms it is in.
    pub rooms: Vec<RoomKey>,
    /// Rooms where it has not caught up, each with the seqs of its own events there since it joined:
    /// catch-up skips them, because they were acked.
    pub catching_up: Vec<(RoomKey, Vec<u64>)>,
    /// Events that it catches up with are being read from the store. Only those of one room at a time:
    /// whoever joins many at once must not fill the queue of reads, nor the memory with answers.
    pub reading: bool,
    /// A Ping is on its way and nothing has come back.
    pub pinged: bool,
    /// When its token expires, in seconds since 1970: for what is shown.
    pub expires: u64,
    /// The same moment on the clock that never jumps: it was found when the token was verified.
    pub ends: Ticks,
    /// Before that, when its token was issued, a private message may have been for somebody else.
    pub since: Since,
    /// It was told that its token is about to expire.
    pub told_of_expiry: bool,
    /// It is told what happens in rooms where it is not.
    pub hears_of_rooms: bool,
    /// It speaks in rooms where it is not.
    pub only_posts: bool,
    /// The role that its token has, and the rooms where. What it may do depends on nothing else of its
    /// person.
    pub grant: Grant,
}

impl Session {
    /// A connection of `person` that has joined nothing.
    pub(super) fn new(person: PersonKey, claims: &Claims, ends: Ticks, now: Millis) -> Self {
        Self {
            person,
            rooms: Vec::new(),
            catching_up: Vec::new(),
            reading: false,
            pinged: false,
            expires: claims.exp,
            ends,
            since: match claims.whisper {
                Some(number) => Since::Number(number),
                None => Since::Moment(claims.issued().unwrap_or(now)),
            },
            told_of_expiry: false,
            hears_of_rooms: false,
            only_posts: false,
            grant: Grant::of(claims),
        }
    }

    /// Goes on with a new token of the same person.
    pub(super) fn renew(&mut self, claims: &Claims, ends: Ticks) {
        (self.expires, self.ends) = (claims.exp, ends);
        self.told_of_expiry = false;
        self.grant = Grant::of(claims);
    }

    /// Whether its token is good for this room.
    pub(super) fn may_enter(&self, room: &str) -> bool {
        self.grant.reach.covers(room)
    }

    /// It joins a room, or joins it again and starts over.
    pub(super) fn join(&mut self, room: RoomKey) {
        self.caught_up(room);
        self.catching_up.push((room, Vec::new()));
        if !self.rooms.contains(&room) {
            self.rooms.push(room);
        }
    }

    /// It leaves a room.
    pub(super) fn leave(&mut self, room: RoomKey) {
        self.caught_up(room);
        self.rooms.retain(|&other| other != room);
    }

    /// It has everything of this room.
    pub(super) fn caught_up(&mut self, room: RoomKey) {
        self.catching_up.retain(|(other, _)| *other != room);
    }

    /// It caused this event.
    pub(super) fn said(&mut self, room: RoomKey, seq: u64) {
        let mut rooms = self.catching_up.iter_mut();
        if let Some((_, seqs)) = rooms.find(|(other, _)| *other == room) {
            seqs.push(seq);
        }
    }

    /// The seqs that catch-up skips in this room.
    pub(super) fn own_seqs(&self, room: RoomKey) -> &[u64] {
        let mut rooms = self.catching_up.iter();
        rooms
            .find(|(other, _)| *other == room)
            .map_or(&[][..], |(_, seqs)| seqs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_events_are_noted_only_while_a_room_is_caught_up_with() {
        let (a, b) = (RoomKey::new(0), RoomKey::new(1));
        let mut session = Session::new(PersonKey::default(), &Claims::default(), Ticks::NEVER, 0);
        session.join(a);
        session.said(a, 5);
        session.said(b, 6);
        assert_eq!(session.own_seqs(a), [5]);
        assert!(session.own_seqs(b).is_empty());
        session.caught_up(a);
        session.said(a, 7);
        assert!(session.own_seqs(a).is_empty());
        assert_eq!(session.rooms, [a]);
        session.join(a);
        assert_eq!(session.rooms, [a], "joined again, listed once");
        session.leave(a);
        assert!(session.rooms.is_empty());
    }

    #[test]
    fn a_token_for_certain_rooms_opens_those_alone_until_it_is_renewed() {
        let claims = |rooms: Option<&[&str]>| Claims {
            rooms: rooms.map(|rooms| rooms.iter().map(|&room| room.into()).collect()),
            ..Claims::default()
        };
        let mut session =
            Session::new(PersonKey::default(), &claims(Some(&["a"])), Ticks::NEVER, 0);
        assert!(session.may_enter("a") && !session.may_enter("b"));
        session.renew(&claims(None), Ticks::NEVER);
        assert!(session.may_enter("b"));
    }
}
