//! Task 3: the three forms of the payload length (RFC 6455 §5.2).
//!
//! The client sends back texts at the boundaries of the forms: 7 bits hold up to 125, 16 bits up to
//! 65,535, and 64 bits the rest; "the minimal number of bytes MUST be used to encode the length" (§5.2):
//! the guard has already failed a client that uses a longer form. Each text has two characters of
//! more than one byte, so that who counts characters is noticed.

use crate::lens::note::Hex;
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Step, describe, fail};
use crate::tasks::hints::Wanted;
use crate::tasks::laws::{ANY_FRAGMENTS, LENGTH_BYTES, SAME_TYPE};
use crate::tasks::masking::fail_if_masked_wrongly;
use crate::tasks::messages::Instruction;
use crate::tasks::seen::ClientMessage;
use crate::tasks::texts_messages as texts;
use crate::tasks::words::Words;
use crate::websocket::frame;

/// On both sides of each boundary.
const SIZES: [usize; 5] = [125, 126, 127, 65_535, 65_536];

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    let ask = Instruction::Echo {
        count: SIZES.len() as u8,
        message: texts::ECHO_FIVE.of(exam.language),
    };
    exam.ask(ask, LENGTH_BYTES.by_choice(), texts::THE_FIRST)?;
    exam.accept_any_text();
    for size in SIZES {
        let text = text(size, &Hex(exam.random::<8>()?.to_vec()).to_string());
        exam.send(&frame::text(text.as_bytes()))?;
        exam.wait_for(
            LENGTH_BYTES.by_choice(),
            texts::TEXT_BACK.with(&[("size", &size)]),
        );
        exam.wants(Wanted {
            payload: Some(size as u64),
            text: text.clone().into_bytes(),
            ..Wanted::default()
        });
        let message = exam.message()?;
        judge(exam, &message, &text)?;
    }
    Ok(())
}

fn judge(exam: &mut Exam<'_>, message: &ClientMessage, text: &str) -> Step<()> {
    let size = text.len();
    if message.payload != text.as_bytes() {
        fail_if_masked_wrongly(&message.frames, &message.payload, text.as_bytes())?;
        fail_if_characters(message, text)?;
        return fail_other(message, text);
    }
    if message.last.position.is_none_or(|p| p.fragment > 1) {
        let is_whole = |length: u64| length == size as u64;
        if !message.frames.iter().any(|note| is_whole(note.length)) {
            return fail(
                ANY_FRAGMENTS,
                texts::IN_SEVERAL.with(&[("size", &size), ("frame", &describe(&message.last))]),
            );
        }
        exam.seen.remark(
            ANY_FRAGMENTS,
            texts::EMPTY_FRAGMENTS.with(&[("size", &size)]),
        );
    }
    if message.kind != "text" {
        exam.seen
            .remark(SAME_TYPE, texts::SIZE_BINARY.with(&[("size", &size)]));
    }
    Ok(())
}

/// Fails if the length counts characters.
pub(super) fn fail_if_characters(message: &ClientMessage, text: &str) -> Step<()> {
    let came = message.payload.len();
    let characters = [text.chars().count(), text.encode_utf16().count()];
    if came == text.len()
        || !characters.contains(&came)
        || !text.as_bytes().starts_with(&message.payload)
    {
        return Ok(());
    }
    fail(
        LENGTH_BYTES,
        texts::CHARACTERS.with(&[
            ("frame", &describe(&message.last)),
            ("came", &came),
            ("bytes", &text.len()),
        ]),
    )
}

fn fail_other(message: &ClientMessage, text: &str) -> Step<()> {
    let came = message.payload.len();
    let same = message.payload.iter().zip(text.as_bytes());
    let same = same.take_while(|(a, b)| a == b).count();
    let byte = |bytes: &[u8]| {
        let byte = bytes.get(same);
        byte.map_or(texts::NO_BYTE.into(), |byte| {
            Words::same(&format!("0x{byte:02x}"))
        })
    };
    fail(
        LENGTH_BYTES.by_choice(),
        texts::OTHER_BYTES.with(&[
            ("size", &text.len()),
            ("came", &came),
            ("frame", &describe(&message.last)),
            ("same", &same),
            ("read", &byte(&message.payload)),
            ("sent", &byte(text.as_bytes())),
        ]),
    )
}

/// A text of `size` bytes that no other exam has, and that does not repeat itself. Its number of
/// characters is `size` - 3.
fn text(size: usize, seed: &str) -> String {
    let mut text = String::with_capacity(size + 24);
    text += &format!("{seed} é课 ");
    while text.len() < size {
        text += &format!("{seed} {} ", text.len());
    }
    text.truncate(size); // ASCII from here on
    text
}
