//! The tools, as they are described to clients.

use rmcp::model::{JsonObject, Tool as Description, ToolAnnotations};
use serde_json::{Value, json};

use super::super::history::MOST_FOR_CLIENTS;
use super::roots::Roots;
use super::spending::Spending;

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Inspect,
    Edit,
    Merge,
    History,
    Models,
    Recover,
}

/// Describes the server for clients: what it may spend, and the directories that it may use.
pub(super) fn instructions(spending: &Spending, roots: &Roots) -> String {
    let spending = spending.describe();
    let roots = roots.names();
    format!(
        "Edits pictures with a sentence, through services that cost money. {spending} Always call `edit` without accept_usd \
         first: the answer is the plan and its price, and nothing is paid. Tell the user the price. Then call it with the same \
         arguments and accept_usd. If a call ends without a result, or its outcome is unknown, call `recover` and `history`; \
         never repeat the edit to find out. Results are files; answers have their paths and a small preview. Files are read \
         and written only in these directories, and relative paths are in the first: {roots}"
    )
}

impl Tool {
    pub(super) const ALL: [Tool; 6] =
        [Tool::Inspect, Tool::Edit, Tool::Merge, Tool::History, Tool::Models, Tool::Recover];

    pub(super) fn name(self) -> &'static str {
        match self {
            Tool::Inspect => "inspect",
            Tool::Edit => "edit",
            Tool::Merge => "merge",
            Tool::History => "history",
            Tool::Models => "models",
            Tool::Recover => "recover",
        }
    }

    pub(super) fn named(name: &str) -> Option<Tool> {
        Tool::ALL.into_iter().find(|tool| tool.name() == name)
    }

    fn about(self) -> &'static str {
        match self {
            Tool::Inspect => {
                "Look at a picture: a preview, its size and format, whether the model accepts it, what would be uploaded, \
                 and the size of the result. Free and offline."
            }
            Tool::Edit => {
                "Edit a picture with a sentence. Without accept_usd, nothing is sent or paid: the answer has the plan and \
                 its price (`usd`, the most that it can cost; null means unknown, not free). With accept_usd, the edit is sent if it costs at most that \
                 and the spending limits of the server allow it. The result is a new file next to the picture, unless \
                 output says otherwise. The same edit again returns the earlier result for free; new_variation pays for \
                 another one, which has another seed unless seed is given. If the answer says `charged: unknown` or the call was interrupted, call recover; never send it \
                 again to find out."
            }
            Tool::Merge => {
                "Put an edited picture back into its full-size original: what the edit changed comes from the edited picture, \
                 every other pixel from the original. Free and offline."
            }
            Tool::History => {
                "List past edits, newest first: prompts, files, prices and states. With job, everything about one. Free and \
                 offline."
            }
            Tool::Models => {
                "List the models that can be used, with what they take and their list prices. With model, everything about \
                 one. Free and offline."
            }
            Tool::Recover => {
                "Fetch results that were paid for and not saved, and find out what became of edits in doubt. Never pays, and \
                 never sends an edit again."
            }
        }
    }

    /// The schemas of the arguments, and the names of those that are required.
    pub(super) fn properties(self) -> (Value, &'static [&'static str]) {
        let text = |about: &str| json!({"type": "string", "description": about});
        let choice = |about: &str| json!({"type": "boolean", "description": about, "default": false});
        match self {
            Tool::Inspect => (
                json!({
                    "picture": text("The path of the picture"),
                    "model": text("The model that it is for [default: as for edit]"),
                    "region": text("Describe the upload for an edit of this part: X,Y,WxH or center,WxH, in pixels or percent"),
                }),
                &["picture"],
            ),
            Tool::Edit => (
                json!({
                    "picture": text("The path of the picture"),
                    "prompt": text("What to change, in plain words, such as `add a bird in the sky`"),
                    "accept_usd": {
                        "type": "number",
                        "minimum": 0,
                        "description": "Pay for the edit if it costs at most this, in US dollars: the `usd` of the plan. \
                                        Leave it out to get the plan. Use it only if the user agrees to the price.",
                    },
                    "output": text("The path of the result, or of a directory, ending with / [default: next to the picture]"),
                    "overwrite": choice("Replace the output if it exists; otherwise that is an error"),
                    "format": {
                        "type": "string",
                        "enum": ["jpeg", "png", "webp"],
                        "description": "The format of the result [default: from the output's name, else jpeg]",
                    },
                    "model": text("The model, as `models` lists them [default: the service's]"),
                    "references": {
                        "type": "array",
                        "items": {"type": "string"},
                        "maxItems": 16,
                        "description": "Paths of further pictures that the prompt can refer to, for models that take several",
                    },
                    "mask": text("The path of a picture: only what is white in it may change"),
                    "region": text("Change only this part, at full resolution: X,Y,WxH or center,WxH, in pixels or percent"),
                    "preserve": choice("Keep the original's pixels and size wherever the edit changed nothing"),
                    "size": text("The size of the result: WIDTHxHEIGHT, a ratio such as 16:9, 1K, 2K, 4K, or adaptive"),
                    "seed": {"type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "For models that take one [default: random]"},
                    "negative_prompt": text("What the result should not show, for models that take it"),
                    "new_variation": choice("Pay for a new result even if the same edit has one already"),
                }),
                &["picture", "prompt"],
            ),
            Tool::Merge => (
                json!({
                    "original": text("The path of the original picture"),
                    "edited": text("The path of the edited picture"),
                    "output": text("The path of the result; PNG and WebP keep every pixel exactly"),
                    "overwrite": choice("Replace the output if it exists; otherwise that is an error"),
                }),
                &["original", "edited", "output"],
            ),
            Tool::History => (
                json!({
                    "job": text("Everything about this job: its id, how the id begins, or @ for the last result"),
                    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_FOR_CLIENTS, "default": 20, "description": "The most jobs to list"},
                    "status": text("Only jobs in this state, such as delivered, unknown or answered"),
                    "text": text("Only jobs with this text in the prompt or a file name"),
                }),
                &[],
            ),
            Tool::Models => (
                json!({
                    "model": text("Everything about this model: its name, or how it ends"),
                    "service": text("The service [default: the one that the server uses]"),
                }),
                &[],
            ),
            Tool::Recover => (
                json!({
                    "jobs": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Only these jobs [default: all whose results belong in a root]",
                    },
                    "directory": text("Write results to this directory instead of where they belong"),
                }),
                &[],
            ),
        }
    }

    /// Hints for clients that ask before they call a tool.
    fn annotations(self) -> ToolAnnotations {
        let hints = ToolAnnotations::new().destructive(false);
        match self {
            Tool::Inspect | Tool::History | Tool::Models => hints.read_only(true).open_world(false),
            // Both can overwrite files.
            Tool::Merge => hints.read_only(false).open_world(false).destructive(true),
            Tool::Edit => hints.read_only(false).open_world(true).destructive(true),
            Tool::Recover => hints.read_only(false).open_world(true).idempotent(true),
        }
    }

    pub(super) fn description(self) -> Description {
        let (properties, required) = self.properties();
        let schema = [
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), properties),
            ("required".to_owned(), json!(required)),
            ("additionalProperties".to_owned(), json!(false)),
        ];
        Description::new(self.name(), self.about(), JsonObject::from_iter(schema))
            .with_annotations(self.annotations())
    }
}

#[cfg(test)]
mod tests {
    use super::super::arguments::ToolCall;
    use super::*;

    /// A value of the type that a schema states.
    fn example(schema: &Value) -> Value {
        match schema["type"].as_str().unwrap() {
            "string" => schema["enum"].as_array().map_or(json!("x"), |values| values[0].clone()),
            "number" | "integer" => json!(1),
            "boolean" => json!(true),
            "array" => json!([example(&schema["items"])]),
            other => panic!("no example of {other}"),
        }
    }

    #[test]
    fn what_a_schema_describes_is_read_and_nothing_else() {
        for tool in Tool::ALL {
            assert_eq!(Tool::named(tool.name()), Some(tool));
            let description = tool.description();
            let properties = description.input_schema["properties"].as_object().unwrap().clone();
            let all: JsonObject =
                properties.iter().map(|(name, schema)| (name.clone(), example(schema))).collect();
            ToolCall::parse(tool, all.clone()).unwrap();
            let required: Vec<_> = description.input_schema["required"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect();
            let least = all.iter().filter(|(name, _)| required.contains(&name.as_str()));
            ToolCall::parse(tool, least.map(|(name, value)| (name.clone(), value.clone())).collect())
                .unwrap();
            for name in required {
                let mut without = all.clone();
                without.remove(name);
                let error = ToolCall::parse(tool, without).unwrap_err();
                assert!(error.contains(&format!("`{name}` is missing")), "{}: {error}", tool.name());
            }
            let mut more = all;
            more.insert("other".into(), json!(1));
            let error = ToolCall::parse(tool, more.clone()).unwrap_err();
            assert!(error.contains("there is no argument `other`"), "{}: {error}", tool.name());
            // What is read without the schema is what the schema has.
            let error = ToolCall::read(tool, more).unwrap_err().to_string();
            let known = error.split_once("expected").unwrap().1;
            for name in properties.keys() {
                assert!(known.contains(&format!("`{name}`")), "{}: {name} is not read", tool.name());
            }
            assert_eq!(known.matches('`').count(), 2 * properties.len(), "{}: {known}", tool.name());
        }
    }
}
