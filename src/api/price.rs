//! The price of a call.

use crate::money::add_usd;

/// Credits in one US dollar, from the service's documentation.
const CREDITS_PER_USD: f64 = 2_000_000.0;

/// The price of a call in both of the service's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub usd: f64,
    /// Credits; 2,000,000 are one dollar.
    pub credits: f64,
}

impl Price {
    pub const ZERO: Price = Price { usd: 0.0, credits: 0.0 };

    /// Adds a price; an unknown one counts as zero.
    #[must_use]
    pub fn plus(self, more: Option<Price>) -> Price {
        let more = more.unwrap_or(Price::ZERO);
        Price { usd: add_usd(self.usd, more.usd), credits: self.credits + more.credits }
    }

    /// Creates a price from one unit or both. Returns `None` unless one is a finite number of at least 0.
    pub fn new(usd: Option<f64>, credits: Option<f64>) -> Option<Price> {
        let known = |amount: &f64| amount.is_finite() && *amount >= 0.0;
        let (usd, credits) = (usd.filter(known), credits.filter(known));
        Some(Price {
            usd: usd.or(credits.map(|credits| credits / CREDITS_PER_USD))?,
            credits: credits.or(usd.map(|usd| (usd * CREDITS_PER_USD).round()))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_price_is_no_price() {
        assert_eq!(Price::new(Some(f64::NAN), None), None);
        assert_eq!(Price::new(Some(-1.0), None), None);
        let price = Price::new(Some(0.5), None).unwrap();
        assert_eq!((price.usd, price.credits), (0.5, 1_000_000.0));
    }
}
