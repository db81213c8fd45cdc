//! Task 4: a Ping is answered (RFC 6455 §5.5.2, §5.5.3).
//!
//! Five Pings, one after the other: with random bytes, with none, with the maximum of 125, after an
//! unsolicited Pong, and between the fragments of a message. Then three at once, of which only the
//! last needs a Pong: an endpoint "MAY elect to send a Pong frame for only the most recently processed
//! Ping frame" (§5.5.3). Each Pong "must have identical "Application data"" (§5.5.3). A Pong of the
//! client that answers nothing is legal ("A Pong frame MAY be sent unsolicited", §5.5.3), so a Pong
//! with other data becomes a fault only if the right one does not follow.

use crate::lens::note::{Control, FrameNote, Hex};
use crate::tasks::exam::{Exam, Unexpected};
use crate::tasks::fault::{Fault, Step, Stop, code_words, describe, fail, of_rule};
use crate::tasks::fragments::fragment;
use crate::tasks::laws::{LATEST_PING, MASKING, NO_PONG_FOR_PONG, PONG, PONG_DATA, UNSOLICITED};
use crate::tasks::messages::Instruction;
use crate::tasks::texts_control as texts;
use crate::tasks::texts_frames::READ_AND;
use crate::tasks::unmask::{Key, explain};
use crate::tasks::words::{Say, Words, quoted};
use crate::websocket::frame;
use crate::websocket::rules::Rule;
use std::time::Duration;

/// How long the right Pong is awaited after one with other data. It has been sent by then, or a
/// client with a timer of its own has answered the Ping meanwhile.
const AFTER_OTHER_PONG: Duration = Duration::from_secs(2);

/// Pings that are sent at once.
const BURST: usize = 3;

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    let message = texts::PINGS_COME.of(exam.language);
    exam.ask(Instruction::Pong { message }, PONG, texts::A_PONG)?;
    // Random bytes that come back as text are hardly ever UTF-8, but that is not the fault.
    exam.accept_any_text();
    let mut pings = Pings::default();
    let eight = exam.random::<8>()?;
    pings.ping(exam, &eight, texts::PING_EIGHT.into())?;
    pings.ping(exam, &[], texts::PING_EMPTY.into())?;
    let most = exam.random::<125>()?;
    pings.ping(exam, &most, texts::PING_MOST.into())?;

    // §5.5.3: "A response to an unsolicited Pong frame is not expected."
    pings.unsolicited = exam.random::<4>()?.to_vec();
    exam.send(&frame::pong(&pings.unsolicited))?;
    let after = exam.random::<6>()?;
    pings.ping(exam, &after, texts::PING_AFTER.into())?;

    // §5.4: control frames "MAY be injected in the middle of a fragmented message".
    exam.send(&fragment(
        false,
        0x1,
        b"{\"type\":\"note\",\"message\":\"in two ",
    ))?;
    let between = exam.random::<16>()?;
    let answered = pings.ping(exam, &between, texts::PING_BETWEEN.into());
    exam.send(&fragment(true, 0x0, b"fragments\"}"))?;
    answered?;
    pings.burst(exam)
}

/// What has been sent.
#[derive(Default)]
struct Pings {
    /// The payloads of the Pings that are answered.
    answered: Vec<Vec<u8>>,
    /// The payload of our Pong.
    unsolicited: Vec<u8>,
    /// The payloads of the Pings that were sent at once.
    burst: Vec<Vec<u8>>,
    /// Those of the Pongs to them, in the order in which they came.
    burst_answered: Vec<Vec<u8>>,
}

impl Pings {
    /// Sends a Ping and waits for its Pong.
    fn ping(&mut self, exam: &mut Exam<'_>, payload: &[u8], which: Words) -> Step<()> {
        exam.send(&frame::ping(payload))?;
        self.pong(exam, payload, &which)?;
        self.answered.push(payload.to_vec());
        Ok(())
    }

    /// Waits for the Pong with this payload.
    fn pong(&mut self, exam: &mut Exam<'_>, payload: &[u8], which: &Words) -> Step<()> {
        exam.wait_for(PONG, texts::THE_PONG.with(&[("which", which)]));
        let mut other: Option<FrameNote> = None;
        loop {
            let note = match (exam.frame(), &other) {
                (Err(Stop::Failed(fault)), Some(other)) if fault.law == PONG || fault.unheard => {
                    let Fault { code, unheard, .. } = fault;
                    let fault = wrong_pong(which, payload, other);
                    let code = if unheard { code } else { fault.code };
                    return Err(Stop::Failed(Fault {
                        code,
                        unheard,
                        ..fault
                    }));
                }
                (note, _) => note?,
            };
            match &note.control {
                Some(Control::Pong { payload: Hex(came) }) if came == payload => return Ok(()),
                Some(Control::Pong { payload: Hex(came) }) if self.burst.contains(came) => {
                    self.burst_answered.push(came.clone());
                }
                Some(Control::Pong { payload: Hex(came) }) => {
                    self.judge_other(exam, came)?;
                    exam.hurry(AFTER_OTHER_PONG);
                    other = Some(note);
                }
                _ => judge_answer(exam, note, payload, which)?,
            }
        }
    }

    /// Sends several Pings at once and waits for the Pong to the last, which alone has to come.
    fn burst(&mut self, exam: &mut Exam<'_>) -> Step<()> {
        for _ in 0..BURST {
            self.burst.push(exam.random::<4>()?.to_vec());
        }
        let frames: Vec<_> = self.burst.iter().map(|data| frame::ping(data)).collect();
        exam.send(&frames.concat())?;
        let all = list(&self.burst);
        let which = texts::PING_BURST.with(&[("all", &all)]);
        let last = self.burst.last().cloned().unwrap_or_default();
        match self.pong(exam, &last, &which) {
            // None of them has other data: one was answered, and not the one that counts.
            Err(Stop::Failed(fault)) if fault.law == PONG && !self.burst_answered.is_empty() => {
                let answered = list(&self.burst_answered);
                let what = texts::LAST_UNANSWERED.with(&[("all", &all), ("answered", &answered)]);
                return Err(Stop::Failed(Fault { what, ..fault }));
            }
            outcome => outcome?,
        }
        self.burst_answered.push(last);
        self.judge_order(exam)
    }

    /// Whether the Pongs to several Pings came in their order, and to all of them.
    fn judge_order(&mut self, exam: &mut Exam<'_>) -> Step<()> {
        while let Some(Unexpected::Frame(note)) = exam.expect_silence()? {
            if let Some(Control::Pong { payload: Hex(came) }) = note.control {
                self.burst_answered.push(came);
            }
        }
        let place = |data| self.burst.iter().position(|sent| sent == data);
        let places: Vec<usize> = self.burst_answered.iter().filter_map(place).collect();
        if !places.is_sorted() {
            let order: Vec<Vec<u8>> = places.iter().map(|n| self.burst[*n].clone()).collect();
            let values: [(&str, &dyn Say); 2] =
                [("all", &list(&self.burst)), ("order", &list(&order))];
            exam.seen
                .remark(LATEST_PING, texts::OTHER_ORDER.with(&values));
        }
        let left = (0..BURST).filter(|n| !places.contains(n)).count();
        if left > 0 {
            exam.seen
                .remark(LATEST_PING, texts::ONLY_LAST.with(&[("left", &left)]));
        }
        Ok(())
    }

    /// A Pong with other data than the Ping: a fault at once only if it answers our own Pong.
    fn judge_other(&self, exam: &mut Exam<'_>, came: &[u8]) -> Step<()> {
        let shown = match came {
            [] => texts::NO_DATA.into(),
            _ => texts::THE_DATA.with(&[("bytes", &Hex(came.to_vec()).spaced())]),
        };
        if !came.is_empty() && came == self.unsolicited {
            return fail(
                NO_PONG_FOR_PONG,
                texts::PONG_FOR_PONG.with(&[("data", &shown)]),
            );
        }
        let what = match self.answered.iter().any(|known| known == came) {
            true => texts::PONG_TWICE,
            false => texts::PONG_FOR_NOTHING,
        };
        exam.seen
            .remark(UNSOLICITED, what.with(&[("data", &shown)]));
        Ok(())
    }
}

/// A frame that is no Pong: a fault if it is meant as the answer.
fn judge_answer(exam: &mut Exam<'_>, note: FrameNote, payload: &[u8], which: &Words) -> Step<()> {
    match &note.control {
        Some(Control::Ping { payload: Hex(came) }) if came == payload => {
            return fail(
                PONG,
                texts::PING_BACK.with(&[("which", which), ("frame", &describe(&note))]),
            );
        }
        Some(Control::Close { code, reason, .. }) => {
            return fail(
                PONG.by_choice(),
                texts::CLOSE_FOR_PING.with(&[
                    ("which", which),
                    ("code", &code_words(*code)),
                    ("reason", &quoted(reason)),
                ]),
            );
        }
        _ => {}
    }
    let is_text = note.faults.contains(&Rule::TextNotUtf8);
    let Some(message) = exam.seen.whole(note) else {
        return Ok(());
    };
    if message.payload == payload {
        return fail(
            PONG,
            texts::MESSAGE_FOR_PING.with(&[
                ("which", which),
                ("kind", &message.kind),
                ("frame", &describe(&message.last)),
            ]),
        );
    }
    match is_text {
        true => Err(Stop::Failed(of_rule(Rule::TextNotUtf8, &message.last))),
        false => Ok(()),
    }
}

/// The Pong to a Ping has other data.
fn wrong_pong(which: &Words, sent: &[u8], note: &FrameNote) -> Fault {
    let came = match &note.control {
        Some(Control::Pong { payload: Hex(came) }) => &came[..],
        _ => &[],
    };
    let key = note.key.as_ref().map(|Hex(key)| &key[..]);
    if let Some(key) = key.and_then(|key| Key::try_from(key).ok())
        && came.len() == sent.len()
        && let Some(mistake) = explain(key, came, sent, 0)
    {
        let read = READ_AND.with(&[("frame", &describe(note)), ("mistake", &mistake)]);
        return Fault::new(MASKING, read);
    }
    let shown = |bytes: &[u8]| match bytes {
        [] => Words::from(texts::NOTHING),
        bytes => Words::same(&Hex(bytes.to_vec()).spaced()),
    };
    Fault::new(
        PONG_DATA,
        texts::OTHER_PONG.with(&[
            ("which", which),
            ("sent", &shown(sent)),
            ("frame", &describe(note)),
            ("came_size", &came.len()),
            ("came", &shown(came)),
        ]),
    )
}

/// Payloads for people, in their order.
fn list(payloads: &[Vec<u8>]) -> String {
    let shown = payloads.iter().map(|data| Hex(data.clone()).spaced());
    shown.collect::<Vec<_>>().join(", ")
}
