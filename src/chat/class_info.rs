//! Classes and lessons as those who lead see them, in JSON.

use crate::model::time::Millis;
use serde::Serialize;

/// A class, for those who lead in it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ClassInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its rooms.
    pub rooms: &'a [Box<str>],
    /// Its code, for those who lead all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_code: Option<String>,
    /// Whether people can join with the code.
    pub door_open: bool,
    /// Whether a lesson runs.
    pub lesson_runs: bool,
}

/// A lesson of a room, in the list of them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct LessonInfo {
    /// Its number.
    pub lesson: u64,
    /// Its first event.
    pub from_seq: u64,
    /// Its last event, if it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_seq: Option<u64>,
    /// When it was started, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Millis>,
    /// When it ended, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Millis>,
}
