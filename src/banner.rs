//! What the operator sees at the start: addresses, class code, QR code, host link.
//!
//! Text only; `main` prints it.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;
use std::net::SocketAddr;

/// The URL at which others find this server: the likeliest of its addresses.
pub fn join_url(addresses: &[SocketAddr]) -> String {
    addresses
        .first()
        .map(|address| format!("http://{address}/"))
        .unwrap_or_default()
}

/// What the banner says beside the addresses.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The name of this place.
    pub title: &'a str,
    /// The name of each class, empty for the only one, and its code; none if guests cannot join.
    pub codes: &'a [(String, String)],
    /// For the host link.
    pub ticket: &'a str,
    /// Whether messages are kept on the disk.
    pub stored: bool,
    /// Whether the server listens on this machine alone, because it was told to.
    pub local: bool,
    /// Whether the terminal shows colours. Without them nobody knows which of the two is the darker one.
    pub colours: bool,
}

/// The whole banner: with one address and one class, it fits on a terminal of 80 × 24. What is needed next stands last.
pub fn banner(addresses: &[SocketAddr], facts: &Facts<'_>) -> String {
    let mut text = String::new();
    let Some(first) = addresses.first() else {
        return text;
    };
    // With several codes, a picture would be that of the wrong class for most, and no phone reaches the loopback.
    let is_reached = !first.ip().to_canonical().is_loopback();
    if let ([(_, code)], true) = (facts.codes, is_reached)
        && let Some(qr) = qr(&format!("http://{first}/#code={code}"), facts.colours)
    {
        text.push_str(&qr);
    }
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "  {} - glassroom {}",
        facts.title,
        env!("CARGO_PKG_VERSION")
    );
    for (n, address) in addresses.iter().enumerate() {
        let label = if n == 0 { "Join at   " } else { "       or " };
        let _ = writeln!(text, "  {label}  http://{address}/");
    }
    for (n, (class, code)) in facts.codes.iter().enumerate() {
        let label = if n == 0 { "Class code" } else { "          " };
        let class = match &**class {
            "" => String::new(),
            name => format!("  ({name})"),
        };
        let _ = writeln!(text, "  {label}  {code}{class}");
    }
    if !is_reached {
        text.push_str(if facts.local { ONLY_HERE } else { NO_NETWORK });
    }
    if !facts.stored {
        text.push_str("  Nothing is stored: messages are gone when the server stops.\n");
    }
    let _ = writeln!(
        text,
        "  Host link, for you alone (works once, for 10 min; `glassroom link` for more):\n\
         http://{first}/#host={}",
        facts.ticket
    );
    text
}

/// The server was told to listen on the loopback.
const ONLY_HERE: &str =
    "  Only this computer reaches that address. With --listen 8080, others do, too.\n";

/// There is no address but the loopback.
const NO_NETWORK: &str =
    "  This computer is in no network. Here, everything works at this address. Others
  can join once it is in one: start again then, and their address is shown.\n";

/// What the operator is told when nobody else has connected within a minute.
pub const NOBODY_YET: &str = "
  Nobody but this machine has connected yet. The usual reasons: a firewall here, a Wi-Fi that
  isolates its clients, phones on mobile data.
";

/// Modules of quiet zone above and below a QR code, and beside it. The standard asks for four on all sides; on two,
/// readers still find it, and it fits on a terminal.
const QUIET: (usize, usize) = (2, 4);

/// A QR code as text, two modules in a character: black on white where there are colours, else in the colours of most
/// terminals, which are light on dark.
fn qr(link: &str, colours: bool) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let (size, modules) = (code.width(), code.to_colors());
    let (above, beside) = QUIET;
    // Outside, everything is light. What is drawn is the foreground: dark with colours, light without.
    let is_drawn = |x: usize, y: usize| {
        let inside = (beside..beside + size).contains(&x) && (above..above + size).contains(&y);
        let dark = inside && modules[(y - above) * size + x - beside] == Color::Dark;
        dark == colours
    };
    let (begin, end) = if colours {
        ("\x1b[30;107m", "\x1b[0m")
    } else {
        ("", "")
    };
    let mut text = String::new();
    for y in (0..size + 2 * above).step_by(2) {
        let halves = |x| match (is_drawn(x, y), is_drawn(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        let line: String = (0..size + 2 * beside).map(halves).collect();
        let _ = writeln!(text, "  {begin}{line}{end}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 168, 100, 207)), 8080);

    fn facts<'a>(codes: &'a [(String, String)]) -> Facts<'a> {
        Facts {
            title: "Physics",
            codes,
            ticket: "aaaaa7k4j6cyuzvuv23ejl5iinzkn2lazaff7soj43g7ufmf2d6doq35",
            stored: true,
            local: false,
            colours: true,
        }
    }

    fn codes(codes: &[(&str, &str)]) -> Vec<(String, String)> {
        let codes = codes.iter();
        codes
            .map(|&(class, code)| (class.into(), code.into()))
            .collect()
    }

    /// The lines that a terminal of 80 columns shows.
    fn shown(text: &str) -> Vec<String> {
        let plain = text.replace("\x1b[30;107m", "").replace("\x1b[0m", "");
        let wrapped = plain.lines().map(|line| {
            let letters: Vec<char> = line.chars().collect();
            let parts = letters.chunks(80).map(|part| part.iter().collect());
            parts.collect::<Vec<String>>()
        });
        wrapped.flatten().collect()
    }

    #[test]
    fn a_banner_fits_on_a_small_terminal_and_ends_with_code_and_host_link() {
        let codes = codes(&[("", "GHKM23")]);
        let text = banner(&[HERE], &facts(&codes));
        let lines = shown(&text);
        // The last of 24 lines is that of the cursor.
        assert!(lines.len() <= 23, "{}:\n{text}", lines.len());
        let link = text.lines().last().unwrap_or_default();
        assert!(
            link.starts_with("http://192.168.100.207:8080/#host=aaaaa7"),
            "{text}"
        );
        let at = |words: &str| lines.iter().position(|line| line.contains(words));
        assert!(
            at("█") < at("Physics") && at("Physics") < at("Class code  GHKM23"),
            "{text}"
        );
        assert!(!text.contains("Nothing is stored"), "{text}");
        // Its own colours, and none that stay.
        assert_eq!(
            text.matches("\x1b[30;107m").count(),
            text.matches("\x1b[0m\n").count()
        );
        let plain = banner(
            &[HERE],
            &Facts {
                colours: false,
                ..facts(&codes)
            },
        );
        assert!(!plain.contains('\x1b'), "{plain}");
    }

    #[test]
    fn the_code_in_the_terminal_has_every_module_in_its_place() {
        let link = "http://192.168.1.7:8080/#code=GHKM23";
        let code = QrCode::with_error_correction_level(link, EcLevel::L).unwrap();
        for colours in [true, false] {
            let text = qr(link, colours).unwrap();
            let text = text.replace("\x1b[30;107m", "").replace("\x1b[0m", "");
            let lines: Vec<Vec<char>> = text
                .lines()
                .map(|line| line.chars().skip(2).collect())
                .collect();
            for (n, module) in code.to_colors().iter().enumerate() {
                let (x, y) = (n % code.width() + QUIET.1, n / code.width() + QUIET.0);
                let halves = if y % 2 == 0 {
                    ['█', '▀']
                } else {
                    ['█', '▄']
                };
                let drawn = halves.contains(&lines[y / 2][x]);
                assert_eq!(drawn == colours, *module == Color::Dark, "{x}, {y}");
            }
        }
    }

    #[test]
    fn a_banner_says_what_others_reach() {
        let one = codes(&[("", "GHKM23")]);
        let loopback = SocketAddr::from(([127, 0, 0, 1], 8080));
        for local in [true, false] {
            let text = banner(
                &[loopback],
                &Facts {
                    local,
                    ..facts(&one)
                },
            );
            assert!(!text.contains('█'), "{text}");
            assert_eq!(text.contains("--listen 8080"), local, "{text}");
            assert_eq!(text.contains("in no network"), !local, "{text}");
            assert!(shown(&text).len() <= 8, "{text}");
        }
        let cable = SocketAddr::from(([10, 0, 0, 7], 8080));
        let text = banner(
            &[HERE, cable],
            &Facts {
                stored: false,
                ..facts(&[])
            },
        );
        assert!(text.contains(" or   http://10.0.0.7:8080/\n"), "{text}");
        assert!(
            !text.contains("Class code") && text.contains("Nothing is stored"),
            "{text}"
        );
        let several = codes(&[("7a", "GHKM23"), ("7b", "GHKM24")]);
        let text = banner(&[HERE], &facts(&several));
        assert!(
            text.contains("  Class code  GHKM23  (7a)\n              GHKM24  (7b)\n"),
            "{text}"
        );
        assert!(!text.contains('█'), "{text}");
    }
}
