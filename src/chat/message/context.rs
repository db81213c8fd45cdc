//! What reading a request needs to know.

use crate::auth::token::Claims;
use crate::chat::message::error::RequestError;

/// What reading a request needs to know.
pub(super) struct Context<'a> {
    /// Longest text, in characters.
    pub max_text: usize,
    /// Verifies the token of `auth`.
    pub verify: &'a dyn Fn(&str) -> Result<Claims, RequestError>,
}
