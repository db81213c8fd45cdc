//! The head of a request as a value, and what can be asked of it.
//!
//! Obeys RFC 9112 §3.2 (Host), §5 (field lines) and §6.3 (the length of a body).
//! [`HeadReader`](crate::http::head_reader::HeadReader) reads its bytes.

use crate::http::authority::Authority;
use crate::http::refusal::Refusal;
use crate::http::request_line::{RequestLine, is_token};

/// The most header lines in a head. Browsers send about 15, and proxies add 5.
pub(crate) const MAX_FIELDS: usize = 100;

/// A complete request head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// As sent; methods are case-sensitive (RFC 9110 §9.1).
    pub method: String,
    /// As sent, percent-encoding included. `*` for `OPTIONS *`.
    pub path: String,
    /// What follows the first `?`, without it.
    pub query: String,
    /// The x of HTTP/1.x.
    pub version: u8,
    /// The host that the client asked for. An HTTP/1.0 client may leave it out.
    pub authority: Option<Authority>,
    /// Names in lower case, values without the white space around them.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// A head with its request line, and no header lines yet.
    pub(super) fn begin(line: RequestLine) -> Head {
        Head {
            method: line.method,
            path: line.path,
            query: line.query,
            version: line.minor_version,
            authority: line.authority,
            headers: Vec::new(),
        }
    }

    /// Adds one header line, without its CR LF.
    pub(super) fn push_line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let refuse = |slug, message: &'static str| Err(Refusal::bad_request(slug, message));
        if self.headers.len() >= MAX_FIELDS {
            return Err(Refusal::new(
                431,
                "too_many_fields",
                format!("More than {MAX_FIELDS} header fields (RFC 6585 §5): send fewer."),
            ));
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            // RFC 9112 §5.2: "A server that receives an obs-fold in a request message that is not
            // within a "message/http" container MUST either reject the message" or unfold it.
            return refuse(
                "folded_line",
                "A header line starts with white space: folded lines (RFC 9112 §5.2) and space \
                 before the first field (§2.2) are refused. Write each field on one line.",
            );
        }
        // Bytes that are not UTF-8 are legal in a value, and opaque (RFC 9110 §5.5).
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(':') else {
            return refuse(
                "no_colon",
                "A header line without a colon (RFC 9112 §5): write Name: value.",
            );
        };
        // RFC 9112 §5.1: "A server MUST reject, with a response status code of 400 (Bad Request), any
        // received request message that contains whitespace between a header field name and colon."
        if name.ends_with([' ', '\t']) {
            return refuse(
                "space_before_colon",
                "White space between a field name and its colon (RFC 9112 §5.1): write Name: value.",
            );
        }
        if !is_token(name) {
            return refuse(
                "bad_field_name",
                "A field name is one or more letters, digits or !#$%&'*+-.^_`|~ (RFC 9110 §5.1).",
            );
        }
        self.headers
            .push((name.to_ascii_lowercase(), trim(value).into()));
        Ok(())
    }

    /// Decides which host the request is for, once all fields are known.
    pub(super) fn settle_authority(&mut self) -> Result<(), Refusal> {
        // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
        // request message that lacks a Host header field and to any request message that contains more than
        // one Host header field line …"
        if self.all("host").nth(1).is_some() {
            return Err(Refusal::bad_request(
                "two_hosts",
                "More than one Host line (RFC 9112 §3.2): send exactly one.",
            ));
        }
        let authority = match self.get("host") {
            None if self.version == 0 => None,
            None => {
                return Err(Refusal::bad_request(
                    "no_host",
                    "An HTTP/1.1 request needs a Host line (RFC 9112 §3.2; RFC 6455 §4.2.1 step 2): \
                     add Host: and the host from the address bar.",
                ));
            }
            Some(host) => Some(Authority::parse(host).ok_or_else(|| {
                Refusal::bad_request(
                    "bad_host",
                    "Host must be one name or address and an optional port (RFC 9112 §3.2; \
                     RFC 9110 §7.2): Host: 192.168.1.20:8080.",
                )
            })?),
        };
        // RFC 9112 §3.2.2: "When an origin server receives a request with an absolute-form of
        // request-target, the origin server MUST ignore the received Host header field (if any)".
        if self.authority.is_none() {
            self.authority = authority;
        }
        Ok(())
    }

    /// The value of the first line of this name, which is given in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let line = self.headers.iter().find(|(n, _)| n == name);
        line.map(|(_, value)| value.as_str())
    }

    /// The values of all lines of this name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.headers.iter().filter(move |(n, _)| n == name);
        lines.map(|(_, value)| value.as_str())
    }

    /// The value of a field that may occur once; 400 if it is repeated.
    pub fn single(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Refusal::bad_request(
                "repeated_field",
                format!("The field {name} occurs more than once (RFC 9110 §5.3): send one."),
            )),
        }
    }

    /// The elements of a comma-separated field over all its lines, empty ones left out.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        // RFC 9110 §5.6.1.2: "A recipient MUST parse and ignore a reasonable number of
        // empty list elements"; MAX_HEAD keeps it reasonable.
        let elements = self.all(name).flat_map(|value| value.split(','));
        let elements = elements.map(trim);
        elements.filter(|element| !element.is_empty())
    }

    /// Whether a list contains this token, in any case.
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|t| t.eq_ignore_ascii_case(token))
    }

    /// The length of the body; `None` if there is none (RFC 9112 §6.3).
    pub fn content_length(&self) -> Result<Option<u64>, Refusal> {
        let length = self.single("content-length")?;
        if self.get("transfer-encoding").is_some() {
            // RFC 9112 §6.3: "Such a message might indicate an attempt to perform request
            // smuggling […] and ought to be handled as an error."
            if length.is_some() {
                return Err(Refusal::bad_request(
                    "two_lengths",
                    "Content-Length and Transfer-Encoding in one request (RFC 9112 §6.3): send only Content-Length.",
                ));
            }
            // RFC 9112 §6.3: "A server MAY reject a request that contains a message body
            // but not a Content-Length by responding with 411 (Length Required)."
            return Err(Refusal::new(
                411,
                "length_required",
                "This server takes no chunked bodies (RFC 9110 §15.5.12): send Content-Length.",
            ));
        }
        let Some(length) = length else {
            return Ok(None);
        };
        // Digits alone: `parse` would take "+5" too, and "5, 5" may be refused (RFC 9110 §8.6).
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        match length.parse() {
            Ok(length) if digits => Ok(Some(length)),
            _ => Err(Refusal::bad_request(
                "bad_content_length",
                "Content-Length must be one decimal number (RFC 9110 §8.6): Content-Length: 42.",
            )),
        }
    }
}

/// `text` without the optional white space around it (RFC 9110 §5.6.3: space and tab, no other).
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &str) -> Result<Head, &'static str> {
        let bytes = format!("POST / HTTP/1.1\r\n{lines}\r\n");
        match Head::parse(bytes.as_bytes()) {
            Ok(head) => Ok(head.expect("a whole head").0),
            Err(refusal) => Err(refusal.slug),
        }
    }

    #[test]
    fn names_are_lowered_and_values_trimmed() {
        let head = head("HOST: a\r\nX-One: \t b  c \t\r\nx-one:d\r\nX-Two:\r\n").unwrap();
        assert_eq!(head.get("x-one"), Some("b  c"));
        assert_eq!(head.all("x-one").collect::<Vec<_>>(), ["b  c", "d"]);
        assert_eq!(head.get("x-two"), Some(""));
        assert_eq!(head.get("x-three"), None);
        assert_eq!(head.single("x-two"), Ok(Some("")));
        assert_eq!(head.single("x-three"), Ok(None));
        assert_eq!(
            head.single("x-one").map_err(|r| r.slug),
            Err("repeated_field")
        );
    }

    #[test]
    fn a_list_runs_over_lines_and_skips_what_is_empty() {
        let head = head("Host: a\r\nC: keep-alive ,,\tUpgrade\r\nC:\r\nC: x\r\n").unwrap();
        assert_eq!(
            head.list("c").collect::<Vec<_>>(),
            ["keep-alive", "Upgrade", "x"]
        );
        assert!(head.lists("c", "upgrade") && !head.lists("c", "keep"));
    }

    #[test]
    fn field_lines_are_refused_by_name() {
        for (lines, slug) in [
            (" Host: a\r\n", "folded_line"),
            ("Host: a\r\n b\r\n", "folded_line"),
            ("Host: a\r\n\tb\r\n", "folded_line"),
            ("Host : a\r\n", "space_before_colon"),
            ("Host\t: a\r\n", "space_before_colon"),
            ("Host\r\n", "no_colon"),
            (": a\r\n", "bad_field_name"),
            ("Ho st: a\r\n", "bad_field_name"),
            ("Ho(st: a\r\n", "bad_field_name"),
            ("Hóst: a\r\n", "bad_field_name"),
            ("X: a\r\n", "no_host"),
            ("Host: a\r\nHost: a\r\n", "two_hosts"),
            ("Host:\r\n", "bad_host"),
            ("Host: a, b\r\n", "bad_host"),
            ("Host: me@a\r\n", "bad_host"),
        ] {
            assert_eq!(head(lines).map(|_| ()), Err(slug), "{lines:?}");
        }
    }

    #[test]
    fn an_absolute_target_wins_over_host_and_http_1_0_needs_neither() {
        let authority = |bytes: &str| {
            let (head, _) = Head::parse(bytes.as_bytes()).unwrap().unwrap();
            head.authority.map(|a| a.to_string())
        };
        let absolute = "GET http://B:1/ HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(authority(absolute).as_deref(), Some("b:1"));
        assert_eq!(authority("GET / HTTP/1.0\r\n\r\n"), None);
        let old = "GET / HTTP/1.0\r\nHost: a\r\n\r\n";
        assert_eq!(authority(old).as_deref(), Some("a"));
        // RFC 9112 §3.2: the Host line is needed all the same.
        let alone = Head::parse(b"GET http://b/ HTTP/1.1\r\n\r\n");
        assert_eq!(alone.unwrap_err().slug, "no_host");
    }

    #[test]
    fn the_length_of_a_body_is_one_plain_number() {
        let length = |lines: &str| {
            let head = head(&format!("Host: a\r\n{lines}")).unwrap();
            head.content_length().map_err(|refusal| refusal.slug)
        };
        assert_eq!(length(""), Ok(None));
        assert_eq!(length("Content-Length:  42 \r\n"), Ok(Some(42)));
        assert_eq!(
            length("Content-Length: 18446744073709551615\r\n"),
            Ok(Some(u64::MAX))
        );
        for value in [
            "+5",
            "-5",
            "",
            "5, 5",
            "5 5",
            "0x5",
            "5.",
            "5;",
            "18446744073709551616",
        ] {
            let line = format!("Content-Length: {value}\r\n");
            assert_eq!(length(&line), Err("bad_content_length"), "{value}");
        }
        let twice = "Content-Length: 5\r\nContent-Length: 5\r\n";
        assert_eq!(length(twice), Err("repeated_field"));
        assert_eq!(
            length("Transfer-Encoding: chunked\r\n"),
            Err("length_required")
        );
        let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
        assert_eq!(length(both), Err("two_lengths"));
    }
}
