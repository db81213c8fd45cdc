//! `chat.toml` as a whole: from the file to a checked [`Config`] and back.
//!
//! Read once, on the main thread, before any other thread starts.

use std::path::Path;

use crate::config::agree;
use crate::config::classes;
use crate::config::error::ConfigError;
use crate::config::parse::{Reader, Writer};
use crate::config::sections::{self, Config, SECTIONS};
use crate::model::zone::Zone;
use crate::support::local_zone;

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// It cannot be read, or [`Config::parse`] finds problems in it.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Config::parse(&name, &text),
            Err(error) => Err(ConfigError::unreadable(&name, &error)),
        }
    }

    /// The configuration that `text` says; what it does not mention has its default. `file_name`
    /// is for the errors.
    ///
    /// # Errors
    ///
    /// Every problem of the text: its syntax first; if that is right, unknown sections and keys,
    /// wrong values, and values that contradict each other.
    pub fn parse(file_name: &str, text: &str) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        let mut reader = Reader::new(file_name, text)?;
        reader.refuse_unknown(SECTIONS);
        sections::read(&mut reader, &mut config);
        classes::read(&mut reader, &mut config);
        agree::check(&mut reader, &config);
        reader.finish().map(|()| config)
    }

    /// The time zone in which times are shown.
    pub fn zone(&self) -> Zone {
        local_zone::zone(self.history.zone)
    }

    /// The configuration as a `chat.toml` without comments, every key included.
    pub fn to_toml(&self) -> String {
        let mut writer = Writer::default();
        sections::write(&mut writer, self);
        classes::write(&mut writer, self);
        writer.finish()
    }
}
