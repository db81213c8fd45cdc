//! The join address as a QR code for the wall, drawn as an SVG of squares.
//!
//! Runs on the connection's thread. The code contains only the address at which the client reached
//! this server. A loopback address would lead every student to their own machine, so hosts and
//! moderators who use one get the address on the network instead. Nobody else does, because
//! requests from a proxy come from loopback, too.

use crate::addresses;
use crate::banner;
use crate::chat::grant::Grant;
use crate::http::authority::Authority;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::shared::Shared;
use crate::site::require;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;
use std::net::IpAddr;

/// Light modules around a code. Cameras need them to find it (ISO/IEC 18004 requires four).
const QUIET_ZONE: usize = 4;

/// Answers `GET /api/join.svg`. The page adds `?https` if it was loaded through TLS, which only the
/// page and a proxy know.
pub(super) fn answer(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    let host = head.single("host")?.and_then(Authority::parse);
    let host = host.ok_or_else(Refusal::not_found)?;
    let link = if is_loopback(&host.host) {
        let message = "Only hosts and moderators can see the address on the network.";
        let claims = require::role(head, shared, Role::Moderator, message)?;
        let grant = Grant::of(&claims);
        if !shared
            .classes
            .iter()
            .any(|(_, class)| class.is_led_by(&grant))
        {
            let message = "Your token is for certain rooms, but who comes to this address may enter all of them.";
            return Err(Refusal::new(403, "other_room", message));
        }
        banner::join_url(&addresses::reachable(shared.address))
    } else {
        let scheme = if head.query == "https" {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{host}/")
    };
    let picture = svg(&link).ok_or_else(Refusal::not_found)?;
    Ok(Response::new(200, "image/svg+xml", picture.into_bytes())
        .with("Content-Security-Policy", "default-src 'none'"))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Draws the code in dark squares on a light ground, whatever the colours of the page are. `None`
/// means that the link is too long for a code. Each run of dark modules is one rectangle.
fn svg(link: &str) -> Option<String> {
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

    #[test]
    fn loopback_hosts_are_recognised() {
        for host in [
            "localhost",
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "a.localhost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "192.168.1.7",
            "classroom.test",
            "[2001:db8::1]",
            "localhost.test",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
