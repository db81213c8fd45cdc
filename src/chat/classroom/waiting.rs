//! One message that waits for approval, and the record that brings it back after a restart.

use crate::chat::message::{Fingerprint, Parser};
use crate::model::event::Author;
use crate::model::json::Json;
use crate::model::time::{Millis, Ticks};
use crate::store::opened::{KnownRef, RefRequest};
use crate::store::record::{Record, RecordKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a person wants to say.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The room.
    pub(crate) room: Arc<str>,
    /// The person.
    pub(crate) by: Arc<Author>,
    /// A guest's device: who removes a guest also removes what was said on the same device.
    pub(crate) device: Option<Box<str>>,
    /// The words.
    pub(crate) text: Json,
    /// The message that it answers.
    pub(crate) reply_to: Option<u64>,
    /// The message that it edits.
    pub(crate) of: Option<u64>,
    /// The `ref`.
    pub(crate) reference: Option<Json>,
    /// Recognises the request when it comes again.
    pub(crate) print: Option<Fingerprint>,
}

/// A message, or an edit, that waits for approval.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// Its number among all that ever waited.
    pub(crate) id: u64,
    /// When it was said, by the wall clock.
    pub(crate) at: Millis,
    /// When it was said, or when the server was started since.
    pub(crate) since: Ticks,
    /// What was said, by whom and where.
    pub(crate) said: Said,
}

impl Waiting {
    /// Whether this person, or somebody on this device, said it.
    pub(crate) fn is_of(&self, sub: &str, device: Option<&str>) -> bool {
        let Said {
            by, device: own, ..
        } = &self.said;
        *by.sub == *sub || device.is_some() && own.as_deref() == device
    }

    /// The record that brings it back after a restart.
    pub(super) fn record(&self) -> Record {
        let said = &self.said;
        let body = Body {
            text: serde_json::from_str(said.text.as_str()).unwrap_or_default(),
            reply_to: said.reply_to,
            of: said.of,
            at: self.at,
            device: said.device.clone(),
            reference: said.reference.as_ref().map(|it| it.as_str().into()),
        };
        Record {
            kind: RecordKind::Waiting,
            id: self.id.to_string().into(),
            by: Arc::clone(&said.by),
            target: None,
            room: Some(Arc::clone(&said.room)),
            until: None,
            body: serde_json::to_string(&body).unwrap_or_default().into(),
        }
    }

    /// The message of a record; `None` if the record is none of those that [`Waiting::record`] makes.
    pub(super) fn restored(record: Record, parser: &Parser, now: Ticks) -> Option<Waiting> {
        let body: Body = serde_json::from_str(&record.body).ok()?;
        let room = record.room?;
        let text = Json::quote(&body.text);
        let known = body.reference.as_ref().map(|reference| KnownRef {
            sub: (*record.by.sub).into(),
            reference: reference.clone(),
            room: Arc::clone(&room),
            seq: 0,
            at: body.at,
            what: match body.of {
                Some(of) => RefRequest::Edit { of },
                None => RefRequest::Message,
            },
            text: Some(text.clone()),
            reply_to: body.reply_to,
        });
        Some(Waiting {
            id: record.id.parse().ok()?,
            at: body.at,
            since: now,
            said: Said {
                room,
                by: record.by,
                device: body.device,
                text,
                reply_to: body.reply_to,
                of: body.of,
                reference: body.reference.as_deref().and_then(quoted_again),
                print: known.map(|known| parser.print_of(&known)),
            },
        })
    }
}

/// The `ref` whose JSON this is.
fn quoted_again(json: &str) -> Option<Json> {
    let reference: String = serde_json::from_str(json).ok()?;
    Some(Json::quote(&reference))
}

/// What a record of a message that waits holds beside who said it and where.
#[derive(Serialize, Deserialize)]
struct Body {
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
    at: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<Box<str>>,
    /// As JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<Box<str>>,
}
