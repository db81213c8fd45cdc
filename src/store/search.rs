//! Search: a substring of what messages say now, in any language.
//!
//! A plain scan from the newest backwards: two Chinese characters are a word, and SQLite's trigram
//! index finds nothing under three. Bounded in rows and in time; whoever wants to know about the
//! rest asks again from where it stopped.

use std::time::{Duration, Instant};

use rusqlite::{Result, params};

use super::archive::{Archive, Reading, number};
use super::item::Item;

/// Texts looked at for one request.
const ROWS: u32 = 200_000;

/// Time for one request; with what follows, it stays under 50 ms.
const TIME: Duration = Duration::from_millis(35);

/// Texts between two looks at the clock.
const STEP: u32 = 256;

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Messages in their final state, newest first.
    pub items: Vec<Item>,
    /// Where to go on: events before this one were not looked at. `None`: that was all.
    pub before: Option<u64>,
}

/// What is looked for; upper and lower case are the same.
struct Needle {
    text: String,
    /// Neither of its characters has two cases, as in Chinese: texts are compared as they are.
    plain: bool,
    folded: String,
}

impl Needle {
    fn new(query: &str) -> Needle {
        let text = query.to_lowercase();
        let plain = text == query && query.to_uppercase() == query;
        Needle {
            text,
            plain,
            folded: String::new(),
        }
    }

    fn is_in(&mut self, text: &str) -> bool {
        if self.plain {
            return text.contains(&self.text);
        }
        self.folded.clear();
        if text.is_ascii() {
            self.folded.push_str(text);
            self.folded.make_ascii_lowercase();
        } else {
            self.folded
                .extend(text.chars().flat_map(char::to_lowercase));
        }
        self.folded.contains(&self.text)
    }
}

impl Archive {
    /// Up to `limit` messages of `room` before the event `before` that say `query`.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn search(
        &self,
        room: &str,
        query: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Found> {
        self.search_within(room, query, before, limit, ROWS, TIME)
    }

    fn search_within(
        &self,
        room: &str,
        query: &str,
        before: Option<u64>,
        limit: usize,
        rows_most: u32,
        time: Duration,
    ) -> Result<Found> {
        let mut found = Found {
            items: Vec::new(),
            before: None,
        };
        if query.is_empty() || limit == 0 {
            return Ok(found);
        }
        let (begun, mut needle) = (Instant::now(), Needle::new(query));
        let reading = Reading::of(self.db(), room)?;
        let mut texts = reading.statement(
            "SELECT seq, target, text FROM events
             WHERE room = ?1 AND seq < ?2 AND stale = 0 AND kind <= 1 ORDER BY seq DESC",
        )?;
        let mut rows = texts.query(params![reading.room, number(before.unwrap_or(u64::MAX))])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            seen += 1;
            let matches = row
                .get_ref(2)?
                .as_str_or_null()?
                .is_some_and(|text| needle.is_in(text));
            let (seq, target): (u64, Option<u64>) = (row.get(0)?, row.get(1)?);
            if matches {
                found.items.extend(reading.item(target.unwrap_or(seq))?);
            }
            let late = seen % STEP == 0 && begun.elapsed() >= time;
            if found.items.len() == limit || seen == rows_most || late {
                found.before = (seq > 1).then_some(seq);
                break;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::What;
    use crate::store::event::samples::{edit, event, said};
    use crate::store::tests::Bench;

    fn seqs(found: &Found) -> Vec<u64> {
        found.items.iter().map(|item| item.event.seq).collect()
    }

    #[test]
    fn every_language_is_found_in_either_case() {
        let bench = Bench::with(&[
            event(1, "Ann", said("Good morning")),
            event(2, "Ann", said("我们今天学习物理")),
            event(3, "Ann", said("ПРИВЕТ, Élan")),
            event(4, "Ann", said("100 % sure_thing")),
        ]);
        let archive = bench.archive();
        let search = |query| seqs(&archive.search("lobby", query, None, 10).expect("found"));
        assert_eq!(search("物理"), [2]);
        assert_eq!(search("学"), [2]);
        assert_eq!(search("MORN"), [1]);
        assert_eq!(search("привет"), [3]);
        assert_eq!(search("éLAN"), [3]);
        assert_eq!(search("%"), [4]);
        assert_eq!(search("_"), [4]);
        assert_eq!(search("o"), [1]);
        assert!(search("").is_empty());
        assert_eq!(
            archive
                .search("nowhere", "o", None, 9)
                .expect("nothing")
                .items,
            []
        );
    }

    #[test]
    fn only_what_a_message_says_now_is_found() {
        let bench = Bench::with(&[
            event(1, "Ann", said("old words")),
            event(2, "Ann", said("secret words")),
            event(3, "Ann", edit(1, "new words")),
            event(4, "Ann", edit(2, "secret edited words")),
            event(
                5,
                "Ann",
                What::Delete {
                    of: 2,
                    purge: false,
                },
            ),
            event(6, "Ann", edit(1, "newest words")),
            event(7, "Ann", edit(2, "secret words again")),
        ]);
        let archive = bench.archive();
        let search = |query| seqs(&archive.search("lobby", query, None, 10).expect("found"));
        assert_eq!(search("words"), [1]);
        assert!(search("old").is_empty());
        assert!(search("new words").is_empty());
        assert_eq!(search("newest"), [1]);
        assert!(search("secret").is_empty());
    }

    #[test]
    fn a_search_stops_and_goes_on_from_there() {
        let events: Vec<_> = (1..=1000)
            .map(|n| event(n, "Ann", said(&format!("word {n}"))))
            .collect();
        let bench = Bench::with(&events);
        let archive = bench.archive();
        let found = archive.search("lobby", "word", None, 3).expect("found");
        assert_eq!(
            (seqs(&found), found.before),
            (vec![1000, 999, 998], Some(998))
        );
        let next = archive
            .search("lobby", "word", found.before, 3)
            .expect("found");
        assert_eq!(seqs(&next), [997, 996, 995]);
        let few = archive
            .search_within("lobby", "none", None, 3, 10, TIME)
            .expect("found");
        assert_eq!(
            few,
            Found {
                items: vec![],
                before: Some(991)
            }
        );
        let late = archive
            .search_within("lobby", "none", None, 3, ROWS, Duration::ZERO)
            .expect("found");
        assert_eq!(late.before, Some(1000 - 255));
        let all = archive.search("lobby", "none", None, 3).expect("found");
        assert_eq!(all.before, None);
    }
}
