//! One connection to a task, from its handshake to its verdict.

use crate::auth::token::Claims;
use crate::authenticate;
use crate::chat::hub::{Command, HubQuery, PATIENCE};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::model::event::Author;
use crate::model::time::{Ticks, unix_millis};
use crate::net::admission::Permit;
use crate::net::client::Client;
use crate::net::exchange;
use crate::shared::Shared;
use crate::store::queue::Note;
use crate::tasks::accept_key;
use crate::tasks::catalogue::{CATALOGUE, TaskInfo, task_number};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{self, Fault, Step, Stop};
use crate::tasks::listing::receipt;
use crate::tasks::messages::{ExaminerMessage, Opening, VerdictMessage};
use crate::tasks::students::{Students, Verdict, lock};
use crate::websocket::{close, frame};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long the second connection of task 1 waits for the first to end.
const FIRST_PART_END: Duration = Duration::from_secs(1);

/// Characters of a verdict.
const MAX_VERDICT: usize = 800;

/// Serves one connection to a task, from its handshake to its end.
// Not inlined: a chat connection must not pay for it in stack.
#[inline(never)]
pub(crate) fn open(
    client: &Arc<Client>,
    head: &Head,
    early: Vec<u8>,
    permit: &mut Permit,
    shared: &Shared,
    students: &Mutex<Students>,
) -> Result<(), Refusal> {
    let task = task_number(&head.path).filter(|_| shared.config.lab.enabled);
    let task = task.ok_or_else(Refusal::not_found)?;
    let Some((claims, hello)) = authenticate::admit(client, head, None, shared)? else {
        return Ok(());
    };
    let _held = authenticate::hold(client, &claims, shared)?;
    if let Some(reason) = authenticate::removal(&claims, &shared.hub, PATIENCE)? {
        authenticate::decline(client, &hello, close::Code::KICKED, &reason);
        return Ok(());
    }
    let begun = lock(students).begin_attempt(&claims.sub, Ticks::now());
    begun.map_err(|seconds| {
        let message = "Too many exams. Look at the verdicts of the last ones first.";
        Refusal::too_many("too_many_exams", message, Duration::from_secs(seconds))
    })?;
    let attempt = Attempt {
        client,
        shared,
        students,
        claims,
        task,
        info: &CATALOGUE[usize::from(task) - 1],
        key: head.get("sec-websocket-key").unwrap_or_default(),
    };
    // Only now: a client in a loop that is told to wait must not use up a place in the chat.
    if !permit.enter_chat(attempt.claims.role) {
        return Err(Refusal::full(1));
    }
    attempt.run(hello, early);
    Ok(())
}

/// One person's connection to one task.
struct Attempt<'a> {
    client: &'a Arc<Client>,
    shared: &'a Shared,
    students: &'a Mutex<Students>,
    claims: Claims,
    task: u8,
    info: &'static TaskInfo,
    /// The `Sec-WebSocket-Key` of this connection.
    key: &'a str,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        lock(self.students).end_attempt(&self.claims.sub);
    }
}

impl Attempt<'_> {
    fn run(&self, hello: Vec<u8>, early: Vec<u8>) {
        self.wait_for_first_part();
        let first_key = self.first_part_key();
        let part = match first_key {
            Some(_) => self.info.parts,
            None => 1,
        };
        let wrong_key = self.task == 1 && part == 1;
        let hello = match wrong_key {
            true => accept_key::with_wrong_key(&hello),
            false => hello,
        };
        let opening = self.opening(part);
        // Before the client receives anything: it may connect again before this thread runs again.
        let open_first_part = wrong_key.then(|| OpenFirstPart::begin(self));
        if (&self.client.stream).write_all(&hello).is_err() {
            return;
        }
        let mut exam = Exam::new(self.client, &self.shared.stopping, opening);
        let outcome = match first_key {
            _ if !early.is_empty() => fault::fail(
                "4.1",
                "Your client sent bytes before it had received the 101. There is no WebSocket \
                 until the server has answered: wait for the end of the response head.",
            ),
            None if wrong_key => self.examine_wrong_key(&mut exam),
            Some(first) if self.task == 1 && first == self.key => accept_key::same_nonce(),
            _ => exam.open().and_then(|()| (self.info.examine)(&mut exam)),
        };
        drop(open_first_part);
        match outcome {
            Ok(()) if part < self.info.parts => {
                if !wrong_key {
                    self.pass_first_part();
                }
                exchange::write_and_hang_up(self.client, &[]);
            }
            Ok(()) => self.pass(),
            Err(Stop::Failed(fault)) => self.fail(fault, exam.is_closed()),
            Err(Stop::End(code, reason)) => {
                let close = frame::close(code.into(), reason);
                let close = if exam.is_closed() { &[] } else { &close[..] };
                exchange::write_and_hang_up(self.client, close);
            }
        }
    }

    /// The examiner's first message.
    fn opening(&self, part: u8) -> Opening {
        let students = lock(self.students);
        let progress = students.progress(&self.claims.sub, self.task);
        // A verdict that reached its client is not repeated.
        let last = progress.and_then(|progress| progress.last.as_ref());
        let unsent = last.filter(|last| !last.sent && !last.passed);
        Opening {
            task: self.task,
            part,
            of: self.info.parts,
            section: self.info.section,
            message: self.info.message,
            last_time: unsent.map(|last| format!("§{}: {}", last.section, last.what)),
        }
    }

    /// The `Sec-WebSocket-Key` of the first part, if this is the second.
    fn first_part_key(&self) -> Option<String> {
        let students = lock(self.students);
        let key = students.first_part_key(&self.claims.sub, self.task, Ticks::now());
        key.map(str::to_owned)
    }

    /// The first connection of task 1. It is recorded as passed while it still counts as open: the
    /// second connection waits for it only so long, and a record after the second one's verdict
    /// would be left over for the next attempt.
    fn examine_wrong_key(&self, exam: &mut Exam<'_>) -> Step<()> {
        let outcome = accept_key::refuses_a_wrong_one(exam);
        if outcome.is_ok() {
            self.pass_first_part();
        }
        outcome
    }

    /// A client that hangs up and connects again at once may be faster than the thread that has to
    /// notice the end of the first connection.
    fn wait_for_first_part(&self) {
        let until = Instant::now() + FIRST_PART_END;
        let (sub, task) = (&self.claims.sub, self.task);
        while lock(self.students).has_open_first_part(sub, task) && Instant::now() < until {
            thread::sleep(FIRST_PART_END / 50);
        }
    }

    fn pass_first_part(&self) {
        let now = Ticks::now();
        lock(self.students).pass_first_part(&self.claims.sub, self.task, self.key, now);
    }

    fn pass(&self) {
        let at = unix_millis();
        let section = self.info.section;
        let what = format!("Passed: your client does what §{section} asks for.");
        self.record(Verdict {
            passed: true,
            section,
            what: what.clone(),
            sent: true,
            at,
        });
        let receipt = receipt(&self.claims, self.task, at, &self.shared.keys);
        self.send_verdict(section, &what, Some(receipt), 1000, "passed");
    }

    fn fail(&self, fault: Fault, closed: bool) {
        let Fault {
            section,
            mut what,
            code,
        } = fault;
        // It may quote the client.
        if let Some((end, _)) = what.char_indices().nth(MAX_VERDICT) {
            what.truncate(end);
        }
        self.record(Verdict {
            passed: false,
            section,
            what: what.clone(),
            sent: !closed && section != fault::TCP_ENDED,
            at: unix_millis(),
        });
        if closed {
            return exchange::write_and_hang_up(self.client, &[]);
        }
        let reason = format!("failed: §{section} {what}");
        self.send_verdict(section, &what, None, code, &reason);
    }

    /// Sends the verdict and the Close, and ends the connection.
    fn send_verdict(
        &self,
        section: &str,
        what: &str,
        receipt: Option<String>,
        code: u16,
        reason: &str,
    ) {
        let verdict = ExaminerMessage::Verdict(VerdictMessage {
            task: self.task,
            passed: receipt.is_some(),
            section,
            what,
            receipt,
        });
        let bytes = [verdict.frame(), frame::close(code, reason)].concat();
        exchange::write_and_hang_up(self.client, &bytes);
    }

    /// Records a verdict in memory, and in the store if there is one.
    fn record(&self, verdict: Verdict) {
        let sub = &self.claims.sub;
        if !lock(self.students).has_attempt(sub) {
            return; // the person was erased meanwhile
        }
        let (id, task) = (self.client.id, self.task);
        let word = if verdict.passed { "passed" } else { "failed" };
        log::info!("connection {id}: task {task} {word} (§{})", verdict.section);
        let note = Note::Exam {
            by: Arc::new(Author {
                sub: sub.as_str().into(),
                id: self.shared.keys.public_id(sub).into(),
                name: self.claims.name.as_str().into(),
                role: self.claims.role,
            }),
            task,
            passed: verdict.passed,
            at: verdict.at,
        };
        lock(self.students).record(sub, task, verdict, Ticks::now());
        let keep = HubQuery::Keep(Box::new(note));
        self.shared.hub.send(Command::Query(keep));
    }
}

/// Counts a first connection of task 1 until it is over.
struct OpenFirstPart<'a>(&'a Attempt<'a>);

impl<'a> OpenFirstPart<'a> {
    fn begin(attempt: &'a Attempt<'a>) -> Self {
        let open = Self(attempt);
        open.count(1);
        open
    }

    fn count(&self, change: i32) {
        let attempt = self.0;
        let mut students = lock(attempt.students);
        students.count_first_parts(&attempt.claims.sub, attempt.task, change, Ticks::now());
    }
}

impl Drop for OpenFirstPart<'_> {
    fn drop(&mut self) {
        self.count(-1);
    }
}
