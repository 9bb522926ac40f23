//! `seededit models`

use std::io;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::{BaseUrl, Deprecation, ListedModel, deprecations, listed_models};
use crate::cards::{ModelCard, Models, ServiceCard, Status};
use crate::cli::{ModelsCheckArgs, ModelsListArgs, ModelsShowArgs};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::money::format_usd;
use crate::ui::{self, Ui};

use super::context::{self, Connection};
use super::price_cache::PriceCache;
use super::reporting::stdout_failed;
use super::target::Target;

pub(super) fn list(args: &ModelsListArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::profile_flags(&args.profile), env)?;
    let catalog = settings.models.catalog();
    let names = if args.all { catalog.service_names() } else { vec![settings.models.service().name.clone()] };
    for (number, name) in names.iter().enumerate() {
        let service = catalog.service(name)?;
        let models = catalog.models(name).map_err(crate::cards::ResolveError::from)?;
        if !ui.is_json() {
            let space = if number > 0 { "\n" } else { "" };
            ui.line(format!("{space}{} ({name})", service.title)).map_err(stdout_failed)?;
        }
        for card in &models {
            list_one(card, &service, ui).map_err(stdout_failed)?;
        }
    }
    Ok(0)
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
    ui.wrapped_line(&format!("  {}: {}", card.id, words.join(", ")), 6)
}

/// What a model takes besides a picture and a prompt, in short words.
fn capabilities(card: &ModelCard) -> Vec<String> {
    let mut words = Vec::new();
    if card.max_pictures() > 1 {
        words.push(format!("{} pictures", card.max_pictures()));
    }
    let parts = [
        ("seed", card.seed.is_some()),
        ("guidance", card.guidance.is_some()),
        ("size", !card.size.allowed().ends_with("no size")),
        ("negative prompt", card.negative_prompt.is_some()),
        ("mask", card.mask.is_some()),
        ("watermark", card.watermark.is_some()),
    ];
    words.extend(parts.iter().filter(|(_, has)| *has).map(|(word, _)| (*word).to_owned()));
    words
}

fn price_text(card: &ModelCard, service: &ServiceCard) -> String {
    match &card.price {
        _ if service.is_free() => "free".to_owned(),
        None => "price unknown".to_owned(),
        Some(price) if price.larger.is_empty() => format_usd(price.usd),
        Some(price) => format!("{} to {}", format_usd(price.usd), format_usd(price.of(None, 0))),
    }
}

fn record(card: &ModelCard, service: &ServiceCard) -> Value {
    let range = |min: f64, max: f64| json!({"min": min, "max": max});
    json!({
        "service": service.name,
        "model": card.id,
        "aliases": card.aliases,
        "summary": card.summary,
        "status": card.status.name(),
        "withdrawn": card.withdrawn,
        "successor": card.successor,
        "pictures": card.max_pictures(),
        "prompt_max": card.prompt.max,
        "seed": card.seed.as_ref().map(|field| range(field.min.into(), field.max.into())),
        "guidance_scale": card.guidance.as_ref().map(|field| range(field.min, field.max)),
        "negative_prompt": card.negative_prompt.is_some(),
        "watermark": card.watermark.is_some(),
        "mask": card.mask.is_some(),
        "formats": card.output_format.as_ref().map(|field| &field.values),
        "size": card.size.allowed(),
        "usd": card.price.as_ref().map(|price| price.usd),
        "usd_max": card.price.as_ref().map(|price| price.of(None, 0)),
        "price_date": card.price.as_ref().map(|price| &price.date),
    })
}

pub(super) fn show(args: &ModelsShowArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::profile_flags(&args.profile), env)?;
    let card = settings.models.find(&args.model)?;
    show_one(&card, &settings.models, ui).map_err(stdout_failed)?;
    Ok(0)
}

fn show_one(card: &ModelCard, models: &Models, ui: &Ui) -> io::Result<()> {
    let service = models.service();
    if ui.is_json() {
        return ui.json(&record(card, service));
    }
    let mut rows =
        vec![("model", card.id.clone()), ("service", format!("{} ({})", service.title, service.name))];
    let mut add = |name, text: Option<String>| rows.extend(text.map(|text| (name, text)));
    add("also", (!card.aliases.is_empty()).then(|| card.aliases.join(", ")));
    add("summary", Some(card.summary.clone()));
    let since = card.withdrawn.as_ref().map_or(String::new(), |day| format!(" since {day}"));
    add("status", Some(format!("{}{since}", card.status.name())));
    add("successor", card.successor.clone());
    add("pictures", Some(format!("up to {}", card.max_pictures())));
    add("prompt", card.prompt.max.map(|max| format!("up to {max} characters")));
    add("size", Some(card.size.allowed()));
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
    let limits = card.input.as_ref().unwrap_or(&service.input);
    add(
        "input",
        Some(format!(
            "{}; up to {} MB and {} megapixels; ratios to {}:1",
            limits.formats.join(", "),
            limits.max_bytes / 1_000_000,
            limits.max_pixels / 1_000_000,
            limits.max_ratio
        )),
    );
    let dated =
        card.price.as_ref().map_or(String::new(), |price| format!(" ({}, {})", price.date, price.source));
    add("list price", Some(format!("{}{dated}", price_text(card, service))));
    add("results", Some(format!("can be downloaded for {} hours at most", service.link_hours)));
    add("source", Some(card.source.clone()));
    for doubt in &card.unverified {
        add("unverified", Some(doubt.clone()));
    }
    for (name, text) in rows {
        ui.wrapped_line(&format!("{name:<12}{text}"), 12)?;
    }
    Ok(())
}

pub(super) fn check(args: &ModelsCheckArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::flags(&args.connect), env)?;
    let service = settings.models.service();
    let Some(lists) = &service.lists else {
        return Err(Failure::input(format!("{} has no list of models that can be compared", service.title))
            .hint("`seededit models` shows the cards"));
    };
    let cards = match &args.model {
        Some(name) => vec![ModelCard::clone(&*settings.models.find(name)?)],
        None => settings.models.catalog().models(&service.name).map_err(crate::cards::ResolveError::from)?,
    };
    let target = Target::find(&args.connect, &settings, env)?;
    let connection = Connection::without_key(&settings, env, target)?;
    let base = &connection.endpoint.base;
    let listed = listed_models(&connection.transport, base, lists)?;
    let withdrawn = deprecations(&connection.transport, base, lists)?;
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
                ui.line(format!("{}: {what}", card.id))
            };
            written.map_err(stdout_failed)?;
        }
    }
    if differences == 0 {
        let agree = if cards.len() == 1 { "agrees" } else { "agree" };
        ui.success(&format!("{} {agree} with {}", ui::count(cards.len(), "card"), service.title));
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
