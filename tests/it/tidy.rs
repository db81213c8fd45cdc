//! The rules of this repository, as tests.
//!
//! - [`floors`]: which file may import which; [`paths`] finds the imports.
//! - [`sizes`]: how long files, functions and the core may be.
//! - [`fences`]: what is allowed in some places only: libraries, printing, Cargo features.
//! - [`locks`]: no lock on the way of a message.
//! - [`dependencies`]: no async runtime, and a reason for each.
//! - [`index`]: the index of `src/lib.rs` from sections of the RFC to code and tests.
//! - [`learn`]: what the guide says about the source.
//!
//! [`source`] and [`tokens`] read the source for them.

mod dependencies;
mod fences;
mod floors;
mod index;
mod learn;
mod locks;
mod paths;
mod sizes;
mod source;
mod tokens;

#[allow(unused_imports, reason = "its users outside depend on the features")]
pub use source::*;
