//! What a reaction means.

use crate::lens::note::Hex;
use crate::terminal_client::exam::connection::{Connection, Event, GRACE, ServerFrame};
use crate::terminal_client::exam::examiner::{Echo, Examiner};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::websocket::frame_header::FrameHeader;
use crate::websocket::opcode::{self, BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
use crate::websocket::rules::{Rule, judge_close_code};
use std::time::Instant;

/// Payload of the Ping that asks whether the server goes on.
const STILL_THERE: &[u8] = b"still there?";
/// Data frames that are read for one message. No server cuts an echo into more.
const MAX_FRAGMENTS: usize = 10_000;
/// Bytes of a payload that a verdict shows.
const SHOWN: usize = 16;

/// Bytes as a verdict shows them.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    match bytes.len() {
        0 => "no bytes".into(),
        1..=SHOWN => Hex(bytes.to_vec()).spaced(),
        length => format!(
            "{} \u{2026} ({length} bytes)",
            Hex(bytes[..SHOWN].to_vec()).spaced()
        ),
    }
}

/// An event as a verdict shows it.
pub(crate) fn words(event: &Event) -> String {
    match event {
        Event::End { reset: false } => "the end of TCP".into(),
        Event::End { reset: true } => "a reset of TCP".into(),
        Event::Silence { partial } if partial.is_empty() => "nothing in time".into(),
        Event::Silence { partial } => {
            let header = FrameHeader::parse(partial);
            let have = partial.len();
            let claims = header.length;
            let mut text = format!(
                "only {have} bytes of a frame that claims a payload of {claims}: {}",
                bytes(partial)
            );
            if let Some(length) = turned(&header) {
                text += &format!("; read with the lowest byte first, the length is {length}");
            }
            text
        }
        Event::Flood => "frames without end, and no answer among them".into(),
        Event::Frame(frame) => match frame.header.opcode {
            CLOSE => close_words(frame),
            other => {
                let name = opcode::name(other);
                let fin = if frame.header.fin { "" } else { " (FIN 0)" };
                format!("a {name} frame{fin}: {}", bytes(&frame.payload))
            }
        },
    }
}

/// The length that somebody meant who wrote the lowest byte first.
fn turned(header: &FrameHeader) -> Option<u64> {
    let turned = match header.form.extended_bytes() {
        2 => u64::from(u16::try_from(header.length).ok()?.swap_bytes()),
        8 => header.length.swap_bytes(),
        _ => return None,
    };
    (turned < header.length).then_some(turned)
}

fn close_words(frame: &ServerFrame) -> String {
    match code(frame) {
        Some(code) => {
            let reason = String::from_utf8_lossy(&frame.payload[2..]);
            format!("a Close {code} {reason:?}")
        }
        None => format!("a Close without a code: {}", bytes(&frame.payload)),
    }
}

/// The code of a Close.
pub(crate) fn code(frame: &ServerFrame) -> Option<u16> {
    let code = frame.payload.first_chunk()?;
    Some(u16::from_be_bytes(*code))
}

/// Whether a code may stand in a Close: not those that MUST NOT be set (§7.4.1).
pub(crate) fn may_be_sent(code: u16) -> bool {
    judge_close_code(code) != Some(Rule::CloseCodeNotForTheWire)
}

/// A message of the server, put together.
pub(crate) struct Message {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

/// The next message, if it ends by then; an error is what came instead.
pub(crate) fn message(connection: &mut Connection, then: Instant) -> Result<Message, Event> {
    let mut begun: Option<Message> = None;
    for _ in 0..MAX_FRAGMENTS {
        let event = connection.until_then(then, |frame| !frame.header.is_control());
        let Event::Frame(frame) = &event else {
            return Err(event);
        };
        match (frame.header.opcode, &mut begun) {
            (CLOSE, _) => return Err(event),
            (CONTINUATION, Some(message)) => message.payload.extend(&frame.payload),
            (opcode, _) => {
                begun = Some(Message {
                    opcode,
                    payload: frame.payload.clone(),
                });
            }
        }
        if frame.header.fin
            && let Some(message) = begun.take()
        {
            return Ok(message);
        }
    }
    Err(Event::Flood)
}

/// Whether the message comes back; an error says what came instead.
pub(crate) fn echoed(
    examiner: &Examiner,
    connection: &mut Connection,
    opcode: u8,
    payload: &[u8],
) -> Result<String, String> {
    let wanted = opcode::name(opcode);
    let length = payload.len();
    let mut seen: Option<String> = None;
    // A server that also sends messages of its own is listened to for longer.
    let most = match examiner.echo {
        Echo::AmongOthers => 20,
        Echo::Yes | Echo::No => 1,
    };
    let then = connection.end_of_message();
    for _ in 0..most {
        let message = match message(connection, then) {
            Ok(message) => message,
            Err(event) => {
                let instead = words(&event);
                let before = seen.map_or(String::new(), |seen| format!(", after {seen}"));
                return Err(format!("instead of the echo, {instead}{before}"));
            }
        };
        let name = opcode::name(message.opcode);
        if message.payload == payload {
            return match message.opcode == opcode {
                true => Ok(format!("the same {length} bytes as a {wanted} message")),
                false => Err(format!(
                    "the same {length} bytes, but as a {name} message (opcode {})",
                    message.opcode
                )),
            };
        }
        let part = difference(payload, &message.payload);
        seen = Some(format!(
            "a {name} message: {}{part}",
            bytes(&message.payload)
        ));
    }
    Err(seen.unwrap_or_default())
}

fn sorted(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.sort_unstable();
    bytes
}

/// How what came back differs from what was sent.
fn difference(sent: &[u8], read: &[u8]) -> String {
    let (s, r) = (sent.len(), read.len());
    if r == s {
        if sorted(sent) == sorted(read) {
            return "; the same bytes in another order".into();
        }
        let keys: Vec<u8> = sent.iter().zip(read).map(|(a, b)| a ^ b).collect();
        let periodic = keys.len() > 4 && keys.iter().zip(&keys[4..]).all(|(a, b)| a == b);
        return match periodic {
            true => format!(
                "; each byte is XORed with the masking key {}: it was not unmasked",
                Hex(keys[..4].to_vec()).spaced()
            ),
            false if seven_bits(s) == Some(r) => TAKEN_FOR_THE_LENGTH.into(),
            false => "; of the right length, with other bytes".into(),
        };
    }
    if r > 0 && sent.starts_with(read) {
        return format!("; only the first {r} of {s} bytes");
    }
    if r > 0 && sent.ends_with(read) {
        return format!("; only the last {r} of {s} bytes");
    }
    if seven_bits(s) == Some(r) {
        return TAKEN_FOR_THE_LENGTH.into();
    }
    format!("; {r} bytes instead of {s}")
}

const TAKEN_FOR_THE_LENGTH: &str = "; it seems that the 7 bits were taken for the length";

/// What the 7 bits say for a length that they cannot hold.
const fn seven_bits(length: usize) -> Option<usize> {
    match length {
        0..=125 => None,
        126..=0xFFFF => Some(126),
        _ => Some(127),
    }
}

/// Sends a message without mistakes and wants it back.
pub(crate) fn expect_echo(
    examiner: &Examiner,
    connection: &mut Connection,
    opcode: u8,
    payload: &[u8],
) -> Result<String, Finding> {
    connection.frame(opcode, payload);
    let sent = format!("a {} message: {}", opcode::name(opcode), bytes(payload));
    echoed(examiner, connection, opcode, payload).map_err(|read| Finding::failed(sent, read))
}

/// Whether the server failed the connection (§7.1.7) after what was sent. `codes` are appropriate.
pub(crate) fn failed_the_connection(
    examiner: &Examiner,
    connection: &mut Connection,
    sent: &str,
    codes: &[u16],
) -> Finding {
    let mut event = connection.next_within(GRACE);
    if matches!(&event, Event::Silence { .. }) {
        connection.frame(PING, STILL_THERE);
    }
    loop {
        match &event {
            Event::End { .. } => {
                let read = format!("{}, without a Close before it", words(&event));
                return Finding::failed(sent, read).by(Level::Should, "7.1.7");
            }
            Event::Frame(frame) if frame.header.opcode == CLOSE => {
                return judge_code(sent, frame, codes);
            }
            Event::Frame(frame) if went_on(examiner, frame) => {
                return Finding::failed(sent, format!("the server went on: {}", words(&event)));
            }
            Event::Frame(_) => {
                connection.frame(PING, STILL_THERE);
                event = connection.until(|frame| went_on(examiner, frame));
            }
            Event::Silence { .. } | Event::Flood => {
                event = connection.until(|frame| went_on(examiner, frame));
                if let Event::Silence { .. } | Event::Flood = &event {
                    let read = format!("{}, and TCP is still open", words(&event));
                    return Finding::failed(sent, read);
                }
            }
        }
    }
}

/// Whether the frame shows that the server took the broken one for a right one.
fn went_on(examiner: &Examiner, frame: &ServerFrame) -> bool {
    match frame.header.opcode {
        PONG => true,
        CONTINUATION | TEXT | BINARY => examiner.echo == Echo::Yes,
        _ => false,
    }
}

fn judge_code(sent: &str, frame: &ServerFrame, codes: &[u16]) -> Finding {
    let read = close_words(frame);
    let named: Vec<String> = codes.iter().map(u16::to_string).collect();
    match code(frame) {
        // A code that no Close may have is another verdict: server-close-codes.
        Some(code) if codes.contains(&code) || code == 1008 || !may_be_sent(code) => {
            Finding::passed(sent, read)
        }
        _ => Finding::failed(
            sent,
            format!(
                "{read}: closed, but the appropriate code is {}",
                named.join(" or ")
            ),
        )
        .by(Level::Should, "7.1.7"),
    }
}

/// The next Pong, and whether it has the right payload.
pub(crate) fn pong(connection: &mut Connection, payload: &[u8]) -> (String, bool) {
    let event = connection.until(|frame| frame.header.opcode == PONG);
    let kept = match &event {
        Event::Frame(frame) => frame.header.opcode == PONG && frame.payload == payload,
        Event::End { .. } | Event::Silence { .. } | Event::Flood => false,
    };
    (words(&event), kept)
}
