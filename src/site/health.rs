//! `GET /healthz` and `GET /api/status`: whether the server works, and what goes on in it.
//!
//! Runs on the connection's thread.

use crate::chat::hub::{Command, HubQuery, LessonNow, Mailbox, Overview, PATIENCE};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::metrics::Numbers;
use crate::shared::Shared;
use crate::site::feature_routes::{FULL, is_stored};
use crate::site::require;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// How often the hub is asked whether the store has followed.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// When to ask again after a failure, in seconds.
const RETRY: u64 = 5;

/// `GET /healthz`: 200 if the hub answers and, with a store, everything that was handed to it before reaches the
/// disk, both within [`PATIENCE`]; otherwise 503 with the reason.
pub(super) fn healthz(shared: &Shared) -> Result<Response, Refusal> {
    check(&shared.hub, &shared.counters.store_failing, PATIENCE)?;
    Ok(Response::new(200, "text/plain", &b"ok\n"[..]))
}

/// Whether hub and store answer within `patience` each.
fn check(hub: &Mailbox, store_failing: &AtomicBool, patience: Duration) -> Result<(), Refusal> {
    let ask = || {
        let saved = hub.ask(patience, |answer| {
            Command::Query(HubQuery::Saved { answer })
        });
        saved.ok_or_else(silent)
    };
    let deadline = Instant::now() + patience;
    let (handed_over, mut saved) = ask()?;
    loop {
        if store_failing.load(Relaxed) {
            let message = "The history cannot be written, and messages are refused until it can. The log says why.";
            return Err(Refusal::unavailable("storage_unavailable", message, RETRY));
        }
        if saved >= handed_over {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let message = format!(
                "The store has not written for {} s what it was given: the disk hangs, or is far too slow.",
                PATIENCE.as_secs()
            );
            return Err(Refusal::unavailable("store_silent", message, RETRY));
        }
        thread::sleep(LOOK_AGAIN);
        saved = ask()?.1;
    }
}

fn silent() -> Refusal {
    let message = format!(
        "The hub has not answered for {} s: it hangs, or has far too much to do.",
        PATIENCE.as_secs()
    );
    Refusal::unavailable("hub_silent", message, RETRY)
}

/// What goes on in the server.
#[derive(Serialize)]
struct Status<'a> {
    version: &'static str,
    /// `full`, or `minimal`.
    build: &'static str,
    title: &'a str,
    address: String,
    people: usize,
    rooms: Vec<RoomStatus<'a>>,
    lessons: Vec<LessonStatus<'a>>,
    stored: bool,
    store_failing: bool,
    #[serde(flatten)]
    numbers: Numbers,
}

/// A room, with the persons in it.
#[derive(Serialize)]
struct RoomStatus<'a> {
    name: &'a str,
    people: usize,
}

/// The lesson of a class: the one that runs, or the last one.
#[derive(Serialize)]
struct LessonStatus<'a> {
    /// The name of the class; absent for the only one.
    #[serde(skip_serializing_if = "str::is_empty")]
    class: &'a str,
    lesson: u64,
    runs: bool,
    /// When it was started, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    began: Option<u64>,
}

/// `GET /api/status`, for `glassroom status`.
pub(super) fn status(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    require::command_line(head, shared)?;
    let overview = shared.hub.ask(PATIENCE, |answer| {
        Command::Query(HubQuery::Overview { answer })
    });
    let Overview {
        people,
        rooms,
        lessons,
    } = overview.ok_or_else(silent)?;
    let config = &shared.config;
    Ok(Response::json(
        200,
        &Status {
            version: env!("CARGO_PKG_VERSION"),
            build: if FULL { "full" } else { "minimal" },
            title: &config.server.title,
            address: shared.address.to_string(),
            people,
            rooms: rooms
                .iter()
                .map(|(name, people)| RoomStatus {
                    name,
                    people: *people,
                })
                .collect(),
            lessons: lessons.iter().map(lesson).collect(),
            stored: is_stored(config),
            store_failing: shared.counters.store_failing.load(Relaxed),
            numbers: Numbers::now(shared),
        },
    ))
}

fn lesson(now: &LessonNow) -> LessonStatus<'_> {
    LessonStatus {
        class: &now.class,
        lesson: now.lesson,
        runs: now.runs,
        began: now.began,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::inbox::inbox;

    const BRIEFLY: Duration = Duration::from_millis(50);

    #[test]
    fn a_hub_that_does_not_answer_is_named() {
        let (hub, _inbox) = inbox();
        let refusal = check(&hub, &AtomicBool::new(false), BRIEFLY).unwrap_err();
        assert_eq!((refusal.status, refusal.slug), (503, "hub_silent"));
    }

    /// The slug of the refusal when the hub answers with these two numbers.
    fn slug(saved: (u64, u64), failing: bool) -> Option<&'static str> {
        let (hub, inbox) = inbox();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    inbox.wait(1, Some(Instant::now() + BRIEFLY));
                    if let Some(Command::Query(HubQuery::Saved { answer })) = inbox.command() {
                        let _ = answer.try_send(saved);
                    }
                }
            });
            let patience = Duration::from_secs(1);
            let checked = check(&hub, &AtomicBool::new(failing), patience);
            over.store(true, Relaxed);
            checked.err().map(|refusal| refusal.slug)
        })
    }

    #[test]
    fn a_store_that_writes_nothing_or_cannot_is_named() {
        assert_eq!(slug((0, 0), false), None);
        assert_eq!(slug((7, 7), false), None);
        assert_eq!(slug((7, 6), false), Some("store_silent"));
        assert_eq!(slug((7, 6), true), Some("storage_unavailable"));
        assert_eq!(slug((7, 7), true), Some("storage_unavailable"));
    }
}
