//! How people get in: tokens, the class code, personal links, tickets and names.
//!
//! Pure functions over text, keys and times: nothing here opens a socket, reads a clock or waits.
//! Only [`token::Keys::load_or_create`], [`class_code::Lesson`], [`revoked::Revocations`] and
//! [`links::Links`] touch the disk: when the server starts, when a lesson ends, and when somebody is
//! revoked or gets a link. Every token, code and name of the program is made and checked here, and
//! `jsonwebtoken` is used nowhere else.

pub(crate) mod class_code;
mod constant_time;
mod fillers;
pub mod hs256;
mod invisible;
pub mod links;
pub(crate) mod looks;
mod name_parts;
pub mod names;
pub(crate) mod receipt;
pub(crate) mod reserved;
pub mod revoked;
pub(crate) mod secret;
pub mod ticket;
pub mod token;
