//! The choices that `chat.toml` offers by name.

use std::time::Duration;

use crate::config::kinds::{Checked, Word};
use crate::config::units::{format_duration, parse_duration};
use crate::model::zone::Zone;

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

pub(super) const ZONE: Checked<Zone> = Checked {
    example: "+08:00",
    read: |text| {
        let wrong = format!(r#"{text:?} is not an offset from UTC such as "+08:00""#);
        text.parse().map_err(|_| wrong)
    },
    write: Zone::to_string,
};

pub(super) const LEVEL: Word<log::LevelFilter> = Word(&[
    ("off", log::LevelFilter::Off),
    ("error", log::LevelFilter::Error),
    ("warn", log::LevelFilter::Warn),
    ("info", log::LevelFilter::Info),
    ("debug", log::LevelFilter::Debug),
    ("trace", log::LevelFilter::Trace),
]);

pub(super) const KEEP: Checked<Keep> = Checked {
    example: "30d",
    read: |text| match text {
        "lesson" => Ok(Keep::Lesson),
        "forever" => Ok(Keep::Forever),
        _ => match parse_duration(text) {
            Ok(duration) if duration >= Duration::from_secs(60) => Ok(Keep::For(duration)),
            _ => Err(format!(
                r#"{text:?} is not "lesson", "forever" or a duration of at least a minute such as "30d""#
            )),
        },
    },
    write: |keep| match keep {
        Keep::Lesson => "lesson".to_owned(),
        Keep::Forever => "forever".to_owned(),
        Keep::For(duration) => format_duration(*duration),
    },
};
