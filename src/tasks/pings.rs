//! Task 4: a Ping is answered (RFC 6455 §5.5.2, §5.5.3).
//!
//! Five Pings: with random bytes, with none, with the maximum of 125, after an unsolicited Pong,
//! and between the fragments of a message. Each Pong has to carry the bytes
//! of its Ping.

use crate::lens::note::{Control, Hex};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Step, fail};
use crate::tasks::fragments::fragment;
use crate::tasks::messages::Instruction;
use crate::websocket::frame;

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    let message = "I send five Pings. Answer each with a Pong that carries the same bytes. The \
                   verdict follows.";
    exam.ask(Instruction::Pong { message }, "5.5.2", "a Pong")?;
    // Random bytes that come back as text are hardly ever UTF-8, but that is not the fault.
    exam.accept_any_text();
    let eight = exam.random::<8>()?;
    ping(exam, &eight, "a Ping with 8 bytes")?;
    ping(exam, &[], "an empty Ping")?;
    let most = exam.random::<125>()?;
    ping(exam, &most, "a Ping with 125 bytes, the maximum")?;

    // §5.5.3: "A response to an unsolicited Pong frame is not expected."
    exam.send(&frame::pong(&exam.random::<4>()?))?;
    let after = exam.random::<6>()?;
    ping(exam, &after, "a Ping after an unsolicited Pong")?;

    // §5.4: control frames "MAY be injected in the middle of a fragmented message".
    exam.send(&fragment(
        false,
        0x1,
        b"{\"type\":\"note\",\"message\":\"in two ",
    ))?;
    let between = exam.random::<16>()?;
    let which = "a Ping between two fragments of a message";
    let answered = ping(exam, &between, which);
    exam.send(&fragment(true, 0x0, b"fragments\"}"))?;
    answered
}

/// Sends a Ping and waits for its Pong.
fn ping(exam: &mut Exam<'_>, payload: &[u8], which: &'static str) -> Step<()> {
    exam.send(&frame::ping(payload))?;
    exam.wait_for("5.5.2", format!("the Pong to {which}"));
    loop {
        let note = exam.frame()?;
        match &note.control {
            Some(Control::Pong { payload: Hex(came) }) if came == payload => return Ok(()),
            Some(Control::Pong { payload: Hex(came) }) => {
                return wrong_pong(which, payload, came);
            }
            Some(Control::Ping { payload: Hex(came) }) if came == payload => {
                return fail(
                    "5.5.3",
                    format!(
                        "I sent {which}, and your client sent it back as a Ping (opcode 0x9). The \
                         answer is a Pong: 0xA."
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
        let echoed = note.message.as_ref().map(|message| &message.kept.0[..]);
        if echoed == Some(payload) {
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

/// A Pong that carries other data than the Ping.
fn wrong_pong(which: &str, sent: &[u8], came: &[u8]) -> Step<()> {
    let sent = Hex(sent.to_vec()).spaced();
    let came = match came {
        [] => "nothing".into(),
        came => Hex(came.to_vec()).spaced(),
    };
    fail(
        "5.5.3",
        format!(
            "I sent {which} ({sent}), and a Pong came with other data ({came}). A Pong carries the \
             data of the Ping that it answers, byte for byte; a Pong itself gets no answer."
        ),
    )
}
