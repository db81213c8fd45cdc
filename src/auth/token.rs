//! A person's identity: a JSON Web Token ([RFC 7519]) signed with this server's secret.
//!
//! The server decides how a token is verified, the token never does: HS256, no leeway, `exp`
//! required, `nbf` obeyed. Claims are read only after the signature was found good. The time is
//! an argument, in seconds since 1970 (a NumericDate, RFC 7519 §2).
//!
//! The same secret also makes the opaque ids of people. Those MACs are over texts that begin with
//! a word and a colon. A token's signing input is base64url and has no colon, so that neither can
//! stand for the other.
//!
//! [RFC 7519]: https://www.rfc-editor.org/rfc/rfc7519

mod claims;
mod error;
mod keys;

pub use claims::Claims;
pub use error::TokenError;
pub use keys::Keys;

#[cfg(test)]
mod tests;
