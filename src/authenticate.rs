//! Authentication: whose token a request or a handshake carries, and how it is refused.
//!
//! Runs on: `conn-N`. A token comes as `Authorization: Bearer` (RFC 6750 §2.1). Because
//! `new WebSocket` cannot set a header, it may also come as a second subprotocol: `bearer.` and
//! the token. It never comes in the query, which would leak into logs and histories.

use crate::audit;
use crate::auth::token::{Claims, TokenError};
use crate::chat::grant::Reach;
use crate::chat::hub::{Arrival, Command, HubQuery, Mailbox, PATIENCE};
use crate::http::head::Head;
use crate::http::origin::origin_allowed;
use crate::http::refusal::Refusal;
use crate::model::time::unix_millis;
use crate::net::admission::Permit;
use crate::net::client::Client;
use crate::net::exchange;
use crate::net::holders::Held;
use crate::net::refused::Key;
use crate::shared::Shared;
use crate::websocket::handshake::Upgrade;
use crate::websocket::{close, frame};
use std::sync::Arc;
use std::time::Duration;

/// The subprotocol of the chat (RFC 6455 §1.9).
const PROTOCOL: &str = "chat.v1";
/// The beginning of a subprotocol that carries a token.
pub(crate) const BEARER: &str = "bearer.";

/// The token of an `Authorization: Bearer` header (RFC 6750 §2.1). Other schemes are ignored: a
/// browser repeats the `Basic` that the proxy in front has asked for.
pub(crate) fn bearer(head: &Head) -> Result<Option<&str>, Refusal> {
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

/// The claims of the token in the `Authorization` header.
///
/// # Errors
///
/// 401 with the reason: there is no token, or it is not valid now.
pub(crate) fn holder(head: &Head, shared: &Shared) -> Result<Claims, Refusal> {
    let claims = verify(bearer(head)?, shared).map_err(|error| refused(&error))?;
    if is_of_old_lesson(&claims, shared) {
        let message = "that lesson has ended; join again";
        return Err(unauthenticated("token_old_lesson", message.into()));
    }
    audit::login(&claims, shared);
    Ok(claims)
}

/// 401 with what is wrong with the token.
fn refused(error: &TokenError) -> Refusal {
    let slug = match error {
        TokenError::Missing => "token_missing",
        TokenError::Expired => "token_expired",
        TokenError::NotYetValid => "token_not_yet_valid",
        TokenError::Revoked => "token_revoked",
        _ => "token_invalid",
    };
    unauthenticated(slug, error.to_string())
}

fn unauthenticated(slug: &'static str, message: String) -> Refusal {
    Refusal::new(401, slug, message).with("WWW-Authenticate", "Bearer")
}

/// The claims of the token in the `Authorization` header, unless its holder was removed.
///
/// # Errors
///
/// Those of [`holder`]; 403 with the reason for a person who was removed; 503 if the hub does not
/// say in time whether they were.
pub(crate) fn present(head: &Head, shared: &Shared) -> Result<Claims, Refusal> {
    let claims = holder(head, shared)?;
    match removal(&claims, &shared.hub, PATIENCE)? {
        Some((_, reason)) => Err(Refusal::new(403, "removed", reason)),
        None => Ok(claims),
    }
}

/// The code and the reason of the Close for a person who was removed, themselves or by their device;
/// `None` if they were not.
///
/// # Errors
///
/// 503: the hub did not answer within `patience`. The caller must not go on, because the answer
/// might have been that they were removed.
pub(crate) fn removal(
    claims: &Claims,
    hub: &Mailbox,
    patience: Duration,
) -> Result<Option<(close::Code, String)>, Refusal> {
    let answer = hub.ask(patience, |answer| {
        Command::Query(HubQuery::IsRemoved {
            sub: claims.sub.clone(),
            device: claims.device.clone(),
            reach: Reach::of(claims.rooms.as_deref()),
            answer,
        })
    });
    answer.ok_or_else(Refusal::busy)
}

/// Whether this is a guest's token of a lesson that has ended.
pub(crate) fn is_of_old_lesson(claims: &Claims, shared: &Shared) -> bool {
    shared.classes.is_over_for(claims)
}

/// The reason of the Close that says what is wrong with the token.
fn unauthorized(client: &Client, error: &TokenError) -> String {
    log::info!("connection {}: unauthorized: {}", client.id, error.slug());
    format!("Unauthorized: {}", error.slug())
}

/// Sends the 101 and a Close, and ends the connection.
pub(crate) fn decline(client: &Client, handshake: &[u8], code: close::Code, reason: &str) {
    let close = frame::close(code.into(), reason);
    exchange::write_and_hang_up(client, &[handshake, &close[..]].concat());
}

/// Whose attempt a handshake of the chat is, whether or not its token is valid.
pub(crate) fn attempt(head: &Head) -> Option<Key> {
    let mut offered = head
        .all("sec-websocket-protocol")
        .flat_map(|value| value.split(','));
    let by_protocol = offered.find_map(|protocol| protocol.trim().strip_prefix(BEARER));
    let token = by_protocol.or_else(|| bearer(head).ok().flatten());
    token.filter(|_| head.path == "/ws").map(Key::of)
}

/// The token of a handshake, from the header or the subprotocol; 400 if there are two.
pub(crate) fn carried_token(head: &Head, upgrade: &Upgrade) -> Result<Option<String>, Refusal> {
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

/// Verifies a token at the present time, and that its holder was not revoked. Every token that
/// anybody sends comes through here. One of a class becomes one for the rooms of that class.
pub(crate) fn verify(token: Option<&str>, shared: &Shared) -> Result<Claims, TokenError> {
    let token = token.ok_or(TokenError::Missing)?;
    let mut claims = shared.keys.verify(token, unix_millis() / 1000);
    if let Ok(claims) = &mut claims {
        if is_revoked(claims, shared) {
            return Err(TokenError::Revoked);
        }
        shared.classes.settle(claims);
    }
    claims
}

/// Whether the holder of a good token was revoked, or the personal link that it came from.
fn is_revoked(claims: &Claims, shared: &Shared) -> bool {
    shared.revoked.covers(&claims.sub, &shared.keys) || shared.links.voids(claims)
}

/// Verifies the new token with which a connection of `sub` wants to go on in the chat. If it leads, that
/// is a login as any other.
pub(crate) fn renewal(token: &str, sub: &str, shared: &Shared) -> Result<Claims, TokenError> {
    let claims = verify(Some(token), shared)?;
    if claims.sub == sub && !is_of_old_lesson(&claims, shared) {
        audit::login(&claims, shared);
    }
    Ok(claims)
}

/// Notes that `client`, a connection outside the chat, goes on with the token of these claims, so
/// that it can be ended when the holder is revoked.
///
/// # Errors
///
/// 401: the holder was revoked a moment ago.
pub(crate) fn hold<'a>(
    client: &Arc<Client>,
    claims: &Claims,
    shared: &'a Shared,
) -> Result<Held<'a>, Refusal> {
    let held = shared.holders.hold(client, &claims.sub);
    // Only now: whoever is revoked after this line is found among the holders.
    match is_revoked(claims, shared) {
        true => Err(refused(&TokenError::Revoked)),
        false => Ok(held),
    }
}

/// Judges a WebSocket handshake that needs a token. Returns the claims, and the 101 for the caller
/// to send; `None` if the token was bad and the peer has been told.
///
/// A browser hides the status of a failed handshake from its page. So that the page can say what
/// is wrong, a bad token gets a 101 and then a Close with the reason.
///
/// The token, which was offered as a subprotocol, is never sent back. RFC 6455 §4.2.2: the server
/// may choose none: "The absence of such a field is equivalent to the null value".
// Not inlined, so that the stack it needs is free again while messages are read.
#[inline(never)]
pub(crate) fn admit(
    client: &Client,
    head: &Head,
    protocol: Option<&str>,
    shared: &Shared,
) -> Result<Option<(Claims, Vec<u8>)>, Refusal> {
    let upgrade = Upgrade::check(head)?;
    origin_allowed(head, &shared.config.server.allowed_origins)?;
    let token = carried_token(head, &upgrade)?;
    let hello = upgrade.switching_protocols(protocol);
    let reason = match verify(token.as_deref(), shared) {
        Ok(claims) if is_of_old_lesson(&claims, shared) => close::OLD_LESSON.to_owned(),
        Ok(claims) => {
            audit::login(&claims, shared);
            return Ok(Some((claims, hello)));
        }
        Err(error) => unauthorized(client, &error),
    };
    let code = close::Code::POLICY;
    let answer = [&hello[..], &frame::close(code.into(), &reason)].concat();
    shared.refused.note(attempt(head), client, &answer);
    decline(client, &hello, code, &reason);
    Ok(None)
}

/// Judges a handshake of the chat. `None` if the token was bad and the peer has been told.
// Not inlined, for the same reason as `admit`.
#[inline(never)]
pub(crate) fn arrival(
    client: &Arc<Client>,
    head: Head,
    permit: &mut Permit,
    shared: &Shared,
) -> Result<Option<Box<Arrival>>, Refusal> {
    let Some((claims, handshake)) = admit(client, &head, Some(PROTOCOL), shared)? else {
        return Ok(None);
    };
    if !permit.enter_chat(claims.role) {
        return Err(Refusal::full(1));
    }
    if shared.config.lens.enabled {
        client.tap.record_opening(&handshake);
    }
    let place = shared.named_by_node(&head).and_then(|from| from.place);
    shared.trunks.send_away(&client.away, place);
    let asks = |name: &str| {
        head.query
            .split('&')
            .any(|pair| pair.trim_end_matches('=') == name)
    };
    Ok(Some(Box::new(Arrival {
        client: Arc::clone(client),
        claims,
        handshake,
        enter_default: !asks("join"),
        hears_of_rooms: asks("rooms"),
        only_posts: false,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::inbox::inbox;

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

    #[test]
    fn a_person_is_not_let_in_while_the_hub_does_not_answer() {
        // The inbox exists, and nobody reads it.
        let (hub, _inbox) = inbox();
        let refusal = removal(&Claims::default(), &hub, Duration::ZERO).unwrap_err();
        assert_eq!((refusal.status, refusal.slug), (503, "busy"));
        assert_eq!(refusal.headers, [("Retry-After", "2".into())]);
    }
}
