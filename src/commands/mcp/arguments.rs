//! The arguments of the tools.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use super::check::ensure_fit;
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
    /// Reads the arguments of a tool. `null` means that an argument is not given.
    ///
    /// # Errors
    /// Says in plain words which one is missing, unknown, or not of its type.
    pub(super) fn parse(tool: Tool, arguments: Map<String, Value>) -> Result<ToolCall, String> {
        let given: Map<String, Value> = arguments.into_iter().filter(|(_, value)| !value.is_null()).collect();
        ensure_fit(tool, &given)?;
        // What fits the schema is read; a test compares both.
        ToolCall::read(tool, given).map_err(|_| format!("the arguments of {} cannot be read", tool.name()))
    }

    /// Reads arguments without a check, so that errors are in the words of the parser.
    pub(super) fn read(tool: Tool, arguments: Map<String, Value>) -> serde_json::Result<ToolCall> {
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

fn parse<T: DeserializeOwned>(arguments: Map<String, Value>) -> serde_json::Result<T> {
    serde_json::from_value(Value::Object(arguments))
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
    Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_edit_without_an_accepted_price_is_a_question() {
        let accepted = |more: Value| {
            let mut arguments = json!({"picture": "a", "prompt": "b"});
            arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            match ToolCall::parse(Tool::Edit, arguments.as_object().unwrap().clone()).unwrap() {
                ToolCall::Edit(call) => call.accept_usd,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(accepted(json!({})), None);
        assert_eq!(accepted(json!({"accept_usd": null})), None);
        assert_eq!(accepted(json!({"accept_usd": 0.0315})).as_deref(), Some("0.0315"));
    }
}
