//! One TCP connection to the server: any bytes out, answers in, each with a deadline.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Frame, PATIENCE};

/// An HTTP answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        all.find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("not JSON ({e}): {} {:?}", self.status, self.text()))
    }
}

/// A TCP connection that never waits longer than its patience.
pub struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
    pub patience: Duration,
}

impl Raw {
    #[track_caller]
    pub fn connect(addr: SocketAddr) -> Raw {
        let stream = TcpStream::connect_timeout(&addr, PATIENCE)
            .unwrap_or_else(|e| panic!("connecting to {addr}: {e}"));
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Raw {
            stream,
            unread: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// Connects and upgrades; `headers` go in as they are, each with its `\r\n`.
    #[track_caller]
    pub fn upgrade(addr: SocketAddr, path: &str, headers: &str) -> Raw {
        let mut raw = Raw::connect(addr);
        raw.send(
            format!(
                "GET {path} HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\n\
                 Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
            )
            .as_bytes(),
        );
        let response = raw.read_response();
        assert_eq!(
            response.status,
            101,
            "the upgrade of {path}: {}",
            response.text()
        );
        // The key and its answer are the example of RFC 6455 §1.3.
        let accept = response.header("Sec-WebSocket-Accept");
        assert_eq!(
            accept,
            Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            "the upgrade of {path}"
        );
        raw
    }

    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .unwrap_or_else(|e| panic!("sending {} bytes: {e}", bytes.len()));
    }

    /// Another handle on the socket, to write from another thread.
    pub fn clone_stream(&self) -> TcpStream {
        self.stream.try_clone().unwrap()
    }

    #[track_caller]
    pub fn send_frame(&mut self, frame: &Frame) {
        self.send(&frame.encode());
    }

    #[track_caller]
    pub fn send_text(&mut self, text: &str) {
        self.send_frame(&Frame::text(text));
    }

    #[track_caller]
    pub fn send_json(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    /// The stream itself, for a thread that only sends or only reads.
    #[track_caller]
    pub fn stream(&self) -> TcpStream {
        self.stream.try_clone().expect("a descriptor")
    }

    /// Ends our sending side (FIN); reading goes on.
    pub fn finish(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Lets few bytes wait on our side, so that the server notices when we do not read.
    #[cfg(feature = "full")]
    pub fn receive_slowly(&mut self) {
        let set = rustix::net::sockopt::set_socket_recv_buffer_size(&self.stream, 4096);
        set.expect("a smaller buffer");
    }

    /// Everything until TCP ends, and whether it ended with a reset.
    #[cfg(feature = "full")]
    #[track_caller]
    pub fn read_rest(&mut self) -> (Vec<u8>, bool) {
        self.stream.set_read_timeout(Some(self.patience)).unwrap();
        let mut rest = std::mem::take(&mut self.unread);
        let ended = self.stream.read_to_end(&mut rest);
        let reset = ended
            .as_ref()
            .is_err_and(|e| e.kind() == ErrorKind::ConnectionReset);
        assert!(ended.is_ok() || reset, "{ended:?}");
        (rest, reset)
    }

    /// An HTTP answer. The body is as long as `Content-Length` or its chunks say, else until the end.
    #[track_caller]
    pub fn read_response(&mut self) -> Response {
        let mut response = self.read_head();
        if matches!(response.status, 101 | 204 | 304) {
            return response;
        }
        let until = Instant::now() + self.patience;
        let length = response
            .header("Content-Length")
            .map(|v| v.parse::<usize>().expect(v));
        while length.is_none_or(|n| self.unread.len() < n) {
            if !self.fill(until, "a response body") {
                assert_eq!(length, None, "TCP ended inside a body");
                break;
            }
        }
        response.body = self.take(length.unwrap_or(self.unread.len()));
        if response.header("Transfer-Encoding") == Some("chunked") {
            response.body = unchunked(&response.body).expect("the last chunk");
        }
        response
    }

    /// The head of an HTTP answer alone.
    #[track_caller]
    pub fn read_head(&mut self) -> Response {
        let until = Instant::now() + self.patience;
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(
                self.fill(until, "a response"),
                "TCP ended inside a response head"
            );
        };
        let head = String::from_utf8_lossy(&self.take(end)).into_owned();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap();
        let code = status
            .strip_prefix("HTTP/1.1 ")
            .and_then(|s| s.get(..3)?.parse().ok());
        let status = code.unwrap_or_else(|| panic!("not a status line: {status:?}"));
        let headers = lines
            .map(|l| {
                l.split_once(':')
                    .unwrap_or_else(|| panic!("not a header: {l:?}"))
            })
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        Response {
            status,
            headers,
            body: Vec::new(),
        }
    }

    /// The next frame. A server must not mask (§5.1) and must say lengths the short way (§5.2).
    #[track_caller]
    pub fn read_frame(&mut self) -> Frame {
        self.next_frame("a frame")
            .expect("TCP ended where a frame was awaited")
    }

    /// The next text message, which comes in one frame. Nothing else may come before it.
    #[track_caller]
    pub fn read_json(&mut self) -> Value {
        let frame = self.read_frame();
        assert_eq!(
            (frame.fin, frame.opcode),
            (true, Frame::TEXT),
            "not a text message: {frame:?}"
        );
        serde_json::from_slice(&frame.payload).unwrap_or_else(|e| panic!("{e}: {frame:?}"))
    }

    /// Reads on until a Close, which must have `code`; gives its reason.
    #[track_caller]
    pub fn expect_close(&mut self, code: u16) -> String {
        let frame = loop {
            match self.next_frame("a Close") {
                Some(frame) if frame.opcode == Frame::CLOSE => break frame,
                Some(_) => {}
                None => panic!("TCP ended without a Close, where {code} was awaited"),
            }
        };
        let (said, reason) = match frame.payload.split_first_chunk() {
            Some((said, reason)) => (u16::from_be_bytes(*said), reason),
            // §7.1.5: a Close without a code counts as 1005.
            None => (1005, &[][..]),
        };
        let reason = String::from_utf8(reason.to_vec()).expect("a reason is UTF-8");
        assert_eq!(said, code, "the code of the Close; its reason: {reason:?}");
        reason
    }

    /// Reads whatever still comes until TCP ends in any way, and gives the code of the
    /// Close if there was one. A server that gives a client up may end inside a frame.
    #[track_caller]
    pub fn read_to_the_end(&mut self) -> Option<u16> {
        let until = Instant::now() + self.patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "TCP still open after {:?}", self.patience);
            self.stream.set_read_timeout(Some(left)).unwrap();
            let mut chunk = [0; 64 * 1024];
            match self.stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => self.unread.extend(&chunk[..n]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::ConnectionReset => break,
                Err(e) => panic!("waiting for the end of TCP: {e}"),
            }
        }
        let mut unread = &self.unread[..];
        while let Some((frame, header)) = first_frame(unread) {
            if frame.opcode == Frame::CLOSE {
                return Some(u16::from_be_bytes(*frame.payload.first_chunk()?));
            }
            unread = &unread[header + frame.payload.len()..];
        }
        None
    }

    /// Sends bytes to a server that may have stopped reading. False if it has.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The server ends TCP, properly (FIN, not RST), and sends nothing before that.
    #[track_caller]
    pub fn expect_eof(&mut self) {
        let until = Instant::now() + self.patience;
        self.fill(until, "the end of TCP");
        assert!(
            self.unread.is_empty(),
            "bytes where the end was awaited: {:?}",
            self.unread
        );
    }

    #[track_caller]
    pub(super) fn next_frame(&mut self, what: &str) -> Option<Frame> {
        let until = Instant::now() + self.patience;
        let (frame, header) = loop {
            match first_frame(&self.unread) {
                Some(whole) => break whole,
                None if self.fill(until, what) => {}
                None => {
                    let rest = &self.unread;
                    assert!(rest.is_empty(), "TCP ended inside a frame: {rest:?}");
                    return None;
                }
            }
        };
        assert_eq!(self.unread[1] & 0x80, 0, "a masked frame from a server");
        self.take(header + frame.payload.len());
        let shortest = frame.encode().len() - frame.payload.len();
        assert_eq!(
            header, shortest,
            "the length of a frame is not said the short way"
        );
        Some(frame)
    }

    fn take(&mut self, n: usize) -> Vec<u8> {
        self.unread.drain(..n).collect()
    }

    /// Reads some more; false at the end.
    #[track_caller]
    fn fill(&mut self, until: Instant, what: &str) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "no {what} within {:?}", self.patience);
        self.stream.set_read_timeout(Some(left)).unwrap();
        let mut chunk = [0; 64 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(n) => {
                self.unread.extend(&chunk[..n]);
                n > 0
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("{what} did not come within {:?}", self.patience)
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => true,
            Err(e) => panic!("waiting for {what}: {e}"),
        }
    }
}

/// The frame that `bytes` begin with, and the length of its header; `None` if it is not whole.
fn first_frame(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (first, second) = (bytes.first()?, bytes.get(1)?);
    let (extended, short) = match second & 0x7f {
        126 => (2, 0),
        127 => (8, 0),
        n => (0, u64::from(n)),
    };
    let header = 2 + extended;
    let long = bytes.get(2..header)?.iter();
    let length = long.fold(short, |n, &b| n << 8 | u64::from(b)) as usize;
    let frame = Frame {
        fin: first & 0x80 != 0,
        rsv: first >> 4 & 7,
        opcode: first & 15,
        mask: None,
        length_bytes: None,
        claimed: None,
        payload: bytes.get(header..header.checked_add(length)?)?.to_vec(),
    };
    Some((frame, header))
}

/// The content of a body in chunks; `None` if its end is missing.
pub fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&body[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a hexadecimal size");
        let chunk = body.get(end + 2..end + 2 + size)?;
        content.extend_from_slice(chunk);
        body = body.get(end + 2 + size..)?.strip_prefix(b"\r\n")?;
        if size == 0 {
            return Some(content);
        }
    }
}

/// One HTTP request on a connection of its own. `headers` as in [`Raw::upgrade`].
#[track_caller]
pub fn http(addr: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Response {
    let mut raw = Raw::connect(addr);
    let length = match body.len() {
        0 => String::new(),
        n => format!("Content-Type: application/json\r\nContent-Length: {n}\r\n"),
    };
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\n{length}{headers}\r\n");
    raw.send([head.as_bytes(), body.as_bytes()].concat().as_slice());
    raw.read_response()
}
