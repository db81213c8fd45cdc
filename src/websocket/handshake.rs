//! The opening handshake on the server's side: RFC 6455 §4.2.
//!
//! [`Upgrade::check`] is §4.2.1 as a procedure: its steps in the RFC's order, each with its own
//! refusal. [`Upgrade::switching_protocols`] is §4.2.2. Pure: [`crate::authenticate`] decides whether
//! the person may enter (token, origin). [`crate::http::head_reader`] has already read the head
//! strictly.

use tungstenite::handshake::derive_accept_key;

use crate::http::head::{Head, trim};
use crate::http::refusal::Refusal;
use crate::http::request_line::is_token;
use crate::websocket::handshake_rules::HandshakeRule;

/// A handshake that breaks no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upgrade {
    /// The value of `Sec-WebSocket-Accept`.
    pub(crate) accept: String,
    /// The subprotocols that the client offers, in its order of preference.
    pub(crate) protocols: Vec<String>,
}

impl Upgrade {
    /// Checks what §4.2.1 demands of a client, in the order of its steps.
    pub(crate) fn check(head: &Head) -> Result<Upgrade, Refusal> {
        check_request_line(head)?; // 1.
        check_no_body(head)?;
        // 2. Host: `Head` has made sure that HTTP/1.1 has exactly one.
        check_upgrade(head)?; // 3.
        check_connection(head)?; // 4.
        let key = check_key(head)?; // 5.
        check_version(head)?; // 6.
        // 7. Origin: see `crate::http::origin`.
        let protocols = check_protocols(head)?; // 8.
        check_extensions(head)?; // 9.
        Ok(Upgrade {
            accept: accept_key(key),
            protocols,
        })
    }

    /// The 101 of §4.2.2. No extension is ever accepted. A `protocol` that the client did not offer
    /// is left out, because the client would have to fail the connection (§4.1).
    pub(crate) fn switching_protocols(&self, protocol: Option<&str>) -> Vec<u8> {
        let mut response = format!(
            "HTTP/1.1 101 Switching Protocols\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n",
            self.accept
        );
        if let Some(protocol) = protocol.filter(|p| self.protocols.iter().any(|q| q == p)) {
            response.push_str("Sec-WebSocket-Protocol: ");
            response.push_str(protocol);
            response.push_str("\r\n");
        }
        response.push_str("\r\n");
        response.into_bytes()
    }
}

/// The text that a server appends to the key (§1.3): no other protocol has it.
pub(crate) const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// base64(SHA-1(key + [`GUID`])), §4.2.2 step 5.4: proof that the server read the key and is no cache or careless web server.
pub(crate) fn accept_key(key: &str) -> String {
    derive_accept_key(key.as_bytes())
}

/// 1. "An HTTP/1.1 or higher GET request" (§4.2.1).
fn check_request_line(head: &Head) -> Result<(), Refusal> {
    if head.method != "GET" {
        return Err(Refusal::method_not_allowed("GET"));
    }
    // RFC 9110 §7.8: "A server that receives an Upgrade header field in an HTTP/1.0 request
    // MUST ignore that Upgrade field." That leaves a GET without Upgrade: 426, as in step 3.
    if head.version == 0 {
        return Err(Refusal::upgrade_required(
            "http_1_0",
            format!(
                "A WebSocket handshake needs HTTP/1.1 ({}), and this request is HTTP/1.0. A proxy in \
                 front has to speak HTTP/1.1 and to pass on Upgrade and Connection.",
                HandshakeRule::Method
            ),
        ));
    }
    Ok(())
}

/// A body in a GET has no meaning (RFC 9110 §9.3.1), and here it would do harm: the bytes after the
/// head are frames, and a proxy would take them for the body.
fn check_no_body(head: &Head) -> Result<(), Refusal> {
    if head.get("transfer-encoding").is_none() && head.content_length()?.unwrap_or(0) == 0 {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "body_on_upgrade",
        "A handshake is a GET, where a body has no meaning (RFC 9110 §9.3.1): leave out Content-Length and Transfer-Encoding.",
    ))
}

/// 3. “An |Upgrade| header field containing the value "websocket", treated as an
///    ASCII case-insensitive value.” (§4.2.1)
fn check_upgrade(head: &Head) -> Result<(), Refusal> {
    if head.lists("upgrade", "websocket") {
        return Ok(());
    }
    Err(Refusal::upgrade_required(
        "no_upgrade",
        format!(
            "This path speaks WebSocket: send Upgrade: websocket and Connection: Upgrade ({}), or \
             open the page at / in a browser.",
            HandshakeRule::Upgrade
        ),
    ))
}

/// 4. “A |Connection| header field that includes the token "Upgrade", treated as an
///    ASCII case-insensitive value.” (§4.2.1)
fn check_connection(head: &Head) -> Result<(), Refusal> {
    if head.lists("connection", "upgrade") {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "no_connection_upgrade",
        format!(
            "Upgrade is there, but Connection does not list it ({}): send Connection: Upgrade. A \
             proxy in between may have removed it.",
            HandshakeRule::Connection
        ),
    ))
}

/// 5. "A |Sec-WebSocket-Key| header field with a base64-encoded … value that, when
///    decoded, is 16 bytes in length." (§4.2.1)
fn check_key(head: &Head) -> Result<&str, Refusal> {
    let mut keys = head.all("sec-websocket-key");
    match (keys.next(), keys.next()) {
        (None, _) => Err(Refusal::bad_request(
            "no_key",
            format!(
                "Sec-WebSocket-Key is missing ({}): send 16 random bytes in base64.",
                HandshakeRule::Key
            ),
        )),
        // §11.3.1: the field "MUST NOT appear more than once in an HTTP request."
        (Some(_), Some(_)) => Err(Refusal::bad_request(
            "two_keys",
            format!(
                "Sec-WebSocket-Key appears more than once ({}): send one.",
                HandshakeRule::SingleKey
            ),
        )),
        (Some(key), None) if is_16_bytes_in_base64(key.as_bytes()) => Ok(key),
        (Some(_), None) => Err(Refusal::bad_request(
            "bad_key",
            format!(
                "Sec-WebSocket-Key must be 16 bytes in base64, 24 characters that end in == ({}), \
                 for example dGhlIHNhbXBsZSBub25jZQ==.",
                HandshakeRule::Key
            ),
        )),
    }
}

/// 128 bits take 22 symbols of 6 bits, with four bits left over. An encoder sets those to zero, and a
/// decoder may insist (RFC 4648 §3.5). This one does not, because an example of RFC 6455 itself (the
/// note in §4.1) has other bits there.
pub(crate) fn is_16_bytes_in_base64(key: &[u8]) -> bool {
    let symbol = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let symbols = key.strip_suffix(b"==");
    symbols.is_some_and(|symbols| symbols.len() == 22 && symbols.iter().all(symbol))
}

/// 6. "A |Sec-WebSocket-Version| header field, with a value of 13." (§4.2.1)
fn check_version(head: &Head) -> Result<(), Refusal> {
    let mut versions = head.all("sec-websocket-version");
    match (versions.next(), versions.next()) {
        (Some("13"), None) => Ok(()),
        (None, _) => Err(Refusal::bad_request(
            "no_version",
            format!(
                "Sec-WebSocket-Version is missing ({}): send Sec-WebSocket-Version: 13.",
                HandshakeRule::Version
            ),
        )),
        // §11.3.5: the field "MUST NOT appear more than once in an HTTP request."
        (Some(_), Some(_)) => Err(Refusal::bad_request(
            "two_versions",
            format!(
                "Sec-WebSocket-Version appears more than once ({}): send one, 13.",
                HandshakeRule::SingleVersion
            ),
        )),
        // §4.4: a server that does not support it "MUST respond with a
        // |Sec-WebSocket-Version| header field … containing all versions it is willing to use".
        (Some(_), None) => Err(Refusal::upgrade_required(
            "unsupported_version",
            format!(
                "This server speaks version 13, the only version of WebSocket ({}): send \
                 Sec-WebSocket-Version: 13.",
                HandshakeRule::SupportedVersion
            ),
        )),
    }
}

/// 8. "… a list of values indicating which protocols the client would like to speak …" (§4.2.1)
fn check_protocols(head: &Head) -> Result<Vec<String>, Refusal> {
    let mut protocols: Vec<String> = Vec::new();
    for protocol in head.list("sec-websocket-protocol") {
        // §4.1: "The elements that comprise this value MUST be non-empty strings with
        // characters in the range U+0021 to U+007E not including separator characters".
        if !is_token(protocol) {
            return Err(Refusal::bad_request(
                "bad_protocol",
                format!(
                    "A subprotocol in Sec-WebSocket-Protocol contains an illegal character ({}): \
                     use letters, digits and !#$%&'*+-.^_`|~.",
                    HandshakeRule::Protocols
                ),
            ));
        }
        // §4.1: "and MUST all be unique strings."
        if protocols.iter().any(|p| p == protocol) {
            return Err(Refusal::bad_request(
                "repeated_protocol",
                format!(
                    "A subprotocol is offered twice in Sec-WebSocket-Protocol ({}): offer each \
                     once.",
                    HandshakeRule::Protocols
                ),
            ));
        }
        protocols.push(protocol.into());
    }
    // §4.3: the value is 1#token, so the field without one is not legal.
    if protocols.is_empty() && head.get("sec-websocket-protocol").is_some() {
        return Err(Refusal::bad_request(
            "bad_protocol",
            "Sec-WebSocket-Protocol names no subprotocol (RFC 6455 §4.3): name one or leave it out.",
        ));
    }
    Ok(protocols)
}

/// 9. "… a list of values indicating which extensions the client would like to speak." (§4.2.1)
///    All are declined: the 101 names none (§4.2.2 step 5.6).
fn check_extensions(head: &Head) -> Result<(), Refusal> {
    // §9.1: on a value that "does not conform to the ABNF below, the recipient of
    // such malformed data MUST immediately _Fail the WebSocket Connection_." A quoted
    // string cannot contain a comma or semicolon, because without its quotes it must be a token.
    let mut extensions = head.list("sec-websocket-extensions").peekable();
    let empty = extensions.peek().is_none() && head.get("sec-websocket-extensions").is_some();
    if !empty && extensions.all(is_extension) {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "bad_extensions",
        format!(
            "Sec-WebSocket-Extensions is malformed ({}): write name; parameter=value, or leave it \
             out.",
            HandshakeRule::WellFormedExtensions
        ),
    ))
}

/// `extension-token *( ";" extension-param )`, with white space anywhere (§9.1).
pub(crate) fn is_extension(text: &str) -> bool {
    let mut parts = text.split(';').map(trim);
    parts.next().is_some_and(is_token) && parts.all(is_extension_parameter)
}

/// `token [ "=" (token | quoted-string) ]`.
fn is_extension_parameter(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else {
        return is_token(text);
    };
    let value = trim(value);
    let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    is_token(trim(name)) && is_token(quoted.unwrap_or(value))
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
