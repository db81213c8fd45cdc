//! A follower's end of a trunk: what comes on it is sent to the clients of this node.
//!
//! Runs on: `trunk`. Blocks on: reading from the primary. The sends do not wait, and what a full socket does not take is the flusher's,
//! as on a server of its own: a client that reads too slowly is cut here.

use crate::auth::token::Keys;
use crate::cluster::peer;
use crate::cluster::state::{State, lock};
use crate::cluster::trunk::{BEAT, PATH, PROTOCOL};
use crate::config::Config;
use crate::net::client::Client;
use crate::net::flusher::{Flusher, FlusherHandle, Report};
use crate::net::outbox::{Outbox, Undeliverable};
use crate::net::port::Port;
use crate::net::trunk::load::{self, End, HEADER, Malformed, Step};
use crate::support::threads::vital;
use crate::websocket::close::Code;
use crate::websocket::frame;
use bytes::{Bytes, BytesMut};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long the primary may take to answer, or to send anything.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before a trunk is opened again.
const PAUSE: Duration = BEAT;
/// Bytes that are read at once, if there are so many.
const BUFFER: usize = 64 * 1024;

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
    taken: HashMap<u32, Seat>,
}

impl Table {
    fn take_report(&mut self, report: Report) {
        let (Report::Drained { client, .. } | Report::Lost { client }) = report;
        let channel = u32::try_from(client.get()).ok();
        let Some(seat) = channel.and_then(|channel| self.taken.get_mut(&channel)) else {
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
        lock(&self.seats.table).taken.remove(&self.channel);
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
        };
        table.taken.insert(channel, seat);
        Some(Taken {
            seats: Arc::clone(self),
            trunk,
            channel,
        })
    }

    /// Sends what the loads say.
    fn serve(&self, reader: &mut impl Read) -> io::Result<Infallible> {
        let malformed = |Malformed| io::Error::from(ErrorKind::InvalidData);
        let mut pieces = Vec::new();
        loop {
            let mut header = [0; HEADER];
            reader.read_exact(&mut header)?;
            let (steps, pool) = load::lengths(header).map_err(malformed)?;
            let mut body = BytesMut::zeroed(steps + pool);
            reader.read_exact(&mut body)?;
            let mut steps = body.split_to(steps).freeze();
            let pool = body.freeze();
            let mut table = lock(&self.table);
            while let Some(step) =
                load::next_step(&mut steps, &pool, &mut pieces).map_err(malformed)?
            {
                self.take_step(&mut table, step, &pieces);
            }
        }
    }

    fn take_step(&self, table: &mut Table, step: Step, pieces: &[Bytes]) {
        match step {
            Step::Deliver(channels) => {
                for channel in channels {
                    if let Some(seat) = table.taken.get_mut(&channel) {
                        self.deliver(seat, pieces);
                    }
                }
            }
            Step::End(channel, how) => {
                if let Some(seat) = table.taken.get_mut(&channel) {
                    match how {
                        End::Finished => self.close(seat, Bytes::new(), false),
                        End::HungUp => seat.client.hang_up(),
                        End::Reset => seat.client.reset(),
                    }
                }
            }
        }
    }

    fn deliver(&self, seat: &mut Seat, pieces: &[Bytes]) {
        let port = Port(&seat.client, &self.flusher);
        match seat.outbox.deliver(&port, pieces, self.backlog) {
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

fn open(keys: &Keys, address: &str) -> io::Result<(impl Read, String)> {
    let mut stream = peer::connect(address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let fields = format!("Connection: Upgrade\r\nUpgrade: {PROTOCOL}\r\n");
    stream.write_all(peer::request(keys, address, PATH, &fields).as_bytes())?;
    let mut reader = BufReader::with_capacity(BUFFER, stream);
    let trunk = peer::answer(&mut reader, 101, "glassroom-trunk")?;
    let trunk = trunk.ok_or_else(|| io::Error::other("it does not name the trunk"))?;
    Ok((reader, trunk))
}
