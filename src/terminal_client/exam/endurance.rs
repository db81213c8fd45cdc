//! Large messages, frames that only claim to be large, and several connections (§10.4).

use crate::lens::encode::Frame;
use crate::terminal_client::exam::connection::{Event, key};
use crate::terminal_client::exam::examiner::{Echo, Examiner};
use crate::terminal_client::exam::frames::pattern;
use crate::terminal_client::exam::judge::{bytes, code, message, words};
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::websocket::opcode::{BINARY, PING};

/// Size of the large message: many receive buffers, and no trouble for any machine.
const LARGE: usize = 1024 * 1024;
/// Connections at once.
const AT_ONCE: usize = 4;

pub(super) const PROBES: &[Probe] = &[
    must(
        "large",
        "10.4",
        "echoes a message of 1 MiB, or closes with 1009",
        "Read on until the frame is complete, or refuse its length with 1009.",
        large,
    )
    .needs(&["length-64"])
    .echo(),
    must(
        "huge-claim",
        "10.4",
        "survives a frame that claims 2^63 - 1 bytes",
        "Do not allocate what a header claims: refuse it with 1009, or grow as bytes arrive.",
        huge_claim,
    ),
    must(
        "hang-up",
        "4.2.2",
        "accepts others after a client is gone in the middle of a frame",
        "The end of TCP ends one connection: go on with the others.",
        hang_up,
    ),
    must(
        "at-once",
        "4.2.2",
        "serves several connections at once",
        "Give each connection a thread, or wait for all of them together.",
        at_once,
    )
    .level(Level::Choice)
    .needs(&["ping"]),
];

fn large(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let payload = pattern(LARGE);
    connection.frame(BINARY, &payload);
    let sent = "a binary message of 1048576 bytes";
    let then = connection.end_of_message();
    // A server that sends messages of its own may send some before the echo.
    let event = loop {
        match message(&mut connection, then) {
            Ok(message) if message.payload == payload => {
                return Ok(Finding::passed(sent, bytes(&message.payload)));
            }
            Ok(message) if examiner.echo != Echo::AmongOthers => {
                let read = bytes(&message.payload);
                return Ok(Finding::failed(sent, read).by(Level::Must, "5.2"));
            }
            Ok(_) => {}
            Err(event) => break event,
        }
    };
    Ok(match event {
        Event::Frame(frame) if code(&frame) == Some(1009) => {
            Finding::passed(sent, words(&Event::Frame(frame)))
        }
        // A slow server is no wrong one, and how long a mebibyte may take is said nowhere.
        Event::Silence { .. } => Finding::inconclusive(sent, words(&event)),
        _ => Finding::failed(sent, words(&event)).by(Level::Should, "7.1.7"),
    })
}

/// Whether a new connection can be opened.
fn survives(examiner: &Examiner, sent: &str) -> Finding {
    match examiner.open() {
        Ok(_) => Finding::passed(sent, "a new connection is accepted"),
        Err(finding) => Finding::failed(
            sent,
            format!("no new connection is accepted afterwards: {}", finding.read),
        ),
    }
}

fn huge_claim(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let frame = Frame {
        fin: true,
        rsv: 0,
        opcode: BINARY,
        key: Some(key()),
        form: None,
        claim: Some(u64::MAX >> 1),
        payload: b"",
    };
    connection.send(&frame.encode());
    // The server may answer at once; if it waits for the bytes, the next connection shows that it lives.
    let _ = connection.next_within(examiner.wait / 4);
    drop(connection);
    Ok(survives(
        examiner,
        "the header 82 ff 7f ff ff ff ff ff ff ff and no payload",
    ))
}

fn hang_up(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    connection.send(b"\x81\xfe\x01");
    drop(connection);
    Ok(survives(
        examiner,
        "3 bytes of a frame, then the end of TCP",
    ))
}

fn at_once(examiner: &Examiner) -> Result<Finding, Finding> {
    let sent = format!("{AT_ONCE} connections at once, a Ping on each");
    let mut all = Vec::new();
    for number in 1..=AT_ONCE {
        match examiner.open() {
            Ok(connection) => all.push(connection),
            Err(found) => {
                return Ok(Finding::failed(
                    sent,
                    format!("connection {number}: {}", found.read),
                ));
            }
        }
    }
    for (at, connection) in all.iter_mut().enumerate().rev() {
        connection.frame(PING, b"");
        let event = connection.until(|frame| frame.header.opcode != PING);
        if !matches!(event, Event::Frame(_)) {
            let number = at + 1;
            return Ok(Finding::failed(
                sent,
                format!("connection {number}: {}", words(&event)),
            ));
        }
    }
    Ok(Finding::passed(sent, "an answer on each"))
}
