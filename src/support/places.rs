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

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// This person has as many as one may have.
    Person,
    /// All are taken.
    All,
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

    /// Takes a place for a person.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) fn take(&self, sub: &str) -> Result<Place<'_>, NoPlace> {
        let mut taken = self.taken();
        let own = taken.iter().filter(|other| ***other == *sub);
        if own.count() >= self.of_one {
            return Err(NoPlace::Person);
        }
        if taken.len() >= self.most {
            return Err(NoPlace::All);
        }
        taken.push(sub.into());
        Ok(Place {
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
        assert!(first.is_ok());
        assert_eq!(places.take("a").err(), Some(NoPlace::Person));
        let _other = places.take("b");
        assert_eq!(places.take("c").err(), Some(NoPlace::All));
        drop(first);
        assert!(places.take("c").is_ok());
    }
}
