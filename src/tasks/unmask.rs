//! Why a payload is not what it should be: the usual ways to mask wrongly (RFC 6455 §5.3).
//!
//! The examiner knows what the client had to send. It applies each usual mistake to the bytes on the
//! wire; the one that yields the right payload is the mistake.

use crate::lens::note::Hex;

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

const OTHERS: [(&str, Mistake); 4] = [
    (
        "the key was used backwards: byte i of the payload was XORed with byte 3 - (i mod 4) of the \
         key. The key is four bytes in the order in which they are sent, and no number",
        |key, wire, i| wire ^ key[3 - i % 4],
    ),
    ("only the first byte of the key was used", |key, wire, _| {
        wire ^ key[0]
    }),
    ("the key was added and not XORed", |key, wire, i| {
        wire.wrapping_sub(key[i % 4])
    }),
    (
        "the halves of the key changed places: it was used as 16-bit numbers in another byte order",
        |key, wire, i| wire ^ key[(i % 4) ^ 1],
    ),
];

/// What is wrong with the masking of a frame, given its unmasked payload and what that should be.
/// `before` is the size of the fragments before this frame. `None`: it is right, or wrong in a way
/// that masking does not explain.
pub(super) fn explain(key: Key, payload: &[u8], wanted: &[u8], before: usize) -> Option<String> {
    let from = payload.iter().zip(wanted).position(|(a, b)| a != b)?;
    let to = payload.len().min(wanted.len()).min(from + COMPARED);
    if to < from + ENOUGH {
        return None;
    }
    let by = |mistake: Mistake| {
        (from..to).all(|i| mistake(key, payload[i] ^ key[i % 4], i) == wanted[i])
    };
    let shown = Hex(key.to_vec()).spaced();
    let wire: Vec<u8> = (from..to).map(|i| payload[i] ^ key[i % 4]).collect();
    let bytes = Hex(wire).spaced();
    let found = if by(|_, wire, _| wire) {
        match from {
            0..4 => "the payload is not masked, although the MASK bit and the key are there".into(),
            _ => format!("from byte {from} on the payload is not masked"),
        }
    } else if let Some((shift, _)) = ROTATIONS.iter().find(|(_, mistake)| by(*mistake)) {
        shifted(*shift, from, before)
    } else {
        OTHERS.iter().find(|(_, mistake)| by(*mistake))?.0.into()
    };
    Some(format!(
        "With the key {shown}, the bytes {bytes} of the payload show that {found}."
    ))
}

/// The key was used from another of its bytes on.
fn shifted(shift: usize, from: usize, before: usize) -> String {
    match from {
        0..4 if before > 0 && before % 4 == shift => format!(
            "the mask went on from the fragment before ({before} bytes so far): it begins anew, \
             with byte 0 of the key, in each frame"
        ),
        0..4 => format!(
            "the mask began with byte {shift} of the key: byte 0 of the payload is XORed with byte \
             0 of the key, and the header does not count"
        ),
        _ => format!(
            "from byte {from} on the mask is shifted by {shift}: i counts over the whole payload, \
             however it is read and sent"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = [0x37, 0xfa, 0x21, 0x3d];

    /// What is said of a payload that `mask` masked.
    fn said(wanted: &[u8], before: usize, mask: impl Fn(u8, usize) -> u8) -> Option<String> {
        let wire = wanted.iter().enumerate().map(|(i, &byte)| mask(byte, i));
        let payload: Vec<u8> = wire
            .enumerate()
            .map(|(i, wire)| wire ^ KEY[i % 4])
            .collect();
        explain(KEY, &payload, wanted, before)
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
        assert_eq!(explain(KEY, b"something else", text, 0), None);
        assert_eq!(explain(KEY, b"text", text, 0), None);
    }
}
