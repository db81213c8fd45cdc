//! The integration tests, one binary: the real server, spoken to in bytes, by other
//! people's clients, and by a browser.

mod cdp;
mod clients;
mod conformance;
mod handshake;
mod handshake_cases;
mod harness;
mod page;
mod tokens;
mod wire;
