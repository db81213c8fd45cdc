//! The receipt for a task: who has passed which task, and when, signed by this server.
//!
//! A receipt has the form of a token (RFC 7515 §3.1), so that any tool that knows HS256 can read
//! it, but it is signed with another key, which is derived from the secret. So a receipt never
//! passes as a token nor a token as a receipt, whatever they contain. The header says what it is.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::auth::constant_time::equal;
use crate::auth::token::Keys;

/// `{"alg":"HS256","typ":"receipt+jwt"}`. It is always the same text, so that it is compared and
/// never parsed.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6InJlY2VpcHQrand0In0";

/// The most bytes of a receipt. The longest `sub` and name fit.
const MAX_LEN: usize = 2048;

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    /// The `sub` of the person who passed.
    pub sub: String,
    /// Their name then.
    pub name: String,
    /// The task's number.
    pub task: u8,
    /// When, in seconds since 1970.
    pub at: u64,
}

/// The text is not a receipt of this server: it is something else, was changed, or was signed with
/// another secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoReceipt;

impl fmt::Display for NoReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not a receipt of this server, or it was changed")
    }
}

impl std::error::Error for NoReceipt {}

impl Receipt {
    /// The receipt as text, signed with the current secret.
    pub(crate) fn sign(&self, keys: &Keys) -> String {
        // Writing text and numbers as JSON cannot fail; an empty receipt would prove nothing.
        let body = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let signed = format!("{HEADER}.{body}");
        let [mac, ..] = &keys.receipt_macs(&signed)[..] else {
            return String::new();
        };
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    /// Reads a receipt that was signed with the current secret or the previous one.
    ///
    /// # Errors
    ///
    /// The text is not such a receipt.
    pub(crate) fn verify(keys: &Keys, text: &str) -> Result<Receipt, NoReceipt> {
        let (signed, sent) = text.rsplit_once('.').ok_or(NoReceipt)?;
        let (header, body) = signed.split_once('.').ok_or(NoReceipt)?;
        let mut macs = keys.receipt_macs(signed).into_iter();
        let ours = text.len() <= MAX_LEN
            && header == HEADER
            && macs.any(|mac| equal(sent, &BASE64_URL_SAFE_NO_PAD.encode(mac)));
        if !ours {
            return Err(NoReceipt);
        }
        let body = BASE64_URL_SAFE_NO_PAD.decode(body).map_err(|_| NoReceipt)?;
        serde_json::from_slice(&body).map_err(|_| NoReceipt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::token::{Claims, TokenError};

    fn keys() -> Keys {
        Keys::new(vec![7; 32], None)
    }

    fn receipt() -> Receipt {
        Receipt {
            sub: "guest-1".into(),
            name: "Ann 课".into(),
            task: 3,
            at: 1_800_000_000,
        }
    }

    #[test]
    fn the_header_says_what_it_is() {
        let header = BASE64_URL_SAFE_NO_PAD.decode(HEADER).expect("base64");
        assert_eq!(header, br#"{"alg":"HS256","typ":"receipt+jwt"}"#);
    }

    #[test]
    fn a_receipt_says_what_was_signed_and_nothing_else_is_one() {
        let (keys, receipt) = (keys(), receipt());
        let text = receipt.sign(&keys);
        assert_eq!(Receipt::verify(&keys, &text), Ok(receipt));
        let changed = text.replacen('.', ".e", 1);
        let cut = &text[..text.len() - 1];
        let long = format!("{text}{}", "x".repeat(MAX_LEN));
        for wrong in ["", ".", "..", "a.b.c", cut, &changed, &long, "é.é.é"] {
            assert_eq!(Receipt::verify(&keys, wrong), Err(NoReceipt), "{wrong}");
        }
        let other = Keys::new(vec![8; 32], None);
        assert_eq!(Receipt::verify(&other, &text), Err(NoReceipt));
    }

    #[test]
    fn a_receipt_of_the_secret_before_is_good_while_that_is() {
        let text = receipt().sign(&keys());
        let rotated = Keys::new(vec![9; 32], Some(&[7; 32]));
        assert_eq!(Receipt::verify(&rotated, &text), Ok(receipt()));
        assert_ne!(receipt().sign(&rotated), text);
    }

    #[test]
    fn a_receipt_is_no_token_and_a_token_is_no_receipt() {
        let keys = keys();
        let claims = Claims {
            sub: "guest-1".into(),
            name: "Ann".into(),
            exp: 2_000_000_000,
            ..Claims::default()
        };
        let token = keys.sign(&claims);
        assert_eq!(Receipt::verify(&keys, &token), Err(NoReceipt));
        let text = receipt().sign(&keys);
        assert_eq!(keys.verify(&text, 0), Err(TokenError::Forged));
        // Nor with each other's header, or body.
        let part = |text: &str, n| text.split('.').nth(n).unwrap_or_default().to_owned();
        for (head, body) in [(&token, &text), (&text, &token)] {
            for tail in [&token, &text] {
                let mixed = [part(head, 0), part(body, 1), part(tail, 2)].join(".");
                assert_eq!(Receipt::verify(&keys, &mixed), Err(NoReceipt));
                assert_eq!(keys.verify(&mixed, 0), Err(TokenError::Forged));
            }
        }
    }
}
