//! The model to use instead of a default model that the service has withdrawn.

use jiff::Timestamp;

use crate::api::{Model, deprecations};
use crate::cards::Status;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::journal::Journal;
use crate::settings::Settings;
use crate::ui::Ui;

use super::context::{self, Connection};
use super::edit_options::EditOptions;
use super::price::{Edits, PriceLookup};
use super::target::Target;

/// How edits ended.
pub(super) enum Ended {
    WithCode(u8),
    /// Nothing was charged, and the service has withdrawn the default model. Holds its successor.
    ModelWithdrawn(Model),
}

/// Runs edits, and runs them again with the successor if the service has withdrawn the default model. Returns the exit
/// code.
pub(super) fn run<'a>(
    options: &EditOptions<'a>,
    edit: impl Fn(&EditOptions<'a>) -> Result<Ended, Failure>,
) -> Result<u8, Failure> {
    let ended = match edit(options)? {
        Ended::ModelWithdrawn(successor) => edit(&options.with_model(successor))?,
        ended => ended,
    };
    Ok(match ended {
        Ended::WithCode(code) => code,
        Ended::ModelWithdrawn(_) => ErrorKind::Rejected.exit_code(),
    })
}

/// Opens the journal in which successors are remembered, if it exists and the model may be replaced.
pub(super) fn journal(settings: &Settings, target: Target, env: &Env) -> Result<Option<Journal>, Failure> {
    match may_replace(settings) {
        true => Ok(Journal::open_existing(&context::data_dir(env, target.is_sandbox())?)?),
        false => Ok(None),
    }
}

/// Returns the model to use instead of the default one: the one that an earlier run used, else, at the service itself,
/// the successor on the card of a withdrawn model.
pub(super) fn instead_of(
    settings: &Settings,
    model: &Model,
    target: Target,
    journal: Option<&Journal>,
) -> Result<Option<Model>, Failure> {
    if !may_replace(settings) {
        return Ok(None);
    }
    let of_card = || match target {
        Target::Service if !settings.models.are_elsewhere() => successor_of_withdrawn(settings, model),
        _ => None,
    };
    let remembered = journal.map(|journal| remembered(settings, model, journal)).transpose()?;
    Ok(remembered.flatten().or_else(of_card))
}

fn successor_of_withdrawn(settings: &Settings, model: &Model) -> Option<Model> {
    let card = settings.models.find(model.as_str()).ok().filter(|card| card.status == Status::Withdrawn)?;
    settings.models.find(card.successor.as_ref()?).ok()?.id.parse().ok()
}

fn remembered(settings: &Settings, model: &Model, journal: &Journal) -> Result<Option<Model>, Failure> {
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
    let find = |name: String| -> Option<Model> {
        // The service's name is not trusted: it must be that of another model with a card.
        let name: Model = name.parse().ok()?;
        let successor: Model = settings.models.find(name.as_str()).ok()?.id.parse().ok()?;
        (successor != *model).then_some(successor)
    };
    let Some(successor) = named.and_then(find).or_else(|| of_card().and_then(find)) else { return Ok(None) };
    let base = settings.base_url.to_string();
    let now = Timestamp::now().as_millisecond();
    journal.remember_successor(&base, model.as_str(), successor.as_str(), now)?;
    Ok(Some(successor))
}

/// Forgets the successor of a model, because the service does not have it either. It may have been withdrawn as well since
/// it was remembered; or nothing was withdrawn, and the base URL is wrong.
///
/// # Errors
/// If the journal cannot be written.
pub(super) fn forget(settings: &Settings, model: &Model, journal: &Journal) -> Result<(), Failure> {
    if may_replace(settings) {
        journal.forget_successor(&settings.base_url.to_string(), model.as_str())?;
    }
    Ok(())
}

/// Prints one line with the successor and its price.
pub(super) fn announce(
    withdrawn: &Model,
    successor: &Model,
    prices: &PriceLookup<'_>,
    ui: &Ui,
) -> Result<(), Failure> {
    let edits = Edits { models: std::slice::from_ref(successor), references: 0 };
    let price = match prices.price(edits)?.expected() {
        Some((usd, source)) => format!("{usd} an edit, {}", source.in_words(ui.audience())),
        None => "price unknown".to_owned(),
    };
    ui.note(&format!(
        "{} has withdrawn {withdrawn}, so its successor {successor} is used ({price}); {} chooses another",
        prices.settings.models.service().title,
        ui.audience().option("model")
    ));
    Ok(())
}
