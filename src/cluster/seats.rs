//! A follower's end of a trunk: what comes on it is sent to the clients of this node.
//!
//! Runs on: `trunk`. Blocks on: reading from the primary. The sends do not wait, and what a full socket does not take is the flusher's,
//! as on a server of its own: a client that reads too slowly is cut here. What has come while everybody was sent to before is sent to
//! each client by one system call, as the hub does.

use crate::auth::token::Keys;
use crate::cluster::peer;
use crate::cluster::state::{State, lock};
use crate::cluster::trunk::{BEAT, PATH, PROTOCOL};
use crate::config::Config;
use crate::net::client::Client;
use crate::net::flusher::{Flusher, FlusherHandle, Report};
use crate::net::outbox::{Outbox, Undeliverable};
use crate::net::port::Port;
use crate::net::trunk::load::{self, End, HEADER, Step};
use crate::support::id_map::IdMap;
use crate::support::threads::vital;
use crate::websocket::close::Code;
use crate::websocket::frame;
use bytes::{Bytes, BytesMut};
use std::convert::Infallible;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long the primary may take to answer, or to send anything.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before a trunk is opened again.
const PAUSE: Duration = BEAT;
/// Bytes that are read at once, if there are so many.
const BUFFER: usize = 256 * 1024;

/// The clients of this node that are sent to by a trunk.
pub(super) struct Seats {
    table: Arc<Mutex<Table>>,
    flusher: FlusherHandle,
    /// `limits.backlog`: bytes that may wait for one client.
    backlog: usize,
}

#[derive(Default)]
struct Table {
    /// The name of the trunk, while there is one.
    trunk: Option<String>,
    /// By channel.
    taken: IdMap<u64, Seat>,
    /// The channels of the seats that have something to send.
    unsent: Vec<u32>,
}

impl Table {
    fn take_report(&mut self, report: Report) {
        let (Report::Drained { client, .. } | Report::Lost { client }) = report;
        let Some(seat) = self.taken.get_mut(&client.get()) else {
            return;
        };
        match report {
            Report::Drained { chunks, .. } => drop(seat.outbox.drained(chunks)),
            Report::Lost { .. } => seat.client.hang_up(),
        }
    }
}

struct Seat {
    client: Arc<Client>,
    outbox: Outbox,
    /// What is sent next.
    pieces: Vec<Bytes>,
}

/// The place of one client, which is given back when this goes.
pub(super) struct Taken {
    seats: Arc<Seats>,
    /// The name of the trunk.
    pub trunk: String,
    /// The number of the client on it.
    pub channel: u32,
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
            backlog: config.limits.backlog,
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
        let trunk = table.trunk.clone()?;
        let seat = Seat {
            client: Arc::clone(client),
            outbox: Outbox::default(),
            pieces: Vec::new(),
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
            while let Some(channel) = table.unsent.pop() {
                if let Some(seat) = table.taken.get_mut(&channel.into()) {
                    self.send(seat);
                }
            }
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
            End::Finished => self.close(seat, Bytes::new(), false),
            End::HungUp => seat.client.hang_up(),
            End::Reset => seat.client.reset(),
        }
    }

    /// Sends what waits for a client.
    fn send(&self, seat: &mut Seat) {
        if seat.pieces.is_empty() {
            return;
        }
        let port = Port(&seat.client, &self.flusher);
        let sent = seat.outbox.deliver(&port, &seat.pieces, self.backlog);
        seat.pieces.clear();
        match sent {
            Ok(()) => {}
            Err(Undeliverable::Gone) => seat.client.hang_up(),
            Err(Undeliverable::Overflow) => {
                let reason = "too_slow: you read too slowly, come back";
                let close = frame::close(Code::TRY_AGAIN_LATER.into(), reason);
                self.close(seat, close, true);
            }
        }
    }

    /// Half-closes after the last bytes. `replaces`: what waits and is not begun is dropped.
    fn close(&self, seat: &mut Seat, last: Bytes, replaces: bool) {
        let port = Port(&seat.client, &self.flusher);
        seat.outbox.close(&port, last, replaces);
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
                table.taken.values().for_each(|seat| seat.client.hang_up());
                log::info!("the trunk to {address} has ended: {why}");
            }
            // Connections are passed on without one.
            Err(error) if !std::mem::replace(&mut failing, true) => {
                log::warn!("no trunk to {address}: {error}");
            }
            Err(_) => {}
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

fn open(keys: &Keys, address: &str) -> io::Result<(BufReader<TcpStream>, String)> {
    let mut stream = peer::connect(address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let fields = format!("Connection: Upgrade\r\nUpgrade: {PROTOCOL}\r\n");
    stream.write_all(peer::request(keys, address, PATH, &fields).as_bytes())?;
    let mut reader = BufReader::with_capacity(BUFFER, stream);
    let trunk = peer::answer(&mut reader, 101, "glassroom-trunk")?;
    let trunk = trunk.ok_or_else(|| io::Error::other("it does not name the trunk"))?;
    Ok((reader, trunk))
}
