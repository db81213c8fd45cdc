//! CSV for spreadsheets: RFC 4180 lines in UTF-8 with a byte order mark, and no cell that a
//! spreadsheet would run as a formula.

use std::io::{Result, Write};

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
/// these characters, their full-width forms, or white space before them.
fn looks_like_formula(text: &str) -> bool {
    let begins_formula = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%'
        )
    };
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(begins_formula)
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
    fn a_cell_that_looks_like_a_formula_is_escaped() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "  =1",
            "\t=1",
            "\rx",
            "\n=1",
            "＝1",
            "\u{3000}=1",
        ] {
            becomes(&[formula], &format!("\"'{formula}\"\r\n"));
        }
        becomes(&["=\"x\""], "\"'=\"\"x\"\"\"\r\n");
        for harmless in ["a=b", "1-1", "'=1"] {
            becomes(&[harmless], &format!("\"{harmless}\"\r\n"));
        }
    }
}
