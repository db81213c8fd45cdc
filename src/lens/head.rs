//! Request and response heads that may be malformed: read leniently, for explanation, with all
//! secrets blanked before anybody sees them.
//!
//! The server reads strictly, in [`crate::http::head_reader`]; a learner's malformed head has to be
//! shown as it is. Bounded: at most [`MAX_HEAD`] bytes are read and [`MAX_SHOWN`] bytes shown.

use crate::http::request_line::is_token;
use serde::Serialize;

/// Bytes of a head that are read.
pub(crate) const MAX_HEAD: usize = 16 * 1024;
/// Bytes of a head that are shown.
pub(crate) const MAX_SHOWN: usize = 2048;
/// Lines that are read.
const MAX_LINES: usize = 100;
/// The replacement of a secret.
pub(crate) const BLANK: &str = "\u{2026}";

/// Fields whose value is a secret.
const SECRET_FIELDS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
];
/// Query parameters in which other servers (never this one) take tokens.
const SECRET_PARAMETERS: [&str; 10] = [
    "token",
    "access_token",
    "auth",
    "jwt",
    "key",
    "api_key",
    "password",
    "secret",
    "ticket",
    "bearer",
];

/// A head, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LooseHead {
    /// The first line.
    pub(crate) start: String,
    /// Name in lower case, value without the white space around it.
    pub(crate) fields: Vec<(String, String)>,
    /// Lines that are not field lines.
    pub(crate) malformed: usize,
    /// The slug with which this server refuses the first of them.
    pub(crate) refusal: Option<&'static str>,
    /// Whether the empty line at the end is there.
    pub(crate) complete: bool,
    /// Bytes of the head, the empty line included.
    pub(crate) bytes: usize,
}

/// A head for the eye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct HeadNote {
    /// Bytes on the wire.
    pub(crate) bytes: usize,
    /// Its lines, secrets blanked.
    pub(crate) lines: Vec<String>,
    /// Whether lines were left out because the head is too long.
    pub(crate) cut: bool,
}

impl LooseHead {
    /// Reads the head at the beginning of `bytes`.
    pub(crate) fn read(bytes: &[u8]) -> LooseHead {
        let complete = bytes.windows(4).position(|w| w == b"\r\n\r\n");
        let end = complete.map_or(bytes.len(), |at| at + 4);
        let shown = &bytes[..end.min(MAX_HEAD)];
        let text = String::from_utf8_lossy(shown);
        let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        let mut head = LooseHead {
            start: lines.next().unwrap_or_default().into(),
            complete: complete.is_some() && end <= MAX_HEAD,
            bytes: end,
            ..LooseHead::default()
        };
        for line in lines.filter(|line| !line.is_empty()).take(MAX_LINES) {
            match line.split_once(':') {
                Some((name, value)) if is_token(name) => head.fields.push((
                    name.to_ascii_lowercase(),
                    value.trim_matches([' ', '\t']).into(),
                )),
                _ => {
                    head.malformed += 1;
                    head.refusal = head.refusal.or(Some(refusal_of(line)));
                }
            }
        }
        head
    }

    /// The values of a field, whose name is given in lower case.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.fields.iter().filter(move |(n, _)| n == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// The first value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The elements of a comma-separated field over all its lines.
    pub(crate) fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let elements = self.all(name).flat_map(|value| value.split(','));
        elements
            .map(|element| element.trim_matches([' ', '\t']))
            .filter(|element| !element.is_empty())
    }
}

/// What is wrong with a line that is not a field line.
fn refusal_of(line: &str) -> &'static str {
    let white = [' ', '\t'];
    match line.split_once(':') {
        _ if line.starts_with(white) => "folded_line",
        None => "no_colon",
        Some((name, _)) if name.ends_with(white) => "space_before_colon",
        Some(_) => "bad_field_name",
    }
}

/// The lines of a head. Secrets are blanked before the head is cut.
pub(crate) fn show(bytes: &[u8]) -> HeadNote {
    let head = LooseHead::read(bytes);
    let text = String::from_utf8_lossy(&bytes[..head.bytes.min(MAX_HEAD)]);
    let mut note = HeadNote {
        bytes: head.bytes,
        lines: Vec::new(),
        cut: head.bytes > MAX_HEAD,
    };
    let (mut room, mut secret) = (MAX_SHOWN, false);
    for line in text.split('\n').map(|line| line.trim_end_matches('\r')) {
        if line.is_empty() {
            continue;
        }
        let folded = line.starts_with([' ', '\t']);
        let line = match folded && secret {
            true => format!(" {BLANK}"),
            false => blank_line(line, &mut secret),
        };
        if line.len() > room || note.lines.len() >= MAX_LINES {
            note.cut = true;
            break;
        }
        room -= line.len();
        note.lines.push(line);
    }
    note
}

/// Adds a head to `kept` such that nobody could use its tokens: the signatures of JSON Web Tokens and all
/// other credentials become `A`s (zeros in base64). No length changes.
pub(crate) fn keep_without_signatures(head: &[u8], kept: &mut Vec<u8>) {
    // Exactly, because it is kept as long as the connection.
    kept.reserve_exact(head.len());
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let end = line.iter().position(|&byte| byte == b':');
        let (name, value) = line.split_at(end.unwrap_or(0));
        let secret = SECRET_FIELDS
            .iter()
            .any(|field| field.as_bytes().eq_ignore_ascii_case(name));
        kept.extend_from_slice(name);
        for word in
            value.split_inclusive(|byte| !byte.is_ascii_alphanumeric() && !b"-_.".contains(byte))
        {
            let token = word.windows(3).position(|bytes| bytes == b"eyJ");
            let dot = |(at, _): (usize, &u8)| at;
            let dots = word
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'.')
                .map(dot);
            let shown = match token {
                // Header and claims are not secret.
                Some(start) => dots.filter(|&at| at > start).nth(1).unwrap_or(word.len()),
                None if secret && !word.eq_ignore_ascii_case(b"bearer ") => 0,
                None => word.len(),
            };
            let hide = |&byte: &u8| {
                if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
                    b'A'
                } else {
                    byte
                }
            };
            kept.extend_from_slice(&word[..shown]);
            kept.extend(word[shown..].iter().map(hide));
        }
    }
}

/// One line without its secrets. `secret` is set if the folded lines after it are secret, too.
fn blank_line(line: &str, secret: &mut bool) -> String {
    let end = line.find([':', ' ', '\t']).unwrap_or(line.len());
    let (name, _) = line.split_at(end);
    *secret = SECRET_FIELDS.contains(&name.to_ascii_lowercase().as_str());
    if !*secret {
        return blank(line);
    }
    // The scheme (`Bearer`, `Basic`) is not secret, the credentials after it are.
    let behind = line[end..].trim_start_matches([':', ' ', '\t']);
    let scheme = behind.split_once(' ').map(|(scheme, _)| scheme);
    match scheme
        .filter(|s| ["bearer", "basic", "digest"].contains(&s.to_ascii_lowercase().as_str()))
    {
        Some(scheme) => format!("{name}: {scheme} {BLANK}"),
        None => format!("{name}: {BLANK}"),
    }
}

/// A text with its tokens blanked: `bearer.…`, anything that looks like a JSON Web Token, and the
/// query parameters that usually carry one.
pub(crate) fn blank(text: &str) -> String {
    let is_symbol = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=%".contains(c);
    let mut blanked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c| !is_symbol(c)).unwrap_or(rest.len());
        if word == 0 {
            let next = rest.chars().next().map_or(rest.len(), char::len_utf8);
            blanked.push_str(&rest[..next]);
            rest = &rest[next..];
            continue;
        }
        blanked.push_str(&blank_word(&rest[..word]));
        rest = &rest[word..];
    }
    blanked
}

/// Blanks a run of characters that a token may have. `=` is one of them, so `token=…` is one word.
fn blank_word(word: &str) -> String {
    if let Some((name, value)) = word.split_once('=')
        && !value.is_empty()
        && SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())
    {
        return format!("{name}={BLANK}");
    }
    let lower = word.to_ascii_lowercase();
    if let Some(at) = lower.find("bearer.") {
        return format!("{}{BLANK}", &word[..at + "bearer.".len()]);
    }
    // Every JSON Web Token begins with `eyJ`, which is `{"` in base64.
    match word.find("eyJ") {
        Some(at) if word[at..].contains('.') || word[at..].len() > 40 => {
            format!("{}{BLANK}", &word[..at])
        }
        _ => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

    #[test]
    fn no_token_is_shown_wherever_it_stands() {
        for line in [
            format!("GET /ws?token={TOKEN}&room=a HTTP/1.1"),
            format!("GET /ws?room=a&access_token=abc HTTP/1.1\r\nX: {TOKEN}"),
            format!("GET / HTTP/1.1\r\nAuthorization: Bearer {TOKEN}"),
            format!("GET / HTTP/1.1\r\naUTHORIZATION :\tBasic  {TOKEN}"),
            format!("GET / HTTP/1.1\r\nAuthorization Bearer {TOKEN}"),
            format!("GET / HTTP/1.1\r\nAuthorization: Bearer\r\n {TOKEN}\r\n\tabc.def"),
            format!("GET / HTTP/1.1\nCookie: session={TOKEN}"),
            format!("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: chat.v1, bearer.{TOKEN}"),
            format!("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: Bearer.{TOKEN},x"),
            format!("HTTP/1.1 101 X\r\nSet-Cookie: {TOKEN}"),
            TOKEN.into(),
            format!("x{TOKEN}x: {TOKEN}"),
        ] {
            let shown = format!("{:?}", show(format!("{line}\r\n\r\nrest").as_bytes()));
            for part in ["eyJhbG", "eyJzdW", "c2lnb", "=abc", "abc.def"] {
                assert!(!shown.contains(part), "{shown}");
            }
        }
    }

    #[test]
    fn a_kept_head_has_no_usable_credentials() {
        let head = format!(
            "GET /ws HTTP/1.1\r\nHost: a:80\r\nAuthorization: Bearer {TOKEN}\r\n\
             cookie: a=secret; b=c2VjcmV0\r\nSec-WebSocket-Protocol: chat.v1, bearer.{TOKEN}\r\n\
             Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
        );
        let mut kept = Vec::new();
        keep_without_signatures(head.as_bytes(), &mut kept);
        let kept = String::from_utf8(kept).unwrap();
        let blanked = TOKEN.replace("c2lnbmF0dXJl", "AAAAAAAAAAAA");
        let expected = head
            .replace(TOKEN, &blanked)
            .replace("a=secret; b=c2VjcmV0", "A=AAAAAA; A=AAAAAAAA")
            .replace("Basic dXNlcjpwYXNz", "AAAAA AAAAAAAAAAAA");
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_head_without_secrets_is_shown_unchanged() {
        let head =
            "GET /ws?join=&room=a HTTP/1.1\r\nHost: a:1\r\nSec-WebSocket-Protocol: chat.v1\r\n\r\n";
        let note = show(head.as_bytes());
        assert_eq!(note.lines.join("\r\n") + "\r\n\r\n", head);
        assert!(!note.cut && note.bytes == head.len());
    }

    #[test]
    fn a_head_is_bounded() {
        let head = format!(
            "GET / HTTP/1.1\r\n{}\r\n",
            "X: yyyyyyyyyyyyyyyy\r\n".repeat(5000)
        );
        let note = show(head.as_bytes());
        assert!(note.cut && note.lines.iter().map(String::len).sum::<usize>() <= MAX_SHOWN);
        assert!(LooseHead::read(head.as_bytes()).fields.len() <= MAX_LINES);
    }
}
