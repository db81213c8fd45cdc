//! Mutes, removals and bans, which stay in force while the person is away, and over a restart.
//!
//! Pure: the time is an argument, and what changes is collected as changes of records, which the hub
//! hands to the store.

use crate::chat::grant::{Rank, Reach};
use crate::model::event::Author;
use crate::model::time::Ticks;
use crate::store::record::{Record, RecordChange, RecordKind};
use crate::websocket::close;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most mutes, removals and bans in force at once. Each visit and each join looks through all of them. A
/// class of 40 has a handful; a thousand is a program that mutes, and costs a look some ten
/// microseconds.
pub(super) const MAX_SANCTIONS: usize = 1000;

/// What a sanction keeps a person from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Talking.
    Mute,
    /// Being there, for a while.
    Removal,
    /// Being there, until somebody who leads decides otherwise.
    Ban,
}

impl Kind {
    fn record(self) -> RecordKind {
        match self {
            Kind::Mute => RecordKind::Mute,
            Kind::Removal => RecordKind::Removal,
            Kind::Ban => RecordKind::Ban,
        }
    }

    fn of(record: RecordKind) -> Kind {
        match record {
            RecordKind::Mute => Kind::Mute,
            RecordKind::Removal => Kind::Removal,
            RecordKind::Ban => Kind::Ban,
        }
    }
}

/// The number of a sanction that is not in force yet.
pub(super) const NOT_IN_FORCE: u64 = 0;

/// A mute, a removal or a ban.
#[derive(Debug, Clone)]
pub(super) struct Sanction {
    /// Counts from 1, in the order in which sanctions were imposed.
    pub(super) number: u64,
    pub(super) kind: Kind,
    /// The person whom it binds, as they were called.
    pub(super) target: Arc<Author>,
    /// The rank that they had, for those who want to lift it later.
    pub(super) rank: Rank,
    /// For guests, the device is bound, too. Never an address, because a school shares one; never a
    /// name, because a bully could get the victim's name banned.
    pub(super) device: Option<Box<str>>,
    /// Where it holds: the rooms of the token of the one who imposed it.
    pub(super) reach: Reach,
    /// When it ends.
    pub(super) until: Ticks,
    pub(super) reason: Option<Box<str>>,
    /// The one who imposed it.
    pub(super) by: Arc<Author>,
}

impl Sanction {
    /// Whether it binds this person, or this device.
    pub(super) fn binds(&self, sub: &str, device: Option<&str>) -> bool {
        *self.target.sub == *sub || device.is_some() && self.device.as_deref() == device
    }

    /// Whether it keeps the person away.
    pub(super) fn bars(&self) -> bool {
        self.kind != Kind::Mute
    }

    /// The code and the reason of the Close frame for a person who is kept away: a slug, the time that is
    /// left, and why. A long reason is cut off.
    pub(super) fn close(&self, now: Ticks) -> (close::Code, String) {
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
    fn record(&self) -> Record {
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
    fn restored(record: Record) -> Option<Sanction> {
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
            kind: Kind::of(record.kind),
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

/// The outcome of a request to lift somebody's mutes or removals.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lifted {
    /// Some were lifted, in some rooms at least.
    pub(super) some: bool,
    /// Some hold in all rooms, and who asked leads only some.
    pub(super) beyond: bool,
}

/// All mutes, removals and bans.
#[derive(Debug, Default)]
pub(super) struct Sanctions {
    all: Vec<Sanction>,
    /// The number of the newest one.
    last: u64,
    /// What the store has not been told yet.
    changes: Vec<RecordChange>,
}

impl Sanctions {
    /// Puts what an earlier run of the server kept back into force.
    pub(super) fn restore(&mut self, records: impl IntoIterator<Item = Record>) {
        let restored = records.into_iter().filter_map(Sanction::restored);
        self.all.extend(restored.take(MAX_SANCTIONS));
        self.all.sort_by_key(|sanction| sanction.number);
        self.last = self.all.last().map_or(0, |sanction| sanction.number);
    }

    /// What has changed since the last call, for the store.
    pub(super) fn take_changes(&mut self) -> Vec<RecordChange> {
        std::mem::take(&mut self.changes)
    }

    /// Drops the sanctions that `stays` does not keep.
    fn retain(&mut self, stays: impl Fn(&Sanction) -> bool) {
        for gone in self.all.extract_if(.., |sanction| !stays(sanction)) {
            let id = gone.number.to_string().into();
            self.changes
                .push(RecordChange::Drop(gone.kind.record(), id));
        }
    }

    /// The lesson has ended: the next pupil sits at the same device, so what binds a device is over.
    pub(super) fn end_lesson(&mut self) {
        self.retain(|sanction| sanction.device.is_none());
    }

    /// Those of one kind that are in force, the oldest first.
    pub(super) fn of(&self, kind: Kind, now: Ticks) -> impl DoubleEndedIterator<Item = &Sanction> {
        self.in_force(now)
            .filter(move |sanction| sanction.kind == kind)
    }

    /// All that are in force, the oldest first.
    pub(super) fn in_force(&self, now: Ticks) -> impl DoubleEndedIterator<Item = &Sanction> {
        let all = self.all.iter();
        all.filter(move |sanction| sanction.until > now)
    }

    /// The removal that keeps this person or device out of every room of `reach`.
    pub(super) fn removal(
        &self,
        sub: &str,
        device: Option<&str>,
        reach: &Reach,
        now: Ticks,
    ) -> Option<&Sanction> {
        self.longest_removal(sub, device, now, |barred| barred.contains(reach))
    }

    /// The removal that keeps this person or device out of `room`.
    pub(super) fn removal_from(
        &self,
        sub: &str,
        device: Option<&str>,
        room: &str,
        now: Ticks,
    ) -> Option<&Sanction> {
        self.longest_removal(sub, device, now, |barred| barred.covers(room))
    }

    /// The longest of those removals and bans of this person or device whose rooms `concerns` accepts.
    fn longest_removal(
        &self,
        sub: &str,
        device: Option<&str>,
        now: Ticks,
        concerns: impl Fn(&Reach) -> bool,
    ) -> Option<&Sanction> {
        let concerned = self.in_force(now);
        let concerned = concerned.filter(|it| it.bars() && it.binds(sub, device));
        let concerned = concerned.filter(|removal| concerns(&removal.reach));
        concerned.max_by_key(|removal| removal.until)
    }

    /// The mutes of this person or device: where, and until when.
    pub(super) fn mutes(&self, sub: &str, device: Option<&str>, now: Ticks) -> Vec<(Reach, Ticks)> {
        let mutes = self.of(Kind::Mute, now);
        let mutes = mutes.filter(|mute| mute.binds(sub, device));
        mutes.map(|mute| (mute.reach.clone(), mute.until)).collect()
    }

    /// Imposes a sanction, in place of those of the same person that hold in none but its rooms. A
    /// removal that lasts longer stays. Returns false if there are too many.
    #[must_use]
    pub(super) fn impose(&mut self, mut new: Sanction, now: Ticks) -> bool {
        let same = |old: &Sanction| old.kind == new.kind && old.target.sub == new.target.sub;
        let longer = |old: &Sanction| {
            old.kind == Kind::Removal && old.until > new.until && old.reach.contains(&new.reach)
        };
        if self.all.iter().any(|old| same(old) && longer(old)) {
            return true;
        }
        self.sweep(now);
        let replaced = |old: &Sanction| same(old) && new.reach.contains(&old.reach);
        if self.all.iter().filter(|old| !replaced(old)).count() >= MAX_SANCTIONS {
            return false;
        }
        self.retain(|old| !replaced(old));
        self.last += 1;
        new.number = self.last;
        self.changes
            .push(RecordChange::Keep(Box::new(new.record())));
        self.all.push(new);
        true
    }

    /// Lifts the sanctions of those `kinds` that `chosen` picks, in the rooms of `reach`.
    pub(super) fn lift(
        &mut self,
        kinds: &[Kind],
        reach: &Reach,
        chosen: impl Fn(&Sanction) -> bool,
    ) -> Lifted {
        let mut lifted = Lifted::default();
        for sanction in &mut self.all {
            if !kinds.contains(&sanction.kind) || !chosen(sanction) || !sanction.reach.meets(reach)
            {
                continue;
            }
            match sanction.reach.without(reach) {
                Some(rest) => {
                    (sanction.reach, lifted.some) = (rest, true);
                    let record = Box::new(sanction.record());
                    self.changes.push(RecordChange::Keep(record));
                }
                None => lifted.beyond = true,
            }
        }
        self.retain(|sanction| !sanction.reach.is_empty());
        lifted
    }

    /// Forgets how a person was called. What binds them stays until it is over.
    pub(super) fn forget(&mut self, sub: &str) {
        let nameless = |author: &mut Arc<Author>| {
            if *author.sub == *sub {
                Arc::make_mut(author).name = "".into();
            }
        };
        for sanction in &mut self.all {
            nameless(&mut sanction.target);
            nameless(&mut sanction.by);
        }
    }

    /// Drops what is over.
    pub(super) fn sweep(&mut self, now: Ticks) {
        self.retain(|sanction| sanction.until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::role::Role;

    const NOW: Ticks = Ticks::at(1000);

    fn reach(rooms: &[&str]) -> Reach {
        let rooms: Vec<String> = rooms.iter().map(|&room| room.into()).collect();
        Reach::of(Some(&rooms))
    }

    fn sanction(kind: Kind, sub: &str, reach: Reach, millis: u64) -> Sanction {
        let author = |sub: &str| {
            Arc::new(Author {
                sub: sub.into(),
                id: format!("id-{sub}").into(),
                name: sub.into(),
                role: Role::Member,
            })
        };
        Sanction {
            number: NOT_IN_FORCE,
            kind,
            target: author(sub),
            rank: Rank::LOWEST,
            device: Some(format!("device of {sub}").into()),
            reach,
            until: NOW.after(millis),
            reason: None,
            by: author("host"),
        }
    }

    #[test]
    fn a_removal_from_certain_rooms_keeps_nobody_out_of_others() {
        let mut all = Sanctions::default();
        assert!(all.impose(sanction(Kind::Removal, "bo", reach(&["b"]), 50), NOW));
        let out =
            |all: &Sanctions, sub, device, room| all.removal_from(sub, device, room, NOW).is_some();
        assert!(out(&all, "bo", None, "b") && !out(&all, "bo", None, "a"));
        assert!(out(&all, "other name", Some("device of bo"), "b"));
        assert!(!out(&all, "ann", None, "b") && !out(&all, "ann", Some("hers"), "b"));
        let whole = |reach: &Reach| all.removal("bo", None, reach, NOW).is_some();
        assert!(whole(&reach(&["b"])));
        assert!(!whole(&Reach::EVERYWHERE) && !whole(&reach(&["a", "b"])));
        assert!(
            all.removal("bo", None, &reach(&["b"]), NOW.after(50))
                .is_none(),
            "over"
        );
    }

    #[test]
    fn a_longer_removal_stays_and_a_newer_mute_counts() {
        let mut all = Sanctions::default();
        let everywhere = || Reach::EVERYWHERE;
        for millis in [50, 20] {
            assert!(all.impose(sanction(Kind::Removal, "bo", everywhere(), millis), NOW));
            assert!(all.impose(sanction(Kind::Mute, "bo", everywhere(), millis), NOW));
        }
        let removal = all.removal("bo", None, &everywhere(), NOW);
        assert_eq!(removal.map(|removal| removal.until), Some(NOW.after(50)));
        assert_eq!(all.mutes("bo", None, NOW), [(everywhere(), NOW.after(20))]);
    }

    #[test]
    fn who_leads_certain_rooms_lifts_there_and_nowhere_else() {
        let mut all = Sanctions::default();
        assert!(all.impose(sanction(Kind::Mute, "bo", reach(&["a", "b"]), 50), NOW));
        assert!(all.impose(sanction(Kind::Mute, "cy", Reach::EVERYWHERE, 50), NOW));
        let b = reach(&["b"]);
        let lifted = |some, beyond| Lifted { some, beyond };
        let bo = |sanction: &Sanction| sanction.binds("bo", None);
        let cy = |sanction: &Sanction| sanction.binds("cy", None);
        assert_eq!(all.lift(&[Kind::Mute], &b, bo), lifted(true, false));
        assert_eq!(all.mutes("bo", None, NOW), [(reach(&["a"]), NOW.after(50))]);
        assert_eq!(all.lift(&[Kind::Mute], &b, bo), lifted(false, false));
        assert_eq!(all.lift(&[Kind::Mute], &b, cy), lifted(false, true));
        let everywhere = Reach::EVERYWHERE;
        assert_eq!(
            all.lift(&[Kind::Removal], &everywhere, cy),
            lifted(false, false)
        );
        assert_eq!(
            all.lift(&[Kind::Mute], &everywhere, cy),
            lifted(true, false)
        );
        assert!(all.mutes("cy", None, NOW).is_empty());
    }

    #[test]
    fn their_number_is_bounded_and_what_is_over_makes_room() {
        let mut all = Sanctions::default();
        for n in 0..MAX_SANCTIONS {
            let mute = sanction(Kind::Mute, &n.to_string(), Reach::EVERYWHERE, 50);
            assert!(all.impose(mute, NOW));
        }
        let one_more = || sanction(Kind::Mute, "more", Reach::EVERYWHERE, 500);
        assert!(!all.impose(one_more(), NOW));
        let again = sanction(Kind::Mute, "7", Reach::EVERYWHERE, 50);
        assert!(all.impose(again, NOW), "in place of the one before");
        assert!(all.impose(one_more(), NOW.after(50)));
    }

    #[test]
    fn who_is_forgotten_stays_bound_without_a_name() {
        let mut all = Sanctions::default();
        assert!(all.impose(sanction(Kind::Removal, "bo", Reach::EVERYWHERE, 50), NOW));
        all.forget("bo");
        let removal = all.removal("bo", None, &Reach::EVERYWHERE, NOW);
        assert_eq!(removal.map(|removal| &*removal.target.name), Some(""));
    }
}
