//! The integration tests, one binary: the real server, spoken to in bytes, by other
//! people's clients, and by a browser.

mod backfill;
mod cdp;
mod chat;
mod classroom;
mod cli;
mod clients;
mod conformance;
mod forgetting;
mod handshake;
mod handshake_cases;
mod harness;
mod heartbeat;
mod lab;
mod lab_bounds;
mod lens;
mod lessons;
mod messages;
mod minimal;
mod names;
mod overload;
mod page;
mod places;
mod poster;
mod resume;
mod rooms;
mod secrets;
mod sessions;
mod tasks;
mod tidy;
mod tidy_page;
mod tokens;
mod wire;
mod wire_cli;
