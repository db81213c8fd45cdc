//! A frame as a bit ruler, in the style of the figure in RFC 6455 §5.2, with the bits that really
//! were on the wire and a line of explanation for each field.
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

use crate::lens::note::{Control, Extent, FrameNote, Hex, Micros};
use crate::lens::paint::{Ink, Paint, harmless};
use crate::model::direction::Direction;
use crate::websocket::frame_header::LengthForm;

/// Bytes of payload that are unmasked on one line.
const PER_LINE: usize = 16;
/// Bytes of the payload that fill up the last row of the ruler.
const ROW: usize = 4;

/// A stretch of bits that belong together: how many, their label's lines, their colour.
struct Field {
    bits: usize,
    label: [&'static str; 4],
    ink: Ink,
}

fn field(bits: usize, label: [&'static str; 4], ink: Ink) -> Field {
    Field { bits, label, ink }
}

/// The frame with its bits, and every field explained.
pub fn bit_ruler(note: &FrameNote, colour: bool) -> String {
    let paint = Paint(colour);
    let mut out = headline(note, paint);
    draw(note, paint, &mut out);
    explain(note, paint, &mut out);
    unmask(note, paint, &mut out);
    tell(note, paint, &mut out);
    for rule in &note.faults {
        let line = format!(
            "  ✗ {}: \"{}\" (RFC 6455 §{})\n",
            rule.slug(),
            rule.sentence(),
            rule.section()
        );
        out += &paint.paint(Ink::Bad, line);
    }
    out
}

/// Microseconds as seconds.
pub fn seconds(at: Micros) -> String {
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

/// The fields of this frame's header in order, and the payload to the end of the row.
fn fields(note: &FrameNote, shown: usize) -> Vec<Field> {
    let mut fields = vec![
        field(1, ["F", "I", "N", ""], Ink::Fin),
        field(1, ["R", "S", "V", "1"], Ink::Rsv),
        field(1, ["R", "S", "V", "2"], Ink::Rsv),
        field(1, ["R", "S", "V", "3"], Ink::Rsv),
        field(4, ["opcode", "(4)", "", ""], Ink::Opcode),
        field(1, ["M", "A", "S", "K"], Ink::Mask),
        field(7, ["Payload len", "(7)", "", ""], Ink::Length),
    ];
    let long = match note.length_form {
        LengthForm::Bits7 => "",
        LengthForm::Bits16 => "(16)",
        LengthForm::Bits64 => "(64)",
    };
    let extended = note.length_form.extended_bytes() * 8;
    fields.push(field(
        extended,
        ["Extended payload length", long, "", ""],
        Ink::Length,
    ));
    let key = if note.masked { 32 } else { 0 };
    fields.push(field(key, ["Masking-key", "(32)", "", ""], Ink::Mask));
    fields.push(field(shown * 8, ["Payload data", "", "", ""], Ink::Payload));
    fields
}

fn draw(note: &FrameNote, paint: Paint, out: &mut String) {
    let header = &note.header.0;
    let shown = note.wire.0.len().min((ROW - header.len() % ROW) % ROW);
    let bytes = [&header[..], &note.wire.0[..shown]].concat();
    let bits: Vec<char> = bytes
        .iter()
        .flat_map(|byte| {
            (0..8)
                .rev()
                .map(move |i| if byte >> i & 1 == 1 { '1' } else { '0' })
        })
        .collect();
    let width = bits.len().min(32);
    let tens = ["0", "1", "2", "3"];
    let ruler = |f: &dyn Fn(usize) -> String| (0..width).map(f).collect::<String>();
    let decades = ruler(&|i| match i % 10 {
        0 => format!("{} ", tens[i / 10]),
        _ => "  ".into(),
    });
    let units = ruler(&|i| format!("{} ", i % 10));
    for line in [decades, units] {
        let line = format!("      {}", line.trim_end());
        *out += &paint.paint(Ink::Faint, line);
        out.push('\n');
    }
    // Cut the fields where a row of 32 bits ends.
    let mut rows: Vec<Vec<(Field, usize)>> = vec![Vec::new()];
    let mut at = 0;
    for Field {
        bits: wide,
        label,
        ink,
    } in fields(note, shown)
    {
        let mut left = wide.min(bits.len().saturating_sub(at));
        while left > 0 {
            let take = left.min(32 - at % 32);
            if let Some(row) = rows.last_mut() {
                row.push((field(take, label, ink), at));
            }
            at += take;
            left -= take;
            if at % 32 == 0 {
                rows.push(Vec::new());
            }
        }
    }
    rows.retain(|row| !row.is_empty());
    let mut above: &[(Field, usize)] = &[];
    for row in &rows {
        border(above, row, out);
        above = row;
        for line in 0..4 {
            if row.iter().all(|(field, _)| field.label[line].is_empty()) {
                continue;
            }
            let cells = row.iter().map(|(field, _)| {
                let label = centred(field.label[line], field.bits * 2 - 1);
                paint.paint(field.ink, label).into_owned()
            });
            *out += &format!("     |{}|\n", cells.collect::<Vec<_>>().join("|"));
        }
        let first = row.first().map_or(0, |(_, at)| at / 8);
        let cells = row.iter().map(|(field, at)| {
            let bits: Vec<String> = bits[*at..*at + field.bits]
                .iter()
                .map(char::to_string)
                .collect();
            paint.paint(field.ink, bits.join(" ")).into_owned()
        });
        let end = bytes.len().min(first + ROW);
        *out += &format!(
            "{first:>4} |{}|  {}\n",
            cells.collect::<Vec<_>>().join("|"),
            Hex(bytes[first..end].to_vec()).spaced()
        );
    }
    border(above, &[], out);
}

/// The line between two rows, with a `+` wherever a field of either ends.
fn border(above: &[(Field, usize)], below: &[(Field, usize)], out: &mut String) {
    let cuts = |row: &[(Field, usize)]| -> Vec<char> {
        let dashes = row
            .iter()
            .map(|(field, _)| "-".repeat(field.bits * 2 - 1) + "+");
        dashes.collect::<String>().chars().collect()
    };
    let (above, below) = (cuts(above), cuts(below));
    let cut = |i: usize| [&above, &below].iter().any(|row| row.get(i) == Some(&'+'));
    let line = (0..above.len().max(below.len())).map(|i| if cut(i) { '+' } else { '-' });
    *out += &format!("     +{}\n", line.collect::<String>());
}

/// A label in the middle of its field; what does not fit is cut.
fn centred(label: &str, width: usize) -> String {
    let label: String = label.chars().take(width).collect();
    format!("{label:^width$}")
}

fn explain(note: &FrameNote, paint: Paint, out: &mut String) {
    let header = &note.header.0;
    let mut line = |ink, name: &str, value: &str, meaning: &str, section: &str| {
        *out += &format!(
            "  {} {value:<12} {meaning} {}\n",
            paint.paint(ink, format!("{name:<12}")),
            paint.paint(Ink::Faint, format!("§{section}"))
        );
    };
    let bit = |set: bool| if set { "1" } else { "0" };
    if header.is_empty() {
        return;
    }
    let meaning = match (note.is_control(), note.fin, note.position) {
        (true, true, _) => "a control frame is always whole".into(),
        (true, false, _) => "a control frame that says it goes on".into(),
        (false, true, Some(p)) if p.fragment == 1 => format!("message {} is whole", p.message),
        (false, true, Some(p)) => {
            format!("fragment {} of message {}, the last", p.fragment, p.message)
        }
        (false, false, Some(p)) => format!(
            "fragment {} of message {}, more follow",
            p.fragment, p.message
        ),
        (false, true, None) => "the final fragment of no message".into(),
        (false, false, None) => "more fragments follow, of no message".into(),
    };
    let section = if note.is_control() { "5.5" } else { "5.4" };
    line(Ink::Fin, "FIN", bit(note.fin), &meaning, section);
    let rsv = [note.rsv1, note.rsv2, note.rsv3].map(bit).concat();
    let meaning = match rsv.as_str() {
        "000" => "no extension uses them",
        _ => "set, and no extension gives them a meaning",
    };
    line(Ink::Rsv, "RSV1-3", &rsv, meaning, "5.2");
    let opcode = format!("0x{:X}", note.opcode);
    let section = match note.opcode {
        0x0 => "5.4",
        0x1 | 0x2 => "5.6",
        0x8 => "5.5.1",
        0x9 => "5.5.2",
        0xA => "5.5.3",
        _ => "5.2",
    };
    line(Ink::Opcode, "opcode", &opcode, note.name, section);
    if header.len() < 2 {
        return;
    }
    let meaning = match (note.masked, note.from) {
        (true, Direction::FromClient) => "masked, as every frame of a client",
        (false, Direction::FromServer) => "not masked, as no frame of a server is",
        (true, Direction::FromServer) => "masked: a server never does this",
        (false, Direction::FromClient) => "not masked: a client always must",
    };
    line(Ink::Mask, "MASK", bit(note.masked), meaning, "5.1");
    let seven = (header[1] & 0x7F).to_string();
    let meaning = match note.length_form {
        LengthForm::Bits7 => "the length itself".into(),
        LengthForm::Bits16 => format!("the next 16 bits say it: {}", note.length),
        LengthForm::Bits64 => format!("the next 64 bits say it: {}", note.length),
    };
    let minimal = match note.minimal || note.extent == Extent::HeaderCut {
        true => "",
        false => ", in a longer form than needed",
    };
    line(
        Ink::Length,
        "Payload len",
        &seven,
        &format!("{meaning}{minimal}"),
        "5.2",
    );
    if let Some(key) = &note.key {
        let meaning = "fresh and unpredictable for every frame";
        line(Ink::Mask, "Masking-key", &key.spaced(), meaning, "5.3");
    }
}

/// Wire bytes, key and result, one under the other.
fn unmask(note: &FrameNote, paint: Paint, out: &mut String) {
    let rest = note.length.saturating_sub(note.wire.0.len() as u64);
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
}

/// What the frame says, in words.
fn tell(note: &FrameNote, paint: Paint, out: &mut String) {
    match &note.control {
        Some(Control::Close {
            code,
            meaning,
            reason,
        }) => {
            let code = code.map_or("no code (1005)".into(), |code| code.to_string());
            *out += &format!("  Close        {code}, {meaning}");
            if !reason.is_empty() {
                *out += &format!(": {:?}", harmless(reason));
            }
            out.push('\n');
        }
        Some(Control::Ping { .. } | Control::Pong { .. }) | None => {}
    }
    if let Some(message) = &note.message {
        let shown = match &message.text {
            Some(text) => harmless(text),
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
