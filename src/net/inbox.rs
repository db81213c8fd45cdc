//! The hub's inbox: a bounded channel for senders that may block, an unbounded one for senders that
//! must not, and a wake-up.
//!
//! Connection threads put commands into the bounded channel and wait when it is full. Then they
//! stop reading, TCP pushes back on the peers, and no other flow control is needed on the way in.
//! The flusher and the store use the unbounded channel for their reports; otherwise hub and flusher
//! could wait for each other. So does the operator who revokes somebody: a flood must not keep that
//! waiting.
//!
//! The wake-up is `park` and `unpark` with a threshold, instead of crossbeam's blocking `recv`.
//! That one spins and yields before it sleeps, which costs a lightly loaded server 3 to 6 % of its
//! CPU, and it cannot wait for two channels and a deadline cheaply. Nor can it wait for several
//! commands: after a large batch the hub wakes up once for most of the replies, not for the first
//! of them.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst, fence};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Commands that the bounded channel holds: enough that it never cuts a batch under load short, and
/// few enough that a stalled hub pushes back within milliseconds.
const DEPTH: usize = 8192;

#[derive(Debug, Default)]
struct WakeUp {
    /// How many queued commands wake the receiver; 0: it is not asleep.
    threshold: AtomicUsize,
    receiver: OnceLock<Thread>,
}

impl WakeUp {
    /// Call this after putting something into a channel. `queued` says how much there is now.
    fn notify(&self, queued: impl FnOnce() -> usize) {
        // Pairs with the fence in `Inbox::wait`: either this thread sees that the receiver sleeps,
        // or the receiver sees what was just put into the channel.
        fence(SeqCst);
        let threshold = self.threshold.load(SeqCst);
        if threshold > 0
            && queued() >= threshold
            && self.threshold.swap(0, SeqCst) > 0
            && let Some(thread) = self.receiver.get()
        {
            thread.unpark();
        }
    }
}

/// Sends to the hub; cheap to clone.
#[derive(Debug)]
pub struct InboxHandle<C, R> {
    commands: Sender<C>,
    reports: Sender<R>,
    wake_up: Arc<WakeUp>,
}

impl<C, R> Clone for InboxHandle<C, R> {
    fn clone(&self) -> Self {
        Self {
            commands: self.commands.clone(),
            reports: self.reports.clone(),
            wake_up: Arc::clone(&self.wake_up),
        }
    }
}

impl<C, R> InboxHandle<C, R> {
    /// Sends a command, and waits while the inbox is full. False: the hub has gone.
    pub(crate) fn send(&self, command: C) -> bool {
        let sent = self.commands.send(command).is_ok();
        self.wake_up.notify(|| self.commands.len());
        sent
    }

    /// Sends a command that carries the sender of its answer, and waits for that answer. `None`: the
    /// inbox was full, or no answer came, within `timeout`.
    pub(crate) fn ask<T>(
        &self,
        timeout: Duration,
        command: impl FnOnce(Sender<T>) -> C,
    ) -> Option<T> {
        let (sender, receiver) = bounded(1);
        let until = Instant::now() + timeout;
        let sent = self.commands.send_deadline(command(sender), until);
        self.wake_up.notify(|| self.commands.len());
        sent.ok()?;
        receiver.recv_deadline(until).ok()
    }

    /// Sends a report that carries the sender of its answer, and waits for that answer. It comes before
    /// the commands that are queued. `None`: no answer came within `timeout`; the report is delivered
    /// all the same.
    pub(crate) fn ask_first<T>(
        &self,
        timeout: Duration,
        report: impl FnOnce(Sender<T>) -> R,
    ) -> Option<T> {
        let (sender, receiver) = bounded(1);
        self.report(report(sender));
        receiver.recv_timeout(timeout).ok()
    }

    /// Sends a report; never waits.
    pub(crate) fn report(&self, report: R) {
        // Without a hub the process is ending, and nobody needs the report.
        let _ = self.reports.send(report);
        self.wake_up.notify(|| usize::MAX);
    }

    /// How many commands are queued now.
    pub(crate) fn depth(&self) -> usize {
        self.commands.len()
    }
}

/// The receiving end, which the hub owns.
#[derive(Debug)]
pub(crate) struct Inbox<C, R> {
    commands: Receiver<C>,
    reports: Receiver<R>,
    wake_up: Arc<WakeUp>,
}

/// Makes both ends. The first thread that calls [`Inbox::wait`] is the one that is woken.
pub(crate) fn inbox<C, R>() -> (InboxHandle<C, R>, Inbox<C, R>) {
    let (commands_sender, commands) = bounded(DEPTH);
    let (reports_sender, reports) = unbounded();
    let wake_up = Arc::new(WakeUp::default());
    let handle = InboxHandle {
        commands: commands_sender,
        reports: reports_sender,
        wake_up: Arc::clone(&wake_up),
    };
    let inbox = Inbox {
        commands,
        reports,
        wake_up,
    };
    (handle, inbox)
}

impl<C, R> Inbox<C, R> {
    /// The next command, if there is one.
    pub(crate) fn command(&self) -> Option<C> {
        self.commands.try_recv().ok()
    }

    /// The next report, if there is one.
    pub(crate) fn report(&self) -> Option<R> {
        self.reports.try_recv().ok()
    }

    /// Sleeps until there is a report, or until `deadline`. Commands do not end this wait.
    pub(crate) fn wait_for_report(&self, deadline: Instant) {
        let pause = Duration::from_millis(5);
        while self.reports.is_empty() && Instant::now() < deadline {
            thread::park_timeout(pause);
        }
    }

    /// Sleeps until this many commands are queued, or there is a report, or until `deadline`. Returns
    /// when that was.
    pub(crate) fn wait(&self, commands: usize, deadline: Option<Instant>) -> Instant {
        self.wake_up.receiver.get_or_init(thread::current);
        loop {
            self.wake_up.threshold.store(commands, SeqCst);
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
        self.wake_up.threshold.store(0, SeqCst);
        Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_to_a_full_inbox_is_given_up_in_time() {
        let (handle, inbox) = inbox::<Option<Sender<()>>, ()>();
        while handle.depth() < DEPTH {
            assert!(handle.send(None));
        }
        assert_eq!(handle.ask(Duration::from_millis(1), Some), None);
        assert_eq!(handle.depth(), DEPTH, "it was never in the inbox");
        drop(inbox);
    }

    #[test]
    fn what_is_asked_first_is_delivered_to_a_full_inbox_whether_or_not_it_is_answered_in_time() {
        let (handle, inbox) = inbox::<(), Sender<u8>>();
        while handle.depth() < DEPTH {
            assert!(handle.send(()));
        }
        let answer = handle.ask_first(Duration::from_millis(1), |answer| answer);
        assert_eq!(answer, None);
        assert!(inbox.report().is_some(), "it is in the inbox");
        let asker =
            thread::spawn(move || handle.ask_first(Duration::from_secs(60), |answer| answer));
        let until = Instant::now() + Duration::from_secs(60);
        inbox.wait_for_report(until);
        let answer = inbox.report().expect("the question");
        answer.send(7).expect("somebody waits");
        assert_eq!(asker.join().expect("the asker"), Some(7));
    }

    #[test]
    fn nothing_is_lost_and_no_wake_up_is_missed() {
        let (handle, inbox) = inbox::<u32, u32>();
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let handle = handle.clone();
                thread::spawn(move || {
                    for n in 0..20_000 {
                        if n % 3 == 0 {
                            handle.report(1)
                        } else {
                            assert!(handle.send(1))
                        }
                    }
                })
            })
            .collect();
        let mut got = 0;
        let until = Instant::now() + Duration::from_secs(60);
        while got < 80_000 {
            // In turns for one command and for several. The last few may be fewer than several, and
            // the senders may be slower than that short wait: only the long one must bring some.
            let several = got % 2 == 1;
            if several {
                inbox.wait(3, Some(Instant::now() + Duration::from_millis(5)));
            } else {
                inbox.wait(1, Some(until));
            }
            let before = got;
            while let Some(n) = inbox.command().or_else(|| inbox.report()) {
                got += n;
            }
            assert!(several || got > before, "a wake-up was missed after {got}");
            assert!(Instant::now() < until, "{got} after a minute");
        }
        senders
            .into_iter()
            .for_each(|sender| sender.join().expect("a sender"));
    }

    #[test]
    fn a_wait_ends_at_its_deadline() {
        let (_handle, inbox) = inbox::<(), ()>();
        let deadline = Instant::now() + Duration::from_millis(5);
        inbox.wait(1, Some(deadline));
        assert!(Instant::now() >= deadline);
    }
}
