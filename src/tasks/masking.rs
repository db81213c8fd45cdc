//! Task 2: every frame is masked, each with a fresh key (RFC 6455 §5.1, §5.3).
//!
//! The client sends three short texts. The guard has already failed a client that leaves out the
//! MASK bit. This checks that the payload really is masked; [`crate::tasks::keys`] judges the keys,
//! in this task and in all others.

use crate::lens::note::{FrameNote, Hex};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Step, describe, fail};
use crate::tasks::hints::Wanted;
use crate::tasks::laws::{ANY_FRAGMENTS, MASKING, SAME_TYPE};
use crate::tasks::messages::Instruction;
use crate::tasks::seen::ClientMessage;
use crate::tasks::unmask::{Key, explain};

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    exam.accept_any_text();
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
        exam.ask(ask, MASKING, format!("the text {text:?}"))?;
        exam.wants(Wanted {
            payload: Some(text.len() as u64),
            ..Wanted::default()
        });
        let message = exam.message()?;
        judge(exam, &message, &text)?;
    }
    Ok(())
}

/// Whether the message is the text, correctly masked.
fn judge(exam: &mut Exam<'_>, message: &ClientMessage, text: &str) -> Step<()> {
    if message.payload != text.as_bytes() {
        fail_if_masked_wrongly(&message.frames, &message.payload, text.as_bytes())?;
        let read = String::from_utf8_lossy(&message.payload);
        return fail(
            MASKING.by_choice(),
            format!(
                "I waited for {text:?} ({} bytes). Unmasked with its key, {} contains {:?}: {}. Byte \
                 i of the payload is XORed with byte i mod 4 of the key, from i = 0 in each frame.",
                text.len(),
                describe(&message.last),
                read.chars().take(60).collect::<String>(),
                message.last.payload.spaced()
            ),
        );
    }
    if message.frames.len() > 1 {
        exam.seen.remark(
            ANY_FRAGMENTS,
            format!(
                "{text:?} came in {} frames. That is legal; each frame has a key of its own.",
                message.frames.len()
            ),
        );
    }
    if message.kind != "text" {
        exam.seen.remark(
            SAME_TYPE,
            format!("{text:?} came as a binary message (opcode 0x2), and it is text (0x1)."),
        );
    }
    Ok(())
}

/// Fails if a usual mistake of masking explains why a message is not what it should be.
pub(super) fn fail_if_masked_wrongly(
    frames: &[FrameNote],
    payload: &[u8],
    wanted: &[u8],
) -> Step<()> {
    let mut before = 0;
    for note in frames {
        let after = before + note.length as usize;
        let key = note.key.as_ref();
        let key = key.and_then(|Hex(key)| Key::try_from(&key[..]).ok());
        let (Some(key), Some(payload), Some(wanted)) = (
            key,
            payload.get(before..after.min(payload.len())),
            wanted.get(before..),
        ) else {
            return Ok(());
        };
        if let Some(mistake) = explain(key, payload, wanted, before) {
            let frame = describe(note);
            let words = format!(
                "I read {frame}. {mistake} Byte i of the payload is XORed with byte \
                                 i mod 4 of the key."
            );
            return fail(MASKING, words);
        }
        before = after;
    }
    Ok(())
}
