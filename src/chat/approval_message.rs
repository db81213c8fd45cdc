//! What the server tells clients about messages that wait for approval, as JSON.

use crate::chat::classroom::waiting::Waiting;
use crate::chat::event::{PendingInfo, PersonInfo};
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::websocket::frame;
use bytes::Bytes;
use serde::Serialize;

/// A message that waits, as it is shown to its author and to those who lead.
pub(crate) fn pending_info(waiting: &Waiting) -> PendingInfo<'_> {
    let said = &waiting.said;
    PendingInfo {
        id: waiting.id,
        from: PersonInfo::named(&said.by.id, &said.by.name),
        text: &said.text,
        reply_to: said.reply_to,
        of: said.of,
        at: waiting.at,
    }
}

/// Every message about what waits for approval.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "the fields are those of the protocol reference in docs/chat.v1.md"
)]
pub(crate) enum ApprovalMessage<'a> {
    /// The answer to the author: it waits.
    Ack {
        #[serde(rename = "ref")]
        reference: &'a Json,
        room: &'a str,
        pending: u64,
    },
    /// To those who lead: something waits.
    Pending {
        room: &'a str,
        #[serde(flatten)]
        message: PendingInfo<'a>,
    },
    /// It is an event of the room now.
    Published {
        room: &'a str,
        id: u64,
        seq: u64,
        at: Millis,
        by: PersonInfo<'a>,
    },
    /// It was dropped. `why`: if that was not a decision about this message.
    Rejected {
        room: &'a str,
        id: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<PersonInfo<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'static str>,
    },
    /// What waits in a room, the oldest first.
    Approvals {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        room: &'a str,
        pending: Vec<PendingInfo<'a>>,
        more: bool,
    },
}

impl ApprovalMessage<'_> {
    /// As a text frame.
    pub(crate) fn frame(&self) -> Bytes {
        // Maps with string keys, numbers and strings: nothing here can fail to be JSON.
        frame::text(&serde_json::to_vec(self).unwrap_or_default())
    }
}
