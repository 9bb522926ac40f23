//! List prices of the service's models. Requests here are free.

use serde::Deserialize;
use serde_json::Value;

use crate::cards::Lists;
use crate::money::Usd;

use super::account::{AccountError, get_without_key};
use super::endpoint::BaseUrl;
use super::http::Transport;

#[derive(Deserialize)]
struct Pricing {
    kind: Option<String>,
    currency: Option<String>,
    #[serde(default)]
    units: Vec<Unit>,
}

#[derive(Deserialize)]
struct Unit {
    price: Value,
    /// What one of is sold: `image`, `1K tokens`.
    per: Option<String>,
    measure: Option<String>,
}

/// What is sold once for each edit.
const PER_EDIT: [&str; 6] = ["image", "picture", "request", "generation", "edit", "call"];

/// Fetches the row of one model. `None` if the service does not list it.
///
/// # Errors
/// See [`AccountError`].
pub fn listed_model(
    transport: &Transport,
    base: &BaseUrl,
    lists: &Lists,
    model: &str,
) -> Result<Option<ListedModel>, AccountError> {
    let mut url = base.join(&lists.models);
    url.query_pairs_mut().append_pair("id", model).append_pair("include", "pricing");
    let listed = read_list(&get_without_key(transport, url)?);
    Ok(listed.into_iter().find(|row| row.is_of(model)))
}

/// A model as the service lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedModel {
    pub id: String,
    pub aliases: Vec<String>,
    /// The list price of one generation in US dollars, if there is a single one.
    pub price: Option<f64>,
}

impl ListedModel {
    /// Whether this is the model with this id or alias.
    pub fn is_of(&self, model: &str) -> bool {
        self.id == model || self.aliases.iter().any(|alias| alias == model)
    }
}

/// Fetches the list of all models with their prices. The service has answered with an object and with an array.
///
/// # Errors
/// See [`AccountError`].
pub fn listed_models(
    transport: &Transport,
    base: &BaseUrl,
    lists: &Lists,
) -> Result<Vec<ListedModel>, AccountError> {
    let mut url = base.join(&lists.models);
    url.query_pairs_mut().append_pair("include", "pricing");
    let answer: Value = get_without_key(transport, url)?;
    Ok(read_list(&answer))
}

fn read_list(answer: &Value) -> Vec<ListedModel> {
    let rows = answer.as_array().or_else(|| answer["data"].as_array());
    let read = |row: &Value| {
        let aliases = row["aliases"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Some(ListedModel {
            id: row["id"].as_str()?.to_owned(),
            aliases: aliases.map(str::to_owned).collect(),
            price: only_price(&row["pricing"]),
        })
    };
    rows.into_iter().flatten().filter_map(read).collect()
}

/// Returns the price if it is the only one, fixed, in US dollars, and for a picture or a request. A price that is too
/// small to be counted would make a spending limit void, so it counts as unknown.
fn only_price(pricing: &Value) -> Option<f64> {
    let Pricing { kind, currency, units } = Pricing::deserialize(pricing).ok()?;
    let is_usd = currency.is_none_or(|currency| currency.eq_ignore_ascii_case("usd"));
    let is_fixed = kind.is_none_or(|kind| kind == "fixed");
    let [Unit { price, per, measure }] = &units[..] else { return None };
    let is_per_edit = |unit: &Option<String>| {
        unit.as_deref()
            .is_none_or(|unit| PER_EDIT.contains(&unit.trim_end_matches('s').to_lowercase().as_str()))
    };
    // The service also writes numbers as strings.
    let price = price.as_f64().or_else(|| price.as_str()?.parse().ok())?;
    let is_countable = Usd::new(price).is_some_and(|usd| usd > Usd::default());
    (is_usd && is_fixed && is_per_edit(per) && is_per_edit(measure) && is_countable).then_some(price)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_of_the_list_are_read() {
        let row = json!({"id": "maker/m", "aliases": ["m"], "pricing": {"units": [{"price": "0.04"}]}});
        let expected = [ListedModel { id: "maker/m".into(), aliases: vec!["m".into()], price: Some(0.04) }];
        assert_eq!(read_list(&json!({"object": "list", "data": [row]})), expected);
        assert_eq!(read_list(&json!([row])), expected);
        assert!(read_list(&json!({"data": [{"aliases": 7}, 7]})).is_empty());
        assert!(read_list(&json!(null)).is_empty());
    }

    #[test]
    fn only_a_single_fixed_price_is_a_list_price() {
        let unit = json!({"price": 0.0315, "per": "image"});
        assert_eq!(only_price(&json!({"kind": "fixed", "currency": "USD", "units": [unit]})), Some(0.0315));
        assert_eq!(only_price(&json!({"kind": "fixed", "units": [{"price": "0.04"}]})), Some(0.04));
        assert_eq!(only_price(&json!({"kind": "variants", "units": [unit]})), None);
        assert_eq!(only_price(&json!({"kind": "fixed", "currency": "EUR", "units": [unit]})), None);
        assert_eq!(only_price(&json!({"kind": "fixed", "units": [unit, unit]})), None);
        assert_eq!(only_price(&json!({"kind": "fixed", "units": [{"price": -1}]})), None);
        for price in [json!(1e-12), json!("1e-300"), json!(0), json!(1e9), json!("NaN")] {
            assert_eq!(only_price(&json!({"units": [{"price": price}]})), None, "{price}");
        }
        for per in ["1K tokens", "megapixel", "second"] {
            assert_eq!(only_price(&json!({"units": [{"price": 0.04, "per": per}]})), None, "{per}");
        }
        assert_eq!(only_price(&json!({"units": [{"price": 0.04, "measure": "images"}]})), Some(0.04));
        assert_eq!(only_price(&Value::Null), None);
    }
}
