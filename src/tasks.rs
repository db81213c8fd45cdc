//! The tasks of the course: `/task/1` to `/task/6`, where the server examines a **client that the
//! student wrote**.
//!
//! Runs on: `conn-N`, which here also writes: these sockets never belong to the hub. Blocks on: its
//! own socket, a bounded time per step. A token is needed, as for the chat. The examiner speaks
//! first, in JSON text messages; the last one is the verdict, with the section of RFC 6455 that
//! decided, and if the task is passed with a receipt. Then comes a Close: 1000 `passed`, else the
//! code that the RFC names for the broken rule, or 4400.
//!
//! | file | owns |
//! |---|---|
//! | `about` | the list of them |
//! | [`exam`] | saying, hearing, waiting |
//! | [`fault`] | what a client did wrong |
//! | [`saying`] | the examiner's messages |
//! | [`desk`] | how far each person has come, in memory |
//! | [`listing`] | `GET /api/tasks` |
//! | `accept_key` | 1: the accept key is checked (§4.1) |
//! | `masking` | 2: every frame is masked, with a fresh key (§5.3) |
//! | `lengths` | 3: the three forms of the length (§5.2) |
//! | `pings` | 4: a Ping is answered (§5.5.2, §5.5.3) |
//! | `fragments` | 5: fragments become one message (§5.4, §5.6) |
//! | `closing` | 6: closing, begun by either end (§5.5.1, §7.1.1) |

mod about;
mod accept_key;
mod closing;
pub mod desk;
pub mod exam;
pub mod fault;
mod fragments;
mod lengths;
pub mod listing;
mod masking;
mod pings;
pub mod saying;

use crate::auth::token::Claims;
use crate::authenticate;
use crate::chat::hub::{Command, HubQuery, PATIENCE};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::model::event::Author;
use crate::model::time::unix_millis;
use crate::net::admission::Permit;
use crate::net::client::Client;
use crate::net::exchange;
use crate::shared::Shared;
use crate::store::queue::Note;
use crate::websocket::{close, frame};
pub use about::answers;
use about::{ABOUT, About, number};
use desk::{Desk, Verdict, lock};
use exam::Exam;
use fault::{Fault, Step, Stop};
use listing::receipt;
use saying::{Opening, Saying, Told};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long the second connection of task 1 waits until the first is seen to be over.
const OVERTAKING: Duration = Duration::from_secs(1);

/// Characters of a verdict.
const MAX_WORDS: usize = 800;

/// Serves one connection to a task, from its handshake to its end.
// Its own frame: a connection that chats must not pay for it in stack.
#[inline(never)]
pub fn open(
    client: &Arc<Client>,
    head: &Head,
    early: Vec<u8>,
    permit: &mut Permit,
    shared: &Shared,
    desk: &Mutex<Desk>,
) -> Result<(), Refusal> {
    let task = number(&head.path).filter(|_| shared.config.lab.enabled);
    let task = task.ok_or_else(Refusal::not_found)?;
    let about = &ABOUT[usize::from(task) - 1];
    let Some((claims, hello)) = authenticate::admit(client, head, None, shared)? else {
        return Ok(());
    };
    if let Some(reason) = authenticate::removal(&claims, &shared.hub, PATIENCE)? {
        authenticate::decline(client, &hello, close::Code::KICKED, &reason);
        return Ok(());
    }
    let now = unix_millis();
    lock(desk).begin(&claims.sub, now).map_err(|seconds| {
        let message = "Too many exams. Look at the verdicts of the last ones first.";
        Refusal::too_many("too_many_exams", message, seconds)
    })?;
    let key = head.get("sec-websocket-key").unwrap_or_default();
    let sitting = Sitting {
        client,
        shared,
        desk,
        claims,
        task,
        about,
        key,
    };
    // Not before: a loop that was told to wait takes no place from the chat.
    if !permit.enter_chat(sitting.claims.role) {
        return Err(Refusal::full(1));
    }
    sitting.begin(hello, early);
    Ok(())
}

/// One person in front of one task.
struct Sitting<'a> {
    client: &'a Arc<Client>,
    shared: &'a Shared,
    desk: &'a Mutex<Desk>,
    claims: Claims,
    task: u8,
    about: &'static About,
    key: &'a str,
}

impl Drop for Sitting<'_> {
    fn drop(&mut self) {
        lock(self.desk).end(&self.claims.sub);
    }
}

impl Sitting<'_> {
    fn begin(&self, hello: Vec<u8>, early: Vec<u8>) {
        self.wait_for_the_first();
        let (first, last_time) = {
            let (desk, sub, now) = (lock(self.desk), &self.claims.sub, unix_millis());
            let sheet = desk.sheet(sub, self.task);
            // Only what a Close could not say: the rest was told.
            let untold = sheet.and_then(|sheet| sheet.last.as_ref());
            let untold = untold.filter(|last| !last.told && !last.passed);
            let untold = untold.map(|last| format!("§{}: {}", last.section, last.what));
            (desk.half(sub, self.task, now).map(str::to_owned), untold)
        };
        let part = match first {
            Some(_) => self.about.parts,
            None => 1,
        };
        let bait = self.task == 1 && part == 1;
        let hello = match bait {
            true => accept_key::spoiled(&hello),
            false => hello,
        };
        // Before the client sees anything: it may be back before this thread runs again.
        let baiting = bait.then(|| Baiting::begin(self));
        if (&self.client.stream).write_all(&hello).is_err() {
            return;
        }
        let opening = Opening {
            task: self.task,
            part,
            of: self.about.parts,
            section: self.about.section,
            message: self.about.message,
            last_time,
        };
        let mut exam = Exam::new(self.client, &self.shared.stopping, opening);
        let outcome = match first {
            _ if !early.is_empty() => fault::fail(
                "4.1",
                "Your client sent bytes before the 101 was there. Until the server has answered, \
                 there is no WebSocket: wait for the end of its head.",
            ),
            None if bait => self.bait(&mut exam),
            Some(first) if self.task == 1 && first == self.key => accept_key::same_nonce(),
            _ => exam.open().and_then(|()| (self.about.exam)(&mut exam)),
        };
        drop(baiting);
        match outcome {
            Ok(()) if part < self.about.parts => {
                if !bait {
                    self.half_done();
                }
                exchange::write_and_hang_up(self.client, &[]);
            }
            Ok(()) => self.passed(),
            Err(Stop::Failed(fault)) => self.failed(fault, exam.is_closed()),
            Err(Stop::End(code, reason)) => {
                let last = frame::close(code.into(), reason);
                let last = if exam.is_closed() { &[] } else { &last[..] };
                exchange::write_and_hang_up(self.client, last);
            }
        }
    }

    /// The first connection of task 1. That it went well is noted while the bait still counts: the
    /// second connection waits for no more than that, and a note behind its verdict would outlive it.
    fn bait(&self, exam: &mut Exam<'_>) -> Step<()> {
        let outcome = accept_key::refuses_a_wrong_one(exam);
        if outcome.is_ok() {
            self.half_done();
        }
        outcome
    }

    /// A client that hangs up and connects again at once may be faster than the thread that has to
    /// notice the first.
    fn wait_for_the_first(&self) {
        let until = Instant::now() + OVERTAKING;
        while lock(self.desk).is_baiting(&self.claims.sub, self.task) && Instant::now() < until {
            thread::sleep(OVERTAKING / 50);
        }
    }

    fn half_done(&self) {
        let (sub, now) = (&self.claims.sub, unix_millis());
        lock(self.desk).keep_half(sub, self.task, self.key, now);
    }

    fn passed(&self) {
        let at = unix_millis();
        let section = self.about.section;
        let what = format!("Passed: your client does what §{section} asks for.");
        self.keep(Verdict {
            passed: true,
            section,
            what: what.clone(),
            told: true,
            at,
        });
        let receipt = receipt(&self.claims, self.task, at, &self.shared.keys);
        self.tell(section, &what, Some(receipt), 1000, "passed");
    }

    fn failed(&self, fault: Fault, closed: bool) {
        let Fault {
            section,
            mut what,
            code,
        } = fault;
        // It may quote the client.
        if let Some((end, _)) = what.char_indices().nth(MAX_WORDS) {
            what.truncate(end);
        }
        self.keep(Verdict {
            passed: false,
            section,
            what: what.clone(),
            told: !closed && section != fault::TCP_ENDED,
            at: unix_millis(),
        });
        if closed {
            return exchange::write_and_hang_up(self.client, &[]);
        }
        let reason = format!("failed: §{section} {what}");
        self.tell(section, &what, None, code, &reason);
    }

    /// The verdict, the Close, and the end.
    fn tell(&self, section: &str, what: &str, receipt: Option<String>, code: u16, reason: &str) {
        let verdict = Saying::Verdict(Told {
            task: self.task,
            passed: receipt.is_some(),
            section,
            what,
            receipt,
        });
        let bytes = [verdict.frame(), frame::close(code, reason)].concat();
        exchange::write_and_hang_up(self.client, &bytes);
    }

    /// On the desk, and in the store if there is one.
    fn keep(&self, verdict: Verdict) {
        let (sub, role) = (&self.claims.sub, self.claims.role);
        if !lock(self.desk).is_sitting(sub) {
            return; // forgotten meanwhile
        }
        let word = if verdict.passed { "passed" } else { "failed" };
        let (id, task) = (self.client.id, self.task);
        log::info!("connection {id}: task {task} {word} (§{})", verdict.section);
        let note = Note::Exam {
            by: Arc::new(Author {
                sub: sub.as_str().into(),
                id: self.shared.keys.public_id(sub).into(),
                name: self.claims.name.as_str().into(),
                role,
            }),
            task,
            passed: verdict.passed,
            at: verdict.at,
        };
        lock(self.desk).decide(sub, task, verdict);
        self.shared
            .hub
            .send(Command::Query(HubQuery::Keep(Box::new(note))));
    }
}

/// A first connection of task 1 that is not over.
struct Baiting<'a>(&'a Sitting<'a>);

impl<'a> Baiting<'a> {
    fn begin(sitting: &'a Sitting<'a>) -> Self {
        let baiting = Self(sitting);
        baiting.count(1);
        baiting
    }

    fn count(&self, change: i32) {
        let Sitting {
            desk, claims, task, ..
        } = self.0;
        lock(desk).bait(&claims.sub, *task, change, unix_millis());
    }
}

impl Drop for Baiting<'_> {
    fn drop(&mut self) {
        self.count(-1);
    }
}
