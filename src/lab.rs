//! The lab: a browser cannot misbehave, so the server does it for the learner.
//!
//! `GET /api/lab` lists the experiments that are ready; `POST /api/lab` runs one of them, or a
//! program that the learner wrote: a handshake and frames, right or wrong, sent for real over TCP
//! to this very server, and the whole exchange comes back annotated by [`crate::lens`], with the
//! rule that decided (RFC 6455 §4, §5, §7).
//!
//! Runs on a thread for the moment, with a larger stack than a connection has, while `conn-N`
//! waits for it; blocks on its own socket, for at most [`run::TIME`].
//!
//! A program is data, checked as a whole before the first byte leaves: it can only reach `/echo`
//! and `/ws` ([`plan`]), brings no address of somebody else, and gets no right from coming from
//! this machine, for nothing does. What it may show to `/ws` is a token that is good for no room.
//!
//! | file | owns |
//! |---|---|
//! | [`program`] | what a learner may ask for, as data |
//! | [`plan`] | the same as bytes, and what is refused |
//! | [`run`] | the exchange |
//! | [`outcome`] | what there was to see of it |
//! | [`decisive_rule`] | which rule decided |
//! | [`run_report`] | what comes back |
//! | [`experiments`] | those that are ready, with the outcome that the RFC demands |
//! | [`limits`] | runs in a minute, runs at once |

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
use crate::shared::Shared;
use crate::support::threads;
use experiments::Experiment;
use limits::Experimenters;
use plan::{Plan, Setting};
use program::Program;
use run_report::RunReport;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Where it is.
pub(crate) const PATH: &str = "/api/lab";
/// Largest body of a request: room for a handshake and some 6 KiB of raw bytes.
pub(crate) const MAX_BODY: usize = 16 * 1024;
/// JSON and annotation want more than the 64 KiB of a connection.
const STACK: usize = 1024 * 1024;
/// Seconds that a token of the lab is good. A run takes five; with a minute or less to go, the chat
/// would warn.
const TOKEN_TTL: u64 = 120;
/// What the lab is called among people, who never see it: it is in no room.
const NAME: &str = "Glassroom lab";

/// Answers a request for [`PATH`].
///
/// # Errors
///
/// There is no lab here, the token is not good, the program is wrong, or it is too much.
pub(crate) fn answer(
    head: &Head,
    body: &[u8],
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
        let message = "The lab cannot work just now. Try again in a moment.";
        Err(Refusal::unavailable("lab_busy", message, 5))
    })
}

/// What there is, and how much of it.
fn list(shared: &Shared, experimenters: &Experimenters) -> Response {
    #[derive(Serialize)]
    struct List {
        experiments: Vec<Experiment>,
        limits: Bounds,
    }
    #[derive(Serialize)]
    struct Bounds {
        /// Each way.
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
    body: &[u8],
    shared: &Shared,
    experimenters: &Experimenters,
) -> Result<Response, Refusal> {
    let holder = authenticate::present(head, shared)?;
    let asked: RequestBody = json_body::parse(body)?;
    let (ready, program) = match (asked.experiment, asked.program) {
        (Some(slug), None) => {
            let ready = find(&slug, shared)?;
            let program = ready.program.clone();
            (Some(ready), program)
        }
        (None, Some(program)) => (None, program),
        _ => {
            let message = "Name an `experiment` or bring a `program`: one of the two.";
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
    // Nothing that is shown has the token in it; should that ever be a mistake, it ends here.
    let text = serde_json::to_string(&report).unwrap_or_default();
    let signature = token.rsplit('.').next().unwrap_or(&token);
    let text = text.replace(signature, BLANK);
    Ok(Response::new(200, "application/json", text.into_bytes()))
}

fn find(slug: &str, shared: &Shared) -> Result<Experiment, Refusal> {
    let mut all = experiments::all(shared.config.lab.max_message).into_iter();
    all.find(|ready| ready.slug == slug).ok_or_else(|| {
        let message = "There is no such experiment: GET /api/lab lists them.";
        Refusal::new(404, "unknown_experiment", message)
    })
}

/// A token to show to `/ws`. It belongs to nobody who is in the chat, reads at most, and is good
/// for no room at all, so that nobody there notices. One for each learner, not one for each run:
/// the hub remembers people for a while.
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
