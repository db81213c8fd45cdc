//! One connection after its handshake: the bytes of both ends in, observations out, in the order in
//! which the bytes were seen.
//!
//! Pure: the server's tap and `glassroom wire` feed it, the page and the terminal show the
//! observations. Its memory is bounded, and so is the result of a call, because every frame takes at
//! least two of the bytes that were fed.

use crate::lens::frames::FrameParser;
use crate::lens::ladders::{CloseLadder, CloseNote, CloseSummary, PingLadder, PingNote};
use crate::lens::note::{FrameNote, Micros, PREVIEW};
use crate::model::direction::Direction;
use serde::Serialize;

/// One thing to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Observation {
    /// A frame, with the message that it completes.
    Frame(Box<FrameNote>),
    /// A step of the ping ladder.
    Ping(PingNote),
    /// A step of the close ladder.
    Close(CloseNote),
}

/// Follows one connection.
#[derive(Debug)]
pub(crate) struct Annotator {
    client: FrameParser,
    server: FrameParser,
    pings: PingLadder,
    closing: CloseLadder,
}

impl Default for Annotator {
    fn default() -> Self {
        Self::keeping(PREVIEW)
    }
}

impl Annotator {
    /// An annotator that keeps `message` bytes of each message.
    pub(crate) fn keeping(message: usize) -> Self {
        Self {
            client: FrameParser::keeping(Direction::FromClient, message),
            server: FrameParser::keeping(Direction::FromServer, message),
            pings: PingLadder::default(),
            closing: CloseLadder::default(),
        }
    }

    /// Bytes that one end sent, seen at `at`.
    pub(crate) fn feed(&mut self, from: Direction, bytes: &[u8], at: Micros) -> Vec<Observation> {
        let parser = match from {
            Direction::FromClient => &mut self.client,
            Direction::FromServer => &mut self.server,
        };
        let mut observations = Vec::new();
        for frame in parser.feed(bytes, at) {
            let ping = self.pings.step(&frame);
            let close = self.closing.step(&frame);
            observations.push(Observation::Frame(Box::new(frame)));
            observations.extend(ping.map(Observation::Ping));
            observations.extend(close.map(Observation::Close));
        }
        observations
    }

    /// One end has ended TCP: returns the frame that this cut off, and the step.
    pub(crate) fn tcp_ended(&mut self, by: Direction, reset: bool, at: Micros) -> Vec<Observation> {
        let parser = match by {
            Direction::FromClient => &mut self.client,
            Direction::FromServer => &mut self.server,
        };
        let cut = parser
            .finish(at)
            .map(|frame| Observation::Frame(Box::new(frame)));
        let step = self.closing.tcp_ended(by, reset, at);
        cut.into_iter().chain([Observation::Close(step)]).collect()
    }

    /// The connection is over, however its ends took leave: the frames that this cut off.
    pub(crate) fn over(&mut self, at: Micros) -> Vec<Observation> {
        let parsers = [&mut self.client, &mut self.server];
        let cut = parsers.into_iter().filter_map(|parser| parser.finish(at));
        cut.map(|frame| Observation::Frame(Box::new(frame)))
            .collect()
    }

    /// How the connection ended, or how far its end has got.
    pub(crate) fn summary(&self) -> CloseSummary {
        self.closing.summary()
    }
}
