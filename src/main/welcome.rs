//! What the server prints at its start.

use glassroom::addresses;
use glassroom::banner;
use glassroom::server::Server;
use std::error::Error;
use std::sync::PoisonError;

/// The banner of a running server.
pub fn banner_of(server: &Server) -> Result<String, Box<dyn Error>> {
    let shared = &server.shared;
    let ticket = server.issue_ticket()?;
    let lesson = shared.lesson.read().unwrap_or_else(PoisonError::into_inner);
    let code = shared.config.join.enabled.then(|| lesson.code.to_string());
    let addresses = addresses::reachable(server.address);
    Ok(banner::banner(
        &shared.config.server.title,
        &addresses,
        code.as_deref(),
        &ticket,
        server.is_stored(),
    ))
}
