//! What every card has to do, whatever it says: its requests have only its fields, and its ranges are kept.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use seededit_resize::Size;
use serde_json::{Map, Value};

use crate::model::ModelCard;
use crate::parameters::{Feature, Parameters};
use crate::size::{Form, ResultSize, Tiers, Written};

use super::tests::all;

/// All built-in models.
fn cards() -> &'static [ModelCard] {
    static CARDS: LazyLock<Vec<ModelCard>> =
        LazyLock::new(|| all().into_iter().flat_map(|(_, models)| models).collect());
    &CARDS
}

fn name(card: &ModelCard) -> String {
    format!("{}/{}", card.service, card.id)
}

/// Everything that a card accepts, at the upper end of each range.
fn maximal(card: &ModelCard) -> Parameters {
    Parameters {
        seed: card.seed.as_ref().map(|seed| seed.max),
        guidance: card.guidance.as_ref().map(|guidance| guidance.max),
        watermark: card.watermark.as_ref().map(|_| true),
        negative_prompt: card.negative_prompt.as_ref().map(|text| "x".repeat(text.max.unwrap_or(5000))),
        output_format: card.output_format.as_ref().and_then(|format| format.values.last().cloned()),
        inline: card.answer.as_ref().map(|_| true),
        size: None,
        references: card.max_pictures() - 1,
    }
}

/// The fields that a card lists, except for pictures and sizes.
fn listed(card: &ModelCard) -> BTreeSet<&str> {
    let optional = [
        card.seed.as_ref().map(|field| &field.field),
        card.guidance.as_ref().map(|field| &field.field),
        card.watermark.as_ref().map(|field| &field.field),
        card.negative_prompt.as_ref().map(|field| &field.field),
        card.output_format.as_ref().map(|field| &field.field),
        card.answer.as_ref().map(|field| &field.field),
    ];
    let always = card.extra.keys().chain([&card.prompt.field]);
    optional.into_iter().flatten().chain(always).map(String::as_str).collect()
}

fn sent(fields: &Map<String, Value>) -> BTreeSet<&str> {
    fields.keys().map(String::as_str).collect()
}

#[test]
fn no_field_of_a_card_has_two_meanings() {
    for card in cards() {
        let fields = listed(card);
        let size = card.size.solve(Size { width: 1024, height: 768 }, None).unwrap().fields;
        let pictures = [Some(&card.image.field), card.image.references.as_ref()];
        let mask = card.mask.as_ref().map(|mask| &mask.field);
        let others = pictures.into_iter().chain([mask]).flatten().map(String::as_str).chain(sent(&size));
        let all: Vec<&str> = fields.into_iter().chain(others).chain(["model"]).collect();
        let distinct: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len(), "{}: {all:?}", name(card));
    }
}

#[test]
fn a_minimal_request_has_the_prompt_and_what_the_card_always_sends() {
    for card in cards() {
        let parameters = Parameters::default();
        assert_eq!(parameters.check("Add a bird", card), [], "{}", name(card));
        let fields = parameters.fields("Add a bird", card);
        let mut expected: BTreeSet<&str> =
            card.extra.keys().chain([&card.prompt.field]).map(String::as_str).collect();
        if let Some(watermark) = &card.watermark {
            expected.insert(&watermark.field);
            assert_eq!(fields[&watermark.field], Value::Bool(false), "{}", name(card));
        }
        assert_eq!(sent(&fields), expected, "{}", name(card));
    }
}

#[test]
fn a_maximal_request_is_accepted_and_has_all_fields_of_the_card() {
    for card in cards() {
        let prompt = "x".repeat(card.prompt.max.unwrap_or(5000));
        let parameters = maximal(card);
        assert_eq!(parameters.check(&prompt, card), [], "{}", name(card));
        assert_eq!(sent(&parameters.fields(&prompt, card)), listed(card), "{}", name(card));
    }
}

#[test]
fn what_a_card_does_not_list_is_refused_and_not_sent() {
    let everything = Parameters {
        seed: Some(7),
        guidance: Some(1.0),
        watermark: Some(true),
        negative_prompt: Some("fog".into()),
        output_format: Some("png".into()),
        inline: Some(true),
        size: None,
        references: 0,
    };
    for card in cards() {
        let refused: Vec<Feature> =
            everything.check("Add a bird", card).into_iter().map(|found| found.what).collect();
        for (feature, is_listed) in [
            (Feature::Seed, card.seed.is_some()),
            (Feature::Guidance, card.guidance.is_some()),
            (Feature::Watermark, card.watermark.is_some()),
            (Feature::NegativePrompt, card.negative_prompt.is_some()),
            (Feature::OutputFormat, card.output_format.is_some()),
            (Feature::ResponseFormat, card.answer.is_some()),
        ] {
            assert_eq!(refused.contains(&feature), !is_listed, "{}: {feature:?}", name(card));
        }
        let fields = everything.fields("Add a bird", card);
        assert!(sent(&fields).is_subset(&listed(card)), "{}: {fields:?}", name(card));
    }
}

#[test]
fn each_range_is_refused_just_outside_of_its_bounds() {
    for card in cards() {
        let refused = |prompt: &str, parameters: Parameters| -> Vec<Feature> {
            parameters.check(prompt, card).into_iter().map(|found| found.what).collect()
        };
        let expect = |prompt: &str, parameters: Parameters, feature: Feature| {
            assert_eq!(refused(prompt, parameters), [feature], "{}", name(card));
        };
        if let Some(max) = card.prompt.max {
            // Characters, not bytes.
            assert_eq!(refused(&"é".repeat(max), Parameters::default()), [], "{}", name(card));
            expect(&"é".repeat(max + 1), Parameters::default(), Feature::Prompt);
        }
        if let Some(seed) = &card.seed {
            let outside = [seed.min.checked_sub(1), seed.max.checked_add(1)];
            for seed in outside.into_iter().flatten() {
                expect("x", Parameters { seed: Some(seed), ..Default::default() }, Feature::Seed);
            }
        }
        if let Some(guidance) = &card.guidance {
            for guidance in [guidance.min.next_down(), guidance.max.next_up(), f64::NAN] {
                let parameters = Parameters { guidance: Some(guidance), ..Default::default() };
                expect("x", parameters, Feature::Guidance);
            }
            let default = guidance.default;
            assert!(default.is_none_or(|scale| (guidance.min..=guidance.max).contains(&scale)));
        }
        if let Some(max) = card.negative_prompt.as_ref().and_then(|text| text.max) {
            let parameters = Parameters { negative_prompt: Some("é".repeat(max + 1)), ..Default::default() };
            expect("x", parameters, Feature::NegativePrompt);
        }
        if card.output_format.is_some() {
            let parameters = Parameters { output_format: Some("bmp".into()), ..Default::default() };
            expect("x", parameters, Feature::OutputFormat);
        }
        let parameters = Parameters { references: card.max_pictures(), ..Default::default() };
        expect("x", parameters, Feature::References);
    }
}

/// Whether a card allows what is sent for a size.
fn is_allowed(card: &ModelCard, fields: &Map<String, Value>) -> bool {
    let in_tiers = |tiers: &Tiers| {
        fields.get(&tiers.field).is_some_and(|value| tiers.tiers.iter().any(|tier| tier.value == *value))
    };
    let text = |field: &String| fields.get(field).and_then(Value::as_str).unwrap_or_default();
    match &card.size.form {
        Form::None => fields.is_empty(),
        Form::Word { field, words } => words.iter().any(|word| word == text(field)),
        Form::Tier(tiers) => in_tiers(tiers),
        Form::Exact { field, written: Written::Text, bounds } => {
            crate::size::parse_size(text(field)).is_some_and(|size| bounds.contains(size))
        }
        Form::Exact { field, written: Written::Object, bounds } => {
            let side = |name: &str| fields[field][name].as_u64().unwrap_or(0) as u32;
            bounds.contains(Size { width: side("width"), height: side("height") })
        }
        Form::List { field, sizes } => {
            crate::size::parse_size(text(field)).is_some_and(|size| sizes.contains(&size))
        }
        Form::Preset { field, presets } => presets.iter().any(|(preset, _)| preset == text(field)),
        Form::Ratio { field, ratios, tiers, .. } => {
            let ratio = fields.get(field).and_then(Value::as_str).map(crate::size::parse_ratio);
            ratio.is_none_or(|ratio| ratio.is_some_and(|ratio| ratios.contains(&ratio)))
                && tiers.as_ref().is_none_or(in_tiers)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_picture_gets_an_allowed_size(ratio in 1.0f64 / 3.0..3.0, height in 15u32..6000) {
        let input = Size { width: ((f64::from(height) * ratio) as u32).max(1), height };
        for card in cards() {
            let solution = card.size.solve(input, None).unwrap();
            prop_assert!(
                solution.fields.is_empty() || is_allowed(card, &solution.fields),
                "{}: {:?} for {input}", name(card), solution.fields
            );
            // A model that does not follow the picture is always asked for a size, if it takes any.
            let can_be_told = !matches!(card.size.form, Form::None | Form::Word { .. });
            let follows = matches!(solution.result, ResultSize::InputShape);
            prop_assert!(!solution.fields.is_empty() || follows || !can_be_told, "{}", name(card));
        }
    }
}
