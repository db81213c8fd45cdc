//! Task 2: every frame is masked, each with a fresh key (RFC 6455 §5.1, §5.3).
//!
//! Three short texts are sent on request. A frame without the MASK bit has failed before it comes
//! here. What is left: the payload really is masked, and "the masking key needs to be
//! unpredictable", so that three keys are neither the same nor in a row.

use super::exam::{Exam, Message};
use super::fault::{Step, fail};
use super::saying::Do;
use crate::lens::note::Hex;

/// The masking key of a frame as a number, in both orders of its bytes.
type Key = [u8; 4];

/// The whole exam.
pub fn sit(exam: &mut Exam<'_>) -> Step<()> {
    exam.take_any_text();
    let mut keys: Vec<Key> = Vec::new();
    for message in [
        "Send this text in one masked frame.",
        "Send this text in the same way, with a new key.",
        "And this one, with yet another key.",
    ] {
        // Not a multiple of four bytes, so that the key is needed from its beginning to its middle.
        let text = format!("text {}", Hex(exam.random::<5>()?.to_vec()));
        let ask = Do::Say {
            text: &text,
            message,
        };
        exam.ask(ask, "5.3", format!("the text {text:?}"))?;
        let heard = exam.message()?;
        keys.push(judge(&heard, &text)?);
    }
    judge_keys(&keys)
}

/// Whether the payload is the text, masked; its key.
fn judge(heard: &Message, text: &str) -> Step<Key> {
    let one = heard.frame.position.is_some_and(|p| p.fragment == 1);
    let key = heard.frame.key.as_ref();
    let key = key.and_then(|Hex(key)| Key::try_from(&key[..]).ok());
    let Some(key) = key.filter(|_| one) else {
        return fail("5.3", "Send each text in one frame: I want to see one key.");
    };
    let shown = Hex(key.to_vec()).spaced();
    if heard.payload == text.as_bytes() {
        return match key {
            [0, 0, 0, 0] => fail(
                "5.3",
                "The masking key was 00 00 00 00, which changes nothing. It must be unpredictable: \
                 take four bytes from a strong source of randomness, such as os.urandom(4).",
            ),
            _ => Ok(key),
        };
    }
    if heard.frame.wire.0 == text.as_bytes() {
        return fail(
            "5.3",
            format!(
                "The MASK bit is set and the key {shown} is there, but the payload was sent as it \
                 is. Byte i of the payload is XORed with byte i mod 4 of the key."
            ),
        );
    }
    let read = String::from_utf8_lossy(&heard.payload);
    fail(
        "5.3",
        format!(
            "Unmasked with its key {shown}, your frame says {:?}, and not {text:?}. Byte i of the \
             payload is XORed with byte i mod 4 of the key, from i = 0 in each frame.",
            read.chars().take(60).collect::<String>()
        ),
    )
}

/// §5.3: "The masking key needs to be unpredictable".
fn judge_keys(keys: &[Key]) -> Step<()> {
    let &[a, b, c] = keys else {
        return Ok(());
    };
    let shown = |key: Key| Hex(key.to_vec()).spaced();
    if a == b || b == c || a == c {
        return fail(
            "5.3",
            format!(
                "The masking keys were {}, {} and {}: one came twice. Each frame needs a fresh key, \
                 chosen at random.",
                shown(a),
                shown(b),
                shown(c)
            ),
        );
    }
    let steps = |number: fn(Key) -> u32| {
        let step = |from, to| number(to).wrapping_sub(number(from));
        step(a, b) == step(b, c)
    };
    if steps(u32::from_be_bytes) || steps(u32::from_le_bytes) {
        return fail(
            "5.3",
            format!(
                "The masking keys {}, {} and {} go up in equal steps. The next one must not be \
                 predictable: take them from a strong source of randomness.",
                shown(a),
                shown(b),
                shown(c)
            ),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_to_be_fresh_and_unpredictable() {
        let key = u32::to_be_bytes;
        let good = [key(0x37fa213d), key(0x9b01c2d3), key(0x00000001)];
        assert!(judge_keys(&good).is_ok());
        for bad in [
            [key(7), key(7), key(9)],
            [key(7), key(9), key(7)],
            [key(1), key(2), key(3)],
            [key(u32::MAX), key(0), key(1)],
            [[1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0]],
        ] {
            assert!(judge_keys(&bad).is_err(), "{bad:?}");
        }
    }
}
