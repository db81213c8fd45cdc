//! The files that a history can be exported to.

use std::io::Write;

use crate::model::time::Millis;
use crate::model::zone::Zone;
use crate::sqlite::archive::Archive;
use crate::sqlite::error::ExportError;
use crate::sqlite::span::Span;
use crate::sqlite::transcript::{self, Format};
use crate::sqlite::{attendance, audit, tasks};

/// A file that a history can be exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// `transcript.txt`, for people.
    TranscriptText,
    /// `transcript.csv`, for a spreadsheet.
    TranscriptCsv,
    /// `transcript.jsonl`, for programs.
    TranscriptJsonLines,
    /// `attendance.csv`.
    Attendance,
    /// `tasks.csv`.
    Tasks,
    /// `audit.csv`.
    Audit,
}

impl Export {
    /// Every export.
    pub const ALL: [Export; 6] = [
        Export::TranscriptText,
        Export::TranscriptCsv,
        Export::TranscriptJsonLines,
        Export::Attendance,
        Export::Tasks,
        Export::Audit,
    ];

    /// Returns the export with this file name.
    pub fn from_file_name(name: &str) -> Option<Export> {
        Export::ALL
            .into_iter()
            .find(|export| export.file_name() == name)
    }

    /// Returns the file name.
    pub fn file_name(self) -> &'static str {
        match self {
            Export::TranscriptText => "transcript.txt",
            Export::TranscriptCsv => "transcript.csv",
            Export::TranscriptJsonLines => "transcript.jsonl",
            Export::Attendance => "attendance.csv",
            Export::Tasks => "tasks.csv",
            Export::Audit => "audit.csv",
        }
    }

    /// Returns the media type of the file.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Export::TranscriptText => "text/plain; charset=utf-8",
            Export::TranscriptJsonLines => "application/jsonl",
            Export::TranscriptCsv | Export::Attendance | Export::Tasks | Export::Audit => {
                "text/csv; charset=utf-8"
            }
        }
    }

    /// Writes the file. Times are in `zone`; in the attendance, a person who is still present is
    /// counted up to `now`.
    ///
    /// # Errors
    ///
    /// The history cannot be read, or `out` cannot be written.
    pub fn write(
        self,
        archive: &Archive,
        span: &Span<'_>,
        zone: Zone,
        now: Millis,
        out: &mut dyn Write,
    ) -> Result<(), ExportError> {
        match self {
            Export::TranscriptText => transcript::write(archive, span, Format::Text, zone, out),
            Export::TranscriptCsv => transcript::write(archive, span, Format::Csv, zone, out),
            Export::TranscriptJsonLines => {
                transcript::write(archive, span, Format::JsonLines, zone, out)
            }
            Export::Attendance => attendance::write(archive, span, zone, now, out),
            Export::Tasks => tasks::write(archive, span, zone, out),
            Export::Audit => audit::write(archive, span, zone, out),
        }
    }
}
