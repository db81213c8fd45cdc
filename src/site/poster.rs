//! The join address as a QR code, for the wall: an SVG that is nothing but squares.
//!
//! Runs on the connection's thread. The address in it is the one under which the asker found this
//! server, and nothing else is in it. Whoever came by loopback would show a class the way to the
//! class's own machines: those who keep order get the address on the network instead. Nobody else
//! does: loopback is also where a proxy comes from.

use crate::addresses;
use crate::authenticate::holder;
use crate::banner;
use crate::http::authority::Authority;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::shared::Shared;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;
use std::net::IpAddr;

/// Light modules around a code; without them cameras do not find it (ISO/IEC 18004 asks for four).
const QUIET_ZONE: usize = 4;

/// Answers `GET /api/join.svg`; `?https` where the page was reached through TLS, of which only a
/// proxy and the page know.
pub fn answer(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    let host = head.single("host")?.and_then(Authority::parse);
    let host = host.ok_or_else(Refusal::not_found)?;
    let link = if is_loopback(&host.host) {
        if holder(head, shared)?.role < Role::Moderator {
            return Err(Refusal::hosts_only(
                "Only those who keep order are told the address on the network.",
            ));
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

/// Dark squares on a light ground, whatever the colours of the page are; `None` if it does not fit
/// into any code. Each run of dark modules is one rectangle of the path.
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
    fn the_squares_are_those_of_the_code() {
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
    fn what_leads_to_the_askers_own_machine_is_told_from_what_does_not() {
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
