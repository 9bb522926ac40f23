//! The JSON Schema of a command's arguments, from its definition.

use std::any::TypeId;

use clap::{Arg, ArgAction, Command};
use serde_json::{Map, Value, json};

use crate::api::{Guidance, Seed};
use crate::money::Usd;

/// Returns the schema of an object with the arguments of a command, which has to be built. Flags have their long names,
/// without the dashes; other arguments have `x-position`, from 1. Rules that the definition does not tell, such as ranges,
/// are in the descriptions.
pub(super) fn arguments(path: &str, command: &Command) -> Value {
    let args: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_hide_set() && !is_help(arg)).collect();
    let properties: Map<String, Value> = args.iter().map(|arg| (name(arg), argument(arg))).collect();
    let required: Vec<String> =
        args.iter().filter(|arg| arg.is_required_set()).map(|arg| name(arg)).collect();
    let conflicts = conflicts(command, &args);
    let mut schema = json!({
        "type": "object",
        "description": format!("The arguments of `seededit {path}`"),
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if !conflicts.is_empty() {
        schema["allOf"] = conflicts.into();
    }
    schema
}

fn is_help(arg: &Arg) -> bool {
    matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    )
}

fn name(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| arg.get_id().to_string(), str::to_owned)
}

fn argument(arg: &Arg) -> Value {
    let mut schema = match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => json!({"type": "boolean", "default": false}),
        ArgAction::Count => json!({"type": "integer", "minimum": 0, "default": 0}),
        _ if is_repeated(arg) => json!({"type": "array", "items": value(arg)}),
        _ => value(arg),
    };
    if let Some(help) = arg.get_long_help().or(arg.get_help()) {
        schema["description"] = help.to_string().split_whitespace().collect::<Vec<_>>().join(" ").into();
    }
    if let ([default], true) = (arg.get_default_values(), arg.get_action().takes_values()) {
        let text = default.to_string_lossy();
        let number = text.parse::<u64>().ok().filter(|_| schema["type"] == "integer");
        schema["default"] = number.map_or_else(|| json!(text), |number| json!(number));
    }
    if let Some(index) = arg.get_index() {
        schema["x-position"] = index.into();
    }
    if let Some(short) = arg.get_short() {
        schema["x-short"] = short.to_string().into();
    }
    schema
}

fn is_repeated(arg: &Arg) -> bool {
    let takes_several = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
    takes_several || matches!(arg.get_action(), ArgAction::Append)
}

/// The schema of one value.
fn value(arg: &Arg) -> Value {
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    if !values.is_empty() {
        return json!({"type": "string", "enum": values});
    }
    let id = arg.get_value_parser().type_id();
    let is_one_of = |types: &[TypeId]| types.iter().any(|one| id == *one);
    if is_one_of(&[
        TypeId::of::<u8>(),
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
    ]) {
        json!({"type": "integer", "minimum": 0})
    } else if is_one_of(&[TypeId::of::<Seed>()]) {
        json!({"type": "integer", "minimum": Seed::MIN, "maximum": Seed::MAX})
    } else if is_one_of(&[
        TypeId::of::<f32>(),
        TypeId::of::<f64>(),
        TypeId::of::<Guidance>(),
        TypeId::of::<Usd>(),
    ]) {
        json!({"type": "number"})
    } else {
        json!({"type": "string"})
    }
}

/// A rule for each two arguments that exclude each other.
fn conflicts(command: &Command, args: &[&Arg]) -> Vec<Value> {
    let place = |arg: &Arg| args.iter().position(|other| other.get_id() == arg.get_id());
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (at, arg) in args.iter().enumerate() {
        for other in command.get_arg_conflicts_with(arg).into_iter().filter_map(place) {
            pairs.push((at.min(other), at.max(other)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
        .into_iter()
        .filter(|(one, other)| one != other)
        .map(|(one, other)| excluded(args[one], args[other]))
        .collect()
}

/// Both must not be given. A flag that is `false` is not given.
fn excluded(one: &Arg, other: &Arg) -> Value {
    let flags = [one, other].into_iter().filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
    let set: Map<String, Value> = flags.map(|arg| (name(arg), json!({"const": true}))).collect();
    let mut both = json!({"required": [name(one), name(other)]});
    if !set.is_empty() {
        both["properties"] = set.into();
    }
    json!({"not": both})
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn of(name: &str) -> Value {
        let mut cli = Cli::command();
        cli.build();
        arguments(name, cli.find_subcommand(name).unwrap())
    }

    #[test]
    fn arguments_have_the_types_defaults_and_values_of_their_definitions() {
        let edit = of("edit");
        let property = |name: &str| &edit["properties"][name];
        assert_eq!(
            (&property("seed")["type"], &property("seed")["maximum"]),
            (&json!("integer"), &json!(Seed::MAX))
        );
        assert_eq!(property("guidance-scale")["type"], "number");
        assert_eq!(
            (&property("reference")["type"], &property("reference")["items"]),
            (&json!("array"), &json!({"type": "string"}))
        );
        assert_eq!(
            (&property("preserve")["type"], &property("preserve")["default"]),
            (&json!("boolean"), &json!(false))
        );
        assert_eq!(property("format")["enum"], json!(["jpeg", "png", "webp"]));
        assert_eq!(property("arguments")["x-position"], 1);
        assert_eq!(property("output")["x-short"], "o");
        assert!(
            property("prompt")["description"].as_str().unwrap().starts_with("What to do, in plain words")
        );
        assert_eq!(edit["required"], json!(["arguments"]));
        assert_eq!(property("help"), &Value::Null);
        assert_eq!(of("history")["properties"]["limit"]["default"], 20);
    }

    #[test]
    fn arguments_that_exclude_each_other_have_a_rule() {
        let edit = of("edit");
        let rules = edit["allOf"].as_array().unwrap();
        let has = |rule: Value| rules.contains(&json!({"not": rule}));
        assert!(has(json!({"required": ["prompt", "prompt-file"]})), "{rules:?}");
        let both = json!({"force": {"const": true}});
        assert!(
            has(json!({"required": ["if-exists", "force"], "properties": both}))
                || has(json!({"required": ["force", "if-exists"], "properties": both}))
        );
    }
}
