//! What a page is told over `lens.v1` beside the annotator's own events: one JSON object in one
//! text frame each. Times are microseconds since `opened`.

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
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Telling<'a> {
    /// The first: `clock` is the wall time of microsecond 0. `handshake` is absent if it was too
    /// long to keep.
    Opened {
        connection: String,
        clock: Millis,
        name: &'a str,
        demo: bool,
        handshake: Option<Box<HandshakeNote>>,
    },
    /// What the watched connection said was encoded once, and goes to so many others.
    FanOut {
        at: Micros,
        room: &'a str,
        seq: u64,
        members: usize,
        bytes: usize,
    },
    /// Once a second. `server` is for hosts alone.
    Stats {
        at: Micros,
        own: Own,
        server: Option<Numbers>,
    },
    /// So many frames came faster than the page could be told; `stats` has counted them.
    Lost { frames: u64 },
    /// The connection is over.
    Ended { summary: CloseSummary },
    /// An order was carried out.
    Done { what: &'static str },
    /// An order was not.
    Error {
        code: &'static str,
        message: &'a str,
    },
}

/// What the watched connection has cost since `opened`; in: from the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(
    missing_docs,
    reason = "two numbers each of frames, and of bytes of headers and payloads"
)]
pub struct Own {
    /// Bytes that wait for the client to read.
    pub queued: usize,
    pub frames_in: u64,
    pub frames_out: u64,
    pub header_in: u64,
    pub header_out: u64,
    pub payload_in: u64,
    pub payload_out: u64,
}

impl Own {
    /// Counts a frame.
    pub fn count(&mut self, frame: &FrameNote) {
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
