//! A page or file of the site, and the answer that carries it.
//!
//! Obeys RFC 9110 §8.8.3 (ETag), §13.1.2 (If-None-Match) and §15.4.5 (304).

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;

/// What the page may do: load from here, talk to here, nothing inline. `ws:` is named
/// because older Safari does not count it as `'self'`; `data:` is for the QR code.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file, or a page put together from files.
#[derive(Debug)]
pub struct Asset {
    path: String,
    content_type: &'static str,
    /// What the language of the answer depends on, if it does.
    vary: Option<&'static str>,
    bytes: Cow<'static, [u8]>,
    /// Quoted, strong: it changes whenever a byte does.
    etag: String,
}

impl Asset {
    /// A page that is no file.
    pub fn html(path: String, text: String) -> Asset {
        Asset::new(path, content_type("html"), Cow::Owned(text.into_bytes()))
    }

    /// An asset of these bytes.
    pub fn new(path: String, content_type: &'static str, bytes: Cow<'static, [u8]>) -> Asset {
        // Any hash will do that tells two builds apart.
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        Asset {
            path,
            content_type,
            vary: None,
            etag: format!("\"{:016x}\"", hasher.finish()),
            bytes,
        }
    }

    /// The same, one of several that are served under one path.
    #[must_use]
    pub fn varying(mut self, field: &'static str) -> Asset {
        self.vary = Some(field);
        self
    }

    /// The path it is served under.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The media type it is served with.
    #[cfg(test)]
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// The answer to a GET or HEAD: the file, or 304 if the client has it.
    pub fn response(&'static self, head: &Head) -> Result<Response, Refusal> {
        if !matches!(head.method.as_str(), "GET" | "HEAD") {
            return Err(Refusal::method_not_allowed("GET, HEAD"));
        }
        // RFC 9110 §13.1.2: "A recipient MUST use the weak comparison function
        // when comparing entity tags for If-None-Match".
        let known = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == self.etag;
        let fresh = head.list("if-none-match").any(known);
        let mut headers = vec![
            ("Content-Type", Cow::Borrowed(self.content_type)),
            ("ETag", Cow::Borrowed(self.etag.as_str())),
            // Keep it, but ask each time: after an upgrade nobody runs the old page.
            ("Cache-Control", Cow::Borrowed("no-cache")),
            (
                "Content-Security-Policy",
                Cow::Borrowed(CONTENT_SECURITY_POLICY),
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

/// By the file's end; `nosniff` makes browsers believe it.
pub fn content_type(file: &str) -> &'static str {
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
