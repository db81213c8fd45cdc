//! Task 5: fragments become one message (RFC 6455 §5.4), and characters that were cut become whole
//! (§5.6).
//!
//! Two texts. The first comes in two fragments, cut inside a character. The second comes in four,
//! one of them empty, with a Ping in the middle.

use crate::lens::note::{Control, Hex};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Step, fail};
use crate::tasks::messages::Instruction;
use crate::websocket::frame;

const TEXT: u8 = 0x1;
const CONTINUATION: u8 = 0x0;

/// One fragment of a message, with at most 125 bytes of payload.
pub(super) fn fragment(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(125)];
    let mut frame = vec![u8::from(fin) << 7 | opcode, payload.len() as u8];
    frame.extend_from_slice(payload);
    frame
}

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    let ask = Instruction::Echo {
        count: 2,
        message: "Two texts follow, each in several fragments. Send each back as one message as \
                  soon as it is complete.",
    };
    exam.ask(ask, "5.4", "the first of them")?;
    // If half a character comes back, the verdict can say more than "not UTF-8".
    exam.accept_any_text();
    let mark = Hex(exam.random::<4>()?.to_vec());
    let text = format!("{mark} 课堂");
    // Inside the first Chinese character, which has three bytes.
    let (first, second) = text.as_bytes().split_at(text.len() - 4);
    exam.send(&fragment(false, TEXT, first))?;
    exam.send(&fragment(true, CONTINUATION, second))?;
    expect_echo(exam, &text, None)?;

    let mark = Hex(exam.random::<4>()?.to_vec());
    let text = format!("{mark} na\u{ef}ve \u{1f600} end");
    let (first, rest) = text.as_bytes().split_at(9 + 3); // inside ï
    let (second, third) = rest.split_at(rest.len() - 6); // inside the emoji
    let data = exam.random::<4>()?;
    exam.send(&fragment(false, TEXT, first))?;
    exam.send(&fragment(false, CONTINUATION, b""))?;
    exam.send(&fragment(false, CONTINUATION, second))?;
    exam.send(&frame::ping(&data))?;
    exam.send(&fragment(true, CONTINUATION, third))?;
    expect_echo(exam, &text, Some(&data))
}

/// Waits for the text, and for the Pong if a Ping was sent.
fn expect_echo(exam: &mut Exam<'_>, text: &str, ping: Option<&[u8]>) -> Step<()> {
    exam.wait_for("5.4", format!("the whole text {text:?} to come back"));
    let mut echoed = false;
    let mut answered = ping.is_none();
    while !echoed || !answered {
        let mut note = exam.frame()?;
        match &note.control {
            Some(Control::Pong { payload: Hex(came) }) => answered |= ping == Some(&came[..]),
            Some(Control::Close { .. }) => {
                return fail("5.4", "Your client sent a Close instead of the text.");
            }
            _ => {}
        }
        let Some(message) = note.message.take() else {
            continue;
        };
        judge(&message.kept.0, message.kind, text, ping)?;
        echoed = true;
        if !answered {
            exam.wait_for("5.5.2", "the Pong to the Ping between the fragments");
        }
    }
    Ok(())
}

fn judge(came: &[u8], kind: &str, text: &str, ping: Option<&[u8]>) -> Step<()> {
    let read = String::from_utf8_lossy(came);
    let read: String = read.chars().take(100).collect();
    if came == text.as_bytes() && kind == "text" {
        return Ok(());
    }
    if came == text.as_bytes() {
        return fail(
            "5.4",
            "The text came back as a binary message. The opcode of the first fragment says what \
             kind of message it is: this one was text.",
        );
    }
    let has_it = |ping: &[u8]| came.windows(ping.len()).any(|bytes| bytes == ping);
    if ping.is_some_and(has_it) {
        return fail(
            "5.4",
            format!(
                "{text:?} came back as {read:?}, with the data of the Ping in it. Control frames \
                 between the fragments are not part of the message: answer the Ping, and go on."
            ),
        );
    }
    let beginning = text.as_bytes().starts_with(came);
    if !beginning && read.contains('\u{fffd}') && text.contains(|c: char| !c.is_ascii()) {
        return fail(
            "5.6",
            format!(
                "{text:?} came back as {read:?}. The end of a fragment cut a character: first join \
                 the bytes of all fragments, and then decode them as UTF-8."
            ),
        );
    }
    let hint = match beginning {
        true => "This is only its beginning: a message ends with the frame whose FIN bit is set.",
        false => {
            "A message is the joined payload of its first frame and of all continuations (opcode \
             0x0) up to the one with FIN; control frames between them are not part of it."
        }
    };
    fail(
        "5.4",
        format!("I sent {text:?} in fragments, and {read:?} came back. {hint}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::fault::Stop;

    fn section(came: &[u8], text: &str) -> &'static str {
        match judge(came, "text", text, Some(b"ping")) {
            Ok(()) => "",
            Err(Stop::Failed(fault)) => fault.section,
            Err(Stop::End(..)) => "end",
        }
    }

    #[test]
    fn each_way_to_misread_fragments_has_its_section() {
        let text = "ab 课堂";
        assert_eq!(section(text.as_bytes(), text), "");
        assert_eq!(section(b"ab ", text), "5.4");
        assert_eq!(section(b"ab \xe8", text), "5.4");
        assert_eq!(section("ab \u{fffd}ping".as_bytes(), text), "5.4");
        assert_eq!(section("ab \u{fffd}\u{fffd}堂".as_bytes(), text), "5.6");
        assert_eq!(section(b"something else", text), "5.4");
        assert!(judge(text.as_bytes(), "binary", text, None).is_err());
    }
}
