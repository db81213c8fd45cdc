//! Judges frame headers before tungstenite sees the bytes.
//!
//! tungstenite waits for a whole frame before it looks at its RSV bits, accepts lengths that are not
//! minimal, and does not bound the number of fragments. The guard follows the headers in the raw
//! bytes, stops at the header that breaks a rule, and names the rule. The frames before that one are
//! still valid, so the guard returns how many bytes may be read.
//!
//! Pure: bytes in, a violation or none out. Obeys RFC 6455 §5.1 (masking), §5.2 (header), §5.4 (fragments)
//! and §5.5 (control frames), §7.4 (the code of a Close).

use crate::websocket::close::Violation;
use crate::websocket::frame_header::{FrameHeader, LengthForm, MAX_HEADER};
use crate::websocket::opcode;
use crate::websocket::rules::{Rule, judge_close_code};
use crate::websocket::violations::{OTHER, TOO_BIG, TOO_MANY_FRAGMENTS};

/// A message may have this many fragments, plus one for each of its bytes. Fragments of one byte are
/// wasteful but end with the message; without this bound, empty fragments could go on forever.
const MAX_EMPTY_FRAGMENTS: u64 = 1024;

/// Follows the frames of one connection.
#[derive(Debug)]
pub(crate) struct Guard {
    /// The header that is arriving, and how many of its bytes have arrived.
    header: [u8; MAX_HEADER],
    have: usize,
    /// Bytes of payload still to come.
    payload: u64,
    /// Inside a fragmented message: its size so far.
    message: Option<MessageSize>,
    /// The masking key of a Close that has begun. What follows the Close is ignored (§5.5.1).
    close_key: Option<[u8; 4]>,
    /// The code of that Close, as far as its two bytes have arrived.
    code: u16,
    code_bytes: usize,
    max_message: u64,
}

/// How large a message has grown.
#[derive(Debug, Clone, Copy, Default)]
struct MessageSize {
    bytes: u64,
    fragments: u64,
}

impl Guard {
    /// A guard for messages of at most `max_message` bytes.
    pub(crate) fn new(max_message: usize) -> Self {
        Self {
            header: [0; MAX_HEADER],
            have: 0,
            payload: 0,
            message: None,
            close_key: None,
            code: 0,
            code_bytes: 0,
            max_message: max_message as u64,
        }
    }

    /// The code of the Close that has arrived, if it had one.
    pub(crate) fn close_code(&self) -> Option<u16> {
        (self.code_bytes == 2).then_some(self.code)
    }

    /// Whether the next byte begins a message, or a control frame outside of one.
    pub(crate) fn is_between_messages(&self) -> bool {
        self.have == 0 && self.payload == 0 && self.message.is_none()
    }

    /// Follows the next bytes. Returns how many of them may be read, and the violation after them.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> (usize, Option<Violation>) {
        let mut at = 0;
        let mut frame = 0;
        while at < bytes.len() {
            if let Some(key) = self.close_key {
                if self.payload == 0 || self.code_bytes == 2 {
                    break;
                }
                if let Err(violation) = self.close_byte(bytes[at] ^ key[self.code_bytes]) {
                    return (frame, Some(violation));
                }
                at += 1;
            } else if self.payload > 0 {
                let skipped = self.payload.min((bytes.len() - at) as u64);
                self.payload -= skipped;
                at += skipped as usize;
            } else {
                if self.have == 0 {
                    frame = at;
                }
                match self.header_bytes(&bytes[at..]) {
                    Ok(taken) => at += taken,
                    Err(violation) => return (frame, Some(violation)),
                }
            }
        }
        (bytes.len(), None)
    }

    /// Takes bytes of a header and judges what is there. Returns how many bytes it took.
    fn header_bytes(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        let had = self.have;
        let fresh = bytes.len().min(MAX_HEADER - had);
        let have = had + fresh;
        self.header[had..have].copy_from_slice(&bytes[..fresh]);
        let header = FrameHeader::parse(&self.header[..have]);
        self.judge(&header, have)?;
        if have < header.size() {
            self.have = have;
            return Ok(fresh);
        }
        self.have = 0;
        self.payload = header.length;
        if header.opcode == opcode::CLOSE {
            self.close_key = header.key;
        }
        if !header.is_control() {
            let size = self.size_with(&header);
            self.message = (!header.fin).then_some(size);
        }
        Ok(header.size() - had)
    }

    /// Judges the first `have` bytes of a header, in their order, so that the result does not depend
    /// on how packets cut the header.
    fn judge(&self, header: &FrameHeader, have: usize) -> Result<(), Violation> {
        self.judge_first_byte(header)?;
        if have < 2 {
            return Ok(());
        }
        // §5.1: "The server MUST close the connection upon receiving a frame that is not masked."
        if !header.masked {
            return broken(Rule::NotMasked);
        }
        if header.is_control() && header.form != LengthForm::Bits7 {
            return broken(Rule::ControlTooLong);
        }
        if have < header.size_without_key() {
            return Ok(());
        }
        self.judge_length(header)
    }

    fn judge_first_byte(&self, header: &FrameHeader) -> Result<(), Violation> {
        // §5.2: RSV bits "MUST be 0 unless an extension is negotiated"; none ever is here.
        if header.rsv != 0 {
            return broken(Rule::ReservedBit);
        }
        match header.opcode {
            reserved if opcode::is_reserved(reserved) => broken(Rule::ReservedOpcode),
            // §5.5: control frames "MUST NOT be fragmented".
            control if opcode::is_control(control) && !header.fin => {
                broken(Rule::ControlFragmented)
            }
            opcode::CONTINUATION if self.message.is_none() => broken(Rule::NothingToContinue),
            opcode::TEXT | opcode::BINARY if self.message.is_some() => broken(Rule::Interleaved),
            _ => Ok(()),
        }
    }

    fn judge_length(&self, header: &FrameHeader) -> Result<(), Violation> {
        // §5.2: "the most significant bit MUST be 0"; "the minimal number of bytes MUST be used".
        if header.has_top_bit() {
            return broken(Rule::LengthTooLarge);
        }
        if !header.is_minimal() {
            return broken(Rule::LengthNotMinimal);
        }
        if header.is_control() {
            return Ok(());
        }
        let size = self.size_with(header);
        if size.bytes > self.max_message {
            return Err(TOO_BIG);
        }
        if size.fragments > MAX_EMPTY_FRAGMENTS + size.bytes {
            return Err(TOO_MANY_FRAGMENTS);
        }
        Ok(())
    }

    /// The size of the message up to and including the frame of this header.
    fn size_with(&self, header: &FrameHeader) -> MessageSize {
        let before = self.message.unwrap_or_default();
        MessageSize {
            bytes: before.bytes.saturating_add(header.length),
            fragments: before.fragments + 1,
        }
    }

    /// Takes an unmasked byte of a Close's code (§5.5.1). tungstenite knows fewer codes than IANA
    /// has registered since, and replaces those that it does not know, so they are judged here.
    fn close_byte(&mut self, byte: u8) -> Result<(), Violation> {
        self.code = self.code << 8 | u16::from(byte);
        self.code_bytes += 1;
        self.payload -= 1;
        match self.close_code().and_then(judge_close_code) {
            None => Ok(()),
            Some(rule) => broken(rule),
        }
    }
}

fn broken(rule: Rule) -> Result<(), Violation> {
    Err(rule.violation().unwrap_or(OTHER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::close::Code;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    fn frame(first: u8, length: &[u8], payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        bytes.extend_from_slice(length);
        bytes[1] |= 0x80;
        bytes.extend_from_slice(&MASK);
        bytes.extend(std::iter::repeat_n(b'x', payload));
        bytes
    }

    fn close(code: u16) -> Vec<u8> {
        let mut bytes = frame(0x88, &[2], 0);
        bytes.extend(code.to_be_bytes().iter().zip(MASK).map(|(b, k)| b ^ k));
        bytes
    }

    #[test]
    fn the_code_of_a_close_is_read_and_judged() {
        for (code, legal) in [
            (0, false),
            (999, false),
            (1000, true),
            (1004, false),
            (1005, false),
            (1006, false),
            (1011, true),
            (1012, true),
            (1014, true),
            (1015, false),
            (1016, false),
            (2999, false),
            (3000, true),
            (4999, true),
            (5000, false),
            (65535, false),
        ] {
            let mut guard = Guard::new(1000);
            let violation = guard.pass(&close(code)).1;
            assert_eq!(violation.is_none(), legal, "{code}");
            assert_eq!(guard.close_code(), Some(code));
            assert_eq!(judged(&close(code)).1, violation);
        }
        let mut guard = Guard::new(1000);
        assert_eq!(guard.pass(&frame(0x88, &[1], 1)).1, None);
        assert_eq!(guard.close_code(), None);
    }

    /// The result, which must not depend on how the bytes are cut.
    #[track_caller]
    fn judged(bytes: &[u8]) -> (usize, Option<Violation>) {
        let whole = Guard::new(1000).pass(bytes);
        let mut guard = Guard::new(1000);
        let single = bytes.chunks(1).find_map(|byte| guard.pass(byte).1);
        assert_eq!(whole.1, single);
        whole
    }

    #[test]
    fn legal_frames_pass() {
        let legal = [
            frame(0x81, &[0], 0),
            frame(0x81, &[125], 125),
            frame(0x82, &[126, 0, 126], 126),
            [
                frame(0x01, &[3], 3),
                frame(0x89, &[0], 0),
                frame(0x80, &[2], 2),
            ]
            .concat(),
            [close(1000), b"ignored bytes".to_vec()].concat(),
            [frame(0x88, &[0], 0), b"ignored bytes".to_vec()].concat(),
            frame(0x88, &[1], 1), // tungstenite finds half a code
            frame(0x81, &[126, 3, 232], 1000),
        ];
        for bytes in legal {
            assert_eq!(judged(&bytes), (bytes.len(), None), "{bytes:?}");
        }
    }

    #[test]
    fn each_broken_rule_is_named_and_what_came_before_is_kept() {
        let good = frame(0x81, &[5], 5);
        let cases: Vec<(Vec<u8>, u16, &str)> = vec![
            (frame(0xC1, &[0], 0), 1002, "reserved bit"),
            (frame(0x91, &[0], 0), 1002, "reserved bit"),
            (frame(0x83, &[0], 0), 1002, "opcode"),
            (frame(0x8B, &[0], 0), 1002, "opcode"),
            (frame(0x09, &[0], 0), 1002, "fragmented"),
            (frame(0x89, &[126, 0, 126], 126), 1002, "125"),
            (frame(0x80, &[1], 1), 1002, "continue"),
            (
                [frame(0x01, &[1], 1), frame(0x81, &[1], 1)].concat(),
                1002,
                "not finished",
            ),
            (vec![0x81, 0x01, b'x'], 1002, "masked"),
            (frame(0x81, &[126, 0, 125], 125), 1002, "minimal"),
            (
                frame(0x82, &[127, 0, 0, 0, 0, 0, 0, 1, 0], 256),
                1002,
                "minimal",
            ),
            (
                frame(0x82, &[127, 0x80, 0, 0, 0, 0, 0, 0, 0], 0),
                1002,
                "first bit",
            ),
            (frame(0x81, &[126, 3, 233], 0), 1009, "too_big"),
            (
                [frame(0x01, &[126, 3, 232], 1000), frame(0x80, &[1], 1)].concat(),
                1009,
                "too_big",
            ),
        ];
        for (bad, code, words) in cases {
            let (allowed, violation) = judged(&[good.clone(), bad.clone()].concat());
            let violation = violation.unwrap_or_else(|| panic!("{bad:?} passed"));
            assert_eq!(u16::from(violation.code), code, "{bad:?}");
            assert!(violation.reason.contains(words), "{}", violation.reason);
            assert!(violation.reason.len() <= 123);
            assert!(allowed >= good.len() && allowed < good.len() + bad.len());
        }
    }

    #[test]
    fn a_byte_per_fragment_passes_and_endless_empty_fragments_do_not() {
        let mut guard = Guard::new(100_000);
        assert_eq!(guard.pass(&frame(0x01, &[1], 1)).1, None);
        for _ in 0..50_000 {
            assert_eq!(guard.pass(&frame(0x00, &[1], 1)).1, None);
        }
        let mut guard = Guard::new(1000);
        assert_eq!(guard.pass(&frame(0x01, &[0], 0)).1, None);
        let end = (0..2000).find_map(|_| guard.pass(&frame(0x00, &[0], 0)).1);
        assert_eq!(end.map(|violation| violation.code), Some(Code::POLICY));
    }
}
