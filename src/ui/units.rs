//! Numbers with their units.

use std::time::Duration;

use crate::edit::ChangeReport;
use crate::picture::Placement;
use crate::picture::contents::Dropped;
use crate::picture::merge::Extent;

/// `512 B`, `549 KiB`, `1.2 MiB`, `41.8 GiB`.
pub fn bytes(count: u64) -> String {
    const KIB: f64 = 1024.0;
    let count_f = count as f64;
    if count < 1024 {
        format!("{count} B")
    } else if count_f < KIB * KIB {
        format!("{:.0} KiB", count_f / KIB)
    } else if count_f < KIB * KIB * KIB {
        format!("{:.1} MiB", count_f / (KIB * KIB))
    } else {
        format!("{:.1} GiB", count_f / (KIB * KIB * KIB))
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

/// A time that may be very short: `3 ms`, `0.8 s`, `2 min 5 s`.
pub fn short_time(time: Duration) -> String {
    if time < Duration::from_millis(100) { format!("{} ms", time.as_millis().max(1)) } else { elapsed(time) }
}

/// Lists what a result does not have of its picture.
pub fn left_out(dropped: &[Dropped]) -> String {
    let in_words = |dropped: &Dropped| match dropped {
        Dropped::Transparency => format!("{dropped}, which --alpha keep keeps in a PNG or WebP"),
        _ => dropped.to_string(),
    };
    dropped.iter().map(in_words).collect::<Vec<_>>().join("; ")
}

/// Describes what an edit changed in its picture.
pub fn changed(report: &ChangeReport) -> String {
    match report.extent {
        Extent::Nothing if report.is_reencoded => format!(
            "the edit changed nothing visible; the result is the original, encoded again, which changed {} of the \
             pixels",
            percent(report.changed)
        ),
        Extent::Nothing => "the edit changed nothing visible; the result is the original".into(),
        Extent::Whole if report.is_in_area => {
            "most of the area that may change did, so nothing was preserved within it; it is the edited picture, \
            scaled, and all around it is the original"
                .into()
        }
        Extent::Whole => match report.detail {
            Some(detail) if detail > 0.0 => format!(
                "most of the picture changed; the result is the edited picture, scaled, with the original's \
                detail in {} of it",
                percent(detail)
            ),
            _ => "most of the picture changed, so nothing was preserved; the result is the edited picture, scaled"
                .into(),
        },
        Extent::Parts if report.is_reencoded => format!(
            "the edit covers {} of the pixels; encoding the whole picture again changed others slightly, so {} are \
             identical to the original's",
            percent(report.covered),
            identical(report.changed)
        ),
        Extent::Parts => format!(
            "{} of the pixels changed, {} are identical to the original's",
            percent(report.changed),
            identical(report.changed)
        ),
    }
}

/// Says where an answer lies on its picture.
pub fn placed(placement: &Placement) -> String {
    let number = |number: f64| ((number * 10.0).round() / 10.0 + 0.0).to_string();
    let Placement { x, y, width, height, angle } = placement;
    let [x, y, width, height] = [x, y, width, height].map(|length| number(*length));
    let turned = if angle.abs() < 0.005 { String::new() } else { format!(", rotated by {angle:.2}°") };
    format!("the edited picture covers {width}×{height} pixels of the original, at {x}, {y}{turned}")
}

/// Formats a share in percent, with one decimal. Only 0 is written as 0 %, and only 1 as 100 %.
pub fn percent(share: f64) -> String {
    format!("{} %", tenths(share) / 10.0)
}

/// Formats the rest of a share in percent, so that it and [`percent`] add up to 100 %.
pub fn identical(changed: f64) -> String {
    format!("{} %", (1000.0 - tenths(changed)) / 10.0)
}

fn tenths(share: f64) -> f64 {
    let tenths = (share * 1000.0).round();
    if share > 0.0 && share < 1.0 { tenths.clamp(1.0, 999.0) } else { tenths }
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
        assert_eq!(bytes(44_912_266_444), "41.8 GiB");
        assert_eq!(short_time(Duration::from_micros(40)), "1 ms");
        assert_eq!(short_time(Duration::from_millis(840)), "0.8 s");
        assert_eq!(elapsed(Duration::from_millis(12_840)), "12.8 s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn what_changed_and_what_did_not_add_up_to_everything() {
        assert_eq!((percent(0.0), identical(0.0)), ("0 %".into(), "100 %".into()));
        assert_eq!((percent(0.00001), identical(0.00001)), ("0.1 %".into(), "99.9 %".into()));
        assert_eq!((percent(0.1185), identical(0.1185)), ("11.9 %".into(), "88.1 %".into()));
        assert_eq!((percent(1.0), identical(1.0)), ("100 %".into(), "0 %".into()));
    }
}
