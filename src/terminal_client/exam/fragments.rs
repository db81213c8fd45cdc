//! Fragmented messages (§5.4).

use crate::terminal_client::exam::connection::frame;
use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::frames::pattern;
use crate::terminal_client::exam::judge::{echoed, pong};
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::Finding;
use crate::websocket::opcode::{CONTINUATION, PING, TEXT};

pub(super) const PROBES: &[Probe] = &[
    must(
        "fragments",
        "5.4",
        "puts two fragments together",
        "Collect payloads until FIN is 1; the type is that of the first fragment.",
        two,
    )
    .needs(&["text", "together"])
    .echo(),
    must(
        "fragments-many",
        "5.4",
        "puts five fragments together, some of them empty",
        "A fragment may be empty, also the first and the last.",
        many,
    )
    .needs(&["fragments"])
    .echo(),
    must(
        "fragments-character",
        "5.6",
        "accepts a character that is cut by a fragment",
        "Check UTF-8 over the whole message and not for each frame.",
        character,
    )
    .needs(&["fragments"])
    .echo(),
    must(
        "fragments-ping",
        "5.4",
        "answers a Ping between two fragments",
        "Control frames come between fragments: answer at once, and keep what you have.",
        ping_between,
    )
    .needs(&["fragments", "ping-payload"])
    .echo(),
];

fn joined(
    examiner: &Examiner,
    opcode: u8,
    parts: &[&[u8]],
    sent: &str,
) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    for (at, part) in parts.iter().enumerate() {
        let opcode = if at == 0 { opcode } else { CONTINUATION };
        connection.send(&frame(at + 1 == parts.len(), opcode, part));
    }
    Ok(
        match echoed(examiner, &mut connection, opcode, &parts.concat()) {
            Ok(read) => Finding::passed(sent, read),
            Err(read) => Finding::failed(sent, read),
        },
    )
}

fn two(examiner: &Examiner) -> Result<Finding, Finding> {
    joined(
        examiner,
        TEXT,
        &[b"Hel", b"lo you"],
        "\"Hel\" with FIN 0, \"lo you\" with FIN 1",
    )
}

fn many(examiner: &Examiner) -> Result<Finding, Finding> {
    // Short enough for seven bits: lengths have verdicts of their own.
    let long = pattern(100);
    joined(
        examiner,
        TEXT,
        &[b"", b"a", &long, b"", b"z"],
        "5 fragments of 0, 1, 100, 0 and 1 bytes",
    )
}

fn character(examiner: &Examiner) -> Result<Finding, Finding> {
    joined(
        examiner,
        TEXT,
        &[b"\xE4\xBD", b"\xA0"],
        "the text \"你\" (e4 bd a0), cut after two bytes",
    )
}

fn ping_between(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    connection.send(&frame(false, TEXT, b"one "));
    connection.frame(PING, b"between");
    let sent = "a fragment, a Ping, the last fragment";
    // The last fragment waits for the Pong: an answer must not wait for the message.
    let (read, kept) = pong(&mut connection, b"between");
    if !kept {
        return Ok(Finding::failed(
            sent,
            format!("before the last fragment: {read}"),
        ));
    }
    connection.send(&frame(true, CONTINUATION, b"two"));
    Ok(match echoed(examiner, &mut connection, TEXT, b"one two") {
        Ok(echo) => Finding::passed(sent, format!("{read}, then {echo}")),
        Err(echo) => Finding::failed(sent, format!("{read}, then {echo}")),
    })
}
