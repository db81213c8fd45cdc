//! The load generator: all clients in one thread, with one epoll loop and one read per ready
//! socket.
//!
//! It shares the machine with the server, so it has to be cheap: one read buffer for all clients,
//! frames parsed in place, the clock read once per read. Every message and ack goes through the
//! ledger of its client.

use crate::codec::{self, Decoder, Frame, Mark, Received};
use crate::ledger::{Fault, Ledger};
use crate::poller::{Poller, Ready};
use crate::server::Server;
use crate::tally::Tally;
use std::fmt::Display;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// One read empties a socket: this is more than its receive buffer usually holds.
const BUFFER: usize = 512 * 1024;
/// After this time without a byte everything sent has arrived, doubles included.
const QUIET: Duration = Duration::from_millis(250);
/// A message that has not arrived after this time without progress is lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection.
struct Client {
    stream: TcpStream,
    /// The beginning of a frame whose rest has not arrived.
    partial: Vec<u8>,
    /// Bytes that the socket did not accept yet.
    unsent: Vec<u8>,
    /// Whether the response to the handshake has been read.
    upgraded: bool,
    /// Which sender this client is, if it is one.
    sender: Option<usize>,
    /// The sender whose messages make room for its next ones when they arrive here.
    observed: Option<usize>,
    ledger: Ledger,
}

/// Clients that stopped reading, and the messages that were sent before.
struct Stopped {
    clients: Vec<usize>,
    since: u64,
}

/// All clients of a server.
pub struct Generator<'a> {
    server: &'a Server,
    /// The names of the rooms. The clients join them in turn.
    rooms: Vec<String>,
    start: Instant,
    poller: Poller,
    buffer: Vec<u8>,
    decoder: Decoder,
    /// In the order of joining.
    clients: Vec<Client>,
    /// The client of each sender. Senders are spread evenly over the clients.
    senders: Vec<usize>,
    /// Messages sent, per sender.
    sent: Vec<u32>,
    /// Messages that have not reached the observer, per sender.
    in_flight: Vec<u32>,
    joined: usize,
    /// Deliveries and acks since the start.
    received: u64,
    stopped: Option<Stopped>,
    tally: Tally,
    /// When the last bytes arrived.
    last_read: Instant,
}

impl<'a> Generator<'a> {
    /// Connects all clients, waits until all are in their room and all is quiet. `rooms` divides `clients`.
    pub fn connect(
        server: &'a Server,
        (clients, rooms): (usize, usize),
        senders: usize,
    ) -> Result<Self, Fault> {
        let now = Instant::now();
        let mut this = Self {
            server,
            rooms: (0..rooms).map(codec::room).collect(),
            start: now,
            poller: Poller::new()?,
            buffer: vec![0; BUFFER],
            decoder: Decoder::new(server.head),
            clients: Vec::with_capacity(clients),
            senders: (0..senders)
                .map(|s| s % rooms + s / rooms * clients / senders * rooms)
                .collect(),
            sent: vec![0; senders],
            in_flight: vec![0; senders],
            joined: 0,
            received: 0,
            stopped: None,
            tally: Tally::new()?,
            last_read: now,
        };
        for index in 0..clients {
            this.open(index, clients)?;
        }
        while this.joined < clients || this.last_read.elapsed() < QUIET {
            this.poll(Duration::from_millis(50))?;
            if this.last_read.elapsed() > PATIENCE {
                return Err(format!("{} of {clients} clients got in", this.joined).into());
            }
        }
        Ok(this)
    }

    fn open(&mut self, index: usize, clients: usize) -> Result<(), Fault> {
        let stream = self
            .connect_one(index)
            .map_err(|e| fault("connecting", e))?;
        self.poller.add(&stream, index)?;
        let sender_at = |index| self.senders.iter().position(|&client| client == index);
        let sender = sender_at(index);
        // The observer joins the room next: it stands nowhere in particular.
        let rooms = self.rooms.len();
        let observed = sender_at((index + clients - rooms) % clients);
        let raw = self.is_raw();
        if raw {
            self.joined += 1;
        }
        self.clients.push(Client {
            stream,
            partial: Vec::new(),
            unsent: Vec::new(),
            upgraded: raw,
            sender,
            observed,
            ledger: Ledger::new(sender, self.senders.len(), self.server.head),
        });
        Ok(())
    }

    fn connect_one(&self, index: usize) -> std::io::Result<TcpStream> {
        let doors = &self.server.doors;
        let address = doors[index % doors.len()];
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        if !self.is_raw() {
            let token = self.server.token(index);
            // The default room is joined at once.
            let query = if self.room(index) == 0 { "" } else { "?join=" };
            let request = codec::request(&address.to_string(), &token, query);
            stream.write_all(request.as_bytes())?;
        }
        stream.set_nonblocking(true)?;
        Ok(stream)
    }

    /// The number of a client's room.
    fn room(&self, client: usize) -> usize {
        client % self.rooms.len()
    }

    fn is_raw(&self) -> bool {
        self.server.raw_frame.is_some()
    }

    /// Number of senders.
    pub fn senders(&self) -> usize {
        self.senders.len()
    }

    /// The first `count` clients that do not send.
    pub fn silent_clients(&self, count: usize) -> Vec<usize> {
        let clients = 0..self.clients.len();
        let silent = clients.filter(|client| !self.senders.contains(client));
        silent.take(count).collect()
    }

    /// Stops reading from these clients. Everything sent must have arrived.
    pub fn stop_reading(&mut self, clients: Vec<usize>) -> Result<(), Fault> {
        for &index in &clients {
            self.poller.remove(&self.clients[index].stream)?;
        }
        let since = self.sent();
        self.stopped = Some(Stopped { clients, since });
        Ok(())
    }

    /// Messages of all senders together.
    fn sent(&self) -> u64 {
        self.sent.iter().map(|&sent| u64::from(sent)).sum()
    }

    /// Deliveries and acks due for everything that was sent.
    fn due(&self) -> u64 {
        let sent = self.sent();
        let missed = match &self.stopped {
            Some(stopped) => stopped.clients.len() as u64 * (sent - stopped.since),
            None => 0,
        };
        sent * (self.clients.len() / self.rooms.len()) as u64 - missed
    }

    /// Microseconds on the clock of the marks.
    pub fn micros(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.start).as_micros() as u64
    }

    /// Returns what was counted since the last call, and counts from zero again.
    pub fn take_tally(&mut self) -> Result<Tally, Fault> {
        Ok(std::mem::replace(&mut self.tally, Tally::new()?))
    }

    /// Sends as many messages as keep `window` of this sender in flight.
    pub fn fill_window(&mut self, sender: usize, window: u32, at: u64) -> Result<(), Fault> {
        self.send(sender, window - self.in_flight[sender], at)
    }

    /// Sends `count` messages of one sender in one write.
    pub fn send(&mut self, sender: usize, count: u32, at: u64) -> Result<(), Fault> {
        if count == 0 {
            return Ok(());
        }
        let client = self.senders[sender];
        let room = self.room(client);
        for _ in 0..count {
            let mark = Mark {
                sender,
                number: self.sent[sender],
                at,
            };
            let unsent = &mut self.clients[client].unsent;
            match self.server.raw_frame {
                Some(size) => codec::put_raw(unsent, mark, size),
                None => codec::put_send(unsent, &self.rooms[room], mark),
            }
            self.sent[sender] += 1;
            self.in_flight[sender] += 1;
        }
        self.write(client)
    }

    /// Writes the unsent bytes. If the socket is full, because the server pushes back, the poller
    /// tells when to go on.
    fn write(&mut self, index: usize) -> Result<(), Fault> {
        let client = &mut self.clients[index];
        while !client.unsent.is_empty() {
            match client.stream.write(&client.unsent) {
                Ok(written) => drop(client.unsent.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(fault(&format!("client {index}: writing"), error)),
            }
        }
        match client.unsent.is_empty() {
            true => Ok(()),
            false => self.poller.set_writable(&client.stream, index, true),
        }
    }

    /// Waits at most this long, then reads every ready socket once.
    pub fn poll(&mut self, wait: Duration) -> Result<(), Fault> {
        for n in 0..self.poller.wait(wait)? {
            let Ready { index, writable } = self.poller.ready(n);
            if writable {
                let stream = &self.clients[index].stream;
                self.poller.set_writable(stream, index, false)?;
                self.write(index)?;
            }
            let result = self.read(index);
            result.map_err(|fault| format!("client {index}: {fault}"))?;
        }
        Ok(())
    }

    /// Reads one socket once, and handles every frame that is now complete.
    fn read(&mut self, index: usize) -> Result<(), Fault> {
        let client = &mut self.clients[index];
        let partial = client.partial.len();
        self.buffer[..partial].copy_from_slice(&client.partial);
        let read = match client.stream.read(&mut self.buffer[partial..]) {
            Ok(0) => return Err("the server hung up".into()),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(fault("reading", error)),
        };
        client.partial.clear();
        self.last_read = Instant::now();
        self.tally.reads += 1;
        // The frames borrow the buffer while the clients change.
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.handle_bytes(index, &buffer[..partial + read]);
        self.buffer = buffer;
        result
    }

    fn handle_bytes(&mut self, index: usize, bytes: &[u8]) -> Result<(), Fault> {
        let now = self.micros(self.last_read);
        let room = self.room(index);
        let mut rest = bytes;
        let client = &mut self.clients[index];
        let unsent = client.unsent.len();
        if !client.upgraded {
            let Some(frames) = codec::after_response(bytes)? else {
                client.partial.extend_from_slice(bytes);
                return Ok(());
            };
            client.upgraded = true;
            rest = frames;
            if room != 0 {
                codec::put_join(&mut client.unsent, &self.rooms[room]);
            }
        }
        while let Some((frame, after)) = codec::next_frame(rest) {
            let length = rest.len() - after.len();
            self.handle_frame(index, frame, length, now)?;
            rest = after;
        }
        let client = &mut self.clients[index];
        client.partial.extend_from_slice(rest);
        match client.unsent.len() > unsent {
            true => self.write(index), // a `join` or a Pong
            false => Ok(()),
        }
    }

    /// `length`: bytes of the frame, header included. `now`: when it was read, in microseconds.
    fn handle_frame(
        &mut self,
        index: usize,
        frame: Frame<'_>,
        length: usize,
        now: u64,
    ) -> Result<(), Fault> {
        let raw = self.is_raw();
        let client = &mut self.clients[index];
        let (mark, own, seq) = match self.decoder.decode(frame)? {
            // The ack of the raw fan-out is the sender's own copy.
            Received::Message(mark, seq) => (mark, raw && client.sender == Some(mark.sender), seq),
            Received::Ack(mark, seq) => (mark, true, seq),
            Received::Joined => {
                self.joined += 1;
                return Ok(());
            }
            Received::Ping(payload) => {
                codec::put_pong(&mut client.unsent, payload);
                return Ok(());
            }
            Received::Other => return Ok(()),
        };
        self.received += 1;
        let seq = (!raw).then_some(seq);
        let latency = now.saturating_sub(mark.at);
        if own {
            client.ledger.ack(mark.sender, mark.number, seq)?;
            self.tally.acks.saturating_record(latency);
        } else {
            client.ledger.message(mark.sender, mark.number, seq)?;
            if client.observed == Some(mark.sender) {
                self.in_flight[mark.sender] -= 1;
            }
            self.tally.deliveries += 1;
            self.tally.bytes += length as u64;
            self.tally.latency.saturating_record(latency);
        }
        Ok(())
    }

    /// Waits until everything that was sent has arrived and the room is quiet, and checks every
    /// ledger.
    pub fn drain(&mut self) -> Result<(), Fault> {
        let due = self.due();
        let mut progress = Instant::now();
        let mut before = self.received;
        while self.received < due || self.last_read.elapsed() < QUIET {
            self.poll(Duration::from_millis(50))?;
            if self.received != before {
                progress = Instant::now();
                before = self.received;
            } else if progress.elapsed() > PATIENCE {
                break; // The ledgers know what is missing.
            }
        }
        for (index, client) in self.clients.iter().enumerate() {
            let stopped = self.stopped.as_ref();
            if stopped.is_some_and(|stopped| stopped.clients.contains(&index)) {
                continue;
            }
            // Of other rooms nothing may have come.
            let sent = self.senders.iter().zip(&self.sent);
            let sent = sent.map(
                |(&sender, &sent)| match self.room(sender) == self.room(index) {
                    true => sent,
                    false => 0,
                },
            );
            let result = client.ledger.finish(&sent.collect::<Vec<_>>());
            result.map_err(|fault| format!("client {index}: {fault}"))?;
        }
        Ok(())
    }
}

fn fault(what: &str, error: impl Display) -> Fault {
    format!("{what}: {error}").into()
}
