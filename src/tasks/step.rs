//! One step of an exam: what it waits for and until when, and the fault if that does not come (RFC
//! 6455 §7.1.5 for the end of TCP).

use crate::lens::note::FrameNote;
use crate::tasks::fault::{Fault, describe};
use crate::tasks::hints::Wanted;
use crate::tasks::laws::{LENGTH_BYTES, Law};
use crate::tasks::reading::{QUIET, Reading};
use crate::tasks::texts_frames as texts;
use crate::tasks::words::Words;
use crate::websocket::close::Code;
use crate::websocket::rules::Rule;
use std::time::{Duration, Instant};

/// How long one step may take. A program needs milliseconds. It is shorter in a debug build, so
/// that a test can wait for it.
pub(super) const STEP_TIMEOUT: Duration =
    Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 10 });
/// How long one step may take while a frame keeps arriving: a slow client is not a silent one. It is
/// some 40 s, and four bytes a second bring a short frame in that time.
const SLOW_STEP_TIMEOUT: Duration = STEP_TIMEOUT.saturating_mul(4);

/// A step of an exam.
pub(super) struct ExamStep {
    /// When it began.
    begun: Instant,
    /// When it times out.
    pub(super) deadline: Instant,
    /// The last frame that came in it.
    pub(super) latest: Option<Box<FrameNote>>,
    /// The sentence that it is about.
    law: Law,
    /// What it waits for.
    pub(super) expected: Words,
    /// The same, so that a wrong number can be explained.
    pub(super) wanted: Wanted,
}

impl ExamStep {
    /// A step that begins now. `expected` is for the verdict: "… waited for {expected}".
    pub(super) fn new(law: Law, expected: impl Into<Words>) -> Self {
        let begun = Instant::now();
        Self {
            begun,
            deadline: begun + STEP_TIMEOUT,
            latest: None,
            law,
            expected: expected.into(),
            wanted: Wanted::default(),
        }
    }

    /// Goes on for a moment, because a frame is arriving; false if that has lasted too long.
    pub(super) fn extend(&mut self) -> bool {
        let latest = self.begun + SLOW_STEP_TIMEOUT;
        self.deadline = latest.min(Instant::now() + QUIET);
        Instant::now() < latest
    }

    /// What was awaited has not come in time.
    pub(super) fn timeout_fault(&self, reading: &mut Reading) -> Fault {
        let late = texts::NOT_IN_TIME.with(&[
            ("seconds", &self.begun.elapsed().as_secs()),
            ("expected", &self.expected),
        ]);
        self.silent_fault(late, reading)
    }

    /// All that was awaited has come, in a frame that announces more.
    pub(super) fn vain_fault(&self, reading: &mut Reading) -> Fault {
        let seconds = QUIET.as_secs();
        let vain = texts::IN_VAIN.with(&[("expected", &self.expected), ("seconds", &seconds)]);
        self.silent_fault(vain, reading)
    }

    fn silent_fault(&self, words: Words, reading: &mut Reading) -> Fault {
        let (law, what) = self.with_unfinished(words, reading);
        Fault {
            code: Code::SILENT.into(),
            ..Fault::new(law.unwrap_or(self.law), what)
        }
    }

    /// TCP has ended before that.
    pub(super) fn end_fault(&self, reading: &mut Reading) -> Fault {
        let ended = texts::TCP_ENDED.with(&[("expected", &self.expected)]);
        let (law, what) = self.with_unfinished(ended, reading);
        // That TCP ended says more than that a frame is not complete.
        let law = law.filter(|law| *law != LENGTH_BYTES);
        Fault {
            unheard: true,
            ..Fault::new(law.unwrap_or(Law::of(Rule::CutOff)), what)
        }
    }

    /// These words, with what has begun and not ended, and the sentence that it breaks.
    fn with_unfinished(&self, words: Words, reading: &mut Reading) -> (Option<Law>, Words) {
        match (reading.unfinished(&self.wanted), &self.latest) {
            (Some((law, unfinished)), _) => (law, words.then(unfinished)),
            (None, Some(note)) => {
                let latest = texts::LATEST.with(&[("frame", &describe(note))]);
                (None, words.then(latest))
            }
            (None, None) => (None, words),
        }
    }
}
