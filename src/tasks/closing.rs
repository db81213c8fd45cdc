//! Task 6: closing (RFC 6455 §5.5.1, §7.1.1, §7.1.2), begun by either end.
//!
//! Two connections. On the first the server sends a Close: the client answers it and sends nothing
//! more. On the second the client begins, and waits for the answer. The verdict comes before that
//! answer: an endpoint that has sent a Close still reads.

use crate::lens::note::{Control, FrameNote, Hex};
use crate::tasks::exam::{Exam, Unexpected};
use crate::tasks::fault::{Fault, Step, Stop, code_words, describe, fail};
use crate::tasks::hints::{Wanted, is_data, of_close, of_code};
use crate::tasks::laws::{
    ANSWER_CLOSE, CLOSE_BODY, CLOSED, ECHOED_CODE, LAST_FRAME, Law, SERVER_ENDS_TCP, UNSOLICITED,
};
use crate::tasks::masking::fail_if_masked_wrongly;
use crate::tasks::messages::Instruction;
use crate::tasks::texts_control as texts;
use crate::tasks::texts_frames::READ_AND;
use crate::tasks::words::{Text, Words, quoted, quoted_bytes};
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
    let message = texts::CLOSE_COMES.of(exam.language);
    let wait = Instruction::Wait { message };
    exam.ask(wait, ANSWER_CLOSE, texts::YOUR_CLOSE)?;
    exam.close(code, texts::CLOSE_REASON.of(exam.language))?;
    let expected = texts::CLOSE_IN_ANSWER.with(&[("code", &code)]);
    let wanted = Wanted {
        code: Some(code),
        ..Wanted::default()
    };
    let (came, note) = next_close(exam, expected, wanted.clone())?;
    if came != Some(code) {
        // A usual code was meant, whatever its bytes look like.
        let hint = match came {
            Some(came @ 1000..1015) => of_code(came, &note.payload.0, Some(code)),
            _ => of_close(&note, &wanted),
        };
        if let Some((law, words)) = hint {
            let read = READ_AND.with(&[("frame", &describe(&note)), ("mistake", &words)]);
            return fail(law, read);
        }
        exam.seen.remark(
            ECHOED_CODE,
            texts::OTHER_CODE.with(&[("code", &code), ("came", &code_words(came))]),
        );
    }
    match nothing_more(exam, CLOSED)? {
        Ended::Waits => {}
        Ended::Tcp => exam.seen.remark(SERVER_ENDS_TCP, texts::TCP_FIRST),
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
        message: texts::YOU_CLOSE.of(exam.language),
    };
    exam.ask(ask, CLOSE_BODY, texts::CLOSE_1000)?;
    let body = [&1000_u16.to_be_bytes()[..], reason.as_bytes()].concat();
    let wanted = Wanted {
        code: Some(1000),
        close: body.clone(),
        ..Wanted::default()
    };
    let (code, note) = next_close(exam, texts::CLOSE_1000.into(), wanted)?;
    fail_if_masked_wrongly(std::slice::from_ref(&note), &note.payload.0, &body)?;
    let came = note.payload.0.get(2..).unwrap_or_default();
    if code != Some(1000) || came != reason.as_bytes() {
        return fail(
            CLOSE_BODY.by_choice(),
            texts::OTHER_CLOSE.with(&[
                ("reason", &quoted(&reason)),
                ("code", &code_words(code)),
                ("came", &quoted_bytes(came)),
                (
                    "payload",
                    &match &note.payload.0[..] {
                        [] => texts::NOTHING.into(),
                        _ => Words::same(&note.payload.spaced()),
                    },
                ),
            ]),
        );
    }
    match nothing_more(exam, LAST_FRAME)? {
        Ended::Waits => Ok(()),
        Ended::Tcp => fail(SERVER_ENDS_TCP, texts::TCP_AT_ONCE),
    }
}

/// The client's Close, and its code.
fn next_close(
    exam: &mut Exam<'_>,
    expected: Words,
    wanted: Wanted,
) -> Step<(Option<u16>, FrameNote)> {
    exam.wait_for(ANSWER_CLOSE, expected);
    exam.wants(wanted);
    loop {
        let note = match exam.frame() {
            Err(Stop::Failed(fault)) if fault.unheard => {
                return Err(Stop::Failed(Fault {
                    law: ANSWER_CLOSE,
                    what: Words::from(texts::NO_CLOSE).then(fault.what),
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
        let read = |text: Text| text.with(&[("frame", &describe(&note))]);
        if matches!(note.control, Some(Control::Close { .. })) {
            return fail(law, read(texts::SECOND_CLOSE));
        }
        if is_data(&note) || note.faults.contains(&Rule::DataAfterClose) {
            return fail(LAST_FRAME, read(texts::DATA_AFTER_CLOSE));
        }
        let what = read(texts::CONTROL_AFTER_CLOSE);
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
