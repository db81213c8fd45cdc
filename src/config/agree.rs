//! Checks across keys: values that are valid on their own but contradict each other.

use crate::config::parse::Reader;
use crate::config::sections::{Config, Limits, Rooms};

/// Reports values that contradict each other. A value that was refused already is not compared with
/// others.
pub(super) fn check(reader: &mut Reader<'_>, config: &Config) {
    default_room(reader, &config.rooms);
    rooms_differ(reader, &config.rooms);
    rooms_fit(reader, &config.rooms, &config.limits);
}

fn default_room(reader: &mut Reader<'_>, Rooms { list, default, .. }: &Rooms) {
    let refused = ["list", "default"].map(|key| reader.refused("rooms", key));
    if list.contains(default) || refused.contains(&true) {
        return;
    }
    // The problem is reported at the key that the operator has set.
    let key = if reader.has("rooms", "default") {
        "default"
    } else {
        "list"
    };
    let what = format!("the default room {default:?} is not in the list");
    reader.refuse("rooms", key, what);
}

fn rooms_differ(reader: &mut Reader<'_>, Rooms { list, .. }: &Rooms) {
    for (n, room) in list.iter().enumerate() {
        if list[..n].contains(room) {
            let what = format!("{room:?} is listed twice; remove one, or rename it");
            reader.refuse_item("rooms", "list", n, what);
        }
    }
}

fn rooms_fit(reader: &mut Reader<'_>, Rooms { list, .. }: &Rooms, limits: &Limits) {
    if list.len() > limits.rooms && !reader.refused("rooms", "list") {
        let what = format!(
            "rooms.list has {} rooms, and limits.rooms allows {}",
            list.len(),
            limits.rooms
        );
        let key = if reader.has("limits", "rooms") {
            ("limits", "rooms")
        } else {
            ("rooms", "list")
        };
        reader.refuse(key.0, key.1, what);
    }
}
