//! One connection to a task, from its handshake to its verdict.

use crate::auth::token::Claims;
use crate::authenticate;
use crate::chat::hub::{Command, HubQuery, PATIENCE};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::lens::note::Hex;
use crate::model::event::Author;
use crate::model::time::{Ticks, unix_millis};
use crate::net::admission::{Permit, Place};
use crate::net::client::Client;
use crate::net::exchange;
use crate::shared::Shared;
use crate::store::queue::Note;
use crate::tasks::accept_key;
use crate::tasks::catalogue::{CATALOGUE, TaskInfo, task_number};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Fault, Remark, Step, Stop, fail};
use crate::tasks::laws::{ACCEPT, ESTABLISHED, NONCE, WAIT_FOR_101};
use crate::tasks::listing::receipt;
use crate::tasks::messages::{ExaminerMessage, NoteMessage, Opening, VerdictMessage};
use crate::tasks::refusals;
use crate::tasks::students::{FirstPart, Students, Verdict, lock};
use crate::tasks::texts_handshake::TOO_MANY;
use crate::tasks::texts_messages as texts;
use crate::tasks::words::Language;
use crate::websocket::frame;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long the second connection of a task waits for the first to end.
const FIRST_PART_END: Duration = Duration::from_secs(1);

/// Characters of a verdict.
const MAX_VERDICT: usize = 1200;

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
    let begun = begin(client, head, early, permit, (shared, students, task));
    begun.map_err(|refusal| refusals::explained(refusal, task, head, shared, students))
}

/// Judges the handshake, and examines the client if it is good.
fn begin(
    client: &Arc<Client>,
    head: &Head,
    early: Vec<u8>,
    permit: &mut Permit,
    (shared, students, task): (&Shared, &Mutex<Students>, u8),
) -> Result<(), Refusal> {
    let Some((claims, hello)) = authenticate::admit(client, head, None, shared)? else {
        return Ok(());
    };
    let _held = authenticate::hold(client, &claims, shared)?;
    if let Some((code, reason)) = authenticate::removal(&claims, &shared.hub, PATIENCE)? {
        authenticate::decline(client, &hello, code, &reason);
        return Ok(());
    }
    let language = Language::of_program(head);
    let begun = lock(students).begin_attempt(&claims.sub, Ticks::now());
    begun.map_err(|seconds| {
        let message = TOO_MANY.with(&[("seconds", &seconds)]);
        let message = message.of(language).to_owned();
        Refusal::too_many("too_many_exams", message, Duration::from_secs(seconds))
    })?;
    let key = head.get("sec-websocket-key").unwrap_or_default();
    let sub = claims.sub.clone();
    let attempt = Attempt {
        client,
        shared,
        students,
        claims,
        task,
        info: &CATALOGUE[usize::from(task) - 1],
        language,
        key,
        early,
        is_known_nonce: lock(students).is_known_nonce(&sub, key),
    };
    // Only now: a client in a loop that is told to wait must not use up a place in the chat.
    if !permit.enter_as(attempt.claims.role, Place::Task) {
        return Err(Refusal::full(1));
    }
    attempt.run(hello);
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
    /// What the client's author reads.
    language: Language,
    /// The `Sec-WebSocket-Key` of this connection.
    key: &'a str,
    /// Whether an earlier connection of this person had the same.
    is_known_nonce: bool,
    /// Bytes that came with the request.
    early: Vec<u8>,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        lock(self.students).end_attempt(&self.claims.sub);
    }
}

impl Attempt<'_> {
    fn run(&self, hello: Vec<u8>) {
        self.wait_for_first_part();
        let first = self.first_part();
        let part = match first {
            Some(_) => self.info.parts,
            None => 1,
        };
        let wrong_accept =
            (self.task == 1 && part == 1).then(|| accept_key::with_wrong_case(&hello));
        let opening = self.opening(part);
        // Before the client receives anything: it may connect again before this thread runs again.
        let open_first_part = (part < self.info.parts).then(|| OpenFirstPart::begin(self));
        let hello = wrong_accept.as_ref().unwrap_or(&hello);
        if (&self.client.stream).write_all(hello).is_err() {
            return;
        }
        let law = match wrong_accept {
            Some(_) => ACCEPT,
            None => ESTABLISHED,
        };
        let stopping = &self.shared.stopping;
        let mut exam = Exam::new(self.client, stopping, opening, self.language, law);
        for remark in first.iter().flat_map(|first| &first.notes) {
            exam.seen.remark(remark.law, remark.what.clone());
        }
        let outcome = self.examine(&mut exam, first.as_ref(), wrong_accept.as_deref());
        // A first part is recorded while it still counts as open: the second connection waits for it
        // only so long, and a record after the second one's verdict would be left over for the next
        // attempt.
        if outcome.is_ok() && part < self.info.parts {
            self.pass_first_part(exam.seen.remarks());
        }
        drop(open_first_part);
        match outcome {
            Ok(()) if part < self.info.parts => exchange::write_and_hang_up(self.client, &[]),
            Ok(()) => self.pass(exam.seen.remarks()),
            Err(Stop::Failed(fault)) => self.fail(fault, exam.is_closed()),
            Err(Stop::End(code, reason)) => {
                let close = frame::close(code.into(), reason);
                let close = if exam.is_closed() { &[] } else { &close[..] };
                exchange::write_and_hang_up(self.client, close);
            }
        }
    }

    /// Examines the connection, and then what shows only beside earlier ones.
    fn examine(
        &self,
        exam: &mut Exam<'_>,
        first: Option<&FirstPart>,
        wrong_accept: Option<&[u8]>,
    ) -> Step<()> {
        if !self.early.is_empty() {
            return fail(
                WAIT_FOR_101,
                texts::BEFORE_101.with(&[("bytes", &self.early_bytes())]),
            );
        }
        if let Some(sent) = wrong_accept {
            return accept_key::refuses_a_wrong_one(exam, sent, self.key);
        }
        if self.task == 1 && first.is_some_and(|first| first.key == self.key) {
            return self.fail_nonce();
        }
        let outcome = exam.open().and_then(|()| (self.info.examine)(exam));
        let keys = lock(self.students).judge_keys(&self.claims.sub, exam.seen.keys());
        outcome?;
        keys.map_err(Stop::Failed)?;
        match self.is_known_nonce {
            true => self.fail_nonce(),
            false => Ok(()),
        }
    }

    /// The first bytes that came too early, for people.
    fn early_bytes(&self) -> String {
        Hex(self.early[..self.early.len().min(16)].to_vec()).spaced()
    }

    fn fail_nonce(&self) -> Step<()> {
        fail(NONCE, texts::KNOWN_NONCE.with(&[("key", &self.key)]))
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
            message: self.info.message.of(self.language),
            last_time: unsent
                .map(|last| format!("§{}: {}", last.section, last.what.of(self.language))),
        }
    }

    /// The first part, if this is the second.
    fn first_part(&self) -> Option<FirstPart> {
        let students = lock(self.students);
        let first = students.first_part(&self.claims.sub, self.task, Ticks::now());
        first.cloned()
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

    fn pass_first_part(&self, notes: &[Remark]) {
        let first = FirstPart {
            at: Ticks::now(),
            key: self.key.to_owned(),
            notes: notes.to_vec(),
        };
        lock(self.students).pass_first_part(&self.claims.sub, self.task, first);
    }

    fn pass(&self, notes: &[Remark]) {
        let section = self.info.section;
        let mut what = texts::PASSED.with(&[("section", &section)]);
        if !notes.is_empty() {
            what = what.then(texts::SEE_NOTES);
        }
        let verdict = Verdict {
            passed: true,
            section,
            law: None,
            close_code: None,
            what,
            notes: notes.to_vec(),
            sent: true,
            at: unix_millis(),
        };
        let receipt = receipt(&self.claims, self.task, verdict.at, &self.shared.keys);
        self.record(verdict.clone());
        self.send_verdict(&verdict, Some(receipt), 1000, "passed");
    }

    fn fail(&self, fault: Fault, closed: bool) {
        let section = fault.law.section;
        let mut what = fault.what;
        what.truncate(MAX_VERDICT); // it may quote the client
        let verdict = Verdict {
            passed: false,
            section,
            law: Some(fault.law),
            close_code: Some(fault.code).filter(|code| *code < 4000),
            what,
            notes: Vec::new(),
            sent: !closed && !fault.unheard,
            at: unix_millis(),
        };
        self.record(verdict.clone());
        if closed {
            return exchange::write_and_hang_up(self.client, &[]);
        }
        let reason = format!("failed: §{section} {}", verdict.what.of(self.language));
        self.send_verdict(&verdict, None, fault.code, &reason);
    }

    /// Sends the verdict and the Close, and ends the connection.
    fn send_verdict(&self, verdict: &Verdict, receipt: Option<String>, code: u16, reason: &str) {
        let message = ExaminerMessage::Verdict(VerdictMessage {
            task: self.task,
            passed: verdict.passed,
            section: verdict.section,
            level: verdict.law.map(|law| law.level),
            rule: verdict.law.map(|law| law.rule),
            sentence: verdict.law.map(|law| law.sentence),
            close_code: verdict.close_code,
            what: verdict.what.of(self.language),
            notes: NoteMessage::of(&verdict.notes, self.language),
            receipt,
        });
        let bytes = [message.frame(), frame::close(code, reason)].concat();
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

/// Counts a first connection until it is over.
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
