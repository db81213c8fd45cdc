//! The classes of this server: their names and rooms, and the code and generation of each.
//!
//! A class has rooms, a code, a door and a lesson of its own. A server has one class without a name, for
//! everything that is there, unless `[[classes]]` describes several. A token of a class is a token for the
//! rooms of that class: [`Classes::settle`] says which these are, so that nothing else has to know classes.
//! Whoever leads all rooms of a class leads the class.

use crate::auth::class_code::{ClassCode, Lesson};
use crate::auth::token::Claims;
use crate::chat::grant::{Grant, Reach};
use crate::config::Config;
use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};

/// The number of a class, from 0.
pub(crate) type ClassKey = usize;

/// One class.
#[derive(Debug)]
pub(crate) struct Class {
    /// Its name; empty for the only one.
    pub(crate) name: Box<str>,
    /// Its rooms.
    pub(crate) reach: Reach,
    lesson: Arc<RwLock<Lesson>>,
}

/// A class whose code somebody has typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entered {
    /// Which.
    pub(crate) class: ClassKey,
    /// The generation of its guest tokens.
    pub(crate) generation: u64,
}

/// All classes, at least one.
#[derive(Debug)]
pub struct Classes(Vec<Class>);

impl Classes {
    /// The classes of the configuration, each in the lesson of the last run. `only`: the lesson of a server
    /// without `[[classes]]`.
    ///
    /// # Errors
    ///
    /// The file of a lesson cannot be read or written.
    pub(crate) fn open(
        config: &Config,
        only: &Arc<RwLock<Lesson>>,
    ) -> Result<Classes, Box<dyn Error>> {
        if config.classes.is_empty() {
            return Ok(Classes(vec![Class {
                name: "".into(),
                reach: Reach::EVERYWHERE,
                lesson: Arc::clone(only),
            }]));
        }
        let data = &config.server.data;
        let classes = config.classes.iter().map(|class| {
            let lesson = Lesson::open_of_class(data, &class.name, class.code.as_deref())?;
            Ok(Class {
                name: (*class.name).into(),
                reach: Reach::of(Some(&class.rooms)),
                lesson: Arc::new(RwLock::new(lesson)),
            })
        });
        classes.collect::<Result<_, _>>().map(Classes)
    }

    /// All of them, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ClassKey, &Class)> {
        self.0.iter().enumerate()
    }

    /// Whether the configuration names them.
    pub(crate) fn are_named(&self) -> bool {
        self.0.iter().any(|class| !class.name.is_empty())
    }

    /// The name and the code of each, for the operator.
    pub fn codes(&self) -> Vec<(String, String)> {
        let classes = self.0.iter();
        classes
            .map(|class| (class.name.to_string(), class.code().to_string()))
            .collect()
    }

    /// The class with this number.
    pub(crate) fn get(&self, class: ClassKey) -> &Class {
        &self.0[class]
    }

    /// The class of this name.
    pub(crate) fn named(&self, name: &str) -> Option<ClassKey> {
        self.0.iter().position(|class| *class.name == *name)
    }

    /// The class that a room belongs to.
    pub(crate) fn of_room(&self, room: &str) -> Option<ClassKey> {
        self.0.iter().position(|class| class.reach.covers(room))
    }

    /// The class whose code this is. Every code is compared, so that the time does not tell which.
    pub(crate) fn entered(&self, code: &str) -> Option<Entered> {
        let mut entered = None;
        for (class, it) in self.iter() {
            let lesson = it.lesson();
            if lesson.code.matches(code) {
                let generation = lesson.generation;
                entered = entered.or(Some(Entered { class, generation }));
            }
        }
        entered
    }

    /// Whether the operator chose a code that is easily guessed, for any class.
    pub(crate) fn has_short_code(&self) -> bool {
        self.0.iter().any(|class| class.lesson().has_short_code())
    }

    /// The class that a token belongs to: the one that it names, or the first of which it has a room.
    pub(crate) fn of(&self, claims: &Claims) -> Option<ClassKey> {
        match (&claims.class, &claims.rooms) {
            (Some(name), _) => self.named(name),
            (None, Some(rooms)) => rooms.iter().find_map(|room| self.of_room(room)),
            (None, None) => (!self.are_named()).then_some(0),
        }
    }

    /// Whether a token was issued in a lesson that has ended, or in a class that is no longer there. Tokens
    /// without a generation belong to no lesson.
    pub(crate) fn is_over_for(&self, claims: &Claims) -> bool {
        claims.lesson.is_some()
            && self.of(claims).is_none_or(|class| {
                let lesson = self.get(class).lesson();
                lesson.is_over_for(claims.lesson)
            })
    }

    /// Makes the token one for rooms: those of its class, as far as it is for them. Of a class that is not
    /// there it has none.
    pub(crate) fn settle(&self, claims: &mut Claims) {
        let Some(name) = &claims.class else {
            return;
        };
        let reach = self.named(name).map(|class| &self.get(class).reach);
        let rooms = reach.map_or(&[][..], |reach| reach.rooms().unwrap_or_default());
        let narrower = claims.rooms.take();
        let fits = |room: &str| match &narrower {
            Some(narrower) => narrower.iter().any(|other| other == room),
            None => true,
        };
        let rooms = rooms.iter().filter(|room| fits(room));
        claims.rooms = Some(rooms.map(|room| room.to_string()).collect());
    }
}

impl Class {
    /// A copy of the lesson: its code, and its generation.
    pub(crate) fn lesson(&self) -> Lesson {
        let lesson = self.lesson.read();
        lesson.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts the next lesson in force.
    pub(crate) fn begin(&self, next: Lesson) {
        let lesson = self.lesson.write();
        *lesson.unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Its code.
    pub(crate) fn code(&self) -> ClassCode {
        let lesson = self.lesson.read();
        lesson.unwrap_or_else(PoisonError::into_inner).code.clone()
    }

    /// Whether a token leads all of it.
    pub(crate) fn is_led_by(&self, grant: &Grant) -> bool {
        grant.leads() && grant.reach.contains(&self.reach)
    }

    /// Whether a token is for any room of it.
    pub(crate) fn concerns(&self, grant: &Grant) -> bool {
        self.reach.is_everywhere() || grant.reach.meets(&self.reach)
    }

    /// Whether a token is for nothing beside it.
    pub(crate) fn holds_all_of(&self, grant: &Grant) -> bool {
        self.reach.contains(&grant.reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;

    fn two(scratch: &Scratch) -> Classes {
        let text = "[[classes]]\nname = \"7a\"\nrooms = [\"a\", \"b\"]\ncode = \"AAAA22\"\n\
                    [[classes]]\nname = \"7b\"\nrooms = [\"c\"]\ncode = \"CCCC22\"\n";
        let mut config = Config::parse("chat.toml", text).unwrap();
        config.server.data = scratch.path().to_owned();
        let only = Lesson::open(scratch.path(), None).unwrap();
        Classes::open(&config, &Arc::new(RwLock::new(only))).unwrap()
    }

    fn claims(class: Option<&str>, rooms: Option<&[&str]>, lesson: Option<u64>) -> Claims {
        Claims {
            class: class.map(str::to_owned),
            rooms: rooms.map(|rooms| rooms.iter().map(|&room| room.into()).collect()),
            lesson,
            ..Claims::default()
        }
    }

    #[test]
    fn a_token_of_a_class_is_one_for_its_rooms_and_its_rooms_narrow_it() {
        let scratch = Scratch::new();
        let classes = two(&scratch);
        let rooms = |class, rooms| {
            let mut claims = claims(class, rooms, None);
            classes.settle(&mut claims);
            claims.rooms
        };
        let names = |names: &[&str]| Some(names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>());
        assert_eq!(rooms(Some("7a"), None), names(&["a", "b"]));
        assert_eq!(rooms(Some("7a"), Some(&["b", "c"])), names(&["b"]));
        assert_eq!(rooms(Some("gone"), None), names(&[]));
        assert_eq!(rooms(None, None), None);
        assert_eq!(rooms(None, Some(&["x"])), names(&["x"]));
    }

    #[test]
    fn each_class_has_a_code_and_a_generation_of_its_own() {
        let scratch = Scratch::new();
        let classes = two(&scratch);
        let [a, b] = ["aaaa22", "CCCC22"].map(|code| classes.entered(code).unwrap());
        assert_eq!((a.class, b.class), (0, 1));
        assert!(classes.entered("BBBB22").is_none());
        let of = |class, lesson| claims(Some(class), None, Some(lesson));
        assert!(!classes.is_over_for(&of("7a", a.generation)));
        classes
            .get(0)
            .begin(classes.get(0).lesson().following().unwrap());
        assert!(classes.is_over_for(&of("7a", a.generation)));
        assert!(!classes.is_over_for(&of("7b", b.generation)));
        assert!(classes.is_over_for(&of("gone", b.generation)));
        // Without a class, it is that of the rooms; without either, it is of a server with one class.
        assert!(!classes.is_over_for(&claims(None, Some(&["c"]), Some(b.generation))));
        assert!(classes.is_over_for(&claims(None, None, Some(b.generation))));
        assert!(!classes.is_over_for(&claims(None, None, None)));
    }

    #[test]
    fn whoever_leads_all_rooms_of_a_class_leads_it() {
        let scratch = Scratch::new();
        let classes = two(&scratch);
        let led = |role, rooms: Option<&[&str]>| {
            let claims = claims(None, rooms, None);
            let grant = Grant::of(&Claims { role, ..claims });
            let led = classes.iter().filter(|(_, class)| class.is_led_by(&grant));
            led.map(|(class, _)| class).collect::<Vec<_>>()
        };
        use crate::model::role::Role::{Host, Member, Moderator};
        assert_eq!(led(Host, None), [0, 1]);
        assert_eq!(led(Member, None), [0; 0]);
        assert_eq!(led(Moderator, Some(&["a", "b"])), [0]);
        assert_eq!(led(Host, Some(&["a", "c"])), [1]);
        assert_eq!(led(Host, Some(&[])), [0; 0]);
    }
}
