//! Mutes, removals and bans, which stay in force while the person is away, and over a restart.
//!
//! Pure: the time is an argument, and what changes is collected as changes of records, which the hub
//! hands to the store.

use crate::chat::classroom::sanction::{Kind, Sanction, Told};
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

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Sanction> {
        self.all.iter()
    }

    /// The one with that number, to change what the store does not keep.
    pub(super) fn find_mut(&mut self, number: u64) -> Option<&mut Sanction> {
        self.all.iter_mut().find(|it| it.number == number)
    }

    /// Changes those of which `amended` says that it has changed them.
    pub(super) fn amend(&mut self, mut amended: impl FnMut(&mut Sanction) -> bool) {
        for sanction in &mut self.all {
            if amended(sanction) {
                let record = Box::new(sanction.record());
                self.changes.push(RecordChange::Keep(record));
            }
        }
    }

    /// What is known of the namesakes of a person stays when another sanction takes the place of those
    /// with the numbers `old`, and so do suspicions.
    fn hand_over(&mut self, old: &[u64], new: &mut Sanction) {
        let (number, until) = (new.number, new.until);
        let known = &mut new.namesakes.known;
        for it in self.all.iter().filter(|it| old.contains(&it.number)) {
            let news = it.namesakes.known.iter().filter(|sub| !known.contains(sub));
            let news: Vec<_> = news.cloned().collect();
            known.extend(news);
            if it.namesakes.told != Told::Nothing {
                new.namesakes.told = it.namesakes.told;
            }
        }
        self.amend(|it| {
            let evades = it.evades(old);
            if evades {
                (it.namesakes.evading, it.until) = (Some(number), until);
            }
            evades
        });
    }

    /// Drops the sanctions that `stays` does not keep, and the suspicions that hang on them.
    pub(super) fn retain(&mut self, stays: impl Fn(&Sanction) -> bool) {
        let mut gone: Vec<Sanction> = self.all.extract_if(.., |it| !stays(it)).collect();
        let over: Vec<u64> = gone.iter().map(|sanction| sanction.number).collect();
        gone.extend(self.all.extract_if(.., |it| it.evades(&over)));
        for gone in gone {
            let id = gone.number.to_string().into();
            self.changes
                .push(RecordChange::Drop(gone.kind.record(), id));
        }
    }

    /// The lesson in the rooms of a class has ended: what binds the device of a guest of this class is over.
    /// Where nobody knows the class of a guest, the `last` lesson that runs ends it.
    pub(crate) fn end_lesson(&mut self, class: &Reach, last: bool) {
        let is_theirs = |it: &Sanction| match it.home.is_everywhere() {
            true => last,
            false => it.home.meets(class),
        };
        self.retain(|it| it.device.is_none() || !(class.contains(&it.reach) || is_theirs(it)));
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
        let old = self.all.iter().filter(|old| replaced(old));
        let old: Vec<u64> = old.map(|old| old.number).collect();
        self.last += 1;
        new.number = self.last;
        self.hand_over(&old, &mut new);
        self.retain(|it| !old.contains(&it.number));
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
        let meant =
            |it: &&Sanction| kinds.contains(&it.kind) && chosen(it) && it.reach.meets(reach);
        let meant: Vec<u64> = self.all.iter().filter(meant).map(|it| it.number).collect();
        for sanction in &mut self.all {
            if !meant.contains(&sanction.number) && !sanction.evades(&meant) {
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
            sanction.namesakes.known.retain(|known| **known != *sub);
        }
    }

    /// Drops what is over.
    pub(crate) fn sweep(&mut self, now: Ticks) {
        self.retain(|sanction| sanction.until > now);
    }
}

#[cfg(test)]
#[path = "sanctions_tests.rs"]
mod tests;
