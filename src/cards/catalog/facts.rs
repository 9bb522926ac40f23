//! The built-in cards beside a table of the same facts, transcribed a second time from the services' documentation.
//!
//! A change of a card needs a change of its row, so that a slip in one of them is noticed. The columns are:
//!
//! 1. the id, below the name of its service;
//! 2. the pictures: the field, then `[]` for an array, `|[]` for one or an array, or `+` and the field of the others;
//!    then the largest number;
//! 3. the longest prompt;
//! 4. the seeds, in the field `seed`;
//! 5. the guidance scales, in the field `guidance_scale`;
//! 6. the sizes: the field and its form, `=>`, and what is returned if no size is sent;
//! 7. the formats, in the field `output_format`;
//! 8. the longest negative prompt, in the field `negative_prompt`; `any` if no limit is known;
//! 9. the fields of the watermark, the form of the answer and the mask;
//! 10. fields that are always sent;
//! 11. the dialect, unless it is `images-json`, and the status, unless it is `current`.

use std::fmt::Write as _;

use crate::dialect::Dialect;
use crate::model::{ImageShape, MaskPolarity, ModelCard, Status};
use crate::size::{Bounds, DefaultSize, Form, SizeGrammar, Tiers, Written};

use super::tests::all;

const TABLE: &str = "
# aimlapi
alibaba/qwen-image-2-0 | image_urls[] 3 | 2000 | 0..2147483647 | - | image_size{} sides 512..1440 step 32 => fixed | - | 500 | watermark | - | -
alibaba/qwen-image-2-0-pro | image_urls[] 3 | 2000 | 0..2147483647 | - | image_size{} sides 512..1440 step 32 => fixed | - | 500 | watermark | - | -
alibaba/qwen-image-3-edit | image_urls[] 3 | 800 | 0..2147483647 | - | image_size{} sides 384..2048 step 32 => input | jpeg png webp | 500 | - | - | -
alibaba/qwen-image-edit | image 1 | 800 | - | - | none => input | - | 500 | watermark | - | -
alibaba/wan-2-6-image | image_urls[] 3 | 2000 | 0..2147483647 | - | image_size{} sides 512..1440 step 32 => fixed | - | 500 | watermark | - | -
alibaba/wan-2-7-image | image_urls[] 3 | 2000 | 0..2147483647 | - | image_size{} sides 512..1440 step 32 => fixed | - | 500 | watermark | - | -
alibaba/wan-2-7-image-pro | image_urls[] 3 | 2000 | 0..2147483647 | - | image_size{} sides 512..1440 step 32 => fixed | - | 500 | watermark | - | -
beeble/switchx-image-to-image | image_url 1 | 2000 | 0..4294967295 | - | max_resolution 720 1080 => input | - | - | - | - | -
blackforestlabs/flux-2-edit | image_urls[] 3 | 4000 | 1..2147483647 | 0..20 | image_size{} sides 512..2048 step 32 => fixed | jpeg png webp | - | - | - | -
blackforestlabs/flux-2-lora-edit | image_urls[] 3 | 4000 | 1..2147483647 | 0..20 | image_size{} sides 512..2048 step 32 => fixed | jpeg png webp | - | - | - | -
blackforestlabs/flux-2-pro-edit | image_urls[] 3 | 4000 | 1..2147483647 | - | image_size{} sides 512..2048 step 32 => fixed | jpeg png webp | - | - | - | -
bytedance/seededit-3.0-i2i | image 1 | - | 0..2147483647 | 1..10 | size adaptive => nearest of 53 | - | - | watermark response_format | - | withdrawn
bytedance/seedream-4-5 | image_urls[] 14 | - | 0..2147483647 | - | image_size{} sides 1440..4096 pixels 3686400.. => model | - | - | watermark response_format | - | -
bytedance/seedream-5-0-lite-preview | image_urls[] 14 | - | 0..2147483647 | - | image_size{} sides 1440..4096 pixels 3686400.. => model | - | - | watermark response_format | - | -
bytedance/seedream-5-0-pro | image_urls[] 10 | - | 0..2147483647 | - | image_size{} sides 1024..2752 pixels ..4624220 => model | - | - | watermark response_format | - | -
bytedance/seedream-v4-edit | image_urls[] 10 | 4000 | 1..2147483647 | - | image_size{} sides 1024..4096 => fixed | - | - | - | - | -
bytedance/uso | image_urls[] 3 | 4000 | 1..2147483647 | 1..20 | none => input | jpeg png | any | - | keep_size | -
flux/dev/image-to-image | image_url 1 | 4000 | 1..2147483647 | 1..20 | none => input | - | - | - | - | -
flux/kontext-max/image-to-image | image_url|[] 4 | 4000 | 1..2147483647 | 1..20 | aspect_ratio 21:9 16:9 4:3 3:2 1:1 2:3 3:4 9:16 9:21 => fixed | jpeg png | - | - | - | -
flux/kontext-pro/image-to-image | image_url|[] 4 | 4000 | 1..2147483647 | 1..20 | aspect_ratio 21:9 16:9 4:3 3:2 1:1 2:3 3:4 9:16 9:21 => fixed | jpeg png | - | - | - | -
flux/srpo/image-to-image | image_url 1 | 4000 | 1..2147483647 | 1..20 | none => input | jpeg png | - | - | - | -
google/gemini-3-1-flash-lite-image | image_urls[] 5 | - | - | - | aspect_ratio 1:1 9:16 16:9 3:4 4:3, resolution 1K 2K 4K => input | - | - | - | - | -
google/gemini-3-pro-image-edit | image_urls[] 5 | - | - | - | aspect_ratio 1:1 9:16 16:9 3:4 4:3, resolution 1K 2K 4K => input | - | - | - | - | -
google/gemini-nano-banana-2.1 | image_urls[] 5 | - | - | - | aspect_ratio 1:1 9:16 16:9 3:4 4:3, resolution 1K 2K 4K => input | - | - | - | - | -
google/nano-banana-2 | image_urls[] 5 | - | - | - | aspect_ratio 1:1 9:16 16:9 3:4 4:3, resolution 1K 2K 4K => fixed | - | - | - | - | -
google/nano-banana-edit | image_urls[] 3 | - | 0..4294967295 | - | aspect_ratio 1:1 9:16 16:9 3:4 4:3 => input | - | - | add_watermark convert_base64_to_url | - | -
klingai/image-o1 | image_urls[] 10 | 4000 | - | - | aspect_ratio 21:9 16:9 4:3 3:2 1:1 2:3 3:4 9:16, resolution 1K 2K => fixed | jpeg png webp | - | - | - | -
luma/uni-1 | image_url+image_urls 10 | 6000 | - | - | aspect_ratio 3:1 2:1 16:9 3:2 1:1 2:3 9:16 1:2 1:3 => model | png jpeg | - | - | type | -
luma/uni-1-max | image_url+image_urls 10 | 6000 | - | - | aspect_ratio 3:1 2:1 16:9 3:2 1:1 2:3 9:16 1:2 1:3 => model | png jpeg | - | - | type | -
openai/gpt-image-1 | image 16 | 32000 | - | - | size 1024x1024 1024x1536 1536x1024 => fixed | png jpeg webp | - | response_format mask transparent | - | images-multipart
openai/gpt-image-2 | image 16 | 32000 | - | - | size 1024x1024 1024x1536 1536x1024 => fixed | png jpeg webp | - | response_format mask transparent | - | images-multipart
reve/edit-image | image_url 1 | 2560 | - | - | none => input | - | - | convert_base64_to_url | - | -
reve/remix-edit-image | image_urls[] 4 | 2560 | - | - | aspect_ratio 16:9 9:16 3:2 2:3 4:3 3:4 1:1 => fixed | - | - | convert_base64_to_url | - | -
# ark
doubao-seededit-3-0-i2i-250628 | image 1 | - | 0..2147483647 | 1..10 | size adaptive => nearest of 53 | - | - | watermark response_format | - | withdrawn
doubao-seedream-4-0-250828 | image|[] 14 | - | - | - | size pixels 921600..16777216 ratio 16 => model | - | - | watermark response_format | - | withdrawn
doubao-seedream-4-5-251128 | image|[] 14 | - | - | - | size pixels 3686400..16777216 ratio 16 => model | - | - | watermark response_format | - | retiring
doubao-seedream-5-0-flash-260915 | image|[] 10 | - | - | - | size pixels 921600..4624220 ratio 16 => model | jpeg png | - | watermark response_format | - | -
doubao-seedream-5-0-lite-260128 | image|[] 14 | - | - | - | size pixels 3686400..16777216 ratio 16 => model | png jpeg | - | watermark response_format | - | withdrawn
doubao-seedream-5-0-pro-260628 | image|[] 10 | - | - | - | size pixels 921600..4624220 ratio 16 => model | jpeg png | - | watermark response_format | - | -
doubao-seedream-5-5-261028 | image|[] 10 | - | - | - | size pixels 921600..4624220 ratio 16 => model | png jpeg | - | watermark response_format | - | -
# byteplus
dola-seedream-5-0-flash-260915 | image|[] 10 | - | - | - | size pixels 921600..4624220 ratio 16 => model | jpeg png | - | watermark response_format | - | -
dola-seedream-5-0-pro-260628 | image|[] 10 | - | - | - | size pixels 921600..4624220 ratio 16 => model | jpeg png | - | watermark response_format | - | -
dola-seedream-5-5-261028 | image|[] 10 | - | - | - | size pixels 921600..4624220 ratio 16 => model | png jpeg | - | watermark response_format | - | -
seededit-3-0-i2i-250628 | image 1 | - | 0..2147483647 | 1..10 | size adaptive => nearest of 53 | - | - | watermark response_format | - | withdrawn
seedream-4-0-250828 | image|[] 14 | - | - | - | size pixels 921600..16777216 ratio 16 => model | - | - | watermark response_format | - | -
seedream-4-5-251128 | image|[] 14 | - | - | - | size pixels 3686400..16777216 ratio 16 => model | - | - | watermark response_format | - | -
seedream-5-0-lite-260128 | image|[] 14 | - | - | - | size pixels 3686400..16777216 ratio 16 => model | png jpeg | - | watermark response_format | - | -
# fal
bytedance/seedream/v5.5/edit | image_urls[] 10 | - | - | - | image_size{} pixels 921600..4624220 ratio 16 => model | jpeg png | - | - | - | queue
bytedance/seedream/v5/flash/edit | image_urls[] 10 | - | - | - | image_size{} pixels 921600..4624220 ratio 16 => model | jpeg png | - | - | - | queue
bytedance/seedream/v5/pro/edit | image_urls[] 10 | - | - | - | image_size{} pixels 921600..4624220 ratio 16 => model | jpeg png | - | - | - | queue
fal-ai/bytedance/seededit/v3/edit-image | image_url 1 | - | 0..2147483647 | 0..1 | none => input | - | - | - | - | queue
fal-ai/bytedance/seedream/v4.5/edit | image_urls[] 10 | - | 0..2147483647 | - | image_size{} sides 1..4096 pixels 3686400..16777216 ratio 16 => model | - | - | - | - | queue
fal-ai/bytedance/seedream/v4/edit | image_urls[] 10 | - | 0..2147483647 | - | image_size{} sides 1..4096 pixels 921600..16777216 ratio 16 => model | - | - | - | - | queue
fal-ai/bytedance/seedream/v5/lite/edit | image_urls[] 10 | - | - | - | image_size{} pixels 3686400..9437184 ratio 16 => model | - | - | - | - | queue
# local
llama-swap | image 1 | - | - | - | size sides 256..4096 step 16 => fixed | - | - | - | - | images-multipart
sd-server | image[] 16 | - | - | - | size sides 256..4096 step 64 => input | png jpeg | - | mask white | - | images-multipart
sglang | image[] 16 | - | 0..2147483647 | 0..20 | size sides 256..4096 step 16 => model | png jpeg webp | any | response_format | - | images-multipart
vllm-omni | image 16 | - | 0..2147483647 | 0..20 | size sides 256..4096 step 16 => input | png jpeg webp | any | mask_image white | - | images-multipart
# openai
gpt-image-1 | image[] 16 | 32000 | - | - | size 1024x1024 1024x1536 1536x1024 => model | png jpeg webp | - | mask transparent | - | images-multipart
gpt-image-1.5 | image[] 16 | 32000 | - | - | size 1024x1024 1024x1536 1536x1024 => model | png jpeg webp | - | mask transparent | - | images-multipart
gpt-image-2 | image[] 16 | 32000 | - | - | size sides 1..3840 step 16 pixels 655360..8294400 ratio 3 => model | png jpeg webp | - | mask transparent | - | images-multipart
gpt-image-2.5 | image[] 16 | 32000 | - | - | size sides 1..3840 step 16 pixels 655360..8294400 ratio 3 => model | png jpeg webp | - | mask transparent | - | images-multipart
";

#[test]
fn every_card_says_what_the_table_says_and_has_a_row() {
    let expected = lines(TABLE);
    let mut found = String::new();
    for (service, models) in all() {
        let _ = writeln!(found, "# {}", service.name);
        for card in models {
            let _ = writeln!(found, "{}", row(&card));
        }
    }
    let found = lines(&found);
    let only_in = |some: &[String], others: &[String]| {
        some.iter().filter(|line| !others.contains(line)).cloned().collect::<Vec<_>>().join("\n")
    };
    assert!(
        found == expected,
        "only in the table:\n{}\n\nonly in the cards:\n{}\n",
        only_in(&expected, &found),
        only_in(&found, &expected)
    );
}

#[test]
fn fields_have_the_names_that_the_table_takes_for_granted() {
    for card in all().into_iter().flat_map(|(_, models)| models) {
        let names = [
            (Some(&card.prompt.field), "prompt"),
            (card.seed.as_ref().map(|field| &field.field), "seed"),
            (card.guidance.as_ref().map(|field| &field.field), "guidance_scale"),
            (card.output_format.as_ref().map(|field| &field.field), "output_format"),
            (card.negative_prompt.as_ref().map(|field| &field.field), "negative_prompt"),
        ];
        for (found, expected) in names {
            assert!(found.is_none_or(|found| found == expected), "{}: {found:?}", card.id);
        }
    }
}

/// Returns the lines, each below the heading of its service, in order.
fn lines(text: &str) -> Vec<String> {
    let mut service = "";
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("# ") {
            Some(name) => service = name,
            None => lines.push(format!("{service}/{line}")),
        }
    }
    lines.sort();
    lines
}

/// Writes a card as a row of the table.
fn row(card: &ModelCard) -> String {
    let columns = [
        card.id.clone(),
        pictures(card),
        card.prompt.max.map(|max| max.to_string()).unwrap_or_default(),
        card.seed.as_ref().map(|seed| format!("{}..{}", seed.min, seed.max)).unwrap_or_default(),
        card.guidance.as_ref().map(|scale| format!("{}..{}", scale.min, scale.max)).unwrap_or_default(),
        size(&card.size),
        card.output_format.as_ref().map(|format| format.values.join(" ")).unwrap_or_default(),
        card.negative_prompt
            .as_ref()
            .map(|text| text.max.map_or("any".to_owned(), |max| max.to_string()))
            .unwrap_or_default(),
        other_fields(card),
        card.extra.keys().cloned().collect::<Vec<_>>().join(" "),
        nature(card),
    ];
    columns.map(|column| if column.is_empty() { "-".to_owned() } else { column }).join(" | ")
}

fn pictures(card: &ModelCard) -> String {
    let image = &card.image;
    let shape = match image.shape {
        ImageShape::Single => "",
        ImageShape::Array => "[]",
        ImageShape::SingleOrArray => "|[]",
    };
    let references = image.references.as_ref().map(|field| format!("+{field}")).unwrap_or_default();
    format!("{}{shape}{references} {}", image.field, image.max)
}

fn other_fields(card: &ModelCard) -> String {
    let mask = card.mask.as_ref().map(|mask| {
        let polarity = match mask.polarity {
            MaskPolarity::Transparent => "transparent",
            MaskPolarity::White => "white",
        };
        format!("{} {polarity}", mask.field)
    });
    let watermark = card.watermark.as_ref().map(|field| field.field.clone());
    let answer = card.answer.as_ref().map(|answer| answer.field.clone());
    [watermark, answer, mask].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn nature(card: &ModelCard) -> String {
    let dialect = (card.dialect != Dialect::ImagesJson).then(|| card.dialect.name());
    let status = (card.status != Status::Current).then(|| card.status.name());
    [dialect, status].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn size(grammar: &SizeGrammar) -> String {
    let form = match &grammar.form {
        Form::None => "none".to_owned(),
        Form::Word { field, words } => format!("{field} {}", words.join(" ")),
        Form::Tier(tiers) => self::tiers(tiers),
        Form::Exact { field, written: Written::Object, bounds } => format!("{field}{{}} {}", limits(bounds)),
        Form::Exact { field, written: Written::Text, bounds } => format!("{field} {}", limits(bounds)),
        Form::List { field, sizes } => {
            let sizes: Vec<String> =
                sizes.iter().map(|size| format!("{}x{}", size.width, size.height)).collect();
            format!("{field} {}", sizes.join(" "))
        }
        Form::Preset { field, presets } => {
            let names: Vec<&str> = presets.iter().map(|(name, _)| name.as_str()).collect();
            format!("{field} {}", names.join(" "))
        }
        Form::Ratio { field, ratios, tiers, .. } => {
            let ratios: Vec<String> =
                ratios.iter().map(|(width, height)| format!("{width}:{height}")).collect();
            let tiers = tiers.as_ref().map(|tiers| format!(", {}", self::tiers(tiers))).unwrap_or_default();
            format!("{field} {}{tiers}", ratios.join(" "))
        }
    };
    let default = match &grammar.default {
        DefaultSize::Input => "input".to_owned(),
        DefaultSize::Nearest(sizes) => format!("nearest of {}", sizes.len()),
        DefaultSize::Unknown => "model".to_owned(),
        DefaultSize::Fixed => "fixed".to_owned(),
    };
    format!("{form} => {default}")
}

fn tiers(tiers: &Tiers) -> String {
    let values: Vec<String> =
        tiers.tiers.iter().map(|tier| tier.value.to_string().trim_matches('"').to_owned()).collect();
    format!("{} {}", tiers.field, values.join(" "))
}

/// Writes the bounds that differ from their defaults.
fn limits(bounds: &Bounds) -> String {
    let none = Bounds::default();
    let mut parts = Vec::new();
    if (bounds.min_side, bounds.max_side) != (none.min_side, none.max_side) {
        parts.push(format!("sides {}..{}", bounds.min_side, bounds.max_side));
    }
    if bounds.step != none.step {
        parts.push(format!("step {}", bounds.step));
    }
    let end = |limit: u64, none: u64| if limit == none { String::new() } else { limit.to_string() };
    let pixels = (end(bounds.min_pixels, none.min_pixels), end(bounds.max_pixels, none.max_pixels));
    if pixels != (String::new(), String::new()) {
        parts.push(format!("pixels {}..{}", pixels.0, pixels.1));
    }
    if bounds.max_ratio != none.max_ratio {
        parts.push(format!("ratio {}", bounds.max_ratio));
    }
    parts.join(" ")
}
