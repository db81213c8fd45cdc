//! HS256 for `jsonwebtoken`: HMAC over SHA-256 ([RFC 7518 §3.2]), and nothing else.
//!
//! `jsonwebtoken` leaves cryptography to a provider. Its RustCrypto provider would bring 45 more
//! crates, RSA and elliptic curves, which this server refuses anyway. The provider here knows a
//! single algorithm, so that no other can be negotiated, not even by mistake.
//!
//! [RFC 7518 §3.2]: https://www.rfc-editor.org/rfc/rfc7518#section-3.2

use std::sync::Once;

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::Sha256;

/// Makes `jsonwebtoken` use this provider. Must be called before its first use, which panics
/// otherwise. Later calls do nothing.
pub fn install() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key: &EncodingKey| {
            Ok(Box::new(Hs256::new(algorithm, key.as_bytes())?))
        },
        verifier_factory: |algorithm, key: &DecodingKey| {
            Ok(Box::new(Hs256::new(algorithm, key.try_get_as_bytes()?)?))
        },
        // Only used for JSON Web Keys, which this server never reads.
        key_utils: KeyUtils::new_unimplemented(),
    };
    static ONCE: Once = Once::new();
    // An error means that a provider is installed already: this one, by an earlier call.
    ONCE.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

/// HMAC-SHA256 of `message` under `key`, for ids, tickets and receipts.
pub(super) fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    keyed(key)
        .map(|hmac| hmac.chain_update(message).finalize().into_bytes().into())
        .unwrap_or_default()
}

/// An HMAC takes a key of any length (RFC 2104 §2), so this is `Ok` for every key.
fn keyed(key: &[u8]) -> Result<Hmac<Sha256>> {
    Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat.into())
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: &Algorithm, key: &[u8]) -> Result<Hs256> {
        match algorithm {
            Algorithm::HS256 => Ok(Hs256(keyed(key)?)),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        let hmac = self.0.clone().chain_update(message);
        Ok(hmac.finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(
        &self,
        message: &[u8],
        signature: &Vec<u8>,
    ) -> std::result::Result<(), SignatureError> {
        // `verify_slice` takes the same time wherever the first difference is.
        let hmac = self.0.clone().chain_update(message);
        hmac.verify_slice(signature)
            .map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_that_of_rfc_4231_test_case_2() {
        let hex: String = mac(b"Jefe", b"what do ya want for nothing?")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn the_token_of_rfc_7515_appendix_a_1_verifies() {
        install();
        // The key is given there as base64url in a JSON Web Key.
        let key = DecodingKey::from_base64_secret(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==",
        )
        .unwrap();
        let signing_input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let verified = jsonwebtoken::crypto::verify(
            signature,
            signing_input.as_bytes(),
            &key,
            Algorithm::HS256,
        );
        assert_eq!(verified.ok(), Some(true));
    }

    #[test]
    fn no_other_algorithm_is_to_be_had() {
        for algorithm in [Algorithm::HS384, Algorithm::HS512, Algorithm::RS256] {
            assert!(Hs256::new(&algorithm, b"key").is_err());
        }
    }
}
