//! Jobs have names.

use std::fmt;

use jiff::Timestamp;

/// The digits of a job id: Crockford's Base32, which has no letters that look like digits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits for the time: 45 bits of milliseconds, enough until the year 3084.
const TIME_DIGITS: u32 = 9;
/// Digits for chance: 35 bits.
const CHANCE_DIGITS: u32 = 7;

/// The name of a job: 16 letters and digits, in the order of time, different on every machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(String);

impl JobId {
    /// A new name for a job that begins at `now`.
    pub fn new(now: Timestamp, rng: &mut fastrand::Rng) -> JobId {
        let time = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let id = digits(time, TIME_DIGITS).chain(digits(rng.u64(..), CHANCE_DIGITS)).collect();
        JobId(id)
    }

    /// A name that the journal has.
    pub fn from_journal(name: &str) -> JobId {
        JobId(name.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The lowest `count` digits of `value`, the highest of them first.
fn digits(value: u64, count: u32) -> impl Iterator<Item = char> {
    (0..count).rev().map(move |place| char::from(DIGITS[(value >> (5 * place)) as usize % 32]))
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_jobs_sort_after_earlier_ones_and_none_are_alike() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut at = |millis| JobId::new(Timestamp::from_millisecond(millis).unwrap(), &mut rng);
        let first = at(1_754_408_583_000);
        let (second, third) = (at(1_754_408_583_001), at(1_754_408_583_001));
        assert!(first < second && first < third);
        assert_ne!(second, third);
        assert_eq!(first.as_str().len(), 16);
    }
}
