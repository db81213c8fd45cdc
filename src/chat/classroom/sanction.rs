//! One mute, removal or ban, and the record that brings it back after a restart.

use crate::auth::looks::look;
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
    /// The action of `moderate` that imposes it.
    pub(crate) fn action(self) -> &'static str {
        match self {
            Kind::Mute => "mute",
            Kind::Removal => "kick",
            Kind::Ban => "ban",
        }
    }

    pub(super) fn record(self) -> RecordKind {
        match self {
            Kind::Mute => RecordKind::Mute,
            Kind::Removal => RecordKind::Removal,
            Kind::Ban => RecordKind::Ban,
        }
    }

    /// `None`: a record of another rule.
    fn of(record: RecordKind) -> Option<Kind> {
        match record {
            RecordKind::Mute => Some(Kind::Mute),
            RecordKind::Removal => Some(Kind::Removal),
            RecordKind::Ban => Some(Kind::Ban),
            _ => None,
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
    /// The rooms of the person's tokens: with the lesson there ends what binds the device. All rooms if
    /// they are not known.
    pub(crate) home: Reach,
    /// Where it holds: the rooms of the token of the one who imposed it.
    pub(crate) reach: Reach,
    /// When it ends.
    pub(crate) until: Ticks,
    pub(crate) reason: Option<Box<str>>,
    /// The anonymous question through which the person was found: nobody is told whom it binds but
    /// those who may know who asked.
    pub(crate) asked: Option<Asked>,
    /// The one who imposed it.
    pub(crate) by: Arc<Author>,
    /// What is known of others who have the same name.
    pub(crate) namesakes: Namesakes,
}

/// Others who have the name of the person whom a sanction binds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Namesakes {
    /// The name got a number, because somebody else had it.
    pub(crate) numbered: bool,
    /// The `sub`s of those who are not suspected of being the same person: they were here before, or
    /// those who lead were told of them already.
    pub(crate) known: Vec<Box<str>>,
    /// The number of the sanction that the person may be evading. The server itself imposed this one.
    pub(crate) evading: Option<u64>,
    /// Not kept: after a restart, those who lead are told once more.
    pub(crate) told: Told,
}

/// How many of the people who may be evading a sanction those who lead know of. They hear of the first at
/// once, and of the others together, or a program that joins would flood them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Told {
    #[default]
    Nothing,
    /// More have come since.
    Less,
    All,
}

impl Sanction {
    /// Whether it binds this person, or this device.
    pub(crate) fn binds(&self, sub: &str, device: Option<&str>) -> bool {
        *self.target.sub == *sub || device.is_some() && self.device.as_deref() == device
    }

    /// Whether somebody may be told whom it binds who learns in the rooms of `reach` who asks anonymously.
    pub(crate) fn is_named_to(&self, reach: Option<&Reach>) -> bool {
        let asked_there = |asked: &Asked| reach.is_some_and(|reach| reach.covers(&asked.room));
        self.asked.as_ref().is_none_or(asked_there)
    }

    /// The same after it was lifted, for those who are told.
    pub(crate) fn over(self) -> Sanction {
        Sanction {
            until: Ticks::NEVER,
            reason: None,
            ..self
        }
    }

    /// Whether the person asked for a name with one of these looks, or was called so.
    pub(super) fn is_called(&self, looks: &[String]) -> bool {
        let shown = &*self.target.name;
        let numbered = shown.rsplit_once(' ').filter(|_| self.namesakes.numbered);
        let same = |name: &str| looks.contains(&look(name));
        same(shown) || numbered.is_some_and(|(name, _)| same(name))
    }

    /// Whether the person may be evading one of the sanctions with these numbers.
    pub(super) fn evades(&self, numbers: &[u64]) -> bool {
        let evading = self.namesakes.evading;
        evading.is_some_and(|number| numbers.contains(&number))
    }

    /// Whether nothing but the end of the lesson ends it by itself, because it binds a device.
    pub(crate) fn ends_with_lesson(&self) -> bool {
        self.until == Ticks::NEVER && self.device.is_some()
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
        let mut reason = match self.until {
            Ticks::NEVER if self.ends_with_lesson() => format!("{slug}: until the lesson ends"),
            Ticks::NEVER => format!("{slug}: until the teacher lets you in again"),
            until => {
                format!(
                    "{slug}: you may come back in {}",
                    remaining(until.since(now))
                )
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
            home: self.home.rooms().map(<[_]>::to_vec),
            rooms: self.reach.rooms().map(<[_]>::to_vec),
            reason: self.reason.clone(),
            numbered: self.namesakes.numbered,
            known: self.namesakes.known.clone(),
            evading: self.namesakes.evading,
            asked: self.asked.clone(),
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
            home: Reach::named(body.home),
            reach: Reach::named(body.rooms),
            until: record.until.unwrap_or(Ticks::NEVER),
            reason: body.reason,
            asked: body.asked,
            by: record.by,
            namesakes: Namesakes {
                numbered: body.numbered,
                known: body.known,
                evading: body.evading,
                told: Told::default(),
            },
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
    /// The rooms of the person's tokens; absent: not known, as in a history of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    home: Option<Vec<Box<str>>>,
    /// Where it holds; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rooms: Option<Vec<Box<str>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
    /// This and the next two are [`Namesakes`].
    #[serde(default, skip_serializing_if = "is_false")]
    numbered: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    known: Vec<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evading: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
}

/// A time that is left, rounded up to a second.
fn remaining(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    match (seconds / 60, seconds % 60) {
        (minutes, 0) => format!("{minutes} min"),
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A question, by its room and the event with which it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) room: Box<str>,
    pub(crate) hand: u64,
}

#[cfg(test)]
mod tests {
    use super::remaining;

    #[test]
    fn the_time_that_is_left_is_exact_to_the_second() {
        for (ms, words) in [
            (600_000, "10 min"),
            (599_001, "10 min"),
            (598_000, "9 min 58 s"),
            (1_500, "2 s"),
            (86_400_000, "1440 min"),
        ] {
            assert_eq!(remaining(ms), words);
        }
    }
}
