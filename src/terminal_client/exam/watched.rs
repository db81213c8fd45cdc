//! Rules that every frame of the server has to obey, whatever the question was. The annotator judges
//! them; here is the first frame that broke each.

use crate::lens::note::{Control, FrameNote};
use crate::websocket::opcode::CLOSE;
use crate::websocket::rules::{Rule, close_code_meaning};
use std::collections::BTreeMap;

/// What was seen all along.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Frames that were seen.
    pub(crate) frames: u64,
    /// What broke a rule first.
    broken: BTreeMap<Rule, String>,
}

impl Watched {
    /// Looks at a frame. `closed_with`: the payload of the exam's own Close. The server may repeat that;
    /// whether it should have, the question says that sent it.
    pub(crate) fn see(&mut self, note: &FrameNote, closed_with: Option<&[u8]>) {
        self.frames += 1;
        let repeats = note.opcode == CLOSE && closed_with == Some(note.payload.0.as_slice());
        for rule in note.faults.iter().filter(|rule| **rule != Rule::CutOff) {
            if !(repeats && is_about_closing(*rule)) {
                let first = self.broken.entry(*rule);
                first.or_insert_with(|| words(note, *rule));
            }
        }
    }

    /// How many different rules were broken.
    pub(crate) fn count(&self) -> usize {
        self.broken.len()
    }

    /// The first of these rules that a frame broke, and the frame.
    pub(crate) fn first(&self, rules: &[Rule]) -> Option<(Rule, String)> {
        let broken = |rule: &Rule| Some((*rule, self.broken.get(rule)?.clone()));
        rules.iter().find_map(broken)
    }
}

/// Whether a rule is about the payload of a Close.
const fn is_about_closing(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::CloseOneByte
            | Rule::CloseCodeNotForTheWire
            | Rule::CloseCodeUnused
            | Rule::CloseCodeReserved
            | Rule::CloseCodeUndefined
            | Rule::ReasonNotUtf8
    )
}

fn words(note: &FrameNote, rule: Rule) -> String {
    format!(
        "a {} frame with the header {}: {}",
        note.name,
        note.header.spaced(),
        what(note, rule)
    )
}

/// What is wrong with the frame.
fn what(note: &FrameNote, rule: Rule) -> String {
    let length = note.length;
    match rule {
        Rule::Masked => "its MASK bit is 1".into(),
        Rule::ReservedBit => {
            let bits = [note.rsv1, note.rsv2, note.rsv3].map(u8::from);
            format!(
                "RSV1, RSV2 and RSV3 are {}, {} and {}",
                bits[0], bits[1], bits[2]
            )
        }
        Rule::ReservedOpcode => format!("its opcode is {}", note.opcode),
        Rule::LengthNotMinimal => {
            let extra = note.length_form.extended_bytes();
            format!("the length {length} is written with {extra} more bytes")
        }
        Rule::LengthTooLarge => "the first bit of its 64-bit length is 1".into(),
        Rule::ControlFragmented => "its FIN bit is 0".into(),
        Rule::ControlTooLong => format!("its length is {length}"),
        Rule::NothingToContinue => "no message has begun that it could continue".into(),
        Rule::Interleaved => "the message before it has not ended".into(),
        Rule::TextNotUtf8 => format!(
            "it ends a text that is not UTF-8; its own payload begins with {}",
            note.payload.spaced()
        ),
        Rule::ReasonNotUtf8 => format!("its reason is not UTF-8: {}", note.payload.spaced()),
        Rule::CloseOneByte => format!("its payload is one byte: {}", note.payload.spaced()),
        Rule::DataAfterClose => "it comes after a Close".into(),
        Rule::CloseCodeNotForTheWire
        | Rule::CloseCodeUnused
        | Rule::CloseCodeReserved
        | Rule::CloseCodeUndefined => match note.control {
            Some(Control::Close {
                code: Some(code), ..
            }) => format!("its code is {code} ({})", close_code_meaning(code)),
            _ => rule.slug().into(),
        },
        // These are no faults of a server.
        Rule::NotMasked | Rule::CutOff => rule.slug().into(),
    }
}
