//! Search: finds the messages whose current text contains a substring, in any language.
//!
//! It scans from the newest message backwards, and compares texts in the form of
//! [`fold`](crate::model::fold). An index would not help: two Chinese characters are a word, and
//! SQLite's trigram index finds nothing shorter than three. Each search is bounded in events and in
//! time, and returns where the next one continues.

use std::time::{Duration, Instant};

use rusqlite::{CachedStatement, Result, params};

use crate::model::fold::Needle;
use crate::sqlite::archive::Archive;
use crate::sqlite::damage;
use crate::sqlite::error::is_damage;
use crate::sqlite::room_snapshot::RoomSnapshot;
use crate::store::query::Found;

/// The limits of one search.
#[derive(Clone, Copy)]
struct Bounds {
    /// Events that one statement scans.
    window: u64,
    /// Most events that are scanned.
    events: u64,
    /// Most time for the scan. With the work after it, the answer takes less than 50 ms.
    time: Duration,
}

const BOUNDS: Bounds = Bounds {
    window: 4096,
    events: 400_000,
    time: Duration::from_millis(25),
};

impl Archive {
    /// Returns up to `limit` messages of `room` before the event `before` whose text contains
    /// `query`.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn search(
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
        let start = Instant::now();
        let mut found = Found {
            items: Vec::new(),
            before: None,
        };
        let needle = Needle::new(query);
        if needle.is_empty() || limit == 0 {
            return Ok(found);
        }
        let snapshot = RoomSnapshot::open(self.db(), room)?;
        let Some((oldest, newest)) = snapshot.ends()? else {
            return Ok(found);
        };
        let mut scan = Scan::new(&snapshot, needle, start + bounds.time)?;
        // Events from `scanned` on have been scanned.
        let mut scanned = before.map_or(newest + 1, |before| before.min(newest + 1));
        let stop = scanned.saturating_sub(bounds.events);
        while scanned > oldest {
            let from = scanned.saturating_sub(bounds.window);
            scanned = match scan.window(from, scanned, limit, &mut found) {
                Err(error) if is_damage(&error) => scan.around(from, scanned, limit, &mut found)?,
                scanned => scanned?,
            };
            if found.items.len() == limit || scanned <= stop || Instant::now() >= scan.end {
                break;
            }
        }
        found.before = Some(scanned).filter(|&scanned| scanned > oldest);
        Ok(found)
    }
}

/// A scan of one room for one query.
struct Scan<'a> {
    snapshot: &'a RoomSnapshot<'a>,
    needle: Needle,
    texts: CachedStatement<'a>,
    /// When it stops.
    end: Instant,
}

impl<'a> Scan<'a> {
    fn new(snapshot: &'a RoomSnapshot<'a>, needle: Needle, end: Instant) -> Result<Scan<'a>> {
        let texts = snapshot.statement(
            "SELECT seq, text FROM events
             WHERE room = ?1 AND seq >= ?2 AND seq < ?3 AND stale = 0 AND kind = 0
             AND text IS NOT NULL ORDER BY seq DESC",
        )?;
        Ok(Scan {
            snapshot,
            needle,
            texts,
            end,
        })
    }

    /// Scans a window in which a page is damaged. What it found before it met the page is found again.
    fn around(&mut self, from: u64, to: u64, limit: usize, found: &mut Found) -> Result<u64> {
        found
            .items
            .retain(|item| item.event.seq < from || item.event.seq >= to);
        let mut last = to;
        let end = self.end;
        let mut read = |from, to| {
            if found.items.len() >= limit || (last < to && Instant::now() >= end) {
                return Ok(());
            }
            let before = found.items.len();
            let scanned = self.window(from, to, limit, found);
            match &scanned {
                Ok(scanned) => last = *scanned,
                Err(_) => found.items.truncate(before),
            }
            scanned.map(drop)
        };
        let lost = &mut |seq| damage::report(format_args!("events, seq {seq}: its page"));
        damage::bisect((from, to), true, &mut read, lost)?;
        // Where all of it is damaged, nothing of it was scanned.
        Ok(if last == to { from } else { last })
    }

    /// Scans the events of a window backwards until `limit` messages are found in all, or the time
    /// is over. Returns the number of the last event that it scanned.
    fn window(&mut self, from: u64, to: u64, limit: usize, found: &mut Found) -> Result<u64> {
        let mut rows = self.texts.query(params![self.snapshot.id, from, to])?;
        while let Some(row) = rows.next()? {
            let Ok(seq) = row.get(0) else {
                continue;
            };
            // A text that cannot be read contains nothing; a reader of its page reports it.
            let text = row.get_ref(1).and_then(|text| Ok(text.as_str()?));
            if text.is_ok_and(|text| self.needle.is_in(text)) {
                found.items.extend(self.snapshot.message(seq)?);
            }
            if found.items.len() == limit || Instant::now() >= self.end {
                return Ok(seq);
            }
        }
        Ok(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::EventKind;
    use crate::model::event::samples::{edit, event, said};
    use crate::sqlite::tests::TempHistory;

    /// Searches without the bound of time, which a busy machine uses up between two events.
    fn search_patiently(
        archive: &Archive,
        room: &str,
        query: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Found> {
        let bounds = Bounds {
            time: Duration::from_secs(60),
            ..BOUNDS
        };
        archive.search_within(room, query, before, limit, bounds)
    }

    fn seqs(found: &Found) -> Vec<u64> {
        found.items.iter().map(|item| item.event.seq).collect()
    }

    #[test]
    fn every_language_is_found_in_either_case() {
        let history = TempHistory::with(&[
            event(1, "Ann", said("Good morning")),
            event(2, "Ann", said("我们今天学习物理")),
            event(3, "Ann", said("ПРИВЕТ, Élan")),
            event(4, "Ann", said("100 % sure_thing")),
        ]);
        let archive = history.archive();
        let search =
            |query| seqs(&search_patiently(&archive, "lobby", query, None, 10).expect("found"));
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
            search_patiently(&archive, "nowhere", "o", None, 9)
                .expect("nothing")
                .items,
            []
        );
    }

    #[test]
    fn a_text_is_found_in_every_form_that_people_read_as_the_same() {
        let history = TempHistory::with(&[
            event(1, "Ann", said("Cafe\u{301} in der Straße")),
            event(2, "Ann", said("ｶﾞﾗｽ ＡＢＣ")),
            event(3, "Ann", said("İSTANBUL, ΟΔΥΣΣΕΥΣ, oﬃce")),
        ]);
        let archive = history.archive();
        let search =
            |query| seqs(&search_patiently(&archive, "lobby", query, None, 10).expect("found"));
        for (query, seq) in [
            ("CAFÉ", 1),
            ("strasse", 1),
            ("ガラス", 2),
            ("abc", 2),
            ("istanbul", 3),
            ("οδυσσευς", 3),
            ("office", 3),
        ] {
            assert_eq!(search(query), [seq], "{query}");
        }
        assert!(search("cafe ").is_empty());
        assert!(search("カラス").is_empty());
    }

    #[test]
    fn only_what_a_message_says_now_is_found() {
        let history = TempHistory::with(&[
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
        let archive = history.archive();
        let search =
            |query| seqs(&search_patiently(&archive, "lobby", query, None, 10).expect("found"));
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
        let history = TempHistory::with(&events);
        let archive = history.archive();
        let found = search_patiently(&archive, "lobby", "word", None, 3).expect("found");
        assert_eq!(
            (seqs(&found), found.before),
            (vec![1000, 999, 998], Some(998))
        );
        let next = search_patiently(&archive, "lobby", "word", found.before, 3).expect("found");
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
        assert_eq!(late.before, Some(1000), "one text at least");
        let most = Bounds {
            window: 7,
            time: Duration::from_secs(60),
            ..BOUNDS
        };
        let found = archive
            .search_within("lobby", "word", None, 1000, most)
            .expect("found");
        assert_eq!((found.items.len(), found.before), (1000, None));
        let all = search_patiently(&archive, "lobby", "none", None, 3).expect("found");
        assert_eq!(all.before, None);
    }
}
