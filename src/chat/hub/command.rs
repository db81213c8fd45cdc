//! What the hub is asked and told.

use super::aside::HubQuery;
use crate::auth::token::Claims;
use crate::chat::message::RequestEnvelope;
use crate::model::ids::ClientId;
use crate::net::client::Client;
use crate::net::flusher;
use bytes::Bytes;
use crossbeam_channel::Sender;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection's thread waits for an answer of the hub.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// What connections' threads ask of the hub.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Command {
    /// A connection with a verified token.
    Connect(Box<Arrival>),
    /// One message of a client.
    Request(ClientId, RequestEnvelope),
    /// Several messages that one read brought.
    Requests(ClientId, Vec<RequestEnvelope>),
    /// The client sent a Ping with this payload.
    Ping(ClientId, Bytes),
    /// The client has been silent for so many heartbeat intervals.
    Silent(ClientId, u32),
    /// The connection ends: send this Close, if there is one to send.
    End(ClientId, Option<Bytes>),
    /// Something beside the chat.
    HubQuery(HubQuery),
    /// Send everybody home; say so when done.
    Shutdown(Sender<()>),
}

/// What the flusher and the store tell the hub.
#[derive(Debug)]
pub enum Report {
    /// The flusher has something to say.
    Flusher(flusher::Report),
    /// The store has something to say.
    Store(crate::store::report::Report),
}

/// A connection that wants to be part of the chat.
#[derive(Debug)]
pub struct Arrival {
    /// The socket.
    pub client: Arc<Client>,
    /// The verified token.
    pub claims: Claims,
    /// The 101 response: it is the first thing the hub sends, so that no other thread ever sends.
    pub handshake: Vec<u8>,
    /// Whether to enter the default room at once.
    pub enter_default: bool,
}
