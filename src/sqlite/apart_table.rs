//! The tables without which messages are stored all the same.

use crate::store::queue::Note;

/// The table of a note that no event needs. If that table is damaged, the note is left out, so that
/// messages are stored all the same. `None`: the note must be stored like an event.
pub(super) fn apart_table(note: &Note) -> Option<&'static str> {
    match note {
        Note::Enter { .. } | Note::Leave { .. } => Some("visits"),
        Note::Exam { .. } => Some("tasks"),
        Note::Audit(_) => Some("audit"),
        Note::Record(_) => Some("records"),
        Note::Whisper(_) => Some("whispers"),
        Note::WhispersRead { .. } => Some("whisper_reads"),
        Note::Room(_) | Note::RemoveRoom(_) | Note::Forget { .. } | Note::EndLesson { .. } => None,
    }
}
