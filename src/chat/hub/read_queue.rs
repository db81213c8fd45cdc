//! The order in which reads of the history are served.
//!
//! Reads are served in turns: of the persons who wait, each gets one read, and then the next person
//! does. So 150 people who search do not keep the one waiting who came back. Clients that catch up,
//! changes of old messages and pages take turns with each other in the same way, whatever number of
//! each waits. Searches, which take longest, have a reading thread of their own.
//!
//! Pure: it knows persons, connections and kinds, and not what is read.

use crate::model::ids::{ClientId, PersonKey};
use crate::support::id_map::IdMap;
use std::collections::VecDeque;

/// Most reads of one person that wait, by kind. Each connection that catches up has one at a time;
/// the others are what `limits.burst` allows at once, and more: a program without a rate sends many
/// changes before it reads an answer.
const RESUMES_PER_PERSON: usize = 256;
const CHANGES_PER_PERSON: usize = 256;
const PAGES_PER_PERSON: usize = 8;
const SEARCHES_PER_PERSON: usize = 2;

/// Most reads of one kind that wait, so that those who page do not turn away those who come back: a
/// full server comes back, and everybody in two rooms. Each takes some 200 bytes here, an edit its
/// text as well.
const MAX_WAITING: usize = 2048;

/// What a read is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A client catches up.
    Resume,
    /// A message is to be changed.
    Change,
    /// A page of history.
    Page,
    /// A search.
    Search,
}

/// The reading threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Everything but searches.
    Pages,
    /// Searches.
    Searches,
}

impl Lane {
    /// Both.
    pub(super) const ALL: [Lane; 2] = [Lane::Pages, Lane::Searches];

    /// Its kinds.
    fn kinds(self) -> &'static [Kind] {
        match self {
            Lane::Pages => &[Kind::Resume, Kind::Change, Kind::Page],
            Lane::Searches => &[Kind::Search],
        }
    }
}

impl Kind {
    fn most_per_person(self) -> usize {
        match self {
            Kind::Resume => RESUMES_PER_PERSON,
            Kind::Change => CHANGES_PER_PERSON,
            Kind::Page => PAGES_PER_PERSON,
            Kind::Search => SEARCHES_PER_PERSON,
        }
    }
}

/// Why a read cannot wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// The person has too many that wait.
    Person,
    /// All together have.
    All,
}

/// Reads of one kind, by person.
#[derive(Debug)]
struct Turns<T> {
    /// Each person who waits, once, the next first.
    order: VecDeque<PersonKey>,
    waiting: IdMap<PersonKey, VecDeque<(ClientId, T)>>,
    /// How many reads wait.
    count: usize,
}

impl<T> Turns<T> {
    fn next(&mut self) -> Option<T> {
        let person = self.order.pop_front()?;
        let own = self.waiting.get_mut(&person)?;
        let (_, read) = own.pop_front()?;
        self.count -= 1;
        match own.is_empty() {
            true => drop(self.waiting.remove(&person)),
            false => self.order.push_back(person),
        }
        Some(read)
    }

    /// Drops what a connection waits for.
    fn forget(&mut self, person: PersonKey, client: ClientId) {
        let Some(own) = self.waiting.get_mut(&person) else {
            return;
        };
        let before = own.len();
        own.retain(|(other, _)| *other != client);
        self.count -= before - own.len();
        if own.is_empty() {
            self.waiting.remove(&person);
            self.order.retain(|other| *other != person);
        }
    }
}

/// The reads that wait.
#[derive(Debug)]
pub(super) struct ReadQueue<T> {
    /// By [`Kind`].
    turns: [Turns<T>; 4],
    /// How many reads have been taken for the pages' lane: whose turn it is among its kinds.
    taken: usize,
}

impl<T> ReadQueue<T> {
    /// Nobody waits.
    pub(super) fn new() -> Self {
        Self {
            turns: std::array::from_fn(|_| Turns {
                order: VecDeque::new(),
                waiting: IdMap::default(),
                count: 0,
            }),
            taken: 0,
        }
    }

    /// Whether one more read of this kind may wait.
    ///
    /// # Errors
    ///
    /// Too many wait.
    pub(super) fn check(&self, kind: Kind, person: PersonKey) -> Result<(), Full> {
        let turns = &self.turns[kind as usize];
        let own = turns.waiting.get(&person).map_or(0, VecDeque::len);
        if own >= kind.most_per_person() {
            return Err(Full::Person);
        }
        if turns.count >= MAX_WAITING {
            return Err(Full::All);
        }
        Ok(())
    }

    /// Lets a read wait.
    ///
    /// # Errors
    ///
    /// Too many wait.
    pub(super) fn push(
        &mut self,
        kind: Kind,
        person: PersonKey,
        client: ClientId,
        read: T,
    ) -> Result<(), Full> {
        self.check(kind, person)?;
        let turns = &mut self.turns[kind as usize];
        let own = turns.waiting.entry(person).or_default();
        if own.is_empty() {
            turns.order.push_back(person);
        }
        own.push_back((client, read));
        turns.count += 1;
        Ok(())
    }

    /// Takes the next read for a thread.
    pub(super) fn pop(&mut self, lane: Lane) -> Option<T> {
        let kinds = lane.kinds();
        for step in 0..kinds.len() {
            let kind = kinds[(self.taken + step) % kinds.len()];
            if let Some(read) = self.turns[kind as usize].next() {
                if lane == Lane::Pages {
                    self.taken = (self.taken + step + 1) % kinds.len();
                }
                return Some(read);
            }
        }
        None
    }

    /// Drops what a connection that has ended waits for.
    pub(super) fn forget(&mut self, person: PersonKey, client: ClientId) {
        for turns in &mut self.turns {
            turns.forget(person, client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u64) -> PersonKey {
        (0..n).fold(PersonKey::default(), |key, _| key.next())
    }

    fn fill(queue: &mut ReadQueue<u64>, kind: Kind, who: u64, count: u64) {
        for n in 0..count {
            let read = who * 1000 + n;
            let pushed = queue.push(kind, person(who), ClientId::new(who), read);
            assert_eq!(pushed, Ok(()));
        }
    }

    fn waiting(queue: &ReadQueue<u64>) -> usize {
        queue.turns.iter().map(|turns| turns.count).sum()
    }

    fn drain(queue: &mut ReadQueue<u64>, lane: Lane) -> Vec<u64> {
        std::iter::from_fn(|| queue.pop(lane)).collect()
    }

    #[test]
    fn persons_take_turns() {
        let mut queue = ReadQueue::new();
        fill(&mut queue, Kind::Page, 1, 3);
        fill(&mut queue, Kind::Page, 2, 1);
        fill(&mut queue, Kind::Page, 3, 2);
        let order = drain(&mut queue, Lane::Pages);
        assert_eq!(order, [1000, 2000, 3000, 1001, 3001, 1002]);
        assert_eq!(waiting(&queue), 0);
    }

    #[test]
    fn kinds_take_turns_and_searches_are_apart() {
        let mut queue = ReadQueue::new();
        for who in 1..=5 {
            fill(&mut queue, Kind::Page, who, 1);
            fill(&mut queue, Kind::Search, who, 1);
        }
        fill(&mut queue, Kind::Resume, 9, 2);
        fill(&mut queue, Kind::Change, 8, 1);
        let order = drain(&mut queue, Lane::Pages);
        assert_eq!(order, [9000, 8000, 1000, 9001, 2000, 3000, 4000, 5000]);
        let order = drain(&mut queue, Lane::Searches);
        assert_eq!(order, [1000, 2000, 3000, 4000, 5000]);
    }

    #[test]
    fn one_person_waits_for_a_few_reads_and_all_for_some_thousand() {
        let mut queue = ReadQueue::new();
        fill(&mut queue, Kind::Search, 1, SEARCHES_PER_PERSON as u64);
        let more = queue.push(Kind::Search, person(1), ClientId::new(7), 0);
        assert_eq!(
            more,
            Err(Full::Person),
            "another connection is the same person"
        );
        fill(&mut queue, Kind::Page, 1, PAGES_PER_PERSON as u64);
        let mut who = 2;
        while queue.turns[Kind::Search as usize].count < MAX_WAITING {
            fill(&mut queue, Kind::Search, who, 1);
            who += 1;
        }
        let more = queue.push(Kind::Search, person(who), ClientId::new(who), 0);
        assert_eq!(more, Err(Full::All));
        fill(&mut queue, Kind::Resume, who, 1);
        assert!(queue.pop(Lane::Searches).is_some());
        fill(&mut queue, Kind::Search, who, 1);
    }

    #[test]
    fn what_a_connection_waits_for_goes_with_it() {
        let mut queue = ReadQueue::new();
        fill(&mut queue, Kind::Page, 1, 2);
        let (one, tab) = (person(1), ClientId::new(50));
        assert_eq!(queue.push(Kind::Page, one, tab, 7), Ok(()));
        assert_eq!(queue.push(Kind::Search, one, tab, 8), Ok(()));
        queue.forget(one, tab);
        queue.forget(person(4), tab);
        assert_eq!(queue.pop(Lane::Searches), None);
        assert_eq!(drain(&mut queue, Lane::Pages), [1000, 1001]);
        fill(&mut queue, Kind::Page, 1, 1);
        queue.forget(one, ClientId::new(1));
        fill(&mut queue, Kind::Page, 1, 1);
        assert_eq!(
            drain(&mut queue, Lane::Pages),
            [1000],
            "has one turn, not two"
        );
        assert_eq!(waiting(&queue), 0);
    }
}
