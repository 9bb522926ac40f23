//! ByteDance.

use seededit_picture::Format;

use super::{AnswerForm, ItemForm, LinkForm, Model, Price};
use crate::field::Rule::{Flag, Integer, Number, Picture, Pictures, Prompt, Size, Text, Word};
use crate::field::{ANY_INTEGER, ANY_LENGTH, Field, optional, required};
use crate::input::InputLimits;
use crate::size::{DefaultSize, PRESETS, sides, sides_or};

/// SeedEdit's limits of an input picture.
const SEEDEDIT_INPUT: InputLimits = InputLimits {
    formats: &["png", "jpeg"],
    max_bytes: 10 * 1024 * 1024,
    max_pixels: 6000 * 6000,
    min_side_exclusive: 14,
    max_ratio: 3,
    ..InputLimits::NONE
};

/// Withdrawn at the service, but served here: see [`super::withdrawn`].
pub(in super::super) const SEEDEDIT: &Model = &Model {
    id: "bytedance/seededit-3.0-i2i",
    aliases: &[],
    fields: &[
        required("image", Picture(SEEDEDIT_INPUT)),
        required("prompt", Prompt(ANY_LENGTH)),
        optional("size", Word(&["adaptive"])),
        optional("response_format", Word(&["url", "b64_json"])),
        // -1 selects a random one.
        optional("seed", Integer(-1, 2_147_483_647)),
        optional("guidance_scale", Number(1.0, 10.0)),
        optional("watermark", Flag),
    ],
    size: DefaultSize::Adaptive,
    format: Format::Jpeg,
    answer: AnswerForm::SEEDEDIT,
    price: Price::Configured,
};

const SEEDREAM: AnswerForm =
    AnswerForm { item: ItemForm::Sized, created: true, link: LinkForm::Signed, ..AnswerForm::PLAIN };

const SEEDREAM_4_5_FIELDS: &[Field] = &[
    required("prompt", Prompt(ANY_LENGTH)),
    optional("image_urls", Pictures(14, InputLimits::NONE)),
    optional("image_size", Size(sides_or(1440, 4096, 1, 2048, 2048), &["2K", "4K"])),
    optional("response_format", Word(&["url", "b64_json"])),
    optional("seed", ANY_INTEGER),
    optional("watermark", Flag),
];

const SEEDREAM_5_PRO_FIELDS: &[Field] = &[
    required("prompt", Prompt(ANY_LENGTH)),
    optional("image_urls", Pictures(14, InputLimits::NONE)),
    optional("image_size", Size(sides(1024, 2752, 1), &["1.5K", "2K"])),
    optional("response_format", Word(&["url", "b64_json"])),
    optional("seed", ANY_INTEGER),
    optional("watermark", Flag),
];

pub(super) const MODELS: &[Model] = &[
    Model { ..*SEEDEDIT },
    Model {
        id: "bytedance/seedream-v4-edit",
        aliases: &[],
        fields: &[
            required("image_urls", Pictures(10, InputLimits::NONE)),
            required("prompt", Prompt(4000)),
            optional("image_size", Size(sides(1024, 4096, 1), PRESETS)),
            optional("seed", Integer(1, i64::MAX)),
            optional("num_images", Integer(1, 4)),
            optional("sync_mode", Flag),
            optional("enable_safety_checker", Flag),
        ],
        size: DefaultSize::Fixed(1024, 1024),
        format: Format::Png,
        answer: AnswerForm::FAL,
        price: Price::Fixed(63_000),
    },
    Model {
        id: "bytedance/seedream-4-5",
        aliases: &[],
        fields: SEEDREAM_4_5_FIELDS,
        size: DefaultSize::InputShape(2048 * 2048),
        format: Format::Jpeg,
        answer: SEEDREAM,
        price: Price::Fixed(84_000),
    },
    Model {
        id: "bytedance/seedream-5-0-lite-preview",
        aliases: &[],
        fields: SEEDREAM_4_5_FIELDS,
        size: DefaultSize::InputShape(2048 * 2048),
        format: Format::Jpeg,
        answer: AnswerForm { link: LinkForm::Unsigned, ..SEEDREAM },
        price: Price::Fixed(91_000),
    },
    Model {
        id: "bytedance/seedream-5-0-pro",
        aliases: &["bytedance/dola-seedream-5-0-pro"],
        fields: SEEDREAM_5_PRO_FIELDS,
        size: DefaultSize::InputShape(1536 * 1536),
        format: Format::Jpeg,
        answer: SEEDREAM,
        price: Price::MadeUp,
    },
    Model {
        id: "bytedance/uso",
        aliases: &[],
        fields: &[
            required("image_urls", Pictures(3, InputLimits::NONE)),
            required("prompt", Prompt(4000)),
            // The documentation states no bounds; this is what the sandbox can draw.
            optional("image_size", Size(sides(1, 4096, 1), PRESETS)),
            optional("keep_size", Flag),
            optional("negative_prompt", Text(ANY_LENGTH)),
            optional("num_inference_steps", Integer(1, 50)),
            optional("guidance_scale", Number(1.0, 20.0)),
            optional("num_images", Integer(1, 4)),
            optional("seed", Integer(1, i64::MAX)),
            optional("sync_mode", Flag),
            optional("enable_safety_checker", Flag),
            optional("output_format", Word(&["jpeg", "png"])),
        ],
        size: DefaultSize::Fixed(1024, 1024),
        format: Format::Png,
        answer: AnswerForm::FAL,
        price: Price::Fixed(420_000),
    },
];
