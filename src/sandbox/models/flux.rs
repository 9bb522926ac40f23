//! Black Forest Labs.

use seededit_picture::Format;

use super::{AnswerForm, ItemForm, Model, Price};
use crate::field::Rule::{Flag, Integer, Loras, Number, OneOrMore, Picture, Pictures, Prompt, Size, Word};
use crate::field::{Field, optional, required};
use crate::input::InputLimits;
use crate::size::{DefaultSize, PRESETS, Sides, sides_or};

const KONTEXT_FIELDS: &[Field] = &[
    required("prompt", Prompt(4000)),
    required("image_url", OneOrMore(4, InputLimits::NONE)),
    optional("num_images", Integer(1, 4)),
    optional("seed", Integer(1, i64::MAX)),
    optional("guidance_scale", Number(1.0, 20.0)),
    optional("safety_tolerance", Word(&["1", "2", "3", "4", "5", "6"])),
    optional("output_format", Word(&["jpeg", "png"])),
    optional("aspect_ratio", Word(&["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"])),
];

const fn kontext(id: &'static str) -> Model {
    Model {
        id,
        aliases: &[],
        fields: KONTEXT_FIELDS,
        size: DefaultSize::Ratio(16, 9),
        format: Format::Jpeg,
        answer: AnswerForm::IMAGES,
        price: Price::MadeUp,
    }
}

const FLUX_2_SIDES: Sides = sides_or(512, 2048, 32, 1024, 768);
const THREE_FORMATS: &[&str] = &["jpeg", "png", "webp"];
const FLUX_2: AnswerForm = AnswerForm { item: ItemForm::Bare, ..AnswerForm::PLAIN };

pub(super) const MODELS: &[Model] = &[
    Model {
        id: "flux/dev/image-to-image",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(4000)),
            required("image_url", Picture(InputLimits::NONE)),
            optional("num_images", Integer(1, 4)),
            optional("seed", Integer(1, i64::MAX)),
            optional("guidance_scale", Number(1.0, 20.0)),
            optional("num_inference_steps", Integer(1, 50)),
            optional("enable_safety_checker", Flag),
            // The documentation states no range.
            optional("strength", Number(0.0, 1.0)),
        ],
        size: DefaultSize::Input,
        format: Format::Jpeg,
        answer: AnswerForm::IMAGES,
        price: Price::MadeUp,
    },
    kontext("flux/kontext-pro/image-to-image"),
    kontext("flux/kontext-max/image-to-image"),
    Model {
        id: "flux/srpo/image-to-image",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(4000)),
            required("image_url", Picture(InputLimits::NONE)),
            optional("num_images", Integer(1, 4)),
            optional("seed", Integer(1, i64::MAX)),
            optional("num_inference_steps", Integer(1, 50)),
            optional("guidance_scale", Number(1.0, 20.0)),
            optional("sync_mode", Flag),
            optional("enable_safety_checker", Flag),
            optional("output_format", Word(&["jpeg", "png"])),
            optional("acceleration", Word(&["none", "regular", "high"])),
            optional("strength", Number(0.0, 1.0)),
        ],
        size: DefaultSize::Input,
        format: Format::Jpeg,
        answer: AnswerForm::FAL,
        price: Price::Fixed(52_500),
    },
    Model {
        id: "blackforestlabs/flux-2-edit",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(4000)),
            required("image_urls", Pictures(3, InputLimits::NONE)),
            optional("image_size", Size(FLUX_2_SIDES, PRESETS)),
            optional("output_format", Word(THREE_FORMATS)),
            optional("enable_prompt_expansion", Flag),
            optional("guidance_scale", Number(0.0, 20.0)),
            optional("num_inference_steps", Integer(4, 50)),
            optional("acceleration", Word(&["none", "regular", "high"])),
            optional("seed", Integer(1, i64::MAX)),
            optional("num_images", Integer(1, 4)),
            optional("enable_safety_checker", Flag),
        ],
        size: DefaultSize::Fixed(1024, 768),
        format: Format::Png,
        answer: FLUX_2,
        price: Price::Fixed(75_600),
    },
    Model {
        id: "blackforestlabs/flux-2-lora-edit",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(4000)),
            required("image_urls", Pictures(3, InputLimits::NONE)),
            optional("image_size", Size(FLUX_2_SIDES, PRESETS)),
            optional("output_format", Word(THREE_FORMATS)),
            optional("enable_prompt_expansion", Flag),
            optional("guidance_scale", Number(0.0, 20.0)),
            optional("num_inference_steps", Integer(4, 50)),
            optional("acceleration", Word(&["none", "regular", "high"])),
            optional("seed", Integer(1, i64::MAX)),
            optional("num_images", Integer(1, 4)),
            optional("enable_safety_checker", Flag),
            optional("loras", Loras(3)),
        ],
        size: DefaultSize::Fixed(1024, 768),
        format: Format::Png,
        answer: FLUX_2,
        price: Price::Fixed(132_400),
    },
    Model {
        id: "blackforestlabs/flux-2-pro-edit",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(4000)),
            required("image_urls", Pictures(3, InputLimits::NONE)),
            optional("image_size", Size(FLUX_2_SIDES, PRESETS)),
            optional("output_format", Word(THREE_FORMATS)),
            optional("seed", Integer(1, i64::MAX)),
            optional("enable_safety_checker", Flag),
            optional("safety_tolerance", Word(&["1", "2", "3", "4", "5", "6"])),
        ],
        size: DefaultSize::Fixed(1024, 768),
        format: Format::Png,
        answer: FLUX_2,
        price: Price::Fixed(189_000),
    },
];
