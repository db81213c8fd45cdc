//! The lab breaks the rules of WebSocket on a learner's behalf, because a browser cannot.
//!
//! `GET /api/lab` lists the experiments that are ready; `POST /api/lab` runs one of them, or a
//! program that the learner wrote: a handshake and frames, right or wrong. They are really sent over
//! TCP, to this server, and the whole exchange comes back annotated by [`crate::lens`], with the rule
//! that decided (RFC 6455 §4, §5, §7).
//!
//! Runs on a short-lived thread with a larger stack than a connection's, while `conn-N` waits for
//! it. Blocks on its own socket for at most [`run::TIME`].
//!
//! A program is data, and is checked as a whole before the first byte is sent: it can only reach
//! `/echo` and `/ws` ([`plan`]), and cannot pretend to come from another address. Requests from this
//! machine have no privileges, so the lab has none. Its token for `/ws` is valid in no room.
//!
//! | file | owns |
//! |---|---|
//! | [`program`] | the handshake and steps of a learner, as data |
//! | [`plan`] | the program as bytes, or its refusal |
//! | [`run`] | the exchange |
//! | [`outcome`] | the result of the exchange |
//! | [`decisive_rule`] | the rule that decided |
//! | [`run_report`] | the response to the learner |
//! | [`experiments`] | the ready experiments, with the outcome that the RFC demands |
//! | [`limits`] | runs per minute, runs at once |

pub(crate) mod decisive_rule;
pub mod experiments;
pub(crate) mod limits;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod program;
pub(crate) mod run;
pub(crate) mod run_report;

use crate::auth::token::Claims;
use crate::authenticate;
use crate::http::head::Head;
use crate::http::json_body;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::lens::head::BLANK;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::net::exchange::Body;
use crate::shared::Shared;
use crate::support::threads;
use experiments::Experiment;
use limits::Experimenters;
use plan::{Plan, Setting};
use program::Program;
use run_report::RunReport;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The path of the lab's API.
pub(crate) const PATH: &str = "/api/lab";
/// Largest body of a request: room for a handshake and some 6 KiB of raw bytes.
pub(crate) const MAX_BODY: usize = 16 * 1024;
/// JSON and annotation need more stack than a connection's thread has.
const STACK: usize = 1024 * 1024;
/// Seconds until a token of the lab expires. A run takes five; in the last minute the chat would
/// warn of the expiry.
const TOKEN_TTL: u64 = 120;
/// The lab's name in its token. Nobody sees it, because the lab is in no room.
const NAME: &str = "Glassroom lab";

/// Answers a request for [`PATH`].
///
/// # Errors
///
/// The lab is switched off, the token is invalid, the program is wrong, or a limit is reached.
pub(crate) fn answer(
    head: &Head,
    body: &Body<'_>,
    shared: &Shared,
    experimenters: &Experimenters,
) -> Result<Response, Refusal> {
    if !shared.config.lab.enabled {
        return Err(Refusal::not_found());
    }
    let work = || match &*head.method {
        "GET" | "HEAD" => Ok(list(shared, experimenters)),
        "POST" => experiment(head, body, shared, experimenters),
        _ => Err(Refusal::method_not_allowed("GET, HEAD, POST")),
    };
    threads::with_stack(STACK, work).unwrap_or_else(|error| {
        log::error!("the lab: {error}");
        let message = "The lab is not available just now. Try again in a moment.";
        Err(Refusal::unavailable("lab_busy", message, 5))
    })
}

/// The experiments and the limits.
fn list(shared: &Shared, experimenters: &Experimenters) -> Response {
    #[derive(Serialize)]
    struct List {
        experiments: Vec<Experiment>,
        limits: Bounds,
    }
    #[derive(Serialize)]
    struct Bounds {
        /// In each direction.
        bytes: usize,
        seconds: u64,
        steps: usize,
        pause_ms: u64,
        body: usize,
        runs_per_minute: usize,
        at_once: usize,
    }
    let lab = &shared.config.lab;
    Response::json(
        200,
        &List {
            experiments: experiments::all(lab.max_message),
            limits: Bounds {
                bytes: plan::MAX_BYTES,
                seconds: run::TIME.as_secs(),
                steps: program::MAX_STEPS,
                pause_ms: program::MAX_PAUSE,
                body: MAX_BODY,
                runs_per_minute: lab.runs_per_minute,
                at_once: experimenters.at_once,
            },
        },
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestBody {
    experiment: Option<String>,
    program: Option<Program>,
}

/// Runs an experiment.
fn experiment(
    head: &Head,
    body: &Body<'_>,
    shared: &Shared,
    experimenters: &Experimenters,
) -> Result<Response, Refusal> {
    let holder = authenticate::present(head, shared)?;
    let request: RequestBody = json_body::parse(body.read()?)?;
    let (ready, program) = match (request.experiment, request.program) {
        (Some(slug), None) => {
            let ready = find(&slug, shared)?;
            let program = ready.program.clone();
            (Some(ready), program)
        }
        (None, Some(program)) => (None, program),
        _ => {
            let message = "Send either an `experiment` or a `program`.";
            return Err(Refusal::bad_request("bad_json", message));
        }
    };
    let token = observer(&holder, shared);
    let setting = Setting {
        host: run::addresses(shared.address)[0].to_string(),
        token: &token,
        is_good: &|token| shared.keys.verify(token, unix_millis() / 1000).is_ok(),
    };
    let plan = Plan::of(&program, &setting)?;
    let _run = experimenters.begin(&holder.sub, Instant::now())?;
    let expected = ready.as_ref().map(|ready| &ready.expected);
    let outcome = run::run(&plan, shared.address, expected)?;
    let report = RunReport::of(&outcome, &program, ready.as_ref());
    // The report should not contain the token. This makes sure of it.
    let text = serde_json::to_string(&report).unwrap_or_default();
    let signature = token.rsplit('.').next().unwrap_or(&token);
    let text = text.replace(signature, BLANK);
    Ok(Response::new(200, "application/json", text.into_bytes()))
}

fn find(slug: &str, shared: &Shared) -> Result<Experiment, Refusal> {
    let mut all = experiments::all(shared.config.lab.max_message).into_iter();
    all.find(|ready| ready.slug == slug).ok_or_else(|| {
        let message = "There is no such experiment. GET /api/lab lists them.";
        Refusal::new(404, "unknown_experiment", message)
    })
}

/// A token for `/ws`. It belongs to an observer who is in no room, so nobody in the chat notices.
/// Each learner has one person, not each run, because the hub remembers people for a while.
fn observer(holder: &Claims, shared: &Shared) -> String {
    let now = unix_millis() / 1000;
    shared.keys.sign(&Claims {
        sub: format!("lab-{}", shared.keys.public_id(&holder.sub)),
        name: NAME.into(),
        exp: now + TOKEN_TTL,
        role: Role::Observer,
        rooms: Some(Vec::new()),
        iat: Some(now),
        ..Claims::default()
    })
}

#[cfg(test)]
#[path = "lab/authority_tests.rs"]
mod authority_tests;
