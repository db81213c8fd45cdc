//! Numbers that were written in the wrong order of bytes, and other mistakes that show in a header or
//! at the beginning of a Close (RFC 6455 §5.2, §5.5.1).

use crate::lens::note::{Control, FrameNote, Hex};
use crate::tasks::fault::{Fault, describe};
use crate::tasks::laws::{CLOSE_BODY, LENGTH_BYTES, LENGTH_ORDER, Law, MASKING};
use crate::tasks::texts_frames as texts;
use crate::tasks::unmask::{Key, explain, explain_code};
use crate::tasks::words::{Words, quoted};
use crate::websocket::frame_header::LengthForm;
use crate::websocket::opcode;
use crate::websocket::rules::judge_close_code;

/// What the examiner waits for, as far as it knows.
#[derive(Debug, Default, Clone)]
pub(super) struct Wanted {
    /// Bytes of the payload.
    pub(super) payload: Option<u64>,
    /// The payload itself, if it is known.
    pub(super) text: Vec<u8>,
    /// The code of a Close.
    pub(super) code: Option<u16>,
    /// The whole payload of a Close; empty if only its code is known.
    pub(super) close: Vec<u8>,
}

/// The largest length that anybody writes here when the examiner asks for no certain one.
const PLAUSIBLE: u64 = 128 * 1024;

/// The mistake that explains a frame, with the sentence that it breaks.
pub(super) fn of_frame(note: &FrameNote, wanted: &Wanted) -> Option<(Law, Words)> {
    length_order(note, wanted)
        .or_else(|| too_large_for_form(note, wanted))
        .or_else(|| of_close(note, wanted))
}

/// The fault of a frame with the mistake that explains it, if one does.
pub(super) fn explained(fault: Fault, note: &FrameNote, wanted: &Wanted) -> Fault {
    match of_frame(note, wanted) {
        None => fault,
        Some((law, words)) => Fault {
            law,
            what: texts::READ_AND.with(&[("frame", &describe(note)), ("mistake", &words)]),
            ..fault
        },
    }
}

/// The length in its other order of bytes.
fn swapped(note: &FrameNote) -> Option<u64> {
    match note.length_form {
        LengthForm::Bits7 => None,
        LengthForm::Bits16 => Some(u64::from((note.length as u16).swap_bytes())),
        LengthForm::Bits64 => Some(note.length.swap_bytes()),
    }
}

/// The bytes of the extended length.
fn length_bytes(note: &FrameNote) -> String {
    let bytes = note.length_form.extended_bytes();
    let bytes = note.header.0.get(2..2 + bytes).unwrap_or_default();
    Hex(bytes.to_vec()).spaced()
}

fn length_order(note: &FrameNote, wanted: &Wanted) -> Option<(Law, Words)> {
    let other = swapped(note).filter(|other| *other != note.length)?;
    let is_it = match wanted.payload {
        Some(bytes) => bytes == other,
        // Nobody is sure, so only what would be a legal header in the other order.
        None => {
            LengthForm::shortest_for(other) == note.length_form
                && other <= PLAUSIBLE
                && (note.payload_bytes == other || note.length > PLAUSIBLE)
        }
    };
    is_it.then(|| {
        let words = texts::LENGTH_SWAPPED.with(&[
            ("bytes", &length_bytes(note)),
            ("length", &note.length),
            ("other", &other),
        ]);
        (LENGTH_ORDER, words)
    })
}

/// Whether a frame whose payload is arriving has all that is awaited, and announces more: in the other
/// order of bytes, or with the four bytes of the key. A slow client never looks like that, because no
/// frame with these bytes can be longer.
pub(super) fn announces_too_much(note: &FrameNote, wanted: &Wanted) -> bool {
    let Some(bytes) = wanted.payload else {
        return false;
    };
    let is_it = note.payload_bytes == bytes && wanted.text.starts_with(&note.payload.0);
    let is_swapped = swapped(note) == Some(bytes) && note.length > bytes;
    is_it && !note.payload.0.is_empty() && (is_swapped || note.length == bytes + 4)
}

/// A length that lost its upper bytes, because the form has too few.
fn too_large_for_form(note: &FrameNote, wanted: &Wanted) -> Option<(Law, Words)> {
    let bytes = wanted.payload?;
    let most = match note.length_form {
        LengthForm::Bits16 => 0x1_0000,
        _ => return None,
    };
    (bytes >= most && note.length == bytes % most).then(|| {
        let words = texts::FORM_TOO_SMALL.with(&[("bytes", &bytes), ("length", &note.length)]);
        (LENGTH_BYTES, words)
    })
}

pub(super) fn of_close(note: &FrameNote, wanted: &Wanted) -> Option<(Law, Words)> {
    let Some(Control::Close { code, .. }) = note.control else {
        return None;
    };
    let payload = &note.payload.0;
    let key = note.key.as_ref().map(|Hex(key)| &key[..]);
    let key = key.and_then(|key| Key::try_from(key).ok());
    if let Some(mistake) = key.and_then(|key| explain(key, payload, &wanted.close, 0)) {
        return Some((MASKING, mistake));
    }
    if let (Some(key), Some(wanted), None) = (key, wanted.code, wanted.close.first())
        && let Some(mistake) = explain_code(key, payload, wanted)
    {
        return Some((MASKING, mistake));
    }
    of_code(code?, payload, wanted.code)
}

/// The mistake that explains the code of a Close whose payload begins with `payload`.
pub(super) fn of_code(code: u16, payload: &[u8], wanted: Option<u16>) -> Option<(Law, Words)> {
    let other = code.swap_bytes();
    let is_other = match wanted {
        Some(wanted) => other == wanted && code != wanted,
        None => judge_close_code(code).is_some() && (1000..1015).contains(&other),
    };
    if is_other {
        let [high, low] = code.to_be_bytes();
        let words = texts::CODE_SWAPPED.with(&[
            ("bytes", &format!("{high:02x} {low:02x}")),
            ("code", &code),
            ("other", &other),
        ]);
        return Some((CLOSE_BODY, words));
    }
    let text = std::str::from_utf8(payload).ok()?;
    let is_text = |c: char| !c.is_control();
    (judge_close_code(code).is_some() && text.chars().all(is_text)).then(|| {
        let two = payload[..payload.len().min(2)].to_vec();
        let words = texts::REASON_ALONE.with(&[
            ("text", &quoted(&text.chars().take(20).collect::<String>())),
            ("bytes", &Hex(two).spaced()),
            ("code", &code),
        ]);
        (CLOSE_BODY, words)
    })
}

/// Whether a frame is of a message.
pub(super) const fn is_data(note: &FrameNote) -> bool {
    !opcode::is_control(note.opcode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lens::frames::FrameParser;
    use crate::model::direction::Direction;
    use crate::tasks::words::Language;

    fn note(bytes: &[u8]) -> FrameNote {
        let mut parser = FrameParser::new(Direction::FromClient);
        let whole = parser.feed(bytes, 0).into_iter().next();
        whole.or_else(|| parser.finish(0)).expect("a frame")
    }

    #[test]
    fn a_length_in_the_wrong_order_is_recognised() {
        let wants = |payload| Wanted {
            payload,
            ..Wanted::default()
        };
        let little = [0x82, 0xFE, 0x7e, 0x00, 0, 0, 0, 0];
        let hint = |bytes: &[u8], payload| {
            let (law, words) = of_frame(&note(bytes), &wants(payload)).expect("a hint");
            (law, words.of(Language::En).to_owned())
        };
        let (law, words) = hint(&little, Some(126));
        assert_eq!(law, LENGTH_ORDER);
        assert!(words.contains("7e 00") && words.contains("32256") && words.contains("126"));
        let little = [0x82, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for payload in [Some(65_536), None] {
            let (law, words) = hint(&little, payload);
            assert_eq!(law, LENGTH_ORDER);
            assert!(
                words.contains("1099511627776") && words.contains("65536"),
                "{words}"
            );
        }
        for (header, payload) in [
            (&[0x82, 0xFE, 0x00, 0x7e, 0, 0, 0, 0][..], Some(126)),
            (&little, Some(125)),
            (&[0x82, 0xFE, 0x01, 0x01, 0, 0, 0, 0], Some(257)),
            (&[0x82, 0x85, 0, 0, 0, 0], None),
        ] {
            assert_eq!(of_frame(&note(header), &wants(payload)), None, "{header:?}");
        }
        let short = [0x82, 0xFE, 0, 0, 0, 0, 0, 0];
        let (law, _) = of_frame(&note(&short), &wants(Some(65_536))).expect("a hint");
        assert_eq!(law, LENGTH_BYTES);
    }

    #[test]
    fn a_code_in_the_wrong_order_or_a_reason_without_one_is_recognised() {
        let hint = |payload: &[u8], wanted| {
            let code = u16::from_be_bytes([payload[0], payload[1]]);
            let hint = of_code(code, payload, wanted);
            hint.map(|(_, words)| words.of(Language::En).to_owned())
        };
        for wanted in [Some(1000), None] {
            let words = hint(b"\xe8\x03bye", wanted).expect("a hint");
            assert!(
                words.contains("e8 03") && words.contains("59395"),
                "{words}"
            );
        }
        let words = hint(b"bye 1a2b", Some(1000)).expect("a hint");
        assert!(
            words.contains("62 79") && words.contains("bye 1a2b"),
            "{words}"
        );
        assert_eq!(hint(b"\x03\xe8bye", Some(1000)), None);
        assert_eq!(hint(b"\x03\xed", Some(1000)), None);
    }
}
