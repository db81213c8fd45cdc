//! Task 2: every frame is masked, each with a fresh key (RFC 6455 §5.1, §5.3).
//!
//! The client sends three short texts. The guard has already failed a client that leaves out the
//! MASK bit. This checks that the payload really is masked, and that the keys are unpredictable, as
//! §5.3 wants them: no two of the three are equal, and they do not go up in equal steps.

use crate::lens::note::Hex;
use crate::tasks::exam::{ClientMessage, Exam};
use crate::tasks::fault::{Step, fail};
use crate::tasks::messages::Instruction;

/// The masking key of a frame.
type Key = [u8; 4];

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    exam.accept_any_text();
    let mut keys: Vec<Key> = Vec::new();
    for request in [
        "Send this text in one masked frame.",
        "Send this text in the same way, with a new key.",
        "And this one, with yet another key.",
    ] {
        // 15 bytes, not a multiple of four, so that the last use of the key ends inside it.
        let text = format!("text {}", Hex(exam.random::<5>()?.to_vec()));
        let ask = Instruction::Say {
            text: &text,
            message: request,
        };
        exam.ask(ask, "5.3", format!("the text {text:?}"))?;
        let message = exam.message()?;
        keys.push(judge(&message, &text)?);
    }
    judge_keys(&keys)
}

/// The key of a message whose payload is the text, correctly masked.
fn judge(message: &ClientMessage, text: &str) -> Step<Key> {
    let one = message.frame.position.is_some_and(|p| p.fragment == 1);
    let key = message.frame.key.as_ref();
    let key = key.and_then(|Hex(key)| Key::try_from(&key[..]).ok());
    let Some(key) = key.filter(|_| one) else {
        return fail(
            "5.3",
            "Send each text in one frame, so that it has one key.",
        );
    };
    let shown = Hex(key.to_vec()).spaced();
    if message.payload == text.as_bytes() {
        return match key {
            [0, 0, 0, 0] => fail(
                "5.3",
                "The masking key was 00 00 00 00, which changes nothing. It must be unpredictable: \
                 take four bytes from a strong source of randomness, such as os.urandom(4).",
            ),
            _ => Ok(key),
        };
    }
    if message.frame.wire.0 == text.as_bytes() {
        return fail(
            "5.3",
            format!(
                "The MASK bit is set and the key {shown} is there, but the payload is not masked. \
                 Byte i of the payload is XORed with byte i mod 4 of the key."
            ),
        );
    }
    let read = String::from_utf8_lossy(&message.payload);
    fail(
        "5.3",
        format!(
            "Unmasked with its key {shown}, your frame contains {:?}, and not {text:?}. Byte i of \
             the payload is XORed with byte i mod 4 of the key, from i = 0 in each frame.",
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
                "The masking keys were {}, {} and {}: two are equal. Each frame needs a fresh \
                 key, chosen at random.",
                shown(a),
                shown(b),
                shown(c)
            ),
        );
    }
    let has_equal_steps = |number: fn(Key) -> u32| {
        let step = |from, to| number(to).wrapping_sub(number(from));
        step(a, b) == step(b, c)
    };
    if has_equal_steps(u32::from_be_bytes) || has_equal_steps(u32::from_le_bytes) {
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
