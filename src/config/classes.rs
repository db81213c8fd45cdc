//! `[[classes]]`: the classes of a school that has several on one server.

use crate::auth::class_code::ClassCode;
use crate::config::checked::{CODE, ROOM};
use crate::config::class::Class;
use crate::config::kinds::{Kind, List, Optional, Text};
use crate::config::parse::{Reader, Writer};
use crate::config::sections::Config;

/// Most classes on one server: each has a door and a lesson that are looked through one by one.
const MAX_CLASSES: usize = 50;

const NAME: Text = Text(1..=40);
const ROOMS: List<crate::config::kinds::Checked<String>> = List(ROOM, 100);
const KEYS: [&str; 3] = ["name", "rooms", "code"];

impl Config {
    /// The class of this name.
    ///
    /// # Errors
    ///
    /// There is none. The sentence names those that there are.
    pub fn class(&self, name: &str) -> Result<&Class, String> {
        let found = self.classes.iter().find(|class| class.name == name);
        found.ok_or_else(|| match self.classes.is_empty() {
            true => format!("there is no class {name:?}: chat.toml has no [[classes]]"),
            false => {
                let names = self.classes.iter().map(|class| &*class.name);
                let names = names.collect::<Vec<_>>().join(", ");
                format!("there is no class {name:?}; the classes in chat.toml are {names}")
            }
        })
    }
}

/// Reads the classes, and adds their rooms to those of the server. Without `rooms.list`, theirs are all
/// that there are.
pub(super) fn read(reader: &mut Reader<'_>, config: &mut Config) {
    let mut found: Vec<Class> = Vec::new();
    for n in 0..reader.tables("classes") {
        if n >= MAX_CLASSES {
            let what = format!("there are more than {MAX_CLASSES} classes");
            reader.refuse_table("classes", n, "name", what);
            break;
        }
        reader.refuse_unknown_in_table("classes", n, &KEYS);
        let mut class = Class::default();
        reader.read_in_table("classes", n, "name", &NAME, &mut class.name);
        reader.read_in_table("classes", n, "rooms", &ROOMS, &mut class.rooms);
        reader.read_in_table("classes", n, "code", &Optional(CODE), &mut class.code);
        check(reader, n, &class, &found);
        found.push(class);
    }
    if found.is_empty() {
        return;
    }
    let listed = reader.has("rooms", "list");
    let list = &mut config.rooms.list;
    if !listed {
        list.clear();
    }
    for room in found.iter().flat_map(|class| &class.rooms) {
        if !list.contains(room) {
            list.push(room.clone());
        }
    }
    if !reader.has("rooms", "default") && !listed {
        config.rooms.default = list.first().cloned().unwrap_or_default();
    }
    config.classes = found;
}

/// Reports what contradicts an earlier class.
fn check(reader: &mut Reader<'_>, n: usize, class: &Class, earlier: &[Class]) {
    let same_code =
        |one: &str, other: &str| ClassCode::fixed(one).is_ok_and(|one| one.matches(other));
    if class.name.is_empty() {
        let what = "each class needs a name".to_owned();
        reader.refuse_table("classes", n, "name", what);
    } else if earlier.iter().any(|other| other.name == class.name) {
        let what = format!("{:?} is the name of another class, too", class.name);
        reader.refuse_table("classes", n, "name", what);
    }
    if class.rooms.is_empty() {
        let what = "each class needs a room of its own".to_owned();
        reader.refuse_table("classes", n, "rooms", what);
    }
    for (m, room) in class.rooms.iter().enumerate() {
        let elsewhere = earlier.iter().find(|other| other.rooms.contains(room));
        let what = match elsewhere {
            Some(other) => format!("the room {room:?} belongs to the class {:?}", other.name),
            None if class.rooms[..m].contains(room) => format!("{room:?} is listed twice"),
            None => continue,
        };
        reader.refuse_table("classes", n, "rooms", what);
    }
    let codes = earlier.iter().filter_map(|other| other.code.as_deref());
    if let Some(code) = &class.code
        && { codes }.any(|other| same_code(code, other))
    {
        let what = "another class has this code".to_owned();
        reader.refuse_table("classes", n, "code", what);
    }
}

/// Writes the classes.
pub(super) fn write(writer: &mut Writer, config: &Config) {
    for class in &config.classes {
        writer.table("classes");
        writer.key("name", NAME.write(&class.name));
        writer.key("rooms", ROOMS.write(&class.rooms));
        writer.key("code", Optional(CODE).write(&class.code));
    }
}
