//! A response: status, header lines and body, and how they become bytes.
//!
//! A connection serves one request. Every response says `Connection: close`, so that the body of a
//! refused request is never read as a second request. Obeys RFC 9110 §6.6.1 (Date), §8.6
//! (Content-Length) and §9.3.2 (HEAD). The 101 is made by
//! [`Upgrade`](crate::websocket::handshake::Upgrade).

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::http::refusal::Refusal;
use crate::http::refusal_counts;
use crate::model::authority::Authority;

/// A final response (200 to 599).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header lines in addition to those of every response.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The whole body; borrowed when it is compiled in.
    pub body: Cow<'static, [u8]>,
}

impl Response {
    /// A response of this type and body that must not be cached. (The page's files set their own
    /// caching.)
    pub(crate) fn new(
        status: u16,
        content_type: &'static str,
        body: impl Into<Cow<'static, [u8]>>,
    ) -> Response {
        Response {
            status,
            headers: vec![
                ("Content-Type", Cow::Borrowed(content_type)),
                ("Cache-Control", Cow::Borrowed("no-store")),
            ],
            body: body.into(),
        }
    }

    /// A JSON response of the API. It must not be cached: it often contains a token, and always
    /// describes the present.
    pub(crate) fn json(status: u16, value: &impl Serialize) -> Response {
        match serde_json::to_vec(value) {
            Ok(body) => Response::new(status, "application/json", body),
            // Only maps with keys that are not strings get here; we have none.
            Err(_) => Response::new(500, "application/json", &br#"{"error":"internal"}"#[..]),
        }
    }

    /// The same response with one more header line.
    #[must_use]
    pub(crate) fn with(
        mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Response {
        self.headers.push((name, value.into()));
        self
    }

    /// The bytes to send. For a HEAD request (`head_only`) everything but the body.
    pub(crate) fn to_bytes(&self, head_only: bool) -> Vec<u8> {
        let mut bytes = self.head_to_bytes(Some(self.body.len()));
        if !head_only {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }

    /// Status line and header lines alone. Without a `length`, the body that the caller streams
    /// after them ends where the connection ends (RFC 9112 §6.3).
    pub(crate) fn head_to_bytes(&self, length: Option<usize>) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let mut line = |name: &str, value: &str| {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        };
        let mut upgrade = false;
        for (name, value) in &self.headers {
            line(name, value);
            upgrade |= name.eq_ignore_ascii_case("upgrade");
        }
        // RFC 9110 §8.6: "A server MUST NOT send a Content-Length header field in
        // any response with a status code of 1xx (Informational) or 204 (No Content)."
        // A 304 would have to state the length of the 200 that it spares.
        if let Some(length) = length.filter(|_| !matches!(self.status, 100..200 | 204 | 304)) {
            line("Content-Length", &length.to_string());
        }
        // RFC 9110 §7.8: "A sender of Upgrade MUST also send an "Upgrade" connection
        // option in the Connection header field".
        line(
            "Connection",
            if upgrade { "Upgrade, close" } else { "close" },
        );
        line("X-Content-Type-Options", "nosniff");
        // RFC 9110 §6.6.1: "An origin server with a clock […] MUST generate a Date header
        // field in all 2xx (Successful), 3xx (Redirection), and 4xx (Client Error) responses".
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        line("Date", &http_date(now.unwrap_or_default().as_secs()));
        head.push_str("\r\n");
        head.into_bytes()
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            authority: Option<&'static Authority>,
        }
        refusal_counts::note(refusal.slug);
        let mut response = Response::json(
            refusal.status,
            &Body {
                error: refusal.slug,
                message: &refusal.message,
                authority: refusal.authority,
            },
        );
        response.headers.extend(refusal.headers);
        response
    }
}

/// The reason phrases of RFC 9110 §15 for the statuses in use.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        // RFC 9112 §4: the phrase may be empty, its space may not.
        _ => "",
    }
}

/// Seconds since 1970 as an IMF-fixdate (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(seconds: u64) -> String {
    const FIXDATE: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    // Neither fails before the year 10000.
    let date = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    date.format(FIXDATE).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn text(response: &Response, head_only: bool) -> String {
        String::from_utf8(response.to_bytes(head_only)).unwrap()
    }

    #[test]
    fn a_refusal_is_json_with_a_slug_and_a_sentence() {
        let response = Response::from(Refusal::too_many(
            "too_many_attempts",
            "Wait \"7\" s.",
            Duration::from_secs(7),
        ));
        let text = text(&response, false);
        assert!(
            text.starts_with(
                "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n"
            )
        );
        for line in [
            "Cache-Control: no-store",
            "Retry-After: 7",
            "Connection: close",
            "X-Content-Type-Options: nosniff",
        ] {
            assert!(
                text.contains(&format!("\r\n{line}\r\n")),
                "{line} is not in {text}"
            );
        }
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(
            body,
            r#"{"error":"too_many_attempts","message":"Wait \"7\" s."}"#
        );
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())));
    }

    #[test]
    fn a_head_request_gets_the_same_head_without_the_body() {
        let response = Response::new(200, "text/plain", &b"hello"[..]);
        let (whole, head) = (text(&response, false), text(&response, true));
        assert!(head.contains("\r\nContent-Length: 5\r\n") && head.ends_with("\r\n\r\n"));
        assert!(whole.ends_with("\r\n\r\nhello"));
    }

    #[test]
    fn an_upgrade_header_brings_its_connection_option() {
        let text = text(&Refusal::upgrade_required("no_upgrade", "x").into(), true);
        assert!(text.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
        assert!(text.contains("\r\nUpgrade: websocket\r\n"));
        assert!(text.contains("\r\nSec-WebSocket-Version: 13\r\n"));
        assert!(text.contains("\r\nConnection: Upgrade, close\r\n"));
    }

    #[test]
    fn a_304_and_a_streamed_body_state_no_length() {
        let not_modified = Response::new(304, "text/css", &b""[..]);
        assert!(!text(&not_modified, false).contains("Content-Length"));
        let streamed = Response::new(200, "text/csv", &b""[..]).head_to_bytes(None);
        assert!(
            !String::from_utf8(streamed)
                .unwrap()
                .contains("Content-Length")
        );
    }

    #[test]
    fn dates_are_imf_fixdates() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_704_067_199, "Sun, 31 Dec 2023 23:59:59 GMT"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(seconds), date);
        }
    }
}
