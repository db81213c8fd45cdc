//! Tokens of any kind, and the time in them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// A JWT of any header and claims, signed with HMAC-SHA256 whatever the header says.
pub fn sign(secret: &str, header: &Value, claims: &Value) -> String {
    let head = BASE64_URL_SAFE_NO_PAD.encode(header.to_string().as_bytes());
    let body = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string().as_bytes());
    let signed = format!("{head}.{body}");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(signed.as_bytes());
    format!(
        "{signed}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}
