//! A page or file of the site, and the answer with it.
//!
//! Obeys RFC 9110 §8.8.3 (ETag), §12.5.3 (Accept-Encoding), §13.1.2
//! (If-None-Match) and §15.4.5 (304), and RFC 8246 §2 (immutable).

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
#[cfg(feature = "full")]
use std::io::{Read, Write};

#[cfg(feature = "full")]
use flate2::{Compression, read::GzDecoder, write::GzEncoder};

use crate::http::authority::Authority;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::site::encoding::takes_gzip;
use crate::site::files::is_current;
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

/// A file, or a page composed of files. Only one form is stored: in the full build the compressed one, as it is a
/// third of the size, and programs that take no gzip are rare; in the minimal build, which has no gzip, the plain one.
#[derive(Debug)]
pub(super) struct Asset {
    path: String,
    content_type: &'static str,
    /// The request headers that the answer depends on.
    vary: &'static str,
    stored: Cow<'static, [u8]>,
    /// Of a page, the inside of a strong tag: it changes with every byte. Another form has another tag.
    etag: Option<String>,
}

impl Asset {
    /// A page: the browser keeps it but asks each time, so that nobody uses an old one after an upgrade.
    pub(super) fn page(path: String, vary: &'static str, stored: Cow<'static, [u8]>) -> Asset {
        // The hash only has to tell two builds apart.
        let mut hasher = DefaultHasher::new();
        hasher.write(&stored);
        let etag = Some(format!("{:016x}", hasher.finish()));
        let content_type = content_type("html");
        Asset {
            path,
            content_type,
            vary,
            stored,
            etag,
        }
    }

    /// A file whose whole path names the build: the browser keeps it and never asks again.
    pub(super) fn file(
        path: String,
        content_type: &'static str,
        stored: Cow<'static, [u8]>,
    ) -> Asset {
        Asset {
            path,
            content_type,
            vary: "Accept-Encoding",
            stored,
            etag: None,
        }
    }

    /// The path it is served under, or that below the folder of the build.
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
        let gzip = cfg!(feature = "full") && takes_gzip(head);
        let caching = match &self.etag {
            Some(_) => "no-cache",
            None if is_current(&head.path) => "public, max-age=31536000, immutable",
            None => "no-store",
        };
        let mut headers = vec![
            ("Content-Type", Cow::Borrowed(self.content_type)),
            ("Cache-Control", Cow::Borrowed(caching)),
            (
                "Content-Security-Policy",
                Cow::Owned(content_security_policy(head.authority.as_ref())),
            ),
            ("Referrer-Policy", Cow::Borrowed("no-referrer")),
            ("Vary", Cow::Borrowed(self.vary)),
        ];
        if let Some(tag) = &self.etag {
            let tag = format!("\"{tag}{}\"", if gzip { "-gzip" } else { "" });
            // RFC 9110 §13.1.2: "A recipient MUST use the weak comparison function
            // when comparing entity tags for If-None-Match".
            let known = |each: &str| each == "*" || each.trim_start_matches("W/") == tag;
            let fresh = head.list("if-none-match").any(known);
            headers.push(("ETag", Cow::Owned(tag)));
            if fresh {
                let body = Cow::Borrowed(&[][..]);
                return Ok(Response {
                    status: 304,
                    headers,
                    body,
                });
            }
        }
        if gzip {
            headers.push(("Content-Encoding", Cow::Borrowed("gzip")));
        }
        let body = match gzip {
            true => Cow::Borrowed(&*self.stored),
            false => plain(&self.stored)?,
        };
        Ok(Response {
            status: 200,
            headers,
            body,
        })
    }
}

/// Compresses what is composed at the start.
#[cfg(feature = "full")]
pub(super) fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let written = encoder.write_all(text.as_bytes());
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

#[cfg(feature = "full")]
fn plain(stored: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    let mut bytes = Vec::new();
    match GzDecoder::new(stored).read_to_end(&mut bytes) {
        Ok(_) => Ok(Cow::Owned(bytes)),
        // Nothing that is compiled in gets here.
        Err(_) => Err(Refusal::not_found()),
    }
}

#[cfg(not(feature = "full"))]
#[expect(clippy::unnecessary_wraps, reason = "as in the full build")]
fn plain(stored: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    Ok(Cow::Borrowed(stored))
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
