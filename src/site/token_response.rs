//! The answer that carries a new token.

use crate::auth::token::Claims;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::shared::Shared;
use serde::Serialize;

/// A person as the page sees them.
#[derive(Serialize)]
pub(super) struct User<'a> {
    id: String,
    name: &'a str,
    role: Role,
}

impl<'a> User<'a> {
    pub(super) fn new(claims: &'a Claims, shared: &Shared) -> Self {
        Self {
            id: shared.keys.public_id(&claims.sub),
            name: &claims.name,
            role: claims.role,
        }
    }
}

/// Refuses a token to somebody whom the operator has revoked.
pub(super) fn check_revoked(sub: &str, shared: &Shared) -> Result<(), Refusal> {
    if !shared.revoked.covers(sub, &shared.keys) {
        return Ok(());
    }
    let message = "Whoever runs this server has revoked you. Ask them if that is a mistake.";
    Err(Refusal::new(403, "revoked", message))
}

/// Signs a token with these claims, and returns the answer with it.
pub(super) fn issue(claims: &Claims, device: Option<String>, shared: &Shared) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        token: String,
        user: User<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        expires_at: u64,
    }
    let body = Body {
        token: shared.keys.sign(claims),
        user: User::new(claims, shared),
        device,
        expires_at: claims.exp * 1000,
    };
    Response::json(201, &body)
}
