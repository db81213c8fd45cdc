//! The door: whose token it is that a request or a handshake carries, and how people are turned
//! away.
//!
//! Runs on: `conn-N`. A token comes as `Authorization: Bearer` (RFC 6750 §2.1) or, because
//! `new WebSocket` can set no header, as a second subprotocol, `bearer.` and the token. Never in
//! the query: it would leak into logs and histories.

use crate::auth::token::{Claims, TokenError};
use crate::chat::hub::{Command, HubQuery, PATIENCE};
use crate::http::head::Head;
use crate::http::origin::origin_allowed;
use crate::http::refusal::Refusal;
use crate::model::time::unix_millis;
use crate::net::client::Client;
use crate::net::exchange;
use crate::shared::Shared;
use crate::websocket::handshake::Upgrade;
use crate::websocket::{close, frame};
use std::sync::PoisonError;

/// Under this prefix a token travels as a subprotocol.
const BEARER: &str = "bearer.";

/// The token of an `Authorization: Bearer` header (RFC 6750 §2.1). What else stands there, such as
/// the `Basic` that a browser repeats for the proxy in front, is none of our business.
pub fn bearer(head: &Head) -> Result<Option<&str>, Refusal> {
    let Some(value) = head.single("authorization")? else {
        return Ok(None);
    };
    // RFC 9110 §11.4: credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]; §11.1: the
    // scheme is "a case-insensitive token".
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    match (scheme.eq_ignore_ascii_case("bearer"), token.trim()) {
        (false, _) => Ok(None),
        (true, "") => Err(Refusal::bad_request(
            "bad_authorization",
            "Authorization must be `Bearer` and a token (RFC 6750 §2.1).",
        )),
        (true, token) => Ok(Some(token)),
    }
}

/// Whoever holds the token of the `Authorization` header, if it is good.
pub fn holder(head: &Head, shared: &Shared) -> Result<Claims, Refusal> {
    let unauthorized =
        |slug, error: String| Refusal::new(401, slug, error).with("WWW-Authenticate", "Bearer");
    let claims = verify(bearer(head)?, shared).map_err(|error| {
        let slug = match error {
            TokenError::Missing => "token_missing",
            TokenError::Expired => "token_expired",
            TokenError::NotYetValid => "token_not_yet_valid",
            _ => "token_invalid",
        };
        unauthorized(slug, error.to_string())
    })?;
    if is_of_old_lesson(&claims, shared) {
        let message = "that lesson has ended; join again";
        return Err(unauthorized("token_old_lesson", message.into()));
    }
    Ok(claims)
}

/// The same, of somebody who may be here: who was removed is told why, and until when.
pub fn present(head: &Head, shared: &Shared) -> Result<Claims, Refusal> {
    let claims = holder(head, shared)?;
    match removal(&claims, shared) {
        Some(reason) => Err(Refusal::new(403, "removed", reason)),
        None => Ok(claims),
    }
}

/// Why somebody, or their device, is out. A hub that is too busy to say so says it when they come
/// into the chat.
pub fn removal(claims: &Claims, shared: &Shared) -> Option<String> {
    let out = shared.hub.ask(PATIENCE, |answer| {
        Command::Query(HubQuery::IsRemoved {
            sub: claims.sub.clone(),
            device: claims.device.clone(),
            answer,
        })
    });
    out.flatten()
}

/// Whether it is a guest's token of a lesson that is over.
pub fn is_of_old_lesson(claims: &Claims, shared: &Shared) -> bool {
    let lesson = shared.lesson.read().unwrap_or_else(PoisonError::into_inner);
    lesson.has_outlived(claims.lesson)
}

/// The 101, and then the Close that says what is wrong with the token.
pub fn unauthorized(client: &Client, handshake: &[u8], error: &TokenError) {
    log::info!("connection {}: unauthorized: {}", client.id, error.slug());
    let reason = format!("Unauthorized: {}", error.slug());
    decline(client, handshake, close::Code::POLICY, &reason);
}

/// The 101, a Close, and the end.
pub fn decline(client: &Client, handshake: &[u8], code: close::Code, reason: &str) {
    let close = frame::close(code.into(), reason);
    exchange::write_and_hang_up(client, &[handshake, &close[..]].concat());
}

/// The token, from the one of its two carriers that was used.
pub fn carried_token(head: &Head, upgrade: &Upgrade) -> Result<Option<String>, Refusal> {
    let mut offered = upgrade
        .protocols
        .iter()
        .filter_map(|p| p.strip_prefix(BEARER));
    let by_protocol = offered.next();
    let by_header = bearer(head)?;
    if by_protocol.is_some() && by_header.is_some() || offered.next().is_some() {
        let message =
            "Two tokens: send one, as `Authorization: Bearer` or as the subprotocol `bearer.`.";
        return Err(Refusal::bad_request("two_tokens", message));
    }
    Ok(by_protocol.or(by_header).map(str::to_owned))
}

/// Verifies a token, now.
pub fn verify(token: Option<&str>, shared: &Shared) -> Result<Claims, TokenError> {
    shared
        .keys
        .verify(token.ok_or(TokenError::Missing)?, unix_millis() / 1000)
}

/// The handshake of a WebSocket that wants a token: whose it is, and the 101, which is still to be
/// sent. A browser hides the status of a failed handshake from its page, so a bad token gets a 101
/// and then a Close that says why: only so can a page be told. `None`: that has happened.
///
/// RFC 6455 §4.2.2: "the absence of such a field is equivalent to" declining, so the token, which
/// was offered as a subprotocol, never comes back.
// Its own frame, so that what the handshake needs is off the stack while messages are read.
#[inline(never)]
pub fn admit(
    client: &Client,
    head: &Head,
    protocol: Option<&str>,
    shared: &Shared,
) -> Result<Option<(Claims, Vec<u8>)>, Refusal> {
    let upgrade = Upgrade::check(head)?;
    origin_allowed(head, &shared.config.server.allowed_origins)?;
    let token = carried_token(head, &upgrade)?;
    let hello = upgrade.switching_protocols(protocol);
    match verify(token.as_deref(), shared) {
        Ok(claims) if is_of_old_lesson(&claims, shared) => {
            decline(client, &hello, close::Code::POLICY, close::OLD_LESSON);
        }
        Ok(claims) => return Ok(Some((claims, hello))),
        Err(error) => unauthorized(client, &hello, &error),
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &str) -> Head {
        let text = format!(
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{fields}\r\n"
        );
        Head::parse(text.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn a_token_comes_in_one_of_two_ways_and_other_schemes_are_not_ours() {
        let protocol = "Sec-WebSocket-Protocol: chat.v1, bearer.b\r\n";
        for (authorization, by_header, with_protocol) in [
            ("", Ok(None), Ok(Some("b"))),
            ("Bearer a", Ok(Some("a")), Err("two_tokens")),
            ("bEARER   a", Ok(Some("a")), Err("two_tokens")),
            ("Basic dXNlcjpwYXNz", Ok(None), Ok(Some("b"))),
            ("Negotiate", Ok(None), Ok(Some("b"))),
            ("Digest username=\"Bearer a\"", Ok(None), Ok(Some("b"))),
            ("Bearers a", Ok(None), Ok(Some("b"))),
            ("Bearer", Err("bad_authorization"), Err("bad_authorization")),
        ] {
            let field = match authorization {
                "" => String::new(),
                value => format!("Authorization: {value}\r\n"),
            };
            for (fields, expected) in [
                (field.clone(), by_header),
                (format!("{field}{protocol}"), with_protocol),
            ] {
                let head = head(&fields);
                let upgrade = Upgrade::check(&head).unwrap();
                let found = carried_token(&head, &upgrade).map_err(|refusal| refusal.slug);
                let expected = expected.map(|token| token.map(str::to_owned));
                assert_eq!(found, expected, "{fields}");
            }
        }
    }
}
