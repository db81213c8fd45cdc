//! Right frames: types, lengths, masks, and TCP segments (§5.2, §5.3).

use crate::lens::encode;
use crate::terminal_client::exam::connection::frame;
use crate::terminal_client::exam::examiner::Examiner;
use crate::terminal_client::exam::judge::{echoed, expect_echo};
use crate::terminal_client::exam::probe::{Probe, must};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::websocket::opcode::{BINARY, TEXT};

pub(super) const PROBES: &[Probe] = &[
    must(
        "text",
        "5.6",
        "echoes a short text as text",
        "Unmask the payload: byte i XOR byte i mod 4 of the key. Send it back with opcode 1.",
        text,
    )
    .echo(),
    must(
        "binary",
        "5.6",
        "echoes binary data as binary",
        "Keep the opcode of the message: 2 for binary.",
        binary,
    )
    .needs(&["text"])
    .echo(),
    must(
        "keys",
        "5.3",
        "unmasks with any key, also with 00 00 00 00",
        "Read the key of each frame: no key is special.",
        keys,
    )
    .needs(&["text"])
    .echo(),
    must(
        "bytewise",
        "5.2",
        "reads a frame that comes byte by byte",
        "Read until the frame is complete: one read is not one frame.",
        bytewise,
    )
    .needs(&["text"])
    .echo(),
    must(
        "together",
        "5.2",
        "reads several frames that come at once",
        "Go on with the bytes behind a frame: they are the next one.",
        together,
    )
    .needs(&["text"])
    .echo(),
    must(
        "length-7",
        "5.2",
        "reads and writes lengths up to 125",
        "Up to 125, the 7 bits are the length themselves.",
        |e| lengths(e, &[0, 1, 125]),
    )
    .needs(&["text"])
    .echo(),
    must(
        "length-16",
        "5.2",
        "reads and writes lengths from 126 to 65535",
        "Behind 126 follow two bytes, the highest first.",
        |e| lengths(e, &[126, 127, 32768, 65535]),
    )
    .needs(&["text", "bytewise"])
    .echo(),
    must(
        "length-64",
        "5.2",
        "reads and writes lengths from 65536",
        "Behind 127 follow eight bytes, the highest first.",
        |e| lengths(e, &[65536]),
    )
    .needs(&["length-16"])
    .echo(),
    must(
        "split-length",
        "5.2",
        "reads a frame whose length is split between two segments",
        "Wait until the whole header is there.",
        split_length,
    )
    .needs(&["length-16"])
    .echo(),
];

/// Printable bytes of which no two neighbours of four are equal, so that shifts show.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| b'0' + (i * 7 % 71) as u8).collect()
}

fn text(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let read = expect_echo(examiner, &mut connection, TEXT, "Grüße, 你好".as_bytes())?;
    Ok(Finding::passed("the text \"Grüße, 你好\"", read))
}

fn binary(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let payload: Vec<u8> = (0..=99).chain(200..=205).collect();
    let read = expect_echo(examiner, &mut connection, BINARY, &payload)?;
    Ok(Finding::passed("bytes that are no UTF-8", read))
}

fn lengths(examiner: &Examiner, all: &[usize]) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    for length in all {
        expect_echo(examiner, &mut connection, TEXT, &pattern(*length)).map_err(|finding| {
            Finding::failed(format!("a text of {length} bytes"), finding.read)
        })?;
    }
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    let sent = format!("texts of {} bytes", all.join(", "));
    Ok(Finding::passed(sent, "the same bytes"))
}

fn keys(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    for key in [[0; 4], [0xFF; 4], [1, 2, 3, 4], [0x80, 0, 0, 0x7F]] {
        let payload = b"which key was it?";
        connection.send(&encode::frame(true, TEXT, payload, key));
        let sent = format!("a text with the masking key {key:02x?}");
        echoed(examiner, &mut connection, TEXT, payload)
            .map_err(|read| Finding::failed(sent, read))?;
    }
    Ok(Finding::passed(
        "4 texts with 4 keys, one of them zero",
        "the same bytes",
    ))
}

fn bytewise(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let payload = b"byte by byte";
    for byte in frame(true, TEXT, payload) {
        connection.send(&[byte]);
    }
    answer(examiner, connection, payload, "a text frame, byte by byte")
}

fn split_length(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let payload = pattern(300);
    let bytes = frame(true, TEXT, &payload);
    for part in [&bytes[..3], &bytes[3..7], &bytes[7..]] {
        connection.send(part);
    }
    let sent = "a text of 300 bytes, cut after 3 and after 7 bytes of its frame";
    answer(examiner, connection, &payload, sent)
}

fn answer(
    examiner: &Examiner,
    mut connection: crate::terminal_client::exam::connection::Connection,
    payload: &[u8],
    sent: &str,
) -> Result<Finding, Finding> {
    let read = echoed(examiner, &mut connection, TEXT, payload);
    Ok(match read {
        Ok(read) => Finding::passed(sent, read),
        Err(read) => Finding::failed(sent, read),
    })
}

fn together(examiner: &Examiner) -> Result<Finding, Finding> {
    let mut connection = examiner.open()?;
    let texts: [&[u8]; 3] = [b"one", b"two", b"three"];
    let bytes: Vec<Vec<u8>> = texts.iter().map(|text| frame(true, TEXT, text)).collect();
    connection.send(&bytes.concat());
    for (at, text) in texts.iter().enumerate() {
        echoed(examiner, &mut connection, TEXT, text).map_err(|read| {
            let which = at + 1;
            Finding::failed(
                "3 texts in one segment",
                format!("for number {which}: {read}"),
            )
        })?;
    }
    Ok(Finding::passed("3 texts in one segment", "3 echoes in order").by(Level::Must, "5.2"))
}
