//! Why a token is refused. Sections are those of [RFC 7519].
//!
//! [RFC 7519]: https://www.rfc-editor.org/rfc/rfc7519

use std::fmt;

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// No token was sent.
    Missing,
    /// Not three parts of base64url that hold a header and a JSON object, or longer than 8 KiB.
    Malformed,
    /// Signed with another secret, or by another algorithm than HS256, `none` included (§6.1).
    Forged,
    /// §4.1.4: "on or after" `exp` it "MUST NOT be accepted".
    Expired,
    /// §4.1.5: before `nbf` it "MUST NOT be accepted".
    NotYetValid,
    /// The signature is good, but a required claim is missing.
    MissingClaim(&'static str),
    /// The signature is good, but a claim has the wrong type or a value this server cannot use: the
    /// claim, and what it must be.
    BadClaim(&'static str, String),
    /// The token is good, but its holder was revoked (see [`crate::auth::revoked`]).
    Revoked,
}

impl TokenError {
    /// The stable word for programs, as in `Unauthorized: expired`.
    pub const fn slug(&self) -> &'static str {
        match self {
            TokenError::Missing => "missing",
            TokenError::Malformed => "malformed",
            TokenError::Forged => "forged",
            TokenError::Expired => "expired",
            TokenError::NotYetValid => "not_yet_valid",
            TokenError::MissingClaim(_) => "missing_claim",
            TokenError::BadClaim(..) => "bad_claim",
            TokenError::Revoked => "revoked",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::Missing => f.write_str("no token was sent; join to get one"),
            TokenError::Malformed => f.write_str("this is not a JSON Web Token"),
            TokenError::Forged => {
                f.write_str("the token is not signed with HS256 and this server's secret")
            }
            TokenError::Expired => f.write_str("the token has expired; join again"),
            TokenError::NotYetValid => {
                f.write_str("the token is not valid yet; do the clocks agree?")
            }
            TokenError::MissingClaim(claim) => write!(f, "the token has no {claim:?} claim"),
            TokenError::BadClaim(claim, wanted) => {
                write!(f, "the token's {claim:?} claim must be {wanted}")
            }
            TokenError::Revoked => f.write_str(
                "this token was revoked by whoever runs the server; ask them if that is a mistake",
            ),
        }
    }
}

impl std::error::Error for TokenError {}
