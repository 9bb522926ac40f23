//! The ids of jobs.

use std::fmt;

use jiff::Timestamp;

/// The digits of a job id: Crockford's Base32, which has no letters that look like digits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits for the time: 45 bits of milliseconds, enough until the year 3084.
const TIME_DIGITS: u32 = 9;
/// Random digits: 35 bits.
const RANDOM_DIGITS: u32 = 7;

/// The id of a job: 16 letters and digits, unique across machines. The random digits come first, so that
/// the first few tell jobs of the same minute apart. Ids of older journals begin with the time instead; the
/// order of jobs is that of the journal's `created` column, never that of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobId(String);

impl JobId {
    /// Makes a new id for a job that begins at `now`.
    pub fn new(now: Timestamp, rng: &mut fastrand::Rng) -> JobId {
        let time = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let id = digits(rng.u64(..), RANDOM_DIGITS).chain(digits(time, TIME_DIGITS)).collect();
        JobId(id)
    }

    /// An id that the journal has.
    pub fn from_journal(name: &str) -> JobId {
        JobId(name.to_owned())
    }

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
    fn ids_of_the_same_millisecond_differ_in_their_first_characters() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut at = |millis| JobId::new(Timestamp::from_millisecond(millis).unwrap(), &mut rng);
        let (first, second) = (at(1_754_408_583_001), at(1_754_408_583_001));
        assert_ne!(first.as_str()[..5], second.as_str()[..5]);
        assert_eq!(first.as_str()[7..], second.as_str()[7..], "the time comes last");
        assert_eq!(first.as_str().len(), 16);
    }
}
