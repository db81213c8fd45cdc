//! The bytes of each defect. Pure. Each breaks one rule and no other; a test holds them against the
//! annotator.

use crate::lens::encode::{Frame, close_payload};
use crate::websocket::frame_header::LengthForm;
use crate::websocket::handshake::Upgrade;
use crate::websocket::opcode::{CLOSE, CONTINUATION, PING, TEXT};

/// The payload of most frames.
const HELLO: &[u8] = b"Hello";
/// The masking key of the examples in RFC 6455 §5.7.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A right frame of a server.
const fn frame(opcode: u8, payload: &[u8]) -> Frame<'_> {
    Frame {
        fin: true,
        rsv: 0,
        opcode,
        key: None,
        form: None,
        claim: None,
        payload,
    }
}

/// A fragment that is not the last.
fn first(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let fin = false;
    Frame {
        fin,
        ..frame(opcode, payload)
    }
    .encode()
}

/// The text of the 101, with the value of `Sec-WebSocket-Accept` changed.
fn with_accept(upgrade: &Upgrade, change: impl Fn(&str) -> String) -> String {
    let right = right_response(upgrade);
    right.replace(&upgrade.accept, &change(&upgrade.accept))
}

fn right_response(upgrade: &Upgrade) -> String {
    String::from_utf8_lossy(&upgrade.switching_protocols(None)).into_owned()
}

/// Adds a line to the end of the head.
pub(super) fn with_line(response: &str, line: &str) -> String {
    format!("{}\r\n{line}\r\n\r\n", response.trim_end_matches("\r\n"))
}

/// The accept value of another key: still 28 characters of base64.
pub(super) fn wrong_accept(upgrade: &Upgrade) -> String {
    with_accept(upgrade, |accept| {
        let first = if accept.starts_with('A') { "B" } else { "A" };
        accept
            .chars()
            .skip(1)
            .fold(first.to_owned(), |mut text, c| {
                text.push(c);
                text
            })
    })
}

/// The right letters in the wrong case. Base64 distinguishes them.
pub(super) fn accept_in_other_case(upgrade: &Upgrade) -> String {
    let other = |c: char| match c.is_ascii_lowercase() {
        true => c.to_ascii_uppercase(),
        false => c.to_ascii_lowercase(),
    };
    with_accept(upgrade, |accept| accept.chars().map(other).collect())
}

pub(super) fn no_accept(upgrade: &Upgrade) -> String {
    right_response(upgrade).replace(&format!("Sec-WebSocket-Accept: {}\r\n", upgrade.accept), "")
}

pub(super) fn no_upgrade(upgrade: &Upgrade) -> String {
    right_response(upgrade).replace("Upgrade: websocket\r\n", "")
}

pub(super) fn no_connection(upgrade: &Upgrade) -> String {
    right_response(upgrade).replace("Connection: Upgrade\r\n", "")
}

/// A subprotocol that nobody offers.
pub(super) fn unrequested_protocol(upgrade: &Upgrade) -> String {
    let mut protocol = "not-offered".to_owned();
    while upgrade.protocols.contains(&protocol) {
        protocol.push('-');
    }
    with_line(
        &right_response(upgrade),
        &format!("Sec-WebSocket-Protocol: {protocol}"),
    )
}

/// An extension that nobody offers: no browser knows it.
pub(super) fn unrequested_extension(upgrade: &Upgrade) -> String {
    with_line(
        &right_response(upgrade),
        "Sec-WebSocket-Extensions: x-glassroom-not-offered",
    )
}

pub(super) fn masked_frame() -> Vec<u8> {
    let key = Some(KEY);
    Frame {
        key,
        ..frame(TEXT, HELLO)
    }
    .encode()
}

pub(super) fn rsv1() -> Vec<u8> {
    let rsv = 4;
    Frame {
        rsv,
        ..frame(TEXT, HELLO)
    }
    .encode()
}

pub(super) fn reserved_opcode() -> Vec<u8> {
    frame(0x3, HELLO).encode()
}

pub(super) fn not_minimal_length() -> Vec<u8> {
    let form = Some(LengthForm::Bits16);
    Frame {
        form,
        ..frame(TEXT, HELLO)
    }
    .encode()
}

pub(super) fn length_with_top_bit() -> Vec<u8> {
    let claim = Some(1 << 63 | HELLO.len() as u64);
    Frame {
        claim,
        ..frame(TEXT, HELLO)
    }
    .encode()
}

pub(super) fn ping_of_126_bytes() -> Vec<u8> {
    frame(PING, &[b'x'; 126]).encode()
}

pub(super) fn fragmented_ping() -> Vec<u8> {
    first(PING, b"half a Ping")
}

pub(super) fn continuation_of_nothing() -> Vec<u8> {
    frame(CONTINUATION, HELLO).encode()
}

pub(super) fn new_message_inside() -> Vec<u8> {
    [first(TEXT, b"Hel"), frame(TEXT, b"new").encode()].concat()
}

/// 0xC3 begins a letter of two bytes, and 0x28 cannot be the second.
pub(super) fn text_that_is_not_utf8() -> Vec<u8> {
    frame(TEXT, b"caf\xc3\x28").encode()
}

/// The same bytes in two fragments: each of the two could be part of a right text.
pub(super) fn split_text_that_is_not_utf8() -> Vec<u8> {
    [
        first(TEXT, b"caf\xc3"),
        frame(CONTINUATION, b"\x28").encode(),
    ]
    .concat()
}

fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(CLOSE, &close_payload(Some(code), reason)).encode()
}

pub(super) fn close_1005() -> Vec<u8> {
    close(1005, "")
}

pub(super) fn close_1006() -> Vec<u8> {
    close(1006, "")
}

pub(super) fn close_999() -> Vec<u8> {
    close(999, "")
}

pub(super) fn close_of_one_byte() -> Vec<u8> {
    frame(CLOSE, &[0x03]).encode()
}

pub(super) fn close_reason_that_is_not_utf8() -> Vec<u8> {
    frame(CLOSE, b"\x03\xe8caf\xc3\x28").encode()
}

pub(super) fn data_after_close() -> Vec<u8> {
    let data = frame(TEXT, b"one more thing").encode();
    [close(1000, "bye"), data].concat()
}

/// The longest payload that a Ping may have.
pub(super) fn ping_of_125_bytes() -> Vec<u8> {
    frame(PING, &[b'x'; 125]).encode()
}

/// A letter of two bytes in two fragments, with a Ping between them.
pub(super) fn split_letter() -> Vec<u8> {
    [
        first(TEXT, b"caf\xc3"),
        frame(PING, b"between two fragments").encode(),
        frame(CONTINUATION, b"\xa9").encode(),
    ]
    .concat()
}

pub(super) fn right_message() -> Vec<u8> {
    frame(TEXT, HELLO).encode()
}
