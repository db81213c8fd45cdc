//! The settings that the server under test is started with.

use std::collections::BTreeMap;

/// Values as TOML, by section and key.
#[derive(Debug, Clone)]
pub struct Settings(BTreeMap<(String, String), String>);

impl Default for Settings {
    /// No limit that a load would reach, and no list of a thousand names for everybody who joins.
    fn default() -> Self {
        let mut settings = Self(BTreeMap::new());
        for (section, key, value) in [
            ("limits", "messages_per_second", "0.0"),
            ("limits", "connections", "20000"),
            // A short stall of the machine must not evict a reader.
            ("limits", "backlog", r#""32 MiB""#),
            ("limits", "unauthenticated", "5000"),
            ("presence", "list_up_to", "0"),
            ("history", "path", r#""""#),
            ("metrics", "public", "true"),
        ] {
            settings.set(section, key, value);
        }
        settings
    }
}

impl Settings {
    /// The default settings, changed by lines of TOML, which `;` may separate as well:
    /// `[section]`, `key = value` or `section.key = value`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut settings = Self::default();
        let mut section = "";
        for line in text.split(['\n', ';']).map(str::trim) {
            if line.is_empty() {
                continue;
            }
            let header = line.strip_prefix('[').and_then(|l| l.strip_suffix(']'));
            if let Some(name) = header {
                section = name.trim();
                continue;
            }
            let (key, value) = line
                .split_once('=')
                .ok_or_else(|| format!("{line:?} is neither `[section]` nor `key = value`"))?;
            let (section, key) = key.split_once('.').unwrap_or((section, key));
            settings.set(section.trim(), key.trim(), value.trim());
        }
        Ok(settings)
    }

    /// The same settings with one value changed.
    pub fn with(&self, section: &str, key: &str, value: &str) -> Self {
        let mut settings = self.clone();
        settings.set(section, key, value);
        settings
    }

    fn set(&mut self, section: &str, key: &str, value: &str) {
        let name = (section.to_owned(), key.to_owned());
        self.0.insert(name, value.to_owned());
    }

    /// The text of a configuration file. TOML allows each section only once.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let mut current = "";
        for ((section, key), value) in &self.0 {
            if section != current {
                text.push_str(&format!("[{section}]\n"));
                current = section;
            }
            text.push_str(&format!("{key} = {value}\n"));
        }
        text
    }
}
