//! The limit of the answer store.

use std::fmt;
use std::str::FromStr;

/// How much the answer store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerLimit {
    /// No answer is kept.
    Off,
    /// This number of bytes.
    Bytes(u64),
}

/// The units, in bytes.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl AnswerLimit {
    /// The number of bytes; `None` if no answer is kept.
    pub fn bytes(self) -> Option<u64> {
        match self {
            AnswerLimit::Off => None,
            AnswerLimit::Bytes(bytes) => Some(bytes),
        }
    }
}

impl FromStr for AnswerLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "must be a size with a unit, such as 1 GB or 500 MB, or off";
        let text = text.trim();
        if text == "off" || text == "0" {
            return Ok(AnswerLimit::Off);
        }
        let end = text.find(|c: char| c.is_ascii_alphabetic()).ok_or(EXPECTED)?;
        let (number, unit) = text.split_at(end);
        let number = number.trim_end();
        let (_, factor) =
            UNITS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or(EXPECTED)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(EXPECTED);
        }
        let number: f64 = number.parse().map_err(|_| EXPECTED)?;
        let bytes = number * factor as f64;
        // More than all disks hold; the conversion below is exact enough under it.
        if bytes >= 1e18 {
            return Err(EXPECTED);
        }
        Ok(if bytes < 1.0 { AnswerLimit::Off } else { AnswerLimit::Bytes(bytes as u64) })
    }
}

impl fmt::Display for AnswerLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AnswerLimit::Bytes(bytes) = self else { return f.write_str("off") };
        // The unit that makes the shortest number.
        let exact = UNITS.into_iter().filter(|(_, factor)| bytes % factor == 0);
        let (unit, factor) = exact.min_by_key(|(_, factor)| bytes / factor).unwrap_or(("B", 1));
        write!(f, "{} {unit}", bytes / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_size_with_a_unit() {
        let bytes = |text: &str| text.parse::<AnswerLimit>().map(AnswerLimit::bytes);
        assert_eq!(bytes("1 GB"), Ok(Some(1_000_000_000)));
        assert_eq!(bytes("500mb"), Ok(Some(500_000_000)));
        assert_eq!(bytes("1.5 GiB"), Ok(Some(3 << 29)));
        assert_eq!(bytes("9 B"), Ok(Some(9)));
        for off in ["off", "0", " 0 ", "0 GB"] {
            assert_eq!(bytes(off), Ok(None), "{off}");
        }
        for bad in ["", "1", "GB", "-1 GB", "1 GB extra", "1e3 MB", "1.2.3 MB", "9999999 TB", "on"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_limit_is_shown_as_it_is_written() {
        for text in ["1 GB", "2 GB", "500 MB", "2 GiB", "1 kB", "1001 B", "off"] {
            assert_eq!(text.parse::<AnswerLimit>().unwrap().to_string(), text);
        }
    }
}
