//! The classes in the hub: which of them a request is about, and what those who lead are told of them.

use super::Hub;
use super::context::Requester;
use super::requests::has_left;
use crate::auth::token::Claims;
use crate::chat::class_info::ClassInfo;
use crate::chat::classes::ClassKey;
use crate::chat::gate::{self, Action, Standing};
use crate::chat::grant::{Grant, Reach};
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::person::Person;

impl Hub {
    /// The class that a request for `action` is about, if the requester may do that there. Without a name
    /// it is the only one that they lead.
    pub(super) fn class_for(
        &self,
        requester: &Requester,
        action: Action,
        name: Option<&str>,
    ) -> Result<ClassKey, RequestError> {
        let classes = &self.setup.classes;
        let class = match name {
            Some(name) => classes.named(name).filter(|_| classes.are_named()),
            None => self.only_class(self.grant(requester)?),
        };
        // Who leads no class learns nothing of them.
        self.may_in_class(requester, action, class.unwrap_or(0))
            .or_else(|refusal| match (class, self.leads_any(requester)) {
                (None, true) => Ok(()),
                _ => Err(refusal),
            })?;
        class.ok_or_else(|| match name {
            Some(_) => RequestError::new(ErrorCode::NotFound, "There is no class of that name."),
            None => {
                let message = "You lead several classes: say which one with `class`.";
                RequestError::new(ErrorCode::BadMessage, message)
            }
        })
    }

    /// The class that a token leads, if it is one; of a server with one class, that.
    fn only_class(&self, grant: &Grant) -> Option<ClassKey> {
        let classes = &self.setup.classes;
        if !classes.are_named() {
            return Some(0);
        }
        let mut led = classes.iter().filter(|(_, class)| class.is_led_by(grant));
        match (led.next(), led.next()) {
            (Some((class, _)), None) => Some(class),
            _ => None,
        }
    }

    fn leads_any(&self, requester: &Requester) -> bool {
        let grant = self.grant(requester);
        grant.is_ok_and(|grant| self.setup.classes.iter().any(|(_, it)| it.is_led_by(grant)))
    }

    /// Asks the gate about something that concerns a whole class.
    fn may_in_class(
        &self,
        requester: &Requester,
        action: Action,
        class: ClassKey,
    ) -> Result<(), RequestError> {
        let person = self.people.get(requester.person).ok_or_else(has_left)?;
        let grant = self.grant(requester)?;
        let standing = Standing {
            role: grant.role,
            everywhere: grant.reach.contains(&self.setup.classes.get(class).reach),
            muted: person.muted_in(None),
            over: false,
        };
        gate::may(standing, action, self.policy(), None, self.clock)
    }

    /// Whether the lesson in a room has ended and the end is not on the disk yet: those who do not lead are
    /// still connected. Without a room, whether that is so in all rooms of `reach`.
    pub(super) fn is_over(&self, room: Option<&str>, reach: &Reach) -> bool {
        let classes = self.classes.iter().enumerate();
        let mut over = classes.filter(|(_, state)| state.has_ended());
        over.any(|(class, _)| {
            let theirs = &self.setup.classes.get(class).reach;
            match room {
                Some(room) => theirs.covers(room),
                None => theirs.contains(reach),
            }
        })
    }

    /// The name of a class, if the server has several.
    pub(super) fn class_name(&self, class: ClassKey) -> Option<&str> {
        let name = &*self.setup.classes.get(class).name;
        Some(name).filter(|name| !name.is_empty())
    }

    /// The code that guests of a class type, if there are guests.
    pub(super) fn class_code(&self, class: ClassKey) -> Option<String> {
        let code = || self.setup.classes.get(class).code().to_string();
        self.setup.config.join.enabled.then(code)
    }

    /// The class about which a token learns in `welcome`, if it is one.
    pub(super) fn greeting_class(&self, person: &Person, grant: &Grant) -> Option<ClassKey> {
        let hears = person.hears_of_door(grant);
        let mut met = self.setup.classes.iter();
        let mut met = { met.by_ref() }.filter(|(_, class)| hears && class.concerns(grant));
        match (met.next(), met.next()) {
            (Some((class, _)), None) => Some(class),
            _ => None,
        }
    }

    /// The classes that a token leads in part at least, if the server has several.
    pub(super) fn class_infos(&self, grant: &Grant) -> Vec<ClassInfo<'_>> {
        let classes = &self.setup.classes;
        if !classes.are_named() || !grant.leads() {
            return Vec::new();
        }
        let met = classes.iter().filter(|(_, class)| class.concerns(grant));
        met.map(|(key, class)| ClassInfo {
            name: &class.name,
            rooms: class.reach.rooms().unwrap_or_default(),
            class_code: self.class_code(key).filter(|_| class.is_led_by(grant)),
            door_open: self.classes[key].door.is_open(),
            lesson_runs: self.classes[key].door.lesson_runs(),
        })
        .collect()
    }

    /// The room that somebody with this token enters first: the default room, or that of their class.
    pub(super) fn first_room(&self, claims: &Claims) -> &str {
        let default = &*self.setup.config.rooms.default;
        let rooms = claims.rooms.as_deref().unwrap_or_default();
        let is_for_it = claims.rooms.is_none() || rooms.iter().any(|room| room == default);
        if is_for_it || !self.setup.classes.are_named() {
            return default;
        }
        // As the configuration orders them, and not the token.
        let mut listed = self.setup.config.rooms.list.iter();
        listed
            .find(|room| rooms.contains(room))
            .map_or(default, |room| room)
    }
}
