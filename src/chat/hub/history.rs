//! What was said before: pages, searches, and catching up.
//!
//! From memory where it is there, from the store where it is not; the hub waits for neither.

use super::Hub;
use super::keeping::PendingQuery;
use super::requests::{Asker, Reply};
use crate::chat::event::ServerMessage;
use crate::chat::message::{MAX_FOUND, MAX_PAGE, RequestError};
use crate::chat::room::Cursor;
use crate::model::ids::ClientId;
use crate::model::ids::RoomKey;
use crate::model::item::MessageState;
use crate::store::query::Found;
use crate::store::query::Page;
use crate::store::query::{StoreAnswer, StoreQuery};
use crate::websocket::close::Code;
use crate::websocket::frame;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Bytes of history that a client who catches up gets in one step.
const CHUNK: usize = 64 * 1024;
/// Bytes of messages in one answer: it must fit into a backlog beside what is said meanwhile.
const PAGE: usize = 48 * 1024;
/// Events that are read from the store at once for somebody who catches up.
const RANGE: usize = 256;

impl Hub {
    pub(super) fn history(
        &mut self,
        asker: &Asker,
        room: &str,
        before: Option<u64>,
        limit: Option<u32>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        let room = &self.rooms[key];
        let before = before.unwrap_or(room.head() + 1);
        let limit = limit.unwrap_or(MAX_PAGE) as usize;
        if self.keeper.is_some() {
            let room = Arc::clone(&room.name);
            let query = StoreQuery::Page {
                room,
                before,
                limit,
            };
            self.ask(asker, query, |client, asker| PendingQuery::Read {
                client,
                asker,
                room: key,
                query: None,
            })?;
            return Ok(Reply::Told);
        }
        self.flush();
        let room = &self.rooms[key];
        let (mut items, more) = room.log.page(before, limit);
        for item in &mut items {
            item.pinned = room.pin == Some(item.event.seq);
        }
        self.tell_page(asker, key, &items, more);
        Ok(Reply::Ack)
    }

    pub(super) fn search(
        &mut self,
        asker: &Asker,
        room: &str,
        query: Box<str>,
        before: Option<u64>,
        limit: Option<u32>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        let limit = limit.unwrap_or(MAX_FOUND) as usize;
        if self.keeper.is_some() {
            let (room, asked) = (Arc::clone(&self.rooms[key].name), query.clone());
            let query = StoreQuery::Search {
                room,
                query,
                before,
                limit,
            };
            self.ask(asker, query, |client, asker| PendingQuery::Read {
                client,
                asker,
                room: key,
                query: Some(asked),
            })?;
            return Ok(Reply::Told);
        }
        self.flush();
        let room = &self.rooms[key];
        let (items, _) = room.log.page(before.unwrap_or(u64::MAX), usize::MAX);
        let wanted = query.to_lowercase();
        let contains = |item: &MessageState| {
            let text = item
                .text
                .as_ref()
                .and_then(|t| serde_json::from_str::<String>(t.as_str()).ok());
            text.is_some_and(|text| text.to_lowercase().contains(&wanted))
        };
        let mut found: Vec<MessageState> = items.into_iter().rev().filter(contains).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        let on = found.last().map(|item| item.event.seq).filter(|_| more);
        self.tell_found(asker, key, &query, &found, on);
        Ok(Reply::Ack)
    }

    fn tell_page(&mut self, asker: &Asker, key: RoomKey, items: &[MessageState], more: bool) {
        // The newest that fit; whoever wants the others asks on from there.
        let mut messages = quoted(items.iter().rev());
        let more = more || messages.len() < items.len();
        messages.reverse();
        let room = Arc::clone(&self.rooms[key].name);
        let reference = asker.reference.as_ref();
        self.send_event(
            asker.slot,
            &ServerMessage::History {
                reference,
                room: &room,
                messages,
                more,
            },
        );
    }

    fn tell_found(
        &mut self,
        asker: &Asker,
        key: RoomKey,
        query: &str,
        items: &[MessageState],
        before: Option<u64>,
    ) {
        let (room, messages) = (Arc::clone(&self.rooms[key].name), quoted(items.iter()));
        let last = items
            .get(messages.len().saturating_sub(1))
            .map(|item| item.event.seq);
        let before = if messages.len() < items.len() {
            last
        } else {
            before
        };
        let reference = asker.reference.as_ref();
        self.send_event(
            asker.slot,
            &ServerMessage::Found {
                reference,
                room: &room,
                query,
                messages,
                before,
            },
        );
    }

    /// What the store has read, to the one who asked.
    pub(super) fn answer_from_store(&mut self, waiting: PendingQuery, read: Option<StoreAnswer>) {
        let client = waiting.client();
        // Gone meanwhile, or in another slot: the connection's number tells.
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        match (waiting, read) {
            (
                PendingQuery::Read { asker, room, .. },
                Some(StoreAnswer::Page(Page { items, more })),
            ) => {
                let asker = Asker { slot, ..asker };
                self.tell_page(&asker, room, &items, more);
                self.conclude(&asker, Ok(Reply::Ack));
            }
            (
                PendingQuery::Read {
                    asker, room, query, ..
                },
                Some(StoreAnswer::Found(Found { items, before })),
            ) => {
                let asker = Asker { slot, ..asker };
                self.tell_found(&asker, room, &query.unwrap_or_default(), &items, before);
                self.conclude(&asker, Ok(Reply::Ack));
            }
            (
                PendingQuery::Change {
                    asker,
                    room,
                    change,
                    ..
                },
                Some(StoreAnswer::Message(item)),
            ) => {
                let asker = Asker { slot, ..asker };
                // Whoever left the room meanwhile changes nothing in it any more.
                let result = self.joined(slot, &self.rooms[room].name).and_then(|key| {
                    // The same request may have come again while the store was reading.
                    if let Some(answer) = self.was_done(&asker)? {
                        return Ok(answer);
                    }
                    // And so may changes that the store had not seen, in this batch even.
                    self.flush();
                    let item = item.map(|item| self.rooms[key].log.fold_onto(item));
                    self.apply(&asker, key, item, change)
                });
                self.conclude(&asker, result);
            }
            (PendingQuery::Range { room, after, .. }, read) => {
                let member = self.rooms[room].member(slot);
                let cursor = member.and_then(|member| member.cursor.as_mut());
                // Left, or joined again meanwhile: that was for a cursor that is no more.
                let Some(cursor) = cursor.filter(|c| c.asked == Some(after)) else {
                    return;
                };
                cursor.asked = None;
                match read {
                    Some(StoreAnswer::Range(Some(events))) if !events.is_empty() => {
                        cursor.fetched.extend(events);
                        self.flush();
                        self.catch_up(slot);
                    }
                    // Not kept any more: the room starts over for this client.
                    Some(StoreAnswer::Range(_)) => {
                        let name = Arc::clone(&self.rooms[room].name);
                        if let Err(refusal) = self.enter(slot, &name, None, None) {
                            self.refuse(slot, None, &refusal);
                        }
                    }
                    _ => {
                        let reason = "internal: the history could not be read, come back";
                        self.close(slot, Code::INTERNAL, reason);
                    }
                }
            }
            (PendingQuery::Read { asker, .. } | PendingQuery::Change { asker, .. }, _) => {
                self.conclude(&Asker { slot, ..asker }, Err(super::keeping::unreadable()));
            }
        }
    }

    /// Sends what waits for one client alone, and the next part of every log it is behind in.
    /// Called with all batches flushed, so that a log's end is the room's head.
    pub(super) fn catch_up(&mut self, slot: usize) {
        debug_assert!(self.dirty_rooms.is_empty(), "a log's end must be the head");
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        let id = connected.client.id;
        if !connected.replies.is_empty() {
            // What greets somebody is large, and nothing like it follows: the buffer goes, too.
            self.pieces
                .push(std::mem::take(&mut connected.replies).freeze());
        }
        let rooms = connected.rooms.clone();
        for key in rooms {
            // When the socket is full, the flusher's report brings us back.
            let free = |hub: &Self| {
                let connected = hub.slots[slot].as_ref();
                connected.is_some_and(|c| c.outbox.is_direct())
            };
            while free(self) && self.next_chunk(slot, id, key) {
                self.deliver(slot);
            }
        }
        if !self.pieces.is_empty() {
            self.deliver(slot);
        }
    }

    /// Puts the next chunk of a room's history into `pieces`. False: there is none (yet).
    fn next_chunk(&mut self, slot: usize, id: ClientId, key: RoomKey) -> bool {
        let room = &mut self.rooms[key];
        let mut members = room.members.iter_mut();
        // From the back: it is mostly the newest that catch up.
        let Some(member) = members.rfind(|member| member.slot == slot) else {
            return false;
        };
        let (Some(cursor), Some(connected)) = (member.cursor.as_mut(), self.slots[slot].as_mut())
        else {
            return false;
        };
        let behind = connected.behind.iter().find(|(room, _)| *room == key);
        let said = behind.map_or(&[][..], |(_, said)| said);
        // What is said meanwhile must fit into the backlog beside it.
        let most = CHUNK.min(self.config.limits.backlog / 2);
        let mut size = 0;
        while size < most
            && let Some(event) = cursor.fetched.pop_front()
        {
            cursor.at = event.seq;
            if said.contains(&event.seq) {
                continue;
            }
            let frame = frame::text(&event.json());
            size += frame.len();
            self.pieces.push(frame);
        }
        if size > 0 {
            return true;
        }
        if let Some(entries) = room.log.after(cursor.at) {
            for entry in entries {
                cursor.at = entry.event.seq;
                if entry.origin != id || entry.event.seq <= cursor.joined {
                    size += entry.frame.len();
                    self.pieces.push(entry.frame.clone());
                }
                if size >= most {
                    break;
                }
            }
            if cursor.at == room.log.head() {
                member.cursor = None;
                connected.behind.retain(|(room, _)| *room != key);
            }
            return size > 0;
        }
        if cursor.asked.is_some() {
            return false;
        }
        // Older than what is in memory.
        let after = cursor.at;
        cursor.asked = Some(after);
        if !self.ask_for_range(id, key, after, RANGE) {
            self.pieces.clear();
            let reason = "too_slow: the history moved on, come back";
            self.close(slot, Code::TRY_AGAIN_LATER, reason);
        }
        false
    }
}

impl Cursor {
    /// A cursor of somebody who joins at `joined` and has everything up to `at`.
    pub fn new(at: u64, joined: u64) -> Self {
        Self {
            at,
            joined,
            fetched: Default::default(),
            asked: None,
        }
    }
}

/// Messages in their final state, as they stand in a page, as many as fit into one answer.
fn quoted<'a>(items: impl Iterator<Item = &'a MessageState>) -> Vec<Box<RawValue>> {
    let mut size = 0;
    let mut quoted = Vec::new();
    for item in items {
        let json = String::from_utf8(item.json()).unwrap_or_default();
        size += json.len();
        if size > PAGE && !quoted.is_empty() {
            break;
        }
        quoted.extend(RawValue::from_string(json).ok());
    }
    quoted
}
