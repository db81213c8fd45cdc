//! Task 6: closing (RFC 6455 §5.5.1, §7.1.1, §7.1.2), begun by either end.
//!
//! Two connections. On the first the server sends a Close: the client answers it and sends nothing
//! more. On the second the client begins, and waits for the answer. The verdict comes before that
//! answer: an endpoint that has sent a Close still reads.

use crate::lens::note::{Control, FrameNote, Hex};
use crate::tasks::exam::{Exam, Unexpected};
use crate::tasks::fault::{Fault, Step, Stop, describe, fail};
use crate::tasks::hints::{Wanted, is_data, of_code};
use crate::tasks::laws::{
    ANSWER_CLOSE, CLOSE_BODY, CLOSED, ECHOED_CODE, LAST_FRAME, Law, SERVER_ENDS_TCP, UNSOLICITED,
};
use crate::tasks::masking::fail_if_masked_wrongly;
use crate::tasks::messages::Instruction;
use crate::websocket::rules::Rule;

/// The exam of this connection.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    match exam.part() {
        1 => server_begins(exam),
        _ => client_begins(exam),
    }
}

/// The server sends the first Close.
fn server_begins(exam: &mut Exam<'_>) -> Step<()> {
    let [high, low] = exam.random::<2>()?;
    let code = private_code(u16::from_be_bytes([high, low]));
    let message = "I send a Close now. Answer it with a Close of the same code, send nothing more, \
                   and wait until I end TCP. Then connect again for the second part.";
    exam.ask(Instruction::Wait { message }, ANSWER_CLOSE, "your Close")?;
    exam.close(code, "the first part of task 6")?;
    let expected = format!("your Close in answer to mine ({code})");
    let wanted = Wanted {
        code: Some(code),
        ..Wanted::default()
    };
    let (came, note) = next_close(exam, expected, wanted)?;
    if came != Some(code) {
        if let Some(came) = came
            && let Some((law, words)) = of_code(came, &note.payload.0, Some(code))
        {
            return fail(law, format!("I read {}. {words}", describe(&note)));
        }
        let came = came.map_or("no code".into(), |came| format!("the code {came}"));
        exam.seen.remark(
            ECHOED_CODE,
            format!("I closed with {code}, and your Close has {came}. Usual is to echo the code."),
        );
    }
    match nothing_more(exam, CLOSED)? {
        Ended::Waits => {}
        Ended::Tcp => exam.seen.remark(
            SERVER_ENDS_TCP,
            "Your client ended TCP first, after both Closes. It may, but should wait for the server: \
             who ends TCP first holds TIME_WAIT.",
        ),
    }
    Ok(())
}

/// A code for private use (§7.4.2), which no library would choose by itself, and whose bytes differ,
/// so that their order shows.
fn private_code(random: u16) -> u16 {
    let code = 4000 + random % 999;
    code + u16::from(code == code.swap_bytes())
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
    exam.ask(ask, CLOSE_BODY, "your Close with code 1000")?;
    let body = [&1000_u16.to_be_bytes()[..], reason.as_bytes()].concat();
    let wanted = Wanted {
        code: Some(1000),
        close: body.clone(),
        ..Wanted::default()
    };
    let (code, note) = next_close(exam, "your Close with code 1000".into(), wanted)?;
    fail_if_masked_wrongly(std::slice::from_ref(&note), &note.payload.0, &body)?;
    let came = note.payload.0.get(2..).unwrap_or_default();
    if code != Some(1000) || came != reason.as_bytes() {
        let code = code.map_or("no code".into(), |code| code.to_string());
        return fail(
            CLOSE_BODY.by_choice(),
            format!(
                "I asked for a Close with 1000 and {reason:?}, and yours has {code} and {:?}: its \
                 payload is {}. It is legal, and not what was asked for: the code in two bytes, the \
                 most significant first, and then the reason in UTF-8.",
                String::from_utf8_lossy(came),
                match &note.payload.0[..] {
                    [] => "empty".into(),
                    _ => note.payload.spaced(),
                }
            ),
        );
    }
    match nothing_more(exam, LAST_FRAME)? {
        Ended::Waits => Ok(()),
        Ended::Tcp => fail(
            SERVER_ENDS_TCP,
            "Your client ended TCP as soon as it had sent its Close, and before mine came. A client \
             may end TCP once both Closes are there, and should leave it to the server even then: \
             your last bytes may be lost, and you never learn how the other end closed.",
        ),
    }
}

/// The client's Close, and its code.
fn next_close(
    exam: &mut Exam<'_>,
    expected: String,
    wanted: Wanted,
) -> Step<(Option<u16>, FrameNote)> {
    exam.wait_for(ANSWER_CLOSE, expected);
    exam.wants(wanted);
    loop {
        let note = match exam.frame() {
            Err(Stop::Failed(fault)) if fault.unheard => {
                return Err(Stop::Failed(Fault {
                    law: ANSWER_CLOSE,
                    what: format!(
                        "TCP ended without a Close from your client. Both ends send one. {}",
                        fault.what
                    ),
                    ..fault
                }));
            }
            other => other?,
        };
        if let Some(Control::Close { code, .. }) = note.control {
            return Ok((code, note));
        }
    }
}

/// How a client goes on after its Close.
enum Ended {
    /// It waits for the end of TCP.
    Waits,
    /// It has ended TCP.
    Tcp,
}

/// After its Close the client must send no data and no second Close. `law` is about the latter.
fn nothing_more(exam: &mut Exam<'_>, law: Law) -> Step<Ended> {
    loop {
        let note = match exam.expect_silence()? {
            None => return Ok(Ended::Waits),
            Some(Unexpected::End) => return Ok(Ended::Tcp),
            Some(Unexpected::Frame(note)) => note,
        };
        let frame = describe(&note);
        if matches!(note.control, Some(Control::Close { .. })) {
            return fail(
                law,
                format!(
                    "I read {frame}, a second Close. Each end sends one: a Close that answers yours \
                     gets no answer."
                ),
            );
        }
        if is_data(&note) || note.faults.contains(&Rule::DataAfterClose) {
            return fail(
                LAST_FRAME,
                format!(
                    "I read {frame} after your Close. The Close is the last frame that an endpoint \
                     sends."
                ),
            );
        }
        let what =
            format!("I read {frame} after your Close. The sentence forbids data frames alone.");
        let is_pong = matches!(note.control, Some(Control::Pong { .. }));
        let law = if is_pong {
            UNSOLICITED
        } else {
            LAST_FRAME.by_choice()
        };
        exam.seen.remark(law, what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::rules::judge_close_code;

    #[test]
    fn the_order_of_bytes_shows_in_every_private_code() {
        for random in 0..=u16::MAX {
            let code = private_code(random);
            assert!(
                (4000..5000).contains(&code) && code != code.swap_bytes(),
                "{code}"
            );
            assert_eq!(judge_close_code(code), None);
        }
    }
}
