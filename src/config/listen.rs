//! Where to listen, as people write it: `8080`, `192.168.1.20`, `localhost:8080`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The port without another one.
const PORT: u16 = 8080;

/// The address and port that `text` says, or the sentence that says what is wrong with it. A port alone is on all
/// addresses of this machine, IPv4 included.
pub fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    let (host, port) = match text.rsplit_once(':') {
        // An IPv6 address without a port has colons of its own.
        _ if text.ends_with(']') || text.parse::<Ipv6Addr>().is_ok() => (text, None),
        Some((host, port)) => (host, Some(port)),
        None if text.bytes().all(|byte| byte.is_ascii_digit()) => ("", Some(text)),
        None => (text, None),
    };
    let wrong = || {
        format!(
            "{text:?} is neither an address of this machine nor a port: write 8080, 192.168.1.20:8080 or [::1]:8080"
        )
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_| wrong())?,
        None => PORT,
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let address = match bare.unwrap_or(host) {
        "" | "*" => Ipv6Addr::UNSPECIFIED.into(),
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => host.parse::<IpAddr>().map_err(|_| wrong())?,
    };
    Ok(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (text, meant) in [
            ("8080", "[::]:8080"),
            (":80", "[::]:80"),
            ("*:8080", "[::]:8080"),
            ("0", "[::]:0"),
            ("192.168.1.20", "192.168.1.20:8080"),
            ("192.168.1.20:99", "192.168.1.20:99"),
            ("localhost", "127.0.0.1:8080"),
            ("localhost:1", "127.0.0.1:1"),
            ("::1", "[::1]:8080"),
            ("[::1]:7", "[::1]:7"),
            ("[::1]", "[::1]:8080"),
        ] {
            assert_eq!(
                parse_listen(text).map(|it| it.to_string()),
                Ok(meant.to_owned()),
                "{text}"
            );
        }
        for wrong in [
            "",
            "80800",
            "example.org",
            "192.168.1:8080",
            "http://192.168.1.20",
            "-1",
            "1.2.3.4:",
        ] {
            let error = parse_listen(wrong).expect_err(wrong);
            assert!(error.contains("8080"), "{error}");
        }
    }
}
