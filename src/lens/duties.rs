//! The duties of both ends in the opening handshake, judged one by one: RFC 6455 §4.1, §4.2, §9.1
//! and §11.3, in the order in which §4.1 lists them.

use crate::lens::base64;
use crate::lens::duty_note::{AcceptNote, DutyNote, Verdict, quoted};
use crate::lens::head::{LooseHead, is_token};
use crate::model::direction::Direction;

/// Collects verdicts.
#[derive(Default)]
pub(super) struct Judge {
    pub(super) notes: Vec<DutyNote>,
}

impl Judge {
    fn note(
        &mut self,
        by: Direction,
        section: &'static str,
        rule: &'static str,
        verdict: Verdict,
        found: &str,
    ) {
        let found = quoted(found);
        self.notes.push(DutyNote {
            by,
            section,
            rule,
            verdict,
            found,
        });
    }

    fn client(&mut self, section: &'static str, rule: &'static str, kept: bool, found: &str) {
        self.note(Direction::FromClient, section, rule, verdict(kept), found);
    }

    fn server(&mut self, section: &'static str, rule: &'static str, kept: bool, found: &str) {
        self.note(Direction::FromServer, section, rule, verdict(kept), found);
    }
}

fn verdict(kept: bool) -> Verdict {
    if kept { Verdict::Kept } else { Verdict::Broken }
}

/// What a client must send, and a server must check (§4.2.1).
pub(super) fn judge_request(judge: &mut Judge, head: &LooseHead) {
    judge_request_line(judge, head);
    judge_fields(judge, head);
    judge_offers(judge, head);
}

fn judge_request_line(judge: &mut Judge, head: &LooseHead) {
    let mut words = head.start.split(' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let three = words.next().is_none() && version.is_some() && head.complete && head.strange == 0;
    judge.client(
        "4.1",
        "The handshake MUST be a valid HTTP request as specified by [RFC2616].",
        three && version.is_some_and(|v| v.starts_with("HTTP/")),
        &match (head.complete, head.strange) {
            (false, _) => "the empty line at its end is missing".into(),
            (true, 0) => head.start.clone(),
            (true, n) => format!("{n} lines that are no header fields"),
        },
    );
    let new_enough = version
        .and_then(|v| v.strip_prefix("HTTP/")?.split_once('.'))
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)))
        .is_some_and(|version| version >= (1, 1));
    judge.client(
        "4.1",
        "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1.",
        method == Some("GET") && new_enough,
        &format!(
            "{} \u{2026} {}",
            method.unwrap_or_default(),
            version.unwrap_or_default()
        ),
    );
    let target = target.unwrap_or_default();
    let is_path = target.starts_with('/') || target.starts_with("http");
    judge.client(
        "3",
        "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be \
         used on these URIs.",
        is_path && !target.contains('#'),
        target,
    );
}

fn judge_fields(judge: &mut Judge, head: &LooseHead) {
    let found = |name: &str| {
        let all: Vec<&str> = head.all(name).collect();
        match all.is_empty() {
            true => "missing".to_owned(),
            false => all.join(", "),
        }
    };
    let one = |name: &str| head.all(name).count() == 1;
    let lists = |name: &str, word: &str| head.list(name).any(|w| w.eq_ignore_ascii_case(word));
    judge.client(
        "4.1",
        "The request MUST contain a |Host| header field.",
        one("host") && head.get("host").is_some_and(|host| !host.is_empty()),
        &found("host"),
    );
    judge.client(
        "4.1",
        "The request MUST contain an |Upgrade| header field whose value MUST include the \
         \"websocket\" keyword.",
        lists("upgrade", "websocket"),
        &found("upgrade"),
    );
    judge.client(
        "4.1",
        "The request MUST contain a |Connection| header field whose value MUST include the \
         \"Upgrade\" token.",
        lists("connection", "upgrade"),
        &found("connection"),
    );
    let key = head.get("sec-websocket-key").unwrap_or_default();
    judge.client(
        "4.1",
        "The value of |Sec-WebSocket-Key| MUST be a nonce consisting of a randomly selected \
         16-byte value that has been base64-encoded.",
        base64::decode(key).is_some_and(|nonce| nonce.len() == 16),
        &found("sec-websocket-key"),
    );
    judge.client(
        "11.3.1",
        "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request.",
        head.all("sec-websocket-key").count() <= 1,
        &match head.all("sec-websocket-key").count() {
            1 => "once".into(),
            n => format!("{n} times"),
        },
    );
    judge.client(
        "4.1",
        "The request MUST include |Sec-WebSocket-Version|. The value of this header field MUST be \
         13.",
        one("sec-websocket-version") && head.get("sec-websocket-version") == Some("13"),
        &found("sec-websocket-version"),
    );
}

fn judge_offers(judge: &mut Judge, head: &LooseHead) {
    let client = Direction::FromClient;
    // §10.2 protects people with a browser, which says where a page comes from.
    let rule = "The request MUST include |Origin| if the request is coming from a browser client.";
    match head.get("origin") {
        None => judge.note(
            client,
            "4.1",
            rule,
            Verdict::Absent,
            "missing: a program, or a browser that breaks the rule",
        ),
        Some(origin) => {
            let of = origin
                .split_once("://")
                .map(|(_, host)| host.to_ascii_lowercase());
            let host = head.get("host").map(str::to_ascii_lowercase);
            let whose = match of.is_some() && of == host {
                true => "a page of this very server",
                false => {
                    "a page of another site: a server that checks (§10.2) lets it in or answers 403"
                }
            };
            judge.note(
                client,
                "4.1",
                rule,
                Verdict::Kept,
                &format!("{origin}: {whose}"),
            );
        }
    }
    let rule = "The elements that comprise |Sec-WebSocket-Protocol| MUST be non-empty strings \
                [of visible characters without separators] and MUST all be unique strings.";
    let offered: Vec<&str> = head.list("sec-websocket-protocol").collect();
    let unique = |(i, protocol): (usize, &&str)| !offered[..i].contains(protocol);
    let legal = offered.iter().enumerate().all(unique) && offered.iter().all(|p| is_token(p));
    match head.get("sec-websocket-protocol") {
        None => judge.note(client, "4.1", rule, Verdict::Absent, "none offered"),
        Some(_) => judge.client(
            "4.1",
            rule,
            legal && !offered.is_empty(),
            &offered.join(", "),
        ),
    }
    let rule = "|Sec-WebSocket-Extensions| [is] a list of values indicating which extensions the \
                client would like to speak.";
    let mut extensions = head.list("sec-websocket-extensions").peekable();
    match extensions.peek() {
        None => judge.note(client, "9.1", rule, Verdict::Absent, "none asked for"),
        Some(_) => {
            let legal = head.list("sec-websocket-extensions").all(is_extension);
            let list: Vec<&str> = extensions.collect();
            judge.client("9.1", rule, legal, &list.join(", "));
        }
    }
}

/// `extension-token *( ";" extension-param )` (§9.1).
fn is_extension(text: &str) -> bool {
    text.split(';').map(str::trim).enumerate().all(|(i, part)| {
        match part.split_once('=').filter(|_| i > 0) {
            None => is_token(part),
            Some((name, value)) => {
                let (name, value) = (name.trim(), value.trim());
                let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
                is_token(name) && is_token(quoted.unwrap_or(value))
            }
        }
    })
}

/// What a server must send, and a client must check.
pub(super) fn judge_response(
    judge: &mut Judge,
    request: &LooseHead,
    answer: &LooseHead,
    status: Option<u16>,
    accept: Option<&AcceptNote>,
) {
    // Not to accept is a server's right: a refusal breaks no rule, as long as it is HTTP.
    let verdict = match status {
        Some(101) => verdict(answer.complete),
        Some(_) => Verdict::Absent,
        None => Verdict::Broken,
    };
    judge.note(
        Direction::FromServer,
        "4.2.2",
        "If the server chooses to accept the incoming connection, it MUST reply with a valid HTTP \
         response [with] a 101 response code.",
        verdict,
        &answer.start,
    );
    if status != Some(101) {
        if matches!(status, Some(426)) || answer.get("sec-websocket-version").is_some() {
            let versions = answer.get("sec-websocket-version");
            judge.server(
                "4.4",
                "If the server doesn't support the requested version, it MUST respond with a \
                 |Sec-WebSocket-Version| header field containing all versions it is willing to use.",
                versions.is_some(),
                versions.unwrap_or("missing"),
            );
        }
        return;
    }
    let upgrade = answer.get("upgrade").unwrap_or("missing");
    judge.server(
        "4.1",
        "If the |Upgrade| header field contains a value that is not an ASCII case-insensitive \
         match for the value \"websocket\", the client MUST _Fail the WebSocket Connection_.",
        upgrade.eq_ignore_ascii_case("websocket"),
        upgrade,
    );
    let mut connection = answer.list("connection");
    judge.server(
        "4.1",
        "If the |Connection| header field doesn't contain a token that is an ASCII \
         case-insensitive match for the value \"Upgrade\", the client MUST _Fail the WebSocket \
         Connection_.",
        connection.any(|token| token.eq_ignore_ascii_case("upgrade")),
        answer.get("connection").unwrap_or("missing"),
    );
    let accepts = answer.all("sec-websocket-accept").count();
    judge.server(
        "4.1",
        "If |Sec-WebSocket-Accept| contains a value other than the base64-encoded SHA-1 of the \
         concatenation of the |Sec-WebSocket-Key| with the string \
         \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\", the client MUST _Fail the WebSocket Connection_.",
        accepts == 1 && accept.is_some_and(|accept| accept.equal),
        answer.get("sec-websocket-accept").unwrap_or("missing"),
    );
    let rule = "If |Sec-WebSocket-Extensions| indicates the use of an extension that was not \
                present in the client's handshake, the client MUST _Fail the WebSocket Connection_.";
    let name = |extension: &str| extension.split(';').next().map(|n| n.trim().to_owned());
    let offered: Vec<_> = request.list("sec-websocket-extensions").map(name).collect();
    match answer.get("sec-websocket-extensions") {
        None => judge.note(
            Direction::FromServer,
            "4.1",
            rule,
            Verdict::Absent,
            "none in use: whatever was asked for is declined",
        ),
        Some(used) => {
            let mut all = answer.list("sec-websocket-extensions").map(name);
            judge.server("4.1", rule, all.all(|n| offered.contains(&n)), used);
        }
    }
    let rule = "If |Sec-WebSocket-Protocol| indicates the use of a subprotocol that was not \
                present in the client's handshake, the client MUST _Fail the WebSocket Connection_.";
    match answer.get("sec-websocket-protocol") {
        None => judge.note(
            Direction::FromServer,
            "4.1",
            rule,
            Verdict::Absent,
            "none chosen",
        ),
        Some(chosen) => {
            let once = answer.all("sec-websocket-protocol").count() == 1;
            let mut offered = request.list("sec-websocket-protocol");
            judge.server("4.1", rule, once && offered.any(|p| p == chosen), chosen);
        }
    }
}
