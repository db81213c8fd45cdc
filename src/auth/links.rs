//! Personal links: each lets one person in under a name that the teacher gave, in every lesson, until
//! it is revoked.
//!
//! A link carries a secret in its fragment, which browsers do not send, so that it is in no log. The
//! page exchanges it by POST for a token of the present lesson. The server keeps the hash of a secret
//! and never the secret itself, which therefore cannot be shown again. The `sub` of a person with a
//! link stays the same as long as there is a link for that name; the token also says which link it came
//! from (`jti`), so that it is void when that link is.
//!
//! The links are the file `links` in the data directory, in the order of the class list. One-time links
//! of hosts and moderators are [`crate::auth::ticket`]s.

mod entry;
mod file;
mod list;
mod personal_links;
mod roster;

pub use entry::{Entry, LinkSecret, MAX_NUMBER, PREFIX};
pub use file::LinksError;
pub use list::Outcome;
pub use personal_links::{Kept, Links};
pub use roster::{Pupil, RosterError, read as read_roster};
