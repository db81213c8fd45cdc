//! All endpoints, in the order of the page. The quotations are literal; a test compares them with the
//! text of the RFC.

use crate::broken::closes::CLOSES;
use crate::broken::defect::Defect;
use crate::broken::frames::FRAMES;
use crate::broken::handshakes::HANDSHAKES;
use crate::broken::right::RIGHT;

static TABLE: [&[Defect]; 4] = [&HANDSHAKES, &FRAMES, &CLOSES, &RIGHT];

/// All endpoints.
pub(super) fn all() -> impl Iterator<Item = &'static Defect> {
    TABLE.iter().copied().flatten()
}

/// The endpoint with this name.
pub(super) fn find(name: &str) -> Option<&'static Defect> {
    all().find(|defect| defect.name == name)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
