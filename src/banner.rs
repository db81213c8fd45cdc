//! What the operator sees at the start: addresses, class code, QR code, host link.
//!
//! Text only; `main` prints it.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use std::fmt::Write;
use std::net::SocketAddr;

/// The URL at which others find this server: the likeliest of its addresses.
pub fn join_url(addresses: &[SocketAddr]) -> String {
    addresses
        .first()
        .map(|address| format!("http://{address}/"))
        .unwrap_or_default()
}

/// The whole banner. `codes`: the name of each class, empty for the only one, and its code; none if guests
/// cannot join. `stored`: whether messages are kept on
/// the disk.
pub fn banner(
    title: &str,
    addresses: &[SocketAddr],
    codes: &[(String, String)],
    ticket: &str,
    stored: bool,
) -> String {
    let mut text = format!("\n  {title} - glassroom {}\n\n", env!("CARGO_PKG_VERSION"));
    let Some(first) = addresses.first() else {
        return text;
    };
    // Writing into a String cannot fail.
    for (n, address) in addresses.iter().enumerate() {
        let label = if n == 0 { "Join at   " } else { "       or " };
        let _ = writeln!(text, "  {label}  http://{address}/");
    }
    for (n, (class, code)) in codes.iter().enumerate() {
        let label = if n == 0 { "Class code" } else { "          " };
        let class = match &**class {
            "" => String::new(),
            name => format!("  ({name})"),
        };
        let _ = writeln!(text, "  {label}  {code}{class}");
    }
    // With several codes, a picture would be that of the wrong class for most.
    if let [(_, code)] = codes
        && let Some(qr) = qr(&format!("http://{first}/#code={code}"))
    {
        let _ = writeln!(text, "\n{qr}");
    }
    let _ = writeln!(text, "  Host link   http://{first}/#host={ticket}");
    text.push_str("              (for you alone: it works once, for 10 minutes; `glassroom link` prints another)\n");
    if !stored {
        text.push_str("  Nothing is stored: messages are gone when the server stops.\n");
    }
    text
}

/// What the operator is told when nobody else has connected within a minute.
pub const NOBODY_YET: &str = "
  Nobody but this machine has connected yet. The usual reasons: a firewall here, a Wi-Fi that
  isolates its clients, phones on mobile data.
";

/// A QR code as text, dark on light whatever the terminal's colours are.
fn qr(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let mut image = code.render::<Dense1x2>();
    let image = image
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    let lines = image
        .lines()
        .fold(String::new(), |text, line| text + "  " + line + "\n");
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_shows_all_that_a_class_needs() {
        let address = SocketAddr::from(([192, 168, 1, 7], 8080));
        let codes = |codes: &[(&str, &str)]| -> Vec<(String, String)> {
            let codes = codes.iter();
            codes
                .map(|&(class, code)| (class.into(), code.into()))
                .collect()
        };
        let text = banner(
            "Physics",
            &[address],
            &codes(&[("", "GHKM23")]),
            "t1cket",
            true,
        );
        for part in [
            "Physics",
            "http://192.168.1.7:8080/",
            "GHKM23",
            "#host=t1cket",
            "█",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert!(!text.contains("Nothing is stored"), "{text}");
        let text = banner("x", &[address], &[], "t", false);
        assert!(!text.contains("Class code"), "{text}");
        assert!(text.contains("Nothing is stored"), "{text}");
        let cable = SocketAddr::from(([10, 0, 0, 7], 8080));
        let text = banner("x", &[address, cable], &[], "t", true);
        assert!(text.contains(" or   http://10.0.0.7:8080/\n"), "{text}");
        let several = codes(&[("7a", "GHKM23"), ("7b", "GHKM24")]);
        let text = banner("x", &[address], &several, "t", true);
        assert!(
            text.contains("  Class code  GHKM23  (7a)\n              GHKM24  (7b)\n"),
            "{text}"
        );
    }
}
