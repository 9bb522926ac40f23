use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::size::Bounds;

fn grammar(text: &str) -> SizeGrammar {
    toml_edit::de::from_str(text).unwrap()
}

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn request(text: &str) -> SizeRequest {
    text.parse().unwrap()
}

const OBJECT: &str = "form = \"object\"\nfield = \"image_size\"\ndefault = \"fixed\"\n\
                      bounds = { min_side = 512, max_side = 2048, step = 32 }";
const PIXELS: &str = "form = \"text\"\nfield = \"size\"\ndefault = \"model\"\n\
                      bounds = { min_pixels = 921600, max_pixels = 4624220, max_ratio = 16 }";
const LIST: &str = "form = \"list\"\nfield = \"size\"\ndefault = \"fixed\"\n\
                    sizes = [\"1024x1024\", \"1024x1536\", \"1536x1024\"]";
const PRESET: &str = "form = \"preset\"\nfield = \"image_size\"\ndefault = \"fixed\"\n\
                      presets = { square = \"512x512\", square_hd = \"1024x1024\", landscape_4_3 = \"1024x768\" }";
const RATIO: &str = "form = \"ratio\"\nfield = \"aspect_ratio\"\ndefault = \"fixed\"\n\
                     ratios = [\"1:1\", \"16:9\", \"9:16\", \"4:3\", \"3:4\"]\n\
                     tier_field = \"resolution\"\ntiers = [\"1K\", \"2K\", \"4K\"]";
const KEPT: &str = "form = \"ratio\"\nfield = \"aspect_ratio\"\ndefault = \"input\"\nratios = [\"1:1\", \"16:9\"]\n\
                    tier_field = \"resolution\"\ntiers = [\"1K\", \"2K\"]";
const TIER: &str = "form = \"tier\"\nfield = \"size\"\ndefault = \"input\"\ntiers = [\"1K\", \"2K\"]";
const WORD: &str = "form = \"word\"\nfield = \"size\"\nwords = [\"adaptive\"]\ndefault = \"input\"";
const NONE: &str = "form = \"none\"\ndefault = \"input\"";
const ALL: [&str; 9] = [OBJECT, PIXELS, LIST, PRESET, RATIO, KEPT, TIER, WORD, NONE];

fn sent(grammar_text: &str, input: Size, wanted: Option<&str>) -> Value {
    Value::Object(grammar(grammar_text).solve(input, wanted.map(request).as_ref()).unwrap().fields)
}

#[test]
fn a_size_that_is_allowed_is_asked_for_as_it_is() {
    assert_eq!(sent(OBJECT, size(1024, 768), None), json!({"image_size": {"width": 1024, "height": 768}}));
    assert_eq!(sent(PIXELS, size(1333, 999), None), json!({"size": "1333x999"}));
    assert_eq!(sent(LIST, size(1536, 1024), None), json!({"size": "1536x1024"}));
    assert_eq!(sent(PRESET, size(1024, 768), None), json!({"image_size": "landscape_4_3"}));
    assert_eq!(sent(RATIO, size(1600, 900), None), json!({"aspect_ratio": "16:9", "resolution": "1K"}));
}

#[test]
fn a_large_photo_gets_its_shape_at_the_largest_allowed_size() {
    assert_eq!(sent(OBJECT, size(4000, 3000), None), json!({"image_size": {"width": 2048, "height": 1536}}));
    assert_eq!(sent(RATIO, size(4000, 3000), None), json!({"aspect_ratio": "4:3", "resolution": "4K"}));
    let photo = grammar(PIXELS).solve(size(6000, 4000), None).unwrap().result.size().unwrap();
    assert!((photo.ratio() - 1.5).abs() < 0.01 && photo.pixels() > 4_300_000, "{photo}");
}

#[test]
fn a_model_that_keeps_the_shape_is_asked_for_no_ratio() {
    assert_eq!(sent(KEPT, size(4000, 3000), None), json!({"resolution": "2K"}));
    assert_eq!(sent(TIER, size(800, 600), None), json!({"size": "1K"}));
    assert_eq!(sent(WORD, size(800, 600), None), json!({}));
    assert_eq!(sent(NONE, size(800, 600), None), json!({}));
}

#[test]
fn a_request_overrides_the_shape_or_the_resolution() {
    let input = size(1024, 768);
    assert_eq!(sent(OBJECT, input, Some("2048x512")), json!({"image_size": {"width": 2048, "height": 512}}));
    assert_eq!(sent(OBJECT, input, Some("1:1")), json!({"image_size": {"width": 896, "height": 896}}));
    assert_eq!(
        sent(OBJECT, size(512, 512), Some("2K")),
        json!({"image_size": {"width": 2048, "height": 2048}})
    );
    assert_eq!(sent(RATIO, input, Some("2k")), json!({"aspect_ratio": "4:3", "resolution": "2K"}));
    assert_eq!(sent(RATIO, input, Some("16:9")), json!({"aspect_ratio": "16:9", "resolution": "1K"}));
    assert_eq!(sent(WORD, input, Some("adaptive")), json!({"size": "adaptive"}));
    assert_eq!(sent(PRESET, input, Some("square_hd")), json!({"image_size": "square_hd"}));
}

#[test]
fn a_request_that_the_model_cannot_fulfil_is_refused_with_what_it_takes() {
    for (text, wanted) in [
        (OBJECT, "1000x1000"),
        (OBJECT, "adaptive"),
        (OBJECT, "4K"),
        (OBJECT, "16:1"),
        (PIXELS, "100x100"),
        (LIST, "1024x768"),
        (LIST, "2K"),
        (LIST, "16:9"),
        (PRESET, "portrait"),
        (RATIO, "5:4"),
        (RATIO, "1024x1024"),
        (RATIO, "1.5K"),
        (TIER, "16:9"),
        (WORD, "1024x1024"),
        (NONE, "1K"),
    ] {
        let error = grammar(text).solve(size(1024, 768), Some(&request(wanted))).unwrap_err();
        assert!(error.to_string().starts_with(&format!("it cannot return {wanted}")), "{error}");
        assert!(error.allowed.starts_with("it takes "), "{error}");
    }
}

#[test]
fn bounds_that_allow_no_size_are_refused() {
    for bounds in ["min_pixels = 2, max_pixels = 1", "min_side = 9, max_side = 8", "step = 0"] {
        let text = format!("form = \"text\"\nfield = \"size\"\ndefault = \"model\"\nbounds = {{ {bounds} }}");
        let error = toml_edit::de::from_str::<SizeGrammar>(&text).unwrap_err();
        assert!(error.to_string().contains("`bounds` allow no size"), "{error}");
    }
}

#[test]
fn the_nearest_published_size_is_compared_in_hundredths() {
    let grammar = grammar(
        "form = \"word\"\nfield = \"size\"\nwords = [\"adaptive\"]\ndefault = \"nearest\"\n\
         results = [\"1280x704\", \"1312x736\", \"1152x864\"]",
    );
    let result = |width, height| grammar.solve(size(width, height), None).unwrap().result;
    assert_eq!(result(1024, 768), ResultSize::Exact(size(1152, 864)));
    // 1.80 is between 1.82 and 1.78, and 1.82 is the first.
    assert_eq!(result(1800, 1000), ResultSize::Exact(size(1280, 704)));
}

#[test]
fn texts_that_are_no_size_are_refused() {
    for text in ["", "0x5", "x", "1024", "Adaptive!", "1:0", "-1x5", "99K", "K"] {
        assert!(text.parse::<SizeRequest>().is_err(), "{text}");
    }
    for text in ["1024x768", "16:9", "1.5K", "adaptive", "auto_2k"] {
        assert_eq!(request(text).to_string(), text);
    }
}

/// The smallest distance of a ratio that any size within the bounds has, by trying them all.
fn best_ratio(bounds: &Bounds, ratio: f64) -> f64 {
    let sides = || (bounds.min_side..=bounds.max_side).step_by(bounds.step as usize);
    let mut best = f64::MAX;
    for width in sides() {
        for height in sides() {
            if bounds.contains(size(width, height)) {
                best = best.min((f64::from(width) / f64::from(height) / ratio).ln().abs());
            }
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sent_is_always_allowed(width in 15u32..9000, tall in 0.3334f64..3.0, which in 0..ALL.len()) {
        let input = size(width, ((f64::from(width) / tall) as u32).max(1));
        let grammar = grammar(ALL[which]);
        let solution = grammar.solve(input, None).unwrap();
        match (&grammar.form, solution.result) {
            (Form::Exact { bounds, .. }, ResultSize::Exact(size)) => prop_assert!(bounds.contains(size), "{size}"),
            (Form::List { sizes, .. }, ResultSize::Exact(size)) => prop_assert!(sizes.contains(&size)),
            (Form::Preset { presets, .. }, ResultSize::Exact(size)) => {
                prop_assert!(presets.iter().any(|(_, known)| *known == size));
            }
            (Form::Ratio { .. } | Form::Tier(_), ResultSize::About(_)) => {}
            (Form::Word { .. } | Form::None, ResultSize::InputShape) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    // Fewer pixels are not asked for: in steps of 32, small sizes have few shapes, and a larger one is further away.
    #[test]
    fn the_shape_is_within_two_percent_of_the_best_allowed_one(
        tall in 0.3334f64..3.0,
        pixels in 1_000_000u64..20_000_000,
    ) {
        let bounds = Bounds { min_side: 512, max_side: 1440, step: 32, ..Bounds::default() };
        let found = bounds.closest(tall, pixels).unwrap();
        let distance = (found.ratio() / tall).ln().abs();
        prop_assert!(distance < best_ratio(&bounds, tall) + 0.02, "{found} for {tall}");
    }

    #[test]
    fn a_ratio_gets_the_closest_of_the_list(tall in 0.3334f64..3.0) {
        let input = size((3000.0 * tall) as u32, 3000);
        let solution = grammar(RATIO).solve(input, None).unwrap();
        let chosen = crate::size::parse_ratio(solution.fields["aspect_ratio"].as_str().unwrap()).unwrap();
        let distance = |ratio: (u32, u32)| (f64::from(ratio.0) / f64::from(ratio.1) / input.ratio()).ln().abs();
        for other in [(1, 1), (16, 9), (9, 16), (4, 3), (3, 4)] {
            prop_assert!(distance(chosen) <= distance(other) + 1e-9);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,12}") {
        if let Ok(request) = text.parse::<SizeRequest>() {
            prop_assert_eq!(request.to_string().parse::<SizeRequest>().unwrap(), request);
        }
    }
}

#[test]
fn a_card_says_whether_it_keeps_the_shape_of_a_picture() {
    let models = crate::Models::built_in("aimlapi").unwrap();
    let size = |name: &str| models.find(name).unwrap().size.clone();
    assert_eq!(size("openai/gpt-image-2").shape(), Shape::ClosestOf(3));
    assert!(!size("openai/gpt-image-2").shape().is_kept());
    assert!(size("bytedance/seededit-3.0-i2i").shape().is_kept());
    assert!(size("bytedance/seedream-5-0-pro").shape().is_kept());
    assert_eq!(size("bytedance/seededit-3.0-i2i").choices().unwrap(), "adaptive");
    let pro = size("bytedance/seedream-5-0-pro").choices().unwrap();
    assert!(pro.contains("at most 4.62 megapixels"), "{pro}");
    assert_eq!(size("flux/srpo/image-to-image").choices(), None);
}
