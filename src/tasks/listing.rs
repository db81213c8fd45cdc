//! `GET /api/tasks`: what the asking person has passed, with receipts; and, for hosts, whether
//! somebody's receipt is genuine.
//!
//! Runs on the connection's thread, with a helper thread for SQLite, whose stack is larger.

use super::about::ABOUT;
use super::desk::{Desk, Sheet, TASKS, lock};
use crate::auth::receipt::Receipt;
use crate::auth::token::{Claims, Keys};
use crate::authenticate;
use crate::data_dir::history_path;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::shared::Shared;
use crate::sqlite::archive::Archive;
use crate::sqlite::span::Span;
use crate::sqlite::tasks::{TaskResult, task_results};
use crate::support::threads;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Mutex;

/// SQLite wants more than the 64 KiB of a connection.
const STACK: usize = 512 * 1024;

#[derive(Serialize)]
struct List {
    /// Whether it outlives this run of the server.
    stored: bool,
    tasks: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    task: u8,
    section: &'static str,
    url: String,
    /// In milliseconds since 1970.
    passed: Option<u64>,
    attempts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// The newest verdict, since the server started.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Last>,
}

#[derive(Serialize)]
struct Last {
    passed: bool,
    section: &'static str,
    what: String,
    at: u64,
}

/// Answers the request.
pub fn answer(head: &Head, shared: &Shared, desk: &Mutex<Desk>) -> Result<Response, Refusal> {
    if !shared.config.lab.enabled {
        return Err(Refusal::not_found());
    }
    let claims = authenticate::holder(head, shared)?;
    match head.query.strip_prefix("receipt=") {
        Some(text) => verify(text, &claims, shared),
        None => own(&claims, shared, desk),
    }
}

/// For hosts: what a receipt says, if it is genuine.
fn verify(text: &str, claims: &Claims, shared: &Shared) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Genuine {
        /// As others see the person.
        id: String,
        #[serde(flatten)]
        receipt: Receipt,
    }
    if claims.role < Role::Host {
        return Err(Refusal::hosts_only("Only hosts check receipts."));
    }
    let receipt = Receipt::verify(&shared.keys, text);
    let receipt = receipt.map_err(|no| Refusal::bad_request("bad_receipt", no.to_string()))?;
    let id = shared.keys.public_id(&receipt.sub);
    Ok(Response::json(200, &Genuine { id, receipt }))
}

fn own(claims: &Claims, shared: &Shared, desk: &Mutex<Desk>) -> Result<Response, Refusal> {
    let path = history_path(&shared.config);
    let stored = path.is_some();
    let kept = match path {
        Some(path) => kept(path, &claims.sub)?,
        None => Vec::new(),
    };
    let line = |task: u8| {
        let sheet = lock(desk).sheet(&claims.sub, task).cloned();
        let sheet = sheet.unwrap_or_default();
        line(task, sheet, &kept, claims, shared)
    };
    let tasks = (1..=TASKS as u8).map(line).collect();
    Ok(Response::json(200, &List { stored, tasks }))
}

/// The store may be a moment behind the desk, and the desk begins with each start of the server.
fn line(task: u8, sheet: Sheet, kept: &[TaskResult], claims: &Claims, shared: &Shared) -> Line {
    let kept = kept.iter().find(|kept| kept.task == task);
    let passed = [sheet.passed, kept.and_then(|kept| kept.passed)];
    let passed = passed.into_iter().flatten().min();
    Line {
        task,
        section: ABOUT[usize::from(task) - 1].section,
        url: format!("/task/{task}"),
        passed,
        attempts: kept
            .map_or(0, |kept| kept.attempts)
            .max(u64::from(sheet.attempts)),
        receipt: passed.map(|at| receipt(claims, task, at, &shared.keys)),
        last: sheet.last.map(|last| Last {
            passed: last.passed,
            section: last.section,
            what: last.what,
            at: last.at,
        }),
    }
}

/// What the store has of a person.
fn kept(path: PathBuf, sub: &str) -> Result<Vec<TaskResult>, Refusal> {
    let unreadable = |error: String| {
        log::error!("the tasks cannot be read: {error}");
        Refusal::unavailable("unreadable", "The history cannot be read just now.", 5)
    };
    let read = || -> Result<Vec<TaskResult>, String> {
        let archive = Archive::open(&path).map_err(|error| error.to_string())?;
        task_results(&archive, Some(sub), &Span::default()).map_err(|error| error.to_string())
    };
    let read = threads::with_stack(STACK, read);
    read.and_then(|read| read).map_err(unreadable)
}

/// The receipt of a task that was passed at `at`, in milliseconds since 1970.
pub(super) fn receipt(claims: &Claims, task: u8, at: u64, keys: &Keys) -> String {
    let receipt = Receipt {
        sub: claims.sub.clone(),
        name: claims.name.clone(),
        task,
        at: at / 1000,
    };
    receipt.sign(keys)
}
