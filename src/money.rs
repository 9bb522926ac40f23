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

    /// The sum in billionths of a dollar, as the journal stores it. A larger one than it can store is the largest.
    pub fn nanos(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// Creates a sum from billionths of a dollar. A negative number, which nothing writes, becomes the largest amount.
    pub fn from_nanos(nanos: i64) -> Usd {
        u64::try_from(nanos).map_or(Usd::saturating(f64::NAN), Usd)
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

/// A limit on spending, which can be turned off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostLimit {
    /// No limit, whatever a lower layer of the settings says.
    Off,
    At(Usd),
}

impl CostLimit {
    /// The amount; `None` if it is off.
    pub fn amount(self) -> Option<Usd> {
        match self {
            CostLimit::Off => None,
            CostLimit::At(amount) => Some(amount),
        }
    }
}

impl fmt::Display for CostLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CostLimit::Off => f.write_str("off"),
            CostLimit::At(amount) => amount.fmt(f),
        }
    }
}

impl FromStr for CostLimit {
    type Err = String;

    /// Parses `2.50`, `$2.50` or `off`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "off" => Ok(CostLimit::Off),
            text => text.parse().map(CostLimit::At).map_err(|error: &str| format!("{error}, or `off`")),
        }
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
    fn a_limit_is_an_amount_or_off() {
        assert_eq!("2.5".parse::<CostLimit>().unwrap().amount(), Usd::new(2.5));
        assert_eq!("off".parse::<CostLimit>().unwrap().amount(), None);
        for text in ["off", "$0.50", "$12.00"] {
            assert_eq!(text.parse::<CostLimit>().unwrap().to_string(), text);
        }
        for bad in ["", "-1", "NaN", "inf", "Off", "9000001"] {
            let error = bad.parse::<CostLimit>().unwrap_err();
            assert!(error.ends_with("like 2.50, or `off`"), "{error}");
        }
    }

    #[test]
    fn what_the_journal_stores_is_exact() {
        for amount in [0.0, 0.0315, 9e6] {
            let usd = Usd::new(amount).unwrap();
            assert_eq!(Usd::from_nanos(usd.nanos()), usd);
        }
        assert_eq!(Usd::from_nanos(-1), Usd::new(9e6).unwrap());
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
