//! Mutes, removals and bans, which stay in force while the person is away, and over a restart.
//!
//! Pure: the time is an argument, and what changes is collected as changes of records, which the hub
//! hands to the store.

use crate::chat::classroom::sanction::{Kind, Sanction};
use crate::chat::grant::Reach;
use crate::model::event::Author;
use crate::model::time::Ticks;
use crate::store::record::{Record, RecordChange};
use std::sync::Arc;

/// Most mutes, removals and bans in force at once. Each visit and each join looks through all of them. A
/// class of 40 has a handful; a thousand is a program that mutes, and costs a look some ten
/// microseconds.
pub(crate) const MAX_SANCTIONS: usize = 1000;

/// The outcome of a request to lift somebody's mutes or removals.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lifted {
    /// Some were lifted, in some rooms at least.
    pub(crate) some: bool,
    /// Some hold in all rooms, and who asked leads only some.
    pub(crate) beyond: bool,
}

/// All mutes, removals and bans.
#[derive(Debug, Default)]
pub(crate) struct Sanctions {
    all: Vec<Sanction>,
    /// The number of the newest one.
    last: u64,
    /// What the store has not been told yet.
    changes: Vec<RecordChange>,
}

impl Sanctions {
    /// Puts what an earlier run of the server kept back into force.
    pub(crate) fn restore(&mut self, records: impl IntoIterator<Item = Record>) {
        let restored = records.into_iter().filter_map(Sanction::restored);
        self.all.extend(restored.take(MAX_SANCTIONS));
        self.all.sort_by_key(|sanction| sanction.number);
        self.last = self.all.last().map_or(0, |sanction| sanction.number);
    }

    /// What has changed since the last call, for the store.
    pub(crate) fn take_changes(&mut self) -> Vec<RecordChange> {
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
    pub(crate) fn end_lesson(&mut self) {
        self.retain(|sanction| sanction.device.is_none());
    }

    /// Those of one kind that are in force, the oldest first.
    pub(crate) fn of(&self, kind: Kind, now: Ticks) -> impl DoubleEndedIterator<Item = &Sanction> {
        self.in_force(now)
            .filter(move |sanction| sanction.kind == kind)
    }

    /// All that are in force, the oldest first.
    pub(crate) fn in_force(&self, now: Ticks) -> impl DoubleEndedIterator<Item = &Sanction> {
        let all = self.all.iter();
        all.filter(move |sanction| sanction.until > now)
    }

    /// The removal that keeps this person or device out of every room of `reach`.
    pub(crate) fn removal(
        &self,
        sub: &str,
        device: Option<&str>,
        reach: &Reach,
        now: Ticks,
    ) -> Option<&Sanction> {
        self.longest_removal(sub, device, now, |barred| barred.contains(reach))
    }

    /// The removal that keeps this person or device out of `room`.
    pub(crate) fn removal_from(
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
    pub(crate) fn mutes(&self, sub: &str, device: Option<&str>, now: Ticks) -> Vec<(Reach, Ticks)> {
        self.mutes_of(sub, device, now, |mute| mute.asked.is_none())
    }

    /// Those through an anonymous question, likewise: nobody is shown them.
    pub(crate) fn unnamed_mutes(
        &self,
        sub: &str,
        device: Option<&str>,
        now: Ticks,
    ) -> Vec<(Reach, Ticks)> {
        self.mutes_of(sub, device, now, |mute| mute.asked.is_some())
    }

    fn mutes_of(
        &self,
        sub: &str,
        device: Option<&str>,
        now: Ticks,
        counts: impl Fn(&Sanction) -> bool,
    ) -> Vec<(Reach, Ticks)> {
        let mutes = self.of(Kind::Mute, now);
        let mutes = mutes.filter(|mute| mute.binds(sub, device) && counts(mute));
        mutes.map(|mute| (mute.reach.clone(), mute.until)).collect()
    }

    /// Imposes a sanction, in place of those of the same person that hold in none but its rooms. A
    /// removal that lasts longer stays. Returns false if there are too many.
    #[must_use]
    pub(crate) fn impose(&mut self, mut new: Sanction, now: Ticks) -> bool {
        // One that is shown stays beside one that is not, or its end would tell whom that one binds.
        let same = |old: &Sanction| {
            old.kind == new.kind
                && old.target.sub == new.target.sub
                && old.asked.is_some() == new.asked.is_some()
        };
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
    pub(crate) fn lift(
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
    pub(crate) fn forget(&mut self, sub: &str) {
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
    pub(crate) fn sweep(&mut self, now: Ticks) {
        self.retain(|sanction| sanction.until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::classroom::sanction::NOT_IN_FORCE;
    use crate::chat::grant::Rank;
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
            asked: None,
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
