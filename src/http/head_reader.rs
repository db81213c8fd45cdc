//! The bytes of a request head, read strictly and line by line as they arrive.
//!
//! [`HeadReader`] is fed the bytes that a socket yields and looks at each byte once. So a client
//! that sends one byte per packet costs no more than any other, and a broken rule is answered at
//! the end of the line that breaks it. The size of a head is limited here; the caller limits the
//! time (408).
//!
//! Written by hand because a general parser accepts what a server must refuse (a lone LF, for
//! example) and cannot name the rule that was broken. The tests read everything that is accepted
//! here a second time, with httparse.
//!
//! Obeys RFC 9112 §2.2 (line ends, empty lines) and RFC 6585 §5 (431).

use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::request_line::{MAX_TARGET, RequestLine, target_too_long};

/// The most bytes of a head. A connection that goes silent can make the server keep so much.
pub(crate) const MAX_HEAD: usize = 16 * 1024;

/// The most bytes of a request line: a target, and the method, spaces and version around it.
const MAX_REQUEST_LINE: usize = MAX_TARGET + 64;

/// The most empty lines before a request. Some clients send one after a body.
const MAX_EMPTY_LINES: usize = 2;

/// A head that is still being received.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    buffer: Vec<u8>,
    /// How many bytes have been checked. Reading continues here, never at the start.
    scanned: usize,
    /// The last byte that was checked. Whether a LF is allowed depends on the byte before it.
    previous: Option<u8>,
    line_start: usize,
    empty_lines: usize,
    /// `None` until the request line is complete.
    head: Option<Head>,
}

impl HeadReader {
    /// A reader that has seen nothing.
    pub(crate) fn new() -> HeadReader {
        HeadReader::default()
    }

    /// Takes the next bytes. Returns `None` while the head is incomplete, the head when it is
    /// complete, and a refusal as soon as a rule is broken. It must not be fed after a head or a
    /// refusal.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Option<Head>, Refusal> {
        self.buffer.extend_from_slice(bytes);
        while let Some(&byte) = self.buffer.get(self.scanned) {
            self.check(byte)?;
            self.scanned += 1;
            self.previous = Some(byte);
            if byte == b'\n'
                && let Some(head) = self.end_of_line()?
            {
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    /// Whether nothing has been received, as from the spare connection of a browser or from a port
    /// check. Such a connection gets no 408.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The bytes of the head itself, as they were received.
    pub(crate) fn raw(&self) -> &[u8] {
        self.buffer.get(..self.scanned).unwrap_or_default()
    }

    /// What followed the head: the start of a body, or the first frames of a client that does not
    /// wait for its 101.
    pub(crate) fn into_rest(mut self) -> Vec<u8> {
        self.buffer.drain(..self.scanned);
        self.buffer.shrink_to_fit();
        self.buffer
    }

    /// Checks the rules that a single byte can break.
    fn check(&self, byte: u8) -> Result<(), Refusal> {
        let refuse = |slug, message: &'static str| Err(Refusal::bad_request(slug, message));
        if self.scanned >= MAX_HEAD {
            return Err(Refusal::new(
                431,
                "head_too_large",
                format!(
                    "The request head is larger than {MAX_HEAD} bytes (RFC 6585 §5): send fewer or shorter header fields."
                ),
            ));
        }
        if self.head.is_none() && self.scanned - self.line_start > MAX_REQUEST_LINE {
            return Err(target_too_long());
        }
        match (self.previous, byte) {
            // RFC 8446 §5.1: 22 (0x16) is the record type of a handshake, which no HTTP starts with.
            (None, 0x16) => refuse(
                "not_https",
                "This port speaks http:// and ws://, but these bytes are the start of TLS: \
                 open the address with http://, not https:// (ws://, not wss://).",
            ),
            (Some(b'\r'), b'\n') => Ok(()),
            // RFC 9112 §2.2: "A recipient of such a bare CR MUST consider that element to be
            // invalid or replace each bare CR with SP". A LF alone could end a line. It may not here,
            // because a proxy in front may read it differently.
            (Some(b'\r'), _) => refuse(
                "bare_cr",
                "A CR without LF (RFC 9112 §2.2): end each line with CR LF, the two bytes 0D 0A.",
            ),
            (_, b'\n') => refuse(
                "bare_lf",
                "An LF without CR (RFC 9112 §2.2): end each line with CR LF, the two bytes 0D 0A.",
            ),
            (_, b'\r' | b'\t') => Ok(()),
            // RFC 9110 §5.5: "Field values containing CR, LF, or NUL characters are invalid and
            // dangerous"; the other control characters are invalid too.
            (_, 0..0x20 | 0x7f) => refuse(
                "control_character",
                "A NUL or another control character in the request head (RFC 9110 §5.5): leave it out.",
            ),
            (_, 0x80..) if self.head.is_none() => refuse(
                "bad_request_line",
                "The first line must be ASCII, such as GET / HTTP/1.1 (RFC 9112 §3). WebSocket \
                 frames may follow only after the handshake (RFC 6455 §4.1).",
            ),
            _ => Ok(()),
        }
    }

    /// Takes the line that has just ended. An empty line ends the head.
    fn end_of_line(&mut self) -> Result<Option<Head>, Refusal> {
        // `check` has made sure that the LF follows a CR.
        let line = self
            .buffer
            .get(self.line_start..self.scanned.saturating_sub(2));
        let line = line.unwrap_or_default();
        self.line_start = self.scanned;
        match &mut self.head {
            // RFC 9112 §2.2: "a server that is expecting to receive and parse a request-line
            // SHOULD ignore at least one empty line (CRLF) received prior to the request-line."
            None if line.is_empty() && self.empty_lines < MAX_EMPTY_LINES => self.empty_lines += 1,
            None => self.head = Some(Head::begin(RequestLine::parse(line)?)),
            Some(head) if !line.is_empty() => head.push_line(line)?,
            Some(head) => {
                head.settle_authority()?;
                return Ok(self.head.take());
            }
        }
        Ok(None)
    }
}

impl Head {
    /// Parses a head from its beginning: the head and the bytes it took, or `None` if it is not
    /// complete. For bytes that arrive in pieces, use [`HeadReader`].
    pub fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
        let mut reader = HeadReader::new();
        let head = reader.feed(bytes)?;
        Ok(head.map(|head| (head, reader.scanned)))
    }
}

#[cfg(test)]
#[path = "head_reader_tests.rs"]
mod tests;
