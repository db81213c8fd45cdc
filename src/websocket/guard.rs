//! What can be judged from frame headers alone, judged before tungstenite sees the bytes.
//!
//! tungstenite waits for a whole frame before it looks at its RSV bits, takes lengths that are not
//! minimal, and has no bound on the number of fragments. This guard follows the headers in the
//! raw bytes, fails at the header of the frame that breaks a rule, and says which rule. Frames in
//! front of that one still count: the guard says how many bytes may be read.
//!
//! Pure: bytes in, a verdict out. Obeys RFC 6455 §5.1 (masking), §5.2 (header), §5.4 (fragments)
//! and §5.5 (control frames), §7.4 (the code of a Close).

use crate::websocket::close::{Code, Violation};
use crate::websocket::rules::{Rule, judge_close_code};

/// A message may come in this many fragments, and one more for each byte in it: an endless row of
/// empty fragments is work without end, a byte per fragment is only silly.
const MAX_EMPTY_FRAGMENTS: u64 = 1024;

const CONTINUATION: u8 = 0x0;
const CLOSE: u8 = 0x8;

/// Follows the frames of one connection.
#[derive(Debug)]
pub struct Guard {
    /// The header that is coming in: at most 2 + 8 + 4 bytes.
    header: [u8; 14],
    have: usize,
    /// Bytes of payload still to come.
    payload: u64,
    /// Inside a fragmented message: bytes and fragments so far.
    message: Option<(u64, u64)>,
    /// A Close has begun: what follows it does not matter (§5.5.1).
    closed: bool,
    /// The code of that Close, as far as its two bytes have come.
    code: u16,
    code_bytes: usize,
    max_message: u64,
}

impl Guard {
    /// A guard for messages of at most `max_message` bytes.
    pub fn new(max_message: usize) -> Self {
        Self {
            header: [0; 14],
            have: 0,
            payload: 0,
            message: None,
            closed: false,
            code: 0,
            code_bytes: 0,
            max_message: max_message as u64,
        }
    }

    /// The code of the Close that has come; none if it had none.
    pub fn close_code(&self) -> Option<u16> {
        (self.code_bytes == 2).then_some(self.code)
    }

    /// Whether the next byte begins a message, or a control frame outside of one.
    pub fn is_between_messages(&self) -> bool {
        self.have == 0 && self.payload == 0 && self.message.is_none()
    }

    /// Follows the next bytes. Returns how many of them may be read, and what is wrong behind them.
    pub fn pass(&mut self, bytes: &[u8]) -> (usize, Option<Violation>) {
        let mut at = 0;
        let mut frame = 0;
        while at < bytes.len() {
            if self.closed {
                if self.payload == 0 || self.code_bytes == 2 {
                    break;
                }
                if let Err(violation) = self.close_byte(bytes[at]) {
                    return (frame, Some(violation));
                }
                at += 1;
                continue;
            }
            // The masking key belongs to the header, and comes before the payload.
            if self.payload > 0 && self.have == 0 {
                let skipped = self.payload.min((bytes.len() - at) as u64);
                self.payload -= skipped;
                at += skipped as usize;
                continue;
            }
            if self.have == 0 {
                frame = at;
            }
            self.header[self.have] = bytes[at];
            self.have += 1;
            at += 1;
            if let Err(violation) = self.step() {
                return (frame, Some(violation));
            }
        }
        (bytes.len(), None)
    }

    /// Looks at the header after each of its bytes.
    fn step(&mut self) -> Result<(), Violation> {
        let [first, second, ..] = self.header;
        if self.have == 1 {
            return self.first_byte(first);
        }
        let extended = match second & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.have == 2 {
            // §5.1: "The server MUST close the connection upon receiving a frame that is not masked."
            if second & 0x80 == 0 {
                return protocol("protocol_error: the frame is not masked (§5.1)");
            }
            if first & 0x08 != 0 && extended > 0 {
                return protocol("protocol_error: a control frame has at most 125 bytes (§5.5)");
            }
        }
        if self.have == 2 + extended {
            self.length(extended)?;
        }
        if self.have == 2 + extended + 4 {
            self.have = 0;
            self.closed = first & 0x0F == CLOSE;
        }
        Ok(())
    }

    /// Takes a byte of a Close's code (§5.5.1). tungstenite knows fewer codes than IANA has
    /// registered since, and replaces those that it does not know: here they are judged.
    fn close_byte(&mut self, byte: u8) -> Result<(), Violation> {
        // Of a control frame the masking key is the header's bytes 2 to 5.
        let clear = byte ^ self.header[2 + self.code_bytes];
        self.code = self.code << 8 | u16::from(clear);
        self.code_bytes += 1;
        self.payload -= 1;
        match self.close_code().and_then(judge_close_code) {
            None => Ok(()),
            Some(Rule::CloseCodeNotForTheWire | Rule::CloseCodeReserved) => {
                protocol("protocol_error: that close code is not for the wire (§7.4.1)")
            }
            Some(_) => protocol("protocol_error: nobody has defined that close code (§7.4.2)"),
        }
    }

    fn first_byte(&self, first: u8) -> Result<(), Violation> {
        let (last, opcode) = (first & 0x80 != 0, first & 0x0F);
        // §5.2: RSV bits "MUST be 0 unless an extension is negotiated"; none ever is here.
        if first & 0x70 != 0 {
            return protocol("protocol_error: a reserved bit is set (§5.2)");
        }
        match opcode {
            0x3..=0x7 | 0xB..=0xF => protocol("protocol_error: the opcode is reserved (§5.2)"),
            // §5.5: control frames "MUST NOT be fragmented".
            0x8..=0xA if !last => protocol("protocol_error: a control frame is fragmented (§5.5)"),
            CONTINUATION if self.message.is_none() => {
                protocol("protocol_error: nothing to continue (§5.4)")
            }
            0x1 | 0x2 if self.message.is_some() => {
                protocol("protocol_error: the last message is not finished (§5.4)")
            }
            _ => Ok(()),
        }
    }

    fn length(&mut self, extended: usize) -> Result<(), Violation> {
        let first = self.header[0];
        let length = match extended {
            0 => u64::from(self.header[1] & 0x7F),
            _ => self.header[2..2 + extended]
                .iter()
                .fold(0, |n, &byte| n << 8 | u64::from(byte)),
        };
        // §5.2: "the most significant bit MUST be 0"; "the minimal number of bytes MUST be used".
        if length > i64::MAX as u64 {
            return protocol("protocol_error: the first bit of the length is set (§5.2)");
        }
        if extended == 2 && length <= 125 || extended == 8 && length <= 0xFFFF {
            return protocol("protocol_error: the length is not minimal (§5.2)");
        }
        self.payload = length;
        if first & 0x08 != 0 {
            return Ok(());
        }
        let (bytes, fragments) = self.message.unwrap_or_default();
        let (bytes, fragments) = (bytes.saturating_add(length), fragments + 1);
        if bytes > self.max_message {
            let reason = "too_big: the message is larger than this server takes (§7.4.1)";
            return Err(Violation {
                code: Code::TOO_BIG,
                reason,
            });
        }
        if fragments > MAX_EMPTY_FRAGMENTS + bytes {
            let reason = "too_many_fragments: a message of hardly anything but fragments (§5.4)";
            return Err(Violation {
                code: Code::POLICY,
                reason,
            });
        }
        self.message = (first & 0x80 == 0).then_some((bytes, fragments));
        Ok(())
    }
}

fn protocol(reason: &'static str) -> Result<(), Violation> {
    Err(Violation {
        code: Code::PROTOCOL,
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(verdict(&close(code)).1, violation);
        }
        let mut guard = Guard::new(1000);
        assert_eq!(guard.pass(&frame(0x88, &[1], 1)).1, None);
        assert_eq!(guard.close_code(), None);
    }

    /// The verdict must not depend on how the bytes come.
    #[track_caller]
    fn verdict(bytes: &[u8]) -> (usize, Option<Violation>) {
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
            [close(1000), b"whatever follows".to_vec()].concat(),
            [frame(0x88, &[0], 0), b"whatever follows".to_vec()].concat(),
            frame(0x88, &[1], 1), // half a code is tungstenite's to find
            frame(0x81, &[126, 3, 232], 1000),
        ];
        for bytes in legal {
            assert_eq!(verdict(&bytes), (bytes.len(), None), "{bytes:?}");
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
            let (allowed, violation) = verdict(&[good.clone(), bad.clone()].concat());
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
