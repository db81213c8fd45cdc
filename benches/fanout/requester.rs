//! One client that sends a request and waits for the answer, as one person does in a quiet room.

use crate::codec::{self, CLOSE_FRAME, TEXT_FRAME};
use crate::ledger::Fault;
use crate::server::Server;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// An answer that takes longer counts as missing.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of one read.
const CHUNK: usize = 64 * 1024;

/// A blocking connection.
pub struct Requester {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// How many of `bytes` have been parsed.
    parsed: usize,
}

impl Requester {
    /// Connects without joining a room.
    pub fn connect(server: &Server) -> Result<Self, Fault> {
        let mut this = Self {
            stream: open(server).map_err(fault)?,
            bytes: Vec::new(),
            parsed: 0,
        };
        loop {
            if let Some(frames) = codec::after_response(&this.bytes)? {
                this.parsed = this.bytes.len() - frames.len();
                return Ok(this);
            }
            this.read()?;
        }
    }

    /// Sends a request, and reads messages until one begins with `start` and contains `part`.
    /// Returns how long that took and how many messages came, the last one included.
    pub fn ask(
        &mut self,
        request: &str,
        start: &str,
        part: &str,
    ) -> Result<(Duration, usize), Fault> {
        let mut frame = Vec::new();
        codec::put_text(&mut frame, request);
        let sent = Instant::now();
        self.stream.write_all(&frame).map_err(fault)?;
        let mut messages = 0;
        loop {
            let text = self.next_text()?;
            messages += 1;
            if text.starts_with(r#"{"type":"error""#) {
                return Err(format!("{request}: {text}").into());
            }
            if text.starts_with(start) && text.contains(part) {
                return Ok((sent.elapsed(), messages));
            }
        }
    }

    fn next_text(&mut self) -> Result<String, Fault> {
        loop {
            if let Some((frame, after)) = codec::next_frame(&self.bytes[self.parsed..]) {
                let text = String::from_utf8_lossy(frame.payload).into_owned();
                self.parsed = self.bytes.len() - after.len();
                match frame.first {
                    TEXT_FRAME => return Ok(text),
                    CLOSE_FRAME => return Err(format!("the server closed: {text}").into()),
                    _ => continue,
                }
            }
            self.read()?;
        }
    }

    fn read(&mut self) -> Result<(), Fault> {
        self.bytes.drain(..self.parsed);
        self.parsed = 0;
        let mut chunk = [0; CHUNK];
        let read = self.stream.read(&mut chunk).map_err(fault)?;
        if read == 0 {
            return Err("the server hung up on the requester".into());
        }
        self.bytes.extend_from_slice(&chunk[..read]);
        Ok(())
    }
}

fn open(server: &Server) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let host = server.address.to_string();
    let request = codec::request(&host, &server.token(0), "?join=");
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

fn fault(error: std::io::Error) -> Fault {
    format!("the requester: {error}").into()
}
