//! QR codes drawn as an SVG of squares, for the wall and for paper. Text only.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// Light modules around a code. Cameras need them to find it (ISO/IEC 18004 requires four).
const QUIET_ZONE: usize = 4;

/// Draws the code in dark squares on a light ground, whatever the colours of the page are. `None`
/// means that the link is too long for a code. Each run of dark modules is one rectangle.
pub(crate) fn svg(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    let side = code.width() + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (row, modules) in code.to_colors().chunks(code.width()).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let (x, y, length) = (column + QUIET_ZONE, row + QUIET_ZONE, run.len());
                // Writing into a String cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            column += run.len();
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\"/></svg>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dark_squares_match_the_modules_of_the_code() {
        let link = "http://192.168.1.7:8080/";
        let picture = svg(link).unwrap();
        let code = QrCode::with_error_correction_level(link, EcLevel::M).unwrap();
        let mut dark = vec![false; code.width() * code.width()];
        let path = picture.split("d=\"").nth(1).unwrap();
        for run in path.split('"').next().unwrap().split('z') {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            let [x, y, length, 1, _] = numbers[..] else {
                assert_eq!(run, "");
                continue;
            };
            let start = (y - QUIET_ZONE) * code.width() + x - QUIET_ZONE;
            dark[start..start + length].fill(true);
        }
        let colors: Vec<bool> = code.to_colors().iter().map(|c| *c == Color::Dark).collect();
        assert_eq!(dark, colors);
        let side = code.width() + 8;
        assert!(picture.contains(&format!("viewBox=\"0 0 {side} {side}\"")));
    }
}
