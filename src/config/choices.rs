//! The choices that `chat.toml` offers by name.

use std::time::Duration;

/// Who makes a room by joining one that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// The list is all there is.
    Nobody,
    /// Hosts.
    Hosts,
    /// Everyone who may join a room.
    All,
}

/// Who may whisper to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Whisper {
    /// Nobody to anybody.
    Off,
    /// Hosts and moderators to everyone, everyone to them, the rest not to each other.
    Hosts,
    /// Everyone to everyone.
    All,
}

/// For how long messages, attendance and the audit log are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Until the lesson ends.
    Lesson,
    /// For this long after they were said.
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
