//! Everything that reads what strangers or a broken disk wrote, as functions of bytes that must not
//! panic, overflow a stack, or take long.
//!
//! Compiled for tests and for `cargo fuzz` only. A test, `run.rs`, calls them with mutated seeds on the
//! stable toolchain: for a second in `cargo test`, and for as long as `GLASSROOM_FUZZ_SECONDS` says.
//! `fuzz/` at the root of the repository calls the same functions under libFuzzer.

#[cfg(test)]
mod mutate;
#[cfg(test)]
mod run;
#[cfg(test)]
mod seeds;
pub mod targets;
