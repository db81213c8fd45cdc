//! Those who were here lately, as the visits tell: a server that starts again still knows whom a sanction,
//! a report or an answer is for before that person is back.

use std::collections::HashMap;

use rusqlite::{Connection, Result, params};

use crate::model::event::Author;
use crate::model::time::Millis;
use crate::sqlite::{authors, damage};
use crate::store::opened::{KNOWN_FOR, MAX_VISITORS, Visitor};

/// The step of the schema that keeps which guests share a device.
pub(super) const STEP: &str = "
    -- The device of a guest; NULL: no guest, or an older version wrote the row.
    ALTER TABLE visits ADD COLUMN device TEXT;
";

/// Loads those who were here lately before `now`, by the wall clock; the one who left last comes first.
pub(super) fn load(db: &Connection, now: Millis) -> Result<Vec<Visitor>> {
    let mut found: Vec<Visitor> = Vec::new();
    let mut places: HashMap<Box<str>, usize> = HashMap::new();
    let mut rows = db.prepare(
        "SELECT a.sub, a.shown, a.name, a.role, r.name, v.device, max(v.left) AS gone
         FROM rooms r CROSS JOIN visits v ON v.room = r.id AND v.left >= ?1
         JOIN authors a ON a.id = v.author
         GROUP BY v.author, v.room ORDER BY gone DESC",
    )?;
    let mut rows = rows.query(params![now.saturating_sub(KNOWN_FOR)])?;
    while let Some(row) = damage::or_without("visits", rows.next())?.flatten() {
        let read = || -> Result<(Author, Box<str>, Option<Box<str>>, Millis)> {
            Ok((
                authors::from_row(row)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
            ))
        };
        let Some((who, room, device, left)) = damage::or_report(read(), || "visits: a row".into())
        else {
            continue;
        };
        // The newest row says how a person appeared last; the others, in which rooms they were as well.
        let known = places.get(&who.sub).copied();
        if let Some(visitor) = known.and_then(|place| found.get_mut(place)) {
            if !visitor.rooms.contains(&room) {
                visitor.rooms.push(room);
            }
        } else if found.len() < MAX_VISITORS {
            places.insert(who.sub.clone(), found.len());
            found.push(Visitor {
                who,
                device,
                rooms: vec![room],
                left,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "visitors_tests.rs"]
mod tests;
