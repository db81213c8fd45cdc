//! Task 6: closing (RFC 6455 §5.5.1, §7.1.1, §7.1.2), begun by either end.
//!
//! Two connections. On the first the server sends a Close: the client answers with the same code,
//! sends nothing more, and lets the server end TCP first. On the second the client begins, and
//! waits for the answer: the verdict comes before it, for whoever has sent a Close still reads.

use super::exam::{Exam, Watched};
use super::fault::{Step, Stop, TCP_ENDED, fail};
use super::saying::Do;
use crate::lens::note::{Control, FrameNote, Hex};

/// The connection that this is.
pub fn sit(exam: &mut Exam<'_>) -> Step<()> {
    match exam.part() {
        1 => answers(exam),
        _ => begins(exam),
    }
}

/// The server closes.
fn answers(exam: &mut Exam<'_>) -> Step<()> {
    // Private use (§7.4.2): no library answers with it by itself.
    let [high, low] = exam.random::<2>()?;
    let code = 4000 + u16::from_be_bytes([high, low]) % 1000;
    let message = "I send a Close now. Answer it with a Close of the same code, send nothing more, \
                   and wait until I end TCP. Then connect again for the second half.";
    exam.ask(Do::Wait { message }, "5.5.1", "your Close")?;
    exam.close(code, "the first half of task 6")?;
    exam.wait_for("5.5.1", format!("your Close in answer to mine ({code})"));
    let (came, _) = next_close(exam)?;
    if came != Some(code) {
        let came = came.map_or("no code".into(), |came| came.to_string());
        return fail(
            "5.5.1",
            format!(
                "I closed with {code}, and your Close says {came}. An endpoint typically echoes the \
                 status code that it received, and this task wants it: the first two bytes of the \
                 payload, the most significant first."
            ),
        );
    }
    nothing_more(exam)
}

/// The client closes.
fn begins(exam: &mut Exam<'_>) -> Step<()> {
    let reason = format!("bye {}", Hex(exam.random::<3>()?.to_vec()));
    let ask = Do::Close {
        code: 1000,
        reason: &reason,
        message: "Send a Close with this code and reason. Then only read: a verdict comes, my \
                  Close, and the end of TCP.",
    };
    exam.ask(ask, "5.5.1", "your Close with code 1000")?;
    let (code, came) = next_close(exam)?;
    if code != Some(1000) || came != reason {
        let code = code.map_or("no code".into(), |code| code.to_string());
        return fail(
            "5.5.1",
            format!(
                "I asked for a Close with 1000 and {reason:?}, and yours says {code} and {came:?}. \
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
                    "TCP ended without a Close of your client. Both ends send one: who receives a \
                     Close and has sent none MUST send a Close in response.",
                );
            }
            other => other?,
        };
        if let Some(Control::Close { code, reason, .. }) = note.control {
            return Ok((code, reason));
        }
    }
}

/// Behind its Close the client says nothing, and leaves the end of TCP to the server.
fn nothing_more(exam: &mut Exam<'_>) -> Step<()> {
    match exam.watch()? {
        None => Ok(()),
        Some(Watched::End) => fail(
            "7.1.1",
            "Your client ended TCP as soon as it had sent its Close. Wait for the server: it closes \
             TCP first, so that it is the one to hold TIME_WAIT and your last bytes are not lost.",
        ),
        Some(Watched::Frame(note)) => fail("5.5.1", after(&note)),
    }
}

fn after(note: &FrameNote) -> String {
    format!(
        "A {} frame came behind your Close. The Close is the last frame that an endpoint sends.",
        note.name
    )
}
