//! The values that `chat.toml` offers by name.

use std::time::Duration;

/// Who may create a room by joining one that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Create {
    /// Nobody: only the rooms of the list exist.
    Nobody,
    /// Hosts and moderators.
    Hosts,
    /// Everyone who may join a room.
    All,
}

/// Who may whisper to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Whisper {
    /// Nobody.
    Off,
    /// Hosts and moderators may whisper to everyone, and everyone to them; others not to each
    /// other.
    Hosts,
    /// Everyone may whisper to everyone.
    All,
}

/// How long messages, attendance and the audit log are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Until the lesson ends.
    Lesson,
    /// For this long.
    For(Duration),
    /// Until somebody deletes the file.
    Forever,
}

/// What an acknowledged message survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// A power cut.
    Full,
    /// The end of the process, not a power cut.
    Normal,
}
