//! Task 1: the client checks `Sec-WebSocket-Accept` (RFC 6455 §4.1).
//!
//! Two connections. The first gets a 101 in which only the accept key is wrong: it belongs to
//! another `Sec-WebSocket-Key`. In that case "the client MUST _Fail the WebSocket
//! Connection_" (§4.1): it hangs up, and sends no frame, not even a Close. The second gets the right key, and has to go on.

use crate::tasks::exam::Exam;
use crate::tasks::fault::{Fault, NOT_PASSED, Step, Stop, fail};
use crate::tasks::messages::Instruction;
use crate::websocket::handshake::accept_key;

const FIELD: &str = "Sec-WebSocket-Accept: ";

/// The 101 with an accept key of the right form and the wrong value.
pub(super) fn with_wrong_key(hello: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(hello);
    let Some((before, rest)) = text.split_once(FIELD) else {
        return hello.to_vec();
    };
    let (right, after) = rest.split_once("\r\n").unwrap_or((rest, ""));
    format!("{before}{FIELD}{}\r\n{after}", accept_key(right)).into_bytes()
}

/// The first connection: the client has to hang up.
pub(super) fn refuses_a_wrong_one(exam: &mut Exam<'_>) -> Step<()> {
    exam.wait_for(
        "4.1",
        "your client to hang up, because Sec-WebSocket-Accept in this 101 is wrong",
    );
    let ended = exam.tcp_end();
    if exam.has_read() {
        return sent_something();
    }
    match ended {
        Ok(None) => Ok(()),
        Ok(Some(_)) => sent_something(), // never: a frame has bytes
        Err(Stop::Failed(fault)) => Err(Stop::Failed(Fault {
            what: "Sec-WebSocket-Accept in this 101 was wrong on purpose, and your client did not \
                   hang up. It has to fail the connection at once, without waiting for anything."
                .into(),
            ..fault
        })),
        Err(stop) => Err(stop),
    }
}

fn sent_something() -> Step<()> {
    fail(
        "4.1",
        "Sec-WebSocket-Accept in this 101 was wrong on purpose, and your client went on and sent \
         something. Compute base64(SHA-1(key + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11)) yourself, \
         compare, and hang up without a frame if it differs. Then connect again.",
    )
}

/// §4.1: "The nonce MUST be selected randomly for each connection."
pub(super) fn same_nonce() -> Step<()> {
    Err(Stop::Failed(Fault {
        section: "4.1",
        what:
            "Both connections had the same Sec-WebSocket-Key. It must be 16 random bytes, new for \
               each connection; otherwise an old response could be taken for this one."
                .into(),
        code: NOT_PASSED,
    }))
}

/// The second connection: the client has to go on.
pub(super) fn accepts_the_right_one(exam: &mut Exam<'_>) -> Step<()> {
    let text = "hello";
    let say = Instruction::Say {
        text,
        message: "Send this text to show that you go on.",
    };
    exam.ask(say, "4.1", "the text \"hello\"")?;
    let message = exam.message()?;
    match message.payload == text.as_bytes() {
        true => Ok(()),
        false => fail(
            "4.1",
            "The accept key was right this time, but your client did not send \"hello\".",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_value_is_wrong_and_its_form_is_right() {
        let right =
            "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nA: b\r\n\r\n";
        let wrong = String::from_utf8(with_wrong_key(right.as_bytes())).expect("text");
        assert_eq!(wrong.len(), right.len());
        assert_ne!(wrong, right);
        assert!(wrong.ends_with("=\r\nA: b\r\n\r\n"), "{wrong}");
    }
}
