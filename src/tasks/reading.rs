//! The bytes of a client, and the frames in them.
//!
//! They go through the guard ([`crate::websocket::guard`]), which judges each header as soon as it has
//! come, and through the annotator ([`crate::lens::frames`]), which shows what tungstenite hides:
//! keys, forms of the length, fragments. After a header that breaks a rule nothing counts, but the
//! rest of its frame is still read: it says more about the mistake.

use crate::lens::frames::FrameParser;
use crate::lens::note::{Extent, FrameNote, Hex};
use crate::model::direction::Direction;
use crate::tasks::fault::{Fault, describe, of_rule, of_violation};
use crate::tasks::hints::{self, Wanted, explained};
use crate::tasks::laws::{LAST_FRAGMENT, LENGTH_BYTES, Law, WITHOUT_KEY};
use crate::tasks::texts_frames as texts;
use crate::tasks::words::Words;
use crate::websocket::close::Violation;
use crate::websocket::guard::Guard;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Bytes that a client may send in one message.
const MAX_MESSAGE: usize = 128 * 1024;
/// The first bytes of a client, for a verdict that quotes them.
const BEGINNING: usize = 16;
/// How long the rest of a frame whose header breaks a rule is awaited.
const REST_OF_FRAME: Duration = Duration::from_millis(250);

/// How long a client has to be silent before it is told that its header announces too much. The
/// verdict is certain by then; the wait is for bytes that are on their way.
pub(super) const QUIET: Duration = Duration::from_secs(1);
/// How long a client may rest inside a frame when its step is over already. A segment that TCP has
/// to send twice or three times, or a computer that is busy, takes longer than a second.
const LONGEST_REST: Duration = Duration::from_millis(2500);

/// A header that breaks a rule.
struct Broken {
    violation: Violation,
    since: Instant,
    /// Frames from that header on, once they are whole.
    notes: Vec<FrameNote>,
}

/// What a client has sent after the handshake.
pub(super) struct Reading {
    guard: Guard,
    parser: FrameParser,
    frames: VecDeque<FrameNote>,
    broken: Option<Broken>,
    read: usize,
    beginning: Vec<u8>,
    began: Instant,
    last_read: Instant,
    /// The number and size of the frames of a message that has not ended.
    open: (u64, u64),
}

impl Reading {
    pub(super) fn new() -> Self {
        Self {
            guard: Guard::new(MAX_MESSAGE),
            parser: FrameParser::keeping(Direction::FromClient, MAX_MESSAGE),
            frames: VecDeque::new(),
            broken: None,
            read: 0,
            beginning: Vec::new(),
            began: Instant::now(),
            last_read: Instant::now(),
            open: (0, 0),
        }
    }

    /// The number of bytes.
    pub(super) fn bytes(&self) -> usize {
        self.read
    }

    /// The first bytes, for people.
    pub(super) fn beginning(&self) -> String {
        let more = if self.read > BEGINNING { " …" } else { "" };
        Hex(self.beginning.clone()).spaced() + more
    }

    /// Takes bytes that the client sent.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.read += bytes.len();
        self.last_read = Instant::now();
        let free = BEGINNING.saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(free));
        let at = self.began.elapsed().as_micros() as u64;
        if let Some(broken) = &mut self.broken {
            if broken.notes.is_empty() {
                broken.notes = self.parser.feed(bytes, at);
            }
            return;
        }
        let (allowed, violation) = self.guard.pass(bytes);
        let (allowed, rest) = bytes.split_at(allowed);
        self.frames.extend(self.parser.feed(allowed, at));
        self.broken = violation.map(|violation| Broken {
            violation,
            since: Instant::now(),
            notes: self.parser.feed(rest, at),
        });
    }

    /// The next whole frame before a header that breaks a rule.
    pub(super) fn next(&mut self) -> Option<FrameNote> {
        let note = self.frames.pop_front()?;
        if let Some(position) = note.position {
            self.open = match (position.last, self.open) {
                (true, _) => (0, 0),
                (false, (frames, bytes)) => (frames + 1, bytes + note.length),
            };
        }
        Some(note)
    }

    /// Whether a frame that is not complete already has all that is awaited, and the client is silent:
    /// its header announces more than the client will ever send.
    pub(super) fn waits_in_vain(&self, wanted: &Wanted) -> bool {
        let arriving = self.parser.arriving().filter(|_| self.broken.is_none());
        let certain = arriving.is_some_and(|note| hints::announces_too_much(note, wanted));
        certain && self.last_read.elapsed() >= QUIET
    }

    /// Whether a frame has begun and goes on arriving.
    pub(super) fn is_moving(&self) -> bool {
        self.parser.is_inside() && self.last_read.elapsed() < LONGEST_REST
    }

    /// How long the rest of a frame that breaks a rule is still awaited; `None` without one.
    pub(super) fn time_for_rest(&self) -> Option<Duration> {
        let broken = self.broken.as_ref()?;
        Some(match broken.notes.is_empty() {
            true => REST_OF_FRAME.saturating_sub(broken.since.elapsed()),
            false => Duration::ZERO,
        })
    }

    /// The fault of a header that breaks a rule, if there is one.
    pub(super) fn fault(&mut self, wanted: &Wanted) -> Option<Fault> {
        let mut broken = self.broken.take()?;
        let at = self.began.elapsed().as_micros() as u64;
        broken.notes.extend(self.parser.finish(at));
        let note = broken.notes.first();
        let fault = of_violation(broken.violation, note, MAX_MESSAGE);
        Some(match note {
            Some(note) => explained(fault, note, wanted),
            None => fault,
        })
    }

    /// TCP has ended: the fault of a frame that nobody has judged yet.
    pub(super) fn last_fault(&mut self, wanted: &Wanted) -> Option<Fault> {
        while let Some(note) = self.next() {
            if let Some(&rule) = note.faults.first() {
                return Some(explained(of_rule(rule, &note), &note, wanted));
            }
        }
        self.fault(wanted)
    }

    /// What has begun and not ended, with the sentence that it breaks if that is clear.
    pub(super) fn unfinished(&mut self, wanted: &Wanted) -> Option<(Option<Law>, Words)> {
        let at = self.began.elapsed().as_micros() as u64;
        let Some(note) = self.parser.finish(at) else {
            return self.open_message();
        };
        if note.extent == Extent::HeaderCut {
            let header = note.header.spaced();
            return Some((None, texts::HEADER_CUT.with(&[("header", &header)])));
        }
        let read = describe(&note);
        if let Some((law, words)) = hints::of_frame(&note, wanted) {
            let words = texts::READ_AND.with(&[("frame", &read), ("mistake", &words)]);
            return Some((Some(law), words));
        }
        let (length, came) = (note.length, note.payload_bytes);
        let key = came + 4 == length && note.masked;
        let hint = match (key, wanted.payload) {
            (true, _) => texts::WITHOUT_KEY.into(),
            (_, Some(bytes)) if bytes != length => texts::OTHER_SIZE.with(&[("bytes", &bytes)]),
            _ => Words::default(),
        };
        let words = texts::PAYLOAD_CUT
            .with(&[("frame", &read), ("length", &length), ("came", &came)])
            .then(hint);
        let law = if key { WITHOUT_KEY } else { LENGTH_BYTES };
        Some((Some(law), words))
    }

    fn open_message(&self) -> Option<(Option<Law>, Words)> {
        let (frames, bytes) = self.open;
        (frames > 0).then(|| {
            let words = texts::NO_END.with(&[("frames", &frames), ("bytes", &bytes)]);
            (Some(LAST_FRAGMENT), words)
        })
    }
}
