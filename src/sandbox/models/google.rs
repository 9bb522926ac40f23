//! Google: the Gemini image models, also called Nano Banana.

use seededit_picture::Format;

use super::{AnswerForm, ItemForm, Model, Price};
use crate::field::Rule::{Flag, Integer, MaybePictures, Prompt, Word};
use crate::field::{ANY_LENGTH, Field, optional, required};
use crate::input::InputLimits;
use crate::size::DefaultSize;

const RATIOS: &[&str] = &["1:1", "9:16", "16:9", "3:4", "4:3"];
const RESOLUTIONS: &[&str] = &["1K", "2K", "4K"];
const PROVIDERS: &[&str] = &["auto", "google", "fal"];

/// The shape of the first picture, at the resolution `1K`.
const LIKE_THE_INPUT: DefaultSize = DefaultSize::InputShape(1024 * 1024);

const GOOGLE: AnswerForm = AnswerForm { item: ItemForm::Typed, ..AnswerForm::PLAIN };

const NANO_BANANA_FIELDS: &[Field] = &[
    required("prompt", Prompt(ANY_LENGTH)),
    optional("image_urls", MaybePictures(3, InputLimits::NONE)),
    optional("aspect_ratio", Word(RATIOS)),
    optional("enhance_prompt", Flag),
    optional("num_images", Integer(1, 4)),
    optional("seed", Integer(0, 4_294_967_295)),
    optional("person_generation", Word(&["dont_allow", "allow_adult"])),
    optional("safety_setting", Word(&["block_low_and_above", "block_medium_and_above", "block_only_high"])),
    optional("add_watermark", Flag),
    optional("convert_base64_to_url", Flag),
    optional("provider", Word(PROVIDERS)),
];

/// The models that only take a ratio, a resolution and whether to search the web.
const FLASH_FIELDS: &[Field] = &[
    required("prompt", Prompt(ANY_LENGTH)),
    optional("image_urls", MaybePictures(5, InputLimits::NONE)),
    optional("aspect_ratio", Word(RATIOS)),
    optional("resolution", Word(RESOLUTIONS)),
    optional("enable_web_search", Flag),
];

pub(super) const MODELS: &[Model] = &[
    Model {
        id: "google/nano-banana-edit",
        aliases: &[],
        fields: NANO_BANANA_FIELDS,
        size: LIKE_THE_INPUT,
        format: Format::Png,
        answer: GOOGLE,
        price: Price::Fixed(84_000),
    },
    // The older id, with the answer of its page.
    Model {
        id: "google/gemini-2.5-flash-image-edit",
        aliases: &[],
        fields: NANO_BANANA_FIELDS,
        size: LIKE_THE_INPUT,
        format: Format::Png,
        answer: AnswerForm { fal: false, ..AnswerForm::IMAGES },
        price: Price::Fixed(84_000),
    },
    Model {
        id: "google/gemini-3-pro-image-edit",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            optional("image_urls", MaybePictures(5, InputLimits::NONE)),
            optional("aspect_ratio", Word(RATIOS)),
            optional("resolution", Word(RESOLUTIONS)),
            optional("num_images", Integer(1, 4)),
            optional("provider", Word(PROVIDERS)),
        ],
        size: LIKE_THE_INPUT,
        format: Format::Png,
        answer: GOOGLE,
        price: Price::Fixed(315_000),
    },
    // The older ids of the same model, with the number of pictures of their page.
    Model {
        id: "google/nano-banana-pro-edit",
        aliases: &["google/gemini-3-pro-image-preview-edit"],
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            optional("image_urls", MaybePictures(14, InputLimits::NONE)),
            optional("aspect_ratio", Word(RATIOS)),
            optional("resolution", Word(RESOLUTIONS)),
            optional("num_images", Integer(1, 4)),
            optional("provider", Word(PROVIDERS)),
        ],
        size: LIKE_THE_INPUT,
        format: Format::Png,
        answer: GOOGLE,
        price: Price::Fixed(315_000),
    },
    Model {
        id: "google/nano-banana-2",
        aliases: &["google/gemini-3-1-flash-image-preview"],
        fields: FLASH_FIELDS,
        size: DefaultSize::Ratio(1, 1),
        format: Format::Png,
        answer: GOOGLE,
        // The higher of two example answers; the other is 0.0895.
        price: Price::Fixed(185_000),
    },
    Model {
        id: "google/gemini-3-1-flash-lite-image",
        aliases: &[],
        fields: FLASH_FIELDS,
        size: LIKE_THE_INPUT,
        format: Format::Png,
        answer: GOOGLE,
        price: Price::MadeUp,
    },
    Model {
        id: "google/gemini-nano-banana-2.1",
        aliases: &[],
        fields: FLASH_FIELDS,
        size: LIKE_THE_INPUT,
        format: Format::Png,
        answer: GOOGLE,
        price: Price::MadeUp,
    },
];
