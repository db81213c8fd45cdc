//! What an exam has seen of its client: the keys of its frames, the frames of the message that is
//! arriving, and what is legal and worth knowing.

use crate::lens::note::FrameNote;
use crate::tasks::fault::Remark;
use crate::tasks::hints::is_data;
use crate::tasks::keys::Keys;
use crate::tasks::laws::Law;
use crate::tasks::words::Words;

/// Frames of one message that are kept for the verdict on its masks.
const MAX_FRAMES: usize = 64;
/// Remarks in one verdict.
const MAX_REMARKS: usize = 4;

/// A whole message of the client.
pub(super) struct ClientMessage {
    /// Its payload.
    pub(super) payload: Vec<u8>,
    /// `text` or `binary`.
    pub(super) kind: &'static str,
    /// Its first frames, in order.
    pub(super) frames: Vec<FrameNote>,
    /// Its last frame.
    pub(super) last: FrameNote,
}

/// What an exam has seen.
#[derive(Default)]
pub(super) struct Seen {
    keys: Keys,
    frames: Vec<FrameNote>,
    remarks: Vec<Remark>,
}

impl Seen {
    /// Takes a frame.
    pub(super) fn add(&mut self, note: &FrameNote) {
        self.keys.add(note);
        if !is_data(note) {
            return;
        }
        if note.position.is_some_and(|position| position.fragment == 1) {
            self.frames.clear();
        }
        if self.frames.len() < MAX_FRAMES {
            self.frames.push(note.clone());
        }
    }

    /// The message that ends with this frame, which was added, if one does.
    pub(super) fn whole(&mut self, mut note: FrameNote) -> Option<ClientMessage> {
        let whole = note.message.take()?;
        Some(ClientMessage {
            payload: whole.kept.0,
            kind: whole.kind,
            frames: std::mem::take(&mut self.frames),
            last: note,
        })
    }

    /// The masking keys of the frames so far.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What is worth saying although it is legal.
    pub(super) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Notes what the client did although it is legal; once for each sentence.
    pub(super) fn remark(&mut self, law: Law, what: impl Into<Words>) {
        let known = self.remarks.iter().any(|remark| remark.law == law);
        if !known && self.remarks.len() < MAX_REMARKS {
            let what = what.into();
            self.remarks.push(Remark { law, what });
        }
    }
}
