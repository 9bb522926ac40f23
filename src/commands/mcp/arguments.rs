//! The arguments of the tools.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Map, Value};

use super::tools::Tool;

/// A call of a tool.
#[derive(Debug)]
pub(super) enum ToolCall {
    Inspect(InspectCall),
    Edit(Box<EditCall>),
    Merge(MergeCall),
    History(HistoryCall),
    Models(ModelsCall),
    Recover(RecoverCall),
}

impl ToolCall {
    /// Reads the arguments of a tool.
    ///
    /// # Errors
    /// If one is missing, unknown, or not of its type.
    pub(super) fn parse(tool: Tool, arguments: Map<String, Value>) -> serde_json::Result<ToolCall> {
        Ok(match tool {
            Tool::Inspect => ToolCall::Inspect(parse(arguments)?),
            Tool::Edit => ToolCall::Edit(parse(arguments)?),
            Tool::Merge => ToolCall::Merge(parse(arguments)?),
            Tool::History => ToolCall::History(parse(arguments)?),
            Tool::Models => ToolCall::Models(parse(arguments)?),
            Tool::Recover => ToolCall::Recover(parse(arguments)?),
        })
    }
}

/// `null` means that an argument is not given.
fn parse<T: DeserializeOwned>(arguments: Map<String, Value>) -> serde_json::Result<T> {
    let given = arguments.into_iter().filter(|(_, value)| !value.is_null());
    serde_json::from_value(Value::Object(given.collect()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InspectCall {
    pub(super) picture: String,
    #[serde(default)]
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) region: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditCall {
    pub(super) picture: String,
    pub(super) prompt: String,
    /// The most that the edit may cost, in US dollars. `None` asks for the plan and its price.
    #[serde(default, deserialize_with = "amount")]
    pub(super) accept_usd: Option<String>,
    #[serde(default)]
    pub(super) output: Option<String>,
    #[serde(default)]
    pub(super) overwrite: bool,
    #[serde(default)]
    pub(super) format: Option<String>,
    #[serde(default)]
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    #[serde(default)]
    pub(super) mask: Option<String>,
    #[serde(default)]
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) preserve: bool,
    #[serde(default)]
    pub(super) size: Option<String>,
    #[serde(default)]
    pub(super) seed: Option<u32>,
    #[serde(default)]
    pub(super) negative_prompt: Option<String>,
    #[serde(default)]
    pub(super) new_variation: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeCall {
    pub(super) original: String,
    pub(super) edited: String,
    pub(super) output: String,
    #[serde(default)]
    pub(super) overwrite: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryCall {
    #[serde(default)]
    pub(super) job: Option<String>,
    #[serde(default)]
    pub(super) limit: Option<u32>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelsCall {
    #[serde(default)]
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) service: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoverCall {
    #[serde(default)]
    pub(super) jobs: Vec<String>,
    #[serde(default)]
    pub(super) directory: Option<String>,
}

/// Reads an amount, exactly as it is written.
fn amount<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    match value {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(D::Error::custom("accept_usd is not a number, such as 0.03")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edit(arguments: Value) -> serde_json::Result<EditCall> {
        parse(arguments.as_object().unwrap().clone())
    }

    #[test]
    fn an_edit_without_an_accepted_price_is_a_question() {
        assert_eq!(edit(json!({"picture": "a", "prompt": "b"})).unwrap().accept_usd, None);
        assert_eq!(
            edit(json!({"picture": "a", "prompt": "b", "accept_usd": null})).unwrap().accept_usd,
            None
        );
        let call = edit(json!({"picture": "a", "prompt": "b", "accept_usd": 0.0315})).unwrap();
        assert_eq!(call.accept_usd.as_deref(), Some("0.0315"));
    }

    #[test]
    fn arguments_that_are_unknown_missing_or_of_another_type_are_named() {
        for (arguments, part) in [
            (json!({"picture": "a", "prompt": "b", "acept_usd": 1}), "unknown field `acept_usd`"),
            (json!({"picture": "a"}), "missing field `prompt`"),
            (json!({"picture": 1, "prompt": "b"}), "expected a string"),
            (json!({"picture": "a", "prompt": "b", "accept_usd": "1"}), "accept_usd is not a number"),
            (json!({"picture": "a", "prompt": "b", "seed": -1}), "invalid value"),
        ] {
            let error = edit(arguments).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
