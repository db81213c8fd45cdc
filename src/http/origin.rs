//! Which pages may open a WebSocket here: RFC 6455 §4.2.2 step 4, §10.2.
//!
//! A browser lets any page connect anywhere, and sends the origin of the page in `Origin` (RFC 6454
//! §7). Refusing is up to the server. It allows its own page, and other pages only if `chat.toml`
//! lists them.

use crate::http::authority::Authority;
use crate::http::head::Head;
use crate::http::refusal::Refusal;

/// Allows programs (which send no `Origin`), the server's own page, and the origins in `allowed`,
/// such as `https://school.example`.
///
/// # Errors
///
/// 403: the origin is another one.
pub(crate) fn origin_allowed(head: &Head, allowed: &[String]) -> Result<(), Refusal> {
    // §10.2 protects people with a browser; a program can claim any origin, so it gains nothing.
    let Some(origin) = head.single("origin")? else {
        return Ok(());
    };
    if is_same_origin(origin, head.authority.as_ref()) || allowed.iter().any(|a| same(a, origin)) {
        return Ok(());
    }
    // §4.2.2 step 4: "If the server does not wish to accept this connection, it MUST
    // return an appropriate HTTP error code (e.g., 403 Forbidden)".
    Err(Refusal::new(
        403,
        "origin_not_allowed",
        "The page that opened this connection comes from another site (RFC 6455 §10.2). Open the \
         page of this server itself, or add its origin to allowed_origins in chat.toml.",
    ))
}

/// Whether the origin is the host that the request is for. The scheme does not count: behind a
/// proxy that ends TLS, the page is https and the request that arrives here is not.
fn is_same_origin(origin: &str, host: Option<&Authority>) -> bool {
    let (Some((_, origin, default)), Some(host)) = (parse(origin), host) else {
        return false;
    };
    // A missing port means the default one of the page's scheme, on both sides.
    origin.host == host.host && origin.port_or(default) == host.port_or(default)
}

/// Whether a configured origin is the one sent, with the spelling that people
/// use: any case, a default port, a slash at the end.
fn same(configured: &str, origin: &str) -> bool {
    let configured = configured.trim_end_matches('/');
    match (parse(configured), parse(origin)) {
        (Some((scheme, a, default)), Some((other, b, _))) => {
            scheme == other && a.host == b.host && a.port_or(default) == b.port_or(default)
        }
        // Origins of extensions and apps, compared as text. Every sandboxed frame of every site
        // sends `null`, so it identifies no page and is refused even if it is listed.
        _ => configured.eq_ignore_ascii_case(origin) && origin != "null",
    }
}

/// Scheme, authority and default port of a web origin (RFC 6454 §6.2), which has no path.
fn parse(origin: &str) -> Option<(String, Authority, u16)> {
    let (scheme, authority) = origin.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let port = default_port(&scheme)?;
    Some((scheme, Authority::parse(authority)?, port))
}

/// The port that `http` or `https` means when none is written; other schemes have none.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, origin: &str, expected: bool) {
        let allowed = [
            "https://School.example/".into(),
            "http://10.0.0.5:80".into(),
        ];
        let allowed = [&allowed[..], &["null".into(), "app://glass".into()]].concat();
        let text = format!("GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n");
        let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
        let verdict = origin_allowed(&head, &allowed).map_err(|r| (r.status, r.slug));
        let refused = Err((403, "origin_not_allowed"));
        assert_eq!(verdict, if expected { Ok(()) } else { refused }, "{text}");
    }

    #[test]
    fn the_servers_own_page_is_welcome() {
        check("192.168.1.20:8080", "http://192.168.1.20:8080", true);
        check("Chat.local", "http://chat.LOCAL", true);
        check("chat.local:80", "http://chat.local", true);
        check("chat.local", "http://chat.local:80", true);
        check("chat.local", "https://chat.local", true);
        check("chat.local:443", "https://chat.local", true);
        check("[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080", true);
    }

    #[test]
    fn other_pages_are_not() {
        check("192.168.1.20:8080", "http://192.168.1.20:8081", false);
        check("192.168.1.20:8080", "http://192.168.1.20", false);
        check("chat.local:80", "https://chat.local", false);
        check("chat.local", "http://chat.local.evil.example", false);
        check("chat.local", "http://evil.example/chat.local", false);
        check("chat.local", "http://chat.local/", false);
        check("chat.local", "http://chat.local@evil.example", false);
        check("localhost:8080", "http://127.0.0.1:8080", false);
        check("chat.local", "chat.local", false);
        check("chat.local", "file://chat.local", false);
        check("chat.local", "null", false);
        check("chat.local", "", false);
        check("chat.local", "http://chat.local http://evil.example", false);
    }

    #[test]
    fn the_list_is_compared_as_origins() {
        check("a", "https://school.example", true);
        check("a", "https://school.example:443", true);
        check("a", "http://school.example", false);
        check("a", "https://school.example:8443", false);
        check("a", "http://10.0.0.5", true);
        check("a", "app://glass", true);
        check("a", "app://other", false);
    }

    #[test]
    fn a_program_needs_no_origin_and_nobody_has_two() {
        let verdict = |lines: &str| {
            let text = format!("GET /ws HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
            let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
            origin_allowed(&head, &[]).map_err(|r| r.slug)
        };
        assert_eq!(verdict(""), Ok(()));
        assert_eq!(
            verdict("Origin: http://a\r\nOrigin: http://a\r\n"),
            Err("repeated_field")
        );
    }
}
