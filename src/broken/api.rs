//! `GET /api/broken`: the endpoints. `GET /api/broken/ID`: the report of an exchange.

use crate::broken::catalogue;
use crate::broken::defect::Defect;
use crate::broken::reports::{Found, Reports};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::shared::Shared;
use serde::Serialize;
use std::time::Instant;

/// The path of the list. A report is below it.
const PATH: &str = "/api/broken";

/// Whether a path belongs to this part of the API.
pub(crate) fn is_api(path: &str) -> bool {
    path.strip_prefix(PATH)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a GET for such a path.
///
/// # Errors
///
/// The lab is switched off, or there is no such report.
pub(crate) fn answer(head: &Head, shared: &Shared, reports: &Reports) -> Result<Response, Refusal> {
    if !shared.config.lab.enabled {
        return Err(Refusal::not_found());
    }
    let id = head.path.strip_prefix(PATH).unwrap_or_default();
    let Some(id) = id.strip_prefix('/') else {
        return Ok(list());
    };
    match reports.find(id, Instant::now()) {
        Some(Found::Over(text)) => Ok(Response::new(
            200,
            "application/json",
            text.as_bytes().to_vec(),
        )),
        Some(Found::GoingOn) => {
            #[derive(Serialize)]
            struct State {
                state: &'static str,
            }
            Ok(Response::json(200, &State { state: "going_on" }))
        }
        None => {
            let message = "There is no report with this id, or it is too old.";
            Err(Refusal::new(404, "unknown_report", message))
        }
    }
}

fn list() -> Response {
    #[derive(Serialize)]
    struct List {
        endpoints: Vec<&'static Defect>,
    }
    let endpoints = catalogue::all().collect();
    Response::json(200, &List { endpoints })
}
