//! Private messages of which one side leads: their numbers, and the newest of them when nothing is
//! stored.
//!
//! Pure. With a store it keeps numbers alone, and the store answers those who read. Without one, the
//! newest are kept here, and read here in the same way.

use crate::store::whisper::{ReadWhisper, Since, Whisper, WhisperPage, WhisperQuery, With};
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hasher};

/// Most private messages in memory when nothing is stored: those of some lessons. With texts of the
/// usual length they take less than a megabyte.
pub(crate) const MAX_WHISPERS: usize = 2000;
/// Bytes of their texts in memory: people may write long ones.
pub(crate) const MAX_WHISPER_BYTES: usize = 1024 * 1024;
/// Most notes in memory about who has opened what, one for each person and other side.
pub(crate) const MAX_READS: usize = 4096;

/// Private messages.
#[derive(Debug, Default)]
pub(crate) struct Whispers {
    /// The number after which those of this run are; 0 if they are kept over a restart.
    first: u64,
    /// The number of the newest one.
    last: u64,
    /// The newest ones, the oldest first.
    kept: VecDeque<Whisper>,
    /// Bytes of their texts.
    bytes: usize,
    /// The last one that a reader has opened, by reader and other side.
    reads: HashMap<(Box<str>, Box<str>), u64>,
}

impl Whispers {
    /// Where nothing is kept, the numbers of each run are others, so that those in older tokens are known for
    /// what they are.
    pub(crate) fn of_a_run() -> Self {
        // Numbers of JSON are exact up to 53 bits.
        let first = RandomState::new().build_hasher().finish() >> 12;
        Self {
            first,
            last: first,
            ..Self::default()
        }
    }

    /// Goes on after the number of the last run.
    pub(crate) fn restore(&mut self, last: u64) {
        (self.first, self.last) = (0, last);
    }

    /// From where on somebody reads in whose token this number was the newest. Numbers of another run are of
    /// before everything that is here.
    pub(crate) fn since(&self, number: u64) -> Since {
        match (self.first..=self.last).contains(&number) {
            true => Since::Number(number),
            false => Since::EVER,
        }
    }

    /// The number of the newest one.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// A number for the next one.
    pub(crate) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Keeps one in memory. Above the bounds, the oldest is forgotten.
    pub(crate) fn keep(&mut self, whisper: Whisper) {
        self.bytes += whisper.text.as_bytes().len();
        self.kept.push_back(whisper);
        while self.kept.len() > MAX_WHISPERS || self.bytes > MAX_WHISPER_BYTES {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.text.as_bytes().len();
        }
    }

    /// A person has opened what was said with that side, up to the message `seen`.
    pub(crate) fn open(&mut self, reader: &str, counterpart: &str, seen: u64) {
        if self.reads.len() >= MAX_READS {
            self.forget_lone_reads();
        }
        let key = (reader.into(), counterpart.into());
        if self.reads.len() < MAX_READS || self.reads.contains_key(&key) {
            let known = self.reads.entry(key).or_default();
            *known = seen.max(*known);
        }
    }

    /// Answers a question from memory.
    pub(crate) fn read(&self, query: &WhisperQuery) -> WhisperPage {
        let mut items = match &query.with {
            Some(with) => self.page(query, with),
            None => self.list(query),
        };
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        if query.with.is_some() {
            items.reverse();
        }
        WhisperPage { items, more }
    }

    /// What the reader may read, the newest first.
    fn readable<'a>(&'a self, query: &'a WhisperQuery) -> impl Iterator<Item = &'a Whisper> {
        let newest = self.kept.iter().rev();
        newest.filter(|whisper| query.reader.may_read(whisper))
    }

    fn page(&self, query: &WhisperQuery, with: &With) -> Vec<ReadWhisper> {
        let sub = &query.reader.sub;
        let sides = self.sub_of(with);
        let older = self.readable(query).filter(|it| it.id < query.before);
        let found = older.filter(|it| Some(it.conversation.counterpart(sub)) == sides.as_deref());
        let found = found.take(query.limit + 1).cloned();
        found
            .map(|whisper| ReadWhisper {
                whisper,
                unread: None,
            })
            .collect()
    }

    /// The `sub` of the person with a public id, if they ever wrote or got one.
    fn sub_of(&self, with: &With) -> Option<Box<str>> {
        let With::Person(id) = with else {
            return Some("".into());
        };
        let people = self
            .kept
            .iter()
            .flat_map(|it| [Some(&it.from), it.to.as_ref()]);
        let mut people = people.flatten();
        people
            .find(|author| author.id == *id)
            .map(|author| author.sub.clone())
    }

    fn list(&self, query: &WhisperQuery) -> Vec<ReadWhisper> {
        let sub = &query.reader.sub;
        let mut sides: HashSet<&str> = HashSet::new();
        let newest = self.readable(query).filter(|whisper| {
            let new = sides.insert(whisper.conversation.counterpart(sub));
            new && whisper.id < query.before
        });
        let newest: Vec<&Whisper> = newest.take(query.limit + 1).collect();
        let unread = |side: &str| {
            let key = (sub.clone(), side.into());
            let seen = self.reads.get(&key).copied().unwrap_or(0);
            let theirs = |it: &&Whisper| {
                let from = &*it.from.sub;
                let other_side = if side.is_empty() {
                    *from != **sub
                } else {
                    from == side
                };
                it.id > seen && it.conversation.counterpart(sub) == side && other_side
            };
            self.readable(query).filter(theirs).count() as u64
        };
        let entry = |whisper: &Whisper| ReadWhisper {
            unread: Some(unread(whisper.conversation.counterpart(sub))),
            whisper: whisper.clone(),
        };
        newest.into_iter().map(entry).collect()
    }

    fn retain(&mut self, stays: impl Fn(&Whisper) -> bool) {
        self.kept.retain(stays);
        let texts = self.kept.iter().map(|it| it.text.as_bytes().len());
        self.bytes = texts.sum();
    }

    /// Forgets the conversations of a person, and what they wrote in others.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.retain(|it| !it.conversation.is_of(sub) && *it.from.sub != *sub);
        self.reads
            .retain(|(reader, side), _| **reader != *sub && **side != *sub);
    }

    /// Forgets what belongs to these rooms.
    pub(crate) fn remove_rooms(&mut self, these: impl Fn(&str) -> bool) {
        self.retain(|it| !these(&it.room));
        self.forget_lone_reads();
    }

    /// Forgets what was opened before the oldest one that is kept.
    fn forget_lone_reads(&mut self) {
        let first = self.kept.front().map_or(u64::MAX, |first| first.id);
        self.reads.retain(|_, seen| *seen >= first);
    }

    /// Forgets what was said before that moment.
    pub(crate) fn forget_before(&mut self, at: crate::model::time::Millis) {
        self.retain(|it| it.at >= at);
    }
}

#[cfg(test)]
#[path = "whispers_tests.rs"]
mod tests;
