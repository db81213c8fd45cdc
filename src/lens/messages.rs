//! Fragments become messages: RFC 6455 §5.4, with §5.6 and §8.1 for text.
//!
//! Bounded: only the first bytes of a message are kept, and only its first [`PARTS`] fragments are
//! listed. UTF-8 is checked over the whole message, because a character may be split over two frames.

use crate::lens::note::{Hex, MessageNote, PARTS, Part, Position};
use crate::model::direction::Direction;
use crate::websocket::opcode::{BINARY, CONTINUATION, TEXT};
use crate::websocket::rules::Rule;

/// Checks UTF-8 in pieces that may split a character.
#[derive(Debug, Default)]
struct Utf8 {
    pending: Vec<u8>,
    bad: bool,
}

impl Utf8 {
    fn push(&mut self, mut bytes: &[u8]) {
        // First the split character, byte by byte: it has at most four.
        while let ([byte, rest @ ..], false, false) = (bytes, self.bad, self.pending.is_empty()) {
            self.pending.push(*byte);
            bytes = rest;
            match std::str::from_utf8(&self.pending) {
                Ok(_) => self.pending.clear(),
                Err(error) => self.bad = error.error_len().is_some(),
            }
        }
        if self.bad {
            return;
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            self.bad = error.error_len().is_some();
            self.pending
                .extend_from_slice(&bytes[error.valid_up_to()..]);
            self.pending.truncate(4);
        }
    }

    fn is_whole(&self) -> bool {
        !self.bad && self.pending.is_empty()
    }
}

#[derive(Debug)]
struct Open {
    note: MessageNote,
    utf8: Utf8,
    reported: bool,
}

/// The message that is arriving in one direction.
#[derive(Debug)]
pub(crate) struct Assembly {
    from: Direction,
    keep: usize,
    count: u64,
    open: Option<Open>,
}

impl Assembly {
    /// No message yet; `keep` bytes of each will be kept.
    pub(crate) fn new(from: Direction, keep: usize) -> Self {
        Self {
            from,
            keep,
            count: 0,
            open: None,
        }
    }

    /// A data frame begins: returns its position in its message, and the rule that it breaks. A
    /// message that begins inside another one replaces it.
    pub(crate) fn begin(
        &mut self,
        opcode: u8,
        fin: bool,
        frame: u64,
    ) -> (Option<Position>, Option<Rule>) {
        let fault = match (opcode, self.open.is_some()) {
            (CONTINUATION, false) => return (None, Some(Rule::NothingToContinue)),
            (TEXT | BINARY, true) => Some(Rule::Interleaved),
            (CONTINUATION | TEXT | BINARY, _) => None,
            // A reserved opcode belongs to no message; the header was judged already.
            _ => return (None, None),
        };
        if opcode != CONTINUATION {
            self.count += 1;
            self.open = Some(Open {
                note: MessageNote {
                    from: self.from,
                    number: self.count,
                    kind: if opcode == TEXT { "text" } else { "binary" },
                    bytes: 0,
                    fragments: 0,
                    parts: Vec::new(),
                    between: 0,
                    kept: Hex::default(),
                    text: None,
                    utf8: true,
                },
                utf8: Utf8::default(),
                reported: false,
            });
        }
        let position = self.open.as_mut().map(|open| {
            open.note.fragments += 1;
            if open.note.parts.len() < PARTS {
                open.note.parts.push(Part { frame, bytes: 0 });
            }
            Position {
                message: open.note.number,
                fragment: open.note.fragments,
                last: fin,
            }
        });
        (position, fault)
    }

    /// Unmasked payload of the frame that began last.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let Some(open) = &mut self.open else {
            return;
        };
        open.note.bytes = open.note.bytes.saturating_add(bytes.len() as u64);
        if let Some(part) = open.note.parts.last_mut()
            && open.note.fragments <= PARTS as u64
        {
            part.bytes = part.bytes.saturating_add(bytes.len() as u64);
        }
        let free = self.keep.saturating_sub(open.note.kept.0.len());
        open.note
            .kept
            .0
            .extend_from_slice(&bytes[..free.min(bytes.len())]);
        if open.note.kind == "text" {
            open.utf8.push(bytes);
        }
    }

    /// A control frame has begun, perhaps between two fragments.
    pub(crate) fn control(&mut self) {
        if let Some(open) = &mut self.open {
            open.note.between += 1;
        }
    }

    /// The frame has ended: returns the message if this was its last fragment, and a broken rule if
    /// this frame showed that the text is not UTF-8.
    pub(crate) fn end(&mut self, last: bool) -> (Option<MessageNote>, Option<Rule>) {
        let Some(mut open) = self.open.take() else {
            return (None, None);
        };
        let bad = open.utf8.bad || last && !open.utf8.is_whole();
        let fault =
            (bad && !std::mem::replace(&mut open.reported, bad)).then_some(Rule::TextNotUtf8);
        if !last {
            self.open = Some(open);
            return (None, fault);
        }
        let mut note = open.note;
        note.utf8 = !bad;
        if note.kind == "text" {
            note.text = Some(readable(
                &note.kept.0,
                note.bytes > note.kept.0.len() as u64,
            ));
        }
        (Some(note), fault)
    }
}

/// Bytes as text, without the character that was split if the bytes were `cut`; what is not UTF-8
/// becomes U+FFFD. To ask whether bytes are text, use [`as_text`]: text may contain U+FFFD itself.
pub(crate) fn readable(bytes: &[u8], cut: bool) -> String {
    match as_text(bytes, cut) {
        Some(text) => text.into(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Bytes as text if they are valid UTF-8, without the character that was split if they were `cut`.
pub(crate) fn as_text(bytes: &[u8], cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_judged_the_same_however_it_is_cut() {
        for text in [
            "caf\u{e9} \u{8bfe}\u{1f600}".as_bytes(),
            b"\xff",
            b"ab\xc3\x28",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xc0\xaf",
            b"cut \xe8\xaf",
        ] {
            let expected = std::str::from_utf8(text).is_ok();
            for cut in 0..=text.len() {
                for second in cut..=text.len() {
                    let mut utf8 = Utf8::default();
                    utf8.push(&text[..cut]);
                    utf8.push(&text[cut..second]);
                    utf8.push(&text[second..]);
                    assert_eq!(utf8.is_whole(), expected, "{text:?} cut at {cut}, {second}");
                }
            }
        }
    }

    #[test]
    fn a_message_without_end_is_bounded() {
        let mut assembly = Assembly::new(Direction::FromClient, 64);
        assembly.begin(1, false, 1);
        for frame in 2..10_000 {
            assembly.push(&[b'x'; 100]);
            assembly.end(false);
            assembly.begin(0, false, frame);
        }
        let open = assembly.open.as_ref().unwrap();
        assert_eq!(open.note.kept.0.len(), 64);
        assert_eq!(open.note.parts.len(), PARTS);
        assert_eq!(open.note.fragments, 9_999);
    }
}
