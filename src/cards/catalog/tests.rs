use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::dialect::Dialect;
use crate::model::Status;
use crate::size::{DefaultSize, Form};

use super::*;

fn all() -> Vec<(ServiceCard, Vec<ModelCard>)> {
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
    let ResolveError::NoModel { suggestion: Some(suggestion), .. } = error else { panic!("{error}") };
    assert!(suggestion.contains("kontext-pro"), "{suggestion}");
    let error = Catalog::built_in().model("aimlapi", "zzz").unwrap_err();
    assert!(matches!(error, ResolveError::NoModel { suggestion: None, .. }), "{error:?}");
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
fn a_malformed_card_names_its_file_and_line_and_hides_no_other() {
    let (_directory, catalog) = directory(&[("mine/m1.toml", "dialect = \"images-json\"\nimages = 7\n")]);
    let error = catalog.model("mine", "m1").unwrap_err().to_string();
    assert!(error.contains("m1.toml: line 2: unknown field `images`"), "{error}");
    assert!(catalog.model("aimlapi", "kontext-pro").is_ok());
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
    #[test]
    fn a_name_never_crashes_the_search(name in "[a-z0-9/.-]{0,12}") {
        let _ = Catalog::built_in().model("aimlapi", &name);
        let _ = Catalog::built_in().service(&name);
    }
}
