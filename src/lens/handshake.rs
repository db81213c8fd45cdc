//! The opening handshake, rule by rule: RFC 6455 §4.1 (what a client must send, and what it must
//! check in the answer) and §4.2 (what a server must check and send).
//!
//! Pure and lenient: any bytes in, findings out. Nothing is decided here; the server decides in
//! [`crate::websocket::handshake`]. Secrets are blanked everywhere. [`HandshakeNote::token`] has the
//! claims of a token, for its owner.

use crate::lens::duties::{Judge, judge_request, judge_response};
use crate::lens::duty_note::{AcceptNote, Compliance, DutyNote, quoted};
use crate::lens::head::{HeadNote, LooseHead, show};
use crate::lens::note::Hex;
use crate::lens::token::{Carrier, TokenNote};
use crate::model::direction::Direction;
use crate::websocket::handshake::{GUID, accept_key};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

/// A handshake, annotated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct HandshakeNote {
    /// The request's head.
    pub(crate) request: HeadNote,
    /// The response's head, if there was one.
    pub(crate) response: Option<HeadNote>,
    /// Its status.
    pub(crate) status: Option<u16>,
    /// Every rule, the client's first.
    pub(crate) rules: Vec<DutyNote>,
    /// The accept key, if the client sent a key.
    pub(crate) accept: Option<AcceptNote>,
    /// The subprotocols that were offered, tokens blanked.
    pub(crate) offered: Vec<String>,
    /// The subprotocol that was chosen.
    pub(crate) subprotocol: Option<String>,
    /// The extensions in use.
    pub(crate) extensions: Vec<String>,
    /// The token that the client sent, for its owner only.
    pub(crate) token: Option<TokenNote>,
    /// Whether the connection is open by the client's rules (§4.1).
    pub(crate) established: bool,
}

impl HandshakeNote {
    /// The same note without the token, which only its owner may see.
    #[must_use]
    pub(crate) fn for_others(mut self) -> Self {
        self.token = None;
        self
    }
}

/// Annotates a request head and the response to it, if there is one.
pub(crate) fn annotate(request: &[u8], response: Option<&[u8]>) -> HandshakeNote {
    let head = LooseHead::read(request);
    let mut judge = Judge::default();
    judge_request(&mut judge, &head);
    let answer = response.map(LooseHead::read);
    let accept = head
        .get("sec-websocket-key")
        .map(|key| compute(key, answer.as_ref()));
    let status = answer.as_ref().and_then(status_of);
    if let Some(answer) = &answer {
        judge_response(&mut judge, &head, answer, status, accept.as_ref());
    }
    let of = |name: &str| answer.as_ref().and_then(|answer| answer.get(name));
    let server = |rule: &DutyNote| rule.by == Direction::FromServer;
    let wrong = |rule: &DutyNote| server(rule) && rule.compliance == Compliance::Broken;
    HandshakeNote {
        request: show(request),
        response: response.map(show),
        status,
        established: status == Some(101) && !judge.notes.iter().any(wrong),
        accept,
        offered: head.list("sec-websocket-protocol").map(quoted).collect(),
        subprotocol: of("sec-websocket-protocol").map(quoted),
        extensions: answer
            .iter()
            .flat_map(|answer| answer.list("sec-websocket-extensions"))
            .map(quoted)
            .collect(),
        token: find_token(&head),
        rules: judge.notes,
    }
}

/// The `Sec-WebSocket-Accept` that belongs to a key, step by step.
fn compute(key: &str, answer: Option<&LooseHead>) -> AcceptNote {
    let expected = accept_key(key);
    let sent = answer.and_then(|answer| answer.get("sec-websocket-accept"));
    AcceptNote {
        key: quoted(key),
        guid: GUID,
        joined: format!("{}{GUID}", quoted(key)),
        // The hash can be read back from its base64.
        sha1: Hex(BASE64_STANDARD.decode(&expected).unwrap_or_default()),
        equal: sent == Some(expected.as_str()),
        sent: sent.map(quoted),
        expected,
    }
}

fn status_of(answer: &LooseHead) -> Option<u16> {
    let status = answer.start.strip_prefix("HTTP/")?.split(' ').nth(1)?;
    status.parse().ok().filter(|_| status.len() == 3)
}

/// The token, from the header or else from the subprotocols.
fn find_token(head: &LooseHead) -> Option<TokenNote> {
    let bearer = head.get("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let by_header = bearer.map(|token| TokenNote::read(Carrier::Authorization, token));
    by_header.or_else(|| {
        let mut offered = head.list("sec-websocket-protocol");
        let token = offered.find_map(|protocol| protocol.strip_prefix("bearer."))?;
        Some(TokenNote::read(Carrier::Subprotocol, token))
    })
}

#[cfg(test)]
#[path = "handshake_note_tests.rs"]
mod tests;
