//! "Tell the teacher": a message or a person is reported to the hosts of the room, and to nobody else: an
//! assistant may be a pupil, too.
//!
//! The message is found first, in memory or in the store. Its author is not told, and if they are a host,
//! they do not see the report either.

use super::Hub;
use super::context::{Reply, Requester};
use super::persistence::{PendingQuery, unreadable};
use super::requests::has_left;
use crate::chat::classroom::reports::{MAX_REPORTS_OF_ONE, Made, Report, Words};
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, Reported, RequestError};
use crate::chat::report_info::ReportInfo;
use crate::config::Keep;
use crate::model::event::Author;
use crate::model::ids::RoomKey;
use crate::model::item::MessageState;
use crate::model::role::Role;
use crate::store::query::{StoreAnswer, StoreQuery};
use crate::store::queue::{Need, Note};
use std::sync::Arc;

/// Bytes of one list of reports: it must fit into a backlog beside what is said meanwhile.
const REPORT_LIST: usize = 48 * 1024;

impl Hub {
    /// Serves `report`.
    pub(super) fn report(
        &mut self,
        requester: &Requester,
        room: &str,
        reported: Reported,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::Report, Some(key))?;
        let Some(seq) = reported.seq else {
            return self.report_person(requester, key, reported);
        };
        if self.rooms.get(key).is_pending(seq) {
            self.flush();
        }
        let room = self.rooms.get(key);
        let ended = seq <= room.lesson_end;
        if ended || seq > room.head() || room.log.holds(seq) || self.store.is_none() {
            let found = room.log.item(seq).filter(|_| !ended);
            return self.report_message(requester, key, found, reported);
        }
        let room = Arc::clone(&room.name);
        self.ask_store(
            requester,
            StoreQuery::Message { room, seq },
            |client, requester| PendingQuery::Report {
                client,
                requester,
                room: key,
                reported,
            },
        )?;
        Ok(Reply::Sent)
    }

    /// The store has found the message that is reported.
    pub(super) fn reported_found(
        &mut self,
        requester: &Requester,
        room: RoomKey,
        reported: Reported,
        answer: Option<StoreAnswer>,
    ) -> Result<Reply, RequestError> {
        let key = self.still_in(requester, room)?;
        // The same request may have come again while the store was reading.
        if let Some(reply) = self.earlier_reply(requester)? {
            return Ok(reply);
        }
        self.may(requester, Action::Report, Some(key))?;
        let Some(StoreAnswer::Message(item)) = answer else {
            return Err(unreadable());
        };
        self.flush();
        let log = &self.rooms.get(key).log;
        let item = item.map(|item| log.bring_up_to_date(item));
        self.report_message(requester, key, item, reported)
    }

    fn report_message(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        message: Option<MessageState>,
        reported: Reported,
    ) -> Result<Reply, RequestError> {
        let Some(message) = message else {
            let message = "There is no such message.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        };
        let target = Arc::clone(&message.event.by);
        let anonymous = message.is_anonymous();
        // Nobody finds out by trying whose a question is.
        if reported
            .user
            .as_ref()
            .is_some_and(|id| *id != target.id || anonymous)
        {
            let message = "`user` is not the author of that message.";
            return Err(RequestError::new(ErrorCode::BadMessage, message));
        }
        let words = match message.text {
            Some(text) if !message.purged => Words::Text(text),
            _ => Words::Deleted,
        };
        self.open_report(requester, key, (target, anonymous, words), reported)
    }

    fn report_person(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        reported: Reported,
    ) -> Result<Reply, RequestError> {
        let user = reported.user.as_deref().unwrap_or_default();
        let target = self.people.by_id(user).and_then(|key| self.people.get(key));
        let Some(target) = target.filter(|person| person.been.contains(&key)) else {
            let message = "Nobody with that id was in this room.";
            return Err(RequestError::new(ErrorCode::UnknownUser, message));
        };
        let target = Arc::clone(target.author_in(&self.rooms.get(key).name).0);
        self.open_report(requester, key, (target, false, Words::None), reported)
    }

    fn open_report(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        (target, anonymous, words): (Arc<Author>, bool, Words),
        reported: Reported,
    ) -> Result<Reply, RequestError> {
        let by = self.acting(requester).ok_or_else(has_left)?;
        if by.sub == target.sub {
            let message = "One cannot report oneself.";
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        self.check_records(Need::Everybody)?;
        let report = Report {
            number: 0,
            room: Arc::clone(&self.rooms.get(key).name),
            seq: reported.seq,
            target,
            anonymous,
            by,
            words,
            note: reported.note,
            at: self.now,
        };
        match self.reports.open(report, self.clock) {
            Made::New(number) => self.tell_of_report(number),
            Made::Again => {}
            Made::FullOfOne => {
                let message = format!(
                    "{MAX_REPORTS_OF_ONE} of your reports are open. Wait until somebody has looked \
                     at them."
                );
                return Err(RequestError::new(ErrorCode::Forbidden, message));
            }
            Made::Full => {
                let message = "Too many reports are open. Tell somebody who leads in another way.";
                return Err(RequestError::new(ErrorCode::Forbidden, message));
            }
        }
        self.keep_reports();
        Ok(self.conclude_private(requester, false))
    }

    fn tell_of_report(&mut self, number: u64) {
        let Some(report) = self.reports.get(number) else {
            return;
        };
        let report = report.clone();
        let frame = ServerMessage::Reported(ReportInfo::of(&report)).frame();
        self.tell_readers(&report, &frame);
    }

    /// Tells the hosts there, but not the person concerned.
    fn tell_readers(&mut self, report: &Report, frame: &[u8]) {
        let concerned = self.people.by_sub(&report.target.sub);
        self.send_to_leaders(frame, |person, grant| {
            let reads = grant.role == Role::Host && grant.reach.covers(&report.room);
            reads && Some(person) != concerned
        });
    }

    /// Serves `reports`: those that are open, the newest first.
    pub(super) fn list_reports(&mut self, requester: &Requester) -> Result<Reply, RequestError> {
        self.may(requester, Action::ReadReports, None)?;
        let reach = &self.grant(requester)?.reach;
        let person = self.people.get(requester.person).ok_or_else(has_left)?;
        let sub = &person.author.sub;
        let (mut size, mut more) = (0, false);
        let readable = self.reports.newest().filter(|it| it.is_for(sub, reach));
        let entries = readable.map(ReportInfo::of);
        let entries = entries.take_while(|entry| {
            size += serde_json::to_vec(entry).map_or(0, |json| json.len());
            more = size > REPORT_LIST;
            !more
        });
        let reports = entries.collect();
        let list = ServerMessage::Reports {
            reference: requester.reference.as_ref(),
            reports,
            more,
        }
        .frame();
        self.outgoing.send_frame(requester.slot, &list);
        Ok(Reply::Ack)
    }

    /// Serves the action `close_report`.
    pub(super) fn close_report(
        &mut self,
        requester: &Requester,
        action: &'static str,
        id: u64,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::ReadReports, None)?;
        let reach = self.grant(requester)?.reach.clone();
        let person = self.people.get(requester.person).ok_or_else(has_left)?;
        let report = self.reports.get(id);
        let report = report.filter(|it| it.is_for(&person.author.sub, &reach));
        let Some(report) = report.cloned() else {
            let message = "There is no such report, or it was closed.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        };
        self.check_records(Need::Erasing)?;
        let room = &report.room;
        let by = person.info();
        let frame = ServerMessage::ReportClosed { id, room, by }.frame();
        self.reports.close(id);
        self.keep_reports();
        if let Some(key) = self.rooms.find(room) {
            self.audit_room(action, requester, key);
        }
        self.tell_readers(&report, &frame);
        Ok(Reply::Stored)
    }

    /// A message was erased for good: its words in reports, too.
    pub(super) fn purge_reports(&mut self, key: RoomKey, seq: u64) {
        let room = &self.rooms.get(key).name;
        self.reports.purge(room, seq);
        self.keep_reports();
    }

    /// Drops reports that are older than what is kept.
    pub(super) fn sweep_reports(&mut self) {
        if let Keep::For(time) = self.setup.config.history.keep {
            let kept = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            self.reports.sweep(kept, self.clock);
            self.keep_reports();
        }
    }

    /// Hands what has changed to the store.
    pub(super) fn keep_reports(&mut self) {
        for change in self.reports.take_changes() {
            self.note(|| Note::Record(change));
        }
    }
}
