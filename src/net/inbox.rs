//! The hub's inbox: a bounded channel that everybody may block on, an unbounded one for those who
//! must not, and a bell.
//!
//! Connection threads put commands into the bounded channel and wait when it is full: that stops
//! their reading, TCP pushes back on the senders, and nothing else is needed for flow control on
//! the way in. The flusher (and whoever else the hub waits for nothing from) uses the unbounded
//! channel, or hub and flusher could wait for each other.
//!
//! The bell is `park`/`unpark` with a flag, instead of crossbeam's blocking `recv`: that one spins
//! and yields before it sleeps, which costs a lightly loaded server 3 to 6 % of its CPU, and it
//! cannot wait for two channels and a deadline cheaply. Nor for several commands at once: a hub
//! that has just sent a large batch wakes up for the answers once, not for the first of them.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst, fence};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Commands that may wait for the hub. Deep enough that a batch under load is never cut short by
/// it, small enough that a stalled hub pushes back within milliseconds.
const DEPTH: usize = 8192;

#[derive(Debug, Default)]
struct Bell {
    /// How many waiting commands wake the sleeper; 0: nobody sleeps.
    wakes_at: AtomicUsize,
    sleeper: OnceLock<Thread>,
}

impl Bell {
    /// Something was put into a channel; `waiting` says how much is worth waking up for.
    fn ring(&self, waiting: impl FnOnce() -> usize) {
        // Pairs with the fence in `Inbox::wait`: either this thread sees that somebody sleeps, or
        // the sleeper sees what was just put into the channel. Never neither.
        fence(SeqCst);
        let wakes_at = self.wakes_at.load(SeqCst);
        if wakes_at > 0
            && waiting() >= wakes_at
            && self.wakes_at.swap(0, SeqCst) > 0
            && let Some(thread) = self.sleeper.get()
        {
            thread.unpark();
        }
    }
}

/// A way to reach the hub; cheap to clone.
#[derive(Debug)]
pub struct Mailbox<C, R> {
    commands: Sender<C>,
    reports: Sender<R>,
    bell: Arc<Bell>,
}

impl<C, R> Clone for Mailbox<C, R> {
    fn clone(&self) -> Self {
        Self {
            commands: self.commands.clone(),
            reports: self.reports.clone(),
            bell: Arc::clone(&self.bell),
        }
    }
}

impl<C, R> Mailbox<C, R> {
    /// Sends a command; waits while the inbox is full. False: the hub is gone.
    pub fn send(&self, command: C) -> bool {
        let sent = self.commands.send(command).is_ok();
        self.bell.ring(|| self.commands.len());
        sent
    }

    /// Asks: sends the command that is made with the way back, and waits for the answer at most
    /// `patience`. `None`: none came in time.
    pub fn ask<T>(&self, patience: Duration, command: impl FnOnce(Sender<T>) -> C) -> Option<T> {
        let (answer, answered) = bounded(1);
        self.send(command(answer));
        answered.recv_timeout(patience).ok()
    }

    /// Sends a report; never waits.
    pub fn report(&self, report: R) {
        // Without a hub the process is ending, and the report has nobody to concern.
        let _ = self.reports.send(report);
        self.bell.ring(|| usize::MAX);
    }

    /// How many commands wait now.
    pub fn depth(&self) -> usize {
        self.commands.len()
    }
}

/// The hub's end.
#[derive(Debug)]
pub struct Inbox<C, R> {
    commands: Receiver<C>,
    reports: Receiver<R>,
    bell: Arc<Bell>,
}

/// Makes both ends. Whoever calls [`Inbox::wait`] first is the thread that the bell wakes.
pub fn inbox<C, R>() -> (Mailbox<C, R>, Inbox<C, R>) {
    let (commands, commands_in) = bounded(DEPTH);
    let (reports, reports_in) = unbounded();
    let bell = Arc::new(Bell::default());
    (
        Mailbox {
            commands,
            reports,
            bell: Arc::clone(&bell),
        },
        Inbox {
            commands: commands_in,
            reports: reports_in,
            bell,
        },
    )
}

impl<C, R> Inbox<C, R> {
    /// The next command, if there is one.
    pub fn command(&self) -> Option<C> {
        self.commands.try_recv().ok()
    }

    /// The next report, if there is one.
    pub fn report(&self) -> Option<R> {
        self.reports.try_recv().ok()
    }

    /// Sleeps until there is a report, whatever commands may wait, or `deadline` has come.
    pub fn wait_for_report(&self, deadline: Instant) {
        let pause = Duration::from_millis(5);
        while self.reports.is_empty() && Instant::now() < deadline {
            thread::park_timeout(pause);
        }
    }

    /// Sleeps until so many commands are there, or a report, or `deadline` has come.
    pub fn wait(&self, commands: usize, deadline: Option<Instant>) {
        self.bell.sleeper.get_or_init(thread::current);
        loop {
            self.bell.wakes_at.store(commands, SeqCst);
            fence(SeqCst);
            if self.commands.len() >= commands || !self.reports.is_empty() {
                break;
            }
            match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(left) if left.is_zero() => break,
                Some(left) => thread::park_timeout(left),
            }
        }
        self.bell.wakes_at.store(0, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_no_wake_up_is_missed() {
        let (mailbox, inbox) = inbox::<u32, u32>();
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let mailbox = mailbox.clone();
                thread::spawn(move || {
                    for n in 0..20_000 {
                        if n % 3 == 0 {
                            mailbox.report(1)
                        } else {
                            assert!(mailbox.send(1))
                        }
                    }
                })
            })
            .collect();
        let mut got = 0;
        while got < 80_000 {
            // By turns for one command and for several: the last few come alone.
            let (commands, patience) = [(1, 20_000), (3, 5)][got as usize % 2];
            inbox.wait(
                commands,
                Some(Instant::now() + Duration::from_millis(patience)),
            );
            let before = got;
            while let Some(n) = inbox.command().or_else(|| inbox.report()) {
                got += n;
            }
            assert!(got > before, "a wake-up was missed after {got}");
        }
        senders
            .into_iter()
            .for_each(|sender| sender.join().expect("a sender"));
    }

    #[test]
    fn a_wait_ends_at_its_deadline() {
        let (_mailbox, inbox) = inbox::<(), ()>();
        let deadline = Instant::now() + Duration::from_millis(5);
        inbox.wait(1, Some(deadline));
        assert!(Instant::now() >= deadline);
    }
}
