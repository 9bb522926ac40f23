//! The lists of models, which need no key.

use serde_json::{Value, json};
use url::Url;

use super::host::Host;
use super::models::edits::{self, EditModel};
use super::models::withdrawn::{DEPRECATIONS, Deprecation};
use super::models::{self, Model, Price};
use super::problem::Problem;
use super::query::Query;
use super::request::MODEL;
use super::service::Service;

/// What a row of the list can include.
const INCLUDES: [&str; 4] = ["pricing", "modalities", "capabilities", "all"];

/// `GET /v1/models`
pub(super) fn models(service: &Service, url: &Url) -> Result<Value, Problem> {
    let mut query = Query::from_url(url);
    let (id, include) = (query.take("id"), query.take("include"));
    query.finish()?;
    let includes: Vec<&str> = include.iter().flat_map(|include| include.split(',')).collect();
    if let Some(other) = includes.iter().find(|include| !INCLUDES.contains(include)) {
        return Err(Problem::query(&format!("include: unknown value {other:?}")));
    }
    let has = |name: &str| includes.contains(&name) || includes.contains(&"all");
    let rows: Vec<Value> = entries()
        .filter(|entry| id.as_deref().is_none_or(|id| entry.id == id || entry.aliases.contains(&id)))
        .map(|entry| {
            let mut row = entry.row();
            if has("pricing") {
                row["pricing"] = entry.pricing(service);
            }
            if has("modalities") {
                row["modalities"] = json!({"input": ["text", "image"], "output": ["image"]});
            }
            row
        })
        .collect();
    Ok(json!({"object": "list", "data": rows}))
}

/// A model of the default host, in either dialect.
struct Entry {
    id: &'static str,
    aliases: &'static [&'static str],
    price: Price,
}

fn entries() -> impl Iterator<Item = Entry> {
    let json = models::all();
    let json = json.map(|&Model { id, aliases, price, .. }| Entry { id, aliases, price });
    let form = edits::MODELS.iter().filter(|model| model.host == Host::Default);
    json.chain(form.map(|&EditModel { id, price, .. }| Entry { id, aliases: &[], price }))
}

impl Entry {
    fn row(&self) -> Value {
        let name = if self.id == MODEL { "SeedEdit 3.0" } else { self.id };
        json!({
            "id": self.id,
            "aliases": self.aliases,
            "info": {"name": format!("{name} (sandbox)"), "docsUrl": null},
            "tags": [],
        })
    }

    /// The price, if the documentation shows one.
    fn pricing(&self, service: &Service) -> Value {
        if matches!(self.price, Price::MadeUp) {
            return Value::Null;
        }
        let price = self.price.credits(service.options.price).usd();
        json!({"kind": "fixed", "currency": "USD", "units": [{"price": price, "per": "image"}]})
    }
}

/// `GET /v1/models/deprecations`
pub(super) fn deprecations(url: &Url) -> Result<Value, Problem> {
    let mut query = Query::from_url(url);
    let (status, since) = (query.take("status"), query.take("since"));
    query.finish()?;
    let is_asked = |row: &&Deprecation| {
        status.as_deref().is_none_or(|status| status == row.status)
            && since.as_deref().is_none_or(|since| since <= row.deprecated_at)
    };
    let rows: Vec<Value> = DEPRECATIONS
        .iter()
        .filter(is_asked)
        .map(|row| {
            json!({
                "id": row.id,
                "aliases": row.aliases,
                "status": row.status,
                "deprecated_at": row.deprecated_at,
                "shutdown_at": row.shutdown_at,
                "replaced_by": row.replaced_by,
                "reason": row.reason,
            })
        })
        .collect();
    Ok(json!({"object": "list", "data": rows}))
}
