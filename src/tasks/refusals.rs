//! Handshakes to a task that are refused before it begins: what was read, the rule, and what to do,
//! in the body of the refusal and in the list of the tasks.
//!
//! Runs on: `conn-N`. The person is known by the token of the request. Without a valid one only the
//! body says it. The RFC's sections are §4.1 and §4.2.1.

use crate::auth::token::Claims;
use crate::authenticate::{self, BEARER};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::model::time::{Ticks, unix_millis};
use crate::shared::Shared;
use crate::tasks::laws::Law;
use crate::tasks::students::{Students, Verdict, lock};
use crate::tasks::texts_handshake as texts;
use crate::tasks::words::{Language, Text, Words, quoted};
use std::sync::Mutex;

/// What a refusal is about.
enum About {
    /// The request line.
    Line,
    /// Header fields.
    Fields(&'static [&'static str]),
}

const KEY: About = About::Fields(&["Sec-WebSocket-Key"]);
const VERSION: About = About::Fields(&["Sec-WebSocket-Version"]);
const PROTOCOL: About = About::Fields(&["Sec-WebSocket-Protocol"]);
const AUTHORIZATION: About = About::Fields(&["Authorization"]);

/// What the refusal with this slug is about, and what to do; `None` for one that is about no mistake
/// of a handshake.
fn mistake(slug: &str) -> Option<(About, Text)> {
    Some(match slug {
        "method_not_allowed" => (About::Line, texts::METHOD),
        "http_1_0" => (About::Line, texts::HTTP_1_0),
        "body_on_upgrade" | "bad_content_length" => (
            About::Fields(&["Content-Length", "Transfer-Encoding"]),
            texts::BODY,
        ),
        "no_upgrade" => (About::Fields(&["Upgrade"]), texts::UPGRADE),
        "no_connection_upgrade" => (About::Fields(&["Connection"]), texts::CONNECTION),
        "no_key" | "bad_key" => (KEY, texts::KEY),
        "two_keys" => (KEY, texts::ONE_KEY),
        "no_version" | "unsupported_version" => (VERSION, texts::VERSION),
        "two_versions" => (VERSION, texts::ONE_VERSION),
        "bad_protocol" | "repeated_protocol" => (PROTOCOL, texts::PROTOCOL),
        "bad_extensions" => (
            About::Fields(&["Sec-WebSocket-Extensions"]),
            texts::EXTENSIONS,
        ),
        "origin_not_allowed" => (About::Fields(&["Origin"]), texts::ORIGIN),
        "two_tokens" => (
            About::Fields(&["Authorization", "Sec-WebSocket-Protocol"]),
            texts::ONE_TOKEN,
        ),
        "bad_authorization" | "repeated_field" => (AUTHORIZATION, texts::AUTHORIZATION),
        _ => return None,
    })
}

/// The refusal with what was read in it, which the list of the tasks then shows as well.
pub(super) fn explained(
    mut refusal: Refusal,
    task: u8,
    head: &Head,
    shared: &Shared,
    students: &Mutex<Students>,
) -> Refusal {
    let Some(words) = words(refusal.slug, head) else {
        return refusal;
    };
    refusal.message = words.of(Language::of_program(head)).to_owned().into();
    if let Some(claims) = person(head, shared) {
        let law = Law::of_refusal(refusal.slug);
        let verdict = Verdict {
            passed: false,
            section: law.section,
            law: Some(law),
            close_code: None,
            what: words,
            notes: Vec::new(),
            sent: true,
            at: unix_millis(),
        };
        lock(students).note_refused(&claims.sub, task, verdict, Ticks::now());
    }
    refusal
}

/// Whose token the request carries, if it is valid. Such a request says too little to be a login.
fn person(head: &Head, shared: &Shared) -> Option<Claims> {
    let offered = head.list("sec-websocket-protocol");
    let by_protocol = offered.filter_map(|protocol| protocol.strip_prefix(BEARER));
    let by_header = authenticate::bearer(head).ok().flatten();
    let token = by_header.or_else(|| by_protocol.last());
    let claims = authenticate::verify(token, shared).ok()?;
    (!authenticate::is_of_old_lesson(&claims, shared)).then_some(claims)
}

/// What was read, and what to do.
fn words(slug: &str, head: &Head) -> Option<Words> {
    let (about, advice) = mistake(slug)?;
    let read = match about {
        About::Line => texts::READ_LINE.with(&[("line", &request_line(head))]),
        About::Fields(names) => fields(head, names),
    };
    let read = match slug {
        "bad_key" => read.then(key_size(head.get("sec-websocket-key").unwrap_or_default())),
        _ => read,
    };
    Some(read.then(advice))
}

/// The request line, as far as the head knows it.
fn request_line(head: &Head) -> String {
    quoted(&format!(
        "{} {} HTTP/1.{}",
        head.method, head.path, head.version
    ))
}

/// The lines of these fields, or which others came.
fn fields(head: &Head, names: &[&'static str]) -> Words {
    let mut lines = Vec::new();
    for name in names {
        let in_head = name.to_ascii_lowercase();
        let values = head.all(&in_head);
        lines.extend(values.map(|value| quoted(&format!("{name}: {}", shown(name, value)))));
    }
    if !lines.is_empty() {
        return texts::READ_FIELDS.with(&[("fields", &lines.join(", "))]);
    }
    let name = names.first().copied().unwrap_or_default();
    let came: Vec<&str> = head.headers.iter().map(|(name, _)| name.as_str()).collect();
    let came = match came.is_empty() {
        true => texts::NO_FIELDS.into(),
        false => Words::same(&quoted_names(&came)),
    };
    texts::NO_FIELD.with(&[("name", &name), ("names", &came)])
}

/// The names of the fields that came, at most as many characters as a quotation has.
fn quoted_names(names: &[&str]) -> String {
    let quoted = quoted(&names.join(", "));
    quoted.trim_matches('"').to_owned()
}

/// A value without the token in it: the page of the tasks may be on a projector.
fn shown(name: &str, value: &str) -> String {
    match name {
        "Authorization" => {
            let (scheme, secret) = value.split_once(' ').unwrap_or((value, ""));
            match secret.is_empty() {
                true => scheme.to_owned(),
                false => format!("{scheme} …"),
            }
        }
        "Sec-WebSocket-Protocol" => {
            let blank = |protocol: &str| match protocol.trim().starts_with(BEARER) {
                true => format!("{BEARER}…"),
                false => protocol.trim().to_owned(),
            };
            let protocols = value.split(',').map(blank);
            protocols.collect::<Vec<_>>().join(", ")
        }
        _ => value.to_owned(),
    }
}

/// How many bytes a key has that is no good.
fn key_size(key: &str) -> Words {
    let symbols = key.trim_end_matches('=');
    let padding = key.len() - symbols.len();
    let is_symbol = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let is_whole = key.len().is_multiple_of(4) && padding <= 2 && symbols.bytes().all(is_symbol);
    match is_whole {
        true => texts::KEY_BYTES.with(&[("bytes", &(key.len() / 4 * 3 - padding))]),
        false => texts::KEY_NOT_BASE64.with(&[("characters", &key.chars().count())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(slug: &str, line: &str, fields: &str) -> String {
        let text = format!("{line}\r\nHost: a\r\n{fields}\r\n");
        let head = Head::parse(text.as_bytes()).unwrap().unwrap().0;
        let words = words(slug, &head).expect("words");
        words.of(Language::En).to_owned()
    }

    #[test]
    fn each_refusal_says_what_was_read() {
        let get = "GET /task/2 HTTP/1.1";
        for (slug, line, fields, is_said) in [
            (
                "method_not_allowed",
                "POST /task/2 HTTP/1.1",
                "",
                "\"POST /task/2 HTTP/1.1\"",
            ),
            (
                "no_upgrade",
                get,
                "Upgrade: http/2\r\n",
                "\"Upgrade: http/2\"",
            ),
            ("no_upgrade", get, "", "no field Upgrade. These came: host."),
            (
                "bad_key",
                get,
                "Sec-WebSocket-Key: 1234\r\n",
                "has 3 bytes and not 16",
            ),
            (
                "bad_key",
                get,
                "Sec-WebSocket-Key: 12345\r\n",
                "has 5 characters",
            ),
            (
                "bad_key",
                get,
                "Sec-WebSocket-Key: ====\r\n",
                "has 4 characters",
            ),
            ("bad_key", get, "Sec-WebSocket-Key: \r\n", "has 0 bytes"),
            (
                "unsupported_version",
                get,
                "Sec-WebSocket-Version: 8\r\n",
                "Version: 8\"",
            ),
            (
                "two_tokens",
                get,
                "Authorization: Bearer a.b.c\r\nSec-WebSocket-Protocol: x, bearer.a.b.c\r\n",
                "\"Authorization: Bearer …\", \"Sec-WebSocket-Protocol: x, bearer.…\"",
            ),
        ] {
            let said = said(slug, line, fields);
            assert!(said.contains(is_said), "{slug}: {said}");
        }
    }

    #[test]
    fn every_refusal_of_a_handshake_has_a_law_and_advice_or_is_none() {
        for slug in [
            "no_key",
            "bad_key",
            "no_upgrade",
            "unsupported_version",
            "http_1_0",
        ] {
            let law = Law::of_refusal(slug);
            assert_eq!((law.section, law.rule), ("4.1", slug));
            assert!(mistake(slug).is_some());
        }
        assert_eq!(Law::of_refusal("origin_not_allowed").section, "4.2.2");
        assert_eq!(Law::of_refusal("two_tokens").section, "4.2.2");
        for slug in ["not_found", "too_many_exams", "full", "token_revoked"] {
            assert!(mistake(slug).is_none(), "{slug}");
        }
    }
}
