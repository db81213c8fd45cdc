//! The header of a frame, from its bytes to its fields: RFC 6455 §5.2.
//!
//! Pure, without allocation: the guard parses the header of every frame that comes in. Nothing is
//! judged here; [`crate::websocket::guard`] and the annotator judge the fields.

use crate::websocket::opcode;
use serde::Serialize;

/// The longest header: two bytes, a 64-bit length, and a masking key.
pub(crate) const MAX_HEADER: usize = 14;

/// How the length of a payload is written (§5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum LengthForm {
    /// In the seven bits themselves.
    #[serde(rename = "7")]
    Bits7,
    /// 126, and then two bytes.
    #[serde(rename = "7+16")]
    Bits16,
    /// 127, and then eight bytes.
    #[serde(rename = "7+64")]
    Bits64,
}

impl LengthForm {
    /// The form that the seven bits announce; the MASK bit beside them is ignored.
    pub(crate) const fn announced_by(seven: u8) -> LengthForm {
        match seven & 0x7F {
            126 => LengthForm::Bits16,
            127 => LengthForm::Bits64,
            _ => LengthForm::Bits7,
        }
    }

    /// The shortest form that holds a length, and the only one allowed.
    pub(crate) const fn shortest_for(length: u64) -> LengthForm {
        match length {
            0..=125 => LengthForm::Bits7,
            126..=0xFFFF => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        }
    }

    /// Bytes of the extended payload length.
    pub(crate) const fn extended_bytes(self) -> usize {
        match self {
            LengthForm::Bits7 => 0,
            LengthForm::Bits16 => 2,
            LengthForm::Bits64 => 8,
        }
    }
}

/// The fields of a header, right or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// The final fragment of a message.
    pub(crate) fin: bool,
    /// RSV1, RSV2 and RSV3 as 4, 2 and 1.
    pub(crate) rsv: u8,
    /// Four bits: see [`opcode`].
    pub(crate) opcode: u8,
    /// The MASK bit.
    pub(crate) masked: bool,
    /// How the length is written.
    pub(crate) form: LengthForm,
    /// The length of the payload.
    pub(crate) length: u64,
    /// The masking key, if the frame is masked.
    pub(crate) key: Option<[u8; 4]>,
}

impl FrameHeader {
    /// Reads the header at the beginning of `bytes`, as far as it is there: a field whose bytes
    /// are missing is zero. The header is whole when `bytes` has at least [`size`](Self::size)
    /// bytes.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> FrameHeader {
        let first = bytes.first().copied().unwrap_or_default();
        let second = bytes.get(1).copied().unwrap_or_default();
        let form = LengthForm::announced_by(second);
        let extended = bytes.get(2..).unwrap_or_default();
        // §5.2: "Multibyte length quantities are expressed in network byte order."
        let length = match form {
            LengthForm::Bits7 => u64::from(second & 0x7F),
            LengthForm::Bits16 => extended
                .first_chunk()
                .map_or(0, |&bytes| u64::from(u16::from_be_bytes(bytes))),
            LengthForm::Bits64 => extended
                .first_chunk()
                .map_or(0, |&bytes| u64::from_be_bytes(bytes)),
        };
        let masked = second & 0x80 != 0;
        let key = extended.get(form.extended_bytes()..);
        FrameHeader {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 0x7,
            opcode: first & 0x0F,
            masked,
            form,
            length,
            key: key
                .and_then(|key| key.first_chunk().copied())
                .filter(|_| masked),
        }
    }

    /// Bytes up to the end of the length.
    pub(crate) const fn size_without_key(&self) -> usize {
        2 + self.form.extended_bytes()
    }

    /// Bytes of the header. Right as soon as its first two bytes were there; at least 2 before.
    pub(crate) const fn size(&self) -> usize {
        self.size_without_key() + if self.masked { 4 } else { 0 }
    }

    /// Whether the opcode makes it a control frame (§5.5).
    pub(crate) const fn is_control(&self) -> bool {
        opcode::is_control(self.opcode)
    }

    /// "… the minimal number of bytes MUST be used to encode the length" (§5.2).
    pub(crate) fn is_minimal(&self) -> bool {
        self.form == LengthForm::shortest_for(self.length)
    }

    /// "… the most significant bit MUST be 0" (§5.2).
    pub(crate) const fn has_top_bit(&self) -> bool {
        self.length > i64::MAX as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_header_is_read() {
        let bytes = [0xD2, 0xFE, 0x01, 0x02, 1, 2, 3, 4, 0xFF];
        let header = FrameHeader {
            fin: true,
            rsv: 5,
            opcode: opcode::BINARY,
            masked: true,
            form: LengthForm::Bits16,
            length: 258,
            key: Some([1, 2, 3, 4]),
        };
        assert_eq!(FrameHeader::parse(&bytes), header);
        assert_eq!((header.size_without_key(), header.size()), (4, 8));
        let server = FrameHeader::parse(&[0x09, 127, 0x80, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!((server.length, server.size()), ((1 << 63) + 1, 10));
        assert!(server.has_top_bit() && server.is_minimal() && server.is_control());
        assert_eq!((server.fin, server.key), (false, None));
    }

    #[test]
    fn a_header_is_whole_when_its_size_is_there_and_not_before() {
        for whole in [
            &[0x81, 0x05][..],
            &[0x81, 0x85, 1, 2, 3, 4],
            &[0x81, 126, 1, 0],
            &[0x81, 0xFE, 1, 0, 1, 2, 3, 4],
            &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0],
            &[0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4],
        ] {
            for end in 0..whole.len() {
                assert!(FrameHeader::parse(&whole[..end]).size() > end, "{whole:?}");
            }
            let header = FrameHeader::parse(whole);
            assert_eq!(header.size(), whole.len());
            assert_eq!(header.key.is_some(), header.masked);
        }
        let cut = FrameHeader::parse(&[0x81, 0xFE, 1]);
        assert_eq!((cut.length, cut.key), (0, None));
    }
}
