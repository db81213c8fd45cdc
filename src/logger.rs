//! The log: records to the terminal, and to a [`mod@file`] if one is named. [`throttle`] bounds how often
//! the same thing is said. Where the terminal is the [`mod@journal`] of systemd, records are written for it.
//!
//! A thread that logs never waits for either. Otherwise a stopped terminal, or a pipe that nobody
//! reads, would block the flusher or the listener at the next record, and with them every client.
//! So the terminal and the file each have a queue, and a thread called `log` that writes. A record
//! that finds the queue full is dropped and counted.

mod file;
mod journal;
mod throttle;

use crate::config;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use file::LogFile;
use journal::Journal;
use simplelog::{CombinedLogger, ConfigBuilder, LevelFilter, SharedLogger, WriteLogger};
use std::io::{self, Stderr, Write, stderr};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};
use throttle::Throttled;

/// The most records that wait for one of the two, some 100 KB: as many as a class causes while a
/// disk is slow.
const QUEUE: usize = 1024;
/// The crate whose records are left out.
const IGNORED: &str = "tungstenite";
/// How long the end of the process waits for the last records to be written.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The running log of the process.
#[derive(Debug)]
pub struct Logger {
    /// The queue of the thread that writes the file.
    file: Option<Sender<Job>>,
}

impl Logger {
    /// Has the file opened again at its path, because it was moved. It happens after everything that
    /// was logged before.
    pub fn reopen(&self) {
        match &self.file {
            Some(jobs) if jobs.try_send(Job::Reopen).is_ok() => {}
            Some(_) => log::warn!("the log file is not opened again: too much waits to be written"),
            None => log::info!("no log file is named ([log] file), so none is opened again"),
        }
    }
}

/// Starts the log of the whole process.
///
/// # Errors
///
/// The file cannot be opened, or a thread cannot be started.
pub fn start(config: &config::Log) -> Result<Logger, String> {
    // UTC, decided here: the local offset cannot be read once threads run.
    let format = ConfigBuilder::new()
        .set_time_format_rfc3339()
        .set_target_level(LevelFilter::Off)
        .set_location_level(LevelFilter::Off)
        .set_thread_level(LevelFilter::Off)
        .add_filter_ignore_str(IGNORED)
        .build();
    let fail = |error: io::Error| format!("the log: {error}");
    let writer =
        |queue| -> Box<dyn SharedLogger> { WriteLogger::new(config.level, format.clone(), queue) };
    let terminal = Queue::to(stderr()).map_err(fail)?;
    let mut all = vec![match journal::is_at(&stderr()) {
        true => Journal::new(config.level, IGNORED, terminal),
        false => writer(terminal),
    }];
    let mut logger = Logger { file: None };
    let mut warning = None;
    if let Some(path) = &config.file {
        let (file, found) = LogFile::open(path, config.max_size as u64)
            .map_err(|error| format!("the log {}: {error}", path.display()))?;
        let queue = Queue::to(file).map_err(fail)?;
        logger.file = Some(queue.jobs.clone());
        warning = found;
        all.push(writer(queue));
    }
    let all = CombinedLogger::new(all);
    log::set_boxed_logger(Box::new(Throttled::new(all))).map_err(|e| e.to_string())?;
    log::set_max_level(config.level);
    if let Some(warning) = warning {
        log::warn!("the log file: {warning}");
    }
    Ok(logger)
}

/// Where a thread writes the log to.
trait Output: Write {
    /// Opens it again, because it was moved; returns what the operator should know.
    fn reopen(&mut self) -> io::Result<Option<String>> {
        Ok(None)
    }
}

impl Output for Stderr {}

impl Output for LogFile {
    fn reopen(&mut self) -> io::Result<Option<String>> {
        LogFile::reopen(self)
    }
}

/// A job for the writing thread.
#[derive(Debug)]
enum Job {
    Write(Vec<u8>),
    Reopen,
    /// The sender is dropped when everything before it has been written.
    Flush(Sender<()>),
}

/// The sending end of a queue. It takes records in pieces, and never waits.
struct Queue {
    /// The incomplete record: the logger writes time, level and text one by one.
    begun: Vec<u8>,
    jobs: Sender<Job>,
    lost: Arc<AtomicU64>,
}

impl Queue {
    /// A queue, and the thread that writes what is in it to `out`.
    fn to(out: impl Output + Send + 'static) -> io::Result<Self> {
        let (jobs, theirs) = bounded(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        let thread = thread::Builder::new().name("log".into());
        thread.spawn(move || run(&theirs, &counted, out))?;
        Ok(Self {
            begun: Vec::new(),
            jobs,
            lost,
        })
    }
}

impl Write for Queue {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        if self.begun.ends_with(b"\n") {
            let record = Job::Write(mem::take(&mut self.begun));
            if let Err(TrySendError::Full(_)) = self.jobs.try_send(record) {
                self.lost.fetch_add(1, Relaxed);
            }
        }
        Ok(bytes.len())
    }

    /// Waits until everything is written, at most [`FLUSH_TIMEOUT`]. Only called when the process
    /// ends.
    fn flush(&mut self) -> io::Result<()> {
        let until = Instant::now() + FLUSH_TIMEOUT;
        let (done, is_done) = bounded(0);
        if self.jobs.send_deadline(Job::Flush(done), until).is_ok() {
            let _ = is_done.recv_deadline(until);
        }
        Ok(())
    }
}

/// The writing thread. It ignores errors, because it has nowhere to report them: a terminal that was
/// closed stays closed, and each record costs one failed call.
fn run(jobs: &Receiver<Job>, lost: &AtomicU64, mut out: impl Output) {
    for job in jobs {
        let done = match job {
            Job::Write(record) => {
                let _ = out.write_all(&record);
                None
            }
            Job::Reopen => {
                reopen(&mut out);
                None
            }
            Job::Flush(done) => Some(done),
        };
        // What was dropped came after everything that was in the queue.
        if jobs.is_empty() && lost.load(Relaxed) > 0 {
            let lost = lost.swap(0, Relaxed);
            let note =
                format!("({lost} records were lost here: they could not be written in time)\n");
            let _ = out.write_all(note.as_bytes());
        }
        drop(done);
    }
}

/// Opens the log file again. What happened is said in the log itself, and on the terminal.
fn reopen(out: &mut impl Output) {
    match out.reopen() {
        Ok(None) => log::info!("the log file was opened again"),
        Ok(Some(warning)) => log::warn!("the log file was opened again: {warning}"),
        Err(error) => log::error!("the log file cannot be opened again and stays: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// A terminal that takes something only when it may.
    struct Stopped {
        go: Receiver<()>,
        shown: Arc<Mutex<String>>,
    }

    impl Write for Stopped {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.go.recv(); // at once when nobody can stop it any more
            let text = String::from_utf8_lossy(bytes);
            self.shown.lock().unwrap().push_str(&text);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Output for Stopped {}

    #[test]
    fn a_stopped_terminal_blocks_nobody_and_is_told_how_much_it_has_missed() {
        let (stop, go) = bounded(0);
        let shown = Arc::new(Mutex::new(String::new()));
        let terminal = Stopped {
            go,
            shown: Arc::clone(&shown),
        };
        let mut queue = Queue::to(terminal).unwrap();
        // One may be in the thread's hands beside those in the queue.
        for n in 0..QUEUE + 11 {
            write!(queue, "record ").unwrap();
            writeln!(queue, "{n}").unwrap();
        }
        let lost = queue.lost.load(Relaxed);
        assert!((10..=11).contains(&lost), "{lost}");
        drop(stop);
        queue.flush().unwrap();
        let shown = shown.lock().unwrap();
        assert!(shown.starts_with("record 0\nrecord 1\n"), "{shown}");
        assert!(
            shown.contains(&format!("\n({lost} records were lost here")),
            "{shown}"
        );
        assert_eq!(shown.lines().count() as u64, QUEUE as u64 + 12 - lost);
    }
}
