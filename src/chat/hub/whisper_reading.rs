//! How private messages are read: one conversation, or the list of them.

use super::Hub;
use super::context::{Reply, Requester};
use super::persistence::{PendingQuery, unreadable};
use super::requests::has_left;
use super::whispering::forbidden;
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{HOSTS, RequestError};
use crate::chat::private::{WhisperInfo, entry};
use crate::model::role::Role;
use crate::store::query::{StoreAnswer, StoreQuery};
use crate::store::queue::Note;
use crate::store::whisper::{
    ReadWhisper, Since, Whisper, WhisperPage, WhisperQuery, WhisperReader, With,
};

/// Private messages in one answer, and conversations in one list.
const PAGE: usize = 100;
/// Bytes of one answer: it must fit into a backlog beside what is said meanwhile.
const PAGE_BYTES: usize = 48 * 1024;

impl Hub {
    /// Serves `whispers`: a conversation, or the list of them.
    pub(super) fn read_whispers(
        &mut self,
        requester: &Requester,
        with: Option<&str>,
        before: Option<u64>,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::ReadWhispers, None)?;
        let with = with.map(|with| match with {
            HOSTS => With::Hosts,
            id => With::Person(id.into()),
        });
        let query = WhisperQuery {
            reader: self.reader(requester)?,
            with,
            before: before.unwrap_or(u64::MAX),
            limit: PAGE,
        };
        if self.store.is_some() {
            let question = StoreQuery::Whispers(Box::new(query.clone()));
            self.ask_store(requester, question, |client, requester| {
                PendingQuery::Whispers {
                    client,
                    requester,
                    query,
                }
            })?;
            return Ok(Reply::Sent);
        }
        let page = self.whispers.read(&query);
        self.send_whispers(requester, &query, &page);
        Ok(Reply::Ack)
    }

    /// Who reads, and what they may.
    fn reader(&self, requester: &Requester) -> Result<WhisperReader, RequestError> {
        let person = self.people.get(requester.person).ok_or_else(has_left)?;
        if person.is_demo() {
            return Err(forbidden("A demo connection has no private messages."));
        }
        let session = self.outgoing.session(requester.slot).ok_or_else(has_left)?;
        let grant = &session.grant;
        Ok(WhisperReader {
            sub: person.author.sub.clone(),
            rooms: grant.reach.rooms().map(<[_]>::to_vec),
            teaches: grant.role == Role::Host,
            since: match grant.leads() {
                true => Since::EVER,
                false => session.since,
            },
        })
    }

    /// The store has read private messages.
    pub(super) fn whispers_found(
        &mut self,
        requester: &Requester,
        query: &WhisperQuery,
        answer: Option<StoreAnswer>,
    ) -> Result<Reply, RequestError> {
        // The token may have changed meanwhile.
        self.may(requester, Action::ReadWhispers, None)?;
        let reader = self.reader(requester)?;
        let Some(StoreAnswer::Whispers(mut page)) = answer else {
            return Err(unreadable());
        };
        page.items.retain(|item| reader.may_read(&item.whisper));
        self.send_whispers(requester, query, &page);
        Ok(Reply::Ack)
    }

    fn send_whispers(&mut self, requester: &Requester, query: &WhisperQuery, page: &WhisperPage) {
        let sub = &query.reader.sub;
        let is_list = query.with.is_none();
        // The newest that fit; a client that wants the others asks for what comes before these.
        let (mut size, mut messages) = (0, Vec::new());
        let fits = |entry: &WhisperInfo<'_>| {
            size += serde_json::to_vec(entry).map_or(0, |json| json.len());
            size <= PAGE_BYTES
        };
        // Members read nothing of a lesson that has ended.
        let leads = self
            .outgoing
            .session(requester.slot)
            .is_some_and(|session| session.grant.leads());
        let found = page
            .items
            .iter()
            .map(|item| entry(item, sub, self.is_of_ended_lesson(&item.whisper)));
        let entries: Vec<_> = found.filter(|entry| leads || !entry.ended).collect();
        let all = entries.len();
        let entries = entries.into_iter();
        match is_list {
            true => messages.extend(entries.take_while(fits)),
            false => messages.extend(entries.rev().take_while(fits)),
        }
        let more = page.more || messages.len() < all;
        if !is_list {
            messages.reverse();
        }
        let with = query.with.as_ref().map(|with| match with {
            With::Hosts => HOSTS,
            With::Person(id) => id,
        });
        let answer = ServerMessage::Whispers {
            reference: requester.reference.as_ref(),
            with,
            messages,
            more,
        };
        self.outgoing.send_event(requester.slot, &answer);
        self.note_opened(query, page);
    }

    /// Whether a private message was said in a lesson that has ended.
    fn is_of_ended_lesson(&self, whisper: &Whisper) -> bool {
        let class = self.setup.classes.of_room(&whisper.room);
        class.is_some_and(|class| whisper.id <= self.classes[class].door.whispers())
    }

    /// Whoever reads the newest messages of a conversation has opened it.
    fn note_opened(&mut self, query: &WhisperQuery, page: &WhisperPage) {
        let sub = &query.reader.sub;
        let newest = page.items.last().filter(|_| query.with.is_some());
        if let Some(ReadWhisper { whisper, .. }) = newest.filter(|_| query.before == u64::MAX) {
            let (counterpart, seen) = (whisper.conversation.counterpart(sub), whisper.id);
            match self.store.is_some() {
                false => self.whispers.open(sub, counterpart, seen),
                true => self.note(|| Note::WhispersRead {
                    reader: sub.clone(),
                    counterpart: counterpart.into(),
                    seen,
                }),
            }
        }
    }
}
