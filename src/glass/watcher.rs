//! The thread of an open glass: receives what the tap reports, annotates it, and writes it to the
//! page.
//!
//! Runs on: `lens-N`. Blocks on: the tap's channel and its own page's socket, never on anything
//! that the chat needs. Owns: the annotator, and all writing to the page. A page that reads too
//! slowly is told how many frames it missed; the statistics count them all the same.

use crate::chat::grant::Grant;
use crate::chat::hub::Watched;
use crate::glass::event::{GlassEvent, Traffic};
use crate::lens::annotate::{Annotator, Observation};
use crate::lens::handshake::{self, HandshakeNote};
use crate::lens::note::Micros;
use crate::metrics::Numbers;
use crate::model::direction::Direction;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::net::client::{Client, LINGER};
use crate::net::tap::{TapEvent, TapReceiver, weight};
use crate::shared::Shared;
use crate::websocket::close::Code;
use crate::websocket::frame;
use bytes::Bytes;
use crossbeam_channel::RecvTimeoutError;
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How often the statistics are sent.
const STATS_EVERY: Duration = Duration::from_secs(1);
/// With more bytes than this in the channel, frames are counted and not sent.
const MAX_LAG: usize = 256 * 1024;
/// Bytes of a whole message that are shown.
const SHOWN: usize = 1024;
/// Events that one write carries at most.
const BATCH: usize = 64;

/// Why the view is over, for the page.
const REPLACED: &str = "replaced: another glass was opened on it";
const OUTGROWN: &str = "outgrown: the connection has a new token, open the view with that";

/// How a glass ends.
enum End {
    /// The server closes it with this Close.
    Close(Bytes),
    /// The page has gone, or its thread hangs up after this Close.
    Left(Option<Bytes>),
}

/// The system calls of one direction.
#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    count: u64,
    bytes: u64,
}

/// An open glass.
pub(super) struct Watcher {
    page: Arc<Client>,
    watched: Watched,
    tap: TapReceiver,
    /// Microsecond 0.
    start: Instant,
    annotator: Annotator,
    own: Traffic,
    /// By direction: the system calls so far, and the bytes that they carried.
    calls: [Calls; 2],
    /// By direction: this end has ended TCP.
    ended: [bool; 2],
    /// Frames that were not sent since the last [`GlassEvent::Lost`].
    lost: u64,
    /// For hosts: where the statistics of the whole server are read.
    server: Option<Arc<Shared>>,
    /// Frames to be written to the page.
    out: Vec<u8>,
}

impl Watcher {
    /// A watcher of what `tap` reports, for the page at `page`. The grant is that of the page's owner:
    /// figures of the whole server are for hosts of all rooms.
    pub(super) fn new(
        page: Arc<Client>,
        watched: Watched,
        tap: TapReceiver,
        grant: &Grant,
        shared: &Arc<Shared>,
    ) -> Self {
        Self {
            page,
            watched,
            tap,
            start: Instant::now(),
            annotator: Annotator::keeping(SHOWN),
            own: Traffic::default(),
            calls: [Calls::default(); 2],
            ended: [false; 2],
            lost: 0,
            server: (grant.role == Role::Host && grant.reach.is_everywhere())
                .then(|| Arc::clone(shared)),
            out: Vec::new(),
        }
    }

    /// The thread's whole life.
    pub(super) fn run(mut self) {
        self.send_opened();
        let mut next_stats = Instant::now() + STATS_EVERY;
        let end = loop {
            if (&self.page.stream).write_all(&self.out).is_err() {
                break End::Left(None);
            }
            self.out.clear();
            // However much happens, or the statistics would wait until it is quiet.
            if Instant::now() >= next_stats {
                next_stats = Instant::now() + STATS_EVERY;
                self.ask_for_tick();
            }
            let left = next_stats.saturating_duration_since(Instant::now());
            match self.tap.events.recv_timeout(left) {
                Ok(event) => {
                    if let Some(end) = self.handle_batch(event) {
                        break end;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break End::Left(None),
            }
        };
        match end {
            End::Close(close) if self.write_last(&close) => self.linger(),
            End::Left(Some(close)) if self.write_last(&close) => {}
            End::Close(_) | End::Left(_) => self.page.hang_up(),
        }
    }

    /// Writes what is left and this Close, and half-closes; false if that failed.
    fn write_last(&mut self, close: &[u8]) -> bool {
        self.out.extend_from_slice(close);
        let written = (&self.page.stream).write_all(&self.out).is_ok();
        if written {
            self.page.shut_down_write();
        }
        written
    }

    /// Gives the page [`LINGER`] to hang up, and then does it, or the page's thread would wait
    /// until the heartbeat. The channel ends when that thread does.
    fn linger(&self) {
        let until = Instant::now() + LINGER;
        while self.tap.events.recv_deadline(until).is_ok() {}
        self.page.hang_up();
    }

    fn handle_batch(&mut self, first: TapEvent) -> Option<End> {
        let mut end = self.handle(first);
        for _ in 1..BATCH {
            if end.is_some() {
                break;
            }
            let Ok(event) = self.tap.events.try_recv() else {
                break;
            };
            end = self.handle(event);
        }
        if self.lost > 0 && self.tap.queued.load(Relaxed) <= MAX_LAG {
            let frames = std::mem::take(&mut self.lost);
            self.send(&GlassEvent::Lost { frames });
        }
        end
    }

    fn handle(&mut self, event: TapEvent) -> Option<End> {
        match event {
            TapEvent::Bytes {
                from,
                bytes,
                at,
                call,
            } => {
                self.carry(from, &bytes, call, self.micros(at));
            }
            TapEvent::FanOut {
                room,
                seq,
                members,
                bytes,
                at,
            } => {
                let at = self.micros(at);
                self.send(&GlassEvent::FanOut {
                    at,
                    room: &room,
                    seq,
                    members,
                    bytes,
                });
            }
            TapEvent::TcpEnded { by, reset, at } => self.end_tcp(by, reset, self.micros(at)),
            TapEvent::Reply(bytes) => {
                self.tap.queued.fetch_sub(weight(&bytes), Relaxed);
                self.out.extend_from_slice(&bytes);
            }
            TapEvent::PageLeft(close) => return Some(End::Left(close)),
            TapEvent::Tick(at) => self.send_stats(self.micros(at)),
            TapEvent::ConnectionOver(at) => return self.end(self.micros(at)),
            TapEvent::Replaced => return close(Code::REPLACED, REPLACED),
            TapEvent::Outgrown => return close(Code::UNKNOWN_CONNECTION, OUTGROWN),
            TapEvent::Overrun => {
                let reason = "too_slow: more happened than could be shown, open it again";
                return close(Code::TRY_AGAIN_LATER, reason);
            }
        }
        None
    }

    /// Annotates bytes of the connection. With `call`, a system call begins with them: the page is told
    /// first what it carried.
    fn carry(&mut self, from: Direction, bytes: &Bytes, call: Option<usize>, at: Micros) {
        let queued = self.tap.queued.fetch_sub(weight(bytes), Relaxed);
        let skip = queued > MAX_LAG;
        let calls = &mut self.calls[from as usize];
        let offset = calls.bytes;
        calls.bytes += bytes.len() as u64;
        if let Some(total) = call {
            calls.count += 1;
            let event = GlassEvent::Call {
                from,
                what: match from {
                    Direction::FromClient => "read",
                    Direction::FromServer => "write",
                },
                number: calls.count,
                offset,
                bytes: total,
                at,
            };
            if !skip {
                self.send(&event);
            }
        }
        let events = self.annotator.feed(from, bytes, at);
        self.send_all(&events, skip);
    }

    fn end_tcp(&mut self, by: Direction, reset: bool, at: Micros) {
        if !std::mem::replace(&mut self.ended[by as usize], true) {
            let events = self.annotator.tcp_ended(by, reset, at);
            self.send_all(&events, false);
        }
    }

    /// The connection is over: shows what its end cut off, and how it ended.
    fn end(&mut self, at: Micros) -> Option<End> {
        let cut = self.annotator.over(at);
        self.send_all(&cut, false);
        self.send_stats(at);
        let summary = self.annotator.summary();
        self.send(&GlassEvent::Ended { summary });
        close(Code::NORMAL, "ended: the watched connection is over")
    }

    fn send_opened(&mut self) {
        let handshake = self.handshake().map(Box::new);
        let name = self.watched.name.clone();
        self.send(&GlassEvent::Opened {
            connection: self.watched.id.to_string(),
            clock: unix_millis(),
            name: &name,
            demo: self.watched.demo,
            handshake,
        });
        // Nothing was counted yet. What has happened since the tap was opened comes after this.
        self.send_stats(0);
    }

    /// The recorded handshake, annotated; `None` if it was too long to record.
    fn handshake(&self) -> Option<HandshakeNote> {
        let opening = self.watched.client.upgrade()?.tap.opening();
        let end = opening.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        let (request, response) = opening.split_at(end);
        if !request.starts_with(b"GET ") || response.is_empty() {
            return None;
        }
        let note = handshake::annotate(request, Some(response));
        Some(if self.watched.own {
            note
        } else {
            note.for_others()
        })
    }

    /// Lets the tap say when the next statistics are due: events that wait in its channel are older
    /// than now, and have to be shown first.
    fn ask_for_tick(&self) {
        if let Some(client) = self.watched.client.upgrade() {
            client.tap.tick();
        }
    }

    fn send_stats(&mut self, at: Micros) {
        let client = self.watched.client.upgrade();
        self.own.queued = client.map_or(0, |client| client.backlog_bytes().load(Relaxed));
        let server = self.server.as_ref();
        let server = server.map(|shared| Numbers::now(shared));
        self.send(&GlassEvent::Stats {
            at,
            own: self.own,
            server,
        });
    }

    fn send_all(&mut self, events: &[Observation], skip: bool) {
        for event in events {
            let frame = match event {
                Observation::Frame(frame) => Some(frame),
                _ => None,
            };
            if let Some(frame) = frame {
                self.own.count(frame);
            }
            if skip {
                self.lost += u64::from(frame.is_some());
            } else {
                self.send(event);
            }
        }
    }

    fn send(&mut self, event: &impl Serialize) {
        match serde_json::to_vec(event) {
            Ok(json) => self.out.extend_from_slice(&frame::text(&json)),
            Err(error) => log::warn!("an event of a glass is not JSON: {error}"),
        }
    }

    fn micros(&self, at: Instant) -> Micros {
        at.saturating_duration_since(self.start).as_micros() as Micros
    }
}

fn close(code: Code, reason: &str) -> Option<End> {
    Some(End::Close(frame::close(code.into(), reason)))
}
