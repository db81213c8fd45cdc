//! docs/chat.v1.schema.json has the requests that the tables have, and binds them as the parser does.

use crate::chat::message::error::{ErrorCode, RequestError};
use crate::chat::message::kinds::{REACTIONS, REQUESTS};
use crate::chat::message::moderation::MODERATION;
use crate::chat::message::parse::Parser;
use crate::model::fences::Bounds;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/chat.v1.schema.json")).expect("JSON")
}

/// The definitions of what a client sends, by `type` or `moderate.` and `action`.
fn requests(schema: &Value) -> BTreeMap<&str, &Value> {
    let definitions = schema["$defs"].as_object().expect("`$defs`");
    let named = definitions.iter();
    named
        .filter_map(|(name, definition)| Some((name.strip_prefix("client.")?, definition)))
        .collect()
}

/// What the parser says of a message; a token is good enough if it was read.
fn read(message: &Value) -> Result<(), String> {
    let parser = Parser {
        bounds: Bounds {
            text: 4000,
            code: 16_000,
            code_lines: 400,
        },
        keys: RandomState::new(),
    };
    let envelope = parser.parse(&message.to_string(), &|_| {
        Err(RequestError::new(ErrorCode::Unauthorized, "not verified"))
    });
    match envelope.request {
        Err(refusal) if refusal.code != ErrorCode::Unauthorized => {
            Err(format!("{}: {}", refusal.code.slug(), refusal.message))
        }
        _ => Ok(()),
    }
}

fn with(message: &Value, field: &str, value: Value) -> Value {
    let mut message = message.clone();
    message[field] = value;
    message
}

fn without(message: &Value, field: &str) -> Value {
    let mut message = message.clone();
    message.as_object_mut().expect("an object").remove(field);
    message
}

fn examples(definition: &Value) -> &Vec<Value> {
    definition["examples"].as_array().expect("`examples`")
}

fn properties(definition: &Value) -> &Map<String, Value> {
    definition["properties"].as_object().expect("`properties`")
}

fn required(definition: &Value) -> BTreeSet<&str> {
    let names = definition["required"].as_array().expect("`required`");
    names.iter().filter_map(Value::as_str).collect()
}

#[test]
fn the_schema_has_every_request_with_its_fields_and_no_other() {
    let mut expected = BTreeMap::new();
    for kind in &REQUESTS {
        expected.insert(kind.name.to_owned(), kind.fields);
    }
    for kind in &MODERATION {
        expected.insert(format!("moderate.{}", kind.name), kind.fields);
    }
    let schema = schema();
    let defined = requests(&schema);
    let names: Vec<&str> = expected.keys().map(|name| &**name).collect();
    assert_eq!(defined.keys().copied().collect::<Vec<_>>(), names);
    for (name, definition) in defined {
        let own: BTreeSet<&str> = properties(definition).keys().map(|key| &**key).collect();
        let fields = expected[name].iter().chain(&["type", "ref"]);
        assert_eq!(own, fields.copied().collect(), "{name}");
        assert_eq!(definition["additionalProperties"], false, "{name}");
        let (kind, action) = name
            .split_once('.')
            .map_or((name, None), |(k, a)| (k, Some(a)));
        assert_eq!(properties(definition)["type"]["const"], kind);
        let named = properties(definition).get("action");
        assert_eq!(named.and_then(|it| it["const"].as_str()), action, "{name}");
    }
}

#[test]
fn the_parser_takes_the_examples_and_needs_what_the_schema_requires() {
    let schema = schema();
    for (name, definition) in requests(&schema) {
        let mut shown = BTreeSet::new();
        for example in examples(definition) {
            assert_eq!(read(example), Ok(()), "{example}");
            let fields = example.as_object().expect("an object");
            shown.extend(fields.keys().map(|key| &**key));
            for field in required(definition) {
                let partial = without(example, field);
                assert!(read(&partial).is_err(), "{name} goes without {field}");
            }
            let more = with(example, "unheard_of", json!(1));
            assert!(read(&more).is_err(), "{more}");
        }
        let all = properties(definition).keys().map(|key| &**key);
        assert_eq!(shown, all.collect(), "not every field is in an example");
    }
}

#[test]
fn the_parser_takes_a_request_of_what_is_required_alone_and_null_for_the_rest() {
    let schema = schema();
    for (name, definition) in requests(&schema) {
        // Those of which one of several fields is needed say so with these.
        if definition.get("oneOf").is_some() || definition.get("anyOf").is_some() {
            continue;
        }
        let mut bare = examples(definition)[0].clone();
        let mut nulls = bare.clone();
        for field in properties(definition).keys() {
            if !required(definition).contains(&**field) {
                bare = without(&bare, field);
                nulls[field] = Value::Null;
            }
        }
        assert_eq!(read(&bare), Ok(()), "{name}: {bare}");
        assert_eq!(read(&nulls), Ok(()), "{name}: {nulls}");
    }
}

/// A value at a bound of the schema, and one beyond it.
fn at_and_beyond(keyword: &str, bound: &Value) -> Option<(Value, Value)> {
    let bound = usize::try_from(bound.as_u64()?).ok()?;
    let text = |n: usize| json!("好".repeat(n));
    match keyword {
        "minLength" => Some((text(bound), text(bound - 1))),
        "maxLength" => Some((text(bound), text(bound + 1))),
        "maximum" => Some((json!(bound), json!(bound + 1))),
        "minimum" if bound > 0 => Some((json!(bound), json!(bound - 1))),
        "minimum" => Some((json!(0), json!(-1))),
        _ => None,
    }
}

#[test]
fn the_bounds_of_the_schema_are_those_of_the_parser() {
    let schema = schema();
    let mut tried = 0;
    for definition in requests(&schema).values() {
        let mut bounds = Vec::new();
        for (field, rules) in properties(definition) {
            let rules = if field == "ref" {
                &schema["$defs"]["ref"]
            } else {
                rules
            };
            for (keyword, bound) in rules.as_object().expect("a schema") {
                let tried = at_and_beyond(keyword, bound);
                bounds.extend(tried.map(|(at, beyond)| (field, at, beyond)));
            }
        }
        for (field, at, beyond) in bounds {
            let mut using = examples(definition).iter();
            let Some(example) = using.find(|example| example.get(field).is_some()) else {
                panic!("no example with {field}: {definition}")
            };
            let (good, bad) = (with(example, field, at), with(example, field, beyond));
            assert_eq!(read(&good), Ok(()), "{good}");
            assert!(read(&bad).is_err(), "{bad}");
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} bounds");
}

#[test]
fn the_reactions_and_choices_of_the_schema_are_those_of_the_parser() {
    let schema = schema();
    let emoji = &schema["$defs"]["client.react"]["properties"]["emoji"]["enum"];
    let mut known: Vec<Value> = REACTIONS.iter().map(|emoji| json!(emoji)).collect();
    known.push(Value::Null);
    assert_eq!(emoji, &json!(known));
    let asked = |choices: &[String]| {
        let poll = json!({"type": "poll", "room": "lobby", "question": "?", "choices": choices});
        read(&poll).is_ok()
    };
    let rules = &schema["$defs"]["client.poll"]["properties"]["choices"];
    let bound = |keyword: &str| rules[keyword].as_u64().expect(keyword) as usize;
    let choices: Vec<String> = (0..=bound("maxItems")).map(|n| n.to_string()).collect();
    assert!(asked(&choices[1..]) && !asked(&choices));
    let least = bound("minItems");
    assert!(asked(&choices[..least]) && !asked(&choices[..least - 1]));
    let longest = rules["items"]["maxLength"].as_u64().expect("maxLength") as usize;
    let of = |n| ["a".to_owned(), "b".repeat(n)];
    assert!(asked(&of(longest)) && !asked(&of(longest + 1)));
}
