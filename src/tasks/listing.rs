//! `GET /api/tasks`: which tasks the person has passed, with receipts; and, for hosts, whether a
//! receipt is genuine.
//!
//! Runs on the connection's thread.

use crate::auth::receipt::Receipt;
use crate::auth::token::{Claims, Keys};
use crate::authenticate;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::shared::Shared;
use crate::sqlite::readers::Readers;
use crate::sqlite::span::Span;
use crate::sqlite::tasks::{TaskResult, task_results};
use crate::tasks::catalogue::CATALOGUE;
use crate::tasks::laws::Level;
use crate::tasks::messages::NoteMessage;
use crate::tasks::students::{Students, TASKS, TaskProgress, Verdict, lock};
use crate::tasks::words::Language;
use serde::Serialize;
use std::sync::Mutex;

#[derive(Serialize)]
struct List {
    /// Whether the list outlives this run of the server.
    stored: bool,
    tasks: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_code: Option<u16>,
    what: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<NoteMessage>,
    at: u64,
}

impl Last {
    fn of(verdict: &Verdict, language: Language) -> Self {
        Self {
            passed: verdict.passed,
            section: verdict.section,
            level: verdict.law.map(|law| law.level),
            rule: verdict.law.map(|law| law.rule),
            sentence: verdict.law.map(|law| law.sentence),
            close_code: verdict.close_code,
            what: verdict.what.of(language).to_owned(),
            notes: NoteMessage::of(&verdict.notes, language),
            at: verdict.at,
        }
    }
}

/// Answers the request.
pub(crate) fn answer(
    head: &Head,
    shared: &Shared,
    students: &Mutex<Students>,
    readers: &Readers,
) -> Result<Response, Refusal> {
    if !shared.config.lab.enabled {
        return Err(Refusal::not_found());
    }
    let claims = authenticate::holder(head, shared)?;
    match head.query.strip_prefix("receipt=") {
        Some(text) => verify(text, &claims, shared),
        None => {
            let answer = own(head, &claims, shared, students, readers)?;
            Ok(answer.with("Vary", "Accept-Language"))
        }
    }
}

/// For hosts: the content of a receipt, if it is genuine.
fn verify(text: &str, claims: &Claims, shared: &Shared) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Genuine {
        /// The person's public id.
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

/// The person's own tasks.
fn own(
    head: &Head,
    claims: &Claims,
    shared: &Shared,
    students: &Mutex<Students>,
    readers: &Readers,
) -> Result<Response, Refusal> {
    let has_store = readers.has_history();
    let stored = match has_store {
        true => read_store(readers, &claims.sub)?,
        false => Vec::new(),
    };
    let language = Language::of_reader(head);
    let entry = |task: u8| {
        let progress = lock(students).progress(&claims.sub, task).cloned();
        let stored = stored.iter().find(|stored| stored.task == task);
        let progress = progress.unwrap_or_default();
        let last = progress.last.as_ref();
        Entry {
            last: last.map(|last| Last::of(last, language)),
            ..entry(task, &progress, stored, claims, shared)
        }
    };
    let list = List {
        stored: has_store,
        tasks: (1..=TASKS as u8).map(entry).collect(),
    };
    Ok(Response::json(200, &list))
}

/// Merges what is known in memory, which is lost when the server stops, with what is stored, which
/// may lag a moment; without the last verdict.
fn entry(
    task: u8,
    progress: &TaskProgress,
    stored: Option<&TaskResult>,
    claims: &Claims,
    shared: &Shared,
) -> Entry {
    let passed = [progress.passed, stored.and_then(|stored| stored.passed)];
    let passed = passed.into_iter().flatten().min();
    let attempts = stored.map_or(0, |stored| stored.attempts);
    Entry {
        task,
        section: CATALOGUE[usize::from(task) - 1].section,
        url: format!("/task/{task}"),
        passed,
        attempts: attempts.max(u64::from(progress.attempts)),
        receipt: passed.map(|at| receipt(claims, task, at, &shared.keys)),
        last: None,
    }
}

/// What the store has about a person.
fn read_store(readers: &Readers, sub: &str) -> Result<Vec<TaskResult>, Refusal> {
    let read = readers.query(|archive| task_results(archive, Some(sub), &Span::default()));
    read.map_err(|error| {
        log::error!("the tasks cannot be read: {error}");
        Refusal::unavailable("unreadable", "The history cannot be read just now.", 5)
    })
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
