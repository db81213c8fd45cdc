//! The class code: what a guest types to be let in.
//!
//! A code has six symbols, so that a class can copy it from the board, of an alphabet without
//! look-alikes. [`Attempts`] slows down guessing; [`Joins`] bounds how many people one holder of the
//! code can be; [`Lesson`] keeps the code of the current lesson.

mod attempts;
mod code;
mod joins;
mod lesson;
mod network;

pub(crate) use attempts::Attempts;
pub(crate) use code::ClassCode;
pub(crate) use joins::{Crowded, JoinBounds, Joins, Newcomer};
pub(crate) use lesson::Lesson;
