//! The model to use instead of a default model that the service has withdrawn.

use jiff::Timestamp;

use crate::api::{Model, RefusalKind, deprecations};
use crate::batch::TaskOutcome;
use crate::edit::RunError;
use crate::env::Env;
use crate::error::Failure;
use crate::journal::Journal;
use crate::money::format_usd;
use crate::settings::Settings;
use crate::ui::Ui;

use super::context::{self, Connection};
use super::edit_options::EditOptions;
use super::target::Target;

/// Returns the model that an earlier run used instead of the default one, if the default is to be used now.
pub(super) fn remembered(
    settings: &Settings,
    model: &Model,
    target: Target,
    env: &Env,
) -> Result<Option<Model>, Failure> {
    if !may_replace(settings) {
        return Ok(None);
    }
    let data = context::data_dir(env, target.is_sandbox())?;
    let Some(journal) = Journal::open_existing(&data)? else { return Ok(None) };
    let successor = journal.successor(&settings.base_url.to_string(), model.as_str())?;
    // A model without a card can no longer be used.
    let card = successor.and_then(|name| settings.models.find(&name).ok());
    Ok(card.and_then(|card| card.id.parse().ok()))
}

/// Whether a withdrawn model may be replaced: only a default one, because another model is another price and another
/// result.
pub(super) fn may_replace(settings: &Settings) -> bool {
    settings.model.is_none() && settings.replaces_withdrawn
}

/// Whether the service answered that it does not have the model, which costs nothing.
pub(super) fn is_withdrawn(outcome: &TaskOutcome) -> bool {
    let TaskOutcome::Ran(steps) = outcome else { return false };
    matches!(
        &steps[..],
        [only] if matches!(
            &only.result,
            Err(RunError::Refused { refusal, .. }) if refusal.kind() == RefusalKind::NotOffered
        )
    )
}

/// Finds the successor of a model: what the service names, else what its card names. Remembers it.
///
/// # Errors
/// If it cannot be remembered.
pub(super) fn find(
    connection: &Connection,
    options: &EditOptions<'_>,
    journal: &Journal,
) -> Result<Option<Model>, Failure> {
    let (settings, model) = (&options.settings, options.model());
    // A list that cannot be fetched names no successor.
    let listed = settings
        .models
        .service()
        .lists
        .as_ref()
        .and_then(|lists| deprecations(&connection.transport, &connection.endpoint.base, lists).ok());
    let named = listed
        .into_iter()
        .flatten()
        .find(|entry| entry.is_of(model.as_str()))
        .and_then(|entry| entry.replaced_by);
    let of_card = || settings.models.find(model.as_str()).ok()?.successor.clone();
    let find = |name: String| settings.models.find(&name).ok();
    let Some(card) = named.and_then(find).or_else(|| of_card().and_then(find)) else { return Ok(None) };
    let Ok(successor) = card.id.parse::<Model>() else { return Ok(None) };
    let base = settings.base_url.to_string();
    let now = Timestamp::now().as_millisecond();
    journal.remember_successor(&base, model.as_str(), successor.as_str(), now)?;
    Ok(Some(successor))
}

/// Prints one line with the successor and its list price.
pub(super) fn announce(withdrawn: &Model, successor: &Model, settings: &Settings, ui: &Ui) {
    let price = settings.models.find(successor.as_str()).ok().and_then(|card| card.price.clone());
    let price = match price {
        Some(price) => format!("list price {}, {}", format_usd(price.of(None, 0)), price.date),
        None => "list price unknown".to_owned(),
    };
    ui.note(&format!(
        "{} has withdrawn {withdrawn}, so its successor {successor} is used ({price}); --model chooses another",
        settings.models.service().title
    ));
}
