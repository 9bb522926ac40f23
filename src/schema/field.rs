//! The description of a record.

use serde_json::{Map, Value, json};

/// A record that `--json` writes, on a line of its own.
#[derive(Debug)]
pub struct Record {
    /// The name in the schema.
    pub name: &'static str,
    /// What it says, as a fragment of a sentence.
    pub about: &'static str,
    /// The commands that write it, by their words.
    pub commands: &'static [&'static str],
    pub fields: &'static [Field],
}

/// A field of a record.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    /// What it means, as a fragment of a sentence, in Markdown without links.
    pub about: &'static str,
    pub kind: Kind,
    pub is_nullable: bool,
    /// Whether it is absent if there is nothing to say.
    pub is_optional: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    /// One of these texts.
    Choice(&'static [&'static str]),
    Boolean,
    /// A whole number that is not negative.
    Count,
    /// A whole number.
    Integer,
    Number,
    Object(&'static [Field]),
    /// An object with any fields.
    AnyObject,
    List(&'static Kind),
}

const fn field(name: &'static str, about: &'static str, kind: Kind) -> Field {
    Field { name, about, kind, is_nullable: false, is_optional: false }
}

pub(super) const fn text(name: &'static str, about: &'static str) -> Field {
    field(name, about, Kind::Text)
}

pub(super) const fn choice(
    name: &'static str,
    values: &'static [&'static str],
    about: &'static str,
) -> Field {
    field(name, about, Kind::Choice(values))
}

pub(super) const fn boolean(name: &'static str, about: &'static str) -> Field {
    field(name, about, Kind::Boolean)
}

pub(super) const fn count(name: &'static str, about: &'static str) -> Field {
    field(name, about, Kind::Count)
}

pub(super) const fn integer(name: &'static str, about: &'static str) -> Field {
    field(name, about, Kind::Integer)
}

pub(super) const fn number(name: &'static str, about: &'static str) -> Field {
    field(name, about, Kind::Number)
}

pub(super) const fn object(name: &'static str, fields: &'static [Field], about: &'static str) -> Field {
    field(name, about, Kind::Object(fields))
}

pub(super) const fn any_object(name: &'static str, about: &'static str) -> Field {
    field(name, about, Kind::AnyObject)
}

pub(super) const fn list(name: &'static str, items: &'static Kind, about: &'static str) -> Field {
    field(name, about, Kind::List(items))
}

impl Field {
    /// The same field, which may be `null`.
    pub(super) const fn or_null(self) -> Field {
        Field { is_nullable: true, ..self }
    }

    /// The same field, which may be absent.
    pub(super) const fn or_absent(self) -> Field {
        Field { is_optional: true, ..self }
    }

    fn schema(&self) -> Value {
        let mut schema = self.kind.schema();
        if self.is_nullable {
            make_nullable(&mut schema);
        }
        schema.insert("description".into(), self.about.into());
        schema.into()
    }
}

impl Kind {
    /// The fields of an object, or of the objects of a list.
    pub fn fields(self) -> Option<&'static [Field]> {
        match self {
            Kind::Object(fields) => Some(fields),
            Kind::List(items) => items.fields(),
            _ => None,
        }
    }

    /// The kind of value, for people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text | Kind::Choice(_) => "text",
            Kind::Boolean => "`true` or `false`",
            Kind::Count | Kind::Integer => "whole number",
            Kind::Number => "number",
            Kind::Object(_) | Kind::AnyObject => "object",
            Kind::List(_) => "list",
        }
    }

    fn schema(self) -> Map<String, Value> {
        let schema = match self {
            Kind::Text => json!({"type": "string"}),
            Kind::Choice(values) => json!({"type": "string", "enum": values}),
            Kind::Boolean => json!({"type": "boolean"}),
            Kind::Count => json!({"type": "integer", "minimum": 0}),
            Kind::Integer => json!({"type": "integer"}),
            Kind::Number => json!({"type": "number"}),
            Kind::AnyObject => json!({"type": "object"}),
            Kind::List(items) => json!({"type": "array", "items": items.schema()}),
            Kind::Object(fields) => return object_schema(fields),
        };
        match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }
}

impl Record {
    /// The JSON Schema of the record.
    pub fn schema(&self) -> Value {
        let mut schema = object_schema(self.fields);
        schema.insert("description".into(), self.about.into());
        schema.into()
    }
}

/// The schema of an object with exactly these fields.
fn object_schema(fields: &[Field]) -> Map<String, Value> {
    let properties = fields.iter().map(|field| (field.name.to_owned(), field.schema()));
    let required = fields.iter().filter(|field| !field.is_optional).map(|field| field.name);
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.collect::<Map<_, _>>().into());
    schema.insert("required".into(), required.collect::<Vec<_>>().into());
    schema.insert("additionalProperties".into(), false.into());
    schema
}

/// Allows `null`, also where the values are listed.
fn make_nullable(schema: &mut Map<String, Value>) {
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind, "null"]);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
}
