//! What waits for approval: who sees it, and when it is dropped although nobody decided about it.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::approval_message::{ApprovalMessage, pending_info};
use crate::chat::classroom::waiting::{Said, Waiting};
use crate::chat::event::PendingInfo;
use crate::chat::message::RequestError;
use crate::config::Keep;
use crate::model::ids::Slot;
use bytes::Bytes;

/// Bytes of one list of what waits: it must fit into a backlog beside what is said meanwhile.
const LIST: usize = 48 * 1024;

impl Hub {
    /// Answers `approvals`: those who lead see all that waits in the room, others their own.
    pub(super) fn list_approvals(
        &mut self,
        requester: &Requester,
        room: &str,
        after: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        let room = &self.rooms.get(key).name;
        let (pending, more) = self.pending_after(requester.slot, room, after.unwrap_or(0));
        let list = ApprovalMessage::Approvals {
            reference: requester.reference.as_ref(),
            room,
            pending,
            more,
        }
        .frame();
        self.outgoing.send_frame(requester.slot, &list);
        Ok(Reply::Ack)
    }

    /// What waits in a room as far as this connection may see it, the oldest first, and whether there
    /// is more than fits.
    pub(super) fn pending_after<'a>(
        &'a self,
        slot: Slot,
        room: &'a str,
        after: u64,
    ) -> (Vec<PendingInfo<'a>>, bool) {
        let Some(session) = self.outgoing.session(slot) else {
            return (Vec::new(), false);
        };
        let leads = session.grant.leads();
        let own = self.people.get(session.person);
        let own = own.map(|person| &person.author.sub);
        let mut seen = Vec::new();
        let mut size = 0;
        for waiting in self.approvals.in_room(room, after) {
            if !leads && Some(&waiting.said.by.sub) != own {
                continue;
            }
            let info = pending_info(waiting);
            size += serde_json::to_vec(&info).map_or(0, |json| json.len());
            if size > LIST && !seen.is_empty() {
                return (seen, true);
            }
            seen.push(info);
        }
        (seen, false)
    }

    /// Drops what `chosen` picks of all that was said and waits, and says why.
    pub(super) fn drop_waiting(&mut self, why: &'static str, chosen: impl Fn(&Said) -> bool) {
        self.drop_waiting_with(why, |waiting| chosen(&waiting.said));
    }

    pub(super) fn drop_waiting_with(
        &mut self,
        why: &'static str,
        chosen: impl Fn(&Waiting) -> bool,
    ) {
        let dropped = self.approvals.drop_where(why, chosen);
        self.keep_approvals();
        for Waiting { id, said, .. } in dropped {
            let frame = ApprovalMessage::Rejected {
                room: &said.room,
                id,
                by: None,
                reason: None,
                why: Some(why),
            }
            .frame();
            self.tell_of(&said, &frame);
        }
    }

    /// Drops what has waited longer than the history is kept.
    pub(super) fn sweep_approvals(&mut self) {
        if let Keep::For(time) = self.setup.config.history.keep {
            let (now, keep) = (self.clock, time.as_millis() as u64);
            self.drop_waiting_with("expired", |waiting| now.since(waiting.since) > keep);
        }
    }

    /// Sends a frame to the author of what was said and to those who lead there.
    pub(super) fn tell_of(&mut self, said: &Said, frame: &Bytes) {
        let author = self.people.by_sub(&said.by.sub);
        if let Some(author) = author {
            self.send_to_person(author, frame, None);
        }
        self.send_to_leaders(frame, |person, grant| {
            Some(person) != author && grant.reach.covers(&said.room)
        });
    }
}
