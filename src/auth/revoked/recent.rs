//! Recent leaders: hosts and moderators who used a token, so that they are known by name even if
//! they have only downloaded something and were never in the chat. Pure.

use std::collections::VecDeque;

use crate::model::event::Author;

/// Most people that are remembered: the staff of a school. The one who came first is forgotten; the
/// history still knows them by their login.
const MAX_PEOPLE: usize = 256;

/// Hosts and moderators, the latest last.
#[derive(Debug, Default)]
pub struct Recent(VecDeque<Author>);

impl Recent {
    /// Remembers a person as they appear now.
    pub(crate) fn add(&mut self, author: Author) {
        self.forget(&author.sub);
        if self.0.len() >= MAX_PEOPLE {
            self.0.pop_front();
        }
        self.0.push_back(author);
    }

    /// Forgets the person with this `sub`.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.0.retain(|known| *known.sub != *sub);
    }

    /// Everybody whom `who` may mean: a `sub`, an id or a name.
    pub(crate) fn find(&self, who: &str) -> impl Iterator<Item = Author> {
        let meant = move |known: &&Author| {
            let Author { sub, id, name, .. } = known;
            [sub, id, name].into_iter().any(|text| **text == *who)
        };
        self.0.iter().filter(meant).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples;

    fn author(name: &str) -> Author {
        (*samples::author(name)).clone()
    }

    #[test]
    fn the_latest_people_are_found_by_sub_id_and_name_until_they_are_forgotten() {
        let mut recent = Recent::default();
        for n in 0..MAX_PEOPLE + 10 {
            recent.add(author(&format!("P{n}")));
        }
        recent.add(author("P20"));
        let Author { sub, id, name, .. } = author("P20");
        for who in [&sub, &id, &name] {
            assert_eq!(recent.find(who).count(), 1, "{who}");
        }
        assert_eq!(recent.find("P9").count(), 0);
        recent.forget(&sub);
        assert_eq!(
            (recent.find("P20").count(), recent.0.len()),
            (0, MAX_PEOPLE - 1)
        );
    }
}
