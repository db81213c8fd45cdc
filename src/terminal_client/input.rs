//! Standard input, line by line, without a thread of its own: it is read only after `poll` has said
//! that there is something to read.

use std::io::{self, Read};

/// Bytes of one read.
const READ: usize = 16 * 1024;

/// A typed line, or what stands in its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line without its end.
    Text(String),
    /// A line that is not UTF-8, so that it cannot be sent as text.
    NotUtf8,
    /// There are no more lines.
    End,
}

/// What was typed and is not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    /// Bytes at the front of `bytes` that have no end of line among them.
    searched: usize,
    ended: bool,
}

impl Input {
    /// Whether [`Input::take`] has something to give without another read.
    pub(crate) fn is_ready(&mut self) -> bool {
        self.ended || self.line_end().is_some()
    }

    /// Reads what is there; blocks if nothing is.
    pub(crate) fn read(&mut self) {
        let mut chunk = [0; READ];
        match io::stdin().read(&mut chunk) {
            Ok(read) if read > 0 => self.bytes.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // After an error there is nothing more to read either.
            Ok(_) | Err(_) => self.ended = true,
        }
    }

    /// The next line, if a whole one was read; at the end also one without an end of line.
    pub(crate) fn take(&mut self) -> Option<Line> {
        let line: Vec<u8> = match self.line_end() {
            Some(at) => self.bytes.drain(..=at).collect(),
            None if !self.ended => return None,
            None if self.bytes.is_empty() => return Some(Line::End),
            None => std::mem::take(&mut self.bytes),
        };
        self.searched = 0;
        Some(match String::from_utf8(line) {
            Ok(line) => Line::Text(line.trim_end_matches(['\r', '\n']).to_owned()),
            Err(_) => Line::NotUtf8,
        })
    }

    fn line_end(&mut self) -> Option<usize> {
        let rest = &self.bytes[self.searched..];
        let found = rest.iter().position(|byte| *byte == b'\n');
        match found {
            Some(at) => Some(self.searched + at),
            None => {
                self.searched = self.bytes.len();
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_whole_and_one_that_is_not_utf8_is_not_changed() {
        let mut input = Input::default();
        assert!(!input.is_ready());
        input.bytes.extend_from_slice(b"one\r\ntw");
        assert!(input.is_ready());
        assert_eq!(input.take(), Some(Line::Text("one".into())));
        assert_eq!(input.take(), None);
        input.bytes.extend_from_slice(b"o \xef\xbf\xbd\n\xff\nlast");
        assert_eq!(input.take(), Some(Line::Text("two \u{FFFD}".into())));
        assert_eq!(input.take(), Some(Line::NotUtf8));
        assert_eq!(input.take(), None);
        input.ended = true;
        assert_eq!(input.take(), Some(Line::Text("last".into())));
        assert_eq!(input.take(), Some(Line::End));
    }
}
