//! `--pcapng FILE`: everything that was sent and received, as a capture that Wireshark opens.
//!
//! Each packet is written whole and at once, so the file is complete whenever the program ends.

use crate::model::direction::Direction;
use crate::terminal_client::error::WireError;
use crate::terminal_client::pcapng;
use crate::terminal_client::tcp_segments::Conversation;
use std::fs::File;
use std::io::{self, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What Wireshark shows as the comment of the capture.
const COMMENT: &str = "The bytes, addresses and ports are those that this client sent and received. \
    It did not listen to a network interface: the borders of segments, sequence numbers and \
    acknowledgements were made from the bytes.";

/// The file, or nothing if none was asked for.
#[derive(Debug)]
pub(crate) struct Capture(Option<Open>);

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    /// The wall clock is read once, so that the times of packets never go back.
    clock: SystemTime,
    start: Instant,
    conversation: Option<Conversation>,
}

impl Capture {
    /// Creates the file.
    pub(crate) fn create(path: Option<&Path>) -> Result<Self, WireError> {
        let Some(path) = path else {
            return Ok(Self(None));
        };
        let program = concat!("glassroom wire ", env!("CARGO_PKG_VERSION"));
        let beginning = pcapng::beginning(program, COMMENT, "glassroom wire");
        let failed = |error| cannot_write(path, &error);
        let mut file = File::create(path).map_err(failed)?;
        file.write_all(&beginning).map_err(failed)?;
        Ok(Self(Some(Open {
            path: path.into(),
            file,
            clock: SystemTime::now(),
            start: Instant::now(),
            conversation: None,
        })))
    }

    /// TCP is open.
    pub(crate) fn opened(&mut self, stream: &TcpStream) -> Result<(), WireError> {
        let Some(open) = &mut self.0 else {
            return Ok(());
        };
        let (conversation, packets) = Conversation::open(stream.local_addr()?, stream.peer_addr()?);
        open.conversation = Some(conversation);
        open.write(&packets)
    }

    /// One end sent these bytes.
    pub(crate) fn bytes(&mut self, from: Direction, bytes: &[u8]) -> Result<(), WireError> {
        self.add(|conversation| conversation.data(from, bytes))
    }

    /// One end ended TCP.
    pub(crate) fn ended(&mut self, by: Direction, reset: bool) -> Result<(), WireError> {
        self.add(|conversation| conversation.end(by, reset))
    }

    fn add(
        &mut self,
        packets: impl FnOnce(&mut Conversation) -> Vec<Vec<u8>>,
    ) -> Result<(), WireError> {
        let Some(open) = &mut self.0 else {
            return Ok(());
        };
        let packets = open.conversation.as_mut().map(packets);
        open.write(&packets.unwrap_or_default())
    }
}

impl Open {
    fn write(&mut self, packets: &[Vec<u8>]) -> Result<(), WireError> {
        let now = self.clock + self.start.elapsed();
        let at = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        for packet in packets {
            self.file
                .write_all(&pcapng::packet(at, packet))
                .map_err(|error| cannot_write(&self.path, &error))?;
        }
        Ok(())
    }
}

/// Not [`WireError::OutputClosed`], which a broken pipe would be.
fn cannot_write(path: &Path, error: &io::Error) -> WireError {
    WireError::Failed(format!("{}: {error}", path.display()))
}
