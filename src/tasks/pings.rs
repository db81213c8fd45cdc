//! Task 4: a Ping is answered (RFC 6455 §5.5.2, §5.5.3).
//!
//! Five Pings: with random bytes, with none, with the maximum of 125, after an unsolicited Pong,
//! and between the fragments of a message. Each Pong "must have identical "Application data"". A Pong
//! of the client that answers nothing is legal ("A Pong frame MAY be sent unsolicited"), so a Pong
//! with other data becomes a fault only if the right one does not follow.

use crate::lens::note::{Control, FrameNote, Hex};
use crate::tasks::exam::Exam;
use crate::tasks::fault::{Fault, Step, Stop, describe, fail, of_rule};
use crate::tasks::fragments::fragment;
use crate::tasks::laws::{MASKING, NO_PONG_FOR_PONG, PONG, PONG_DATA, UNSOLICITED};
use crate::tasks::messages::Instruction;
use crate::tasks::unmask::{Key, explain};
use crate::websocket::frame;
use crate::websocket::rules::Rule;
use std::time::Duration;

/// How long the right Pong is awaited after one with other data. It has been sent by then, or a
/// client with a timer of its own has answered the Ping meanwhile.
const AFTER_OTHER_PONG: Duration = Duration::from_secs(2);

/// The exam of this task.
pub(super) fn examine(exam: &mut Exam<'_>) -> Step<()> {
    let message = "I send five Pings. Answer each with a Pong that carries the same bytes. The \
                   verdict follows.";
    exam.ask(Instruction::Pong { message }, PONG, "a Pong")?;
    // Random bytes that come back as text are hardly ever UTF-8, but that is not the fault.
    exam.accept_any_text();
    let mut pings = Pings::default();
    let eight = exam.random::<8>()?;
    pings.ping(exam, &eight, "a Ping with 8 bytes")?;
    pings.ping(exam, &[], "an empty Ping")?;
    let most = exam.random::<125>()?;
    pings.ping(exam, &most, "a Ping with 125 bytes, the maximum")?;

    // §5.5.3: "A response to an unsolicited Pong frame is not expected."
    pings.unsolicited = exam.random::<4>()?.to_vec();
    exam.send(&frame::pong(&pings.unsolicited))?;
    let after = exam.random::<6>()?;
    pings.ping(exam, &after, "a Ping after an unsolicited Pong")?;

    // §5.4: control frames "MAY be injected in the middle of a fragmented message".
    exam.send(&fragment(
        false,
        0x1,
        b"{\"type\":\"note\",\"message\":\"in two ",
    ))?;
    let between = exam.random::<16>()?;
    let which = "a Ping between two fragments of a message, the second of which I hold back until it \
                 is answered";
    let answered = pings.ping(exam, &between, which);
    exam.send(&fragment(true, 0x0, b"fragments\"}"))?;
    answered
}

/// What has been sent.
#[derive(Default)]
struct Pings {
    /// The payloads of the Pings that are answered.
    answered: Vec<Vec<u8>>,
    /// The payload of our Pong.
    unsolicited: Vec<u8>,
}

impl Pings {
    /// Sends a Ping and waits for its Pong.
    fn ping(&mut self, exam: &mut Exam<'_>, payload: &[u8], which: &'static str) -> Step<()> {
        exam.send(&frame::ping(payload))?;
        exam.wait_for(PONG, format!("the Pong to {which}"));
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
                Some(Control::Pong { payload: Hex(came) }) if came == payload => break,
                Some(Control::Pong { payload: Hex(came) }) => {
                    self.judge_other(exam, came)?;
                    exam.hurry(AFTER_OTHER_PONG);
                    other = Some(note);
                }
                _ => judge_answer(exam, note, payload, which)?,
            }
        }
        self.answered.push(payload.to_vec());
        Ok(())
    }

    /// A Pong with other data than the Ping: a fault at once only if it answers our own Pong.
    fn judge_other(&self, exam: &mut Exam<'_>, came: &[u8]) -> Step<()> {
        let shown = match came {
            [] => "no data".into(),
            _ => format!("the data {}", Hex(came.to_vec()).spaced()),
        };
        if !came.is_empty() && came == self.unsolicited {
            return fail(
                NO_PONG_FOR_PONG,
                format!(
                    "I sent an unsolicited Pong with {shown}, and your client sent it back. A Pong gets \
                     no answer: two ends that answer Pongs would never stop."
                ),
            );
        }
        let what = match self.answered.iter().any(|known| known == came) {
            true => format!("A Ping was answered twice: a second Pong with {shown} came."),
            false => format!("A Pong came that answers no Ping, with {shown}."),
        };
        exam.seen.remark(UNSOLICITED, what);
        Ok(())
    }
}

/// A frame that is no Pong: a fault if it is meant as the answer.
fn judge_answer(exam: &mut Exam<'_>, note: FrameNote, payload: &[u8], which: &str) -> Step<()> {
    match &note.control {
        Some(Control::Ping { payload: Hex(came) }) if came == payload => {
            return fail(
                PONG,
                format!(
                    "I sent {which}, and your client sent it back as a Ping, {}. The answer is a \
                     Pong: opcode 0xA.",
                    describe(&note)
                ),
            );
        }
        Some(Control::Close { code, reason, .. }) => {
            let code = code.map_or("no code".into(), |code| code.to_string());
            return fail(
                PONG.by_choice(),
                format!(
                    "I sent {which}, and your client sent a Close ({code}, reason {reason:?}). It \
                     may do that at any time, but the task is not done."
                ),
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
            format!(
                "I sent {which}, and its bytes came back as a {} message, {}. The answer to a Ping is \
                 a control frame: a Pong, opcode 0xA.",
                message.kind,
                describe(&message.last)
            ),
        );
    }
    match is_text {
        true => Err(Stop::Failed(of_rule(Rule::TextNotUtf8, &message.last))),
        false => Ok(()),
    }
}

/// The Pong to a Ping has other data.
fn wrong_pong(which: &str, sent: &[u8], note: &FrameNote) -> Fault {
    let came = match &note.control {
        Some(Control::Pong { payload: Hex(came) }) => &came[..],
        _ => &[],
    };
    let key = note.key.as_ref().map(|Hex(key)| &key[..]);
    if let Some(key) = key.and_then(|key| Key::try_from(key).ok())
        && came.len() == sent.len()
        && let Some(mistake) = explain(key, came, sent, 0)
    {
        return Fault::new(MASKING, format!("I read {}. {mistake}", describe(note)));
    }
    let shown = |bytes: &[u8]| match bytes {
        [] => "nothing".into(),
        bytes => Hex(bytes.to_vec()).spaced(),
    };
    Fault::new(
        PONG_DATA,
        format!(
            "I sent {which} with {} bytes ({}), and no Pong with the same data came, but {} with {} \
             bytes ({}). A Pong carries the data of the Ping that it answers, byte for byte.",
            sent.len(),
            shown(sent),
            describe(note),
            came.len(),
            shown(came)
        ),
    )
}
