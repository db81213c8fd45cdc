//! The secrets, and what they sign and verify: tokens, receipts and opaque ids.
//!
//! Pure, except for [`Keys::load_or_create`], which reads the secrets at the start of the server.
//! Sections are those of [RFC 7519].
//!
//! [RFC 7519]: https://www.rfc-editor.org/rfc/rfc7519

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto};
use serde_json::{Map, Value};

use crate::auth::hs256;
use crate::auth::secret::{self, SecretError};
use crate::auth::token::claims::{Claims, Unchecked};
use crate::auth::token::error::TokenError;
use crate::support::base32;

/// The most bytes of a token that is looked at. A token with a name, a hundred rooms and every
/// optional claim fits.
pub(super) const MAX_LEN: usize = 8192;

/// The most opening brackets in a header. `{"alg":"HS256"}` has one, and a header that carries a
/// key has two.
const MAX_BRACKETS: usize = 4;

/// The secrets that sign and verify. Cheap to share behind an `Arc`, never changed after start.
pub struct Keys {
    current: Vec<u8>,
    encoding: EncodingKey,
    /// The current secret first, then the previous one while secrets are being rotated.
    decoding: Vec<DecodingKey>,
    header: Header,
    /// The keys that sign receipts (see [`crate::auth::receipt`]), in the same order.
    receipts: Vec<[u8; 32]>,
}

impl Keys {
    /// Reads the secrets from their files: `current` signs, and is created if there is none;
    /// `previous` still verifies. Returns the keys, and what an operator has to be told.
    ///
    /// # Errors
    ///
    /// A file cannot be read or created, or holds no secret.
    pub fn load_or_create(
        current: &Path,
        previous: Option<&Path>,
    ) -> Result<(Keys, Vec<String>), SecretError> {
        let mut notices = Vec::new();
        let current = secret::read_or_create(current, &mut notices)?;
        let previous = match previous {
            Some(path) => Some(secret::read(path, &mut notices)?),
            None => None,
        };
        Ok((Keys::new(current, previous.as_deref()), notices))
    }

    /// Keys from the secrets themselves: `current` signs, both verify.
    pub fn new(current: Vec<u8>, previous: Option<&[u8]>) -> Keys {
        hs256::install();
        let secrets = || std::iter::once(current.as_slice()).chain(previous);
        let decoding = secrets().map(DecodingKey::from_secret).collect();
        let receipts = secrets().map(|secret| hs256::mac(secret, b"receipts:"));
        Keys {
            receipts: receipts.collect(),
            encoding: EncodingKey::from_secret(&current),
            current,
            decoding,
            header: Header::new(Algorithm::HS256),
        }
    }

    /// The token that says `claims`, signed with the current secret.
    pub fn sign(&self, claims: &Claims) -> String {
        // Neither writing these claims as JSON nor an HMAC can fail. If one did, the token would be
        // empty, which is never valid.
        jsonwebtoken::encode(&self.header, claims, &self.encoding).unwrap_or_default()
    }

    /// The claims of `token`, if one of our secrets signed it and it is valid at `now` (seconds
    /// since 1970).
    ///
    /// # Errors
    ///
    /// The first rule that the token breaks. The signature is checked before any claim.
    pub fn verify(&self, token: &str, now: u64) -> Result<Claims, TokenError> {
        if token.is_empty() {
            return Err(TokenError::Missing);
        }
        if token.len() > MAX_LEN || token.split('.').count() != 3 {
            return Err(TokenError::Malformed);
        }
        // These are the steps of §7.2, without `jsonwebtoken::decode`: that parses the header three
        // times and the claims twice, and needs 12 KiB of stack, which every connection's thread
        // would keep. Each step is a function that is not inlined, so that their stack frames do
        // not add up; and the claims are not moved, because each place needs stack.
        check_header(token)?;
        self.check_signature(token)?;
        let claims = signed_claims(token);
        match &claims {
            Ok(claims) if now >= claims.exp => Err(TokenError::Expired),
            Ok(claims) if claims.nbf.is_some_and(|nbf| now < nbf) => Err(TokenError::NotYetValid),
            _ => claims,
        }
    }

    /// Checks that one of our secrets signed the token with HS256.
    #[inline(never)]
    fn check_signature(&self, token: &str) -> Result<(), TokenError> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        for key in &self.decoding {
            match crypto::verify(signature, message.as_bytes(), key, Algorithm::HS256) {
                Ok(true) => return Ok(()),
                Ok(false) => {} // another key may have signed it
                Err(_) => return Err(TokenError::Malformed), // not base64url
            }
        }
        Err(TokenError::Forged)
    }

    /// The id under which others see the person `sub`. It is always the same and does not reveal
    /// the `sub`. It has 10 characters of `a-z2-7`, which are 50 bits: that two of 10,000 people
    /// share an id has a chance of 1 in 20 million.
    pub fn public_id(&self, sub: &str) -> String {
        self.opaque("id", sub, 10)
    }

    /// The `sub` of a guest: the same for the same device and name (as [`crate::auth::names::key`]).
    pub fn guest_sub(&self, device: &str, name_key: &str) -> String {
        // A name's key has no line break, so the two cannot run into each other.
        let person = self.opaque("guest", &format!("{name_key}\n{device}"), 26);
        format!("guest-{person}")
    }

    /// The tag under which tokens, bans and the store know a device, instead of the id that the
    /// page keeps.
    pub fn device_tag(&self, device: &str) -> String {
        self.opaque("device", device, 16)
    }

    /// Tells whether two servers have the same secret, and nothing of the secret itself.
    pub(crate) fn fingerprint(&self) -> String {
        self.opaque("cluster", "secret", 26)
    }

    /// Proves to another server with the same secret that this text comes from one of them.
    pub(crate) fn node_tag(&self, text: &str) -> String {
        self.opaque("node", text, 52)
    }

    /// The MACs of a receipt's text, that of the current secret first.
    pub(in crate::auth) fn receipt_macs(&self, text: &str) -> Vec<[u8; 32]> {
        let macs = self.receipts.iter();
        macs.map(|key| hs256::mac(key, text.as_bytes())).collect()
    }

    fn opaque(&self, purpose: &str, text: &str, len: usize) -> String {
        let mut id = base32::encode(&self.mac(purpose, text));
        id.truncate(len);
        id
    }

    /// The MAC of `text` for one purpose, a word without a colon.
    pub(in crate::auth) fn mac(&self, purpose: &str, text: &str) -> [u8; 32] {
        hs256::mac(&self.current, format!("{purpose}:{text}").as_bytes())
    }
}

impl fmt::Debug for Keys {
    /// Leaves out the secrets, because this text may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// The claims of a token whose signature was checked before. The library calls this "insecure"
/// because it does not check the signature.
#[inline(never)]
fn signed_claims(token: &str) -> Result<Claims, TokenError> {
    let claims: Unchecked = insecure_decode_claims(token).map_err(|_| TokenError::Malformed)?;
    claims.check()
}

/// Checks that the header names our algorithm. RFC 7515 §4.1.11: extensions named in `crit` that
/// are not understood make the token invalid. This server understands none.
///
/// Anybody can send a header, and the parser calls itself for each bracket: a hundred of them would
/// overflow the small stack of a connection's thread and end the process. The library's own reading
/// of a header, with every field that there can be, needs 4 KiB of stack.
#[inline(never)]
fn check_header(token: &str) -> Result<(), TokenError> {
    let header = token.split('.').next().unwrap_or_default();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header);
    let header = header.map_err(|_| TokenError::Malformed)?;
    let brackets = header.iter().filter(|byte| matches!(byte, b'[' | b'{'));
    if brackets.count() > MAX_BRACKETS {
        return Err(TokenError::Malformed);
    }
    match serde_json::from_slice(&header) {
        Ok(Value::Object(fields)) if is_ours(&fields) => Ok(()),
        Ok(_) => Err(TokenError::Forged),
        Err(_) => Err(TokenError::Malformed),
    }
}

fn is_ours(header: &Map<String, Value>) -> bool {
    // §5.1 and §5.2, RFC 7515 §4.1.4: if they are there, they are strings.
    let mut texts = ["typ", "cty", "kid"].into_iter();
    header.get("alg").and_then(Value::as_str) == Some("HS256")
        && !header.contains_key("crit")
        && texts.all(|name| header.get(name).is_none_or(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn the_current_secret_is_created_and_a_previous_one_still_verifies() {
        let scratch = Scratch::new();
        let data = scratch.path().join("data");
        let claims = Claims {
            sub: "s".into(),
            name: "Ann".into(),
            exp: NOW + 60,
            ..Claims::default()
        };
        let first = data.join("secret");
        let (keys, notices) = Keys::load_or_create(&first, None).unwrap();
        assert_eq!(notices.len(), 1, "{notices:?}");
        let token = keys.sign(&claims);
        let (again, notices) = Keys::load_or_create(&first, None).unwrap();
        assert_eq!(notices, Vec::<String>::new());
        assert!(again.verify(&token, NOW).is_ok());

        let new = scratch.path().join("new");
        let (other, _) = Keys::load_or_create(&new, None).unwrap();
        assert_eq!(other.verify(&token, NOW), Err(TokenError::Forged));
        let (rotated, _) = Keys::load_or_create(&new, Some(&first)).unwrap();
        assert!(rotated.verify(&token, NOW).is_ok());
        let missing = data.join("missing");
        let error = Keys::load_or_create(&new, Some(&missing)).unwrap_err();
        assert!(
            error.to_string().contains("missing: cannot read"),
            "{error}"
        );
    }
}
