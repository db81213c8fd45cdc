//! Frames as a client may send them, right or wrong.

/// One frame, with every bit of RFC 6455 §5.2 free to be wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub fin: bool,
    /// RSV1, RSV2, RSV3 as 4, 2, 1.
    pub rsv: u8,
    pub opcode: u8,
    pub mask: Option<[u8; 4]>,
    /// Bytes of the extended length: 0, 2 or 8; `None` for the shortest that fits.
    pub length_bytes: Option<u8>,
    /// The length in the header, if it is not the payload's real length.
    pub claimed: Option<u64>,
    pub payload: Vec<u8>,
}

impl Frame {
    pub const CONTINUATION: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const BINARY: u8 = 2;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;

    /// A final, masked frame with the shortest length: what an honest client sends.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Frame {
        let mask = Some([0x37, 0xfa, 0x21, 0x3d]);
        let payload = payload.into();
        Frame {
            fin: true,
            rsv: 0,
            opcode,
            mask,
            length_bytes: None,
            claimed: None,
            payload,
        }
    }

    pub fn text(text: &str) -> Frame {
        Frame::new(Frame::TEXT, text)
    }

    /// A Close with a code and a reason.
    pub fn close(code: u16, reason: &str) -> Frame {
        Frame::new(
            Frame::CLOSE,
            [&code.to_be_bytes()[..], reason.as_bytes()].concat(),
        )
    }

    pub fn not_final(self) -> Frame {
        Frame { fin: false, ..self }
    }

    pub fn rsv(self, rsv: u8) -> Frame {
        Frame { rsv, ..self }
    }

    pub fn unmasked(self) -> Frame {
        Frame { mask: None, ..self }
    }

    /// With this many bytes of extended length, even if fewer would do.
    pub fn length_bytes(self, bytes: u8) -> Frame {
        Frame {
            length_bytes: Some(bytes),
            ..self
        }
    }

    /// With a header that promises `length` bytes, whatever follows.
    pub fn claiming(self, length: u64) -> Frame {
        Frame {
            claimed: Some(length),
            ..self
        }
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let length = self.claimed.unwrap_or(self.payload.len() as u64);
        let shortest = match length {
            0..=125 => 0,
            126..=0xffff => 2,
            _ => 8,
        };
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let mut out = vec![u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode];
        match self.length_bytes.unwrap_or(shortest) {
            0 => out.push(masked | length as u8),
            2 => {
                out.push(masked | 126);
                out.extend((length as u16).to_be_bytes());
            }
            _ => {
                out.push(masked | 127);
                out.extend(length.to_be_bytes());
            }
        }
        let key = self.mask.unwrap_or_default();
        out.extend(self.mask.iter().flatten());
        out.extend(
            self.payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
        out
    }
}
