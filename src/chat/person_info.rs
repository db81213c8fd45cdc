//! A person in what the server tells clients.

use crate::model::role::Role;
use crate::model::time::Millis;
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
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub muted: bool,
    /// Present when true, in lists of people: they typed their name themselves.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// In lists of the people in a room: when they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Millis>,
}

impl<'a> PersonInfo<'a> {
    /// Id and name alone.
    pub(crate) const fn named(id: &'a str, name: &'a str) -> Self {
        Self {
            id,
            name,
            role: None,
            muted: false,
            unverified: false,
            since: None,
        }
    }

    /// The person who said something. That somebody is a member is not told.
    pub(crate) fn signed(id: &'a str, name: &'a str, role: Role) -> Self {
        Self {
            role: Some(role).filter(|&role| role != Role::Member),
            ..Self::named(id, name)
        }
    }
}
