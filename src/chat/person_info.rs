//! A person in what the server tells clients.

use crate::model::role::Role;
use serde::Serialize;

/// A person as others see them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct PersonInfo<'a> {
    /// Opaque; never the `sub` of the token.
    pub id: &'a str,
    /// As displayed, suffix included.
    pub name: &'a str,
    /// Absent in places where roles are not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Present when true, in lists of people.
    #[serde(skip_serializing_if = "is_false")]
    pub muted: bool,
    /// Present when true, in lists of people: they typed their name themselves.
    #[serde(skip_serializing_if = "is_false")]
    pub unverified: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}
