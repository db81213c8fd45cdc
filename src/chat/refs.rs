//! The refs that a person used, so that a retry is recognised and done once.
//!
//! Owned by the hub. A ref is remembered for a day, as a fingerprint. A class that talks all day
//! needs a few megabytes for that; a program that floods could need gigabytes. So all refs together
//! have a bound in bytes, too. Above it, the persons with the most refs lose their oldest, and
//! nobody else loses any.
//!
//! The day is counted on the clock that never jumps: a clock that is set during a lesson must not make
//! a retry a second message.

use crate::chat::message::Fingerprint;
use crate::model::ids::RoomKey;
use crate::model::time::{Millis, Ticks};
use crate::store::opened::REF_LIFETIME;
use crate::support::id_map::IdMap;
use std::collections::VecDeque;

/// Memory for the refs of all persons: bytes. That is enough for 600 a day for each of a class of 40.
/// Every message looks into these tables, so they should fit into a processor's caches.
pub(crate) const REF_MEMORY: usize = 4 * 1024 * 1024;

/// Memory of one ref: its entries in the queue and in the map, each of which may have twice the room
/// that it needs just after it grew; and the map may have as many of refs that were forgotten.
const REF_BYTES: usize = 2 * (size_of::<Known>() + 2 * (size_of::<(u64, u32)>() + 1));

/// Most refs of all persons together.
pub(crate) const MAX_ALL_REFS: usize = REF_MEMORY / REF_BYTES;

/// The bound is checked after this many new refs, and may be passed by as many.
const REFS_BETWEEN_CHECKS: usize = 4096;

/// A `ref` with its request, and when it was used.
pub(crate) type Used = (Fingerprint, Ticks);

/// Stands for the number of an event where a request changed nothing: events count from 1.
pub(crate) const UNCHANGED: u64 = 0;

/// The contents of an `ack`. They are remembered with the `ref`, so that the `ack` of a retry is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acked {
    /// An event of a room: its number, [`UNCHANGED`] if there is none, and its time.
    Event(RoomKey, u64, Millis),
    /// Something that waits for approval in a room, with this number. It is not remembered here.
    Waiting(RoomKey, u64),
    /// An event, with its number and time, that did not do all that was asked.
    AndMore(RoomKey, u64, Millis),
    /// Something that is no event.
    Record,
    /// Something private: its time, and whether nobody of the other side is here.
    Private(Millis, bool),
}

/// Whether a `ref` is new.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is new: serve the request.
    New,
    /// The request is a retry: acknowledge it as before.
    Again(Acked),
    /// The ref was used for another request.
    Reused,
}

/// Counts the refs of all persons as they are remembered. Nobody can remember one without it, so that
/// none is left out.
#[derive(Debug, Default)]
pub(crate) struct NewRefs(usize);

impl NewRefs {
    /// Once in a while, makes those with the most refs forget some if there are too many.
    pub(crate) fn bound<'a>(&mut self, all: impl Iterator<Item = &'a mut Refs>) {
        if self.0 >= REFS_BETWEEN_CHECKS {
            self.0 = 0;
            share_fairly(all.collect());
        }
    }
}

/// A ref that was used.
#[derive(Debug)]
struct Known {
    /// The fingerprint of the request.
    content: u64,
    became: Acked,
    /// When it was used, or loaded from the store.
    since: Ticks,
}

/// A person's refs of the last day, as fingerprints. Those of the last moments lie side by side in a
/// queue, and the map has only their places: every message looks into it.
#[derive(Debug, Default)]
pub(crate) struct Refs {
    /// Oldest first. The numbers of the entries count up, and go on with 0 after the largest.
    known: VecDeque<Known>,
    /// The number of the oldest entry.
    oldest: u32,
    /// The number of the newest entry of each ref. Refs that were forgotten may have theirs for a while:
    /// no entry has such a number.
    places: IdMap<u64, u32>,
}

impl Refs {
    /// Whether `print` was used before.
    pub(crate) fn check(&self, print: Fingerprint, now: Ticks) -> Seen {
        match self.find(print.reference) {
            None => Seen::New,
            Some(known) if is_over(known.since, now) => Seen::New,
            Some(known) if known.content == print.content || known.content == 0 => {
                Seen::Again(known.became)
            }
            Some(_) => Seen::Reused,
        }
    }

    fn find(&self, reference: u64) -> Option<&Known> {
        let place = self.places.get(&reference)?.wrapping_sub(self.oldest);
        self.known.get(place as usize)
    }

    /// Remembers the outcome of the request with this fingerprint, which came at `since`.
    pub(crate) fn remember(&mut self, (print, since): Used, became: Acked, new: &mut NewRefs) {
        let number = self.oldest.wrapping_add(self.known.len() as u32);
        self.known.push_back(Known {
            content: print.content,
            became,
            since,
        });
        self.places.insert(print.reference, number);
        new.0 += 1;
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Forgets the oldest until `most` are left.
    pub(crate) fn truncate(&mut self, most: usize) {
        let surplus = self.known.len().saturating_sub(most);
        self.known.drain(..surplus);
        self.oldest = self.oldest.wrapping_add(surplus as u32);
        // All at once, in the order of the map: one by one, each would be a look into cold memory.
        if self.places.len() > 2 * self.known.len() {
            let (oldest, count) = (self.oldest, self.known.len());
            let is_there = |number: u32| (number.wrapping_sub(oldest) as usize) < count;
            self.places.retain(|_, number| is_there(*number));
        }
        // Rarely, because it moves all that stay.
        if self.known.capacity() > 4 * self.known.len() {
            self.known.shrink_to_fit();
            self.places.shrink_to_fit();
        }
    }

    /// Forgets those of more than a day ago. Returns whether any are left.
    pub(crate) fn sweep(&mut self, now: Ticks) -> bool {
        let old = self.known.iter();
        let old = old.take_while(|known| is_over(known.since, now)).count();
        self.truncate(self.known.len() - old);
        !self.known.is_empty()
    }
}

fn is_over(since: Ticks, now: Ticks) -> bool {
    now.since(since) > REF_LIFETIME
}

/// Makes those with the most refs forget their oldest if all persons together have too many.
fn share_fairly(mut all: Vec<&mut Refs>) {
    let counts: Vec<usize> = all.iter().map(|refs| refs.len()).collect();
    if counts.iter().sum::<usize>() <= MAX_ALL_REFS {
        return;
    }
    // Leaves some room, so that this is done once in a while only.
    if let Some(share) = fair_share(counts, MAX_ALL_REFS / 16 * 15) {
        all.iter_mut().for_each(|refs| refs.truncate(share));
    }
}

/// How many refs each person may keep so that all together keep at most `most`, given how many each
/// of them has. `None`: everybody may keep all.
fn fair_share(mut counts: Vec<usize>, most: usize) -> Option<usize> {
    counts.sort_unstable();
    let mut left = most;
    for (n, &count) in counts.iter().enumerate() {
        let share = left / (counts.len() - n);
        if count > share {
            return Some(share);
        }
        left -= count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(reference: u64, content: u64) -> Fingerprint {
        Fingerprint { reference, content }
    }

    #[test]
    fn a_ref_means_the_same_thing_for_a_day() {
        let mut refs = Refs::default();
        let at = Ticks::at;
        assert_eq!(refs.check(print(1, 2), at(0)), Seen::New);
        let became = Acked::Event(RoomKey::new(3), 9, 5);
        let new = &mut NewRefs::default();
        refs.remember((print(1, 2), at(50)), became, new);
        assert_eq!(refs.check(print(1, 2), at(60)), Seen::Again(became));
        assert_eq!(refs.check(print(1, 3), at(60)), Seen::Reused);
        let over = at(REF_LIFETIME + 51);
        assert_eq!(refs.check(print(1, 2), over), Seen::New);
        refs.remember((print(2, 0), at(60)), Acked::Private(6, false), new);
        assert_eq!(
            refs.check(print(2, 77), at(60)),
            Seen::Again(Acked::Private(6, false)),
            "a text that was erased is equal to any"
        );
    }

    #[test]
    fn a_ref_that_is_used_again_after_a_day_is_known_by_its_newer_use() {
        let (mut refs, new) = (Refs::default(), &mut NewRefs::default());
        refs.oldest = u32::MAX;
        let day = Ticks::at(REF_LIFETIME + 1);
        refs.remember((print(1, 2), Ticks::at(0)), Acked::Private(1, false), new);
        refs.remember((print(2, 2), Ticks::at(0)), Acked::Private(2, false), new);
        assert_eq!(
            refs.check(print(2, 2), Ticks::at(1)),
            Seen::Again(Acked::Private(2, false))
        );
        refs.remember((print(1, 3), day), Acked::Private(3, false), new);
        assert!(refs.sweep(day));
        assert_eq!((refs.len(), refs.places.len()), (1, 2));
        assert_eq!(
            refs.check(print(1, 3), day),
            Seen::Again(Acked::Private(3, false))
        );
        assert_eq!(refs.check(print(1, 2), day), Seen::Reused);
        assert_eq!(refs.check(print(2, 2), day), Seen::New);
    }

    #[test]
    fn many_refs_are_all_remembered_and_the_oldest_go_first() {
        let mut refs = Refs::default();
        for n in 0..20_000 {
            let used = (print(n, 1), Ticks::at(n));
            refs.remember(used, Acked::Private(n, false), &mut NewRefs::default());
        }
        let now = Ticks::at(20_000);
        assert!(
            (0..20_000)
                .all(|n| refs.check(print(n, 1), now) == Seen::Again(Acked::Private(n, false)))
        );
        refs.truncate(5_000);
        assert_eq!(refs.len(), 5_000);
        assert_eq!(refs.check(print(14_999, 1), now), Seen::New);
        assert_ne!(refs.check(print(15_000, 1), now), Seen::New);
        assert!(refs.sweep(Ticks::at(REF_LIFETIME + 15_001)));
        assert_eq!(refs.len(), 4_999);
        assert!(!refs.sweep(Ticks::at(REF_LIFETIME + 20_000)));
    }

    #[test]
    fn who_has_the_most_loses_and_nobody_else() {
        assert_eq!(fair_share(vec![5, 1, 4], 10), None);
        assert_eq!(fair_share(vec![500, 1, 4], 10), Some(5));
        assert_eq!(fair_share(vec![500, 1, 400, 2], 11), Some(4));
        assert_eq!(fair_share(vec![], 0), None);
    }
}
