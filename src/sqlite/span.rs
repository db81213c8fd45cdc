//! The part of the history that an export covers.

use crate::model::time::Millis;
use crate::sqlite::class_list::Expected;

/// The part of the history that an export covers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span<'a> {
    /// The room; `None` means all rooms, one after the other.
    pub room: Option<&'a str>,
    /// The first moment that belongs to it.
    pub from: Option<Millis>,
    /// The first moment after it.
    pub to: Option<Millis>,
    /// Who should have been there, in the order of the class list; for the attendance.
    pub class_list: &'a [Expected],
}

impl Span<'_> {
    pub(super) fn contains(&self, at: Millis) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}
