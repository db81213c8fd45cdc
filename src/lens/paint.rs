//! Colours for a terminal, and text that is safe to print on one.

use std::borrow::Cow;
use std::fmt::Write;

/// The parts that have a colour of their own. Only the eight colours of every terminal are used, so
/// that the shades its owner chose apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// FIN.
    Fin,
    /// Reserved bits.
    Rsv,
    /// The opcode.
    Opcode,
    /// The MASK bit and the key.
    Mask,
    /// Lengths.
    Length,
    /// Payload.
    Payload,
    /// An obeyed rule.
    Good,
    /// A broken rule.
    Bad,
    /// Explanations.
    Faint,
    /// Headlines.
    Strong,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(pub bool);

impl Paint {
    /// `text` in a colour.
    pub(crate) fn paint<'a>(self, ink: Ink, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let text = text.into();
        let code = match ink {
            _ if !self.0 => return text,
            Ink::Fin => "35",
            Ink::Rsv => "33",
            Ink::Opcode => "36",
            Ink::Mask => "32",
            Ink::Length => "34",
            Ink::Payload => "39",
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Faint => "2",
            Ink::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m").into()
    }
}

/// Text from the network, safe for our terminal: characters that could move the cursor, change
/// colours, or turn the writing direction are spelled out.
pub(crate) fn escape_controls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{61C}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}');
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if c.is_control() || turns => {
                // Writing into a String cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            _ => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_network_cannot_control_the_terminal() {
        assert_eq!(
            escape_controls("a\x1b[2Jb\n\u{9b}\u{202E}c 课"),
            "a\\u{1b}[2Jb\\n\\u{9b}\\u{202e}c 课"
        );
        assert_eq!(Paint(false).paint(Ink::Bad, "x"), "x");
        assert_eq!(Paint(true).paint(Ink::Bad, "x"), "\x1b[1;31mx\x1b[0m");
    }
}
