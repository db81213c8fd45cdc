//! What the hub is asked beside the chat: by the join form, by glasses, by tasks.
//!
//! Whoever asks waits on a channel of their own, and not for long; the hub never waits for them.

use super::Hub;
use super::forgetting::Forget;
use crate::model::ids::ClientId;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::net::client::Client;
use crate::store::queue::Note;
use crossbeam_channel::Sender;
use std::sync::Weak;

/// Something beside the chat.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum HubQuery {
    /// May somebody with this name and device join?
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
    LensAction(ClientId, LensAction),
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
}

/// What people may have done to their own connection, to see what happens.
#[derive(Debug)]
pub enum LensAction {
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

impl Hub {
    pub(super) fn on_query(&mut self, aside: HubQuery) {
        match aside {
            HubQuery::MayJoin {
                name,
                device,
                answer,
            } => {
                let _ = answer.try_send(self.may_join(&name, device.as_deref()));
            }
            HubQuery::Watch {
                connection,
                sub,
                role,
                answer,
            } => {
                let _ = answer.try_send(self.watch(connection, &sub, role));
            }
            HubQuery::LensAction(connection, deed) => self.do_to(connection, deed),
            HubQuery::IsOut {
                sub,
                device,
                answer,
            } => {
                let removal = self.sanctions.removal(&sub, device.as_deref(), self.now);
                let _ = answer.try_send(removal.map(|removal| removal.close_reason(self.now)));
            }
            HubQuery::Forget(forget) => self.forget(*forget),
            HubQuery::Keep(note) => self.note(|| *note),
        }
    }
}
