//! Constructors of the frames and steps of experiments.

use crate::lab::program::{Frame, Payload, Step};
use crate::websocket::opcode::{CLOSE, CONTINUATION, PING, PONG, TEXT};

/// The masking key of the examples of §5.7, so that learners can calculate along.
const KEY: &str = "37fa213d";

/// A frame without mistakes, for a test to change.
pub(super) fn frame(opcode: u8, payload: Payload) -> Frame {
    Frame {
        opcode,
        key: Some(KEY.into()),
        payload,
        ..Frame::default()
    }
}

pub(super) fn step(frame: Frame) -> Step {
    Step {
        frame: Some(frame),
        ..Step::default()
    }
}

pub(super) fn text(text: &str) -> Frame {
    frame(TEXT, Payload::Text(text.into()))
}

pub(super) fn hex(opcode: u8, hex: &str) -> Frame {
    frame(opcode, Payload::Hex(hex.into()))
}

pub(super) fn fill(opcode: u8, bytes: usize) -> Frame {
    frame(opcode, Payload::Fill(bytes))
}

pub(super) fn ping(payload: &str) -> Frame {
    frame(PING, Payload::Text(payload.into()))
}

pub(super) fn pong(payload: &str) -> Frame {
    frame(PONG, Payload::Text(payload.into()))
}

pub(super) fn continuation(payload: &str) -> Frame {
    frame(CONTINUATION, Payload::Text(payload.into()))
}

/// A Close with a code and a reason (§5.5.1).
pub(super) fn close(code: u16, reason: &str) -> Frame {
    hex(CLOSE, &format!("{code:04x}{}", in_hex(reason)))
}

/// The bytes of a text in hexadecimal.
pub(super) fn in_hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Sent or waited for before the response.
pub(super) fn early(step: Step) -> Step {
    Step {
        early: true,
        ..step
    }
}

pub(super) fn not_final(frame: Frame) -> Frame {
    Frame {
        fin: false,
        ..frame
    }
}

pub(super) fn raw(hex: &str) -> Step {
    Step {
        raw: Some(hex.into()),
        ..Step::default()
    }
}

pub(super) fn pause(millis: u64) -> Step {
    Step {
        pause: Some(millis),
        ..Step::default()
    }
}
