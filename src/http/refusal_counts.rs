//! How often each refusal was answered, since the process started.
//!
//! A refusal is answered in many places, some of which know nothing but the socket; each of them makes it
//! a response first. So it is counted there, for the whole process. One lock, taken once for a refusal
//! and never for a message. The slugs are words of the source, so their number is bounded.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

static COUNTS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// Counts a refusal that is being answered.
pub(super) fn note(slug: &'static str) {
    let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    *counts.entry(slug).or_default() += 1;
}

/// The counts so far, by slug.
pub(crate) fn read() -> BTreeMap<&'static str, u64> {
    COUNTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::refusal::Refusal;
    use crate::http::response::Response;

    #[test]
    fn a_refusal_counts_when_it_is_answered() {
        let refusal = Refusal::new(400, "of_this_test", "x");
        assert_eq!(read().get("of_this_test"), None);
        for _ in 0..2 {
            let _ = Response::from(refusal.clone());
        }
        assert_eq!(read().get("of_this_test"), Some(&2));
    }
}
