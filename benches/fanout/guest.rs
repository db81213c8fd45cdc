//! One client that asks and waits for the answer: what one person at a quiet moment feels.

use crate::ledger::Fault;
use crate::process::Target;
use crate::wire;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// An answer that takes longer will not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection with one reader.
pub struct Guest {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// How much of `bytes` is read.
    read: usize,
}

impl Guest {
    /// Connects and enters no room.
    pub fn connect(target: &Target, index: usize) -> Result<Self, Fault> {
        let open = || {
            let mut stream = TcpStream::connect(target.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let (host, token) = (target.address.to_string(), target.token(index));
            stream.write_all(wire::request(&host, &token, "?join=").as_bytes())?;
            Ok(stream)
        };
        let stream = open().map_err(|error: std::io::Error| format!("a guest: {error}"))?;
        let (bytes, read) = (Vec::new(), 0);
        let mut this = Self {
            stream,
            bytes,
            read,
        };
        loop {
            let end = this.bytes.windows(4).position(|w| w == b"\r\n\r\n");
            if let Some(end) = end {
                this.read = end + 4;
                return Ok(this);
            }
            this.more()?;
        }
    }

    /// Asks, and counts frames until one begins with `wanted` and has `part` in it: how long that
    /// took, and how many there were, the wanted one included.
    pub fn ask(
        &mut self,
        json: &str,
        wanted: &str,
        part: &str,
    ) -> Result<(Duration, usize), Fault> {
        let mut frame = Vec::new();
        wire::put_text(&mut frame, json);
        let began = Instant::now();
        let sent = self.stream.write_all(&frame);
        sent.map_err(|error| format!("a guest: {error}"))?;
        for count in 1.. {
            let text = self.next()?;
            if text.starts_with(r#"{"type":"error""#) {
                return Err(format!("{json}: {text}").into());
            }
            if text.starts_with(wanted) && text.contains(part) {
                return Ok((began.elapsed(), count));
            }
        }
        Err("too many frames".into())
    }

    /// The next text message.
    fn next(&mut self) -> Result<String, Fault> {
        loop {
            if let Some((first, payload, behind)) = wire::frame(&self.bytes[self.read..]) {
                let text = String::from_utf8_lossy(payload).into_owned();
                self.read = self.bytes.len() - behind.len();
                match first {
                    0x81 => return Ok(text),
                    0x88 => return Err(format!("the server closed: {text}").into()),
                    _ => continue,
                }
            }
            self.more()?;
        }
    }

    fn more(&mut self) -> Result<(), Fault> {
        self.bytes.drain(..self.read);
        self.read = 0;
        let mut chunk = [0; 64 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => Err("the server hung up on a guest".into()),
            Ok(read) => {
                self.bytes.extend_from_slice(&chunk[..read]);
                Ok(())
            }
            Err(error) => Err(format!("a guest: {error}").into()),
        }
    }
}
