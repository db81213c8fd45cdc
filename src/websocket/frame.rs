//! The frames that the server sends: RFC 6455 §5.2.
//!
//! Owns the layout and nothing else: values in, bytes out. The hub encodes an event **once** with
//! [`put_text`] into a buffer that all members of the room share. tungstenite reads frames
//! (`net/reader.rs`).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//! |I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
//! |N|V|V|V|       |S|             |   (if payload len==126/127)   |
//! | |1|2|3|       |K|             |                               |
//! +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
//! ```

use crate::websocket::frame_header::FrameHeader;
use crate::websocket::opcode::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
use bytes::{BufMut, Bytes, BytesMut};

/// The final fragment of a message (§5.4). The server sends whole messages unless a host asks for
/// fragments.
const FIN: u8 = 0x80;

/// "All control frames MUST have a payload length of 125 bytes or less" (§5.5).
pub(crate) const MAX_CONTROL: usize = 125;
/// A Close frame's payload without the two bytes of its code (§5.5.1).
pub(crate) const MAX_REASON: usize = MAX_CONTROL - 2;

/// Appends one text frame whose payload is `parts` joined.
///
/// The parts give the length before the first byte is written, so nothing is copied twice. Inlined,
/// so that parts of constant length are written without a call.
#[inline(always)]
pub(crate) fn put_text(buffer: &mut BytesMut, parts: &[&[u8]]) {
    let length = parts.iter().map(|part| part.len()).sum();
    put_header(buffer, FIN | TEXT, length);
    for part in parts {
        buffer.put_slice(part);
    }
}

/// One text frame in a buffer of its own.
pub(crate) fn text(payload: &[u8]) -> Bytes {
    frame(TEXT, payload)
}

/// One binary frame in a buffer of its own.
pub(crate) fn binary(payload: &[u8]) -> Bytes {
    frame(BINARY, payload)
}

/// A Ping whose payload the peer's Pong must repeat (§5.5.2). At most [`MAX_CONTROL`] bytes are kept.
pub(crate) fn ping(payload: &[u8]) -> Bytes {
    frame(PING, &payload[..payload.len().min(MAX_CONTROL)])
}

/// The answer to a Ping, with its bytes (§5.5.3).
pub(crate) fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, &payload[..payload.len().min(MAX_CONTROL)])
}

/// A Close with a code and a reason (§5.5.1). A reason that is too long is cut between two
/// characters, because the payload has to stay valid UTF-8.
pub(crate) fn close(code: u16, reason: &str) -> Bytes {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = BytesMut::with_capacity(2 + end);
    payload.put_u16(code);
    payload.put_slice(&reason.as_bytes()[..end]);
    frame(CLOSE, &payload)
}

/// A Close without a code, which answers a Close without one.
pub(crate) fn close_without_code() -> Bytes {
    frame(CLOSE, &[])
}

/// Cuts the first text frame in `pieces` (our own whole frames) whose payload is `meant` into three
/// fragments, with a Ping between the first two: control frames "MAY be injected in the middle of a
/// fragmented message" (§5.4). A cut may split a character. Returns whether there was such a frame.
pub(crate) fn fragment(pieces: &mut Vec<Bytes>, meant: fn(&[u8]) -> bool) -> bool {
    let all = pieces.concat();
    let mut at = 0;
    while let Some((header, length)) = whole_frame(&all[at..]) {
        let end = at + length;
        let payload = &all[at + header.size()..end];
        if header.fin && header.opcode == TEXT && meant(payload) {
            let (first, rest) = payload.split_at(length / 3);
            let (second, third) = rest.split_at(rest.len() / 2);
            let mut cut = BytesMut::from(&all[..at]);
            put_frame(&mut cut, TEXT, first);
            put_frame(&mut cut, FIN | PING, b"between fragments");
            put_frame(&mut cut, CONTINUATION, second);
            put_frame(&mut cut, FIN | CONTINUATION, third);
            cut.put_slice(&all[end..]);
            *pieces = vec![cut.freeze()];
            return true;
        }
        at = end;
    }
    false
}

/// The header of the frame at the beginning of `bytes`, and its end, if it is whole.
pub(crate) fn whole_frame(bytes: &[u8]) -> Option<(FrameHeader, usize)> {
    let header = FrameHeader::parse(bytes);
    let length = usize::try_from(header.length).ok()?;
    let end = header.size().checked_add(length)?;
    (bytes.len() >= end).then_some((header, end))
}

/// The payload of one of our own unfragmented frames, for tests that look into it.
#[cfg(test)]
pub(crate) fn payload(frame: &[u8]) -> &[u8] {
    let header = FrameHeader::parse(frame);
    frame.get(header.size()..).unwrap_or_default()
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut buffer = BytesMut::with_capacity(payload.len() + 10);
    put_frame(&mut buffer, FIN | opcode, payload);
    buffer.freeze()
}

fn put_frame(buffer: &mut BytesMut, first: u8, payload: &[u8]) {
    put_header(buffer, first, payload.len());
    buffer.put_slice(payload);
}

/// "… the minimal number of bytes MUST be used to encode the length" (§5.2). The MASK bit stays 0:
/// "A server MUST NOT mask any frames that it sends to the client" (§5.1).
fn put_header(buffer: &mut BytesMut, first: u8, length: usize) {
    buffer.reserve(10 + length);
    if length <= 125 {
        buffer.put_slice(&[first, length as u8]);
    } else if let Ok(length) = u16::try_from(length) {
        let [high, low] = length.to_be_bytes();
        buffer.put_slice(&[first, 126, high, low]);
    } else {
        buffer.put_slice(&[first, 127]);
        buffer.put_u64(length as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_takes_the_fewest_bytes_that_hold_it() {
        let cases: [(usize, &[u8]); 6] = [
            (0, &[0x81, 0]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (127, &[0x81, 126, 0, 127]),
            (65535, &[0x81, 126, 0xFF, 0xFF]),
            (65536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ];
        for (length, header) in cases {
            let bytes = text(&vec![b'x'; length]);
            assert_eq!(&bytes[..header.len()], header, "{length}");
            assert_eq!(bytes.len(), header.len() + length);
            assert_eq!(payload(&bytes).len(), length);
        }
    }

    #[test]
    fn parts_become_one_frame_after_the_earlier_bytes() {
        let mut buffer = BytesMut::from(&b"before"[..]);
        put_text(&mut buffer, &[b"{\"a\":", b"1", b"}"]);
        assert_eq!(&buffer[..], b"before\x81\x07{\"a\":1}");
    }

    #[test]
    fn a_frame_is_cut_into_three_with_a_ping_between() {
        let long = [[b'a'; 16], [b'b'; 16], [b'c'; 16]].concat();
        let mut pieces = vec![ping(b"x"), text(b"ab"), text(&long), text(b"after")];
        assert!(fragment(&mut pieces, |payload| payload.len() > 2));
        let expected = [
            &b"\x89\x01x\x81\x02ab\x01\x10"[..],
            &long[..16],
            b"\x89\x11between fragments\x00\x10",
            &long[16..32],
            b"\x80\x10",
            &long[32..],
            b"\x81\x05after",
        ];
        assert_eq!(pieces.concat(), expected.concat());
        let mut none = vec![text(b"ab"), ping(&long)];
        assert!(!fragment(&mut none, |payload| payload.len() > 2));
        assert_eq!(none.len(), 2);
    }

    #[test]
    fn a_close_carries_its_code_and_a_reason_cut_between_characters() {
        assert_eq!(&close(1001, "bye")[..], b"\x88\x05\x03\xE9bye");
        let long = "课".repeat(60); // three bytes each: 123 = 41 whole characters
        let bytes = close(4500, &long);
        assert_eq!(bytes[1], 125);
        assert_eq!(
            std::str::from_utf8(&bytes[4..]).map(|s| s.chars().count()),
            Ok(41)
        );
        assert_eq!(&close_without_code()[..], b"\x88\x00");
    }

    #[test]
    fn control_frames_never_pass_125_bytes() {
        assert_eq!(ping(&[7; 300]).len(), 2 + MAX_CONTROL);
        assert_eq!(&pong(b"Hello")[..], b"\x8A\x05Hello");
    }
}
