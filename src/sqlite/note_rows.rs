//! Writes what is noted beside the events of the rooms: records, private messages and the audit log.

use rusqlite::{Result, params};

use crate::sqlite::around::Around;
use crate::sqlite::records::{self, References};
use crate::sqlite::row_writer::RowWriter;
use crate::sqlite::whispers;
use crate::store::queue::Audit;
use crate::store::record::{RecordChange, RecordKind};
use crate::store::whisper::Whisper;

impl RowWriter {
    pub(super) fn write_record(&mut self, db: &Around<'_>, change: &RecordChange) -> Result<()> {
        let record = match change {
            RecordChange::Keep(record) => record,
            RecordChange::Drop(kind, id) => {
                self.erased |= kind.belongs_to_its_author();
                return records::erase(db, *kind, id);
            }
        };
        self.erased |= record.kind.leaves_no_trace();
        let target = record.target.as_ref();
        let room = record.room.as_ref();
        let references = References {
            author: self.author(db, &record.by)?,
            target: target.map(|target| self.author(db, target)).transpose()?,
            room: room.map(|room| self.room(db, room)).transpose()?,
        };
        let kept = match record.kind {
            RecordKind::Poll | RecordKind::PollSums | RecordKind::Ballot => {
                records::kept_of_poll(db, record)?.unwrap_or(self.trusted)
            }
            _ => self.trusted,
        };
        records::keep(db, record, &references, kept)
    }

    pub(super) fn write_whisper(&mut self, db: &Around<'_>, whisper: &Whisper) -> Result<()> {
        let target = whisper.to.as_ref();
        let references = whispers::References {
            room: self.room(db, &whisper.room)?,
            author: self.author(db, &whisper.from)?,
            target: target.map(|target| self.author(db, target)).transpose()?,
        };
        db.apart("whisper_reads", || whispers::count(db, whisper.id))?;
        whispers::keep(db, whisper, &references, self.trusted)
    }

    pub(super) fn write_audit(&mut self, db: &Around<'_>, audit: &Audit) -> Result<()> {
        let Audit {
            at,
            by,
            action,
            target,
            room,
            reason,
            until,
        } = audit;
        let by = self.author(db, by)?;
        let target = target
            .as_ref()
            .map(|target| self.author(db, target))
            .transpose()?;
        let room = room.as_ref().map(|room| self.room(db, room)).transpose()?;
        db.prepare_cached(
            "INSERT INTO audit(at, author, action, target, room, reason, until, kept)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            at,
            by,
            action,
            target,
            room,
            reason,
            until,
            self.trusted
        ])
        .map(drop)
    }
}
