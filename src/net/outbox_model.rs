//! A test that walks every interleaving of hub, flusher, socket and peer.
//!
//! The two halves of an outbox are the real ones. The channels between them are queues, and the
//! socket is a buffer of three bytes, so that the second frame of two bytes does not fit. At each
//! step every side that can move may move next. A state that was seen before is not walked again.

use super::{Backlog, Chunk, Drain, Outbox, Transport, Undeliverable};
use bytes::Bytes;
use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes that the socket holds before the peer reads.
const ROOM: usize = 3;
const CLOSE: [u8; 2] = [0xFE, 0xFF];

#[derive(Clone, Copy)]
struct Scenario {
    frames: u8,
    /// Whether it ends with a Close, and whether that replaces the backlog.
    close: Option<bool>,
    /// Bytes that the backlog may have.
    bound: usize,
    /// The planted fault: the hub takes any report for "the flusher's queue is empty".
    trusts_any_report: bool,
}

#[derive(Default)]
struct World {
    to_flusher: RefCell<VecDeque<Chunk>>,
    to_hub: VecDeque<u64>,
    backlog_bytes: AtomicUsize,
    socket: RefCell<Vec<u8>>,
    in_socket: Cell<usize>,
    finished: Cell<bool>,
}

impl World {
    fn send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        assert!(!self.finished.get(), "written after the end");
        let all = pieces.concat();
        let sent = all.len().min(ROOM - self.in_socket.get());
        if sent == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.socket.borrow_mut().extend(&all[..sent]);
        self.in_socket.set(self.in_socket.get() + sent);
        Ok(sent)
    }
}

impl Transport for World {
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        self.send(pieces)
    }
    fn hand_over(&self, chunk: Chunk) {
        self.to_flusher.borrow_mut().push_back(chunk);
    }
    fn backlog_bytes(&self) -> &AtomicUsize {
        &self.backlog_bytes
    }
    fn finish(&self) {
        self.finished.set(true);
    }
}

/// A step that may be next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Move {
    HubSends,
    HubGetsReport,
    FlusherGetsChunk,
    FlusherWrites,
    PeerReads,
}

struct Run {
    scenario: Scenario,
    world: World,
    hub: Outbox,
    flusher: Option<Backlog>,
    next: u8,
    overflow: bool,
    closed: bool,
}

impl Run {
    fn new(scenario: Scenario) -> Self {
        Self {
            scenario,
            world: World::default(),
            hub: Outbox::default(),
            flusher: None,
            next: 0,
            overflow: false,
            closed: false,
        }
    }

    fn moves(&self) -> Vec<Move> {
        let more = self.next < self.scenario.frames && !self.closed;
        let close = !self.closed && (self.overflow || self.scenario.close.is_some());
        let full = self.world.in_socket.get() == ROOM;
        let all = [
            (Move::HubSends, more || close),
            (Move::HubGetsReport, !self.world.to_hub.is_empty()),
            (
                Move::FlusherGetsChunk,
                !self.world.to_flusher.borrow().is_empty(),
            ),
            (Move::FlusherWrites, self.flusher.is_some() && !full),
            (Move::PeerReads, self.world.in_socket.get() > 0),
        ];
        all.into_iter()
            .filter(|(_, possible)| *possible)
            .map(|(step, _)| step)
            .collect()
    }

    fn step(&mut self, step: Move) {
        match step {
            Move::HubSends if self.overflow || self.next == self.scenario.frames => {
                let replaces = self.overflow || self.scenario.close == Some(true);
                self.hub
                    .close(&self.world, Bytes::from_static(&CLOSE), replaces);
                self.closed = true;
            }
            Move::HubSends => {
                let frame = Bytes::from(vec![self.next, self.next + 0x40]);
                self.next += 1;
                match self.hub.deliver(&self.world, &[frame], self.scenario.bound) {
                    Ok(()) => {}
                    Err(Undeliverable::Overflow) => self.overflow = true,
                    Err(Undeliverable::Gone) => panic!("the socket is alive"),
                }
            }
            Move::HubGetsReport => {
                let chunks = self.world.to_hub.pop_front().expect("possible");
                self.hub.drained(if self.scenario.trusts_any_report {
                    u64::MAX
                } else {
                    chunks
                });
            }
            Move::FlusherGetsChunk => {
                let chunk = self
                    .world
                    .to_flusher
                    .borrow_mut()
                    .pop_front()
                    .expect("possible");
                let backlog = self.flusher.get_or_insert_default();
                backlog.push(chunk, &self.world.backlog_bytes);
                self.write();
            }
            Move::FlusherWrites => self.write(),
            Move::PeerReads => self.world.in_socket.set(0),
        }
    }

    fn write(&mut self) {
        let Some(backlog) = self.flusher.as_mut() else {
            return;
        };
        match backlog.drain(&self.world.backlog_bytes, |pieces| self.world.send(pieces)) {
            Drain::Blocked { .. } => {}
            Drain::Drained { chunks } => {
                self.flusher = None;
                self.world.to_hub.push_back(chunks);
            }
            Drain::Closed => {
                self.flusher = None;
                self.world.finish();
            }
            Drain::Gone => panic!("the socket is alive"),
        }
    }

    /// Checks the invariants, after every step.
    fn check(&self) -> Result<(), String> {
        let wire = self.world.socket.borrow();
        let (frames, close) = match wire.iter().position(|&byte| byte == CLOSE[0]) {
            Some(at) => wire.split_at(at),
            None => (&wire[..], &[][..]),
        };
        let expected: Vec<u8> = (0..self.next).flat_map(|n| [n, n + 0x40]).collect();
        if !expected.starts_with(frames) {
            return Err(format!("lost or out of order: {wire:?}"));
        }
        if !CLOSE.starts_with(close) || !close.is_empty() && frames.len() % 2 != 0 {
            return Err(format!(
                "a Close inside a frame, or something after it: {wire:?}"
            ));
        }
        if self.world.finished.get() && close != CLOSE {
            return Err(format!("ended before the Close was written: {wire:?}"));
        }
        if !self.moves().is_empty() {
            return Ok(());
        }
        // No side can move any more, so everything must be done.
        let replaced = self.overflow || self.scenario.close == Some(true);
        if !replaced && frames.len() != expected.len() {
            return Err(format!("stranded: {wire:?}"));
        }
        if self.closed != self.world.finished.get() {
            return Err("the Close was not the end".into());
        }
        if !self.closed && self.hub.is_backlogged() {
            return Err("never direct again".into());
        }
        if self.world.backlog_bytes.load(Relaxed) != 0 {
            return Err("the count of backlog bytes is wrong".into());
        }
        Ok(())
    }

    /// Everything that decides what can happen next.
    fn state(&self) -> String {
        let World {
            to_flusher,
            to_hub,
            backlog_bytes,
            socket,
            in_socket,
            ..
        } = &self.world;
        let Self {
            hub,
            flusher,
            next,
            overflow,
            closed,
            ..
        } = self;
        format!(
            "{to_flusher:?}{to_hub:?}{backlog_bytes:?}{socket:?}{in_socket:?}{hub:?}{flusher:?}{next}{overflow}{closed}"
        )
    }
}

/// Walks every interleaving. Returns the number of states, or the steps to the first fault.
fn walk(scenario: Scenario) -> Result<usize, String> {
    let mut seen = HashSet::new();
    let mut paths = vec![Vec::new()];
    while let Some(path) = paths.pop() {
        let mut run = Run::new(scenario);
        path.iter().for_each(|&step| run.step(step));
        run.check()
            .map_err(|fault| format!("{fault} after {path:?}"))?;
        if seen.insert(run.state()) {
            paths.extend(
                run.moves()
                    .into_iter()
                    .map(|step| [&path[..], &[step]].concat()),
            );
        }
    }
    Ok(seen.len())
}

const SCENARIO: Scenario = Scenario {
    frames: 4,
    close: None,
    bound: 1000,
    trusts_any_report: false,
};

#[test]
fn frames_arrive_whole_in_order_and_once_however_the_threads_interleave() {
    let states = walk(SCENARIO).unwrap_or_else(|fault| panic!("{fault}"));
    assert!(states > 100, "only {states} states: the walk does not walk");
}

#[test]
fn a_close_is_the_last_thing_and_never_inside_a_frame() {
    for replaces in [false, true] {
        let scenario = Scenario {
            frames: 3,
            close: Some(replaces),
            ..SCENARIO
        };
        let states = walk(scenario).unwrap_or_else(|fault| panic!("{fault}"));
        assert!(states > 100, "{states}");
    }
}

#[test]
fn a_client_over_its_bound_gets_a_close_instead_of_what_waits() {
    for bound in 0..8 {
        walk(Scenario {
            frames: 6,
            bound,
            ..SCENARIO
        })
        .unwrap_or_else(|fault| panic!("{fault}"));
    }
}

#[test]
fn the_walk_finds_a_planted_fault() {
    let fault = walk(Scenario {
        trusts_any_report: true,
        ..SCENARIO
    })
    .expect_err("nothing was found");
    assert!(
        fault.contains("order") || fault.contains("stranded"),
        "{fault}"
    );
}
