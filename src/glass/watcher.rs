//! The thread behind an open glass: takes what the tap shows, has it annotated, tells the page.
//!
//! Runs on: `lens-N`. Blocks on: the tap's channel and its own page's socket, never on anything
//! that the chat needs. Owns: the annotator, and all writing to the page. A page that reads too
//! slowly is told how many frames it missed; they are counted all the same.

use crate::chat::hub::Watched;
use crate::glass::telling::{Own, Telling};
use crate::lens::annotate::{Annotator, Observation};
use crate::lens::handshake::{self, HandshakeNote};
use crate::lens::note::Micros;
use crate::metrics::Numbers;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::net::client::Client;
use crate::net::client::LINGER;
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

/// How often the numbers are told.
const TICK: Duration = Duration::from_secs(1);
/// With more than this waiting, frames are counted and not told.
const BEHIND: usize = 256 * 1024;
/// Bytes of a message that are shown when it is whole.
const KEPT: usize = 1024;
/// Events that are written in one go.
const AT_ONCE: usize = 64;

/// Why a glass is shut.
enum End {
    /// With this Close, of which the page knows nothing yet.
    Close(Bytes),
    /// The page has gone, or its thread is about to hang up: behind this Close, if it is owed one.
    Left(Option<Bytes>),
}

/// An open glass.
pub struct Watcher {
    page: Arc<Client>,
    watched: Watched,
    view: TapReceiver,
    /// Microsecond 0.
    start: Instant,
    annotator: Annotator,
    own: Own,
    /// Which ends have ended TCP.
    ended: [bool; 2],
    lost: u64,
    /// Where the numbers of the whole server are read, for hosts.
    server: Option<Arc<Shared>>,
    out: Vec<u8>,
}

impl Watcher {
    /// A watcher of what `view` shows, for the page at `page`.
    pub fn new(
        page: Arc<Client>,
        watched: Watched,
        view: TapReceiver,
        role: Role,
        shared: &Arc<Shared>,
    ) -> Self {
        Self {
            page,
            watched,
            view,
            start: Instant::now(),
            annotator: Annotator::keeping(KEPT),
            own: Own::default(),
            ended: [false; 2],
            lost: 0,
            server: (role == Role::Host).then(|| Arc::clone(shared)),
            out: Vec::new(),
        }
    }

    /// The thread's whole life.
    pub fn run(mut self) {
        self.hello();
        let mut tick = Instant::now() + TICK;
        let end = loop {
            if (&self.page.stream).write_all(&self.out).is_err() {
                break End::Left(None);
            }
            self.out.clear();
            let left = tick.saturating_duration_since(Instant::now());
            match self.view.events.recv_timeout(left) {
                Ok(seen) => {
                    if let Some(end) = self.take_some(seen) {
                        break end;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    tick = Instant::now() + TICK;
                    self.numbers();
                }
                Err(RecvTimeoutError::Disconnected) => break End::Left(None),
            }
        };
        match end {
            End::Close(close) if self.says_last(&close) => self.linger(),
            End::Left(Some(close)) if self.says_last(&close) => {}
            End::Close(_) | End::Left(_) => self.page.hang_up(),
        }
    }

    /// The last that is written.
    fn says_last(&mut self, close: &[u8]) -> bool {
        self.out.extend_from_slice(close);
        let written = (&self.page.stream).write_all(&self.out).is_ok();
        if written {
            self.page.shut_down_write();
        }
        written
    }

    /// Gives the page [`LINGER`] to hang up, or its thread would sit with it until the heartbeat.
    /// When that thread ends, nobody is left who could tell anything.
    fn linger(&self) {
        let until = Instant::now() + LINGER;
        while self.view.events.recv_deadline(until).is_ok() {}
        self.page.hang_up();
    }

    fn take_some(&mut self, first: TapEvent) -> Option<End> {
        let mut end = self.take(first);
        for _ in 1..AT_ONCE {
            if end.is_some() {
                break;
            }
            let Ok(seen) = self.view.events.try_recv() else {
                break;
            };
            end = self.take(seen);
        }
        if self.lost > 0 && self.view.queued.load(Relaxed) <= BEHIND {
            let frames = std::mem::take(&mut self.lost);
            self.tell(&Telling::Lost { frames });
        }
        end
    }

    fn take(&mut self, seen: TapEvent) -> Option<End> {
        match seen {
            TapEvent::Bytes { from, bytes, at } => {
                let waiting = self.view.queued.fetch_sub(weight(&bytes), Relaxed);
                let events = self.annotator.feed(from, &bytes, self.micros(at));
                self.tell_all(&events, waiting > BEHIND);
            }
            TapEvent::FanOut {
                room,
                seq,
                members,
                bytes,
                at,
            } => {
                let at = self.micros(at);
                self.tell(&Telling::FanOut {
                    at,
                    room: &room,
                    seq,
                    members,
                    bytes,
                });
            }
            TapEvent::TcpEnded { by, reset, at } => {
                if !std::mem::replace(&mut self.ended[by as usize], true) {
                    let events = self.annotator.tcp_ended(by, reset, self.micros(at));
                    self.tell_all(&events, false);
                }
            }
            TapEvent::Reply(bytes) => {
                self.view.queued.fetch_sub(weight(&bytes), Relaxed);
                self.out.extend_from_slice(&bytes);
            }
            TapEvent::PageLeft(close) => return Some(End::Left(close)),
            TapEvent::ConnectionOver => {
                self.numbers();
                let summary = self.annotator.summary();
                self.tell(&Telling::Ended { summary });
                return closed(Code::NORMAL, "ended: the watched connection is over");
            }
            TapEvent::Replaced => {
                return closed(Code::REPLACED, "replaced: another glass was opened on it");
            }
            TapEvent::Overrun => {
                let reason = "too_slow: more happened than could be shown, open it again";
                return closed(Code::TRY_AGAIN_LATER, reason);
            }
        }
        None
    }

    fn hello(&mut self) {
        let handshake = self.handshake().map(Box::new);
        let Watched { id, name, demo, .. } = &self.watched;
        let (connection, name, demo) = (id.to_string(), name.clone(), *demo);
        self.tell(&Telling::Opened {
            connection,
            clock: unix_millis(),
            name: &name,
            demo,
            handshake,
        });
        self.numbers();
    }

    /// The kept handshake, annotated; `None` if it was too long to keep.
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

    fn numbers(&mut self) {
        let client = self.watched.client.upgrade();
        self.own.queued = client.map_or(0, |client| client.waiting().load(Relaxed));
        let server = self.server.as_ref();
        let server = server.map(|shared| Numbers::now(shared, unix_millis()));
        let (at, own) = (self.micros(Instant::now()), self.own);
        self.tell(&Telling::Stats { at, own, server });
    }

    fn tell_all(&mut self, events: &[Observation], skip: bool) {
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
                self.tell(event);
            }
        }
    }

    fn tell(&mut self, event: &impl Serialize) {
        match serde_json::to_vec(event) {
            Ok(json) => self.out.extend_from_slice(&frame::text(&json)),
            Err(error) => log::warn!("an event of a glass: {error}"),
        }
    }

    fn micros(&self, at: Instant) -> Micros {
        at.saturating_duration_since(self.start).as_micros() as Micros
    }
}

fn closed(code: Code, reason: &str) -> Option<End> {
    Some(End::Close(frame::close(code.into(), reason)))
}
