//! The audit log: what moderators did, to whom, and why.

use std::io::Write;

use rusqlite::{Row, params};

use crate::model::time::Millis;
use crate::model::zone::Zone;
use crate::sqlite::archive::Archive;
use crate::sqlite::error::ExportError;
use crate::sqlite::span::Span;
use crate::sqlite::values::integer;
use crate::sqlite::{csv, damage, quoting};

/// Writes the entries of `span` as CSV, oldest first. An entry without a room belongs to every
/// room.
///
/// # Errors
///
/// The history cannot be read, or `out` cannot be written.
pub(super) fn write(
    archive: &Archive,
    span: &Span<'_>,
    zone: Zone,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    // The log is small and is read as a whole, so that a slow client does not keep the write-ahead
    // log from shrinking.
    let mut text = csv::BYTE_ORDER_MARK.as_bytes().to_vec();
    let titles = [
        "time",
        "action",
        "by",
        "by id",
        "target",
        "target id",
        "room",
        "reason",
        "until",
    ];
    csv::write_line(&mut text, &titles)?;
    let mut entries = archive.db().prepare_cached(
        "SELECT l.at, l.action, b.name, b.shown, t.name, t.shown, r.name, l.reason, l.until
         FROM audit l LEFT JOIN authors b ON b.id = l.author
         LEFT JOIN authors t ON t.id = l.target LEFT JOIN rooms r ON r.id = l.room
         WHERE l.at >= ?1 AND l.at < ?2 AND (?3 IS NULL OR r.name = ?3 OR l.room IS NULL)
         ORDER BY l.id",
    )?;
    let (from, to) = (span.from.unwrap_or(0), span.to.unwrap_or(Millis::MAX));
    let mut rows = entries.query(params![integer(from), integer(to), span.room])?;
    while let Some(row) = rows.next()? {
        if let Err(ExportError::Read(error)) = write_entry(row, zone, &mut text) {
            damage::report(format_args!("audit: a row: {error}"));
        }
    }
    out.write_all(&text)?;
    Ok(())
}

fn write_entry(row: &Row<'_>, zone: Zone, out: &mut dyn Write) -> Result<(), ExportError> {
    let cell = |column| damage::lossy(row, column);
    let at = zone.show(row.get(0)?).to_string();
    let until: Option<Millis> = row.get(8)?;
    let until = until.map(|until| zone.show(until).to_string());
    let (by, target) = (cell(2)?, cell(4)?);
    let (by, target) = (quoting::one_line(&by), quoting::one_line(&target));
    let cells = [
        &*at,
        &cell(1)?,
        &by,
        &cell(3)?,
        &target,
        &cell(5)?,
        &cell(6)?,
        &cell(7)?,
        until.as_deref().unwrap_or_default(),
    ];
    csv::write_line(out, &cells)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::author;
    use crate::sqlite::tests::TempHistory;
    use crate::store::queue::{Audit, Note};

    #[test]
    fn the_actions_of_moderators_are_exported() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            let entry = |at, action: &str, room: Option<&str>| {
                Note::Audit(Box::new(Audit {
                    at,
                    by: author("Lin"),
                    action: action.into(),
                    target: room.is_none().then(|| author("Bo")),
                    room: room.map(Into::into),
                    reason: Some("=noise".into()),
                    until: Some(9000),
                }))
            };
            writer.note(entry(1000, "mute", None));
            writer.note(entry(2000, "lock", Some("lobby")));
            writer.note(entry(3000, "lock", Some("physics")));
        });
        let span = Span {
            room: Some("lobby"),
            ..Span::default()
        };
        let mut out = Vec::new();
        write(&history.archive(), &span, Zone::default(), &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let rows: Vec<_> = text.lines().skip(1).collect();
        let mute = r#""1970-01-01 00:00:01+00:00","mute","Lin","id-Lin","Bo","id-Bo","","'=noise","1970-01-01 00:00:09+00:00""#;
        let lock = r#""1970-01-01 00:00:02+00:00","lock","Lin","id-Lin","","","lobby","'=noise","1970-01-01 00:00:09+00:00""#;
        assert_eq!(rows, [mute, lock]);
    }
}
