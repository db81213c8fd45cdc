//! Task 1: the client checks `Sec-WebSocket-Accept` (RFC 6455 §4.1).
//!
//! Two connections. The first gets a 101 in which only the accept value is wrong, and only in the case
//! of its letters: base64 tells `a` from `A`. That finds a client that compares without regard to
//! case as well as one that does not compare. "If […] the |Sec-WebSocket-Accept| contains a value
//! other than the base64-encoded SHA-1 […], the client MUST _Fail the WebSocket Connection_": it hangs
//! up, and sends no frame, not even a Close. The second gets the right value, and has to go on.

use crate::tasks::exam::Exam;
use crate::tasks::fault::{Fault, Step, Stop, fail};
use crate::tasks::laws::{ACCEPT, ESTABLISHED, SAME_TYPE};
use crate::tasks::masking::fail_if_masked_wrongly;
use crate::tasks::messages::Instruction;
use crate::tasks::texts_messages as texts;
use crate::tasks::words::{Words, quoted, quoted_bytes};
use crate::websocket::handshake::accept_key;

const FIELD: &str = "Sec-WebSocket-Accept: ";

/// The 101 with an accept value that is wrong in the case of its letters alone.
pub(super) fn with_wrong_case(hello: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(hello);
    let Some((before, rest)) = text.split_once(FIELD) else {
        return hello.to_vec();
    };
    let (right, after) = rest.split_once("\r\n").unwrap_or((rest, ""));
    let other_case = |c: char| match c.is_ascii_uppercase() {
        true => c.to_ascii_lowercase(),
        false => c.to_ascii_uppercase(),
    };
    let wrong: String = right.chars().map(other_case).collect();
    // A value without a letter is possible, and will not be seen.
    let wrong = if wrong == right {
        accept_key(right)
    } else {
        wrong
    };
    format!("{before}{FIELD}{wrong}\r\n{after}").into_bytes()
}

/// The first connection: the client has to hang up. `sent` is the 101 that it got, `key` its own.
pub(super) fn refuses_a_wrong_one(exam: &mut Exam<'_>, sent: &[u8], key: &str) -> Step<()> {
    exam.wait_for(ACCEPT, texts::HANG_UP);
    let ended = exam.tcp_end();
    let sent = String::from_utf8_lossy(sent);
    let value = sent.split_once(FIELD).map_or("", |(_, rest)| rest);
    let value = value.split("\r\n").next().unwrap_or_default();
    let difference = texts::WRONG_ACCEPT.with(&[
        ("value", &value),
        ("key", &key),
        ("right", &accept_key(key)),
    ]);
    let ended = match (exam.bytes_read(), ended) {
        (Some(bytes), _) => return sent_something(difference, &bytes),
        (None, ended) => ended,
    };
    match ended {
        Ok(_) => Ok(()),
        Err(Stop::Failed(fault)) => Err(Stop::Failed(Fault {
            what: difference.then(texts::DID_NOT_HANG_UP),
            ..fault
        })),
        Err(stop) => Err(stop),
    }
}

fn sent_something(difference: Words, bytes: &str) -> Step<()> {
    let went_on = texts::WENT_ON.with(&[("bytes", &bytes)]);
    fail(ACCEPT, difference.then(went_on))
}

/// The second connection: the client has to go on.
pub(super) fn accepts_the_right_one(exam: &mut Exam<'_>) -> Step<()> {
    let text = "hello";
    let say = Instruction::Say {
        text,
        message: texts::SAY_HELLO.of(exam.language),
    };
    exam.accept_any_text();
    exam.ask(
        say,
        ESTABLISHED,
        texts::THE_TEXT.with(&[("text", &quoted(text))]),
    )?;
    let message = exam.message().map_err(|stop| match stop {
        Stop::Failed(fault) if fault.unheard => Stop::Failed(Fault {
            what: Words::from(texts::REFUSED_RIGHT).then(fault.what),
            ..fault
        }),
        stop => stop,
    })?;
    if message.payload == text.as_bytes() {
        if message.kind != "text" {
            exam.seen
                .remark(SAME_TYPE, texts::IS_BINARY.with(&[("text", &quoted(text))]));
        }
        return Ok(());
    }
    fail_if_masked_wrongly(&message.frames, &message.payload, text.as_bytes())?;
    fail(
        ESTABLISHED,
        texts::NOT_HELLO.with(&[("read", &quoted_bytes(&message.payload))]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_case_of_the_value_is_wrong() {
        let right =
            "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nA: b\r\n\r\n";
        let wrong = String::from_utf8(with_wrong_case(right.as_bytes())).expect("text");
        assert_eq!(
            wrong,
            "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: S3PplmbItXAq9KygZZHzrBk+XoO=\r\nA: b\r\n\r\n"
        );
    }
}
