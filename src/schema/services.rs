//! The records about services, settings and keys.

use super::field::{Field, Kind, Record, boolean, choice, count, list, number, object, text};

const RANGE: &[Field] = &[number("min", "the least value"), number("max", "the greatest value")];
const SERVICE: Field = text("service", "the name of the service");

pub(super) static MODEL: Record = Record {
    name: "model",
    about: "a model of the service",
    commands: &["models", "models list", "models show"],
    fields: &[
        SERVICE,
        text("model", "the id of the model"),
        list("aliases", &Kind::Text, "other names for it"),
        text("summary", "what helps to choose"),
        choice("status", &["current", "retiring", "withdrawn"], "whether it can be used"),
        text("withdrawn", "the day on which it was or will be withdrawn; otherwise `null`").or_null(),
        text("successor", "the model to use instead; `null` if there is none").or_null(),
        boolean("default", "whether it is the service's default"),
        count("pictures", "the most pictures that it takes"),
        count("prompt_max", "the longest prompt in characters; `null` if that is not documented").or_null(),
        object("seed", RANGE, "the seeds that it takes; `null` if it takes none").or_null(),
        object("guidance_scale", RANGE, "the guidance scales that it takes; `null` if it takes none")
            .or_null(),
        boolean("negative_prompt", "whether it takes a negative prompt"),
        boolean("watermark", "whether it can be asked for a watermark"),
        boolean("mask", "whether it takes a mask"),
        list("formats", &Kind::Text, "the formats that it can be asked for; `null` if it cannot").or_null(),
        text("size", "the sizes that it can be asked for, in words"),
        boolean("keeps_shape", "whether results have the shape of their picture"),
        number("usd", "the list price of an edit in US dollars; `null` if it is not known").or_null(),
        number("usd_max", "the list price of the largest result; `null` if it is not known").or_null(),
        text("price_date", "the day of the list price; `null` if it is not known").or_null(),
    ],
};

pub(super) static MODEL_DIFFERENCE: Record = Record {
    name: "model-difference",
    about: "a difference between a card and the service's list",
    commands: &["models check"],
    fields: &[SERVICE, text("model", "the id of the model"), text("difference", "what differs, in words")],
};

pub(super) static CHECK: Record = Record {
    name: "check",
    about: "what a check found",
    commands: &["doctor"],
    fields: &[
        choice(
            "check",
            &["settings", "proxy", "service", "clock", "key", "model", "journal", "disk"],
            "what was checked",
        ),
        choice("status", &["ok", "warning", "failed"], "how it ended"),
        text("message", "what was found"),
        text("hint", "what to do; `null` if nothing").or_null(),
    ],
};

pub(super) static SETTING: Record = Record {
    name: "setting",
    about: "a setting",
    commands: &["config list"],
    fields: &[
        text("setting", "its name"),
        text("value", "its value; `null` if the service or the command decides").or_null(),
        text("origin", "where the value comes from"),
    ],
};

pub(super) static KEY: Record = Record {
    name: "key",
    about: "the key that would be used",
    commands: &["auth status"],
    fields: &[
        choice("status", &["ok"], "`ok`: there is a key, or none is needed"),
        choice(
            "source",
            &["environment", "command", "credentials"],
            "the kind of place; `null` if none is needed",
        )
        .or_null(),
        text("origin", "the place; `null` if none is needed").or_null(),
        text("key", "the key, shortened; `null` if none is needed").or_null(),
        text("base_url", "the address of the service"),
        SERVICE,
        text("profile", "the profile in use; `null` if there is none").or_null(),
    ],
};

pub(super) static BALANCE: Record = Record {
    name: "balance",
    about: "what is left to spend",
    commands: &["balance"],
    fields: &[
        SERVICE,
        number("amount", "the amount"),
        text("currency", "its currency, such as `USD`, or `credits`"),
    ],
};
