//! What reading a request needs to know.

use crate::auth::token::Claims;
use crate::chat::message::error::RequestError;
use crate::model::fences::Bounds;

/// What reading a request needs to know.
pub(super) struct Context<'a> {
    /// How long a text may be.
    pub bounds: &'a Bounds,
    /// Verifies the token of `auth`.
    pub verify: &'a dyn Fn(&str) -> Result<Claims, RequestError>,
}
