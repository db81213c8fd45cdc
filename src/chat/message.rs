//! The vocabulary of `chat.v1`: what a client may ask, and how it is read from JSON.
//!
//! Runs on the connection's thread. Pure: text in, a [`RequestEnvelope`] out. A mistake in a message
//! is an answer ([`RequestError`]), never the end of the connection. Nothing here knows frames or
//! sockets.
//!
//! To add a request: a variant in `request.rs`, a row in `kinds.rs` with its name, fields and cost
//! and the function that reads it, and the function that serves it in `hub/requests.rs`. A field
//! that no other request has goes into `flat.rs`.

mod choice;
mod context;
mod error;
mod flat;
mod hands;
mod kind;
mod kinds;
mod moderation;
mod parse;
mod polls;
mod request;

#[cfg(test)]
mod schema_tests;

pub(crate) use error::{ErrorCode, Rejection, RequestError};
pub(crate) use kinds::{HOSTS, MAX_FOUND, MAX_PAGE};
pub(crate) use parse::Parser;
pub(crate) use request::{
    Fingerprint, Moderation, Private, Reported, Request, RequestEnvelope, Since, Whose,
};
