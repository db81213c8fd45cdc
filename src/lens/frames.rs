//! Bytes of one direction into frames: RFC 6455 §5.2, byte by byte. The parser goes on after a
//! mistake, because people watch in order to see mistakes.
//!
//! Bounded: it keeps the header of a frame (at most 14 bytes), a preview of its payload, and at most
//! 125 bytes of a control frame, whatever length the header claims.

use crate::lens::messages::{Assembly, as_text};
use crate::lens::note::{Control, Extent, FrameNote, Hex, Micros, PREVIEW};
use crate::model::direction::Direction;
use crate::websocket::frame::MAX_CONTROL;
use crate::websocket::frame_header::{FrameHeader, MAX_HEADER};
use crate::websocket::opcode;
use crate::websocket::rules::{Rule, close_code_meaning, judge_close_code};

/// Bytes that are unmasked at a time.
const STEP: usize = 512;

/// A frame whose header is complete and whose payload is arriving.
#[derive(Debug)]
struct Current {
    note: FrameNote,
    /// Bytes of payload still to come.
    left: u64,
    /// Unmasked payload of a control frame, for its decoding.
    body: Vec<u8>,
}

/// Follows the frames of one direction of a connection, from the first byte after the handshake.
#[derive(Debug)]
pub(crate) struct FrameParser {
    from: Direction,
    /// Bytes fed so far.
    offset: u64,
    /// Frames begun so far.
    count: u64,
    header: [u8; MAX_HEADER],
    have: usize,
    begun: Micros,
    current: Option<Box<Current>>,
    assembly: Assembly,
    /// A Close has been sent in this direction.
    closed: bool,
}

impl FrameParser {
    /// A parser that keeps [`PREVIEW`] bytes of each message.
    #[cfg(test)]
    pub(crate) fn new(from: Direction) -> Self {
        Self::keeping(from, PREVIEW)
    }

    /// A parser that keeps `message` bytes of each message, and [`PREVIEW`] bytes of each frame.
    pub(crate) fn keeping(from: Direction, message: usize) -> Self {
        Self {
            from,
            offset: 0,
            count: 0,
            header: [0; MAX_HEADER],
            have: 0,
            begun: 0,
            current: None,
            assembly: Assembly::new(from, message),
            closed: false,
        }
    }

    /// Follows the next bytes, seen at `at`; returns the frames that they complete.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], at: Micros) -> Vec<FrameNote> {
        let mut notes = Vec::new();
        while let [byte, behind @ ..] = bytes {
            if let Some(current) = &mut self.current {
                let take = usize::try_from(current.left).unwrap_or(usize::MAX);
                let (payload, rest) = bytes.split_at(take.min(bytes.len()));
                self.offset += payload.len() as u64;
                current.take_payload(payload, &mut self.assembly);
                bytes = rest;
            } else {
                if self.have == 0 {
                    self.begun = at;
                }
                self.header[self.have] = *byte;
                self.have += 1;
                self.offset += 1;
                bytes = behind;
                if self.have == FrameHeader::parse(&self.header[..self.have]).size() {
                    self.open();
                }
            }
            if self.current.as_ref().is_some_and(|c| c.left == 0)
                && let Some(note) = self.close(Extent::Whole, at)
            {
                notes.push(note);
            }
        }
        notes
    }

    /// The frame whose payload is arriving, as far as it has come.
    pub(crate) fn arriving(&self) -> Option<&FrameNote> {
        self.current.as_ref().map(|current| &current.note)
    }

    /// Whether a frame has begun and is not complete.
    pub(crate) fn is_inside(&self) -> bool {
        self.have > 0 || self.current.is_some()
    }

    /// The connection has ended: the frame that was cut off, if there is one.
    pub(crate) fn finish(&mut self, at: Micros) -> Option<FrameNote> {
        if self.current.is_some() {
            return self.close(Extent::PayloadCut, at);
        }
        if self.have == 0 {
            return None;
        }
        let mut note = self.read_header();
        self.have = 0;
        note.extent = Extent::HeaderCut;
        note.at = at;
        note.faults = vec![Rule::CutOff];
        Some(note)
    }

    /// The header is complete.
    fn open(&mut self) {
        let mut note = self.read_header();
        self.have = 0;
        self.judge_header(&mut note);
        if note.is_control() {
            self.assembly.control();
        } else {
            let (position, fault) = self.assembly.begin(note.opcode, note.fin, note.number);
            note.position = position;
            note.faults.extend(fault);
            if self.closed {
                note.faults.push(Rule::DataAfterClose);
            }
        }
        self.current = Some(Box::new(Current {
            left: note.length,
            note,
            body: Vec::new(),
        }));
    }

    /// The fields of §5.2, as far as their bytes have arrived.
    fn read_header(&mut self) -> FrameNote {
        self.count += 1;
        let bytes = &self.header[..self.have];
        let header = FrameHeader::parse(bytes);
        FrameNote {
            from: self.from,
            number: self.count,
            offset: self.offset - self.have as u64,
            begun: self.begun,
            at: self.begun,
            extent: Extent::Whole,
            header: Hex(bytes.to_vec()),
            fin: header.fin,
            rsv1: header.rsv & 4 != 0,
            rsv2: header.rsv & 2 != 0,
            rsv3: header.rsv & 1 != 0,
            opcode: header.opcode,
            name: opcode::name(header.opcode),
            masked: header.masked,
            length: header.length,
            length_form: header.form,
            minimal: header.is_minimal(),
            key: header.key.map(|key| Hex(key.to_vec())),
            header_bytes: self.have as u64,
            payload_bytes: 0,
            wire: Hex::default(),
            payload: Hex::default(),
            text: None,
            control: None,
            position: None,
            message: None,
            faults: Vec::new(),
        }
    }

    fn judge_header(&self, note: &mut FrameNote) {
        let control = note.is_control();
        let broken = [
            (note.rsv1 || note.rsv2 || note.rsv3, Rule::ReservedBit),
            (opcode::is_reserved(note.opcode), Rule::ReservedOpcode),
            (control && !note.fin, Rule::ControlFragmented),
            (
                !note.masked && self.from == Direction::FromClient,
                Rule::NotMasked,
            ),
            (
                note.masked && self.from == Direction::FromServer,
                Rule::Masked,
            ),
            (
                control && note.length > MAX_CONTROL as u64,
                Rule::ControlTooLong,
            ),
            (!note.minimal, Rule::LengthNotMinimal),
            (note.length > i64::MAX as u64, Rule::LengthTooLarge),
        ];
        let broken = broken.iter().filter(|(is, _)| *is).map(|(_, rule)| *rule);
        note.faults.extend(broken);
    }

    /// The frame is complete, or the connection has cut it off.
    fn close(&mut self, extent: Extent, at: Micros) -> Option<FrameNote> {
        let Current { mut note, body, .. } = *self.current.take()?;
        note.at = at;
        note.extent = extent;
        let whole = extent == Extent::Whole;
        match note.opcode {
            opcode::CONTINUATION | opcode::TEXT | opcode::BINARY if note.position.is_some() => {
                let (message, fault) = self.assembly.end(whole && note.fin);
                note.message = message;
                note.faults.extend(fault);
            }
            opcode::CLOSE => {
                self.closed = true;
                note.control = Some(read_close(&body, note.length, &mut note.faults));
            }
            opcode::PING => note.control = Some(Control::Ping { payload: Hex(body) }),
            opcode::PONG => note.control = Some(Control::Pong { payload: Hex(body) }),
            _ => {}
        }
        let shown = &note.payload.0;
        let cut = note.payload_bytes > shown.len() as u64 || !whole;
        let text = as_text(shown, cut).filter(|text| !text.is_empty());
        // The first bytes of a Close are its code, even where they look like text.
        note.text = text
            .filter(|_| note.opcode != opcode::CLOSE)
            .map(Into::into);
        if !whole {
            note.faults.push(Rule::CutOff);
        }
        Some(note)
    }
}

impl Current {
    /// Takes bytes of payload as they are on the wire.
    fn take_payload(&mut self, wire: &[u8], assembly: &mut Assembly) {
        let note = &mut self.note;
        let key: [u8; 4] = match &note.key {
            Some(Hex(key)) => key.as_slice().try_into().unwrap_or_default(),
            None => [0; 4],
        };
        for wire in wire.chunks(STEP) {
            let mut clear = [0; STEP];
            let clear = &mut clear[..wire.len()];
            // §5.3: "Octet i of the transformed data … is the XOR of octet i of the original data …
            // with octet at index i modulo 4 of the masking key".
            for (i, (clear, wire)) in clear.iter_mut().zip(wire).enumerate() {
                let i = (note.payload_bytes % 4) as usize + i;
                *clear = wire ^ key[i % 4];
            }
            let free = PREVIEW.saturating_sub(note.wire.0.len()).min(wire.len());
            note.wire.0.extend_from_slice(&wire[..free]);
            note.payload.0.extend_from_slice(&clear[..free]);
            if note.is_control() {
                let free = MAX_CONTROL.saturating_sub(self.body.len()).min(clear.len());
                self.body.extend_from_slice(&clear[..free]);
            } else if note.position.is_some() {
                assembly.push(clear);
            }
            note.payload_bytes += wire.len() as u64;
            self.left -= wire.len() as u64;
        }
    }
}

/// Reads a Close (§5.5.1, §7.4) whose payload is `length` bytes long and begins with `body`.
fn read_close(body: &[u8], length: u64, faults: &mut Vec<Rule>) -> Control {
    let (code, reason) = match body.split_first_chunk() {
        Some((code, reason)) => (Some(u16::from_be_bytes(*code)), reason),
        None => (None, &[][..]),
    };
    if length == 1 {
        faults.push(Rule::CloseOneByte);
    }
    faults.extend(code.and_then(judge_close_code));
    // We may have cut the reason inside a character ourselves; that breaks no rule.
    let cut = length > body.len() as u64;
    if std::str::from_utf8(reason).is_err_and(|error| error.error_len().is_some() || !cut) {
        faults.push(Rule::ReasonNotUtf8);
    }
    Control::Close {
        code,
        meaning: close_code_meaning(code.unwrap_or(1005)),
        reason: String::from_utf8_lossy(reason).into_owned(),
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "payload_text_tests.rs"]
mod payload_text_tests;
