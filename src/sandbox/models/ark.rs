//! The maker's own hosts, Volcengine Ark and BytePlus ModelArk: `POST /api/v3/images/generations`.

use seededit_picture::Format;

use crate::field::Rule::{Flag, ObjectWithInteger, ObjectWithWord, OneOrMore, Prompt, SizeText, Word};
use crate::field::{ANY_LENGTH, Field, Rule, optional, required};
use crate::input::InputLimits;
use crate::size::TextSize;

/// A model of these hosts.
#[derive(Debug)]
pub(in super::super) struct ArkModel {
    /// The dated id, without the host's prefix.
    pub(in super::super) id: &'static str,
    /// All fields except `model`.
    pub(in super::super) fields: &'static [Field],
    /// The number of pixels of a result when no size is given.
    pub(in super::super) pixels: u64,
    pub(in super::super) format: Format,
    pub(in super::super) price: ArkPrice,
    /// The state that `GET /api/v3/models` shows.
    pub(in super::super) status: Status,
}

/// Prices in credits, from the price list of BytePlus.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct ArkPrice {
    /// Up to [`SMALL_PIXELS`].
    pub(in super::super) small: u64,
    pub(in super::super) large: u64,
    /// For each picture of the request beyond the first `free` ones.
    pub(in super::super) picture: u64,
    pub(in super::super) free_pictures: u64,
}

/// The number of pixels of the tier 1.5K, up to which the lower price applies.
pub(in super::super) const SMALL_PIXELS: u64 = 2_360_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Status {
    Available,
    Shutdown,
}

/// The prefixes of ids: none or `dola-` at BytePlus, `doubao-` at Volcengine.
const PREFIXES: [&str; 3] = ["", "dola-", "doubao-"];

const INPUT: InputLimits = InputLimits {
    formats: &["jpeg", "png", "webp", "bmp", "tiff", "gif"],
    max_bytes: 30 * 1024 * 1024,
    min_pixels: 196,
    max_pixels: 36_000_000,
    min_side_exclusive: 14,
    max_ratio: 16,
};

const fn size(words: &'static [&'static str], least_pixels: u64, most_pixels: u64) -> Rule {
    let bounds = TextSize { least_pixels, most_pixels, max_ratio: 16, step: 1, longest: 16_384 };
    SizeText(words, Some(bounds))
}

const RESPONSE_FORMAT: Field = optional("response_format", Word(&["url", "b64_json"]));
const WATERMARK: Field = optional("watermark", Flag);
const SEQUENTIAL: Field = optional("sequential_image_generation", Word(&["auto", "disabled"]));
const SEQUENTIAL_OPTIONS: Field =
    optional("sequential_image_generation_options", ObjectWithInteger("max_images", 1, 15));
const OUTPUT_FORMAT: Field = optional("output_format", Word(&["jpeg", "png"]));
const BACKGROUND: Field = optional("background", Word(&["auto", "transparent", "opaque"]));
const STANDARD_OR_FAST: Field =
    optional("optimize_prompt_options", ObjectWithWord("mode", &["standard", "fast"]));
const STANDARD_ONLY: Field = optional("optimize_prompt_options", ObjectWithWord("mode", &["standard"]));

const fn flat(price: u64) -> ArkPrice {
    ArkPrice { small: price, large: price, picture: 0, free_pictures: 0 }
}

const SEEDREAM_4_0: ArkModel = ArkModel {
    id: "seedream-4-0-250828",
    fields: &[
        required("prompt", Prompt(ANY_LENGTH)),
        optional("image", OneOrMore(14, INPUT)),
        optional("size", size(&["1K", "2K", "4K"], 921_600, 16_777_216)),
        RESPONSE_FORMAT,
        WATERMARK,
        SEQUENTIAL,
        SEQUENTIAL_OPTIONS,
        optional("stream", Flag),
        STANDARD_OR_FAST,
    ],
    pixels: 2048 * 2048,
    format: Format::Jpeg,
    price: flat(60_000),
    status: Status::Available,
};

const SEEDREAM_5_0_LITE: ArkModel = ArkModel {
    id: "seedream-5-0-260128",
    fields: &[
        required("prompt", Prompt(ANY_LENGTH)),
        optional("image", OneOrMore(14, INPUT)),
        optional("size", size(&["2K", "3K", "4K"], 3_686_400, 16_777_216)),
        RESPONSE_FORMAT,
        WATERMARK,
        OUTPUT_FORMAT,
        SEQUENTIAL,
        SEQUENTIAL_OPTIONS,
        optional("stream", Flag),
        STANDARD_ONLY,
    ],
    pixels: 2048 * 2048,
    format: Format::Jpeg,
    price: flat(70_000),
    status: Status::Available,
};

pub(in super::super) const MODELS: &[ArkModel] = &[
    // Shut down on 2026-01-22; only the list still shows it.
    ArkModel {
        id: "seededit-3-0-i2i-250628",
        fields: &[],
        pixels: 1024 * 1024,
        format: Format::Jpeg,
        price: flat(60_000),
        status: Status::Shutdown,
    },
    SEEDREAM_4_0,
    ArkModel { id: "seedream-4-0-20260415", ..SEEDREAM_4_0 },
    ArkModel {
        id: "seedream-4-5-251128",
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            optional("image", OneOrMore(14, INPUT)),
            optional("size", size(&["2K", "4K"], 3_686_400, 16_777_216)),
            RESPONSE_FORMAT,
            WATERMARK,
            SEQUENTIAL,
            SEQUENTIAL_OPTIONS,
            optional("stream", Flag),
            STANDARD_ONLY,
        ],
        pixels: 2048 * 2048,
        format: Format::Jpeg,
        price: flat(80_000),
        status: Status::Available,
    },
    SEEDREAM_5_0_LITE,
    ArkModel { id: "seedream-5-0-lite-260128", ..SEEDREAM_5_0_LITE },
    ArkModel {
        id: "seedream-5-0-pro-260628",
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            optional("image", OneOrMore(10, INPUT)),
            optional("size", size(&["1K", "1.5K", "2K"], 921_600, 4_624_220)),
            RESPONSE_FORMAT,
            WATERMARK,
            OUTPUT_FORMAT,
            STANDARD_OR_FAST,
            BACKGROUND,
            optional("layer_decomposition", Flag),
        ],
        pixels: 2048 * 2048,
        format: Format::Jpeg,
        price: ArkPrice { small: 90_000, large: 180_000, picture: 6_000, free_pictures: 1 },
        status: Status::Available,
    },
    ArkModel {
        id: "seedream-5-0-flash-260915",
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            optional("image", OneOrMore(10, INPUT)),
            optional("size", size(&["1K", "1.5K", "2K"], 921_600, 4_624_220)),
            RESPONSE_FORMAT,
            WATERMARK,
            OUTPUT_FORMAT,
            STANDARD_ONLY,
        ],
        pixels: 2048 * 2048,
        format: Format::Jpeg,
        price: flat(36_000),
        status: Status::Available,
    },
    ArkModel {
        id: "seedream-5-5-261028",
        fields: &[
            required("prompt", Prompt(ANY_LENGTH)),
            optional("image", OneOrMore(10, INPUT)),
            // The bounds of explicit sizes are not documented; these are those of 5.0 pro.
            optional("size", size(&["1K", "1.5K", "2K"], 921_600, 4_624_220)),
            RESPONSE_FORMAT,
            WATERMARK,
            OUTPUT_FORMAT,
            STANDARD_ONLY,
            BACKGROUND,
            optional("layer_decomposition", Flag),
        ],
        pixels: 2048 * 2048,
        format: Format::Png,
        price: ArkPrice { small: 40_000, large: 70_000, picture: 16_000, free_pictures: 0 },
        status: Status::Available,
    },
];

/// The model with this dated id, with or without a prefix.
pub(in super::super) fn find(id: &str) -> Option<&'static ArkModel> {
    let is_called =
        |model: &&ArkModel| PREFIXES.iter().any(|prefix| id.strip_prefix(prefix) == Some(model.id));
    MODELS.iter().filter(|model| model.status == Status::Available).find(is_called)
}

impl ArkPrice {
    /// The price in credits of one result.
    pub(in super::super) fn credits(self, pixels: u64, pictures: usize) -> u64 {
        let result = if pixels <= SMALL_PIXELS { self.small } else { self.large };
        let charged = u64::try_from(pictures).unwrap_or(u64::MAX).saturating_sub(self.free_pictures);
        result.saturating_add(self.picture.saturating_mul(charged))
    }
}
