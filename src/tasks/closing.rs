//! Task 6: closing (RFC 6455 §5.5.1, §7.1.1, §7.1.2), begun by either end.
//!
//! Two connections. On the first the server sends a Close: the client answers with the same code,
//! sends nothing more, and lets the server end TCP first. On the second the client begins, and
//! waits for the answer. The verdict comes before that answer: an endpoint that has sent a Close
//! still reads.

use crate::lens::note::{Control, FrameNote, Hex};
use crate::tasks::exam::{Exam, Unexpected};
use crate::tasks::fault::{Step, Stop, TCP_ENDED, fail};
use crate::tasks::messages::Instruction;

/// The exam of this connection.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    match exam.part() {
        1 => server_begins(exam),
        _ => client_begins(exam),
    }
}

/// The server sends the first Close.
fn server_begins(exam: &mut Exam<'_>) -> Step<()> {
    // Private use (§7.4.2): no library would choose this code by itself.
    let [high, low] = exam.random::<2>()?;
    let code = 4000 + u16::from_be_bytes([high, low]) % 1000;
    let message = "I send a Close now. Answer it with a Close of the same code, send nothing more, \
                   and wait until I end TCP. Then connect again for the second part.";
    exam.ask(Instruction::Wait { message }, "5.5.1", "your Close")?;
    exam.close(code, "the first part of task 6")?;
    exam.wait_for("5.5.1", format!("your Close in answer to mine ({code})"));
    let (came, _) = next_close(exam)?;
    if came != Some(code) {
        let came = came.map_or("no code".into(), |came| came.to_string());
        return fail(
            "5.5.1",
            format!(
                "I closed with {code}, and your Close has {came}. An endpoint typically echoes the \
                 status code that it received, and this task requires it: the first two bytes of \
                 the payload, the most significant first."
            ),
        );
    }
    nothing_more(exam)
}

/// The client sends the first Close.
fn client_begins(exam: &mut Exam<'_>) -> Step<()> {
    let reason = format!("bye {}", Hex(exam.random::<3>()?.to_vec()));
    let ask = Instruction::Close {
        code: 1000,
        reason: &reason,
        message: "Send a Close with this code and reason. Then only read: you will get a verdict, \
                  my Close, and the end of TCP.",
    };
    exam.ask(ask, "5.5.1", "your Close with code 1000")?;
    let (code, came) = next_close(exam)?;
    if code != Some(1000) || came != reason {
        let code = code.map_or("no code".into(), |code| code.to_string());
        return fail(
            "5.5.1",
            format!(
                "I asked for a Close with 1000 and {reason:?}, and yours has {code} and {came:?}. \
                 Its payload is the code in two bytes, the most significant first, and then the \
                 reason in UTF-8."
            ),
        );
    }
    nothing_more(exam)
}

/// The code and reason of the client's Close.
fn next_close(exam: &mut Exam<'_>) -> Step<(Option<u16>, String)> {
    loop {
        let note = match exam.frame() {
            Err(Stop::Failed(fault)) if fault.section == TCP_ENDED => {
                return fail(
                    "5.5.1",
                    "TCP ended without a Close from your client. Both ends send one: an endpoint \
                     that receives a Close and has sent none has to send one in response.",
                );
            }
            other => other?,
        };
        if let Some(Control::Close { code, reason, .. }) = note.control {
            return Ok((code, reason));
        }
    }
}

/// After its Close the client must send nothing, and leave the end of TCP to the server.
fn nothing_more(exam: &mut Exam<'_>) -> Step<()> {
    match exam.expect_silence()? {
        None => Ok(()),
        Some(Unexpected::End) => fail(
            "7.1.1",
            "Your client ended TCP as soon as it had sent its Close. Wait for the server: it \
             closes TCP first, so that the server holds TIME_WAIT and your last bytes are not \
             lost.",
        ),
        Some(Unexpected::Frame(note)) => fail("5.5.1", frame_after_close(&note)),
    }
}

fn frame_after_close(note: &FrameNote) -> String {
    format!(
        "A {} frame came after your Close. The Close is the last frame that an endpoint sends.",
        note.name
    )
}
