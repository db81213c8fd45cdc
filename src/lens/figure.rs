//! The figure of a frame, in the style of the one in RFC 6455 §5.2: the labels of the fields above
//! the bits that really were on the wire.

use crate::lens::note::{FrameNote, Hex};
use crate::lens::paint::{Ink, Paint};
use crate::websocket::frame_header::LengthForm;

/// Bits in one row of the figure.
const ROW_BITS: usize = 32;
/// Bytes in one row of the figure.
const ROW: usize = ROW_BITS / 8;

/// Neighbouring bits with one meaning: their number, their label's lines, their colour.
struct Field {
    bits: usize,
    label: [&'static str; 4],
    ink: Ink,
}

/// The part of a field that stands in one row.
struct Cell {
    field: Field,
    /// Its first bit, counted from the beginning of the frame.
    at: usize,
}

fn field(bits: usize, label: [&'static str; 4], ink: Ink) -> Field {
    Field { bits, label, ink }
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

/// The whole figure.
pub(super) fn draw(note: &FrameNote, paint: Paint, out: &mut String) {
    let header = &note.header.0;
    // Payload fills up the last row.
    let shown = note.wire.0.len().min((ROW - header.len() % ROW) % ROW);
    let bytes = [&header[..], &note.wire.0[..shown]].concat();
    let bits: Vec<&str> = bytes.iter().flat_map(|byte| bits_of(*byte)).collect();
    put_scale(bits.len().min(ROW_BITS), paint, out);
    let mut above: &[Cell] = &[];
    let rows = rows(fields(note, shown), bits.len());
    for row in &rows {
        put_border(above, row, out);
        put_labels(row, paint, out);
        put_bits(row, &bits, &bytes, paint, out);
        above = row;
    }
    put_border(above, &[], out);
}

/// The bits of a byte, the highest first.
fn bits_of(byte: u8) -> impl Iterator<Item = &'static str> {
    let bit = move |i: u8| if byte >> i & 1 == 1 { "1" } else { "0" };
    (0..8).rev().map(bit)
}

/// The two lines that number the bits.
fn put_scale(width: usize, paint: Paint, out: &mut String) {
    let tens: String = (0..width)
        .map(|i| match i % 10 {
            0 => format!("{} ", i / 10),
            _ => "  ".into(),
        })
        .collect();
    let units: String = (0..width).map(|i| format!("{} ", i % 10)).collect();
    for line in [tens, units] {
        let line = format!("      {}", line.trim_end());
        *out += &paint.paint(Ink::Faint, line);
        out.push('\n');
    }
}

/// The fields of `bits` bits, cut where a row ends.
fn rows(fields: Vec<Field>, bits: usize) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut at = 0;
    for Field {
        bits: wide,
        label,
        ink,
    } in fields
    {
        let mut left = wide.min(bits.saturating_sub(at));
        while left > 0 {
            if at % ROW_BITS == 0 {
                rows.push(Vec::new());
            }
            let take = left.min(ROW_BITS - at % ROW_BITS);
            if let Some(row) = rows.last_mut() {
                let field = field(take, label, ink);
                row.push(Cell { field, at });
            }
            at += take;
            left -= take;
        }
    }
    rows
}

fn put_labels(row: &[Cell], paint: Paint, out: &mut String) {
    for line in 0..4 {
        if row.iter().all(|cell| cell.field.label[line].is_empty()) {
            continue;
        }
        let cells: Vec<String> = row
            .iter()
            .map(|Cell { field, .. }| {
                let label = centred(field.label[line], field.bits * 2 - 1);
                paint.paint(field.ink, label).into_owned()
            })
            .collect();
        *out += &format!("     |{}|\n", cells.join("|"));
    }
}

fn put_bits(row: &[Cell], bits: &[&str], bytes: &[u8], paint: Paint, out: &mut String) {
    let cells: Vec<String> = row
        .iter()
        .map(|Cell { field, at }| {
            let bits = bits[*at..*at + field.bits].join(" ");
            paint.paint(field.ink, bits).into_owned()
        })
        .collect();
    let first = row.first().map_or(0, |cell| cell.at / 8);
    let end = bytes.len().min(first + ROW);
    *out += &format!(
        "{first:>4} |{}|  {}\n",
        cells.join("|"),
        Hex(bytes[first..end].to_vec()).spaced()
    );
}

/// The line between two rows, with a `+` wherever a field of either ends.
fn put_border(above: &[Cell], below: &[Cell], out: &mut String) {
    let cuts = |row: &[Cell]| -> Vec<char> {
        let dashes = row
            .iter()
            .map(|cell| "-".repeat(cell.field.bits * 2 - 1) + "+");
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
