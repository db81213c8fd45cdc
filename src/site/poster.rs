//! The join address as a QR code for the wall, drawn as an SVG of squares.
//!
//! Runs on the connection's thread. The code contains only the address at which the client reached
//! this server, and the class code if the client names one. A loopback address would lead every student to their own machine, so hosts and
//! moderators who use one get the address on the network instead. Nobody else does, because
//! requests from a proxy come from loopback, too.

use crate::addresses;
use crate::auth::class_code::ClassCode;
use crate::banner;
use crate::chat::grant::Grant;
use crate::http::authority::Authority;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::qr_svg;
use crate::shared::Shared;
use crate::site::require;
use std::net::IpAddr;

/// Answers `GET /api/join.svg`. The page adds `?https` if it was loaded through TLS, which only the
/// page and a proxy know, and `code=` with a class code: whoever scans the picture has it filled in. The
/// code stands in the fragment, which no browser sends and no log has.
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
        let https = head.query.split('&').any(|word| word == "https");
        let scheme = if https { "https" } else { "http" };
        format!("{scheme}://{host}/")
    };
    let code = head.query.split('&').find_map(|w| w.strip_prefix("code="));
    let link = match code.map(ClassCode::fixed) {
        None => link,
        Some(Ok(code)) => format!("{link}#code={code}"),
        Some(Err(_)) => return Err(Refusal::not_found()),
    };
    let picture = qr_svg::svg(&link).ok_or_else(Refusal::not_found)?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
