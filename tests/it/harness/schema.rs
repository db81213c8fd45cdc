//! The JSON Schema of `chat.v1`, and a validator for it.
//!
//! The validator knows the keywords that the schema uses, and refuses a schema with any other: a keyword
//! that it passed over would be a rule that nobody checks.

use serde_json::{Map, Value};
use std::sync::OnceLock;

/// The schema as it is published.
pub const TEXT: &str = include_str!("../../../docs/chat.v1.schema.json");

/// Keywords that say something to people alone, or where to find what others refer to.
const NOTES: [&str; 5] = ["$schema", "$defs", "title", "description", "examples"];

/// Keywords that a value can break.
const RULES: [&str; 16] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "enum",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "type",
];

/// A schema whose keywords are all known.
pub struct Schema(Value);

/// The schema of `chat.v1`, read once.
pub fn chat_v1() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let schema = serde_json::from_str(TEXT).expect("the schema is JSON");
        Schema::new(schema).unwrap_or_else(|error| panic!("docs/chat.v1.schema.json: {error}"))
    })
}

impl Schema {
    /// Refuses keywords that this validator does not know, and references to nothing.
    pub fn new(root: Value) -> Result<Schema, String> {
        let schema = Schema(root);
        schema.read(&schema.0)?;
        Ok(schema)
    }

    /// The definitions by name.
    pub fn definitions(&self) -> &Map<String, Value> {
        self.0["$defs"].as_object().expect("`$defs`")
    }

    /// Whether a value is as the definition says; if not, where it is not.
    pub fn check(&self, definition: &str, value: &Value) -> Result<(), String> {
        let definitions = self.definitions();
        let schema = definitions.get(definition);
        let schema = schema.ok_or_else(|| format!("there is no definition {definition}"))?;
        self.follows(schema, value)
    }

    /// The same for a message of the server.
    pub fn check_server(&self, message: &Value) -> Result<(), String> {
        let kind = message["type"].as_str().unwrap_or_default();
        self.check(&format!("server.{kind}"), message)
    }

    /// The same for a message of a client.
    pub fn check_client(&self, message: &Value) -> Result<(), String> {
        let kind = message["type"].as_str().unwrap_or_default();
        match message["action"].as_str() {
            Some(action) => self.check(&format!("client.{kind}.{action}"), message),
            None => self.check(&format!("client.{kind}"), message),
        }
    }

    fn target(&self, reference: &Value) -> Option<&Value> {
        let name = reference.as_str()?.strip_prefix("#/$defs/")?;
        self.definitions().get(name)
    }

    fn read(&self, schema: &Value) -> Result<(), String> {
        let Value::Object(schema) = schema else {
            return match schema {
                Value::Bool(_) => Ok(()),
                other => Err(format!("{other} is no schema")),
            };
        };
        for (keyword, rule) in schema {
            let known = NOTES.contains(&&**keyword) || RULES.contains(&&**keyword);
            if !known {
                return Err(format!("this validator does not know `{keyword}`"));
            }
            match &**keyword {
                "$ref" if self.target(rule).is_none() => {
                    return Err(format!("{rule} refers to nothing"));
                }
                "$defs" | "properties" => {
                    for part in rule.as_object().into_iter().flat_map(Map::values) {
                        self.read(part)?;
                    }
                }
                "anyOf" | "oneOf" => {
                    for part in rule.as_array().into_iter().flatten() {
                        self.read(part)?;
                    }
                }
                "items" | "additionalProperties" => self.read(rule)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn follows(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let Value::Object(rules) = schema else {
            let allowed = schema == &Value::Bool(true);
            return if allowed {
                Ok(())
            } else {
                Err(": is not allowed".into())
            };
        };
        for (keyword, rule) in rules {
            match &**keyword {
                "$ref" => self.follows(self.target(rule).expect("was read"), value)?,
                "anyOf" => self.one_of(rule, value, false)?,
                "oneOf" => self.one_of(rule, value, true)?,
                "properties" | "required" | "additionalProperties" => {
                    if let Value::Object(fields) = value {
                        self.has_fields(keyword, rules, fields)?;
                    }
                }
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        let within = |error| format!("[{n}]{error}");
                        self.follows(rule, item).map_err(within)?;
                    }
                }
                _ if !is_so(keyword, rule, value) => {
                    return Err(format!(": {value} breaks `{keyword}`: {rule}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn one_of(&self, shapes: &Value, value: &Value, alone: bool) -> Result<(), String> {
        let shapes = shapes.as_array().expect("a list of schemas");
        let mut errors = Vec::new();
        for shape in shapes {
            if let Err(error) = self.follows(shape, value) {
                errors.push(error);
            }
        }
        match shapes.len() - errors.len() {
            0 => Err(format!(": no shape fits: {}", errors.join(" | "))),
            n if n > 1 && alone => Err(format!(": {n} shapes fit {value}")),
            _ => Ok(()),
        }
    }

    fn has_fields(
        &self,
        keyword: &str,
        rules: &Map<String, Value>,
        fields: &Map<String, Value>,
    ) -> Result<(), String> {
        let rule = &rules[keyword];
        if keyword == "required" {
            let mut names = rule.as_array().into_iter().flatten();
            return match names.find(|name| !fields.contains_key(name.as_str().unwrap())) {
                Some(missing) => Err(format!(": {missing} is missing")),
                None => Ok(()),
            };
        }
        let listed = rules.get("properties").and_then(Value::as_object);
        for (name, field) in fields {
            let own = listed.and_then(|listed| listed.get(name));
            let checked = match (own, keyword) {
                (Some(own), "properties") => self.follows(own, field),
                (None, "additionalProperties") => self.follows(rule, field),
                _ => Ok(()),
            };
            checked.map_err(|error| format!(".{name}{error}"))?;
        }
        Ok(())
    }
}

/// The keywords that need no other part of the schema. Each binds values of one type alone.
fn is_so(keyword: &str, rule: &Value, value: &Value) -> bool {
    let length = value.as_str().map(|text| text.chars().count() as f64);
    let items = value.as_array().map(|items| items.len() as f64);
    let least = |given: Option<f64>| given.is_none_or(|given| given >= rule.as_f64().unwrap());
    let most = |given: Option<f64>| given.is_none_or(|given| given <= rule.as_f64().unwrap());
    match keyword {
        "const" => rule == value,
        "enum" => rule.as_array().unwrap().contains(value),
        "type" => match rule {
            Value::Array(types) => types.iter().any(|rule| is_type(rule, value)),
            one => is_type(one, value),
        },
        "minLength" => least(length),
        "maxLength" => most(length),
        "minItems" => least(items),
        "maxItems" => most(items),
        "minimum" => least(value.as_f64()),
        "maximum" => most(value.as_f64()),
        _ => true,
    }
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("no type of JSON Schema: {other}"),
    }
}
