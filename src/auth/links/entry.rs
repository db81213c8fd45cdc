//! One personal link as it is kept, and its secret, which is not.

use std::io;

use serde::{Deserialize, Serialize};

use crate::auth::hs256;
use crate::model::time::Millis;
use crate::support::{base32, random};

/// How the `sub` of a person with a link begins.
pub const PREFIX: &str = "personal-";

/// Characters of a link's id (80 bits in base32), by which it is found.
const ID: usize = 16;

/// Most characters of the number of a person in the class list.
pub const MAX_NUMBER: usize = 20;

/// A personal link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The `sub` of the person's tokens.
    pub sub: String,
    /// The id of the link, which is new with each secret.
    pub id: String,
    /// The hash of the secret.
    pub hash: String,
    /// The name in the person's tokens, which is kept from others.
    pub name: String,
    /// The number in the class list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The rooms of the person's tokens; `None` means all rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rooms: Option<Vec<String>>,
    /// How many seconds a token from the link is valid, if it is not as long as a guest's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// When the secret was made.
    pub at: Millis,
}

/// The secret of a link: the id of the link, and 128 random bits.
#[derive(Debug, PartialEq, Eq)]
pub struct LinkSecret(String);

impl LinkSecret {
    /// A new secret.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness.
    pub fn random() -> io::Result<LinkSecret> {
        Ok(LinkSecret(random::id::<10>()? + &random::id::<16>()?))
    }

    /// The text in the fragment of the link.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The entry of a link with this secret, for somebody new.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness.
    pub fn entry(&self, name: String, at: Millis) -> io::Result<Entry> {
        let (id, hash) = id_and_hash(&self.0).unwrap_or_default();
        Ok(Entry {
            sub: format!("{PREFIX}{}", random::id::<16>()?),
            id: id.to_owned(),
            hash,
            name,
            number: None,
            rooms: None,
            ttl: None,
            at,
        })
    }
}

/// The id in the text of a secret, and the hash of the text; `None` for a text that is too short.
///
/// A secret has 128 random bits, so that one round of a fast hash is enough: nobody can try them all.
pub(super) fn id_and_hash(secret: &str) -> Option<(&str, String)> {
    let (id, _) = secret.split_at_checked(ID)?;
    let hash = base32::encode(&hs256::mac(b"personal link", secret.as_bytes()));
    Some((id, hash))
}
