//! What the operator reads at the start: the banner, and a hint if nobody visits.

use glassroom::addresses;
use glassroom::banner::{self, Facts};
use glassroom::server::Server;
use std::env;
use std::error::Error;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

/// The banner of a running server.
pub fn banner_of(server: &Server) -> Result<String, Box<dyn Error>> {
    let shared = &server.shared;
    let ticket = server.issue_ticket()?;
    let codes = match shared.config.join.enabled {
        true => shared.classes.codes(),
        false => Vec::new(),
    };
    let addresses = addresses::reachable(server.address);
    let facts = Facts {
        title: &shared.config.server.title,
        codes: &codes,
        ticket: &ticket,
        stored: server.is_stored(),
        local: server.address.ip().to_canonical().is_loopback(),
        colours: has_colours(),
    };
    Ok(banner::banner(&addresses, &facts))
}

/// Whether the banner goes to a terminal that shows colours, and nobody has asked for none (<https://no-color.org>).
fn has_colours() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    stdout().is_terminal() && !set("NO_COLOR") && !is_dumb
}

/// Prints the usual reasons if only this machine has connected after a minute. It is part of the
/// banner and not of the log, whose level may hide it.
pub fn print_without_visitors(server: &Server) {
    if server.address.ip().to_canonical().is_loopback() {
        return; // other machines cannot connect
    }
    let shared = Arc::clone(&server.shared);
    let wait_and_print = move || {
        thread::sleep(Duration::from_secs(60));
        if !shared.seen_from_outside.load(Relaxed) {
            // The terminal may be gone.
            let _ = writeln!(stderr(), "{}", banner::NOBODY_YET);
        }
    };
    // The server runs as well without this thread and its hint.
    let _ = thread::Builder::new()
        .name("hint".into())
        .stack_size(64 * 1024)
        .spawn(wait_and_print);
}
