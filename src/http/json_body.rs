//! The JSON object that a request carries in its body.

use crate::http::refusal::Refusal;
use serde::Deserialize;

/// Parses the JSON object in a body.
///
/// # Errors
///
/// 400: the body is not a JSON object of this form.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    let bad = |error: String| {
        Refusal::bad_request(
            "bad_json",
            format!("The body is not what this path expects: {error}."),
        )
    };
    if body.trim_ascii().first() != Some(&b'{') {
        return Err(bad("it is not a JSON object".into()));
    }
    serde_json::from_slice(body).map_err(|error| bad(error.to_string()))
}
