//! Why a payload is not what it should be: the usual ways to mask wrongly (RFC 6455 §5.3).
//!
//! The examiner knows what the client had to send. It applies each usual mistake to the bytes on the
//! wire; the one that yields the right payload is the mistake.

use crate::lens::note::Hex;
use crate::tasks::texts_frames as texts;
use crate::tasks::words::{Text, Words};
use std::ops::Range;

/// The masking key of a frame.
pub(super) type Key = [u8; 4];

/// Bytes that have to agree before a mistake is named. Fewer could agree by chance.
const ENOUGH: usize = 4;
/// Bytes that are compared.
const COMPARED: usize = 16;

/// A mistake: the byte of the payload at `i`, from the byte on the wire.
type Mistake = fn(Key, u8, usize) -> u8;

const ROTATIONS: [(usize, Mistake); 3] = [
    (1, |key, wire, i| wire ^ key[(i + 1) % 4]),
    (2, |key, wire, i| wire ^ key[(i + 2) % 4]),
    (3, |key, wire, i| wire ^ key[(i + 3) % 4]),
];

const OTHERS: [(Text, Mistake); 4] = [
    (texts::BACKWARDS, |key, wire, i| wire ^ key[3 - i % 4]),
    (texts::FIRST_BYTE_ONLY, |key, wire, _| wire ^ key[0]),
    (texts::ADDED, |key, wire, i| wire.wrapping_sub(key[i % 4])),
    (texts::HALVES, |key, wire, i| wire ^ key[(i % 4) ^ 1]),
];

/// What is wrong with the masking of a Close of which only the code is known. Two bytes agree by
/// chance once in 65,536 times for each mistake, so this is only for a code that is wrong anyway.
pub(super) fn explain_code(key: Key, payload: &[u8], code: u16) -> Option<Words> {
    let wanted = code.to_be_bytes();
    let read = payload.get(..2).filter(|read| *read != wanted)?;
    explain_range(key, read, &wanted, 0, 0..2)
}

/// What is wrong with the masking of a frame, given its unmasked payload and what that should be.
/// `before` is the size of the fragments before this frame. `None`: it is right, or wrong in a way
/// that masking does not explain.
pub(super) fn explain(key: Key, payload: &[u8], wanted: &[u8], before: usize) -> Option<Words> {
    let from = payload.iter().zip(wanted).position(|(a, b)| a != b)?;
    let to = payload.len().min(wanted.len()).min(from + COMPARED);
    if to < from + ENOUGH {
        return None;
    }
    explain_range(key, payload, wanted, before, from..to)
}

/// The mistake that explains the bytes in this range.
fn explain_range(
    key: Key,
    payload: &[u8],
    wanted: &[u8],
    before: usize,
    Range {
        start: from,
        end: to,
    }: Range<usize>,
) -> Option<Words> {
    let by = |mistake: Mistake| {
        (from..to).all(|i| mistake(key, payload[i] ^ key[i % 4], i) == wanted[i])
    };
    let shown = Hex(key.to_vec()).spaced();
    let wire: Vec<u8> = (from..to).map(|i| payload[i] ^ key[i % 4]).collect();
    let bytes = Hex(wire).spaced();
    let found = if by(|_, wire, _| wire) {
        match from {
            0..4 => texts::NOT_MASKED.into(),
            _ => texts::NOT_MASKED_FROM.with(&[("from", &from)]),
        }
    } else if let Some((shift, _)) = ROTATIONS.iter().find(|(_, mistake)| by(*mistake)) {
        shifted(*shift, from, before)
    } else {
        OTHERS.iter().find(|(_, mistake)| by(*mistake))?.0.into()
    };
    Some(texts::MASK_SHOWS.with(&[("key", &shown), ("bytes", &bytes), ("found", &found)]))
}

/// The key was used from another of its bytes on.
fn shifted(shift: usize, from: usize, before: usize) -> Words {
    match from {
        0..4 if before > 0 && before % 4 == shift => texts::GOES_ON.with(&[("before", &before)]),
        0..4 => texts::BEGAN_LATER.with(&[("shift", &shift)]),
        _ => texts::SHIFTED.with(&[("from", &from), ("shift", &shift)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::words::Language;

    const KEY: Key = [0x37, 0xfa, 0x21, 0x3d];

    /// What is said of a payload that `mask` masked.
    fn said(wanted: &[u8], before: usize, mask: impl Fn(u8, usize) -> u8) -> Option<String> {
        let wire = wanted.iter().enumerate().map(|(i, &byte)| mask(byte, i));
        let payload: Vec<u8> = wire
            .enumerate()
            .map(|(i, wire)| wire ^ KEY[i % 4])
            .collect();
        let said = explain(KEY, &payload, wanted, before);
        said.map(|words| words.of(Language::En).to_owned())
    }

    #[test]
    fn each_usual_mistake_is_named() {
        let text = b"text 0123456789, and a little more";
        assert_eq!(said(text, 0, |byte, i| byte ^ KEY[i % 4]), None);
        let is = |said: Option<String>, words: &str| {
            let said = said.unwrap_or_default();
            assert!(said.contains(words), "{said:?} is not about {words:?}");
        };
        is(said(text, 0, |byte, _| byte), "not masked");
        is(said(text, 0, |byte, i| byte ^ KEY[3 - i % 4]), "backwards");
        is(
            said(text, 0, |byte, i| byte ^ KEY[(i + 2) % 4]),
            "began with byte 2",
        );
        is(
            said(text, 7, |byte, i| byte ^ KEY[(i + 3) % 4]),
            "fragment before (7 bytes",
        );
        is(
            said(text, 0, |byte, _| byte ^ KEY[0]),
            "only the first byte",
        );
        is(
            said(text, 0, |byte, i| if i < 4 { byte ^ KEY[i] } else { byte }),
            "not masked",
        );
        is(
            said(text, 0, |byte, i| byte.wrapping_add(KEY[i % 4])),
            "added",
        );
        is(
            said(text, 0, |byte, i| {
                byte ^ KEY[(if i < 10 { i } else { i - 10 }) % 4]
            }),
            "shifted by 2",
        );
        let code = explain_code(KEY, &[0x37 ^ 0x11, 0xfa ^ 0x94], 0x1194);
        is(code.map(|w| w.of(Language::En).to_owned()), "not masked");
        assert_eq!(explain_code(KEY, &0x1194_u16.to_be_bytes(), 0x1194), None);
        assert_eq!(explain_code(KEY, b"\x12\x34", 0x1194), None);
        assert_eq!(explain(KEY, b"something else", text, 0), None);
        assert_eq!(explain(KEY, b"text", text, 0), None);
    }
}
