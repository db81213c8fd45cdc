//! A JSON Web Token ([RFC 7519]), read without its signature: its owner can see that a token is
//! signed but not encrypted. Nothing is verified here; [`crate::auth::token`] does that. The signature
//! is never shown.
//!
//! [RFC 7519]: https://www.rfc-editor.org/rfc/rfc7519

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

/// Longer tokens are not decoded.
const MAX_TOKEN: usize = 8192;

/// The part of the request that carried the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Carrier {
    /// `Authorization: Bearer …` (RFC 6750 §2.1).
    Authorization,
    /// `Sec-WebSocket-Protocol: …, bearer.…`, for browsers.
    Subprotocol,
}

/// The parts of a token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TokenNote {
    /// The part of the request that carried it.
    pub(crate) carrier: Carrier,
    /// Its length in characters.
    pub(crate) length: usize,
    /// The first part, decoded: the algorithm that it claims.
    pub(crate) header: Option<Value>,
    /// The second part, decoded: the person, and the time it expires.
    pub(crate) claims: Option<Value>,
    /// Bytes of the third part. The part itself is not shown: with it, anybody could use the token.
    pub(crate) signature_bytes: Option<usize>,
}

impl TokenNote {
    /// Decodes a token.
    pub(crate) fn read(carrier: Carrier, token: &str) -> Self {
        let mut parts = token.split('.').take(3);
        let mut part = || {
            let part = parts.next().filter(|_| token.len() <= MAX_TOKEN)?;
            BASE64_URL_SAFE_NO_PAD.decode(part).ok()
        };
        let json = |bytes: Vec<u8>| serde_json::from_slice(&bytes).ok();
        Self {
            carrier,
            length: token.chars().count(),
            header: part().and_then(json),
            claims: part().and_then(json),
            signature_bytes: part().map(|bytes| bytes.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_rfc_7519_section_3_1_is_read() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let note = TokenNote::read(Carrier::Subprotocol, token);
        assert_eq!(note.header.as_ref().unwrap()["alg"], "HS256");
        assert_eq!(note.claims.as_ref().unwrap()["iss"], "joe");
        assert_eq!(note.signature_bytes, Some(32));
        let shown = serde_json::to_string(&note).unwrap();
        assert!(!shown.contains("dBjftJeZ"), "{shown}");
    }

    #[test]
    fn garbage_has_no_claims() {
        let deep = BASE64_URL_SAFE_NO_PAD.encode([b'['; 6000]);
        for token in [
            "",
            "a",
            "..",
            "e30.e30",
            "\u{e9}.\u{e9}.\u{e9}",
            &format!("{deep}.{deep}."),
        ] {
            let note = TokenNote::read(Carrier::Authorization, token);
            assert!(note.claims.is_none_or(|claims| claims.is_object()));
        }
    }
}
