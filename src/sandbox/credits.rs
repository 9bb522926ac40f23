//! Money in the service's unit, credits.

use std::ops::Add;
use std::str::FromStr;

use thiserror::Error;

/// Credits per US dollar, from the service's price list.
const CREDITS_PER_USD: f64 = 2_000_000.0;

/// An amount in credits. 2,000,000 credits are one US dollar.
///
/// It is parsed from US dollars (`0.0315`), the unit of published prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Credits(pub u64);

/// An amount that is not a number of dollars from 0 to a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected a number of US dollars from 0 to 1000000, such as 0.0315")]
pub struct CreditsError;

impl Credits {
    /// The amount in US dollars.
    pub fn usd(self) -> f64 {
        self.0 as f64 / CREDITS_PER_USD
    }

    /// The amount that remains after `spent`; `None` if it is not enough.
    pub(super) fn checked_sub(self, spent: Credits) -> Option<Credits> {
        self.0.checked_sub(spent.0).map(Credits)
    }
}

impl FromStr for Credits {
    type Err = CreditsError;

    fn from_str(usd: &str) -> Result<Credits, CreditsError> {
        let usd: f64 = usd.parse().map_err(|_| CreditsError)?;
        if !(0.0..=1_000_000.0).contains(&usd) {
            return Err(CreditsError);
        }
        Ok(Credits((usd * CREDITS_PER_USD).round() as u64))
    }
}

impl Add for Credits {
    type Output = Credits;

    fn add(self, other: Credits) -> Credits {
        Credits(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_and_credits_agree_on_the_published_price() {
        assert_eq!("0.0315".parse(), Ok(Credits(63_000)));
        assert_eq!(Credits(63_000).usd(), 0.0315);
    }

    #[test]
    fn text_that_is_not_an_amount_is_refused() {
        for text in ["", "-1", "NaN", "inf", "1e9", "free"] {
            assert_eq!(text.parse::<Credits>(), Err(CreditsError), "{text}");
        }
    }

    #[test]
    fn a_subtraction_never_goes_below_zero() {
        assert_eq!(Credits(5).checked_sub(Credits(5)), Some(Credits(0)));
        assert_eq!(Credits(5).checked_sub(Credits(6)), None);
    }
}
