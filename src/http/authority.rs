//! `host[:port]`, the one thing that `Host`, `Origin` and an absolute request
//! target have in common (RFC 9110 §7.2, RFC 3986 §3.2.2).
//!
//! Parsed once and compared as a value, so that `LOCALHOST` equals `localhost` and `[0:0::1]`
//! equals `[::1]`.

use std::fmt;
use std::net::Ipv6Addr;

/// A host and, if one was written, its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// A name or IPv4 address in lower case, or an IPv6 address with its brackets.
    pub host: String,
    /// `None` when the default port of the scheme is meant.
    pub port: Option<u16>,
}

impl Authority {
    /// Parses `host`, `host:port`, `[v6]` or `[v6]:port`; `None` if it is anything else.
    ///
    /// DEVIATES from the grammar of RFC 3986, which allows `%`, `,`, `;` and the like in
    /// names: no host in a URL has them, and a comma is how a proxy joins two `Host` lines.
    pub fn parse(text: &str) -> Option<Authority> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                (format!("[{}]", address.parse::<Ipv6Addr>().ok()?), port)
            }
            None => {
                let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
                if name.is_empty() || !name.bytes().all(legal) {
                    return None;
                }
                (name.to_ascii_lowercase(), port)
            }
        };
        Some(Authority {
            host,
            port: parse_port(port)?,
        })
    }

    /// The port, or this default of the scheme if none was written.
    pub fn port_or(&self, default: u16) -> u16 {
        self.port.unwrap_or(default)
    }
}

/// `""` or `":"` (RFC 3986 §3.2.3 allows an empty port) or `":8080"`.
fn parse_port(text: &str) -> Option<Option<u16>> {
    match text.strip_prefix(':') {
        None if text.is_empty() => Some(None),
        Some("") => Some(None),
        // `parse` alone would take "+80".
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_ports_are_read() {
        for (text, host, port) in [
            ("localhost", "localhost", None),
            ("LocalHost:8080", "localhost", Some(8080)),
            ("192.168.1.20:80", "192.168.1.20", Some(80)),
            ("[::1]", "[::1]", None),
            ("[0:0:0:0:0:0:0:1]:9000", "[::1]", Some(9000)),
            ("raspberry_pi.local.", "raspberry_pi.local.", None),
            ("host:", "host", None),
        ] {
            let expected = Authority {
                host: host.into(),
                port,
            };
            assert_eq!(Authority::parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_authority() {
        for text in [
            "",
            ":80",
            "a b",
            "a,b",
            "user@host",
            "a/b",
            "a%2fb",
            "host:+80",
            "host:65536",
            "host:80:80",
            "host:8o",
            "::1",
            "[::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "[]",
            "é",
            "a?b",
            "a#b",
            "a\\b",
            "host: 80",
        ] {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
    }

    #[test]
    fn it_prints_as_it_is_compared() {
        let printed = |text| Authority::parse(text).map(|a| a.to_string());
        assert_eq!(printed("[0::1]:80").as_deref(), Some("[::1]:80"));
        assert_eq!(printed("Host").as_deref(), Some("host"));
    }
}
