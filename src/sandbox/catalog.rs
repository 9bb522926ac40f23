//! The lists of models, which need no key.

use serde_json::{Value, json};
use url::Url;

use super::models::withdrawn::{DEPRECATIONS, Deprecation};
use super::models::{self, Model};
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
    let rows = models::all().filter(|model| id.as_deref().is_none_or(|id| model.is_called(id)));
    let rows: Vec<Value> = rows
        .map(|model| {
            let mut row = row(model);
            if has("pricing") {
                row["pricing"] = pricing(service, model);
            }
            if has("modalities") {
                row["modalities"] = json!({"input": ["text", "image"], "output": ["image"]});
            }
            row
        })
        .collect();
    Ok(json!({"object": "list", "data": rows}))
}

fn row(model: &Model) -> Value {
    let name = if model.id == MODEL { "SeedEdit 3.0" } else { model.id };
    json!({
        "id": model.id,
        "aliases": model.aliases,
        "info": {"name": format!("{name} (sandbox)"), "docsUrl": null},
        "tags": [],
    })
}

fn pricing(service: &Service, model: &Model) -> Value {
    let price = model.price.credits(service.options.price).usd();
    json!({"kind": "fixed", "currency": "USD", "units": [{"price": price, "per": "image"}]})
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
