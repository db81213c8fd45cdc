//! The client's side of the protocol, as far as a load generator needs it: RFC 6455 §5.2 frames in
//! both directions, the request that opens the connection, and the mark that identifies a message.
//!
//! Pure: bytes in, values out. Frames are parsed in the buffer that received them, nothing is
//! copied, and only the measured parts of the JSON are read.

use crate::ledger::Fault;

/// Characters of a message's text.
const TEXT: usize = 64;
/// Every broadcast begins with these bytes; the name of its room follows.
const MESSAGE: &[u8] = br#"{"type":"message","room":""#;
/// What follows then; the digits of `seq` come next.
const SEQ: &[u8] = br#"","seq":"#;
/// Bytes of the name of a room, which are the same for all.
const ROOM: usize = 5;
const ACK: &[u8] = br#"{"type":"ack""#;
const JOINED: &[u8] = br#"{"type":"joined""#;
const ERROR: &[u8] = br#"{"type":"error""#;
/// The first byte of a frame with FIN set: the opcode of a text, Close, Ping or Pong (§5.2).
pub const TEXT_FRAME: u8 = 0x81;
/// See [`TEXT_FRAME`].
pub const CLOSE_FRAME: u8 = 0x88;
const PING_FRAME: u8 = 0x89;
const PONG_FRAME: u8 = 0x8a;
/// Digits of a mark: sender, running number, microseconds.
const DIGITS: [usize; 3] = [3, 8, 10];
/// A fixed key: unmasking costs the server the same work with any key (§5.3).
const MASK: [u8; 4] = [0x5a, 0x17, 0xc3, 0x88];
/// The longest part of a message that an error shows.
const EXCERPT: usize = 160;

/// The first characters of a message's text. They say who sent it, which of the sender's messages
/// it is, and when it was due.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Number of the sender.
    pub sender: usize,
    /// Running number of the sender's messages, from 0.
    pub number: u32,
    /// Microseconds on the generator's clock.
    pub at: u64,
}

impl Mark {
    /// Length of a mark: `@` and the digits.
    const LEN: usize = 1 + DIGITS[0] + DIGITS[1] + DIGITS[2];

    /// The length is fixed, so that parsing takes three loops without a branch.
    fn text(self) -> String {
        format!("@{:03}{:08}{:010}", self.sender, self.number, self.at)
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let text = text.get(1..Self::LEN)?;
        let (sender, rest) = text.split_at(DIGITS[0]);
        let (number, at) = rest.split_at(DIGITS[1]);
        Some(Self {
            sender: decimal(sender) as usize,
            number: decimal(number) as u32,
            at: decimal(at),
        })
    }
}

/// A frame in the buffer that received it.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// FIN and the opcode.
    pub first: u8,
    /// The unmasked payload.
    pub payload: &'a [u8],
}

/// The first frame of `bytes`, and the bytes after it; `None` if the frame is incomplete.
pub fn next_frame(bytes: &[u8]) -> Option<(Frame<'_>, &[u8])> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    // A server never masks (§5.1), so the second byte is the length alone.
    let (length, rest) = match second {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes(*length).into(), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*length), rest)
        }
        short => (u64::from(short), rest),
    };
    let (payload, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((Frame { first, payload }, after))
}

/// What a frame means to a client of the bench.
#[derive(Debug)]
pub enum Received<'a> {
    /// A message and its `seq`, which is 0 from the raw fan-out.
    Message(Mark, u64),
    /// The ack of this client's own message, and its `seq`.
    Ack(Mark, u64),
    /// This client is in the room.
    Joined,
    /// The payload that a Pong has to return.
    Ping(&'a [u8]),
    /// Presence and welcome, which are not measured.
    Other,
}

/// Decodes frames. It remembers the position of the last mark, which rarely changes.
#[derive(Debug)]
pub struct Decoder {
    offset: usize,
    /// The last `seq` before this run. Messages up to it are history.
    head: u64,
}

impl Decoder {
    /// A decoder for a room whose last `seq` is `head`.
    pub fn new(head: u64) -> Self {
        Self { offset: 0, head }
    }

    /// A Close, an `error` and an unreadable frame are faults.
    pub fn decode<'a>(&mut self, frame: Frame<'a>) -> Result<Received<'a>, Fault> {
        let payload = frame.payload;
        match frame.first {
            TEXT_FRAME => {}
            PING_FRAME => return Ok(Received::Ping(payload)),
            CLOSE_FRAME => return Err(format!("the server closed: {}", excerpt(payload)).into()),
            first => {
                let excerpt = excerpt(payload);
                return Err(format!("a frame began with {first:#04x}: {excerpt}").into());
            }
        }
        if let Some(rest) = after_room(payload) {
            let (seq, rest) = leading_number(rest);
            if seq != 0 && seq <= self.head {
                return Ok(Received::Other);
            }
            let mark = self.find_mark(rest);
            let mark = mark.ok_or_else(|| format!("no mark in {}", excerpt(payload)))?;
            return Ok(Received::Message(mark, seq));
        }
        if payload.starts_with(ACK) {
            return decode_ack(payload);
        }
        if payload.starts_with(ERROR) {
            return Err(excerpt(payload).into());
        }
        if payload.starts_with(JOINED) {
            return Ok(Received::Joined);
        }
        Ok(Received::Other)
    }

    fn find_mark(&mut self, bytes: &[u8]) -> Option<Mark> {
        if bytes.get(self.offset) != Some(&b'@') {
            self.offset = bytes.iter().position(|b| *b == b'@')?;
        }
        Mark::parse(&bytes[self.offset..])
    }
}

/// What follows `"seq":` of a broadcast; `None` if this is none.
fn after_room(payload: &[u8]) -> Option<&[u8]> {
    payload
        .strip_prefix(MESSAGE)?
        .get(ROOM..)?
        .strip_prefix(SEQ)
}

/// The name of a room: the default one, or another.
pub fn room(number: usize) -> String {
    match number {
        0 => "lobby".into(),
        n => format!("r{n:04}"),
    }
}

fn decode_ack<'a>(payload: &[u8]) -> Result<Received<'a>, Fault> {
    // A text comes before it, so the bytes are those of a broadcast.
    let seq = payload.windows(SEQ.len()).position(|bytes| bytes == SEQ);
    let seq = seq.map(|at| leading_number(&payload[at + SEQ.len()..]).0);
    let mark = payload.iter().position(|byte| *byte == b'@');
    let mark = mark.and_then(|at| Mark::parse(&payload[at..]));
    match (mark, seq) {
        (Some(mark), Some(seq)) => Ok(Received::Ack(mark, seq)),
        _ => Err(format!("an ack without a mark or a seq: {}", excerpt(payload)).into()),
    }
}

/// The request that opens a chat connection (§4.1), with the token where a browser puts it. With
/// the query `?join=` the client joins no room.
pub fn request(host: &str, token: &str, query: &str) -> String {
    // The key is the RFC's own example (§1.3). The bench does not check what the server makes of it.
    format!(
        "GET /ws{query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n\r\n"
    )
}

/// The bytes after the head of the response; `None` if the head is incomplete. A status other than
/// 101 is a fault.
pub fn after_response(bytes: &[u8]) -> Result<Option<&[u8]>, Fault> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = bytes.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    if !bytes.starts_with(b"HTTP/1.1 101 ") {
        return Err(String::from_utf8_lossy(bytes).into());
    }
    Ok(Some(&bytes[end + END.len()..]))
}

/// Appends a masked `join`.
pub fn put_join(out: &mut Vec<u8>, room: &str) {
    put_text(out, &format!(r#"{{"type":"join","room":"{room}"}}"#));
}

/// Appends a masked `send`. The mark is both its `ref` and the beginning of its text.
pub fn put_send(out: &mut Vec<u8>, room: &str, mark: Mark) {
    let mark = mark.text();
    let json =
        format!(r#"{{"type":"send","ref":"{mark}","room":"{room}","text":"{mark:x<TEXT$}"}}"#);
    put_text(out, &json);
}

/// Appends a message for the raw fan-out: a frame of `size` bytes that looks like the server's own,
/// so that the clients of both servers read the same bytes.
pub fn put_raw(out: &mut Vec<u8>, mark: Mark, size: usize) {
    let start = out.len();
    let mark = mark.text();
    out.extend([TEXT_FRAME, 126, 0, 0]);
    out.extend_from_slice(MESSAGE);
    out.extend_from_slice(room(0).as_bytes());
    out.extend_from_slice(SEQ);
    out.extend_from_slice(format!(r#"0,"text":"{mark:x<TEXT$}","rest":""#).as_bytes());
    out.resize((start + size).saturating_sub(2).max(out.len()), b'x');
    out.extend_from_slice(br#""}"#);
    let payload = (out.len() - start - 4) as u16;
    out[start + 2..start + 4].copy_from_slice(&payload.to_be_bytes());
}

/// Appends the answer to a Ping (§5.5.3).
pub fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    put_masked(out, PONG_FRAME, payload);
}

/// Appends a text message.
pub fn put_text(out: &mut Vec<u8>, json: &str) {
    put_masked(out, TEXT_FRAME, json.as_bytes());
}

/// Payloads of the bench are shorter than 64 KiB.
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
    let keys = MASK.iter().cycle();
    out.extend(payload.iter().zip(keys).map(|(byte, key)| byte ^ key));
}

/// The number at the front, and the bytes after its digits.
fn leading_number(bytes: &[u8]) -> (u64, &[u8]) {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(digits);
    (decimal(digits), rest)
}

fn decimal(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, digit| {
        value * 10 + u64::from(digit.wrapping_sub(b'0'))
    })
}

fn excerpt(payload: &[u8]) -> String {
    String::from_utf8_lossy(&payload[..payload.len().min(EXCERPT)]).into_owned()
}
