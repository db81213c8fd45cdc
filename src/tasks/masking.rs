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
use crate::tasks::texts_frames::{MASK_RULE, READ_AND};
use crate::tasks::texts_messages as texts;
use crate::tasks::unmask::{Key, explain};
use crate::tasks::words::{quoted, quoted_bytes};

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    exam.accept_any_text();
    for request in [texts::SAY_ONE, texts::SAY_TWO, texts::SAY_THREE] {
        // 15 bytes, not a multiple of four, so that the last use of the key ends inside it.
        let text = format!("text {}", Hex(exam.random::<5>()?.to_vec()));
        let ask = Instruction::Say {
            text: &text,
            message: request.of(exam.language),
        };
        exam.ask(
            ask,
            MASKING.by_choice(),
            texts::THE_TEXT.with(&[("text", &quoted(&text))]),
        )?;
        exam.wants(Wanted {
            payload: Some(text.len() as u64),
            text: text.clone().into_bytes(),
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
        return fail(
            MASKING.by_choice(),
            texts::OTHER_TEXT.with(&[
                ("text", &quoted(text)),
                ("bytes", &text.len()),
                ("frame", &describe(&message.last)),
                ("read", &quoted_bytes(&message.payload)),
                ("payload", &message.last.payload.spaced()),
            ]),
        );
    }
    if message.frames.len() > 1 {
        exam.seen.remark(
            ANY_FRAGMENTS,
            texts::IN_FRAMES.with(&[("text", &quoted(text)), ("frames", &message.frames.len())]),
        );
    }
    if message.kind != "text" {
        exam.seen
            .remark(SAME_TYPE, texts::IS_BINARY.with(&[("text", &quoted(text))]));
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
            let words = READ_AND.with(&[("frame", &describe(note)), ("mistake", &mistake)]);
            return fail(MASKING, words.then(MASK_RULE));
        }
        before = after;
    }
    Ok(())
}
