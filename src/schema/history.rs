//! The records of the journal.

use super::field::{Field, Kind, Record, any_object, boolean, choice, count, list, number, text};
use super::results::REFERENCES;

/// The names of the states of a job.
pub(super) const STATES: [&str; 8] =
    ["intent", "sent", "answered", "delivered", "refused", "unknown", "lost", "handed-on"];

const JOB_ID: Field = text("job", "the id of the job");
const CREATED: Field = text("created", "when it was started, in UTC");
const STATE: Field = choice("state", &STATES, "how far it has come");
const INPUT: Field = text(
    "input",
    "the picture, as it was given; a link has no query, and a later step has the planned name of the result before",
);
const PROMPT: Field = text("prompt", "the prompt");
const STEP: Field = count("step", "the number of the step in a chain (`--then`), from 1");
const FIRST_PROMPT: Field =
    text("first_prompt", "the prompt of the first step; `null` in the first step").or_null();
const FIRST_INPUT: Field =
    text("first_input", "the picture of the first step, as it was given; `null` in the first step").or_null();
const MODEL: Field = text("model", "the model");
const SEED: Field = count("seed", "the seed; `null` if the model takes none").or_null();
const OUTPUT: Field =
    text("output", "the path of the result, or the planned one; `null` for standard output").or_null();
const CHARGED: Field = choice(
    "charged",
    &["no", "yes", "unknown"],
    "whether it was charged; `unknown` means that it may have been",
);
const USD: Field = number(
    "usd",
    "the price of all its requests in US dollars; `null` if one of them may have been charged, or was and its price is not \
     known",
)
.or_null();
const MESSAGE: Field =
    text("message", "why it is refused, unknown or lost, or that its link was refused; otherwise `null`")
        .or_null();

pub(super) static JOB: Record = Record {
    name: "job",
    about: "a job in the list",
    commands: &["history", "history list"],
    fields: &[
        JOB_ID,
        CREATED,
        STATE,
        INPUT,
        PROMPT,
        STEP,
        FIRST_PROMPT,
        FIRST_INPUT,
        MODEL,
        SEED,
        OUTPUT,
        CHARGED,
        USD,
        count("attempts", "the number of requests"),
        MESSAGE,
        text(
            "made_from",
            "the id of the job whose result was the picture, or `null` for an original; only with `--tree`, where a job \
             follows the one that it was made from",
        )
        .or_null()
        .or_absent(),
    ],
};

pub(super) static JOB_DETAILS: Record = Record {
    name: "job-details",
    about: "everything about a job",
    commands: &["history show"],
    fields: &[
        JOB_ID,
        CREATED,
        text("finished", "when it ended, in UTC; `null` before that").or_null(),
        STATE,
        boolean("free_to_run_again", "whether it was not charged, and `recover --rerun` runs it again"),
        MESSAGE,
        INPUT,
        text("input_path", "the absolute path of the picture; `null` if it was not a file").or_null(),
        text("input_sha256", "the SHA-256 of the picture; `null` for a link that the service downloads")
            .or_null(),
        PROMPT,
        STEP,
        FIRST_PROMPT,
        FIRST_INPUT,
        MODEL,
        SEED,
        text("negative_prompt", "as it was sent; `null` if there was none").or_null(),
        list("references", &Kind::Object(REFERENCES), "the pictures of `--reference`"),
        text("service", "the name of the service's card; `null` for jobs of earlier releases").or_null(),
        number("guidance_scale", "as it was sent; `null` for the model's default").or_null(),
        boolean("watermark", "as it was asked for; `null` if it was not, and `false` was sent").or_null(),
        text("response_format", "as it was sent; `null` for the service's default").or_null(),
        any_object("treatment", "what is done to the picture and to the answer; `null` for the defaults")
            .or_null(),
        text("base_url", "the address of the service"),
        OUTPUT,
        choice(
            "file",
            &["unchanged", "changed", "missing"],
            "what became of the file of the result; `null` if there is none",
        )
        .or_null(),
        text("sha256", "the SHA-256 of the result; `null` without one").or_null(),
        count("bytes", "the size of the result; `null` without one").or_null(),
        count("width", "its width in pixels; `null` without one").or_null(),
        count("height", "its height in pixels; `null` without one").or_null(),
        list(
            "answers",
            &Kind::Object(&[
                text("path", "its file"),
                count("bytes", "its size"),
                boolean("complete", "whether it is a complete picture"),
            ]),
            "the kept answers; those of the last request come first",
        ),
        CHARGED,
        USD,
        list(
            "attempts",
            &Kind::Object(&[
                count("number", "the number of the request, from 1"),
                text("client_request_id", "the id that it carried"),
                text("sent", "when it was sent, in UTC"),
                count("http_status", "the status of the answer; `null` if there was none").or_null(),
                choice("charged", &["no", "yes", "unknown"], "whether it was charged"),
                text("inference_id", "the service's id for the call; `null` if it stated none").or_null(),
                number("usd", "its price in US dollars; `null` if the service stated none").or_null(),
                number("credits", "its price in the service's credits; `null` if it stated none").or_null(),
            ]),
            "all requests",
        ),
    ],
};

pub(super) static SPENDING: Record = Record {
    name: "spending",
    about: "what was spent, with `--cost`: one record for each day, then for each month, then for all",
    commands: &["history", "history list"],
    fields: &[
        choice("per", &["day", "month", "total"], "what the period is"),
        text("period", "the day as `YYYY-MM-DD`, the month as `YYYY-MM`, or `total`"),
        count("generations", "the number of requests that were charged"),
        number("usd", "what they cost in US dollars, as far as it is known"),
        count("unpriced", "the number of those whose price is not known"),
    ],
};

pub(super) static CURRENT: Record = Record {
    name: "current",
    about: "the picture that `@` names now",
    commands: &["undo", "redo"],
    fields: &[
        choice("status", &["ok"], "`ok`"),
        text("job", "the job whose result is current now; `null` for an original").or_null(),
        text("picture", "its path, relative to the working directory if it is in it"),
        text("sha256", "the SHA-256 that it had when it was delivered or edited").or_null(),
        text("prompt", "the prompt of the job; `null` for an original").or_null(),
        boolean("original", "whether it is the original, which no edit of ours made"),
    ],
};

pub(super) static FINDING: Record = Record {
    name: "finding",
    about: "a difference between the journal and the service's usage log, or a request that cannot be compared",
    commands: &["history audit"],
    fields: &[
        choice(
            "finding",
            &[
                "charged-twice",
                "unknown-here",
                "unclear",
                "free-there",
                "not-listed",
                "price",
                "in-doubt",
                "unpriced",
            ],
            "what differs: it was charged more than once, only the log knows the charge, the log does not say whether it was \
             charged, the log says that it was not, the log does not list it, or the price differs; or what cannot be \
             compared: the journal does not know whether it was charged, or a price is not known",
        ),
        text("job", "the job; `null` if the journal does not know it").or_null(),
        text("client_request_id", "the id that the request carried"),
        number("usd_here", "the price in US dollars in the journal; `null` if it is not known").or_null(),
        number("usd_listed", "the price in US dollars in the log; `null` if it is not known").or_null(),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_the_list_are_in_the_details_too() {
        let details: Vec<&str> = JOB_DETAILS.fields.iter().map(|field| field.name).collect();
        for field in JOB.fields.iter().filter(|field| field.name != "made_from") {
            assert!(details.contains(&field.name), "{}", field.name);
        }
    }
}
