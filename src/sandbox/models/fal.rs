//! fal: `POST /{model id}`, answered from a queue.

use seededit_picture::Format;

use crate::field::Rule::{AtLeastOnePicture, Flag, Integer, Number, Picture, Pictures, Prompt, Size, Word};
use crate::field::{ANY_INTEGER, ANY_LENGTH, Field, optional, required};
use crate::input::InputLimits;
use crate::size::{DefaultSize, Sides, sides};

/// A model of fal.
#[derive(Debug)]
pub(in super::super) struct FalModel {
    /// The path of the request.
    pub(in super::super) id: &'static str,
    pub(in super::super) fields: &'static [Field],
    pub(in super::super) size: DefaultSize,
    pub(in super::super) format: Format,
    /// Whether the answer has one `image` instead of `images`.
    pub(in super::super) is_single: bool,
    /// The price in credits of a result up to 1.5K, and of a larger one.
    pub(in super::super) prices: (u64, u64),
}

/// The presets, and the words that leave the shape to the model.
const V4_SIZES: &[&str] = &[
    "square_hd",
    "square",
    "portrait_4_3",
    "portrait_16_9",
    "landscape_4_3",
    "landscape_16_9",
    "auto",
    "auto_2K",
    "auto_4K",
];
const V5_SIZES: &[&str] =
    &["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9", "auto_2K"];

/// Bounds of the number of pixels only.
const fn pixels(least: u64, most: u64) -> Sides {
    Sides { pixels: (least, most), ..sides(1, 16_384, 1) }
}

const V4_FIELDS: &[Field] = &[
    required("prompt", Prompt(ANY_LENGTH)),
    // More than ten are accepted, and the last ten are used.
    required("image_urls", AtLeastOnePicture(InputLimits::NONE)),
    optional("image_size", Size(pixels(921_600, 4096 * 4096), V4_SIZES)),
    optional("num_images", Integer(1, 6)),
    optional("max_images", Integer(1, 6)),
    optional("seed", ANY_INTEGER),
    optional("sync_mode", Flag),
    optional("enable_safety_checker", Flag),
    optional("enhance_prompt_mode", Word(&["standard", "fast"])),
];

/// The full schema of these models is not known; these are the fields that their pages name.
const V5_FIELDS: &[Field] = &[
    required("prompt", Prompt(ANY_LENGTH)),
    required("image_urls", Pictures(10, InputLimits::NONE)),
    optional("image_size", Size(pixels(921_600, 4_624_220), V5_SIZES)),
    optional("num_images", Integer(1, 6)),
    optional("output_format", Word(&["jpeg", "png"])),
];

const fn v4(id: &'static str, price: u64) -> FalModel {
    FalModel {
        id,
        fields: V4_FIELDS,
        size: DefaultSize::InputShape(2048 * 2048),
        format: Format::Png,
        is_single: false,
        prices: (price, price),
    }
}

const fn v5(id: &'static str, prices: (u64, u64)) -> FalModel {
    FalModel {
        id,
        fields: V5_FIELDS,
        size: DefaultSize::InputShape(2048 * 2048),
        format: Format::Png,
        is_single: false,
        prices,
    }
}

pub(in super::super) const MODELS: &[FalModel] = &[
    FalModel {
        id: "fal-ai/bytedance/seededit/v3/edit-image",
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            required("image_url", Picture(InputLimits::NONE)),
            // Not 1 to 10, as everywhere else.
            optional("guidance_scale", Number(0.0, 1.0)),
            optional("seed", ANY_INTEGER),
        ],
        size: DefaultSize::Adaptive,
        format: Format::Jpeg,
        is_single: true,
        prices: (60_000, 60_000),
    },
    // The documentation shows no price of these two.
    v4("fal-ai/bytedance/seedream/v4/edit", 60_000),
    v4("fal-ai/bytedance/seedream/v4.5/edit", 80_000),
    FalModel {
        id: "fal-ai/bytedance/seedream/v5/lite/edit",
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            required("image_urls", Pictures(10, InputLimits::NONE)),
            optional("image_size", Size(pixels(2560 * 1440, 3072 * 3072), V5_SIZES)),
            optional("num_images", Integer(1, 6)),
            optional("max_images", Integer(1, 6)),
            optional("sync_mode", Flag),
            optional("enable_safety_checker", Flag),
        ],
        size: DefaultSize::InputShape(2048 * 2048),
        format: Format::Png,
        is_single: false,
        prices: (70_000, 70_000),
    },
    // No `fal-ai/` in front.
    v5("bytedance/seedream/v5/pro/edit", (135_000, 270_000)),
    v5("bytedance/seedream/v5/flash/edit", (54_000, 54_000)),
    v5("bytedance/seedream/v5.5/edit", (60_000, 81_000)),
];

/// The model at a path without its leading slash.
pub(in super::super) fn find(id: &str) -> Option<&'static FalModel> {
    MODELS.iter().find(|model| model.id == id)
}
