//! Pages of history and searches: from memory without a store, else by a question to the store,
//! for whose answer the hub does not wait.

use super::Hub;
use super::context::{Change, Reply, Requester};
use super::past_lessons::no_such_lesson;
use super::persistence::{PendingQuery, unreadable};
use crate::chat::event::ServerMessage;
use crate::chat::log::Log;
use crate::chat::message::{MAX_FOUND, MAX_PAGE, RequestError};
use crate::model::fold::Needle;
use crate::model::ids::{RoomKey, Slot};
use crate::model::item::MessageState;
use crate::store::query::{Found, Page, StoreAnswer, StoreQuery};
use std::sync::Arc;

/// Bytes of messages in one answer: it must fit into a backlog beside what is said meanwhile.
const PAGE: usize = 48 * 1024;
/// Messages in memory that one search looks at, and bytes of their texts: a few milliseconds, in
/// which the hub does nothing else. The answer says where the search goes on.
const LOOKED_AT: usize = 1000;
const SEARCHED: usize = 128 * 1024;

impl Hub {
    pub(super) fn history(
        &mut self,
        requester: &Requester,
        room: &str,
        (before, limit): (Option<u64>, Option<u32>),
        lesson: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        let lesson = self.ended_lesson(requester, key, lesson)?;
        let room = self.rooms.get(key);
        let before = before.unwrap_or(room.head() + 1);
        let limit = limit.unwrap_or(MAX_PAGE) as usize;
        if self.store.is_some() {
            let query = StoreQuery::Page {
                room: Arc::clone(&room.name),
                before,
                limit,
                lesson,
            };
            return self.read(requester, key, query, (None, lesson));
        }
        self.flush();
        let room = self.rooms.get(key);
        let (mut items, more) = match lesson {
            None => room.of_this_lesson(room.log.page(before, limit)),
            Some(lesson) => room.page_of(lesson, before, limit)?,
        };
        for item in &mut items {
            item.pinned = room.pin == Some(item.event.seq);
        }
        self.send_page(requester, key, &items, more);
        Ok(Reply::Ack)
    }

    pub(super) fn search(
        &mut self,
        requester: &Requester,
        room: &str,
        query: Box<str>,
        (before, limit): (Option<u64>, Option<u32>),
        lesson: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        let lesson = self.ended_lesson(requester, key, lesson)?;
        let limit = limit.unwrap_or(MAX_FOUND) as usize;
        if self.store.is_some() {
            let search = StoreQuery::Search {
                room: Arc::clone(&self.rooms.get(key).name),
                query: query.clone(),
                before,
                limit,
                lesson,
            };
            return self.read(requester, key, search, (Some(query), lesson));
        }
        self.flush();
        let room = self.rooms.get(key);
        let search = |before| find(&room.log, &query, before, limit);
        let (found, next) = match lesson {
            None => room.found_in_this_lesson(search(before)),
            Some(lesson) => room.found_in(lesson, before, search)?,
        };
        self.send_found(requester, key, &query, &found, next);
        Ok(Reply::Ack)
    }

    /// Asks the store for a page, or for what a search finds.
    fn read(
        &mut self,
        requester: &Requester,
        room: RoomKey,
        question: StoreQuery,
        (query, lesson): (Option<Box<str>>, Option<u64>),
    ) -> Result<Reply, RequestError> {
        self.ask_store(requester, question, |client, requester| {
            PendingQuery::Read {
                client,
                requester,
                room,
                query,
                lesson,
            }
        })?;
        Ok(Reply::Sent)
    }

    fn send_page(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        items: &[MessageState],
        more: bool,
    ) {
        // The newest that fit; a client that wants the others asks for what comes before these.
        let mut messages = fitting(items.iter().rev());
        let more = more || messages.len() < items.len();
        messages.reverse();
        let history = ServerMessage::History {
            reference: requester.reference.as_ref(),
            room: &self.rooms.get(key).name,
            messages,
            more,
        };
        self.outgoing.send_event(requester.slot, &history);
    }

    fn send_found(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        query: &str,
        items: &[MessageState],
        before: Option<u64>,
    ) {
        let messages = fitting(items.iter());
        let last = items.get(messages.len().saturating_sub(1));
        let before = match messages.len() < items.len() {
            true => last.map(|item| item.event.seq),
            false => before,
        };
        let found = ServerMessage::Found {
            reference: requester.reference.as_ref(),
            room: &self.rooms.get(key).name,
            query,
            messages,
            before,
        };
        self.outgoing.send_event(requester.slot, &found);
    }

    /// What the store has read goes to the client that waits for it.
    pub(super) fn on_store_answer(&mut self, pending: PendingQuery, answer: Option<StoreAnswer>) {
        // The client may have gone, or be in another slot: its number tells.
        let Some(slot) = self.outgoing.slot(pending.client()) else {
            return;
        };
        let (requester, result) = match pending {
            PendingQuery::Range { room, after, .. } => {
                return self.on_range(slot, room, after, answer);
            }
            PendingQuery::Read {
                requester,
                room,
                query,
                lesson,
                ..
            } => {
                let result = self.read_found(&at(slot, &requester), room, (query, lesson), answer);
                (requester, result)
            }
            PendingQuery::Clear {
                requester,
                room,
                extent,
                ..
            } => {
                let result = self.on_clearable(&at(slot, &requester), room, &extent, answer);
                (requester, result)
            }
            PendingQuery::Report {
                requester,
                room,
                reported,
                ..
            } => {
                let result = self.reported_found(&at(slot, &requester), room, reported, answer);
                (requester, result)
            }
            PendingQuery::Whispers {
                requester, query, ..
            } => {
                let result = self.whispers_found(&at(slot, &requester), &query, answer);
                (requester, result)
            }
            PendingQuery::Lessons {
                requester, room, ..
            } => {
                let result = self.lessons_found(&at(slot, &requester), room, answer);
                (requester, result)
            }
            PendingQuery::Change {
                requester,
                room,
                change,
                ..
            } => {
                let result = self.change_found(&at(slot, &requester), room, answer, change);
                (requester, result)
            }
        };
        self.conclude(&at(slot, &requester), result);
    }

    /// The room for which the store was asked, if the requester is still in it. It may have been removed
    /// meanwhile, and another one created with its name.
    pub(super) fn still_in(
        &self,
        requester: &Requester,
        room: RoomKey,
    ) -> Result<RoomKey, RequestError> {
        let name = &self.rooms.get(room).name;
        match self.joined(requester.slot, name)? {
            key if key == room => Ok(key),
            _ => Err(RequestError::unknown_room()),
        }
    }

    /// Sends what the store has read for a client that asked for it.
    fn read_found(
        &mut self,
        requester: &Requester,
        room: RoomKey,
        (query, lesson): (Option<Box<str>>, Option<u64>),
        answer: Option<StoreAnswer>,
    ) -> Result<Reply, RequestError> {
        // A client that left the room meanwhile, or was put out of it, reads nothing of it any more.
        let key = self.still_in(requester, room)?;
        // Nor does one that does not lead any more read an ended lesson.
        self.ended_lesson(requester, key, lesson)?;
        match answer {
            Some(StoreAnswer::Page(Page { items, more })) => {
                let items = self.brought_up_to_date(key, items);
                let (items, more) = match lesson {
                    None => self.rooms.get(key).of_this_lesson((items, more)),
                    Some(_) => (items, more),
                };
                self.send_page(requester, key, &items, more);
            }
            Some(StoreAnswer::Found(Found { items, before })) => {
                let items = self.brought_up_to_date(key, items);
                let room = self.rooms.get(key);
                let (items, before) = match lesson {
                    None => room.found_in_this_lesson((items, before)),
                    Some(_) => (items, before),
                };
                self.send_found(requester, key, &query.unwrap_or_default(), &items, before);
            }
            Some(StoreAnswer::NoSuchLesson) => return Err(no_such_lesson()),
            _ => return Err(unreadable()),
        }
        Ok(Reply::Ack)
    }

    /// Messages of the store, with the changes that came after it had read them.
    fn brought_up_to_date(&mut self, key: RoomKey, items: Vec<MessageState>) -> Vec<MessageState> {
        self.flush();
        let log = &self.rooms.get(key).log;
        let items = items.into_iter();
        items.map(|item| log.bring_up_to_date(item)).collect()
    }

    /// Changes a message that the store has found.
    fn change_found(
        &mut self,
        requester: &Requester,
        room: RoomKey,
        answer: Option<StoreAnswer>,
        change: Change,
    ) -> Result<Reply, RequestError> {
        let Some(StoreAnswer::Message(item)) = answer else {
            return Err(unreadable());
        };
        // A client that left the room meanwhile changes nothing in it any more.
        let key = self.still_in(requester, room)?;
        // The same request may have come again while the store was reading.
        if let Some(reply) = self.earlier_reply(requester)? {
            return Ok(reply);
        }
        // And so may changes that the store had not seen, in this batch even.
        self.flush();
        let item = item.map(|item| self.rooms.get(key).log.bring_up_to_date(item));
        self.apply(requester, key, item, change)
    }

    /// Events for a client that catches up.
    fn on_range(&mut self, slot: Slot, key: RoomKey, after: u64, answer: Option<StoreAnswer>) {
        if let Some(session) = self.outgoing.session_mut(slot) {
            session.reading = false;
        }
        // The store may have read before a change that is in memory after this.
        self.flush();
        let room = self.rooms.get_mut(key);
        match answer {
            // The client left, or joined again meanwhile: the answer is for an earlier cursor.
            _ if !room.takes_range(slot, after) => {}
            Some(StoreAnswer::Range(Some(events))) if !events.is_empty() => {
                // If the socket is full, the events are read again when it has room: they must not
                // wait in memory for a client that does not read.
                if self.outgoing.is_direct(slot) {
                    room.take_range(slot, events);
                }
            }
            // The events are no longer kept: the room starts over for this client.
            Some(StoreAnswer::Range(_)) => {
                let name = Arc::clone(&self.rooms.get(key).name);
                if let Err(refusal) = self.join(slot, &name, None, None) {
                    self.refuse(slot, None, &refusal);
                }
            }
            _ => self.close_unreadable(slot),
        }
        // It goes on with this room or another one.
        self.catch_up(slot);
    }
}

/// Searches what is in memory from the newest message backwards: what is found, newest first, and
/// where the search goes on.
fn find(
    log: &Log,
    query: &str,
    before: Option<u64>,
    limit: usize,
) -> (Vec<MessageState>, Option<u64>) {
    let mut needle = Needle::new(query);
    let mut found = Vec::new();
    if needle.is_empty() {
        return (found, None);
    }
    let mut bytes = 0;
    let (items, more) = log.page(before.unwrap_or(u64::MAX), LOOKED_AT);
    let oldest = items.first().map(|item| item.event.seq);
    for item in items.into_iter().rev() {
        let seq = item.event.seq;
        let text = item.text.as_ref().map(|text| text.as_str());
        bytes += text.map_or(0, str::len);
        let text = text.and_then(|text| serde_json::from_str::<String>(text).ok());
        if text.is_some_and(|text| needle.is_in(&text)) {
            found.push(item);
        }
        if found.len() == limit || bytes >= SEARCHED {
            return (found, Some(seq).filter(|&seq| more || Some(seq) != oldest));
        }
    }
    (found, oldest.filter(|_| more))
}

/// As many messages as fit into one answer, as they stand in a page.
fn fitting<'a>(items: impl Iterator<Item = &'a MessageState>) -> Vec<&'a MessageState> {
    let mut size = 0;
    let mut fitting = Vec::new();
    for item in items {
        let length = item.json().len();
        size += length;
        if size > PAGE && !fitting.is_empty() {
            break;
        }
        // Only a message has JSON in a page.
        if length > 0 {
            fitting.push(item);
        }
    }
    fitting
}

/// The requester in the slot where the connection is now.
fn at(slot: Slot, requester: &Requester) -> Requester {
    Requester {
        slot,
        ..requester.clone()
    }
}
