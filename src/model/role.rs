//! The four roles, in the order of what they may do.
//!
//! A role comes only from the token. The gate has the table of what each role may do. The order of
//! the variants is the order of authority: `a < b` means that `b` outranks `a`, and nobody
//! moderates somebody of equal or higher role.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a person may do in a room, from least to most. On the wire and in tokens: the name in lower
/// case.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May only read.
    Observer,
    /// May read and send: a student, or the holder of a token that names no role.
    #[default]
    Member,
    /// May also moderate observers and members.
    Moderator,
    /// May also moderate moderators, and end the lesson.
    Host,
}

impl Role {
    /// Every role, in order of authority.
    pub const ALL: [Role; 4] = [Role::Observer, Role::Member, Role::Moderator, Role::Host];

    /// The name on the wire, in tokens and in `chat.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Observer => "observer",
            Role::Member => "member",
            Role::Moderator => "moderator",
            Role::Host => "host",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Role, UnknownRole> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// The text is not the name of a [`Role`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRole;

impl fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a role: choose observer, member, moderator or host")
    }
}

impl std::error::Error for UnknownRole {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_variants_is_the_order_of_authority() {
        assert!(Role::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_role_has_one_spelling_in_text_and_json() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        for wrong in ["", "Host", "admin", " host"] {
            assert_eq!(wrong.parse::<Role>(), Err(UnknownRole));
        }
    }
}
