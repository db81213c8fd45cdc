//! CSV for spreadsheets: RFC 4180 lines in UTF-8 with a byte order mark, and no cell that a
//! spreadsheet would run as a formula.
//!
//! An apostrophe before what looks like a formula, with or without apostrophes of its own, is always
//! the server's: without it, the cell is what the person wrote.

use std::io::{Result, Write};

use crate::sqlite::quoting;

/// Begins the file. Without it, some spreadsheets decode Chinese as Latin-1.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes one line.
pub(super) fn write_line(out: &mut dyn Write, cells: &[&str]) -> Result<()> {
    for (n, text) in cells.iter().enumerate() {
        if n > 0 {
            out.write_all(b",")?;
        }
        write_cell(out, text)?;
    }
    out.write_all(b"\r\n")
}

/// Writes a cell, always in quotes: the separator of cells differs between countries.
fn write_cell(out: &mut dyn Write, text: &str) -> Result<()> {
    let text = &*quoting::lines(text);
    out.write_all(b"\"")?;
    // After an apostrophe, a spreadsheet shows the text instead of computing it.
    if looks_like_formula(text) {
        out.write_all(b"'")?;
    }
    for (n, part) in text.split('"').enumerate() {
        if n > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"\"")
}

/// Returns whether a spreadsheet might take the text for a formula: whether it begins with one of
/// these characters, their full-width or small forms, or with what nobody sees before them.
fn looks_like_formula(text: &str) -> bool {
    let begins_formula = |c: char| {
        matches!(
            c,
            '=' | '+'
                | '-'
                | '@'
                | '＝'
                | '＋'
                | '－'
                | '＠'
                | '﹦'
                | '﹢'
                | '﹣'
                | '﹫'
                | '−'
                | '|'
                | '%'
        )
    };
    let text = text.trim_start_matches('\'');
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start_matches(quoting::is_blank)
            .starts_with(begins_formula)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(cells: &[&str], expected: &str) {
        let mut out = Vec::new();
        write_line(&mut out, cells).expect("memory");
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }

    #[test]
    fn cells_are_quoted() {
        becomes(&["a", "", "1"], "\"a\",\"\",\"1\"\r\n");
        becomes(
            &["say \"hi\"", "two\nlines", "a,b;c"],
            "\"say \"\"hi\"\"\",\"two\nlines\",\"a,b;c\"\r\n",
        );
    }

    #[test]
    fn a_line_break_of_any_kind_is_a_newline_in_its_cell() {
        for end in [
            "\r\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}",
        ] {
            let forged = format!("a{end}\"lobby\",\"9\"");
            becomes(&[&forged, "b"], "\"a\n\"\"lobby\"\",\"\"9\"\"\",\"b\"\r\n");
        }
    }

    #[test]
    fn a_cell_that_looks_like_a_formula_is_escaped() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "  =1",
            "\t=1",
            "\n=1",
            "＝1",
            "\u{3000}=1",
            "\u{200B}=1",
            "\u{FEFF}=1",
            "﹦1",
            "−1",
            "'=1",
            "''@x",
        ] {
            becomes(&[formula], &format!("\"'{formula}\"\r\n"));
        }
        becomes(&["=\"x\""], "\"'=\"\"x\"\"\"\r\n");
        becomes(&["\rx"], "\"'\nx\"\r\n");
        becomes(&["\u{202E}=1"], "\"\\u{202e}=1\"\r\n");
        for harmless in ["a=b", "1-1", "'a", "it's"] {
            becomes(&[harmless], &format!("\"{harmless}\"\r\n"));
        }
    }
}
