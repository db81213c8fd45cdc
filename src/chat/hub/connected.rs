//! What the hub knows of one connection.

use crate::model::ids::PersonKey;
use crate::model::ids::RoomKey;
use crate::net::client::Client;
use crate::net::outbox::Outbox;
use bytes::BytesMut;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

/// What the hub knows of one connection.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) client: Arc<Client>,
    pub(super) person: PersonKey,
    pub(super) rooms: Vec<RoomKey>,
    pub(super) outbox: Outbox,
    /// Its own frames in the batches that have not gone out.
    pub(super) wrote: Vec<(RoomKey, Range<usize>)>,
    /// What is for it alone, sent behind the batch.
    pub(super) replies: BytesMut,
    /// Rooms where it has not caught up yet, and what it said there meanwhile: that it knows by its
    /// acks.
    pub(super) behind: Vec<(RoomKey, Vec<u64>)>,
    /// Its next text message goes out in fragments.
    pub(super) fragment: bool,
    /// The flush that last brought it a room's batch.
    pub(super) flushed: u64,
    /// A Ping is on its way and nothing has come back.
    pub(super) pinged: bool,
    /// When its token ends, in seconds since 1970.
    pub(super) expires: u64,
    pub(super) told_of_expiry: bool,
    /// When its token is looked at next.
    pub(super) timer: Option<Instant>,
    /// Rooms the token allows; `None`: all.
    pub(super) allowed: Option<Vec<String>>,
}
