//! Catching up: a client that has joined reads a room's log in chunks, as fast as its socket takes
//! them, until it meets the head and hears what happens with everybody else.

use super::Hub;
use super::persistence::PendingQuery;
use crate::chat::message::RequestError;
use crate::chat::room::LogChunk;
use crate::model::ids::{ClientId, RoomKey, Slot};
use crate::store::query::StoreQuery;
use crate::websocket::close::Code;
use std::sync::Arc;

/// Bytes of history that a client gets in one step.
const CHUNK: usize = 64 * 1024;
/// Events that are read from the store at once, or fewer if they are long.
const RANGE: usize = 256;

impl Hub {
    /// Sends what waits for one client alone, and the next part of every log that it has not read
    /// to the end. Called with all batches flushed, so that a log's end is the room's head.
    pub(super) fn catch_up(&mut self, slot: Slot) {
        debug_assert!(self.rooms.unsent() == 0, "a log's end must be the head");
        let Some((session, _)) = self.outgoing.pieces(slot) else {
            return;
        };
        let rooms = session.rooms.clone();
        for key in rooms {
            // When the socket is full, the flusher's report brings us back.
            while self.outgoing.is_direct(slot) && self.next_chunk(slot, key) {
                self.outgoing.send_pieces(slot);
            }
        }
        self.outgoing.send_pieces(slot);
    }

    /// Puts the next chunk of a room's log together. False: there is none, for now or at all.
    fn next_chunk(&mut self, slot: Slot, key: RoomKey) -> bool {
        let Some(client) = self.outgoing.client(slot).map(|client| client.id) else {
            return false;
        };
        // What is said meanwhile must fit into the backlog beside it.
        let most = CHUNK.min(self.setup.config.limits.backlog / 2);
        let room = self.rooms.get_mut(key);
        let Some((session, pieces)) = self.outgoing.pieces(slot) else {
            return false;
        };
        match room.read_chunk((slot, client), session.own_seqs(key), most, pieces) {
            LogChunk::Ready => true,
            LogChunk::Last { ready } => {
                session.caught_up(key);
                ready
            }
            LogChunk::Waits => false,
            // Its turn comes when the store has answered.
            LogChunk::Ask { .. } if session.reading => false,
            LogChunk::Ask { after, most } => {
                if !self.ask_for_range(slot, (client, key), (after, most)) {
                    let reason = "too_slow: the history moved on, come back";
                    self.close(slot, Code::TRY_AGAIN_LATER, reason);
                }
                false
            }
        }
    }

    /// Asks the store for a client's next events. False: there is no store, or too many questions
    /// wait for it.
    fn ask_for_range(
        &mut self,
        slot: Slot,
        (client, room): (ClientId, RoomKey),
        (after, most): (u64, usize),
    ) -> bool {
        let Some(person) = self.outgoing.session(slot).map(|session| session.person) else {
            return false;
        };
        let query = StoreQuery::Range {
            room: Arc::clone(&self.rooms.get(room).name),
            after,
            limit: RANGE.min(most),
        };
        let pending = PendingQuery::Range {
            client,
            room,
            after,
        };
        let store = self.store.as_mut();
        let asked = store.is_some_and(|store| store.ask(person, pending, query).is_ok());
        if let Some(session) = self.outgoing.session_mut(slot).filter(|_| asked) {
            session.reading = true;
            self.rooms.get_mut(room).waits_for_range(slot, after);
        }
        asked
    }

    /// Checks that a client can start to read after the event `from`. If that is not in memory, the
    /// store has to be asked, and a refusal is better than a closed connection afterwards.
    pub(super) fn check_start(
        &self,
        slot: Slot,
        room: RoomKey,
        from: u64,
    ) -> Result<(), RequestError> {
        let session = self.outgoing.session(slot);
        let session = session.filter(|session| !session.reading);
        match (&self.store, session) {
            (Some(store), Some(session)) if self.rooms.get(room).log.after(from).is_none() => {
                store.check_resume(session.person)
            }
            _ => Ok(()),
        }
    }

    /// Ends a connection whose history cannot be read.
    pub(super) fn close_unreadable(&mut self, slot: Slot) {
        let reason = "internal: the history could not be read, come back";
        self.close(slot, Code::INTERNAL, reason);
    }
}
