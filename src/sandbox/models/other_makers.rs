//! Kling, Luma, Reve and Beeble.

use seededit_picture::Format;

use super::{AnswerForm, ItemForm, Model, Price};
use crate::field::Rule::{Choice, Flag, Integer, MaybePictures, Picture, Pictures, Prompt, Text, Word};
use crate::field::{Field, optional, required};
use crate::input::InputLimits;
use crate::size::DefaultSize;

const LUMA_FIELDS: &[Field] = &[
    required("prompt", Prompt(6000)),
    // Without `image_edit`, the pictures are only references of a new one.
    optional("type", Word(&["image", "image_edit"])),
    optional("aspect_ratio", Word(&["3:1", "2:1", "16:9", "3:2", "1:1", "2:3", "9:16", "1:2", "1:3"])),
    optional("style", Word(&["auto", "manga"])),
    optional("output_format", Word(&["png", "jpeg"])),
    optional("web_search", Flag),
    optional("image_url", Picture(InputLimits::NONE)),
    optional("image_urls", MaybePictures(9, InputLimits::NONE)),
];

const fn luma(id: &'static str) -> Model {
    Model {
        id,
        aliases: &[],
        fields: LUMA_FIELDS,
        // The model chooses.
        size: DefaultSize::InputShape(2048 * 2048),
        format: Format::Png,
        answer: AnswerForm::PLAIN,
        price: Price::MadeUp,
    }
}

const REVE: AnswerForm = AnswerForm { item: ItemForm::Reviewed, ..AnswerForm::PLAIN };

const SWITCHX_INPUT: InputLimits = InputLimits { max_pixels: 2_770_000, ..InputLimits::NONE };

pub(super) const MODELS: &[Model] = &[
    Model {
        id: "klingai/image-o1",
        aliases: &[],
        fields: &[
            required("prompt", Prompt(4000)),
            required("image_urls", Pictures(10, InputLimits::NONE)),
            optional("aspect_ratio", Word(&["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16"])),
            optional("resolution", Word(&["1K", "2K"])),
            optional("output_format", Word(&["jpeg", "png", "webp"])),
            optional("num_images", Integer(1, 9)),
            optional("provider", Word(&["auto", "kling", "fal"])),
        ],
        size: DefaultSize::Ratio(16, 9),
        format: Format::Png,
        answer: AnswerForm { item: ItemForm::Bare, ..AnswerForm::PLAIN },
        price: Price::Fixed(58_800),
    },
    luma("luma/uni-1"),
    luma("luma/uni-1-max"),
    Model {
        id: "reve/edit-image",
        aliases: &[],
        fields: &[
            required("image_url", Picture(InputLimits::NONE)),
            required("prompt", Prompt(2560)),
            optional("convert_base64_to_url", Flag),
        ],
        size: DefaultSize::Input,
        format: Format::Png,
        answer: REVE,
        price: Price::Fixed(210_000),
    },
    Model {
        id: "reve/remix-edit-image",
        aliases: &[],
        fields: &[
            required("image_urls", Pictures(4, InputLimits::NONE)),
            optional("aspect_ratio", Word(&["16:9", "9:16", "3:2", "2:3", "4:3", "3:4", "1:1"])),
            required("prompt", Prompt(2560)),
            optional("convert_base64_to_url", Flag),
        ],
        size: DefaultSize::Ratio(3, 2),
        format: Format::Png,
        answer: REVE,
        price: Price::Fixed(210_000),
    },
    Model {
        id: "beeble/switchx-image-to-image",
        aliases: &[],
        fields: &[
            required("image_url", Picture(SWITCHX_INPUT)),
            optional("alpha_url", Picture(SWITCHX_INPUT)),
            // It can take the place of the prompt.
            optional("reference_image_url", Picture(SWITCHX_INPUT)),
            optional("alpha_mode", Word(&["auto", "fill", "custom", "select"])),
            optional("max_resolution", Choice(&[720, 1080])),
            optional("alpha_keyframe_index", Integer(0, i64::MAX)),
            optional("seed", Integer(0, 4_294_967_295)),
            optional("prompt", Text(2000)),
        ],
        size: DefaultSize::Input,
        format: Format::Png,
        // The example of its page is a copy of another model's.
        answer: AnswerForm::IMAGES,
        price: Price::MadeUp,
    },
];
