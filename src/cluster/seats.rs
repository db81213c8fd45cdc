//! A follower's end of a trunk: what comes on it is sent to the clients of this node.
//!
//! Runs on: `trunk`. Blocks on: reading from the primary. The sends do not wait, and what a full socket does not take is the flusher's,
//! as on a server of its own. What has come while everybody was sent to before is sent to each client by one system call, as the hub
//! does. The primary is told how much each client has taken, and sends no more to one that takes nothing: it judges who is too slow.

use crate::auth::token::Keys;
use crate::cluster::peer;
use crate::cluster::state::{State, lock};
use crate::cluster::trunk::{BEAT, PATH, PROTOCOL};
use crate::config::Config;
use crate::net::client::Client;
use crate::net::flusher::{Flusher, FlusherHandle, Report};
use crate::net::outbox::{Chunk, Outbox, Transport};
use crate::net::port::Port;
use crate::net::trunk::WINDOW;
use crate::net::trunk::load::{self, End, HEADER, Step};
use crate::support::id_map::IdMap;
use crate::support::threads::vital;
use bytes::{BufMut, Bytes, BytesMut};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::convert::Infallible;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long the primary may take to answer, or to send anything.
const PATIENCE: Duration = Duration::from_secs(3);
/// The pause before a trunk is opened again.
const PAUSE: Duration = BEAT;
/// The primary is told how much a client has taken each time that it is so much more.
const STEP: usize = WINDOW / 4;
/// The size of the reader's buffer: one read takes what has come, up to so many bytes.
const BUFFER: usize = 256 * 1024;

/// The clients of this node that are sent to by a trunk.
pub(super) struct Seats {
    table: Arc<Mutex<Table>>,
    flusher: FlusherHandle,
}

#[derive(Default)]
struct Table {
    /// The trunk, while there is one.
    trunk: Option<Open>,
    /// By channel.
    taken: IdMap<u64, Seat>,
    /// The channels of the seats that have something to send.
    unsent: Vec<u32>,
    /// Those that have a backlog.
    slow: Vec<u32>,
    /// The records that go to the primary next.
    records: Vec<u8>,
}

/// A trunk that is open.
struct Open {
    name: String,
    stream: TcpStream,
}

impl Table {
    fn take_report(&mut self, report: Report) {
        let (Report::Drained { client, .. } | Report::Lost { client }) = report;
        let Some(seat) = self.taken.get_mut(&client.get()) else {
            return;
        };
        match report {
            Report::Drained { chunks, .. } => {
                seat.outbox.drained(chunks);
                seat.record(1, &mut self.records);
                self.tell();
            }
            Report::Lost { .. } => seat.client.hang_up(),
        }
    }

    /// Notes how much those have taken that have been sent something, or had a backlog.
    fn record(&mut self, sent: impl Iterator<Item = u32>) {
        let slow = std::mem::take(&mut self.slow);
        for channel in slow.into_iter().chain(sent) {
            if let Some(seat) = self.taken.get_mut(&channel.into()) {
                seat.record(STEP, &mut self.records);
                if seat.outbox.is_backlogged() {
                    self.slow.push(channel);
                }
            }
        }
        self.slow.sort_unstable();
        self.slow.dedup();
    }

    /// Tells the primary what was noted.
    fn tell(&mut self) {
        if let Some(open) = &self.trunk
            && !self.records.is_empty()
            && (&open.stream).write_all(&self.records).is_err()
        {
            // Whoever reads finds that it has ended.
            let _ = open.stream.shutdown(Shutdown::Both);
        }
        self.records.clear();
    }
}

struct Seat {
    client: Arc<Client>,
    outbox: Outbox,
    /// The bytes that the next system call sends.
    pieces: Vec<Bytes>,
    /// Dropped when nothing more comes for the client.
    over: Option<Sender<()>>,
    /// Its last byte has come.
    is_finished: bool,
    /// Bytes that came for the client, and how many of them the primary knows to be taken.
    came: usize,
    known: usize,
}

impl Seat {
    /// Notes how much the client has taken, if it is at least `step` more than the primary knows.
    fn record(&mut self, step: usize, records: &mut Vec<u8>) {
        let taken = self
            .came
            .saturating_sub(self.client.backlog_bytes().load(Relaxed));
        let new = taken.saturating_sub(self.known);
        if new >= step {
            self.known = taken;
            records.put_u32(self.client.id.get() as u32);
            records.put_u32(new as u32);
        }
    }
}

/// The place of one client, which is given back when this goes.
pub(super) struct Taken {
    seats: Arc<Seats>,
    /// The name of the trunk.
    pub trunk: String,
    /// The number of the client on it.
    pub channel: u32,
}

impl Taken {
    /// Returns a channel that is disconnected as soon as nothing more comes for the client on the trunk.
    pub(super) fn watch(&self) -> Receiver<()> {
        let (over, is_over) = bounded(0);
        if let Some(seat) = lock(&self.seats.table).taken.get_mut(&self.channel.into()) {
            seat.over = Some(over);
        }
        is_over
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        lock(&self.seats.table).taken.remove(&self.channel.into());
    }
}

impl Seats {
    /// Starts the threads that serve them, until the node stops.
    pub(super) fn start(
        config: &Config,
        keys: &Arc<Keys>,
        state: &Arc<State>,
        stopping: &Arc<AtomicBool>,
        failed: impl Fn() + Clone + Send + 'static,
    ) -> io::Result<Arc<Seats>> {
        let table = Arc::<Mutex<Table>>::default();
        let reported = Arc::clone(&table);
        let report = move |report| lock(&reported).take_report(report);
        let (handle, flusher) = Flusher::new(report, config.heartbeat.interval * 2)?;
        let seats = Arc::new(Seats {
            table,
            flusher: handle,
        });
        vital("flusher", failed.clone(), move || flusher.run())?;
        let (ours, keys) = (Arc::clone(&seats), Arc::clone(keys));
        let (state, stopping) = (Arc::clone(state), Arc::clone(stopping));
        vital("trunk", failed, move || {
            run(&ours, &state, &keys, &stopping)
        })?;
        Ok(seats)
    }

    /// Takes a place for a client. `None`: there is no trunk now.
    pub(super) fn take(self: &Arc<Self>, client: &Arc<Client>) -> Option<Taken> {
        let channel = u32::try_from(client.id.get()).ok()?;
        let mut table = lock(&self.table);
        let trunk = table.trunk.as_ref()?.name.clone();
        let seat = Seat {
            client: Arc::clone(client),
            outbox: Outbox::default(),
            pieces: Vec::new(),
            over: None,
            is_finished: false,
            came: 0,
            known: 0,
        };
        table.taken.insert(channel.into(), seat);
        Some(Taken {
            seats: Arc::clone(self),
            trunk,
            channel,
        })
    }

    /// Sends what the loads say.
    fn serve(&self, reader: &mut BufReader<TcpStream>) -> io::Result<Infallible> {
        loop {
            let mut load = read(reader)?;
            let mut table = lock(&self.table);
            loop {
                self.take_load(&mut table, load)?;
                if !load::is_whole(reader.buffer()) {
                    break;
                }
                load = read(reader)?;
            }
            let unsent = std::mem::take(&mut table.unsent);
            for channel in &unsent {
                if let Some(seat) = table.taken.get_mut(&u64::from(*channel)) {
                    self.send(seat);
                }
            }
            table.record(unsent.into_iter());
            table.tell();
        }
    }

    fn take_load(&self, table: &mut Table, (mut steps, pool): (Bytes, Bytes)) -> io::Result<()> {
        let mut pieces = Vec::new();
        while let Some(step) = load::next_step(&mut steps, &pool, &mut pieces)? {
            match step {
                Step::Deliver(channels) => {
                    for channel in channels {
                        if let Some(seat) = table.taken.get_mut(&channel.into()) {
                            if seat.pieces.is_empty() {
                                table.unsent.push(channel);
                            }
                            seat.pieces.extend_from_slice(&pieces);
                        }
                    }
                }
                Step::End(channel, how) => {
                    if let Some(seat) = table.taken.get_mut(&channel.into()) {
                        self.end(seat, how);
                    }
                }
            }
        }
        Ok(())
    }

    fn end(&self, seat: &mut Seat, how: End) {
        self.send(seat);
        match how {
            End::Finished => {
                // The last byte has been sent, or waits: half-closed after it.
                let port = CopyingPort(Port(&seat.client, &self.flusher));
                seat.outbox.close(&port, Bytes::new(), false);
                seat.is_finished = true;
            }
            End::HungUp => seat.client.hang_up(),
            End::Reset => seat.client.reset(),
        }
        seat.over = None;
    }

    /// Sends what waits for a client.
    fn send(&self, seat: &mut Seat) {
        if seat.pieces.is_empty() {
            return;
        }
        let port = CopyingPort(Port(&seat.client, &self.flusher));
        seat.came += seat.pieces.iter().map(Bytes::len).sum::<usize>();
        // The primary sends no more than a little to one that is slow: here is no bound.
        let sent = seat.outbox.deliver(&port, &seat.pieces, usize::MAX);
        seat.pieces.clear();
        if sent.is_err() {
            seat.client.hang_up();
        }
    }
}

/// A port that copies what waits for a client: a slice would keep the whole load that it came in.
struct CopyingPort<'a>(Port<'a>);

impl Transport for CopyingPort<'_> {
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        self.0.try_send(pieces)
    }
    fn hand_over(&self, chunk: Chunk) {
        self.0.hand_over(match chunk {
            Chunk::Bytes { bytes, begun } => Chunk::Bytes {
                bytes: Bytes::copy_from_slice(&bytes),
                begun,
            },
            close => close,
        });
    }
    fn backlog_bytes(&self) -> &AtomicUsize {
        self.0.backlog_bytes()
    }
    fn finish(&self) {
        self.0.finish();
    }
}

/// Keeps a trunk to the primary, until the node stops.
fn run(seats: &Seats, state: &State, keys: &Keys, stopping: &AtomicBool) {
    let mut failing = false;
    while !stopping.load(Relaxed) {
        let address = state.primary().1;
        match open(keys, &address) {
            Ok((mut reader, trunk)) => {
                failing = false;
                log::debug!("a trunk to {address} is open");
                lock(&seats.table).trunk = Some(trunk);
                let Err(why) = seats.serve(&mut reader);
                let mut table = lock(&seats.table);
                table.trunk = None;
                // They come back, and resume.
                for seat in table.taken.values_mut() {
                    seat.over = None;
                    // A client whose last byte has come is left to read it.
                    if !seat.is_finished {
                        seat.client.hang_up();
                    }
                }
                log::info!("the trunk to {address} has ended: {why}");
            }
            // Connections are passed on without one.
            Err(error) => {
                if error.kind() == ErrorKind::ConnectionRefused {
                    state.refused.fetch_add(1, Relaxed);
                }
                if !std::mem::replace(&mut failing, true) {
                    log::warn!("no trunk to {address}: {error}");
                }
            }
        }
        thread::sleep(PAUSE);
    }
}

/// Reads the steps of a load, and its pool.
fn read(reader: &mut impl Read) -> io::Result<(Bytes, Bytes)> {
    let mut header = [0; HEADER];
    reader.read_exact(&mut header)?;
    let (steps, pool) = load::lengths(header)?;
    let mut body = BytesMut::zeroed(steps + pool);
    reader.read_exact(&mut body)?;
    Ok((body.split_to(steps).freeze(), body.freeze()))
}

fn open(keys: &Keys, address: &str) -> io::Result<(BufReader<TcpStream>, Open)> {
    let mut stream = peer::connect(address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let fields = format!("Connection: Upgrade\r\nUpgrade: {PROTOCOL}\r\n");
    stream.write_all(peer::request(keys, address, PATH, &fields).as_bytes())?;
    let mut reader = BufReader::with_capacity(BUFFER, stream);
    let name = peer::answer(&mut reader, 101, "glassroom-trunk")?;
    let name = name.ok_or_else(|| io::Error::other("it does not name the trunk"))?;
    let stream = reader.get_ref().try_clone()?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok((reader, Open { name, stream }))
}
