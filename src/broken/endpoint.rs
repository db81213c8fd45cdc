//! `/broken/NAME`: the handshake, the exchange, and the report on it.
//!
//! Runs on: `conn-N`.

use crate::broken::catalogue;
use crate::broken::defect::{Act, Defect, Duty, Quotation};
use crate::broken::exchange::Exchange;
use crate::broken::reports::{Reports, check_id};
use crate::broken::verdict::{Did, Remark, Verdict, judge, sentence};
use crate::broken::wrong::with_line;
use crate::http::forwarded;
use crate::http::head::Head;
use crate::http::origin::origin_allowed;
use crate::http::refusal::{Refusal, no_random};
use crate::lens::annotate::Observation;
use crate::lens::handshake::{HandshakeNote, annotate};
use crate::lens::ladders::CloseSummary;
use crate::lens::note::Micros;
use crate::net::admission::Permit;
use crate::net::client::Client;
use crate::shared::Shared;
use crate::support::{random, threads};
use crate::websocket::handshake::Upgrade;
use serde::Serialize;
use std::time::Instant;

/// What the paths of the endpoints begin with.
const PREFIX: &str = "/broken/";
/// The parameter of the query with which a client chooses the id of its report.
const REPORT: &str = "report=";
/// JSON and annotation need more stack than a connection's thread has.
const STACK: usize = 1024 * 1024;
/// Bytes of a report: all that an exchange may keep takes less.
const MAX_REPORT: usize = 256 * 1024;

/// Whether a path is that of an endpoint. One that does not exist is refused by [`open`].
pub(crate) fn is_endpoint(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// A report, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    state: &'static str,
    id: &'a str,
    name: &'static str,
    group: &'static str,
    rule: Quotation,
    duty: Duty,
    page: &'static [u16],
    did: &'a Did,
    verdict: Verdict,
    remark: Option<Remark>,
    sentence: String,
    handshake: HandshakeNote,
    status: Option<u16>,
    #[serde(rename = "events")]
    observations: &'a [Observation],
    sent: usize,
    received: usize,
    summary: CloseSummary,
    took: Micros,
    cut: bool,
}

/// Answers a handshake rightly or wrongly, and breaks the rule of the path.
///
/// # Errors
///
/// There is no lab or no such endpoint, the handshake breaks a rule, or the server is full.
#[inline(never)]
pub(crate) fn open(
    client: &Client,
    (head, request, early): (&Head, Option<Vec<u8>>, Vec<u8>),
    permit: &mut Permit,
    shared: &Shared,
    reports: &Reports,
) -> Result<(), Refusal> {
    if !shared.config.lab.enabled {
        return Err(Refusal::not_found());
    }
    let name = head.path.strip_prefix(PREFIX).unwrap_or_default();
    let defect = catalogue::find(name).ok_or_else(unknown)?;
    let upgrade = Upgrade::check(head)?;
    origin_allowed(head, &shared.config.server.allowed_origins)?;
    let id = match head.query.split('&').find_map(|q| q.strip_prefix(REPORT)) {
        Some(id) => check_id(id).map(|()| id.to_owned())?,
        None => random::id::<10>().map_err(no_random)?,
    };
    if !permit.enter_echo() {
        return Err(Refusal::full(1));
    }
    let request = request.unwrap_or_default();
    let request = forwarded::as_sent(&request);
    let number = reports.begin(&id, Instant::now());
    let _abandoned = Abandoned { reports, number };
    let response = response(defect, &upgrade, &id);
    let mut exchange = Exchange::new(client, &shared.stopping);
    let did = exchange.run(defect, response.as_bytes(), &early);
    let took = exchange.now();
    let work = || {
        report(
            defect,
            &did,
            &id,
            (&request, response.as_bytes()),
            &exchange,
            took,
        )
    };
    match threads::with_stack(STACK, work) {
        Ok(text) if text.len() <= MAX_REPORT => reports.finish(number, &text, Instant::now()),
        Ok(text) => log::warn!("a report of {} bytes is not kept", text.len()),
        Err(error) => log::error!("no report: {error}"),
    }
    Ok(())
}

fn unknown() -> Refusal {
    let message = "There is no such endpoint. GET /api/broken lists them.";
    Refusal::new(404, "unknown_defect", message)
}

/// The response to the handshake, right or wrong, with the id of the report.
fn response(defect: &Defect, upgrade: &Upgrade, id: &str) -> String {
    let response = match defect.act {
        Act::Handshake(wrong) => wrong(upgrade),
        Act::Frames(..) | Act::Mute => {
            String::from_utf8_lossy(&upgrade.switching_protocols(None)).into_owned()
        }
    };
    with_line(&response, &format!("Glassroom-Report: {id}"))
}

fn report(
    defect: &Defect,
    did: &Did,
    id: &str,
    (request, response): (&[u8], &[u8]),
    exchange: &Exchange<'_>,
    took: Micros,
) -> String {
    // Whoever knows the id may read this, and a token is for its owner only.
    let handshake = annotate(request, Some(response)).for_others();
    let (verdict, remark) = judge(defect, did);
    let report = Report {
        state: "over",
        id,
        name: defect.name,
        group: defect.group,
        rule: defect.rule,
        duty: defect.duty,
        page: defect.page,
        did,
        verdict,
        remark,
        sentence: sentence(defect, did, (verdict, remark)),
        status: handshake.status,
        handshake,
        observations: &exchange.observations,
        sent: exchange.sent,
        received: exchange.received,
        summary: exchange.summary(),
        took,
        cut: exchange.cut,
    };
    serde_json::to_string(&report).unwrap_or_default()
}

/// Forgets an exchange that ended without a report, such as by a panic.
struct Abandoned<'a> {
    reports: &'a Reports,
    number: u64,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.reports.abandon(self.number);
    }
}
