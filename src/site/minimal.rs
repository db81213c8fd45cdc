//! Stands for `full.rs` in the minimal build, which has no history on the disk and no teaching
//! parts: the same functions, and none of them answers a request.

use crate::app::App;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::event::Author;
use crate::net::client::Client;
use crate::net::exchange::Body;
use crate::site::asset::Asset;
use std::sync::Arc;

/// Whether this build has the feature `full`.
pub(super) const FULL: bool = false;

/// Has no downloads.
pub(super) fn download(_: &Arc<Client>, _: &Head, _: &App) -> Result<bool, Refusal> {
    Ok(false)
}

/// Has no paths with larger bodies.
pub(super) fn max_body(_: &str) -> Option<usize> {
    None
}

/// Has no further paths of the API.
pub(super) fn api(_: &Head, _: &Body<'_>, _: &App) -> Option<Result<Response, Refusal>> {
    None
}

/// Has no guide.
pub(super) fn page(_: &Head) -> Option<&'static Asset> {
    None
}

/// Has no history in which people could be found.
pub(super) fn stored_people(_: &str, _: &App) -> Result<Vec<Author>, Refusal> {
    Ok(Vec::new())
}
