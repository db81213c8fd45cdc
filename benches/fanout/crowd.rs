//! All clients in one thread: one epoll loop, one read per ready socket.
//!
//! It shares the machine with the server, so everything it does is taken from the server: one read
//! buffer for all, frames parsed in place, the clock read once per read. Every frame goes through
//! its client's ledger.

use crate::ledger::{Fault, Ledger};
use crate::process::Target;
use crate::tally::Tally;
use crate::wire::{self, Ear, Heard, Mark};
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, epoll};
use std::fmt::Display;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// More than a socket's receive buffer usually holds: one read empties it.
const BUFFER: usize = 512 * 1024;
/// No byte for so long: everything that was under way is here (and a double would be, too).
pub const QUIET: Duration = Duration::from_millis(250);
/// Nothing new for so long while something is missing: it is lost.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// One connection.
pub struct Client {
    stream: TcpStream,
    /// The beginning of a frame whose rest has not come.
    kept: Vec<u8>,
    /// What the socket had no room for yet.
    out: Vec<u8>,
    upgraded: bool,
    sender: Option<usize>,
    /// What it has got.
    pub ledger: Ledger,
}

/// Readers who stopped reading, and what had been sent by then.
struct Missed {
    who: Vec<usize>,
    since: u64,
}

/// Everybody in the room.
pub struct Crowd<'a> {
    target: &'a Target,
    start: Instant,
    poll: OwnedFd,
    events: Vec<epoll::Event>,
    buffer: Vec<u8>,
    ear: Ear,
    /// The connections, in the order of joining.
    pub clients: Vec<Client>,
    /// Which client each sender is: they are spread evenly.
    pub senders: Vec<usize>,
    /// Messages that each sender has sent.
    pub sent: Vec<u32>,
    /// How many of them have no ack yet.
    pub in_flight: Vec<u32>,
    joined: usize,
    /// Deliveries and acks, from the beginning.
    pub delivered: u64,
    /// Deliveries that readers who stopped will not get.
    missed: Option<Missed>,
    tally: Tally,
    /// When something was last received.
    pub heard: Instant,
}

impl<'a> Crowd<'a> {
    /// Connects everybody and waits until all are in the room and the room is quiet.
    pub fn connect(target: &'a Target, clients: usize, senders: usize) -> Result<Self, Fault> {
        let now = Instant::now();
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|e| fault("epoll", e))?;
        let mut this = Self {
            target,
            start: now,
            poll,
            events: Vec::with_capacity(1024),
            buffer: vec![0; BUFFER],
            ear: Ear::behind(target.head),
            clients: Vec::with_capacity(clients),
            senders: (0..senders).map(|s| s * clients / senders).collect(),
            sent: vec![0; senders],
            in_flight: vec![0; senders],
            joined: 0,
            delivered: 0,
            missed: None,
            tally: Tally::new()?,
            heard: now,
        };
        for index in 0..clients {
            this.open(index).map_err(|e| fault("connecting", e))?;
        }
        while this.joined < clients || this.heard.elapsed() < QUIET {
            this.turn(Duration::from_millis(50))?;
            if this.heard.elapsed() > PATIENCE {
                return Err(format!("{} of {clients} clients got in", this.joined).into());
            }
        }
        Ok(this)
    }

    fn open(&mut self, index: usize) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.target.address)?;
        stream.set_nodelay(true)?;
        let raw = self.target.raw.is_some();
        if raw {
            self.joined += 1;
        } else {
            let token = self.target.token(index);
            stream.write_all(
                wire::request(&self.target.address.to_string(), &token, "").as_bytes(),
            )?;
        }
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&self.poll, &stream, data, epoll::EventFlags::IN)?;
        let sender = self.senders.iter().position(|&client| client == index);
        let ledger = Ledger::new(sender, self.senders.len(), self.target.head);
        let (kept, out) = (Vec::new(), Vec::new());
        self.clients.push(Client {
            stream,
            kept,
            out,
            upgraded: raw,
            sender,
            ledger,
        });
        Ok(())
    }

    /// These read nothing any more. To be called when everything sent has arrived.
    pub fn stop_reading(&mut self, who: Vec<usize>) -> Result<(), Fault> {
        for &index in &who {
            let stream = &self.clients[index].stream;
            epoll::delete(&self.poll, stream).map_err(|e| fault("epoll", e))?;
        }
        let since = self.sent();
        self.missed = Some(Missed { who, since });
        Ok(())
    }

    /// Whether a client still reads.
    pub fn reads(&self, index: usize) -> bool {
        self.missed.as_ref().is_none_or(|m| !m.who.contains(&index))
    }

    /// Messages of all senders together.
    pub fn sent(&self) -> u64 {
        self.sent.iter().map(|&sent| u64::from(sent)).sum()
    }

    /// Deliveries and acks that everything sent should become.
    pub fn wanted(&self) -> u64 {
        let sent = self.sent();
        let missed = self.missed.as_ref();
        let missed = missed.map_or(0, |m| m.who.len() as u64 * (sent - m.since));
        sent * self.clients.len() as u64 - missed
    }

    /// On the clock of the marks.
    pub fn micros(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.start).as_micros() as u64
    }

    /// Returns what was counted since the last call, and counts from zero again.
    pub fn take_tally(&mut self) -> Result<Tally, Fault> {
        Ok(std::mem::replace(&mut self.tally, Tally::new()?))
    }

    /// So many messages of one sender, in one write.
    pub fn send(&mut self, sender: usize, count: u32, at: u64) -> Result<(), Fault> {
        if count == 0 {
            return Ok(());
        }
        let client = self.senders[sender];
        for _ in 0..count {
            let mark = Mark {
                sender,
                number: self.sent[sender],
                at,
            };
            let out = &mut self.clients[client].out;
            match self.target.raw {
                Some(size) => wire::put_raw(out, mark, size),
                None => wire::put_send(out, mark),
            }
            self.sent[sender] += 1;
            self.in_flight[sender] += 1;
        }
        self.write(client)
    }

    /// Writes what waits; if the server does not take it (it pushes back), comes again with
    /// `EPOLLOUT`.
    fn write(&mut self, index: usize) -> Result<(), Fault> {
        let client = &mut self.clients[index];
        while !client.out.is_empty() {
            match client.stream.write(&client.out) {
                Ok(written) => drop(client.out.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(fault(&format!("client {index}: writing"), error)),
            }
        }
        // Always armed anew when it was full; the common case arms nothing.
        if !client.out.is_empty() {
            self.interest(index, epoll::EventFlags::IN | epoll::EventFlags::OUT)?;
        }
        Ok(())
    }

    fn interest(&self, index: usize, flags: epoll::EventFlags) -> Result<(), Fault> {
        let data = epoll::EventData::new_u64(index as u64);
        epoll::modify(&self.poll, &self.clients[index].stream, data, flags)
            .map_err(|e| fault("epoll", e))
    }

    /// Waits at most so long, then reads every socket that is ready once.
    pub fn turn(&mut self, wait: Duration) -> Result<(), Fault> {
        // epoll_wait counts in milliseconds, which is coarse for a pace; poll on it does not.
        let (tv_sec, tv_nsec) = (wait.as_secs() as i64, wait.subsec_nanos().into());
        let timeout = Timespec { tv_sec, tv_nsec };
        if wait < Duration::from_millis(5) && !wait.is_zero() {
            let mut ready = [PollFd::new(&self.poll, PollFlags::IN)];
            match rustix::event::poll(&mut ready, Some(&timeout)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(fault("poll", error)),
            }
        }
        self.events.clear();
        // Rounding is upwards: 1 ms early, and the last one is the poll's above.
        let timeout = Timespec {
            tv_nsec: (timeout.tv_nsec - 1_000_000).max(0),
            ..timeout
        };
        match epoll::wait(&self.poll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(fault("epoll", error)),
        }
        for n in 0..self.events.len() {
            let epoll::Event { data, flags } = self.events[n];
            let index = data.u64() as usize;
            if flags.contains(epoll::EventFlags::OUT) {
                self.interest(index, epoll::EventFlags::IN)?;
                self.write(index)?;
            }
            let result = self.read(index);
            result.map_err(|fault| format!("client {index}: {fault}"))?;
        }
        Ok(())
    }

    /// One read of one client's socket, and every frame that is now complete.
    fn read(&mut self, index: usize) -> Result<(), Fault> {
        let client = &mut self.clients[index];
        let kept = client.kept.len();
        self.buffer[..kept].copy_from_slice(&client.kept);
        let read = match client.stream.read(&mut self.buffer[kept..]) {
            Ok(0) => return Err("the server hung up".into()),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(fault("reading", error)),
        };
        client.kept.clear();
        self.heard = Instant::now();
        self.tally.reads += 1;
        let now = self.heard.saturating_duration_since(self.start).as_micros() as u64;
        let mut rest = &self.buffer[..kept + read];
        if !client.upgraded {
            let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") else {
                client.kept.extend_from_slice(rest);
                return Ok(());
            };
            if !rest.starts_with(b"HTTP/1.1 101 ") {
                return Err(String::from_utf8_lossy(rest).into());
            }
            client.upgraded = true;
            rest = &rest[end + 4..];
        }
        let numbered = self.target.raw.is_none();
        let mut pongs = false;
        while let Some((first, payload, behind)) = wire::frame(rest) {
            let length = rest.len() - behind.len();
            rest = behind;
            let (mark, own, seq) = match self.ear.hear(first, payload)? {
                // The raw fan-out's ack is the sender's own copy.
                Heard::Message(mark, seq) => {
                    (mark, !numbered && client.sender == Some(mark.sender), seq)
                }
                Heard::Ack(mark, seq) => (mark, true, seq),
                Heard::Joined => {
                    self.joined += 1;
                    continue;
                }
                Heard::Ping(payload) => {
                    wire::put_pong(&mut client.out, payload);
                    pongs = true;
                    continue;
                }
                Heard::Other => continue,
            };
            self.delivered += 1;
            let seq = numbered.then_some(seq);
            let latency = now.saturating_sub(mark.at);
            if own {
                client.ledger.ack(mark.sender, mark.number, seq)?;
                self.in_flight[mark.sender] -= 1;
                self.tally.acks.saturating_record(latency);
            } else {
                client.ledger.message(mark.sender, mark.number, seq)?;
                self.tally.deliveries += 1;
                self.tally.bytes += length as u64;
                self.tally.latency.saturating_record(latency);
            }
        }
        client.kept.extend_from_slice(rest);
        if pongs { self.write(index) } else { Ok(()) }
    }
}

fn fault(what: &str, error: impl Display) -> Fault {
    format!("{what}: {error}").into()
}
