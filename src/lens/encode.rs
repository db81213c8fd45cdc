//! Frames as a client sends them: RFC 6455 §5.2 with the mask of §5.3. They may be wrong on purpose:
//! the other end finds the mistake, and the annotator explains it. The terminal client and the lab
//! use this.

use crate::websocket::frame_header::LengthForm;

/// A frame in which every field of §5.2 may be wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// The final fragment of a message.
    pub(crate) fin: bool,
    /// RSV1, RSV2 and RSV3 as 4, 2 and 1.
    pub(crate) rsv: u8,
    /// Four bits.
    pub(crate) opcode: u8,
    /// The masking key; without one the MASK bit is 0.
    pub(crate) key: Option<[u8; 4]>,
    /// How the length is written; without a form, in the fewest bytes, as §5.2 demands.
    pub(crate) form: Option<LengthForm>,
    /// A length for the header to claim instead of the payload's real one.
    pub(crate) claim: Option<u64>,
    /// The payload before masking.
    pub(crate) payload: &'a [u8],
}

impl Frame<'_> {
    /// The length as the header says it.
    pub(crate) fn length(&self) -> u64 {
        self.claim.unwrap_or(self.payload.len() as u64)
    }

    /// The bytes on the wire. A length too large for its form loses its upper bits.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let length = self.length();
        let mut bytes = Vec::with_capacity(self.payload.len() + 14);
        bytes.push(u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode & 0xF);
        let mask = u8::from(self.key.is_some()) << 7;
        match self.form.unwrap_or(LengthForm::shortest_for(length)) {
            LengthForm::Bits7 => bytes.push(mask | length as u8 & 0x7F),
            LengthForm::Bits16 => {
                bytes.push(mask | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            LengthForm::Bits64 => {
                bytes.push(mask | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        bytes.extend(self.key.iter().flatten());
        let key = self.key.unwrap_or_default();
        bytes.extend(
            self.payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(b, k)| b ^ k),
        );
        bytes
    }
}

/// One masked frame without mistakes.
pub(crate) fn frame(fin: bool, opcode: u8, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let frame = Frame {
        fin,
        rsv: 0,
        opcode,
        key: Some(key),
        form: None,
        claim: None,
        payload,
    };
    frame.encode()
}

/// The payload of a Close (§5.5.1).
pub(crate) fn close_payload(code: Option<u16>, reason: &str) -> Vec<u8> {
    let code = code.map(u16::to_be_bytes);
    [code.as_ref().map_or(&[][..], |c| &c[..]), reason.as_bytes()].concat()
}

/// `count` pieces of nearly the same size. A cut may split a character. Some pieces are empty if
/// there are more pieces than bytes.
pub(crate) fn pieces(bytes: &[u8], count: usize) -> Vec<&[u8]> {
    let count = count.max(1);
    (0..count)
        .map(|i| &bytes[i * bytes.len() / count..(i + 1) * bytes.len() / count])
        .collect()
}

/// Reads bytes in hexadecimal; white space is ignored.
pub(crate) fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.ok_or("bytes are written in hexadecimal: 48 65 6c 6c 6f")?;
    match digits.len() % 2 {
        0 => Ok(digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect()),
        _ => Err("a byte has two hexadecimal digits, and one is missing".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::opcode::{BINARY, TEXT};

    #[test]
    fn the_masked_hello_of_section_5_7() {
        let bytes = frame(true, TEXT, b"Hello", [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(bytes, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        for (length, header) in [(125, 2), (126, 4), (65535, 4), (65536, 10)] {
            let bytes = frame(false, BINARY, &vec![0; length], [0; 4]);
            assert_eq!(bytes.len(), header + 4 + length, "{length}");
        }
    }

    #[test]
    fn every_bit_may_be_wrong() {
        let wrong = Frame {
            fin: false,
            rsv: 5,
            opcode: 0xB,
            key: None,
            form: Some(LengthForm::Bits64),
            claim: Some(1 << 63),
            payload: b"x",
        };
        assert_eq!(wrong.encode(), b"\x5b\x7f\x80\0\0\0\0\0\0\0x");
        let longer = Frame {
            form: Some(LengthForm::Bits16),
            claim: None,
            ..wrong
        };
        assert_eq!(longer.encode(), b"\x5b\x7e\0\x01x");
    }

    #[test]
    fn hexadecimal_is_read_with_white_space() {
        assert_eq!(hex("48 65\n6C"), Ok(b"Hel".to_vec()));
        assert_eq!(hex(""), Ok(Vec::new()));
        assert!(hex("4").is_err() && hex("0x").is_err() && hex("\u{e9}\u{e9}").is_err());
    }

    #[test]
    fn pieces_are_the_whole() {
        for count in 0..12 {
            let pieces = pieces(b"caf\xc3\xa9", count);
            assert_eq!(
                (pieces.len(), pieces.concat()),
                (count.max(1), b"caf\xc3\xa9".to_vec())
            );
        }
        assert_eq!(close_payload(Some(4000), "why"), b"\x0f\xa0why");
        assert_eq!(close_payload(None, ""), b"");
    }
}
