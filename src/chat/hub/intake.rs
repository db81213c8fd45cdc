//! The way of a connection's requests into the hub's inbox, and how many of them may be there.
//!
//! Runs on: `conn-N`. The inbox bounds the number of its commands, and a read of a socket is one
//! command. But a read can bring hundreds of tiny requests or one large one, so that a few
//! connections could fill the memory with commands that count as one. Therefore a command is *light*
//! or *heavy*. An ordinary read is a light command, and nobody waits for it. A heavy command is
//! bounded in requests and in bytes, and its connection reads nothing more until the hub has taken
//! it. A client that floods is slowed down by TCP then, and the others are not.

use crate::chat::hub::command::{Command, Mailbox, Taken};
use crate::chat::message::RequestEnvelope;
use crate::model::ids::ClientId;

/// Most requests in a light command. A read takes 2 KiB, which are at most 20 messages of a chat
/// program that sends as fast as it can.
pub(crate) const LIGHT_REQUESTS: usize = 32;
/// Most bytes of messages in a light command. With [`LIGHT_REQUESTS`], a full inbox of light
/// commands holds some 64 MiB.
pub(crate) const LIGHT_BYTES: usize = 4 * 1024;
/// Requests that close a heavy command. Each connection has at most one in the inbox.
pub(crate) const HEAVY_REQUESTS: usize = 64;
/// Bytes of messages that close a heavy command; the last of them may be as large as
/// `limits.message` allows.
pub(crate) const HEAVY_BYTES: usize = 16 * 1024;

/// Gathers the requests of one connection, and puts them into the hub's inbox.
#[derive(Debug)]
pub(crate) struct Intake<'a> {
    hub: &'a Mailbox,
    client: ClientId,
    requests: Vec<RequestEnvelope>,
    /// The bytes of the messages that the requests were read from.
    bytes: usize,
}

impl<'a> Intake<'a> {
    /// Nothing has been read yet.
    pub(crate) fn new(hub: &'a Mailbox, client: ClientId) -> Self {
        Self {
            hub,
            client,
            requests: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a request that was read from a message of this many bytes. Sends what has been gathered
    /// if that is enough for a heavy command, and waits until the hub has taken it.
    pub(crate) fn add(&mut self, request: RequestEnvelope, bytes: usize) {
        self.requests.push(request);
        self.bytes += bytes;
        if self.requests.len() >= HEAVY_REQUESTS || self.bytes >= HEAVY_BYTES {
            self.send();
        }
    }

    /// Sends what has been gathered, as one command.
    pub(crate) fn send(&mut self) {
        let heavy = self.requests.len() > LIGHT_REQUESTS || self.bytes > LIGHT_BYTES;
        self.bytes = 0;
        if heavy {
            let (taken, waiting) = Taken::new();
            let requests = std::mem::take(&mut self.requests);
            self.hub
                .send(Command::Requests(self.client, requests, Some(taken)));
            waiting.wait();
            return;
        }
        let command = match self.requests.len() {
            0 => return,
            1 => match self.requests.pop() {
                Some(one) => Command::Request(self.client, one),
                None => return,
            },
            many => {
                // The next read probably brings as many.
                let next = Vec::with_capacity(many);
                let requests = std::mem::replace(&mut self.requests, next);
                Command::Requests(self.client, requests, None)
            }
        };
        self.hub.send(command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::message::{ErrorCode, RequestError};
    use crate::net::inbox::inbox;
    use std::time::{Duration, Instant};

    fn mistake() -> RequestEnvelope {
        RequestEnvelope::refused(None, RequestError::new(ErrorCode::BadMessage, "no"))
    }

    #[test]
    fn an_ordinary_read_is_one_command_and_nobody_waits_for_it() {
        let (hub, inbox) = inbox();
        let mut intake = Intake::new(&hub, ClientId::new(1));
        intake.send();
        assert!(inbox.command().is_none());
        intake.add(mistake(), 100);
        intake.send();
        assert!(matches!(inbox.command(), Some(Command::Request(..))));
        for _ in 0..LIGHT_REQUESTS {
            intake.add(mistake(), 100);
        }
        intake.send();
        match inbox.command() {
            Some(Command::Requests(_, requests, None)) => {
                assert_eq!(requests.len(), LIGHT_REQUESTS);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flood_has_one_bounded_command_in_the_inbox_until_the_hub_takes_it() {
        for (bytes, most) in [(1, HEAVY_REQUESTS), (HEAVY_BYTES / 4, 4)] {
            let (hub, inbox) = inbox();
            let flood = std::thread::spawn(move || {
                let mut intake = Intake::new(&hub, ClientId::new(1));
                (0..5 * most).for_each(|_| intake.add(mistake(), bytes));
                intake.send();
            });
            let mut requests = 0;
            let deadline = Instant::now() + Duration::from_secs(20);
            while requests < 5 * most {
                assert!(Instant::now() < deadline, "{requests} requests came");
                let Some(Command::Requests(_, taken, Some(_permit))) = inbox.command() else {
                    std::thread::yield_now();
                    continue;
                };
                requests += taken.len();
                assert!(taken.len() <= most);
                assert!(inbox.command().is_none(), "the connection did not wait");
            }
            flood.join().expect("the flood ends");
        }
    }

    #[test]
    fn a_connection_does_not_wait_for_a_hub_that_has_gone() {
        let (hub, inbox) = inbox();
        drop(inbox);
        let mut intake = Intake::new(&hub, ClientId::new(1));
        (0..HEAVY_REQUESTS).for_each(|_| intake.add(mistake(), 1));
    }
}
