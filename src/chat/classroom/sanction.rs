//! One mute, removal or ban, and the record that brings it back after a restart.

use crate::chat::grant::{Rank, Reach};
use crate::model::event::Author;
use crate::model::time::Ticks;
use crate::store::record::{Record, RecordKind};
use crate::websocket::close;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a sanction keeps a person from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Talking.
    Mute,
    /// Being there, for a while.
    Removal,
    /// Being there, until somebody who leads decides otherwise.
    Ban,
}

impl Kind {
    pub(super) fn record(self) -> RecordKind {
        match self {
            Kind::Mute => RecordKind::Mute,
            Kind::Removal => RecordKind::Removal,
            Kind::Ban => RecordKind::Ban,
        }
    }

    /// `None`: it is the record of another rule.
    fn of(record: RecordKind) -> Option<Kind> {
        match record {
            RecordKind::Mute => Some(Kind::Mute),
            RecordKind::Removal => Some(Kind::Removal),
            RecordKind::Ban => Some(Kind::Ban),
            RecordKind::Report => None,
        }
    }
}

/// The number of a sanction that is not in force yet.
pub(crate) const NOT_IN_FORCE: u64 = 0;

/// A mute, a removal or a ban.
#[derive(Debug, Clone)]
pub(crate) struct Sanction {
    /// Counts from 1, in the order in which sanctions were imposed.
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    /// The person whom it binds, as they were called.
    pub(crate) target: Arc<Author>,
    /// The rank that they had, for those who want to lift it later.
    pub(crate) rank: Rank,
    /// For guests, the device is bound, too. Never an address, because a school shares one; never a
    /// name, because a bully could get the victim's name banned.
    pub(crate) device: Option<Box<str>>,
    /// Where it holds: the rooms of the token of the one who imposed it.
    pub(crate) reach: Reach,
    /// When it ends.
    pub(crate) until: Ticks,
    pub(crate) reason: Option<Box<str>>,
    /// The one who imposed it.
    pub(crate) by: Arc<Author>,
}

impl Sanction {
    /// Whether it binds this person, or this device.
    pub(crate) fn binds(&self, sub: &str, device: Option<&str>) -> bool {
        *self.target.sub == *sub || device.is_some() && self.device.as_deref() == device
    }

    /// Whether it keeps the person away.
    pub(crate) fn bars(&self) -> bool {
        self.kind != Kind::Mute
    }

    /// The code and the reason of the Close frame for a person who is kept away: a slug, the time that is
    /// left, and why. A long reason is cut off.
    pub(crate) fn close(&self, now: Ticks) -> (close::Code, String) {
        let (code, slug) = match self.kind {
            Kind::Ban => (close::Code::BANNED, "banned"),
            Kind::Mute | Kind::Removal => (close::Code::KICKED, "removed"),
        };
        let mut reason = match (self.until, &self.device) {
            (Ticks::NEVER, Some(_)) => format!("{slug}: until the lesson ends"),
            (Ticks::NEVER, None) => format!("{slug}: until the teacher lets you in again"),
            (until, _) => {
                let minutes = until.since(now).div_ceil(60_000);
                format!("{slug}: you may come back in {minutes} min")
            }
        };
        if let Some(why) = &self.reason {
            reason = format!("{reason}: {why}");
        }
        (code, reason)
    }

    /// The record that brings it back after a restart.
    pub(super) fn record(&self) -> Record {
        let body = Body {
            sub: self.target.sub.clone(),
            id: self.target.id.clone(),
            rank: self.rank,
            device: self.device.clone(),
            rooms: self.reach.rooms().map(<[_]>::to_vec),
            reason: self.reason.clone(),
        };
        Record {
            kind: self.kind.record(),
            id: self.number.to_string().into(),
            by: Arc::clone(&self.by),
            target: Some(Arc::clone(&self.target)),
            room: None,
            until: Some(self.until).filter(|&until| until != Ticks::NEVER),
            body: serde_json::to_string(&body).unwrap_or_default().into(),
        }
    }

    /// The sanction of a record; `None` if its body is none of those that [`Sanction::record`] writes.
    pub(super) fn restored(record: Record) -> Option<Sanction> {
        let kind = Kind::of(record.kind)?;
        let body: Body = serde_json::from_str(&record.body).ok()?;
        let target = record.target.filter(|target| target.sub == body.sub);
        // The person may have been forgotten since, and is bound all the same.
        let nameless = || {
            Arc::new(Author {
                sub: body.sub.clone(),
                id: body.id.clone(),
                ..Author::nobody()
            })
        };
        Some(Sanction {
            number: record.id.parse().ok()?,
            kind,
            target: target.unwrap_or_else(nameless),
            rank: body.rank,
            device: body.device,
            reach: Reach::named(body.rooms),
            until: record.until.unwrap_or(Ticks::NEVER),
            reason: body.reason,
            by: record.by,
        })
    }
}

/// What a record of a sanction holds beside who, by whom and until when.
#[derive(Serialize, Deserialize)]
struct Body {
    sub: Box<str>,
    id: Box<str>,
    rank: Rank,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<Box<str>>,
    /// Where it holds; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rooms: Option<Vec<Box<str>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
}
