//! The client's side of the wire, as little of it as a load generator needs: RFC 6455 §5.2 frames
//! in both directions, the handshake's request, and the mark inside a text by which a message is
//! recognised.
//!
//! Pure: bytes in, values out. Frames are parsed where they were received, nothing is copied, and
//! of the JSON only what is measured is looked at.

use crate::ledger::Fault;

/// The characters of a message's text.
pub const TEXT: usize = 64;
/// What every broadcast begins with; the digits of `seq` follow.
const MESSAGE: &[u8] = br#"{"type":"message","room":"lobby","seq":"#;
const ACK: &[u8] = br#"{"type":"ack""#;
const JOINED: &[u8] = br#"{"type":"joined""#;
const ERROR: &[u8] = br#"{"type":"error""#;
/// Digits of a mark: sender, running number, microseconds.
const DIGITS: [usize; 3] = [3, 8, 10];
/// Any key will do: what has to be the same work for the server is the unmasking (§5.3).
const MASK: [u8; 4] = [0x5a, 0x17, 0xc3, 0x88];

/// Who sent a message, which of theirs it is, and when it was due.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Number of the sender.
    pub sender: usize,
    /// Running number of the sender's messages, from 0.
    pub number: u32,
    /// Microseconds of the generator's clock.
    pub at: u64,
}

impl Mark {
    /// The longest text of a mark: `@` and its digits.
    pub const LEN: usize = 1 + DIGITS[0] + DIGITS[1] + DIGITS[2];

    /// As text of fixed length, so that reading it back is three loops without a branch.
    pub fn text(self) -> String {
        format!("@{:03}{:08}{:010}", self.sender, self.number, self.at)
    }

    fn read(text: &[u8]) -> Option<Self> {
        let text = text.get(1..Self::LEN)?;
        let (sender, rest) = text.split_at(DIGITS[0]);
        let (number, at) = rest.split_at(DIGITS[1]);
        Some(Self {
            sender: fixed(sender) as usize,
            number: fixed(number) as u32,
            at: fixed(at),
        })
    }
}

/// What a frame from the server means to a client of the bench.
#[derive(Debug)]
pub enum Heard<'a> {
    /// Somebody's message. The numbering is missing from the raw fan-out.
    Message(Mark, u64),
    /// The answer to one's own.
    Ack(Mark, u64),
    /// In the room: the load may begin.
    Joined,
    /// Wants its payload back.
    Ping(&'a [u8]),
    /// Presence, welcome: not measured.
    Other,
}

/// One frame off the front of `bytes` and what is behind it; `None` if it is not all there.
pub fn frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    // A server never masks (§5.1), so the length is all there is between.
    let (length, rest) = match second {
        126 => rest
            .split_first_chunk()
            .map(|(l, rest)| (u16::from_be_bytes(*l).into(), rest))?,
        127 => rest
            .split_first_chunk()
            .map(|(l, rest)| (u64::from_be_bytes(*l), rest))?,
        short => (u64::from(short), rest),
    };
    let (payload, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((first, payload, behind))
}

/// Reads frames; remembers where the mark was, because there it will be again.
#[derive(Debug)]
pub struct Ear {
    offset: usize,
    /// The last number from before this run: up to there it is history.
    head: u64,
}

impl Ear {
    /// In a room that has given the numbers up to `head`.
    pub fn behind(head: u64) -> Self {
        let offset = 0;
        Self { offset, head }
    }

    /// What a frame says. A Close, an `error` and what cannot be read are faults.
    pub fn hear<'a>(&mut self, first: u8, payload: &'a [u8]) -> Result<Heard<'a>, Fault> {
        let say = || String::from_utf8_lossy(&payload[..payload.len().min(160)]).into_owned();
        match first {
            0x81 => {} // FIN and text
            0x89 => return Ok(Heard::Ping(payload)),
            0x88 => return Err(format!("the server closed: {}", say()).into()),
            other => return Err(format!("a frame began with {other:#04x}: {}", say()).into()),
        }
        if let Some(rest) = payload.strip_prefix(MESSAGE) {
            let (seq, rest) = number(rest);
            if seq != 0 && seq <= self.head {
                return Ok(Heard::Other);
            }
            let mark = self
                .mark(rest)
                .ok_or_else(|| format!("no mark in {}", say()))?;
            return Ok(Heard::Message(mark, seq));
        }
        if payload.starts_with(ACK) {
            let seq = find(payload, br#""seq":"#).map(|at| number(&payload[at + 6..]).0);
            let mark = payload
                .iter()
                .position(|b| *b == b'@')
                .and_then(|at| Mark::read(&payload[at..]));
            return match (mark, seq) {
                (Some(mark), Some(seq)) => Ok(Heard::Ack(mark, seq)),
                _ => Err(format!("an ack of something else: {}", say()).into()),
            };
        }
        if payload.starts_with(ERROR) {
            return Err(say().into());
        }
        Ok(if payload.starts_with(JOINED) {
            Heard::Joined
        } else {
            Heard::Other
        })
    }

    fn mark(&mut self, bytes: &[u8]) -> Option<Mark> {
        if bytes.get(self.offset) != Some(&b'@') {
            self.offset = bytes.iter().position(|b| *b == b'@')?;
        }
        Mark::read(&bytes[self.offset..])
    }
}

/// The request that opens a chat connection (§4.1), the token where browsers put it. With the
/// query `?join=` it enters no room.
pub fn request(host: &str, token: &str, query: &str) -> String {
    // The key is the RFC's own example (§1.3): that the server computes with it is its business.
    format!(
        "GET /ws{query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n\r\n"
    )
}

/// Appends a masked `send`: the mark is both its `ref` and the beginning of its text.
pub fn put_send(out: &mut Vec<u8>, mark: Mark) {
    let mark = mark.text();
    let json =
        format!(r#"{{"type":"send","ref":"{mark}","room":"lobby","text":"{mark:x<TEXT$}"}}"#);
    put_masked(out, 0x81, json.as_bytes());
}

/// Appends what the raw fan-out gets: a frame of `size` bytes that looks as the server's own, so
/// that both sides read and deliver the same bytes.
pub fn put_raw(out: &mut Vec<u8>, mark: Mark, size: usize) {
    let (start, mark) = (out.len(), mark.text());
    out.extend([0x81, 126, 0, 0]);
    out.extend_from_slice(MESSAGE);
    out.extend_from_slice(format!(r#"0,"text":"{mark:x<TEXT$}","rest":""#).as_bytes());
    out.resize((start + size).saturating_sub(2).max(out.len()), b'x');
    out.extend_from_slice(br#""}"#);
    let payload = (out.len() - start - 4) as u16;
    out[start + 2..start + 4].copy_from_slice(&payload.to_be_bytes());
}

/// Appends the answer to a Ping (§5.5.3).
pub fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    put_masked(out, 0x8a, payload);
}

/// Appends a text message.
pub fn put_text(out: &mut Vec<u8>, json: &str) {
    put_masked(out, 0x81, json.as_bytes());
}

/// Payloads here are shorter than 64 KiB.
fn put_masked(out: &mut Vec<u8>, first: u8, payload: &[u8]) {
    out.push(first);
    match payload.len() {
        short @ ..126 => out.push(0x80 | short as u8),
        long => {
            out.push(0x80 | 126);
            out.extend((long as u16).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
}

/// The number at the front, and what is behind its digits.
fn number(bytes: &[u8]) -> (u64, &[u8]) {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(digits);
    (fixed(digits), rest)
}

fn fixed(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, digit| {
        value * 10 + u64::from(digit.wrapping_sub(b'0'))
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
