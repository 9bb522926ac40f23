//! List prices as text, the same in all commands.

use crate::cards::{ModelCard, Price, ServiceCard};
use crate::money::format_usd;

/// Returns what a model's card says about its price: `$0.045 to $0.09`, `free`, or `None` if it is unknown.
pub(super) fn of_card(card: &ModelCard, service: &ServiceCard) -> Option<String> {
    if service.is_free() {
        return Some("free".to_owned());
    }
    card.price.as_ref().map(|price| amount(price, 0))
}

/// Returns a list price with these references, as a range if it depends on the size of the result. A price that the
/// service does not state itself is marked.
pub(super) fn amount(price: &Price, references: usize) -> String {
    let (least, most) = (price.of(Some(0), references), price.of(None, references));
    let range = if least < most {
        format!("{} to {}", format_usd(least), format_usd(most))
    } else {
        format_usd(most)
    };
    if price.third_party { format!("{range} (unverified, from third parties)") } else { range }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::Models;

    #[test]
    fn a_price_is_a_range_if_it_depends_on_the_size_and_says_who_does_not_state_it() {
        let text = |service: &str, model: &str| {
            let models = Models::built_in(service).unwrap();
            of_card(&models.find(model).unwrap(), models.service())
        };
        let third_party = "$0.045 to $0.09 (unverified, from third parties)";
        assert_eq!(text("ark", "doubao-seedream-5-0-pro-260628").as_deref(), Some(third_party));
        assert_eq!(text("fal", "bytedance/seedream/v5/pro/edit").as_deref(), Some("$0.0675 to $0.135"));
        assert_eq!(text("aimlapi", "flux-2-edit").as_deref(), Some("$0.0378"));
        assert_eq!(text("aimlapi", "kontext-pro"), None);
        assert_eq!(text("local", "sd-server").as_deref(), Some("free"));
    }
}
