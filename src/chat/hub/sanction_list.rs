//! The list of mutes, removals and bans, for those who lead.

use super::Hub;
use super::context::{Reply, Requester};
use super::discipline::brief;
use crate::chat::classroom::sanction::{Kind, Sanction};
use crate::chat::event::{SanctionInfo, ServerMessage};
use crate::chat::gate::Action;
use crate::chat::message::RequestError;
use crate::model::role::Role;

/// Bytes of one list of mutes and removals: it must fit into a backlog beside what is said meanwhile.
const LIST: usize = 48 * 1024;

impl Hub {
    /// Answers `sanctions`: who is muted or removed in rooms that the requester leads.
    pub(super) fn list_sanctions(&mut self, requester: &Requester) -> Result<Reply, RequestError> {
        self.may(requester, Action::Discipline(Role::Observer), None)?;
        let reach = &self.grant(requester)?.reach;
        let (mut size, mut more) = (0, false);
        let mut list = |kind| -> Vec<SanctionInfo<'_>> {
            let all = self.sanctions.of(kind, self.clock).rev();
            let all = all.filter(|sanction| sanction.reach.meets(reach));
            let all =
                all.map(|sanction| self.entry(sanction, self.knows(requester.slot, sanction)));
            let fits = all.take_while(|entry| {
                size += serde_json::to_vec(entry).map_or(0, |json| json.len());
                more |= size > LIST;
                !more
            });
            fits.collect()
        };
        let (bans, kicks) = (list(Kind::Ban), list(Kind::Removal));
        let mutes = list(Kind::Mute);
        let list = ServerMessage::Sanctions {
            reference: requester.reference.as_ref(),
            mutes,
            kicks,
            bans,
            more,
        }
        .frame();
        self.outgoing.send_frame(requester.slot, &list);
        Ok(Reply::Ack)
    }

    /// `knows`: the requester may be told whom it binds.
    fn entry<'a>(&'a self, sanction: &'a Sanction, knows: bool) -> SanctionInfo<'a> {
        let asked = sanction.asked.as_ref();
        SanctionInfo {
            user: knows.then(|| brief(&sanction.target)),
            room: asked.map(|asked| &*asked.room),
            hand: asked.map(|asked| asked.hand),
            until: self.shown(sanction.until),
            lesson: sanction.ends_with_lesson(),
            reason: sanction.reason.as_deref(),
            by: brief(&sanction.by),
            was: self
                .sanctions
                .evaded_by(sanction, self.clock)
                .map(|evaded| brief(&evaded.target)),
            rooms: sanction.reach.rooms(),
        }
    }
}
