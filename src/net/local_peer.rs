//! The other end of a connection, inside this process: what speaks to the hub on behalf of an HTTP request.
//!
//! It reads what the hub sends as any client does, from a socket of its own.

use crate::model::ids::ClientId;
use crate::net::client::Client;
use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Instant;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

/// Most of what it is sent is one `ack`.
const READ_BUFFER: usize = 2048;

/// The outcome of waiting for the hub.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message.
    Text(String),
    /// The code and the reason of a Close.
    Closed(u16, String),
    /// Nothing within the time, or no more.
    Nothing,
}

/// Our end of a connection without a network.
pub(crate) struct LocalPeer {
    socket: WebSocket<UnixStream>,
}

impl LocalPeer {
    /// A connection with this number, and the end that the hub sends to. When the hub drops that, we hear
    /// nothing more.
    ///
    /// # Errors
    ///
    /// The process has no descriptors left.
    pub(crate) fn new(id: ClientId) -> io::Result<(Self, Arc<Client>)> {
        let (ours, theirs) = UnixStream::pair()?;
        // A `Client` only reads, sends and shuts down: a pair of sockets does that as TCP does.
        let theirs = TcpStream::from(OwnedFd::from(theirs));
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let socket = WebSocket::from_raw_socket(ours, Role::Client, Some(config));
        Ok((Self { socket }, Arc::new(Client::new(id, theirs))))
    }

    /// Waits for the next message or Close until then.
    pub(crate) fn next(&mut self, until: Instant) -> Heard {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timed = self.socket.get_ref().set_read_timeout(Some(left));
            // A timeout of zero is an error, too.
            if timed.is_err() {
                return Heard::Nothing;
            }
            match self.socket.read() {
                Ok(Message::Text(text)) => return Heard::Text(text.to_string()),
                Ok(Message::Close(Some(close))) => {
                    return Heard::Closed(close.code.into(), close.reason.to_string());
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Heard::Nothing,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::frame;
    use std::time::Duration;

    #[test]
    fn it_hears_what_the_hub_sends_and_the_end() {
        let (mut peer, client) = LocalPeer::new(ClientId::new(1)).unwrap();
        let soon = || Instant::now() + Duration::from_secs(10);
        let both = [frame::text(b"{}"), frame::close(4500, "removed")];
        client.try_send(&both, true).unwrap();
        assert_eq!(peer.next(soon()), Heard::Text("{}".into()));
        assert_eq!(peer.next(soon()), Heard::Closed(4500, "removed".into()));
        assert_eq!(peer.next(Instant::now()), Heard::Nothing);
        let (mut left, client) = LocalPeer::new(ClientId::new(2)).unwrap();
        drop(client);
        assert_eq!(left.next(soon()), Heard::Nothing);
    }
}
