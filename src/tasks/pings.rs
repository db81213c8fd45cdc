//! Task 4: a Ping is answered (RFC 6455 §5.5.2, §5.5.3).
//!
//! Five Pings: with random bytes, with none, with as many as there may be, behind a Pong that
//! wants no answer, and between the fragments of a message. Each Pong "must have identical
//! 'Application data'".

use super::exam::Exam;
use super::fault::{Step, fail};
use super::fragments::fragment;
use super::saying::Do;
use crate::lens::note::{Control, Hex};
use crate::websocket::frame;

/// The whole exam.
pub fn sit(exam: &mut Exam<'_>) -> Step<()> {
    let message = "I send five Pings. Answer each with a Pong that carries the same bytes. That is \
                   all; a verdict follows.";
    exam.ask(Do::Pong { message }, "5.5.2", "a Pong")?;
    // Random bytes that come back as text are hardly ever UTF-8, and that is not what is wrong.
    exam.take_any_text();
    let eight = exam.random::<8>()?;
    ask(exam, &eight, "a Ping with 8 bytes")?;
    ask(exam, &[], "an empty Ping")?;
    let most = exam.random::<125>()?;
    ask(exam, &most, "a Ping with 125 bytes, the most there may be")?;

    // "A response to an unsolicited Pong frame is not expected."
    exam.send(&frame::pong(&exam.random::<4>()?))?;
    let behind = exam.random::<6>()?;
    ask(exam, &behind, "a Ping behind a Pong that wants no answer")?;

    // §5.4: control frames "MAY be injected in the middle of a fragmented message".
    exam.send(&fragment(
        false,
        0x1,
        b"{\"type\":\"note\",\"message\":\"in two ",
    ))?;
    let between = exam.random::<16>()?;
    let which = "a Ping between two fragments of a message";
    let answered = ask(exam, &between, which);
    exam.send(&fragment(true, 0x0, b"fragments\"}"))?;
    answered
}

/// Sends a Ping and waits for its Pong.
fn ask(exam: &mut Exam<'_>, payload: &[u8], which: &'static str) -> Step<()> {
    exam.send(&frame::ping(payload))?;
    exam.wait_for("5.5.2", format!("the Pong to {which}"));
    loop {
        let note = exam.frame()?;
        let sent = Hex(payload.to_vec()).spaced();
        match &note.control {
            Some(Control::Pong { payload: Hex(came) }) if came == payload => return Ok(()),
            Some(Control::Pong { payload: Hex(came) }) => {
                let came = match came.len() {
                    0 => "nothing".into(),
                    _ => Hex(came.clone()).spaced(),
                };
                return fail(
                    "5.5.3",
                    format!(
                        "I sent {which} ({sent}), and a Pong came with other data ({came}). A Pong \
                         carries the data of the Ping that it answers, byte for byte; a Pong itself \
                         is not answered."
                    ),
                );
            }
            Some(Control::Ping { payload: Hex(came) }) if came == payload => {
                return fail(
                    "5.5.3",
                    format!(
                        "I sent {which}, and your client sent it back as a Ping (opcode 0x9). The answer is a Pong: 0xA."
                    ),
                );
            }
            Some(Control::Close { .. }) => {
                return fail(
                    "5.5.2",
                    format!("I sent {which}, and your client sent a Close."),
                );
            }
            _ => {}
        }
        let said = note.message.as_ref().map(|message| &message.kept.0[..]);
        if said == Some(payload) {
            return fail(
                "5.5.2",
                format!(
                    "I sent {which}, and its bytes came back as a {} message. The answer to a Ping \
                     is a control frame: a Pong, opcode 0xA.",
                    note.name
                ),
            );
        }
    }
}
