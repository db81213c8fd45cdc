//! The first line of a request: method, target, version (RFC 9112 §3, §2.3).
//!
//! Read strictly: if two programs read a line differently, a second request can be smuggled past
//! the first program. Percent-encoding is kept as received, because paths are only compared with
//! the exact ones that this server knows.

use crate::http::authority::Authority;
use crate::http::refusal::Refusal;

/// The most bytes of a target. RFC 9112 §3 recommends to support at least 8000; ours have fewer
/// than 100.
pub(crate) const MAX_TARGET: usize = 8 * 1024;

/// A parsed request line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestLine {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) minor_version: u8,
    /// The host of an absolute target, which replaces that of the `Host` line.
    pub(super) authority: Option<Authority>,
}

impl RequestLine {
    /// Parses the line without its CR LF.
    pub(super) fn parse(line: &[u8]) -> Result<RequestLine, Refusal> {
        // RFC 9112 §3.2: "A recipient SHOULD NOT attempt to autocorrect and then process the request".
        // Hence exactly two spaces, and every byte around them visible ASCII.
        let malformed = || {
            Refusal::bad_request(
                "bad_request_line",
                "A request starts with METHOD SP TARGET SP HTTP/1.1, one space each, nothing but \
                 visible ASCII in between (RFC 9112 §3): send for example GET / HTTP/1.1.",
            )
        };
        if !line.iter().all(|b| matches!(b, b' '..=b'~')) {
            return Err(malformed());
        }
        let text = String::from_utf8_lossy(line);
        let mut parts = text.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        if !is_token(method) || target.is_empty() {
            return Err(malformed());
        }
        // The version is checked first, so that HTTP/2's preface, `PRI * HTTP/2.0`, is not refused
        // for its target.
        let minor_version = parse_version(version)?;
        if target.len() > MAX_TARGET {
            return Err(target_too_long());
        }
        let (authority, path, query) = parse_target(method, target)?;
        Ok(RequestLine {
            method: method.into(),
            path,
            query,
            minor_version,
            authority,
        })
    }
}

/// 414, also for a first line that grows past any legal one.
pub(super) fn target_too_long() -> Refusal {
    // RFC 9112 §3: "A server that receives a request-target longer than any URI it
    // wishes to parse MUST respond with a 414 (URI Too Long) status code".
    Refusal::new(
        414,
        "target_too_long",
        format!(
            "The request target is longer than {MAX_TARGET} bytes (RFC 9112 §3): shorten the URL."
        ),
    )
}

/// The minor version of HTTP/1. A later one than 1.1 is served as 1.1 (RFC 9110 §2.5).
fn parse_version(version: &str) -> Result<u8, Refusal> {
    match version.as_bytes() {
        [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'1',
            b'.',
            minor @ b'0'..=b'9',
        ] => Ok(minor - b'0'),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Err(Refusal::new(
            505,
            "http_version",
            "This server speaks HTTP/1.1 only (RFC 9110 §15.6.6): with curl, add --http1.1.",
        )),
        _ => Err(Refusal::bad_request(
            "bad_version",
            "The request line must end in HTTP/1.1, in upper case, one digit on either side of \
             the dot (RFC 9112 §2.3).",
        )),
    }
}

/// The four forms of RFC 9112 §3.2: authority (absolute form only), path and query.
fn parse_target(
    method: &str,
    target: &str,
) -> Result<(Option<Authority>, String, String), Refusal> {
    if method == "CONNECT" {
        return Err(Refusal::new(
            501,
            "no_proxy",
            "This server is no proxy and opens no tunnels (RFC 9110 §9.3.6): ask for /ws directly.",
        ));
    }
    if target.contains('#') {
        return Err(Refusal::bad_request(
            "fragment",
            "The request target contains a #: a fragment is for the browser and is never sent \
             (RFC 9110 §7.1). Leave it out.",
        ));
    }
    let malformed = || {
        Refusal::bad_request(
            "bad_target",
            "The request target must be a path such as /ws, or an http:// URL with a valid host \
             and no user name in it (RFC 9112 §3.2).",
        )
    };
    // 1. origin-form, which nearly every client sends.
    if target.starts_with('/') {
        let (path, query) = split_query(target);
        return Ok((None, path, query));
    }
    // 2. asterisk-form.
    if target == "*" && method == "OPTIONS" {
        return Ok((None, target.into(), String::new()));
    }
    // 3. absolute-form. RFC 9112 §3.2.2: "A server MUST accept the absolute-form in requests …"
    let (scheme, rest) = target.split_once("://").ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(malformed());
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = Authority::parse(authority).ok_or_else(malformed)?;
    let (path, query) = split_query(path);
    // RFC 9110 §4.2.3: an empty path is the same as "/".
    let path = if path.is_empty() { "/".into() } else { path };
    Ok((Some(authority), path, query))
    // 4. authority-form belongs to CONNECT and was refused with it.
}

fn split_query(target: &str) -> (String, String) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (path.into(), query.into())
}

/// Whether this is a token of RFC 9110 §5.6.2, which is also that of RFC 6455 §4.1.
pub(crate) fn is_token(text: &str) -> bool {
    let tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<(String, String, String), &'static str> {
        RequestLine::parse(line.as_bytes())
            .map(|r| {
                let host = r.authority.map(|a| a.to_string()).unwrap_or_default();
                (host, r.path, r.query)
            })
            .map_err(|refusal| refusal.slug)
    }

    #[test]
    fn targets_in_their_four_forms() {
        for (line, host, path, query) in [
            ("GET / HTTP/1.1", "", "/", ""),
            ("GET /ws?join= HTTP/1.1", "", "/ws", "join="),
            ("GET /a%2Fb/../c HTTP/1.0", "", "/a%2Fb/../c", ""),
            (
                "GET //evil.example/ws HTTP/1.1",
                "",
                "//evil.example/ws",
                "",
            ),
            (
                "GET http://Host:80/ws?a?b HTTP/1.1",
                "host:80",
                "/ws",
                "a?b",
            ),
            ("GET HTTPS://host HTTP/1.1", "host", "/", ""),
            ("GET http://host?q HTTP/1.1", "host", "/", "q"),
            ("GET http://[::1]:8080/ HTTP/1.1", "[::1]:8080", "/", ""),
            ("OPTIONS * HTTP/1.1", "", "*", ""),
            ("get / HTTP/1.9", "", "/", ""),
        ] {
            let expected = (host.into(), path.into(), query.into());
            assert_eq!(parse(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn other_lines_are_refused_by_name() {
        for (line, slug) in [
            ("GET /", "bad_request_line"),
            ("GET  / HTTP/1.1", "bad_request_line"),
            (" GET / HTTP/1.1", "bad_request_line"),
            ("GET / HTTP/1.1 ", "bad_request_line"),
            ("GET /\tHTTP/1.1", "bad_request_line"),
            ("GET /ä HTTP/1.1", "bad_request_line"),
            ("G(T / HTTP/1.1", "bad_request_line"),
            ("hello", "bad_request_line"),
            ("GET / http/1.1", "bad_version"),
            ("GET / HTTP/1.10", "bad_version"),
            ("GET / HTTP/11", "bad_version"),
            ("GET / HTTPS/1.1", "bad_version"),
            ("PRI * HTTP/2.0", "http_version"),
            ("GET / HTTP/0.9", "http_version"),
            ("GET /#top HTTP/1.1", "fragment"),
            ("GET * HTTP/1.1", "bad_target"),
            ("GET ws HTTP/1.1", "bad_target"),
            ("GET host:80 HTTP/1.1", "bad_target"),
            ("GET ws://host/ws HTTP/1.1", "bad_target"),
            ("GET http:///ws HTTP/1.1", "bad_target"),
            ("GET http://me@host/ws HTTP/1.1", "bad_target"),
            ("GET http://ho,st/ws HTTP/1.1", "bad_target"),
            ("CONNECT host:80 HTTP/1.1", "no_proxy"),
        ] {
            assert_eq!(parse(line), Err(slug), "{line}");
        }
    }

    #[test]
    fn a_target_may_be_8_kib_long_and_no_longer() {
        let line = |length: usize| format!("GET /{} HTTP/1.1", "a".repeat(length - 1));
        assert!(parse(&line(MAX_TARGET)).is_ok());
        assert_eq!(parse(&line(MAX_TARGET + 1)), Err("target_too_long"));
    }
}
