use std::collections::BTreeSet;

use proptest::prelude::*;
use seededit_resize::Size;
use serde_json::json;

use crate::dialect::Dialect;
use crate::model::Status;
use crate::parameters::Parameters;
use crate::size::{DefaultSize, Form};

use super::*;

pub(super) fn all() -> Vec<(ServiceCard, Vec<ModelCard>)> {
    let catalog = Catalog::built_in();
    let services = catalog.service_names();
    services.iter().map(|name| (catalog.service(name).unwrap(), catalog.models(name).unwrap())).collect()
}

fn directory(files: &[(&str, &str)]) -> (tempfile::TempDir, Catalog) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let catalog = Catalog::with_cards_in(directory.path()).unwrap();
    (directory, catalog)
}

#[test]
fn every_built_in_card_can_be_used() {
    for (service, models) in all() {
        assert!(!models.is_empty(), "{}", service.name);
        for card in models {
            let name = format!("{}/{}", service.name, card.id);
            assert!(card.path.is_some() || service.path(card.dialect).is_some(), "{name} has no path");
            assert!(card.image.max > 0, "{name}");
            assert!(!card.source.is_empty() && !card.summary.is_empty(), "{name} has no source or summary");
            let has_reference_field =
                card.image.references.is_some() || card.image.shape != Default::default();
            let is_json = card.dialect != Dialect::ImagesMultipart;
            assert!(
                card.image.max == 1 || has_reference_field || !is_json,
                "{name} has one field for many pictures"
            );
        }
    }
}

#[test]
fn no_two_models_of_a_service_share_a_name() {
    for (service, models) in all() {
        let names: Vec<&str> = models.iter().flat_map(names_of).collect();
        let distinct: BTreeSet<&&str> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{}: {names:?}", service.name);
    }
}

#[test]
fn a_successor_is_a_model_that_can_be_used() {
    let catalog = Catalog::built_in();
    for (service, models) in all() {
        for card in &models {
            match &card.successor {
                Some(successor) => {
                    let found = catalog.model(&service.name, successor).unwrap();
                    assert_ne!(found.status, Status::Withdrawn, "{}", card.id);
                }
                None => assert_ne!(card.status, Status::Withdrawn, "{} has no successor", card.id),
            }
        }
        if let Some(default) = &service.default_model {
            assert_eq!(&catalog.model(&service.name, default).unwrap().id, default);
        }
    }
}

#[test]
fn a_model_is_found_by_its_id_an_alias_and_an_unambiguous_ending() {
    let catalog = Catalog::built_in();
    let id = |name: &str| catalog.model("aimlapi", name).map(|card| card.id);
    assert_eq!(id("bytedance/seedream-5-0-pro").unwrap(), "bytedance/seedream-5-0-pro");
    assert_eq!(id("bytedance/dola-seedream-5-0-pro").unwrap(), "bytedance/seedream-5-0-pro");
    assert_eq!(id("kontext-pro").unwrap(), "flux/kontext-pro/image-to-image");
    assert_eq!(id("flux-2-edit").unwrap(), "blackforestlabs/flux-2-edit");
}

#[test]
fn an_ending_starts_at_a_slash_or_a_hyphen() {
    assert!(is_short_for("kontext-pro", "flux/kontext-pro/image-to-image"));
    assert!(is_short_for("pro", "flux/kontext-pro/image-to-image"));
    assert!(is_short_for("image-to-image", "flux/kontext-pro/image-to-image"));
    assert!(!is_short_for("text-pro", "flux/kontext-pro/image-to-image"));
    assert!(!is_short_for("", "flux/kontext-pro/image-to-image"));
}

#[test]
fn an_ending_of_several_models_names_them_all() {
    let card = "summary = \"x\"\ndialect = \"images-json\"\n[image]\nfield = \"image\"\n";
    let (_directory, catalog) = directory(&[("mine/a/pro.toml", card), ("mine/b/pro.toml", card)]);
    let error = catalog.model("mine", "pro").unwrap_err();
    assert_eq!(error.to_string(), "`pro` is not the only model with this ending: a/pro, b/pro");
}

#[test]
fn a_mistyped_model_gets_a_suggestion() {
    let error = Catalog::built_in().model("aimlapi", "kontex-pro").unwrap_err();
    let ResolveError::NoModel { suggestions, .. } = error else { panic!("{error}") };
    assert!(matches!(&suggestions[..], [only] if only.contains("kontext-pro")), "{suggestions:?}");
    let error = Catalog::built_in().model("aimlapi", "zzz").unwrap_err();
    assert!(
        matches!(&error, ResolveError::NoModel { suggestions, .. } if suggestions.is_empty()),
        "{error:?}"
    );
}

#[test]
fn a_part_of_several_names_suggests_all_of_them() {
    let suggestions = |name: &str| match Catalog::built_in().model("aimlapi", name) {
        Err(ResolveError::NoModel { suggestions, .. }) => suggestions,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        suggestions("kontext"),
        ["flux/kontext-max/image-to-image", "flux/kontext-pro/image-to-image"]
    );
    assert_eq!(suggestions("GPT"), ["openai/gpt-image-1", "openai/gpt-image-2"]);
}

#[test]
fn a_users_card_adds_a_service_and_replaces_a_built_in_model() {
    let service = "title = \"Mine\"\nbase_url = \"https://images.example\"\nauth = \"bearer\"\nerrors = \"openai\"\n\
                   settlement = \"never\"\n[paths]\nimages-json = \"/edit\"\n";
    let model = "summary = \"x\"\ndialect = \"images-json\"\n[image]\nfield = \"picture\"\n";
    let (_directory, catalog) = directory(&[
        ("mine.toml", service),
        ("mine/m1.toml", model),
        ("aimlapi/bytedance/seedream-5-0-pro.toml", model),
    ]);
    assert_eq!(catalog.service("mine").unwrap().path(Dialect::ImagesJson), Some("/edit"));
    assert_eq!(catalog.model("mine", "m1").unwrap().image.field, "picture");
    assert_eq!(catalog.model("aimlapi", "bytedance/seedream-5-0-pro").unwrap().image.field, "picture");
    assert!(catalog.service_names().contains(&"mine".to_owned()));
}

#[test]
fn a_new_model_is_one_file_and_gets_its_own_fields() {
    let card = r#"
        summary = "one picture; seed, strict sizes"
        dialect = "images-json"
        source = "docs.example, 2026-11"

        [image]
        field = "pictures"
        shape = "array"
        max = 2

        [prompt]
        field = "instruction"
        max = 20

        [size]
        form = "object"
        field = "dimensions"
        default = "fixed"
        [size.bounds]
        min_side = 256
        max_side = 1024
        step = 64

        [seed]
        field = "random_seed"
        max = 99

        [guidance]
        field = "strictness"
        min = 0
        max = 1

        [watermark]
        field = "logo"

        [output_format]
        field = "format"
        values = ["png"]

        [answer]
        field = "as_link"
        link = true
        inline = false

        [extra]
        mode = "edit"
    "#;
    let (_directory, catalog) = directory(&[("aimlapi/example/new-model.toml", card)]);
    let card = catalog.model("aimlapi", "new-model").unwrap();
    assert_eq!((card.id.as_str(), card.service.as_str()), ("example/new-model", "aimlapi"));
    assert_eq!(
        catalog.models("aimlapi").unwrap().len(),
        Catalog::built_in().models("aimlapi").unwrap().len() + 1
    );

    let parameters = Parameters {
        seed: Some(7),
        guidance: Some(0.5),
        output_format: Some("png".into()),
        inline: Some(true),
        references: 1,
        ..Parameters::default()
    };
    assert_eq!(parameters.check("Add a bird", &card), []);
    let size = card.size.solve(Size { width: 1600, height: 1200 }, None).unwrap();
    let mut fields = parameters.fields("Add a bird", &card);
    fields.extend(size.fields);
    let expected = json!({
        "instruction": "Add a bird",
        "dimensions": {"width": 1024, "height": 768},
        "random_seed": 7,
        "strictness": 0.5,
        "logo": false,
        "format": "png",
        "as_link": false,
        "mode": "edit",
    });
    assert_eq!(serde_json::Value::Object(fields), expected);

    let refused = Parameters { seed: Some(100), references: 2, ..Parameters::default() };
    let problems: Vec<String> =
        refused.check("Add a bird to the sky", &card).iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "example/new-model takes prompts of at most 20 characters, and this one has 21",
            "example/new-model takes seeds from 0 to 99, not 100",
            "example/new-model takes at most 2 pictures, and this request has 3",
        ]
    );
}

#[test]
fn a_malformed_card_names_its_file_and_line_and_hides_no_other() {
    let (_directory, catalog) = directory(&[("mine/m1.toml", "dialect = \"images-json\"\nimages = 7\n")]);
    let error = catalog.model("mine", "m1").unwrap_err().to_string();
    assert!(error.contains("m1.toml: line 2: unknown field `images`"), "{error}");
    assert!(catalog.model("aimlapi", "kontext-pro").is_ok());
}

#[test]
fn a_card_whose_limits_allow_no_picture_is_refused() {
    for limits in ["max_ratio = 0", "max_ratio = 2", "max_bytes = 0", "max_pixels = 10"] {
        let text = format!(
            "summary = \"x\"\ndialect = \"images-json\"\n[image]\nfield = \"i\"\n[input]\n{limits}\n"
        );
        let (_directory, catalog) = directory(&[("mine/m1.toml", &text)]);
        assert!(catalog.model("mine", "m1").is_err(), "{limits}");
    }
}

/// The error of a card with these lines.
fn error_of(lines: &str) -> String {
    let text =
        format!("summary = \"x\"\ndialect = \"images-json\"\nimage = {{ field = \"image\" }}\n{lines}\n");
    let (_directory, catalog) = directory(&[("aimlapi/mine/m1.toml", &text)]);
    let error = catalog.model("aimlapi", "mine/m1").map(|card| card.id).unwrap_err().to_string();
    assert!(error.contains("m1.toml: "), "{error}");
    error.split("m1.toml: ").last().unwrap().to_owned()
}

#[test]
fn extra_fields_replace_nothing_that_the_request_fills() {
    for field in ["prompt", "image", "model", "n", "size", "seed", "num_images"] {
        let error = error_of(&format!("[extra]\n{field} = 4"));
        assert!(error.contains(&format!("`extra.{field}`")), "{error}");
    }
    let error = error_of("[seed]\nfield = \"draw\"\nmax = 9\n[extra]\ndraw = 4");
    assert_eq!(error, "`extra.draw` would replace `seed.field`");
}

#[test]
fn two_keys_of_a_card_do_not_name_one_field() {
    let error = error_of("[seed]\nfield = \"image\"\nmax = 9");
    assert_eq!(error, "`seed.field` and `image.field` are the same field, `image`");
    let ratio = "[size]\nform = \"ratio\"\nfield = \"shape\"\ndefault = \"fixed\"\nratios = [\"1:1\"]\n\
                 tier_field = \"shape\"\ntiers = [\"1K\"]";
    assert_eq!(error_of(ratio), "`size.tier_field` and `size.field` are the same field, `shape`");
    assert!(error_of("[mask]\nfield = \"model\"\npolarity = \"white\"").contains("`mask.field` is `model`"));
}

#[test]
fn ranges_and_counts_allow_a_value() {
    for (lines, part) in [
        ("[seed]\nfield = \"s\"\nmin = 9\nmax = 1", "`seed` has no value: `min` is 9 and `max` is 1"),
        ("[guidance]\nfield = \"g\"\nmin = 5.0\nmax = 1.0", "`guidance` has no value"),
        ("[guidance]\nfield = \"g\"\nmin = nan\nmax = 1.0", "`guidance` has no value"),
        ("[guidance]\nfield = \"g\"\nmin = 0.0\nmax = inf", "`guidance` has no value"),
        ("[guidance]\nfield = \"g\"\nmin = 0.0\nmax = 1.0\ndefault = 2.0", "`guidance.default` is 2"),
        ("[prompt]\nmax = 0", "`prompt.max` must be at least 1"),
        ("[output_format]\nfield = \"f\"\nvalues = []", "`output_format.values` is empty"),
        ("[output_format]\nfield = \"f\"\nvalues = [\"bmp\"]", "jpeg, png, webp"),
    ] {
        let error = error_of(lines);
        assert!(error.contains(part), "{lines}: {error}");
    }
    let text = "dialect = \"images-json\"\n[image]\nfield = \"image\"\nmax = 0\n";
    let (_directory, catalog) = directory(&[("mine/m1.toml", text)]);
    let error = catalog.model("mine", "m1").unwrap_err().to_string();
    assert!(error.ends_with("`image.max` must be at least 1: the picture to edit counts"), "{error}");
}

#[test]
fn a_price_is_a_positive_amount_unless_the_service_is_free() {
    let price = |usd: &str| format!("[price]\nusd = {usd}\ndate = \"2026\"\nsource = \"x\"");
    for (usd, part) in
        [("-0.01", "-0.01"), ("nan", "NaN"), ("inf", "inf"), ("0.0", "0, and the service is not free")]
    {
        let error = error_of(&price(usd));
        assert!(error.starts_with("`price.usd` is ") && error.contains(part), "{error}");
    }
    let error = error_of(
        &(price("0.1") + "\nlarger = [{ above_pixels = 9, usd = 0.2 }, { above_pixels = 9, usd = 0.3 }]"),
    );
    assert_eq!(error, "`price.larger` is not in ascending order");
    let error = error_of("[price]\nusd = 0.1\ndate = \"last year\"\nsource = \"x\"");
    assert_eq!(error, "`price.date` is \"last year\", not YYYY-MM-DD, YYYY-MM or YYYY");
    let free = format!("dialect = \"images-multipart\"\nimage = {{ field = \"image\" }}\n{}\n", price("0.0"));
    let (_directory, catalog) = directory(&[("local/m1.toml", &free)]);
    assert!(catalog.model("local", "m1").is_ok());
}

#[test]
fn a_services_headers_and_paths_are_checked() {
    let error_of = |lines: &str| {
        let text = format!(
            "title = \"Mine\"\nbase_url = \"https://images.example\"\nauth = \"bearer\"\nerrors = \"openai\"\n\
             settlement = \"never\"\n{lines}\n"
        );
        let (_directory, catalog) = directory(&[("mine.toml", &text)]);
        catalog.service("mine").map(|card| card.name).unwrap_err().to_string()
    };
    let paths = "[paths]\nimages-json = \"/edit\"";
    for (lines, part) in [
        (format!("request_id_header = \"Authorization\"\n{paths}"), "has another use: `Authorization`"),
        (format!("request_id_header = \"host\"\n{paths}"), "has another use"),
        (format!("request_id_header = \"a: b\"\n{paths}"), "is not the name of a header"),
        (format!("queue_id_header = \"\"\n{paths}"), "`queue_id_header` is not the name of a header"),
        (format!("link_hours = 0\n{paths}"), "`link_hours` must be at least 1"),
        ("[paths]\nimages-xml = \"/edit\"".into(), "unknown key `images-xml`"),
        ("[paths]\nimages-json = \"edit\"".into(), "`paths.images-json` must begin with a slash"),
    ] {
        let error = error_of(&lines);
        assert!(error.contains("mine.toml: ") && error.contains(part), "{lines}: {error}");
    }
}

#[test]
fn a_card_that_is_too_large_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("mine")).unwrap();
    let path = directory.path().join("mine/m1.toml");
    fs::File::create(&path).unwrap().set_len(MAX_CARD_BYTES + 1).unwrap();
    let error = Catalog::with_cards_in(directory.path()).unwrap_err();
    assert!(
        matches!(&error, CardError::Read { source, .. } if source.to_string() == "larger than 1 MiB"),
        "{error:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_card_that_is_no_regular_file_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("mine")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", directory.path().join("mine/m1.toml")).unwrap();
    let error = Catalog::with_cards_in(directory.path()).unwrap_err();
    assert!(
        matches!(&error, CardError::Read { source, .. } if source.to_string() == "not a regular file"),
        "{error:?}"
    );
}

#[test]
fn a_card_with_a_key_that_does_nothing_is_refused() {
    let text = "summary = \"x\"\ndialect = \"images-json\"\n[image]\nfield = \"image\"\n[size]\nform = \"none\"\n\
                default = \"input\"\nratios = [\"1:1\"]\n";
    let (_directory, catalog) = directory(&[("mine/m1.toml", text)]);
    let error = catalog.model("mine", "m1").unwrap_err().to_string();
    assert!(error.contains("`ratios` has no meaning"), "{error}");
}

#[test]
fn seededit_keeps_its_published_sizes() {
    let card = Catalog::built_in().model("aimlapi", "bytedance/seededit-3.0-i2i").unwrap();
    let DefaultSize::Nearest(sizes) = &card.size.default else { panic!("{:?}", card.size) };
    assert_eq!(sizes.len(), 53);
    assert!(matches!(&card.size.form, Form::Word { words, .. } if *words == ["adaptive"]));
}

proptest! {
    // Each case parses all cards.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_name_never_crashes_the_search(name in "[a-z0-9/.-]{0,12}") {
        let _ = Catalog::built_in().model("aimlapi", &name);
        let _ = Catalog::built_in().service(&name);
    }
}
