//! The events of `lens.v1` that are not the annotator's, each one JSON object in one text frame.
//! Times are microseconds since `opened`.

use crate::lens::handshake::HandshakeNote;
use crate::lens::ladders::CloseSummary;
use crate::lens::note::{FrameNote, Micros};
use crate::metrics::Numbers;
use crate::model::direction::Direction;
use crate::model::time::Millis;
use serde::Serialize;

/// An event of the glass itself.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum GlassEvent<'a> {
    /// The first event. `clock` is the wall time of microsecond 0. `handshake` is null if it was
    /// too long to record.
    Opened {
        connection: String,
        clock: Millis,
        name: &'a str,
        demo: bool,
        handshake: Option<Box<HandshakeNote>>,
    },
    /// One system call of the server on the watched connection's socket: a `read` returned these bytes
    /// of the client's stream, or a `write` handed over these of the server's. It says nothing of TCP
    /// segments, which only the kernel sees.
    Call {
        from: Direction,
        what: &'static str,
        /// Its number in this direction, from 1.
        number: u64,
        /// The position of its first byte, as in a frame.
        offset: u64,
        bytes: usize,
        at: Micros,
    },
    /// A message of the watched connection was encoded once and goes to `members` others.
    FanOut {
        at: Micros,
        room: &'a str,
        seq: u64,
        members: usize,
        bytes: usize,
    },
    /// Once a second. `server` is for hosts only.
    Stats {
        at: Micros,
        own: Traffic,
        server: Option<Numbers>,
    },
    /// The page read too slowly for this many frames; `stats` counts them all the same.
    Lost { frames: u64 },
    /// The connection is over.
    Ended { summary: CloseSummary },
    /// An action was done.
    Done { what: &'static str },
    /// An action was refused.
    Error {
        code: &'static str,
        message: &'a str,
    },
}

/// The traffic of the watched connection since `opened`. `in`: from the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Traffic {
    /// Bytes of its backlog.
    pub(super) queued: usize,
    pub(super) frames_in: u64,
    pub(super) frames_out: u64,
    pub(super) header_in: u64,
    pub(super) header_out: u64,
    pub(super) payload_in: u64,
    pub(super) payload_out: u64,
}

impl Traffic {
    /// Counts a frame.
    pub(super) fn count(&mut self, frame: &FrameNote) {
        let (frames, header, payload) = match frame.from {
            Direction::FromClient => (
                &mut self.frames_in,
                &mut self.header_in,
                &mut self.payload_in,
            ),
            Direction::FromServer => (
                &mut self.frames_out,
                &mut self.header_out,
                &mut self.payload_out,
            ),
        };
        *frames += 1;
        *header += frame.header_bytes;
        *payload += frame.payload_bytes;
    }
}
