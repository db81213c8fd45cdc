//! A request that is not served: the status, a stable slug for programs, and
//! a sentence that names the rule and what to do, for people.
//!
//! Every check of a request head ends in one of these, so that a learner who
//! breaks a rule on purpose is told which one. See [`Response`] for the bytes.
//!
//! [`Response`]: crate::http::response::Response

use crate::model::authority::Authority;
use std::borrow::Cow;
use std::time::Duration;

/// Why a request is refused. Answered with `{"error": slug, "message": …}`, and with the `authority`
/// if the request is a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status, 400 to 599.
    pub status: u16,
    /// What programs and the page's catalogue match on; never reworded.
    pub slug: &'static str,
    /// One or two sentences a person can act on.
    pub message: Cow<'static, str>,
    /// Header lines that the status requires (`Allow`, `Retry-After`, …).
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// Who decided, for a refused handshake.
    pub authority: Option<&'static Authority>,
}

impl Refusal {
    /// A refusal without headers of its own.
    pub fn new(status: u16, slug: &'static str, message: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal {
            status,
            slug,
            message: message.into(),
            headers: Vec::new(),
            authority: None,
        }
    }

    /// The same refusal, and who decided.
    #[must_use]
    pub fn decided_by(mut self, authority: &'static Authority) -> Refusal {
        self.authority = Some(authority);
        self
    }

    /// The same refusal with one more header line.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Refusal {
        self.headers.push((name, value.into()));
        self
    }

    /// 400: the request breaks a rule of HTTP or of the handshake.
    pub fn bad_request(slug: &'static str, message: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::new(400, slug, message)
    }

    /// 403: the token is good, but its holder is no host; the message says what only hosts may do.
    pub fn hosts_only(message: &'static str) -> Refusal {
        Refusal::new(403, "hosts_only", message)
    }

    /// 404. The path is not repeated, because it is the sender's text.
    pub fn not_found() -> Refusal {
        Refusal::new(
            404,
            "not_found",
            "Nothing is served under this path. The page is at /, the chat at /ws.",
        )
    }

    /// 405 with the methods that would have worked. DEVIATES from RFC 9110 §9.1 for methods
    /// that nobody knows (which asks for 501): the list in `Allow` helps more.
    pub fn method_not_allowed(allow: &'static str) -> Refusal {
        // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field
        // in a 405 response containing a list of the target resource's currently supported methods."
        Refusal::new(
            405,
            "method_not_allowed",
            format!("This path answers {allow} only (RFC 9110 §15.5.6): send that method."),
        )
        .with("Allow", allow)
    }

    /// 408: the head or body was not complete in time, even if bytes kept arriving.
    pub fn timeout(seconds: u64) -> Refusal {
        Refusal::new(
            408,
            "request_timeout",
            format!(
                "The request was not complete after {seconds} s (RFC 9110 §15.5.9). \
                 Send it again, in one piece."
            ),
        )
    }

    /// 413: the body is larger than this path accepts.
    pub fn body_too_large(limit: usize) -> Refusal {
        Refusal::new(
            413,
            "body_too_large",
            format!(
                "The body is larger than the {limit} bytes accepted here (RFC 9110 §15.5.14): send less."
            ),
        )
    }

    /// 426: this path speaks WebSocket, version 13, and the request did not ask for that.
    pub fn upgrade_required(slug: &'static str, message: impl Into<Cow<'static, str>>) -> Refusal {
        // RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a
        // 426 response to indicate the required protocol(s)". `Response` adds
        // the `upgrade` option to Connection, as §7.8 asks of every sender of Upgrade.
        Refusal::new(426, slug, message)
            .with("Upgrade", "websocket")
            .with("Sec-WebSocket-Version", "13")
    }

    /// 429: too many requests. `wait` says when one will be taken again: in whole seconds, rounded up,
    /// because who comes back a moment too early is refused once more.
    pub fn too_many(
        slug: &'static str,
        message: impl Into<Cow<'static, str>>,
        wait: Duration,
    ) -> Refusal {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Refusal::new(429, slug, message).with("Retry-After", seconds.max(1).to_string())
    }

    /// 503: the server cannot do this now; `seconds` says when to try again.
    pub fn unavailable(
        slug: &'static str,
        message: impl Into<Cow<'static, str>>,
        seconds: u64,
    ) -> Refusal {
        Refusal::new(503, slug, message).with("Retry-After", seconds.to_string())
    }

    /// 503: as many connections as the server takes.
    pub fn full(seconds: u64) -> Refusal {
        let message = "The server is full. Come back in a moment.";
        Refusal::unavailable("full", message, seconds)
    }

    /// 503: as many connections from one address as the server takes.
    pub fn too_many_from_here() -> Refusal {
        let message = "Your address has too many connections.";
        Refusal::unavailable("too_many_from_here", message, 5)
    }

    /// 503: the hub did not answer in time.
    pub fn busy() -> Refusal {
        let message = "The server is busy. Try again in a moment.";
        Refusal::unavailable("busy", message, 2)
    }
}

/// 500: the operating system has no randomness. Logs the error.
pub(crate) fn no_random(error: std::io::Error) -> Refusal {
    log::error!("no random bytes: {error}");
    Refusal::new(500, "internal", "The server made a mistake. Try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_the_headers_that_it_requires() {
        let names = |refusal: Refusal| -> Vec<&'static str> {
            refusal.headers.iter().map(|(name, _)| *name).collect()
        };
        assert_eq!(names(Refusal::method_not_allowed("GET, HEAD")), ["Allow"]);
        assert_eq!(
            names(Refusal::upgrade_required("no_upgrade", "x")),
            ["Upgrade", "Sec-WebSocket-Version"]
        );
        let seven = Duration::from_secs(7);
        assert_eq!(
            names(Refusal::too_many("slow", "x", seven)),
            ["Retry-After"]
        );
        assert_eq!(names(Refusal::unavailable("full", "x", 7)), ["Retry-After"]);
        assert!(names(Refusal::timeout(10)).is_empty());
    }
    #[test]
    fn a_client_that_waits_as_long_as_told_comes_late_enough() {
        for (micros, told) in [
            (0, "1"),
            (1, "1"),
            (1_000_000, "1"),
            (1_000_001, "2"),
            (29_999_000, "30"),
            (30_000_000, "30"),
        ] {
            let wait = Duration::from_micros(micros);
            let refusal = Refusal::too_many("slow", "x", wait);
            assert_eq!(refusal.headers, [("Retry-After", told.into())]);
        }
    }
}
