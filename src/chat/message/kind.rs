//! One kind of request: what it is called, what it may have, and what it costs.

use crate::chat::message::context::Context;
use crate::chat::message::error::RequestError;
use crate::chat::message::flat::Flat;

pub(super) type Read<T> = fn(&Flat<'_>, &Context<'_>) -> Result<T, RequestError>;

/// One kind of request.
pub(super) struct Kind<T: 'static> {
    /// Its `type`, or `action` in `moderate`.
    pub name: &'static str,
    /// The fields that it may have, apart from `type` and `ref`.
    pub fields: &'static [&'static str],
    /// What it costs, in messages: more for what makes the server or the others work more.
    pub cost: f64,
    /// Makes the request of its fields.
    pub read: Read<T>,
}

pub(super) const fn kind<T>(
    name: &'static str,
    cost: f64,
    fields: &'static [&'static str],
    read: Read<T>,
) -> Kind<T> {
    Kind {
        name,
        fields,
        cost,
        read,
    }
}
