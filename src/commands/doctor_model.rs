//! The check of `seededit doctor` whether the model can be used, and what it costs.

use jiff::Timestamp;

use crate::api::{Deprecation, ListedModel, deprecations, listed_model};
use crate::cards::{ModelCard, Status};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::money::format_usd;
use crate::settings::Settings;

use super::context::{self, Connection};
use super::doctor::Finding;
use super::list_price;
use super::price_cache::PriceCache;
use super::successor;
use super::target::Target;

/// Checks the model that the settings select. Without a connection, only its card is known.
pub(super) fn check(
    settings: &Settings,
    target: Target,
    connection: Option<&Connection>,
    env: &Env,
) -> Finding {
    let card = match context::model_name(settings).and_then(|name| Ok(settings.models.find(name)?)) {
        Ok(card) => card,
        Err(failure) => return Finding::Failed(failure),
    };
    let Some((connection, lists)) = connection.zip(settings.models.service().lists.as_ref()) else {
        return judge(&card, settings, target, None);
    };
    let (transport, base) = (&connection.transport, &connection.endpoint.base);
    let row = deprecations(transport, base, lists)
        .and_then(|gone| Ok((gone, listed_model(transport, base, lists, &card.id)?)));
    match row {
        Err(error) => Finding::Warning(
            format!("whether {} can be used is not known: {error}", card.id),
            "try again later".into(),
        ),
        Ok((gone, listed)) => {
            let price = listed.as_ref().and_then(|row| row.price);
            if let (Some(usd), Target::Service, Ok(data)) = (price, target, context::data_dir(env, false)) {
                PriceCache::at(&data).put(base, [(card.id.as_str(), usd)], Timestamp::now());
            }
            let gone = gone.into_iter().find(|row| row.is_of(&card.id) && row.status == "withdrawn");
            judge(&card, settings, target, Some((gone, listed)))
        }
    }
}

/// Judges a model by its card and, if they are known, its rows in the lists of withdrawn and of all models.
fn judge(
    card: &ModelCard,
    settings: &Settings,
    target: Target,
    rows: Option<(Option<Deprecation>, Option<ListedModel>)>,
) -> Finding {
    let (knows_list, gone, listed) = match rows {
        Some((gone, listed)) => (true, gone, listed),
        None => (false, None, None),
    };
    let is_of_this_host = !settings.models.are_elsewhere();
    if gone.is_some() || (!knows_list && is_of_this_host && card.status == Status::Withdrawn) {
        let is_known = |name: &String| settings.models.find(name).is_ok();
        let named = gone.and_then(|row| row.replaced_by).filter(is_known).or_else(|| card.successor.clone());
        return withdrawn(card, named, settings, target);
    }
    let id = &card.id;
    if knows_list && listed.is_none() {
        let next = "`seededit models check` compares all cards with the list, and --model chooses another";
        return Finding::Warning(format!("the service does not list {id}"), next.into());
    }
    let price = match (listed.and_then(|row| row.price), &card.price) {
        _ if settings.models.service().is_free() => "free".to_owned(),
        (Some(usd), _) => format!("list price {}", format_usd(usd)),
        (None, Some(price)) if is_of_this_host => {
            format!("list price {} of {}", list_price::amount(price, 0), price.date)
        }
        // Another host may have other prices.
        (None, Some(price)) => format!(
            "list price at {} {}; that of {} is not known",
            settings.models.service().in_text(),
            list_price::amount(price, 0),
            settings.base_url
        ),
        (None, None) => "list price unknown".to_owned(),
    };
    match &card.withdrawn {
        Some(day) if card.status == Status::Retiring => {
            let next = match &card.successor {
                Some(successor) => format!("its successor is {successor}"),
                None => "`seededit models` lists others".to_owned(),
            };
            Finding::Warning(format!("{id}, {price}; it will be withdrawn on {day}"), next)
        }
        _ => Finding::Fine(format!("{id}, {price}")),
    }
}

/// A withdrawn model is a failure, unless its successor is used, or a sandbox that serves it anyway.
fn withdrawn(card: &ModelCard, successor: Option<String>, settings: &Settings, target: Target) -> Finding {
    let id = &card.id;
    let other = || match &successor {
        Some(successor) => format!("its successor is {successor}; choose it with --model"),
        None => "choose another with --model; `seededit models` lists all".to_owned(),
    };
    match &successor {
        _ if target.is_sandbox() => {
            Finding::Warning(format!("the service has withdrawn {id}, and the sandbox serves it"), other())
        }
        Some(successor) if successor::may_replace(settings) => Finding::Warning(
            format!("the service has withdrawn {id}; its successor {successor} is used"),
            "--model chooses another".into(),
        ),
        _ => Finding::Failed(
            Failure::new(ErrorKind::Rejected, anyhow::anyhow!("the service has withdrawn {id}"))
                .hint(other()),
        ),
    }
}
