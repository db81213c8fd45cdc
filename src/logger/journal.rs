//! The journal of systemd: what it has to be told in a line, and what it knows itself.
//!
//! Used by: the start of the log, where standard error leads to the journal. A line then begins with its
//! priority (`<3>`: an error), so that `journalctl -p err` finds it, and has no time: the journal has one.

use log::{Level, LevelFilter, Log, Metadata, Record};
use simplelog::{Config, SharedLogger};
use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};

/// Whether this leads to the journal. `JOURNAL_STREAM` alone does not say so, because a child of the
/// service inherits it, with its output elsewhere; it names the device and the inode to compare.
pub(super) fn is_at(out: &impl AsFd) -> bool {
    let found = || -> io::Result<String> {
        let found = File::from(out.as_fd().try_clone_to_owned()?).metadata()?;
        Ok(format!("{}:{}", found.dev(), found.ino()))
    };
    env::var("JOURNAL_STREAM").is_ok_and(|named| found().is_ok_and(|found| found == named))
}

/// The priority of syslog(3). `trace` has none of its own.
fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

/// A record for the journal. It makes an entry of each line, and each has to say its priority.
fn lines(level: Level, text: &str) -> String {
    let priority = priority(level);
    let lines = text.lines().map(|line| format!("<{priority}>{line}\n"));
    lines.collect()
}

/// The log of the process, as far as it goes to the journal.
pub(super) struct Journal<W> {
    level: LevelFilter,
    /// The crate whose records are left out: each frame would be one.
    ignored: &'static str,
    queue: Mutex<W>,
}

impl<W> Journal<W> {
    /// A log that has written nothing. `queue` takes records without waiting.
    pub(super) fn new(level: LevelFilter, ignored: &'static str, queue: W) -> Box<Self> {
        Box::new(Journal {
            level,
            ignored,
            queue: Mutex::new(queue),
        })
    }
}

impl<W: Write + Send> Log for Journal<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level && !metadata.target().starts_with(self.ignored)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let lines = lines(record.level(), &record.args().to_string());
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            // The queue takes everything, or counts what it lost.
            let _ = queue.write_all(lines.as_bytes());
        }
    }

    fn flush(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = queue.flush();
    }
}

impl<W: Write + Send + 'static> SharedLogger for Journal<W> {
    fn level(&self) -> LevelFilter {
        self.level
    }

    fn config(&self) -> Option<&Config> {
        None
    }

    fn as_log(self: Box<Self>) -> Box<dyn Log> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_record_says_its_priority() {
        assert_eq!(lines(Level::Error, "no disk"), "<3>no disk\n");
        assert_eq!(lines(Level::Warn, "a\nb"), "<4>a\n<4>b\n");
        assert_eq!(lines(Level::Info, "ready"), "<6>ready\n");
        assert_eq!(lines(Level::Trace, ""), "");
    }

    #[test]
    fn what_the_variable_does_not_name_is_no_journal() {
        let file = File::open("/dev/null").unwrap();
        assert!(!is_at(&file));
    }
}
