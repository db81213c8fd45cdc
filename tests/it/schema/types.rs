//! The messages of the server in the schema have the fields of the Rust types that become JSON, also those
//! which no test happens to receive.

use std::collections::{BTreeMap, BTreeSet};

use super::file;
use crate::harness::schema::chat_v1;

type Fields = BTreeSet<String>;

/// Structs, and variants of enums whose `type` is the name of the variant, by name.
#[derive(Default)]
struct Types {
    structs: BTreeMap<String, Vec<Field>>,
    variants: Vec<(String, Vec<Field>)>,
}

enum Field {
    Named(String),
    /// The fields of another struct.
    Of(String),
}

/// The name in a type: `Option<TallyOfLeaders<'a>>` is `TallyOfLeaders`.
fn bare(kind: &str) -> String {
    let words = kind.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut words = words.filter(|word| word.starts_with(char::is_uppercase));
    let found = words.find(|word| *word != "Option");
    found.unwrap_or_else(|| panic!("no type: {kind}")).into()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The value of `rename` in the attributes before a line.
fn renamed(serde: &str) -> Option<&str> {
    serde.split("rename = \"").nth(1)?.split('"').next()
}

/// A field of a line, as rustfmt writes it.
fn field(text: &str, serde: &str) -> Option<Field> {
    let (name, kind) = text.split_once(": ")?;
    let name = renamed(serde).unwrap_or(name.trim_start_matches("r#"));
    Some(match serde.contains("flatten") {
        true => Field::Of(bare(kind)),
        false => Field::Named(name.into()),
    })
}

/// The fields of a variant that stands on one line.
fn in_one_line(text: &str) -> Vec<Field> {
    match text.split_once('{') {
        Some((_, inside)) => {
            let fields = inside.split(", ");
            fields.filter_map(|text| field(text.trim(), "")).collect()
        }
        None => vec![Field::Of(bare(text.split_once('(').unwrap().1))],
    }
}

/// The types of a source file.
fn types(path: &str) -> Types {
    let source = file(path);
    let code = source.split("#[cfg(test)]").next().unwrap();
    let mut types = Types::default();
    let (mut serde, mut is_enum, mut open) = (String::new(), false, None);
    for line in code.lines() {
        let text = line
            .trim()
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub ");
        if text.starts_with("#[serde(") {
            serde.push_str(text);
        } else if text.starts_with("enum ") {
            is_enum = text.contains("Message<");
        } else if text.starts_with("struct ") && text.ends_with('{') {
            open = Some((bare(text), Vec::new()));
        } else if is_enum && open.is_none() && text.starts_with(char::is_uppercase) {
            let kind = renamed(&serde).map_or_else(|| snake(&bare(text)), str::to_owned);
            if text.ends_with('{') {
                open = Some((kind, Vec::new()));
            } else {
                types.variants.push((kind, in_one_line(text)));
            }
        } else if text.starts_with('}') {
            match open.take() {
                Some(variant) if is_enum => types.variants.push(variant),
                Some((name, fields)) => drop(types.structs.insert(name, fields)),
                None => is_enum = false,
            }
        } else if let Some((_, fields)) = &mut open {
            fields.extend(
                field(text, &serde).filter(|_| text.ends_with(',') && !text.starts_with("//")),
            );
        }
        if !text.starts_with("///") && !text.starts_with("#[serde(") {
            serde.clear();
        }
    }
    types
}

/// The types of several files together.
fn all(paths: &[&str]) -> Types {
    let mut all = Types::default();
    for path in paths {
        let types = types(path);
        all.structs.extend(types.structs);
        all.variants.extend(types.variants);
    }
    all
}

impl Types {
    fn names(&self, fields: &[Field]) -> Fields {
        let mut names = Fields::new();
        for field in fields {
            match field {
                Field::Named(name) => drop(names.insert(name.clone())),
                Field::Of(other) => names.extend(self.of(other)),
            }
        }
        names
    }

    fn of(&self, name: &str) -> Fields {
        let found = self.structs.get(name);
        self.names(found.unwrap_or_else(|| panic!("cannot find the struct {name}")))
    }
}

/// The fields of a definition, in any of its shapes, without `type`.
fn defined(definition: &str) -> Fields {
    let definition = &chat_v1().definitions()[definition];
    let shapes = definition["oneOf"].as_array().into_iter().flatten();
    let of = shapes.chain([definition]);
    let of = of.filter_map(|shape| shape["properties"].as_object());
    let names = of.flat_map(|properties| properties.keys().cloned());
    names.filter(|name| name != "type").collect()
}

const MESSAGES: [&str; 11] = [
    "src/chat/approval_message.rs",
    "src/chat/class_info.rs",
    "src/chat/event.rs",
    "src/chat/message/error.rs",
    "src/chat/event_parts.rs",
    "src/chat/hand_info.rs",
    "src/chat/person_info.rs",
    "src/chat/poll_info.rs",
    "src/chat/private.rs",
    "src/chat/report_info.rs",
    "src/model/poll.rs",
];

#[test]
fn every_message_that_is_not_an_event_has_the_fields_of_its_type() {
    let types = all(&MESSAGES);
    let mut expected: BTreeMap<&str, Fields> = BTreeMap::new();
    for (kind, fields) in &types.variants {
        expected
            .entry(kind)
            .or_default()
            .extend(types.names(fields));
    }
    assert!(expected.len() > 25, "cannot read the types: {expected:?}");
    // The acknowledgement of an event is put together by hand, and that of `clear` has `more`.
    let ack = expected.get_mut("ack").unwrap();
    ack.extend(["seq".into(), "more".into()]);
    // These are of the answers to `whispers`.
    let whisper = expected.get_mut("whisper").unwrap();
    whisper.retain(|name| !["with", "unread", "ended"].contains(&name.as_str()));
    for (kind, fields) in expected {
        assert_eq!(defined(&format!("server.{kind}")), fields, "{kind}");
    }
}

#[test]
fn what_messages_are_made_of_has_the_fields_of_its_type() {
    let types = all(&MESSAGES);
    for (definition, name) in [
        ("class", "ClassInfo"),
        ("lesson", "LessonInfo"),
        ("open_poll", "PollInfo"),
        ("private_message", "WhisperInfo"),
        ("queued_hand", "HandInfo"),
        ("report", "ReportInfo"),
        ("sanction", "SanctionInfo"),
        ("voter", "VoterInfo"),
        ("waiting", "PendingInfo"),
    ] {
        assert_eq!(defined(definition), types.of(name), "{name}");
    }
    assert_eq!(defined("listed"), types.of("PersonInfo"));
}

#[test]
fn the_events_have_together_the_fields_that_an_event_can_have() {
    for (path, kinds) in [
        (
            "src/model/event_json.rs",
            &[
                "message",
                "edited",
                "deleted",
                "reaction",
                "pinned",
                "cleared",
                "restored",
                "state",
                "hand",
                "lesson_ended",
            ][..],
        ),
        (
            "src/model/poll_json.rs",
            &["poll", "poll_published", "poll_closed"],
        ),
    ] {
        let mut fields = types(path).of("Shape");
        fields.remove("type");
        let kinds = kinds.iter().map(|kind| format!("server.{kind}"));
        let mut together: Fields = kinds.flat_map(|kind| defined(&kind)).collect();
        if path.ends_with("event_json.rs") {
            together.extend(defined("kept_message"));
        }
        assert_eq!(together, fields, "{path}");
    }
}
