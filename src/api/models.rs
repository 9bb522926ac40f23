//! List prices of the service's models. Requests here are free.

use serde::Deserialize;
use serde_json::Value;

use crate::secret::ApiKey;

use super::account::{AccountError, get};
use super::endpoint::BaseUrl;
use super::fields::Model;
use super::http::Transport;

const MODELS_PATH: &str = "/v1/models";

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    pricing: Option<Pricing>,
}

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
}

/// Fetches the list price of one generation, in US dollars. Returns `None` if the model is not listed, or has
/// no single price.
///
/// # Errors
/// See [`AccountError`].
pub fn list_price(
    transport: &Transport,
    base: &BaseUrl,
    key: &ApiKey,
    model: &Model,
) -> Result<Option<f64>, AccountError> {
    let mut url = base.join(MODELS_PATH);
    url.query_pairs_mut().append_pair("id", model.as_str()).append_pair("include", "pricing");
    Ok(only_price(get(transport, url, key)?))
}

fn only_price(listed: Listed) -> Option<f64> {
    let [Entry { pricing: Some(pricing) }] = &listed.data[..] else { return None };
    let is_usd = pricing.currency.as_deref().is_none_or(|currency| currency.eq_ignore_ascii_case("usd"));
    let is_fixed = pricing.kind.as_deref().is_none_or(|kind| kind == "fixed");
    let [Unit { price }] = &pricing.units[..] else { return None };
    // The service also writes numbers as strings.
    let price = price.as_f64().or_else(|| price.as_str()?.parse().ok())?;
    (is_usd && is_fixed && price.is_finite() && price > 0.0).then_some(price)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn price(pricing: Value) -> Option<f64> {
        only_price(serde_json::from_value(json!({"data": [{"id": "m", "pricing": pricing}]})).unwrap())
    }

    #[test]
    fn only_a_single_fixed_price_is_a_list_price() {
        let unit = json!({"price": 0.0315, "per": "image"});
        assert_eq!(price(json!({"kind": "fixed", "currency": "USD", "units": [unit]})), Some(0.0315));
        assert_eq!(price(json!({"kind": "fixed", "units": [{"price": "0.04"}]})), Some(0.04));
        assert_eq!(price(json!({"kind": "variants", "units": [unit]})), None);
        assert_eq!(price(json!({"kind": "fixed", "currency": "EUR", "units": [unit]})), None);
        assert_eq!(price(json!({"kind": "fixed", "units": [unit, unit]})), None);
        assert_eq!(price(json!({"kind": "fixed", "units": [{"price": -1}]})), None);
        assert_eq!(price(Value::Null), None);
        assert_eq!(only_price(serde_json::from_value(json!({"data": []})).unwrap()), None);
    }
}
