//! Task 3: the three forms of the payload length (RFC 6455 §5.2).
//!
//! The client sends back texts at the boundaries of the forms: 7 bits hold up to 125, 16 bits up to
//! 65,535, and 64 bits the rest. "… the minimal number of bytes MUST be used to encode the length":
//! the guard has already failed a client that uses a longer form.

use crate::lens::note::Hex;
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Step, fail};
use crate::tasks::messages::Instruction;
use crate::websocket::frame;

/// On both sides of each boundary.
const SIZES: [usize; 5] = [125, 126, 127, 65_535, 65_536];

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    let ask = Instruction::Echo {
        count: SIZES.len() as u8,
        message: "Five texts follow, one after the other, of 125, 126, 127, 65535 and 65536 bytes. \
                  Send each back unchanged, in one frame.",
    };
    exam.ask(ask, "5.2", "the first of them")?;
    for size in SIZES {
        let text = text(size, &Hex(exam.random::<8>()?.to_vec()).to_string());
        exam.send(&frame::text(text.as_bytes()))?;
        exam.wait_for("5.2", format!("the text of {size} bytes to come back"));
        let message = exam.message()?;
        if message.frame.position.is_none_or(|p| p.fragment > 1) {
            return fail(
                "5.2",
                format!("The text of {size} bytes came in several frames: send it in one."),
            );
        }
        if message.payload == text.as_bytes() {
            continue;
        }
        let came = message.frame.length;
        let same = message.payload.iter().zip(text.as_bytes());
        let same = same.take_while(|(a, b)| a == b).count();
        return fail(
            "5.2",
            format!(
                "I sent a text of {size} bytes, and {came} bytes came back, of which the first \
                 {same} are right. Up to 125 the seven bits are the length; 126 means that the \
                 length follows in two bytes, 127 in eight, the most significant first. TCP is a \
                 stream: read until you have all of the payload."
            ),
        );
    }
    Ok(())
}

/// A text of `size` bytes that no other exam has, and that does not repeat itself.
fn text(size: usize, seed: &str) -> String {
    let mut text = String::with_capacity(size + 24);
    while text.len() < size {
        text += &format!("{seed} {} ", text.len());
    }
    text.truncate(size); // all ASCII
    text
}
