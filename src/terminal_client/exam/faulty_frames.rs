//! Frames that break a rule. Where the RFC says that the receiver fails the connection (§5.1, §5.2),
//! the server has to. Other rules bind the sender alone (§5.2, §5.4, §5.5): what the server does then is
//! its choice, as in [`crate::websocket::violations`].

use crate::lens::encode::Frame;
use crate::terminal_client::exam::connection::{frame, key};
use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::judge::failed_the_connection;
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::websocket::frame_header::LengthForm;
use crate::websocket::opcode::{CONTINUATION, PING, TEXT};

pub(super) const PROBES: &[Probe] = &[
    must(
        "unmasked",
        "5.1",
        "closes after a frame that is not masked",
        "Look at the MASK bit; without it, send a Close 1002 and end TCP.",
        unmasked,
    ),
    must(
        "reserved-bits",
        "5.2",
        "fails the connection after RSV1, RSV2 or RSV3",
        "Without an extension, RSV bits other than 0 end the connection with 1002.",
        reserved_bits,
    ),
    must(
        "reserved-opcodes",
        "5.2",
        "fails the connection after a reserved opcode",
        "Opcodes 3 to 7 and 11 to 15 end the connection with 1002.",
        reserved_opcodes,
    ),
    must(
        "non-minimal",
        "5.2",
        "fails the connection after a length in a longer form than needed",
        "You may refuse it with 1002: the RFC tells only the sender to write the shortest form.",
        non_minimal,
    )
    .level(Level::Choice),
    must(
        "lone-continuation",
        "5.4",
        "fails the connection after a continuation of nothing",
        "Refuse opcode 0 with 1002 while no message has begun: you cannot know its type.",
        lone_continuation,
    )
    .level(Level::Choice),
    must(
        "new-message-inside",
        "5.4",
        "fails the connection after a new message inside another",
        "While a message goes on, refuse data frames whose opcode is not 0 with 1002.",
        new_message_inside,
    )
    .level(Level::Choice)
    .named_by(&["together"]),
    must(
        "ping-long",
        "5.5",
        "fails the connection after a Ping of 126 bytes",
        "Control frames have at most 125 bytes: refuse longer ones with 1002.",
        ping_long,
    )
    .level(Level::Choice),
    must(
        "ping-fragmented",
        "5.5",
        "fails the connection after a fragmented Ping",
        "A control frame has FIN 1: refuse one with FIN 0 with 1002.",
        ping_fragmented,
    )
    .level(Level::Choice)
    .named_by(&["together"]),
];

const PLAIN: Frame<'static> = Frame {
    fin: true,
    rsv: 0,
    opcode: TEXT,
    key: None,
    form: None,
    claim: None,
    payload: b"broken",
};

fn break_with(examiner: &Examiner, bytes: &[u8], sent: &str) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    connection.send(bytes);
    Ok(failed_the_connection(
        examiner,
        &mut connection,
        sent,
        &[1002],
    ))
}

/// What a reaction means where no sentence says what the receiver does.
fn choose(examiner: &Examiner, bytes: &[u8], sent: &str) -> Result<Finding, Finding> {
    let found = break_with(examiner, bytes, sent)?;
    Ok(match found.rule {
        // Another code, or no Close at all, is the server's choice as well.
        Some((Level::Should, _)) => Finding::passed(sent, found.read),
        _ => found,
    })
}

/// The first that was not answered rightly, or the last.
fn each(
    examiner: &Examiner,
    all: impl Iterator<Item = (Vec<u8>, String)>,
) -> Result<Finding, Finding> {
    let mut last = Finding::inconclusive("", "");
    for (bytes, sent) in all {
        let finding = break_with(examiner, &bytes, &sent)?;
        if finding.outcome == crate::terminal_client::exam::verdict::Outcome::Failed {
            return Ok(finding);
        }
        last = finding;
    }
    Ok(last)
}

fn unmasked(examiner: &Examiner) -> Result<Finding, Finding> {
    break_with(examiner, &PLAIN.encode(), "a text frame with MASK 0")
}

fn reserved_bits(examiner: &Examiner) -> Result<Finding, Finding> {
    let bits = [
        (4, TEXT, "a text frame with RSV1"),
        (2, TEXT, "a text frame with RSV2"),
        (1, TEXT, "a text frame with RSV3"),
        (4, PING, "a Ping with RSV1"),
    ];
    each(
        examiner,
        bits.into_iter().map(|(rsv, opcode, sent)| {
            let frame = Frame {
                rsv,
                opcode,
                key: Some(key()),
                ..PLAIN
            };
            (frame.encode(), sent.to_owned())
        }),
    )
}

fn reserved_opcodes(examiner: &Examiner) -> Result<Finding, Finding> {
    let opcodes = [0x3, 0x7, 0xB, 0xF].into_iter();
    each(
        examiner,
        opcodes.map(|opcode| {
            let frame = Frame {
                opcode,
                key: Some(key()),
                ..PLAIN
            };
            (frame.encode(), format!("a frame with opcode {opcode}"))
        }),
    )
}

fn non_minimal(examiner: &Examiner) -> Result<Finding, Finding> {
    let form = Some(LengthForm::Bits16);
    let frame = Frame {
        form,
        key: Some(key()),
        ..PLAIN
    };
    choose(
        examiner,
        &frame.encode(),
        "the length 6 written as 126, 0, 6",
    )
}

fn lone_continuation(examiner: &Examiner) -> Result<Finding, Finding> {
    let bytes = frame(true, CONTINUATION, b"of what?");
    choose(
        examiner,
        &bytes,
        "a continuation frame where no message has begun",
    )
}

fn new_message_inside(examiner: &Examiner) -> Result<Finding, Finding> {
    let bytes = [frame(false, TEXT, b"begun"), frame(true, TEXT, b"another")].concat();
    choose(
        examiner,
        &bytes,
        "a text frame with FIN 0, then a text frame with FIN 1",
    )
}

fn ping_long(examiner: &Examiner) -> Result<Finding, Finding> {
    choose(
        examiner,
        &frame(true, PING, &[b'p'; 126]),
        "a Ping of 126 bytes",
    )
}

fn ping_fragmented(examiner: &Examiner) -> Result<Finding, Finding> {
    let bytes = [
        frame(false, PING, b"half"),
        frame(true, CONTINUATION, b"half"),
    ]
    .concat();
    choose(examiner, &bytes, "a Ping with FIN 0, then a continuation")
}
