//! docs/chat.v1.schema.json: the schema, its validator, and the examples of docs/chat.v1.md.
//!
//! The traffic of all other tests is validated by `harness::Chat`; that the messages of clients have the
//! fields which the server reads, by `src/chat/message/schema_tests.rs`.

mod types;

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::harness::schema::{Schema, chat_v1};

fn file(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The messages in the page about the protocol, one a line.
fn examples() -> Vec<Value> {
    let page = file("docs/chat.v1.md");
    let lines = page.lines().filter(|line| line.starts_with("{\"type\""));
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    lines.map(read).collect()
}

/// The words of a definition's `oneOf` that lists others, without the prefix.
fn listed(name: &str) -> BTreeSet<String> {
    let references = chat_v1().definitions()[name]["oneOf"].as_array().unwrap();
    let name = |reference: &Value| reference["$ref"].as_str().unwrap()["#/$defs/".len()..].into();
    references.iter().map(name).collect()
}

#[test]
fn every_example_in_the_page_about_the_protocol_is_in_the_schema() {
    let examples = examples();
    assert!(examples.len() > 60, "cannot read the examples");
    for example in examples {
        let (server, client) = (
            chat_v1().check_server(&example),
            chat_v1().check_client(&example),
        );
        if let (Err(server), Err(client)) = (server, client) {
            panic!("{example}\nof the server: {server}\nof a client: {client}");
        }
    }
}

#[test]
fn the_page_has_an_example_of_every_message_of_the_server() {
    let mut missing = listed("from_server");
    for example in examples() {
        if chat_v1().check_server(&example).is_ok() {
            missing.remove(&format!("server.{}", example["type"].as_str().unwrap()));
        }
    }
    assert!(missing.is_empty(), "no example of {missing:?}");
}

#[test]
fn the_schema_lists_each_message_that_it_defines_and_uses_every_other_definition() {
    let schema = chat_v1();
    for side in ["client", "server"] {
        let names = schema.definitions().keys();
        let defined: BTreeSet<String> = names
            .filter(|name| name.starts_with(&format!("{side}.")))
            .cloned()
            .collect();
        assert_eq!(listed(&format!("from_{side}")), defined);
    }
    let text = file("docs/chat.v1.schema.json");
    for name in schema.definitions().keys() {
        assert!(
            text.contains(&format!("\"#/$defs/{name}\"")),
            "{name} is not used"
        );
    }
}

#[test]
fn the_examples_in_the_schema_follow_it() {
    for (name, definition) in chat_v1().definitions() {
        for example in definition["examples"].as_array().into_iter().flatten() {
            let checked = chat_v1().check(name, example);
            assert_eq!(checked, Ok(()), "{name}: {example}");
            assert_eq!(chat_v1().check("from_client", example), Ok(()), "{example}");
        }
    }
}

#[test]
fn the_codes_of_errors_in_the_schema_are_those_of_the_page() {
    let page = file("docs/chat.v1.md");
    let table = page.split_once("\n## Errors\n").unwrap().1;
    let table = table.split_once("\n## ").unwrap().0;
    let rows = table.lines().filter_map(|row| row.strip_prefix("| `"));
    let told: BTreeSet<&str> = rows.map(|row| row.split_once('`').unwrap().0).collect();
    let codes = &chat_v1().definitions()["server.error"]["properties"]["code"]["enum"];
    let codes = codes.as_array().unwrap().iter();
    assert_eq!(told, codes.map(|code| code.as_str().unwrap()).collect());
}

#[test]
fn the_validator_refuses_what_breaks_a_rule() {
    let read = |rules: Value| {
        Schema::new(json!({"$defs": {"it": rules}})).unwrap_or_else(|e| panic!("{e}"))
    };
    let strict = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": false});
    let either = json!({"oneOf": [{"type": "string"}, {"minLength": 2}]});
    for (rules, good, bad) in [
        (strict.clone(), json!({"a": 1}), json!({})),
        (strict.clone(), json!({"a": 1}), json!({"a": 1, "b": 1})),
        (strict.clone(), json!({"a": 1}), json!({"a": 1.5})),
        (strict, json!({"a": 1}), json!([])),
        (either.clone(), json!("a"), json!("ab")),
        (
            json!({"anyOf": [{"const": 1}, {"const": 2}]}),
            json!(2),
            json!(3),
        ),
        (json!({"enum": ["a", null]}), json!(null), json!("b")),
        (
            json!({"type": ["string", "null"]}),
            json!(null),
            json!(false),
        ),
        (json!({"minLength": 2}), json!("éé"), json!("é")),
        (json!({"maxLength": 2}), json!("好好"), json!("好好好")),
        (json!({"minItems": 1}), json!([1]), json!([])),
        (json!({"maxItems": 1}), json!([1]), json!([1, 2])),
        (json!({"minimum": 1}), json!(1), json!(0)),
        (json!({"maximum": 1}), json!(1), json!(2)),
        (
            json!({"items": {"type": "number"}}),
            json!([1.5]),
            json!([1, "a"]),
        ),
        (
            json!({"additionalProperties": {"type": "number"}}),
            json!({"x": 1}),
            json!({"x": "a"}),
        ),
    ] {
        let schema = read(rules.clone());
        assert_eq!(schema.check("it", &good), Ok(()), "{rules}");
        assert!(schema.check("it", &bad).is_err(), "{rules} takes {bad}");
    }
}

#[test]
fn the_validator_refuses_a_schema_that_it_cannot_check() {
    for rules in [
        json!({"pattern": "^a"}),
        json!({"properties": {"a": {"format": "date"}}}),
        json!({"oneOf": [{"not": {}}]}),
        json!({"items": {"$ref": "#/$defs/nothing"}}),
    ] {
        let schema = Schema::new(json!({"$defs": {"it": rules}}));
        assert!(schema.is_err(), "{rules}");
    }
}
