//! Those who were here lately, as the visits tell: a server that starts again still knows whom a sanction,
//! a report or an answer is for before that person is back.

use std::collections::HashMap;

use rusqlite::{Connection, Result, Row, params};

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
        let visitor = damage::or_report(visitor(row), || "visits: a row".into());
        let Some(mut visitor) = visitor else {
            continue;
        };
        // The newest row says how a person appeared last; the others, in which rooms they were as well.
        let known = places.get(&visitor.who.sub).copied();
        if let Some(known) = known.and_then(|place| found.get_mut(place)) {
            visitor.rooms.retain(|room| !known.rooms.contains(room));
            known.rooms.append(&mut visitor.rooms);
        } else if found.len() < MAX_VISITORS {
            places.insert(visitor.who.sub.clone(), found.len());
            found.push(visitor);
        }
    }
    Ok(found)
}

/// Somebody in one room, from a row of `sub, shown, name, role, room, device, left`.
fn visitor(row: &Row<'_>) -> Result<Visitor> {
    Ok(Visitor {
        who: authors::from_row(row)?,
        device: row.get(5)?,
        rooms: vec![row.get(4)?],
        left: row.get(6)?,
    })
}

#[cfg(test)]
#[path = "visitors_tests.rs"]
mod tests;
