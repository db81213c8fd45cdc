//! Pings and Pongs (§5.5.2, §5.5.3).

use crate::terminal_client::exam::connection::{Event, frame};
use crate::terminal_client::exam::examiner::{Examiner, head};
use crate::terminal_client::exam::judge::{bytes, pong, words};
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::websocket::opcode::{PING, PONG};

pub(super) const PROBES: &[Probe] = &[
    must(
        "ping",
        "5.5.2",
        "answers a Ping",
        "Send a Pong (opcode 10) for each Ping.",
        any,
    ),
    must(
        "ping-payload",
        "5.5.3",
        "repeats the payload of the Ping",
        "Put the payload of the Ping, unmasked, into the Pong.",
        |e| same(e, b"the same bytes"),
    )
    .needs(&["ping"]),
    must(
        "ping-empty",
        "5.5.3",
        "answers a Ping without payload",
        "A Ping may be empty, and so is its Pong.",
        |e| same(e, b""),
    )
    .needs(&["ping"]),
    must(
        "ping-125",
        "5.5.3",
        "answers a Ping of 125 bytes",
        "125 bytes are allowed, also bytes that are no text.",
        |e| same(e, &[0xFE; 125]),
    )
    .needs(&["ping-payload"]),
    must(
        "pong-unsolicited",
        "5.5.3",
        "goes on after a Pong that nobody asked for",
        "Ignore Pongs that answer nothing.",
        unsolicited,
    )
    .needs(&["ping-payload"])
    .named_by(&["together"]),
    must(
        "early-frame",
        "4.1",
        "reads a frame that came together with the request",
        "Keep the bytes behind the head: they belong to the first frame.",
        early_frame,
    )
    .level(Level::Choice)
    .needs(&["ping-payload"]),
];

fn any(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    connection.frame(PING, b"ping");
    let event = connection.until(|frame| frame.header.opcode == PONG);
    let kept = matches!(&event, Event::Frame(frame) if frame.header.opcode == PONG);
    Ok(Finding::when(kept, "a Ping: 70 69 6e 67", words(&event)))
}

fn same(examiner: &Examiner, payload: &[u8]) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    connection.frame(PING, payload);
    let (read, kept) = pong(&mut connection, payload);
    Ok(Finding::when(
        kept,
        format!("a Ping: {}", bytes(payload)),
        read,
    ))
}

fn unsolicited(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    connection.frame(PONG, b"unasked");
    connection.frame(PING, b"still there?");
    let (read, kept) = pong(&mut connection, b"still there?");
    Ok(Finding::when(kept, "a Pong, then a Ping", read))
}

fn early_frame(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.connect()?;
    let bytes = [head(&examiner.right_lines()), frame(true, PING, b"early")].concat();
    connection.send(&bytes);
    let answer = connection.answer();
    let sent = "a Ping in the same segment as the request (a client must wait for the 101)";
    if answer.status != Some(101) {
        return Ok(Finding::failed(sent, answer.words()));
    }
    let (read, kept) = pong(&mut connection, b"early");
    Ok(Finding::when(kept, sent, read))
}
