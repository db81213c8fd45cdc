//! A page or file of the site, and the answer with it.
//!
//! Obeys RFC 9110 §8.8.3 (ETag), §13.1.2 (If-None-Match) and §15.4.5 (304).

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use crate::http::authority::Authority;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::site::require;

/// The page may load from this server and connect to it, and nothing may be inline. Browsers count a
/// WebSocket to the host of the page as `'self'`; for Safari before 15.4, which does not, the host
/// of the request is named. `data:` is for the QR code.
fn content_security_policy(host: Option<&Authority>) -> String {
    // A source is a name or an IPv4 address (CSP Level 3 §2.3.1); `Authority` admits no more than
    // that, IPv6 addresses, and underscores.
    let host = host.map(Authority::to_string);
    let host = host.filter(|host| !host.contains(['[', '_']));
    let sockets = host.map_or_else(String::new, |host| format!(" ws://{host} wss://{host}"));
    format!(
        "default-src 'self'; connect-src 'self'{sockets}; img-src 'self' data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

/// A file, or a page composed of files.
#[derive(Debug)]
pub(super) struct Asset {
    path: String,
    content_type: &'static str,
    /// The request header that the choice of this asset depends on, if any.
    vary: Option<&'static str>,
    bytes: Cow<'static, [u8]>,
    /// A quoted, strong tag: it changes with every byte.
    etag: String,
}

impl Asset {
    /// An asset of these bytes. If several are served under one path, `vary` is the request header
    /// that chooses between them.
    pub(super) fn new(
        path: String,
        content_type: &'static str,
        vary: Option<&'static str>,
        bytes: Cow<'static, [u8]>,
    ) -> Asset {
        // The hash only has to tell two builds apart.
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        Asset {
            path,
            content_type,
            vary,
            etag: format!("\"{:016x}\"", hasher.finish()),
            bytes,
        }
    }

    /// The path it is served under.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The media type it is served with.
    #[cfg(test)]
    pub(super) fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Answers a GET or HEAD with the bytes, or with 304 if the client has them.
    pub(super) fn response(&'static self, head: &Head) -> Result<Response, Refusal> {
        require::get(head)?;
        // RFC 9110 §13.1.2: "A recipient MUST use the weak comparison function
        // when comparing entity tags for If-None-Match".
        let known = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == self.etag;
        let fresh = head.list("if-none-match").any(known);
        let mut headers = vec![
            ("Content-Type", Cow::Borrowed(self.content_type)),
            ("ETag", Cow::Borrowed(self.etag.as_str())),
            // The browser keeps it but asks each time, so that nobody uses an old page after an
            // upgrade.
            ("Cache-Control", Cow::Borrowed("no-cache")),
            (
                "Content-Security-Policy",
                Cow::Owned(content_security_policy(head.authority.as_ref())),
            ),
            ("Referrer-Policy", Cow::Borrowed("no-referrer")),
        ];
        headers.extend(self.vary.map(|field| ("Vary", Cow::Borrowed(field))));
        Ok(Response {
            status: if fresh { 304 } else { 200 },
            headers,
            body: Cow::Borrowed(if fresh { &[] } else { &self.bytes }),
        })
    }
}

/// Returns the media type by the file's extension. `nosniff` makes browsers rely on it.
pub(super) fn content_type(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}
