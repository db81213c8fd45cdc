//! A few places for what takes long, and fewer for one person.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The places, and who has one.
#[derive(Debug)]
pub(crate) struct Places {
    taken: Mutex<Vec<Box<str>>>,
    most: usize,
    of_one: usize,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    places: &'a Places,
    sub: Box<str>,
}

impl Places {
    /// `most` places, `of_one` for one person.
    pub(crate) const fn new(most: usize, of_one: usize) -> Self {
        Self {
            taken: Mutex::new(Vec::new()),
            most,
            of_one,
        }
    }

    /// A place for a person, if one is free.
    pub(crate) fn take(&self, sub: &str) -> Option<Place<'_>> {
        let mut taken = self.taken();
        let own = taken.iter().filter(|other| ***other == *sub).count();
        if taken.len() >= self.most || own >= self.of_one {
            return None;
        }
        taken.push(sub.into());
        Some(Place {
            places: self,
            sub: sub.into(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Box<str>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(at) = taken.iter().position(|other| *other == self.sub) {
            taken.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_leaves_places_for_others_and_a_place_that_is_left_is_free() {
        let places = Places::new(3, 2);
        let first = places.take("a");
        let _second = places.take("a");
        assert!(first.is_some() && places.take("a").is_none());
        let _other = places.take("b");
        assert!(places.take("c").is_none(), "all are taken");
        drop(first);
        assert!(places.take("c").is_some());
    }
}
