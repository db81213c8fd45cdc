//! Values that are right each for itself and have to agree with each other.

use super::parse::Reader;
use super::{Config, KIB, Limits, Rooms, format_size};

/// Bytes that a character takes at most: as UTF-8, or as the two of `\n` and `\"`. (A program that
/// escapes whatever is not ASCII needs more, and has to count bytes itself.)
const CHARACTER: usize = 4;
/// Bytes of a message around its text: type, room, ref and what it replies to, at their longest.
const AROUND: usize = 512;

/// Reports what does not agree. A value that was refused already is not held against another.
pub(super) fn check(reader: &mut Reader<'_>, config: &Config) {
    default_room(reader, &config.rooms);
    rooms_differ(reader, &config.rooms);
    text_fits_into_message(reader, &config.limits);
}

fn default_room(reader: &mut Reader<'_>, Rooms { list, default, .. }: &Rooms) {
    let refused = ["list", "default"].map(|key| reader.refused("rooms", key));
    if list.contains(default) || refused.contains(&true) {
        return;
    }
    // Where the value stands that the operator may have changed.
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
            let what = format!("{room:?} is there twice; remove one, or give it another name");
            reader.refuse_item("rooms", "list", n, what);
        }
    }
}

/// A text as long as the welcome says, which the page then sends, must not end the connection with
/// 1009 on every attempt.
fn text_fits_into_message(reader: &mut Reader<'_>, limits: &Limits) {
    let (text, message) = (limits.text, limits.message);
    let needed = text * CHARACTER + AROUND;
    let refused = ["text", "message"].map(|key| reader.refused("limits", key));
    if needed <= message || refused.contains(&true) {
        return;
    }
    let key = if reader.has("limits", "text") {
        "text"
    } else {
        "message"
    };
    let what = format!(
        "a text of {text} characters of {CHARACTER} bytes does not fit into limits.message = \
         {:?}; make limits.text at most {}, or limits.message at least {:?}",
        format_size(message),
        (message - AROUND) / CHARACTER,
        format_size(needed.next_multiple_of(KIB)),
    );
    reader.refuse("limits", key, what);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_names_and_numbers_fit_around_a_text() {
        // As long as a ref and the name of a room may be.
        let (r#ref, room) = ("𠀀".repeat(64), "𠀀".repeat(32));
        let send = serde_json::json!({
            "type": "send", "ref": r#ref, "room": room, "reply_to": u64::MAX, "text": "",
        });
        assert!(
            send.to_string().len() <= AROUND,
            "{}",
            send.to_string().len()
        );
        for longest in ["𠀀", "\n", "\"", "\\", "é"] {
            assert!(serde_json::json!(longest).to_string().len() - 2 <= CHARACTER);
        }
    }
}
