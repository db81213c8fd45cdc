//! Compares the rows of `events` with each other, for `check`: finds gaps between numbers, missing
//! authors, and changes that hide a message.

use crate::sqlite::error::is_damage;
use crate::sqlite::findings::Findings;
use rusqlite::{Connection, Result};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The rooms of a history, and what was seen of their events.
#[derive(Default)]
pub(super) struct Rooms {
    names: BTreeMap<i64, String>,
    authors: HashSet<i64>,
    numbers: BTreeMap<i64, Numbers>,
    /// The numbers of events that cannot be read, by room.
    lost: BTreeMap<i64, BTreeSet<i64>>,
}

/// The numbers of one room.
#[derive(Default)]
struct Numbers {
    last: i64,
    /// The last message.
    message: i64,
    /// The time of the first event. Authors from before it may have been erased with their events.
    since: i64,
}

impl Rooms {
    pub(super) fn read(db: &Connection) -> Rooms {
        let mut rooms = Rooms::default();
        let _ = rooms.read_names(db).and_then(|()| rooms.read_authors(db));
        rooms
    }

    fn read_names(&mut self, db: &Connection) -> Result<()> {
        let mut found = db.prepare("SELECT id, CAST(name AS BLOB) FROM rooms")?;
        let mut rows = found.query([])?;
        while let Some(row) = rows.next()? {
            let name = row.get::<_, Vec<u8>>(1).unwrap_or_default();
            let name = String::from_utf8_lossy(&name).into_owned();
            self.names.insert(row.get(0)?, name);
        }
        Ok(())
    }

    fn read_authors(&mut self, db: &Connection) -> Result<()> {
        let mut found = db.prepare("SELECT id FROM authors")?;
        let mut rows = found.query([])?;
        while let Some(row) = rows.next()? {
            self.authors.insert(row.get(0)?);
        }
        Ok(())
    }

    pub(super) fn show(&self, room: i64) -> String {
        match self.names.get(&room) {
            Some(name) => format!("room {name:?}"),
            None => format!("room {room} (its row is missing)"),
        }
    }

    /// Notes an event in ascending order, and finds gaps before it and a missing author.
    pub(super) fn note(
        &mut self,
        (room, seq): (i64, i64),
        at: i64,
        author: i64,
        findings: &mut Findings,
    ) {
        let shown = self.show(room);
        let is_known = author == 0 || self.authors.contains(&author);
        let numbers = self.numbers.entry(room).or_insert_with(|| Numbers {
            last: seq - 1,
            message: 0,
            since: at,
        });
        // What cannot be read is told already, and is no gap.
        let mut from = numbers.last + 1;
        let lost = self
            .lost
            .get(&room)
            .map(|lost| lost.range(from..seq.max(from)));
        let lost = lost.into_iter().flatten().copied();
        for end in lost.chain([seq]) {
            if end > from {
                let last = end - 1;
                findings.add("gap", || match last == from {
                    true => format!("events, {shown}, seq {from} is missing"),
                    false => format!("events, {shown}, seq {from} to {last} are missing"),
                });
            }
            from = end + 1;
        }
        numbers.last = numbers.last.max(seq);
        if !is_known && at >= numbers.since {
            findings.add("author", || {
                format!("events, {shown}, seq {seq}: its author, row {author}, is missing")
            });
        }
    }

    /// Notes a message, or checks which message a change says that it comes after. Readers go from
    /// there to that message, and do not see one between them.
    pub(super) fn note_order(
        &mut self,
        (room, seq): (i64, i64),
        prior: Option<i64>,
        found: &mut Findings,
    ) {
        let numbers = self.numbers.entry(room).or_default();
        let message = numbers.message;
        match prior {
            None => numbers.message = seq,
            Some(prior) if prior < message => {
                let shown = self.show(room);
                found.add("order", || {
                    format!("events, {shown}, seq {seq}: readers skip the message {message}")
                });
            }
            Some(_) => {}
        }
    }

    /// A number whose row cannot be read is no gap.
    pub(super) fn note_lost(&mut self, room: i64, (first, last): (u64, u64)) {
        let seqs = (first..=last).map(|seq| seq as i64);
        self.lost.entry(room).or_default().extend(seqs);
    }

    /// Compares the last number of each room with what was committed.
    pub(super) fn check_numbers(&self, db: &Connection, findings: &mut Findings) -> Result<()> {
        for (&room, numbers) in &self.numbers {
            let sql = "SELECT max(last) FROM marks WHERE room = ?1";
            let mark = match db.query_row(sql, [room], |row| row.get::<_, Option<i64>>(0)) {
                Err(error) if is_damage(&error) => continue,
                mark => mark.unwrap_or_default(),
            };
            let lost = self.lost.get(&room).and_then(BTreeSet::last);
            let last = numbers.last.max(lost.copied().unwrap_or(0));
            let shown = self.show(room);
            if mark != Some(last) {
                let mark = mark.map_or("none".to_owned(), |mark| mark.to_string());
                findings.add("head", || {
                    format!("{shown}: its last event is {last}, and {mark} was committed")
                });
            }
        }
        Ok(())
    }
}
