//! US dollars: exact sums, and amounts as text.
//!
//! The journal and the JSON records hold the amounts that the service reports, as floating-point numbers.
//! Everything that is summed or compared is rounded to a billionth of a dollar, so that 38 edits of $0.0315 cost
//! $1.197 and not $1.1969999999999998.

use std::fmt;
use std::str::FromStr;

/// Billionths of a dollar in one dollar.
const NANOS_PER_USD: f64 = 1e9;

/// A sum of US dollars, exact to the billionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Usd(u64);

impl Usd {
    /// The largest amount, in dollars: above it, `f64` cannot distinguish neighboring billionths.
    const MAX: f64 = 9e6;

    /// Creates a sum. Returns `None` for a negative amount, NaN, or more than 9 million dollars.
    pub fn new(amount: f64) -> Option<Usd> {
        (0.0..=Usd::MAX).contains(&amount).then(|| Usd((amount * NANOS_PER_USD).round() as u64))
    }

    /// Creates a sum from an amount that the service reported. One that [`Usd::new`] rejects becomes the largest
    /// amount, which is above every limit.
    pub fn saturating(amount: f64) -> Usd {
        Usd::new(amount).unwrap_or(Usd((Usd::MAX * NANOS_PER_USD) as u64))
    }

    /// The sum in dollars.
    pub fn value(self) -> f64 {
        self.0 as f64 / NANOS_PER_USD
    }

    #[must_use]
    pub fn saturating_mul(self, factor: u64) -> Usd {
        Usd(self.0.saturating_mul(factor))
    }

    #[must_use]
    pub fn saturating_add(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }

    #[must_use]
    pub fn saturating_sub(self, other: Usd) -> Usd {
        Usd(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format_usd(self.value()))
    }
}

impl FromStr for Usd {
    type Err = &'static str;

    /// Parses `2.50` or `$2.50`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let amount = text.strip_prefix('$').unwrap_or(text).parse().ok();
        amount.and_then(Usd::new).ok_or("not an amount in US dollars: a number from 0 on, like 2.50")
    }
}

/// Adds two reported amounts, rounded to a billionth of a dollar.
pub fn add_usd(one: f64, other: f64) -> f64 {
    ((one + other) * NANOS_PER_USD).round() / NANOS_PER_USD
}

/// Formats an amount such as `$0.0315`, with two to six decimals. An amount above 10¹² dollars, or NaN, is written
/// as `over $1000000000000`.
pub fn format_usd(amount: f64) -> String {
    const MAX: f64 = 1e12;
    if amount.is_nan() || amount > MAX {
        return format!("over ${MAX}");
    }
    let text = format!("{amount:.6}");
    let digits = text.trim_end_matches('0');
    let decimals = digits.len() - digits.find('.').map_or(digits.len(), |dot| dot + 1);
    format!("${amount:.*}", decimals.max(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_parsed_in_common_notations() {
        assert_eq!("2.50".parse(), Ok(Usd(2_500_000_000)));
        assert_eq!("$3".parse(), Ok(Usd(3_000_000_000)));
        for bad in ["", "-1", "NaN", "inf", "1e9", "two"] {
            assert!(bad.parse::<Usd>().is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_displayed_with_two_or_more_decimals_up_to_a_maximum() {
        let texts = [0.0315, 1.5, 0.0, 9e6, 1e300, f64::INFINITY].map(format_usd);
        let over = "over $1000000000000";
        assert_eq!(texts, ["$0.0315", "$1.50", "$0.00", "$9000000.00", over, over]);
        assert_eq!(Usd(31_500_000).to_string(), "$0.0315");
    }

    #[test]
    fn prices_add_up_exactly() {
        let sum = std::iter::repeat_n(0.0315, 38).fold(0.0, add_usd);
        assert_eq!(serde_json::to_string(&sum).unwrap(), "1.197");
        assert_eq!(Usd::new(0.0315).unwrap().saturating_mul(38).value(), sum);
    }

    #[test]
    fn an_amount_that_is_too_large_becomes_the_largest() {
        for amount in [9.1e6, 1e300, f64::INFINITY, f64::NAN] {
            assert_eq!(Usd::new(amount), None);
            assert_eq!(Usd::saturating(amount), Usd::new(9e6).unwrap());
        }
    }
}
