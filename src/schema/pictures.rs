//! The records of commands that look at pictures.

use super::field::{Field, Kind, Record, boolean, choice, count, list, number, object, text};
use super::results::{
    CHANGED, COVERED, DETAIL, EXTENT, IDENTICAL, LEFT_OUT, PARTS, PLACED, REGION, UPLOADED,
};

const FORMATS: &[&str] = &["jpeg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif", "jxl", "psd", "ico"];
const WRITTEN: &[&str] = &["jpeg", "png", "webp"];
const SIZE: &[Field] = &[count("width", "the width in pixels"), count("height", "the height in pixels")];
const OK: Field = choice("status", &["ok"], "`ok`");

pub(super) static INSPECTED: Record = Record {
    name: "inspected",
    about: "a picture, and what would be uploaded; one that cannot be read has the record of a failure instead",
    commands: &["inspect"],
    fields: &[
        OK,
        text("input", "the picture"),
        choice("format", FORMATS, "its format"),
        count("width", "the width in pixels, as it is stored"),
        count("height", "the height in pixels, as it is stored"),
        count("orientation", "the Exif orientation, 1 to 8"),
        boolean("alpha", "whether it has transparency"),
        count("frames", "the number of frames, pages or pictures in the file, of which `--page` chooses one"),
        object(
            "metadata",
            &[
                boolean("exif", "whether it has Exif metadata"),
                boolean("xmp", "whether it has XMP metadata"),
                boolean("iptc", "whether it has IPTC metadata"),
                boolean("location", "whether it says where the picture was taken"),
                boolean("maker_notes", "whether it has the notes of a camera"),
                boolean("content_credentials", "whether it has content credentials"),
                boolean("gain_map", "whether it has a gain map"),
                count("attached_pictures", "the number of further pictures in the file"),
                count("texts", "the number of comments and other texts"),
                list(
                    "dpi",
                    &Kind::Number,
                    "the pixels per inch across and down; `null` if it does not say so",
                )
                .or_null(),
                text("camera", "the maker and the model of the camera; `null` if it does not say so")
                    .or_null(),
            ],
            "what its metadata contains",
        ),
        object(
            "provenance",
            &[
                text("digital_source_type", "the IPTC term of its origin").or_null(),
                text("software", "the program that changed or created it").or_null(),
                text("date", "when that was").or_null(),
                text("prompt", "the prompt that `--record` stored").or_null(),
                text("model", "the model that `--record` stored").or_null(),
                text("seed", "the seed that `--record` stored").or_null(),
                text("job", "the job that `--record` stored").or_null(),
            ],
            "what it says about where it comes from; `null` for what it does not say",
        ),
        list("left_out", &Kind::Text, "what no result has of the file, such as `2 of 3 frames`"),
        count("bytes", "its size"),
        boolean("checked", "whether all of the file was read, with `--check`; else damage is not found"),
        boolean(
            "accepted",
            "whether the service accepts it as it is; one that is converted first has `sent`",
        ),
        list(
            "limits",
            &Kind::Object(&[
                text("limit", "the limit"),
                text("found", "what the picture has"),
                boolean("met", "whether the limit is met"),
            ]),
            "the service's limits",
        ),
        object(
            "sent",
            &[
                choice("format", FORMATS, "its format"),
                count("width", "its width in pixels"),
                count("height", "its height in pixels"),
                count("bytes", "its size; `null` without `--check`").or_null(),
                list("changes", &Kind::Text, "what is done to the picture, in words"),
            ],
            "what would be uploaded; `null` if the picture is refused",
        )
        .or_null(),
        REGION,
        UPLOADED,
        text("refused", "why it is refused; `null` if it is not").or_null(),
        text("model", "the model that the picture is for"),
        object("result", SIZE, "the size of the result; `null` if the model chooses it").or_null(),
        boolean("result_is_exact", "whether the model documents this very size"),
    ],
};

pub(super) static MERGED: Record = Record {
    name: "merged",
    about: "an edited picture that was merged into its original",
    commands: &["merge"],
    fields: &[
        OK,
        text("original", "the original"),
        text("edited", "the edited picture"),
        text("output", "the file; `-` for standard output"),
        count("width", "its width in pixels"),
        count("height", "its height in pixels"),
        choice("format", WRITTEN, "its format"),
        count("bytes", "its size"),
        text("sha256", "its SHA-256"),
        EXTENT,
        COVERED,
        CHANGED,
        IDENTICAL,
        PARTS,
        PLACED,
        LEFT_OUT,
        DETAIL,
    ],
};

pub(super) static COMPARED: Record = Record {
    name: "compared",
    about: "how two pictures differ",
    commands: &["compare"],
    fields: &[
        OK,
        text("before", "the first picture"),
        text("after", "the second picture"),
        object("before_size", SIZE, "the size of the first picture, upright"),
        object("after_size", SIZE, "that of the second picture"),
        object("compared_size", SIZE, "that in which they were compared: the smaller one"),
        number("changed", "the share of pixels that are not identical, from 0 to 1"),
        number("largest", "the largest difference of a pixel, from 0 to 255"),
        number("mean", "the mean difference of all pixels, from 0 to 255"),
        text("output", "the drawn picture; `null` without `-o`").or_null(),
    ],
};

pub(super) static SHEET: Record = Record {
    name: "sheet",
    about: "a contact sheet that was written",
    commands: &["sheet"],
    fields: &[
        OK,
        count("pictures", "the number of pictures on it"),
        count("columns", "the number of pictures in a row"),
        text("output", "its file; `-` for standard output"),
        count("width", "its width in pixels"),
        count("height", "its height in pixels"),
        choice("format", WRITTEN, "its format"),
        count("bytes", "its size"),
    ],
};
