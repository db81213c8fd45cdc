//! What the hub is asked and told.

use super::forgetting::Forget;
use crate::auth::token::Claims;
use crate::chat::client::{Client, ClientId};
use crate::chat::gate::Millis;
use crate::chat::message::Asked;
use crate::chat::role::Role;
use crate::store::Note;
use bytes::Bytes;
use crossbeam_channel::Sender;
use std::sync::{Arc, Weak};
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
    Request(ClientId, Asked),
    /// Several messages that one read brought.
    Requests(ClientId, Vec<Asked>),
    /// The client sent a Ping with this payload.
    Ping(ClientId, Bytes),
    /// The client has been silent for so many heartbeat intervals.
    Silent(ClientId, u32),
    /// The connection ends: send this Close, if there is one to send.
    End(ClientId, Option<Bytes>),
    /// May somebody with this name and device join? The answer must not be waited for by the hub.
    MayJoin {
        name: String,
        device: Option<String>,
        answer: Sender<Entry>,
    },
    /// Whose is this connection? For its owner, and hosts that watch a demo.
    Watch {
        connection: ClientId,
        sub: String,
        role: Role,
        answer: Sender<Option<Watched>>,
    },
    /// Do this to a connection, at its owner's wish.
    Deed(ClientId, Deed),
    /// Is this person, or device, out? The Close reason if so.
    IsOut {
        sub: String,
        device: Option<String>,
        answer: Sender<Option<String>>,
    },
    /// Forget a person, in memory and on the disk.
    Forget(Box<Forget>),
    /// Something to be kept beside what is said.
    Keep(Box<Note>),
    /// Send everybody home; say so when done.
    Shutdown(Sender<()>),
}

/// What the flusher and the store tell the hub.
#[derive(Debug)]
pub enum Report {
    /// A backlog ran empty after so many items.
    Drained {
        /// Whose.
        client: ClientId,
        /// How many items of this backlog were written.
        taken: u64,
    },
    /// The socket is dead or was cut.
    Lost {
        /// Whose.
        client: ClientId,
    },
    /// The store has something to say.
    Store(crate::store::Report),
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

/// What people may have done to their own connection, to see what happens.
#[derive(Debug)]
pub enum Deed {
    /// Send a Ping.
    Ping,
    /// Send the next text message in three fragments, with a Ping between.
    Fragment,
    /// Send a Close with this code and reason.
    Close(u16, String),
    /// End TCP without a word.
    HangUp,
}

/// A connection that may be watched.
#[derive(Debug)]
pub struct Watched {
    /// Its number.
    pub id: ClientId,
    /// Weak: a look at a connection must not keep it open.
    pub client: Weak<Client>,
    /// Whose it is.
    pub name: String,
    /// Whether that is who watches.
    pub own: bool,
    /// Whether that is a demo identity.
    pub demo: bool,
}

/// Whether a person may get a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    /// Welcome.
    Open,
    /// The name belongs to somebody who leads.
    NameOfLeader,
    /// Removed until then, for the reason given.
    Removed {
        /// Milliseconds since 1970.
        until: Millis,
        /// As the Close said it.
        reason: String,
    },
}
