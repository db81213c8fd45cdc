//! A frame as a bit ruler: the figure of RFC 6455 §5.2 with the bits that were on the wire, and a line
//! of explanation for each field.
//!
//! ```text
//!     0                   1                   2                   3
//!     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!    +-+-+-+-+-------+-+-------------+-------------------------------+
//!    |F|R|R|R| opcode|M| Payload len |          Masking-key          |
//!    |I|S|S|S|  (4)  |A|     (7)     |                               |
//!    |N|V|V|V|       |S|             |                               |
//!    | |1|2|3|       |K|             |                               |
//!  0 |1|0|0|0|0 0 0 1|1|0 0 0 0 1 0 1|0 0 1 1 0 1 1 1 1 1 1 1 1 0 1 0|
//!    +-+-+-+-+-------+-+-------------+-------------------------------+
//! ```

use crate::lens::figure::draw;
use crate::lens::note::{Control, Extent, FrameNote, Hex, Micros};
use crate::lens::paint::{Ink, Paint, escape_controls};
use crate::model::direction::Direction;
use crate::websocket::frame_header::LengthForm;
use crate::websocket::opcode;

/// Bytes of payload that are unmasked on one line.
const PER_LINE: usize = 16;

/// The frame with its bits, and every field explained.
pub(crate) fn bit_ruler(note: &FrameNote, colour: bool) -> String {
    let paint = Paint(colour);
    let mut out = headline(note, paint);
    draw(note, paint, &mut out);
    explain(note, paint, &mut out);
    unmask(note, paint, &mut out);
    put_message(note, paint, &mut out);
    for rule in &note.faults {
        let line = format!(
            "  ✗ {}: \"{}\" (RFC 6455 §{})\n",
            rule.slug(),
            rule.sentence(),
            rule.section()
        );
        out += &paint.paint(Ink::Bad, line);
        out += &format!("    the answer: {}\n", rule.authority().brief());
    }
    out
}

/// Microseconds as seconds.
pub(crate) fn seconds(at: Micros) -> String {
    format!("{}.{:06} s", at / 1_000_000, at % 1_000_000)
}

fn headline(note: &FrameNote, paint: Paint) -> String {
    let way = match note.from {
        Direction::FromClient => "client → server",
        Direction::FromServer => "client ← server",
    };
    let line = format!(
        "{way}  frame {}: {}, {} + {} bytes, at byte {}, {}",
        note.number,
        note.name,
        note.header_bytes,
        note.payload_bytes,
        note.offset,
        seconds(note.at)
    );
    format!("{}\n", paint.paint(Ink::Strong, line))
}

/// One line for each field of the header that is there.
fn explain(note: &FrameNote, paint: Paint, out: &mut String) {
    let mut line = |ink, name: &str, value: &str, meaning: &str, section: &str| {
        *out += &format!(
            "  {} {value:<12} {meaning} {}\n",
            paint.paint(ink, format!("{name:<12}")),
            paint.paint(Ink::Faint, format!("§{section}"))
        );
    };
    let bit = |set: bool| if set { "1" } else { "0" };
    let header = &note.header.0;
    if header.is_empty() {
        return;
    }
    let section = if note.is_control() { "5.5" } else { "5.4" };
    line(Ink::Fin, "FIN", bit(note.fin), &fin_meaning(note), section);
    let rsv = [note.rsv1, note.rsv2, note.rsv3].map(bit).concat();
    let meaning = match rsv.as_str() {
        "000" => "no extension uses them",
        _ => "set, and no extension gives them a meaning",
    };
    line(Ink::Rsv, "RSV1-3", &rsv, meaning, "5.2");
    let value = format!("0x{:X}", note.opcode);
    let section = opcode_section(note.opcode);
    line(Ink::Opcode, "opcode", &value, note.name, section);
    let Some(second) = header.get(1) else {
        return;
    };
    let meaning = mask_meaning(note);
    line(Ink::Mask, "MASK", bit(note.masked), meaning, "5.1");
    let seven = (second & 0x7F).to_string();
    let meaning = length_meaning(note);
    line(Ink::Length, "Payload len", &seven, &meaning, "5.2");
    if let Some(key) = &note.key {
        let meaning = "has to be fresh and unpredictable for every frame";
        line(Ink::Mask, "Masking-key", &key.spaced(), meaning, "5.3");
    }
}

fn fin_meaning(note: &FrameNote) -> String {
    // The message of a header that was cut off is unknown.
    let cut = note.extent == Extent::HeaderCut;
    match (note.is_control(), note.fin, note.position) {
        (true, true, _) => "a control frame is always whole".into(),
        (true, false, _) => "a control frame that claims to continue".into(),
        (false, true, Some(p)) if p.fragment == 1 => format!("message {} is whole", p.message),
        (false, true, Some(p)) => {
            format!("fragment {} of message {}, the last", p.fragment, p.message)
        }
        (false, false, Some(p)) => format!(
            "fragment {} of message {}, more follow",
            p.fragment, p.message
        ),
        (false, true, None) if cut => "a message ends with this frame".into(),
        (false, false, None) if cut => "more fragments follow".into(),
        (false, true, None) => "the final fragment of no message".into(),
        (false, false, None) => "more fragments follow, of no message".into(),
    }
}

/// The section that defines an opcode.
const fn opcode_section(opcode: u8) -> &'static str {
    match opcode {
        opcode::CONTINUATION => "5.4",
        opcode::TEXT | opcode::BINARY => "5.6",
        opcode::CLOSE => "5.5.1",
        opcode::PING => "5.5.2",
        opcode::PONG => "5.5.3",
        _ => "5.2",
    }
}

const fn mask_meaning(note: &FrameNote) -> &'static str {
    match (note.masked, note.from) {
        (true, Direction::FromClient) => "masked, as every frame of a client",
        (false, Direction::FromServer) => "not masked: a server never masks",
        (true, Direction::FromServer) => "masked: a server never does this",
        (false, Direction::FromClient) => "not masked: a client always must",
    }
}

fn length_meaning(note: &FrameNote) -> String {
    let size = 2 + note.length_form.extended_bytes();
    let meaning = match note.length_form {
        LengthForm::Bits16 if note.header.0.len() < size => {
            return "the next 16 bits would say it; they were cut off".into();
        }
        LengthForm::Bits64 if note.header.0.len() < size => {
            return "the next 64 bits would say it; they were cut off".into();
        }
        LengthForm::Bits7 => "the length itself".into(),
        LengthForm::Bits16 => format!("the next 16 bits say it: {}", note.length),
        LengthForm::Bits64 => format!("the next 64 bits say it: {}", note.length),
    };
    match note.minimal {
        true => meaning,
        false => meaning + ", in a longer form than needed",
    }
}

/// Wire bytes, key and result, one under the other.
fn unmask(note: &FrameNote, paint: Paint, out: &mut String) {
    let rest = note.payload_bytes.saturating_sub(note.wire.0.len() as u64);
    let missing = note.length.saturating_sub(note.payload_bytes);
    let lines = note
        .wire
        .0
        .chunks(PER_LINE)
        .zip(note.payload.0.chunks(PER_LINE));
    for (wire, clear) in lines {
        let text: String = clear
            .iter()
            .map(|&b| {
                if (b' '..=b'~').contains(&b) {
                    char::from(b)
                } else {
                    '.'
                }
            })
            .collect();
        let hex = |bytes: &[u8]| Hex(bytes.to_vec()).spaced();
        if let Some(Hex(key)) = &note.key {
            let key: Vec<u8> = key.iter().cycle().take(wire.len()).copied().collect();
            *out += &format!("  on the wire  {}\n", hex(wire));
            *out += &format!("  XOR key      {}\n", paint.paint(Ink::Mask, hex(&key)));
        }
        *out += &format!("  payload      {:<47}  {text}\n", hex(clear));
    }
    if rest > 0 {
        *out += &format!("  payload      … and {rest} more bytes\n");
    }
    if missing > 0 && note.extent == Extent::PayloadCut {
        *out += &format!(
            "  payload      … of {} bytes, {missing} never came\n",
            note.length
        );
    }
}

/// What a Close says, and the message that the frame completes.
fn put_message(note: &FrameNote, paint: Paint, out: &mut String) {
    match &note.control {
        Some(Control::Close {
            code,
            meaning,
            reason,
        }) => {
            let code = code.map_or("no code (1005)".into(), |code| code.to_string());
            *out += &format!("  Close        {code}, {meaning}");
            if !reason.is_empty() {
                *out += &format!(": \"{}\"", escape_controls(reason));
            }
            out.push('\n');
        }
        Some(Control::Ping { .. } | Control::Pong { .. }) | None => {}
    }
    if let Some(message) = &note.message {
        let shown = match &message.text {
            Some(text) => escape_controls(text),
            None => message.kept.spaced(),
        };
        let kept = message.kept.0.len() as u64;
        let more = match message.bytes.saturating_sub(kept) {
            0 => String::new(),
            more => format!(" … and {more} more bytes"),
        };
        let line = format!(
            "  message {}: {}, {} bytes in {} fragment{}{}: ",
            message.number,
            message.kind,
            message.bytes,
            message.fragments,
            if message.fragments == 1 { "" } else { "s" },
            match message.between {
                0 => String::new(),
                n => format!(", {n} control frames between"),
            }
        );
        *out += &format!("{line}{}{more}\n", paint.paint(Ink::Strong, shown));
    }
}

#[cfg(test)]
#[path = "ruler_tests.rs"]
mod tests;
