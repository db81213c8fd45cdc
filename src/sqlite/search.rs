//! Search: a substring of what messages say now, in any language.
//!
//! A plain scan from the newest backwards: two Chinese characters are a word, and SQLite's trigram
//! index finds nothing under three. Bounded in rows and in time; whoever wants to know about the
//! rest asks again from where it stopped.

use crate::store::query::Found;
use std::time::{Duration, Instant};

use rusqlite::{Result, params};

use crate::sqlite::archive::{Archive, Reading};

/// How much one request may cost.
#[derive(Clone, Copy)]
struct Bounds {
    /// Events looked at between two looks at the clock: a fraction of a millisecond.
    window: u64,
    /// Events looked at in all.
    events: u64,
    /// Time; with what follows, the answer takes less than 50 ms.
    time: Duration,
}

const BOUNDS: Bounds = Bounds {
    window: 4096,
    events: 400_000,
    time: Duration::from_millis(25),
};

/// EventKind is looked for; upper and lower case are the same.
struct Needle {
    /// The query as a pattern of `LIKE`, which knows the two cases of ASCII. Everything, if the
    /// query has other letters with two cases.
    pattern: String,
    /// Such a query in lower case.
    folded: Option<String>,
}

impl Needle {
    fn new(query: &str) -> Needle {
        let one_case = |c: char| c.to_lowercase().eq([c]) && c.to_uppercase().eq([c]);
        if !query.chars().all(|c| c.is_ascii() || one_case(c)) {
            return Needle {
                pattern: "%".into(),
                folded: Some(query.to_lowercase()),
            };
        }
        let mut pattern = String::from("%");
        for c in query.chars() {
            if matches!(c, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push('%');
        Needle {
            pattern,
            folded: None,
        }
    }

    /// Whether a text that the pattern found has it.
    fn is_in(&self, text: &str) -> bool {
        self.folded
            .as_ref()
            .is_none_or(|folded| text.to_lowercase().contains(folded))
    }
}

impl Archive {
    /// Up to `limit` messages of `room` before the event `before` that say `query`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or the query is longer than 50,000 bytes.
    pub fn search(
        &self,
        room: &str,
        query: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Found> {
        self.search_within(room, query, before, limit, BOUNDS)
    }

    fn search_within(
        &self,
        room: &str,
        query: &str,
        before: Option<u64>,
        limit: usize,
        bounds: Bounds,
    ) -> Result<Found> {
        let mut found = Found {
            items: Vec::new(),
            before: None,
        };
        if query.is_empty() || limit == 0 {
            return Ok(found);
        }
        let (begun, needle) = (Instant::now(), Needle::new(query));
        let reading = Reading::of(self.db(), room)?;
        let mut ends = reading.statement(
            "SELECT (SELECT min(seq) FROM events WHERE room = ?1),
                    (SELECT max(seq) FROM events WHERE room = ?1)",
        )?;
        let (oldest, newest): (Option<u64>, Option<u64>) =
            ends.query_row([reading.room], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(oldest), Some(newest)) = (oldest, newest) else {
            return Ok(found);
        };
        let mut texts = reading.statement(
            "SELECT seq, target, text FROM events
             WHERE room = ?1 AND seq >= ?2 AND seq < ?3 AND stale = 0 AND kind <= 1
             AND text LIKE ?4 ESCAPE '\\' ORDER BY seq DESC",
        )?;
        // Everything from here on was looked at.
        let mut done = before.map_or(newest + 1, |before| before.min(newest + 1));
        let stop = done.saturating_sub(bounds.events);
        while done > oldest {
            let from = done.saturating_sub(bounds.window);
            let mut rows = texts.query(params![reading.room, from, done, needle.pattern])?;
            while found.items.len() < limit
                && let Some(row) = rows.next()?
            {
                let (seq, target): (u64, Option<u64>) = (row.get(0)?, row.get(1)?);
                if needle.is_in(row.get_ref(2)?.as_str()?) {
                    found.items.extend(reading.item(target.unwrap_or(seq))?);
                    done = seq;
                }
            }
            if found.items.len() == limit {
                break;
            }
            done = from;
            if done <= stop || begun.elapsed() >= bounds.time {
                break;
            }
        }
        found.before = Some(done).filter(|&done| done > oldest);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::EventKind;
    use crate::model::event::samples::{edit, event, said};
    use crate::sqlite::tests::Bench;

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
        assert_eq!(search("% SURE"), [4]);
        assert!(search("\\").is_empty());
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
                EventKind::Delete {
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
        let within = |bounds| {
            archive
                .search_within("lobby", "none", None, 3, bounds)
                .expect("found")
        };
        let few = within(Bounds {
            window: 10,
            events: 20,
            ..BOUNDS
        });
        assert_eq!(
            few,
            Found {
                items: vec![],
                before: Some(981)
            }
        );
        let late = within(Bounds {
            window: 10,
            time: Duration::ZERO,
            ..BOUNDS
        });
        assert_eq!(late.before, Some(991));
        let most = Bounds {
            window: 7,
            time: Duration::MAX,
            ..BOUNDS
        };
        let found = archive
            .search_within("lobby", "word", None, 1000, most)
            .expect("found");
        assert_eq!((found.items.len(), found.before), (1000, None));
        let all = archive.search("lobby", "none", None, 3).expect("found");
        assert_eq!(all.before, None);
    }
}
