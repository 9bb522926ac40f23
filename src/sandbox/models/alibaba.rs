//! Alibaba: Qwen and Wan.

use seededit_picture::Format;

use super::{AnswerForm, ItemForm, LinkForm, Model, Price};
use crate::field::Rule::{Flag, Integer, Picture, Pictures, Prompt, Size, Text, Word};
use crate::field::{Field, optional, required};
use crate::input::InputLimits;
use crate::size::{DefaultSize, PRESETS, sides, sides_or};

/// The fields of Qwen Image 2.0 and of all Wan models.
const QWEN_2_FIELDS: &[Field] = &[
    required("prompt", Prompt(2000)),
    optional("image_urls", Pictures(3, InputLimits::NONE)),
    optional("image_size", Size(sides(512, 1440, 32), PRESETS)),
    optional("enhance_prompt", Flag),
    optional("negative_prompt", Text(500)),
    optional("seed", Integer(0, 2_147_483_647)),
    optional("watermark", Flag),
];

const fn qwen_2(id: &'static str, price: Price) -> Model {
    Model {
        id,
        aliases: &[],
        fields: QWEN_2_FIELDS,
        // The preset `landscape_4_3`.
        size: DefaultSize::Fixed(1024, 768),
        format: Format::Png,
        answer: AnswerForm { item: ItemForm::Bare, link: LinkForm::Signed, ..AnswerForm::PLAIN },
        price,
    }
}

pub(super) const MODELS: &[Model] = &[
    Model {
        id: "alibaba/qwen-image-edit",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(800)),
            required("image", Picture(InputLimits::NONE)),
            optional("negative_prompt", Text(500)),
            optional("watermark", Flag),
        ],
        size: DefaultSize::Input,
        format: Format::Png,
        answer: AnswerForm {
            item: ItemForm::Bare,
            created: true,
            meta: false,
            link: LinkForm::Signed,
            ..AnswerForm::PLAIN
        },
        price: Price::MadeUp,
    },
    Model {
        id: "alibaba/qwen-image-3-edit",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(800)),
            required("image_urls", Pictures(3, InputLimits::NONE)),
            optional("image_size", Size(sides_or(384, 2048, 32, 1024, 1024), PRESETS)),
            optional("negative_prompt", Text(500)),
            optional("num_images", Integer(1, 4)),
            optional("output_format", Word(&["jpeg", "png", "webp"])),
            optional("seed", Integer(0, 2_147_483_647)),
            optional("enable_prompt_expansion", Flag),
            optional("enable_safety_checker", Flag),
        ],
        size: DefaultSize::Input,
        format: Format::Png,
        answer: AnswerForm::PLAIN,
        price: Price::MadeUp,
    },
    qwen_2("alibaba/qwen-image-2-0", Price::Fixed(91_000)),
    qwen_2("alibaba/qwen-image-2-0-pro", Price::Fixed(195_000)),
    qwen_2("alibaba/wan-2-6-image", Price::Fixed(78_000)),
    qwen_2("alibaba/wan-2-7-image", Price::Fixed(78_000)),
    qwen_2("alibaba/wan-2-7-image-pro", Price::Fixed(195_000)),
];
