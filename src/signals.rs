//! Signals: which of them end the server, and which has it open its log file again.
//!
//! Used by: `main`, which blocks on them. A closed terminal sends SIGHUP, and a lesson must not break
//! off because of it: everybody is told, as after SIGTERM. A process under `nohup` was started with
//! SIGHUP ignored, and goes on ignoring it.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::{Handle, Signals};
use std::fs;
use std::io;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// SIGINT, SIGTERM or SIGHUP: end in order.
    Stop,
    /// SIGUSR1: open the log file again, because it was moved (`logrotate` does that).
    ReopenLog,
}

/// The signals that came and were not taken yet.
#[derive(Debug)]
pub struct Inbox {
    signals: Signals,
}

impl Inbox {
    /// Takes over the signals of this process.
    ///
    /// # Errors
    ///
    /// The system refuses that.
    pub fn open() -> io::Result<Inbox> {
        let mut wanted = vec![SIGINT, SIGTERM, SIGUSR1];
        if !is_hangup_ignored() {
            wanted.push(SIGHUP);
        }
        Ok(Inbox {
            signals: Signals::new(wanted)?,
        })
    }

    /// A handle that ends [`Inbox::wait`] from another thread.
    pub fn handle(&self) -> Handle {
        self.signals.handle()
    }

    /// Whether the end was asked for already.
    pub fn is_stop_pending(&mut self) -> bool {
        self.signals.pending().any(|signal| signal != SIGUSR1)
    }

    /// Waits for the next request; `None` when the handle has closed this.
    pub fn wait(&mut self) -> Option<Request> {
        self.signals.forever().next().map(|signal| match signal {
            SIGUSR1 => Request::ReopenLog,
            _ => Request::Stop,
        })
    }
}

/// Whether this process was started with SIGHUP ignored.
fn is_hangup_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores(&status, SIGHUP)
}

/// Whether a signal is in the mask of ignored signals of a `/proc/PID/status`.
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Signals are counted from 1.
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = |mask| format!("Name:\tglassroom\nSigBlk:\t1\nSigIgn:\t{mask}\nSigCgt:\t3\n");
        assert!(ignores(&status("0000000000001001"), SIGHUP));
        assert!(!ignores(&status("0000000000001000"), SIGHUP));
        assert!(ignores(&status("0000000000000002"), SIGINT));
        assert!(!ignores("", SIGHUP) && !ignores(&status("?"), SIGHUP));
    }
}
