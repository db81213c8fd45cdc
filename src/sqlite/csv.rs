//! CSV that spreadsheets read as what it is: RFC 4180 lines, UTF-8 with a mark, and no cell that
//! would be run as a formula.

use std::io::{Result, Write};

/// First of all: without it, some spreadsheets take Chinese for Latin letters.
pub const MARK: &str = "\u{feff}";

/// One line.
pub fn line(out: &mut dyn Write, cells: &[&str]) -> Result<()> {
    for (n, text) in cells.iter().enumerate() {
        if n > 0 {
            out.write_all(b",")?;
        }
        cell(out, text)?;
    }
    out.write_all(b"\r\n")
}

/// Always in quotes: what separates cells differs from country to country.
fn cell(out: &mut dyn Write, text: &str) -> Result<()> {
    out.write_all(b"\"")?;
    // An apostrophe before it, and a spreadsheet shows the text instead of computing it.
    if dangerous(text) {
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

/// Whether a spreadsheet might compute it: what a formula begins with, full-width forms included,
/// also behind white space.
fn dangerous(text: &str) -> bool {
    let formula = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%'
        )
    };
    let begins = text.starts_with(['\t', '\r', '\n']);
    begins || text.trim_start().starts_with(formula)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(cells: &[&str], expected: &str) {
        let mut out = Vec::new();
        line(&mut out, cells).expect("memory");
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
    fn what_a_spreadsheet_would_compute_is_made_harmless() {
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
