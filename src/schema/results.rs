//! The records of edits: results, failures and plans.

use super::field::{
    Field, Kind, Record, any_object, boolean, choice, count, integer, list, number, object, text,
};

/// The commands that produce results.
const EDITING: &[&str] = &["edit", "replay", "batch", "watch", "recover"];
/// The commands whose dry run lists several edits.
const PLANNING: &[&str] = &["edit", "replay", "batch", "watch"];

const JOB: Field = text("job", "the id of the job, as `history` has it");
const INPUT: Field = text("input", "the picture, as it was given; a link has no query");
const LINE: Field = count("line", "the line of the row in its manifest, from 1; only in a batch");
const ID: Field = text("id", "the `id` of the row; only in a batch");
const COLUMNS: Field =
    any_object("columns", "the values of the row that are not fields; a link has no query; only in a batch");
const FORMATS: &[&str] = &["jpeg", "png", "webp"];

pub(super) const LEFT_OUT: Field = list(
    "left_out",
    &Kind::Text,
    "what the result does not have of the picture's file, such as other frames",
);
pub(super) const REFERENCES: &[Field] = &[
    text("path", "its absolute path; `null` if that is not Unicode").or_null(),
    text("sha256", "the SHA-256 of the file"),
];
pub(super) const RECT: &[Field] = &[
    integer("x", "the pixels to the left of it"),
    integer("y", "the pixels above it"),
    count("width", "its width in pixels"),
    count("height", "its height in pixels"),
];
pub(super) const REGION: Field =
    object("region", RECT, "the region in pixels of the upright picture; `null` without one").or_null();
pub(super) const UPLOADED: Field =
    object("uploaded", RECT, "the part of the picture that is uploaded for the region; `null` without one")
        .or_null();

pub(super) const EXTENT: Field =
    choice("extent", &["nothing", "parts", "whole"], "how much of the picture changed");
pub(super) const COVERED: Field =
    number("covered", "the share of pixels that have something of the answer, from 0 to 1");
pub(super) const CHANGED: Field =
    number("changed", "the share of pixels that differ from the original, from 0 to 1");
pub(super) const IDENTICAL: Field = number(
    "identical",
    "the share of pixels that are identical to the original; with `changed`, it adds up to 1",
);
pub(super) const PARTS: Field = list(
    "parts",
    &Kind::Object(&[
        integer("left", "the pixels to the left of it"),
        integer("top", "the pixels above it"),
        count("width", "its width in pixels"),
        count("height", "its height in pixels"),
    ]),
    "rectangles around the changes, in pixels of the upright picture",
);
pub(super) const PLACED: Field = object(
    "placed",
    &[
        number("x", "the pixels to the left of it"),
        number("y", "the pixels above it"),
        number("width", "its width in pixels"),
        number("height", "its height in pixels"),
        number("angle", "degrees clockwise around its center"),
    ],
    "where the answer lies on the upright picture, in pixels",
);
pub(super) const DETAIL: Field = number(
    "detail",
    "the share of the detail that is the original's, from 0 to 1; only if `extent` is `whole`",
)
.or_absent();

const PRICE_SOURCE: Field = choice(
    "price_source",
    &["history", "service", "card", "given", "free", "sandbox", "reused"],
    "who says the price: your latest edits, the service's list, the model's card, `--price`; `null` if it is not known",
)
.or_null();
const PRICE_DATE: Field = text(
    "price_date",
    "the day of a list price, as `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` if only that is known; otherwise `null`",
)
.or_null();
const USD_LEAST: Field = number(
    "usd_least",
    "the least that the edits may cost, if the price on the card depends on the size of the result; otherwise the same as `usd`",
)
.or_null();
const EDITABLE: Field = number(
    "editable",
    "the share of the picture that may change, even in part, by the mask; `null` without a mask",
)
.or_null();

/// The names of the kinds of failure.
pub(super) const ERROR_KINDS: &[&str] = &[
    "internal",
    "usage",
    "input",
    "auth",
    "payment",
    "rejected",
    "unavailable",
    "unknown",
    "undelivered",
    "lost",
    "partial",
    "interrupted",
];
const CHARGED: &[&str] = &["no", "yes", "unknown"];

pub(super) static RESULT: Record = Record {
    name: "result",
    about: "a result that was written",
    commands: EDITING,
    fields: &[
        choice("status", &["ok"], "`ok`: the result was written"),
        JOB,
        INPUT.or_null(),
        LINE.or_absent(),
        ID.or_absent(),
        COLUMNS.or_absent(),
        text("output", "the file of the result; `-` for standard output"),
        text("prompt", "the prompt; that of the last step of a chain"),
        text("model", "the model that made the picture, also if it is the successor of a withdrawn one"),
        count("seed", "the seed; `null` if the model takes none").or_null(),
        number("guidance_scale", "as it was sent; `null` for the model's default").or_null(),
        list("references", &Kind::Object(REFERENCES), "the pictures of `--reference`; absent if there are none").or_absent(),
        count("width", "its width in pixels"),
        count("height", "its height in pixels"),
        choice("format", FORMATS, "the format of the file"),
        count("bytes", "the size of the file"),
        text("sha256", "the SHA-256 of the file"),
        text("inference_id", "the service's id for the call; `null` if it stated none").or_null(),
        number("usd", "the price in US dollars; `null` if the service stated none").or_null(),
        number("credits", "the price in the service's credits; `null` if it stated none").or_null(),
        count("attempts", "the number of requests, with those of `earlier_steps`"),
        count("elapsed_ms", "the milliseconds from the first byte sent until the file was safe on disk"),
        list(
            "earlier_steps",
            &Kind::Object(&[
                text("job", "its job"),
                text("prompt", "its prompt"),
                count("attempts", "the number of its requests"),
                number("usd", "its price in US dollars; `null` if the service stated none").or_null(),
            ]),
            "the steps of a chain before it whose results were not kept; their attempts and prices are included",
        )
        .or_absent(),
        boolean("reused", "`true` for a result that was paid for earlier; otherwise absent").or_absent(),
        boolean("restored", "`false` for one that could not be merged into the original; otherwise absent").or_absent(),
        text("answer", "the file of the answer, if it was kept because it is not the result").or_absent(),
        EXTENT.or_absent(),
        COVERED.or_absent(),
        CHANGED.or_absent(),
        IDENTICAL.or_absent(),
        PARTS.or_absent(),
        PLACED.or_absent(),
        DETAIL,
        LEFT_OUT.or_absent(),
    ],
};

pub(super) static FAILURE: Record = Record {
    name: super::FAILURE,
    about: "a failure of an edit or of a whole command; every command with `--json` may write it",
    commands: EDITING,
    fields: &[
        choice("status", &["error"], "`error`"),
        JOB.or_null(),
        INPUT.or_null(),
        LINE.or_absent(),
        ID.or_absent(),
        COLUMNS.or_absent(),
        text("output", "always `null`: there is no result").or_null(),
        object(
            "error",
            &[
                choice("kind", ERROR_KINDS, "the kind of failure"),
                count("exit_code", "the exit code of this kind"),
                text("message", "what failed, and why"),
                text("hint", "what to do next; `null` if nothing is known to help").or_null(),
                count("http_status", "the status of the answer; `null` if there was none").or_null(),
                text("request_id", "the service's id for the request; `null` if it stated none").or_null(),
                text("client_request_id", "the id that the request carried; `null` if none was sent")
                    .or_null(),
                text("inference_id", "the service's id for the call; `null` if it stated none").or_null(),
                number("usd", "what was paid in US dollars; `null` if nothing is known").or_null(),
                choice("charged", CHARGED, "whether it was charged"),
            ],
            "what went wrong",
        ),
    ],
};

pub(super) static SKIPPED: Record = Record {
    name: "skipped",
    about: "a picture that was left out, or whose output exists",
    commands: &["edit", "replay", "batch", "watch", "sheet"],
    fields: &[
        choice("status", &["skipped"], "`skipped`"),
        text(
            "job",
            "the job that made the picture, if it is a result and its job is known; otherwise `null`",
        )
        .or_null(),
        INPUT.or_null(),
        LINE.or_absent(),
        ID.or_absent(),
        COLUMNS.or_absent(),
        text("output", "the output that exists; `null` for a picture that was left out").or_null(),
        choice(
            "reason",
            &[
                "exists",
                "made_before",
                "unreadable",
                "unsupported",
                "not_a_picture",
                "result",
                "repeated",
                "hidden",
                "linked_directory",
            ],
            "why",
        ),
        text("message", "the same in words"),
    ],
};

pub(super) static PLANNED_EDIT: Record = Record {
    name: "planned-edit",
    about: "the request of an edit, as `--dry-run` shows it",
    commands: &["edit", "replay"],
    fields: &[
        choice("status", &["planned"], "`planned`"),
        text("job", "the job of the earlier result that would be used again; `null` if there is none").or_null(),
        INPUT,
        text("output", "where the result would go, or is if it is an earlier one; `-` for standard output"),
        object(
            "request",
            &[
                text("method", "`POST`"),
                text("url", "the address"),
                text("content_type", "`application/json`, or `multipart/form-data` for a form"),
                any_object(
                    "body",
                    "the fields of the request, with shortened pictures, and without a seed that is drawn when it is sent",
                ),
            ],
            "what would be sent; if `job` is not `null`, nothing is",
        ),
        count("width", "the width of the result in pixels; `null` if it is not known").or_null(),
        count("height", "the height of the result in pixels; `null` if it is not known").or_null(),
        LEFT_OUT,
        EDITABLE,
        REGION,
        UPLOADED,
        list("fitted", &Kind::Text, "what is done to the picture before the upload, in words"),
        number("usd", "the expected price of all steps in US dollars; `null` if it is not known, which does not mean free").or_null(),
        USD_LEAST,
        PRICE_SOURCE,
        PRICE_DATE,
    ],
};

pub(super) static PLANNED_ROW: Record = Record {
    name: "planned-row",
    about: "an edit of several, as `--dry-run` shows it",
    commands: PLANNING,
    fields: &[
        choice("status", &["planned"], "`planned`"),
        LINE.or_null(),
        ID.or_null(),
        INPUT,
        text("output", "where the result would go"),
        text("prompt", "the prompt").or_null(),
        list("then", &Kind::Text, "the prompts of further steps").or_null(),
        count("seed", "the seed"),
        REGION,
        UPLOADED,
        COLUMNS.or_absent(),
    ],
};

pub(super) static REUSABLE: Record = Record {
    name: "reusable",
    about: "an edit of several that `--dry-run` found a result of, which is used again for free",
    commands: PLANNING,
    fields: &[
        choice("status", &["reusable"], "`reusable`"),
        JOB,
        LINE.or_null(),
        ID.or_null(),
        INPUT,
        text("output", "where the result would be"),
        text("result", "where it is now; if that is not `output`, it would be copied"),
        COLUMNS.or_absent(),
    ],
};

pub(super) static HELD: Record = Record {
    name: "held",
    about: "an edit that would not be sent, because it was or may have been paid for, as `--dry-run` shows it",
    commands: PLANNING,
    fields: &[
        choice("status", &["held"], "`held`"),
        text("job", "the job that was or may have been paid for; `null` if it is a step of a chain")
            .or_null(),
        LINE.or_null(),
        ID.or_null(),
        INPUT,
        choice(
            "reason",
            &["unknown", "unkept"],
            "`unknown`: it has no result yet; `unkept`: it was paid for before, and is sent only with `--redo` or `--pay-again`",
        ),
        COLUMNS.or_absent(),
    ],
};

pub(super) static PLAN: Record = Record {
    name: "plan",
    about: "the totals of several edits, as `--dry-run` shows them",
    commands: PLANNING,
    fields: &[
        choice("status", &["plan"], "`plan`"),
        count("jobs", "the number of results"),
        count("todo", "the number of those that would be sent"),
        count("done", "the number of those that are done"),
        count(
            "unknown",
            "the number of those that were paid for or may have been, and have no result yet; `recover` settles them",
        ),
        count(
            "unkept",
            "the number of those that were paid for and are gone, changed or lost; `--redo` pays for them again",
        ),
        count("edits", "the number of requests: one for each step of what is to do"),
        EDITABLE,
        number("price", "the price of one edit in US dollars; `null` if it is not known").or_null(),
        PRICE_SOURCE,
        PRICE_DATE,
        number("usd", "the expected price of all edits in US dollars; `null` if it is not known").or_null(),
        USD_LEAST,
    ],
};

pub(super) static NOT_CHARGED: Record = Record {
    name: "not-charged",
    about: "a job that turned out not to have been charged",
    commands: &["recover"],
    fields: &[
        choice("status", &["free"], "`free`"),
        JOB,
        INPUT,
        choice("charged", &["no"], "`no`"),
        text("message", "how that is known"),
    ],
};

pub(super) static RESCUED: Record = Record {
    name: "rescued",
    about: "an answer that no job knows, written to a file",
    commands: &["recover"],
    fields: &[
        choice("status", &["rescued"], "`rescued`"),
        text("job", "the job that it was received for"),
        text("output", "the file"),
    ],
};
