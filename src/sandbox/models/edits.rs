//! The models that are asked with a form: `POST /v1/images/edits`.

use super::Price;
use crate::field::Rule::{Flag, Integer, Prompt, SizeText, Text, Word};
use crate::field::{ANY_LENGTH, Field, optional, required};
use crate::host::Host;
use crate::size::{DefaultSize, TextSize};

/// A model that is asked with a form.
#[derive(Debug)]
pub(in super::super) struct EditModel {
    pub(in super::super) host: Host,
    pub(in super::super) id: &'static str,
    /// All fields except `model`, the pictures and the mask.
    pub(in super::super) fields: &'static [Field],
    pub(in super::super) size: DefaultSize,
    pub(in super::super) price: Price,
}

/// The model of a request to OpenAI that names none.
pub(in super::super) const OPENAI_DEFAULT: &str = "gpt-image-1.5";

/// The limits of the uploaded files, which all three kinds of hosts share.
pub(in super::super) const MAX_PICTURES: usize = 16;
pub(in super::super) const MAX_PICTURE_BYTES: usize = 50 * 1024 * 1024;
pub(in super::super) const MAX_MASK_BYTES: usize = 4 * 1024 * 1024;

const THREE_SIZES: &[&str] = &["1024x1024", "1024x1536", "1536x1024"];

const DEFAULT_HOST_FIELDS: &[Field] = &[
    required("prompt", Prompt(32_000)),
    optional("size", Word(THREE_SIZES)),
    optional("quality", Word(&["low", "medium", "high"])),
    optional("output_format", Word(&["png", "jpeg", "webp"])),
    optional("background", Word(&["transparent", "opaque", "auto"])),
    optional("n", Integer(1, 10)),
    optional("output_compression", Integer(0, 100)),
    optional("response_format", Word(&["url", "b64_json"])),
];

const OPENAI_FIELDS: &[Field] = &[
    required("prompt", Prompt(32_000)),
    optional("size", Word(&["auto", "1024x1024", "1024x1536", "1536x1024"])),
    optional("quality", Word(&["auto", "low", "medium", "high"])),
    optional("output_format", Word(&["png", "jpeg", "webp"])),
    optional("background", Word(&["transparent", "opaque", "auto"])),
    optional("n", Integer(1, 10)),
    optional("output_compression", Integer(0, 100)),
    optional("input_fidelity", Word(&["high", "low"])),
    optional("user", Text(ANY_LENGTH)),
    optional("stream", Flag),
    optional("partial_images", Integer(0, 3)),
];

/// Sides in multiples of 16 and up to 3840, 655,360 to 8,294,400 pixels, up to three times as long as wide.
const ANY_16: TextSize =
    TextSize { least_pixels: 655_360, most_pixels: 3840 * 2160, max_ratio: 3, step: 16, longest: 3840 };

const OPENAI_2_FIELDS: &[Field] = &[
    required("prompt", Prompt(32_000)),
    optional("size", SizeText(&["auto"], Some(ANY_16))),
    optional("quality", Word(&["auto", "low", "medium", "high"])),
    optional("output_format", Word(&["png", "jpeg", "webp"])),
    optional("background", Word(&["transparent", "opaque", "auto"])),
    optional("n", Integer(1, 10)),
    optional("output_compression", Integer(0, 100)),
    optional("input_fidelity", Word(&["high", "low"])),
    optional("user", Text(ANY_LENGTH)),
    optional("stream", Flag),
    optional("partial_images", Integer(0, 3)),
];

const fn openai(id: &'static str, fields: &'static [Field]) -> EditModel {
    EditModel { host: Host::OpenAi, id, fields, size: DefaultSize::NearestOfThree, price: Price::MadeUp }
}

pub(in super::super) const MODELS: &[EditModel] = &[
    EditModel {
        host: Host::Default,
        id: "openai/gpt-image-1",
        fields: DEFAULT_HOST_FIELDS,
        size: DefaultSize::Fixed(1024, 1024),
        price: Price::MadeUp,
    },
    EditModel {
        host: Host::Default,
        id: "openai/gpt-image-2",
        fields: DEFAULT_HOST_FIELDS,
        size: DefaultSize::Fixed(1024, 1024),
        price: Price::Fixed(190_400),
    },
    openai("gpt-image-1", OPENAI_FIELDS),
    openai("gpt-image-1-mini", OPENAI_FIELDS),
    openai("gpt-image-1.5", OPENAI_FIELDS),
    openai("gpt-image-2", OPENAI_2_FIELDS),
    openai("gpt-image-2.5", OPENAI_2_FIELDS),
];

/// The model of a server on the user's machine: whatever it was started with. It ignores other fields.
pub(in super::super) const LOCAL: &EditModel = &EditModel {
    host: Host::Local,
    id: "local",
    fields: &[
        required("prompt", Prompt(ANY_LENGTH)),
        optional(
            "size",
            SizeText(
                &[],
                Some(TextSize {
                    least_pixels: 64 * 64,
                    most_pixels: 4096 * 4096,
                    max_ratio: 64,
                    step: 1,
                    longest: 4096,
                }),
            ),
        ),
        // `sd-server` knows no webp, the others do.
        optional("output_format", Word(&["png", "jpeg", "webp"])),
        optional("n", Integer(1, 8)),
        optional("output_compression", Integer(0, 100)),
    ],
    size: DefaultSize::Input,
    price: Price::Fixed(0),
};
