//! Numbers with their units.

use std::time::Duration;

pub use crate::api::dollars as usd;

/// `512 B`, `549 KiB`, `1.2 MiB`.
pub fn bytes(count: u64) -> String {
    const KIB: f64 = 1024.0;
    let count_f = count as f64;
    if count < 1024 {
        format!("{count} B")
    } else if count_f < KIB * KIB {
        format!("{:.0} KiB", count_f / KIB)
    } else {
        format!("{:.1} MiB", count_f / (KIB * KIB))
    }
}

/// `1 job`, `2 jobs`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `0.8 s`, `12.8 s`, `2 min 5 s`.
pub fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{:.1} s", time.as_secs_f64());
    }
    format!("{} min {} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_naturally() {
        assert_eq!(count(1, "job"), "1 job");
        assert_eq!(count(2, "job"), "2 jobs");
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(562_337), "549 KiB");
        assert_eq!(bytes(1_258_291), "1.2 MiB");
        assert_eq!(elapsed(Duration::from_millis(12_840)), "12.8 s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2 min 5 s");
    }
}
