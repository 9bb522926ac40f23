//! `seededit models`

use std::io;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::{AccountError, BaseUrl, Deprecation, ListedModel, deprecations, listed_models};
use crate::cards::{ModelCard, Models, ServiceCard, Status};
use crate::cli::{ModelFeature, ModelsCheckArgs, ModelsListArgs, ModelsShowArgs};
use crate::edit::Processing;
use crate::env::Env;
use crate::error::{Audience, ErrorKind, Failure};
use crate::money::format_usd;
use crate::settings::Settings;
use crate::ui::{self, Ui};

use super::context::{self, Connection};
use super::list_price;
use super::price_cache::PriceCache;
use super::reporting::stdout_failed;
use super::target::Target;
use super::{edit_options, successor};

pub(super) fn list(args: &ModelsListArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::profile_flags(&args.profile), env)?;
    let catalog = settings.models.catalog();
    let names = if args.all { catalog.service_names() } else { vec![settings.models.service().name.clone()] };
    let mut is_first = true;
    for name in &names {
        let service = catalog.service(name)?;
        let models = catalog.models(name).map_err(crate::cards::ResolveError::from)?;
        let shown: Vec<&ModelCard> =
            models.iter().filter(|card| args.takes.iter().all(|feature| feature.is_of(card))).collect();
        // Services without such a model are left out of a list of all.
        if shown.is_empty() && args.all {
            continue;
        }
        if !ui.is_json() {
            let space = if is_first { "" } else { "\n" };
            ui.line(format!("{space}{} ({name})", ui::sanitize(&service.title))).map_err(stdout_failed)?;
        }
        is_first = false;
        for card in &shown {
            list_one(card, &service, ui).map_err(stdout_failed)?;
        }
        if let (false, Some(usual)) = (args.all, usual(&settings, env))
            && let Some(advice) = Advice::of(&service, &models, usual)
        {
            ui.note(&advice.in_words(ui.audience()));
        }
        if shown.is_empty() {
            ui.note(&format!(
                "no model of {name} takes this; `seededit models --all` lists those of all services"
            ));
        }
    }
    Ok(0)
}

/// Returns the model that an edit uses if none is chosen: that of the settings or of the service, its successor, or that
/// of the sandbox. `None` if there is none; the commands that need one say why.
fn usual(settings: &Settings, env: &Env) -> Option<String> {
    let target = Target::of(false, false, settings, env).ok()?;
    let model = edit_options::model(settings, target).ok()?;
    let journal = successor::journal(settings, target, env).ok()?;
    let successor = successor::instead_of(settings, &model, target, journal.as_ref()).ok()?;
    Some(successor.unwrap_or(model).as_str().to_owned())
}

fn list_one(card: &ModelCard, service: &ServiceCard, ui: &Ui) -> io::Result<()> {
    if ui.is_json() {
        return ui.json(&record(card, service));
    }
    let mut words = vec![price_text(card, service)];
    words.extend(capabilities(card));
    if card.status != Status::Current {
        words.push(card.status.name().to_owned());
    }
    if service.default_model.as_deref() == Some(&card.id) {
        words.push("the default".to_owned());
    }
    ui.wrapped_line(&ui::sanitize(&format!("  {}: {}", card.id, words.join(", "))), 6)
}

/// Models to begin with, by what the cards say.
#[derive(Debug, PartialEq)]
struct Advice {
    /// The one that is used if none is chosen.
    usual: String,
    /// The cheapest one that keeps the shape of a picture, with its price.
    cheapest: Option<(String, String)>,
}

impl Advice {
    /// `None` if all models cost nothing. `usual` is used if none is chosen.
    fn of(service: &ServiceCard, models: &[ModelCard], usual: String) -> Option<Advice> {
        if service.is_free() {
            return None;
        }
        let price = |card: &ModelCard| card.price.as_ref().map(|price| price.of(None, 0));
        let cheapest = models
            .iter()
            .filter(|card| card.status == Status::Current && card.size.shape().is_kept())
            .filter_map(|card| Some((price(card)?, card)))
            .min_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, card)| (card.id.clone(), price_text(card, service)))
            .filter(|(id, _)| *id != usual);
        Some(Advice { usual, cheapest })
    }
}

impl Advice {
    fn in_words(&self, audience: Audience) -> String {
        let cheapest = self.cheapest.as_ref().map_or(String::new(), |(id, price)| {
            format!("; the cheapest one that keeps the shape of a picture is {id}, {price}")
        });
        let more = audience.choose(
            "`seededit models show NAME` shows more, and --all lists the models of all services",
            "the tool `models` with `model` shows more",
        );
        format!("if you choose none, {} is used{cheapest}; {more}", self.usual)
    }
}

/// What a model takes besides a picture and a prompt, in short words.
fn capabilities(card: &ModelCard) -> Vec<String> {
    let mut words = Vec::new();
    if card.max_pictures() > 1 {
        words.push(format!("{} pictures", card.max_pictures()));
    }
    let parts = [
        ("seed", ModelFeature::Seed),
        ("guidance", ModelFeature::Guidance),
        ("size", ModelFeature::Size),
        ("negative prompt", ModelFeature::NegativePrompt),
        ("mask", ModelFeature::Mask),
        ("watermark", ModelFeature::Watermark),
    ];
    words.extend(parts.iter().filter(|(_, has)| has.is_of(card)).map(|(word, _)| (*word).to_owned()));
    words
}

fn price_text(card: &ModelCard, service: &ServiceCard) -> String {
    list_price::of_card(card, service).unwrap_or_else(|| "price unknown".to_owned())
}

fn record(card: &ModelCard, service: &ServiceCard) -> Value {
    json!({
        "service": service.name,
        "model": card.id,
        "aliases": card.aliases,
        "summary": card.summary,
        "status": card.status.name(),
        "withdrawn": card.withdrawn,
        "successor": card.successor,
        "default": service.default_model.as_deref() == Some(&card.id),
        "pictures": card.max_pictures(),
        "prompt_max": card.prompt.max,
        "seed": card.seed.as_ref().map(|field| json!({"min": field.min, "max": field.max})),
        "guidance_scale": card.guidance.as_ref().map(|field| json!({"min": field.min, "max": field.max})),
        "negative_prompt": card.negative_prompt.is_some(),
        "watermark": card.watermark.is_some(),
        "mask": card.mask.is_some(),
        "formats": card.output_format.as_ref().map(|field| &field.values),
        "size": card.size.allowed(),
        "keeps_shape": card.size.shape().is_kept(),
        "usd": card.price.as_ref().map(|price| price.usd),
        "usd_max": card.price.as_ref().map(|price| price.of(None, 0)),
        "price_date": card.price.as_ref().map(|price| &price.date),
    })
}

pub(super) fn show(args: &ModelsShowArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::profile_flags(&args.profile), env)?;
    let card = settings.models.find(args.model.as_str())?;
    show_one(&card, &settings.models, ui).map_err(stdout_failed)?;
    Ok(0)
}

fn show_one(card: &ModelCard, models: &Models, ui: &Ui) -> io::Result<()> {
    if ui.is_json() {
        return ui.json(&record(card, models.service()));
    }
    for (name, text) in rows(card, models.service()) {
        // The texts of a user's card may come from anywhere.
        ui.wrapped_line(&ui::sanitize(&format!("{name:<12}{text}")), 12)?;
    }
    Ok(())
}

/// Everything that is known about a model.
fn rows(card: &ModelCard, service: &ServiceCard) -> Vec<(&'static str, String)> {
    let mut rows =
        vec![("model", card.id.clone()), ("service", format!("{} ({})", service.title, service.name))];
    let mut add = |name, text: Option<String>| rows.extend(text.map(|text| (name, text)));
    add("also", (!card.aliases.is_empty()).then(|| card.aliases.join(", ")));
    add("summary", Some(card.summary.clone()).filter(|summary| !summary.is_empty()));
    let since = card.withdrawn.as_ref().map_or(String::new(), |day| match card.status {
        Status::Withdrawn => format!(" since {day}"),
        _ => format!(", until {day}"),
    });
    add("status", Some(format!("{}{since}", card.status.name())));
    add("successor", card.successor.clone());
    add(
        "pictures",
        Some(match card.max_pictures() {
            1 => "one".to_owned(),
            max => format!("up to {max}, the one to edit included"),
        }),
    );
    add("prompt", card.prompt.max.map(|max| format!("up to {max} characters")));
    add("shape", Some(card.size.shape().to_string()));
    add("size", card.size.choices());
    add("seed", card.seed.as_ref().map(|field| format!("{} to {}", field.min, field.max)));
    add(
        "guidance",
        card.guidance.as_ref().map(|field| {
            let default = field.default.map_or(String::new(), |default| format!(", default {default}"));
            format!("{} to {}{default}", field.min, field.max)
        }),
    );
    add("negative", card.negative_prompt.as_ref().map(|_| "--negative-prompt".to_owned()));
    add("watermark", card.watermark.as_ref().map(|_| "off unless you ask for it".to_owned()));
    add("formats", card.output_format.as_ref().map(|field| field.values.join(", ")));
    // The rules that `inspect` checks a picture against.
    let limits = Processing::default().for_model(card, service).fit.limits;
    add("input", Some(limits.rules().join("; ")));
    let dated =
        card.price.as_ref().map_or(String::new(), |price| format!(" ({}, {})", price.date, price.source));
    let price = list_price::of_card(card, service).unwrap_or_else(|| "unknown".to_owned());
    add("list price", Some(format!("{price}{dated}")));
    add("results", Some(format!("can be downloaded for {} hours at most", service.link_hours)));
    add("source", Some(card.source.clone()).filter(|source| !source.is_empty()));
    for doubt in &card.unverified {
        add("unverified", Some(doubt.clone()));
    }
    rows
}

pub(super) fn check(args: &ModelsCheckArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::flags(&args.connect), env)?;
    let service = settings.models.service();
    let Some(lists) = &service.lists else {
        return Err(Failure::input(format!(
            "{} has no list of models that can be compared",
            service.in_text()
        ))
        .hint("`seededit models` shows the cards"));
    };
    let cards = match &args.model {
        Some(name) => vec![ModelCard::clone(&*settings.models.find(name)?)],
        None => settings.models.catalog().models(&service.name).map_err(crate::cards::ResolveError::from)?,
    };
    let target = Target::find(&args.connect, &settings, env)?;
    let connection = Connection::without_key(&settings, env, target)?;
    let base = &connection.endpoint.base;
    let explained = |error: AccountError| context::explained(error.into(), &settings);
    let listed = listed_models(&connection.transport, base, lists).map_err(explained)?;
    let withdrawn = deprecations(&connection.transport, base, lists).map_err(explained)?;
    if !target.is_sandbox() {
        remember_prices(&cards, &listed, base, env)?;
    }
    let mut differences = 0;
    for card in &cards {
        for what in compare(card, &listed, &withdrawn) {
            differences += 1;
            let written = if ui.is_json() {
                ui.json(&json!({"service": service.name, "model": card.id, "difference": what}))
            } else {
                ui.wrapped_line(&ui::sanitize(&format!("{}: {what}", card.id)), 2)
            };
            written.map_err(stdout_failed)?;
        }
    }
    if differences > 0 {
        ui.note(&format!(
            "{} between {} and the list of {}; a difference matters only if a price is higher or a model is gone: choose another \
             with --model, or correct the card as docs/models.md describes",
            ui::count(differences, "difference"),
            ui::count(cards.len(), "card"),
            service.in_text()
        ));
    }
    if differences == 0 {
        let agree = if cards.len() == 1 { "agrees" } else { "agree" };
        ui.success(&format!("{} {agree} with {}", ui::count(cards.len(), "card"), service.in_text()));
        return Ok(0);
    }
    Ok(ErrorKind::Partial.exit_code())
}

/// Keeps the prices of the list, so that dry runs know them for a day.
fn remember_prices(
    cards: &[ModelCard],
    listed: &[ListedModel],
    base: &BaseUrl,
    env: &Env,
) -> Result<(), Failure> {
    let price = |card: &ModelCard| listed.iter().find(|entry| entry.is_of(&card.id))?.price;
    let prices = cards.iter().filter_map(|card| Some((card.id.as_str(), price(card)?)));
    PriceCache::at(&context::data_dir(env, false)?).put(base, prices, Timestamp::now());
    Ok(())
}

/// Returns how a card differs from the lists of the service.
fn compare(card: &ModelCard, listed: &[ListedModel], withdrawn: &[Deprecation]) -> Vec<String> {
    let mut found = Vec::new();
    let is_withdrawn = card.status == Status::Withdrawn;
    let gone = withdrawn.iter().find(|entry| entry.is_of(&card.id) && entry.status == "withdrawn");
    if let Some(entry) = gone.filter(|_| !is_withdrawn) {
        let successor =
            entry.replaced_by.as_ref().map_or(String::new(), |id| format!("; its successor is {id}"));
        found.push(format!("the service has withdrawn it{successor}"));
    }
    match listed.iter().find(|entry| entry.is_of(&card.id)) {
        None if gone.is_none() && !is_withdrawn => found.push("the service does not list it".into()),
        None => {}
        Some(entry) => {
            let known = card.price.as_ref().map(|price| price.of(None, 0));
            if let (Some(now), Some(known)) = (entry.price, known)
                && (now - known).abs() > 1e-9
            {
                found.push(format!("the list price is {}, not {}", format_usd(now), format_usd(known)));
            }
            if let (Some(now), None) = (entry.price, known) {
                found.push(format!("the list price is {}, which the card does not say", format_usd(now)));
            }
            if is_withdrawn && gone.is_none() {
                found.push("the service lists it, and the card says that it is withdrawn".into());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: &str) -> ModelCard {
        Models::built_in("aimlapi").unwrap().find(id).unwrap().as_ref().clone()
    }

    fn listed(id: &str, price: Option<f64>) -> ListedModel {
        ListedModel { id: id.into(), aliases: Vec::new(), price }
    }

    #[test]
    fn a_card_is_compared_with_the_list_and_its_price() {
        let flux = card("flux-2-edit");
        let price = flux.price.as_ref().unwrap().usd;
        assert!(compare(&flux, &[listed(&flux.id, Some(price))], &[]).is_empty());
        assert!(compare(&flux, &[listed(&flux.id, None)], &[]).is_empty());
        assert_eq!(compare(&flux, &[], &[]), ["the service does not list it"]);
        let other = compare(&flux, &[listed(&flux.id, Some(0.5))], &[]);
        assert_eq!(other, ["the list price is $0.50, not $0.0378"]);
    }

    fn advice(service: &str) -> Option<Advice> {
        let models = Models::built_in(service).unwrap();
        let cards = models.catalog().models(service).unwrap();
        Advice::of(models.service(), &cards, "bytedance/seedream-5-0-pro".into())
    }

    #[test]
    fn the_advice_names_models_that_can_be_used_and_the_documentation_gives_the_same() {
        let found = advice("aimlapi").unwrap();
        assert_eq!(advice("local"), None);
        let page = include_str!("../../docs/models.md");
        let (cheapest, price) = found.cheapest.unwrap();
        let lines = [format!("`{}`", found.usual), format!("`{cheapest}` ({price})")];
        for line in lines {
            assert!(page.contains(&line), "docs/models.md should recommend {line}");
        }
    }

    #[test]
    fn the_texts_of_a_model_name_no_unit_or_word_twice() {
        let models = Models::built_in("aimlapi").unwrap();
        let row = |model: &str, name: &str| {
            let rows = rows(&models.find(model).unwrap(), models.service());
            rows.into_iter().find(|(key, _)| *key == name).map(|(_, text)| text)
        };
        let text = |model: &str, name: &str| row(model, name).unwrap_or_default();
        assert_eq!(text("kontext-pro", "list price"), "unknown");
        assert_eq!(text("seededit-3.0-i2i", "pictures"), "one");
        assert_eq!(text("seededit-3.0-i2i", "size"), "adaptive");
        assert_eq!(row("flux/srpo/image-to-image", "size"), None);
        assert_eq!(text("gpt-image-2", "shape"), "the closest of 3 to the picture's");
        assert!(text("gpt-image-2", "input").starts_with("jpeg or png; at most 47.6 MiB; "));
        let seed = record(&models.find("flux-2-edit").unwrap(), models.service())["seed"].to_string();
        assert_eq!(seed, r#"{"max":2147483647,"min":1}"#);
    }

    #[test]
    fn a_withdrawn_model_is_named_with_its_successor() {
        let entry = Deprecation {
            id: "blackforestlabs/flux-2-edit".into(),
            aliases: Vec::new(),
            status: "withdrawn".into(),
            replaced_by: Some("maker/new".into()),
        };
        let found = compare(&card("flux-2-edit"), &[], &[entry]);
        assert_eq!(found, ["the service has withdrawn it; its successor is maker/new"]);
        let seededit = card("bytedance/seededit-3.0-i2i");
        assert!(compare(&seededit, &[], &[]).is_empty());
    }
}
