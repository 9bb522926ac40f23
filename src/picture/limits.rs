//! What the service accepts as an input picture.

use std::fmt;

use seededit_resize::Size;

use crate::format::{Format, Header};
use crate::geometry::Rect;

/// The largest input file, in bytes, before Base64. Source: the service's documentation, "at most 10 MiB".
pub const MAX_INPUT_BYTES: u64 = 10 * 1024 * 1024;

/// The most pixels an input may have. Source: the service's documentation, "at most 6000 × 6000 px".
pub const MAX_INPUT_PIXELS: u64 = 6000 * 6000;

/// Both sides of an input have to be longer than this, in pixels. Source: the service's documentation.
pub const INPUT_SIDE_OVER: u32 = 14;

/// The longer side of an input over the shorter one, at most. Source: the service's documentation,
/// "aspect ratio from 1/3 to 3".
pub const MAX_INPUT_RATIO: u32 = 3;
/// The side that the service works at, in pixels: a result has about this many squared.
pub(crate) const WORKING_SIDE: u32 = 1024;

/// One of the service's limits; its words are the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Only JPEG and PNG.
    Format,
    /// At most [`MAX_INPUT_BYTES`].
    Bytes,
    /// At most [`MAX_INPUT_PIXELS`].
    Pixels,
    /// Both sides longer than [`INPUT_SIDE_OVER`].
    Side,
    /// No more oblong than [`MAX_INPUT_RATIO`] to 1, either way.
    Ratio,
}

impl Limit {
    const ALL: [Self; 5] = [Self::Format, Self::Bytes, Self::Pixels, Self::Side, Self::Ratio];

    fn check(self, format: Format, size: Size, bytes: u64) -> Check {
        let (met, found) = match self {
            Self::Format => (matches!(format, Format::Jpeg | Format::Png), format.to_string()),
            Self::Bytes => (bytes <= MAX_INPUT_BYTES, amount(bytes)),
            Self::Pixels => (size.pixels() <= MAX_INPUT_PIXELS, megapixels(size)),
            Self::Side => (size.width.min(size.height) > INPUT_SIDE_OVER, size.to_string()),
            Self::Ratio => (is_within_ratio(size), ratio(size)),
        };
        Check { limit: self, met, found }
    }
}

/// The rule: `at most 10 MiB`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Format => "jpeg or png",
            Self::Bytes => "at most 10 MiB",
            Self::Pixels => "at most 36 megapixels",
            Self::Side => "both sides over 14 pixels",
            Self::Ratio => "aspect ratios from 1:3 to 3:1",
        })
    }
}

/// One limit held against one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The limit.
    pub limit: Limit,
    /// Whether the picture keeps within it.
    pub met: bool,
    /// What the picture has, with its unit: `12.3 MiB`.
    ///
    /// Amounts are rounded up, so that what is a little over a limit does not read as the limit itself.
    pub found: String,
}

/// An input the service would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture is {found}, but the service takes {limit}")]
pub struct LimitError {
    /// The first limit that is not met.
    pub limit: Limit,
    /// What the picture has, as in [`Check::found`].
    pub found: String,
}

/// Every limit, met or not, for a picture of `bytes` bytes.
#[must_use]
pub fn checks(header: &Header, bytes: u64) -> Vec<Check> {
    Limit::ALL.iter().map(|limit| limit.check(header.format, header.upright(), bytes)).collect()
}

/// Refuses what the service would refuse.
///
/// # Errors
///
/// The first limit not met, in the order of [`Limit`].
pub fn ensure_accepted(header: &Header, bytes: u64) -> Result<(), LimitError> {
    first_unmet(checks(header, bytes))
}

/// Refuses an upright size that no scaling makes acceptable, or that is too small.
///
/// # Errors
///
/// [`Limit::Side`] or [`Limit::Ratio`].
pub(crate) fn ensure_shape(size: Size) -> Result<(), LimitError> {
    first_unmet([Limit::Side, Limit::Ratio].map(|limit| limit.check(Format::Jpeg, size, 0)))
}

/// Returns the smallest rectangle around `rect`, centered on it, whose sides and ratio the service accepts.
#[must_use]
pub fn padded_rect(rect: Rect) -> Rect {
    let side = |own: u32, other: u32| own.max(INPUT_SIDE_OVER + 1).max(other.div_ceil(MAX_INPUT_RATIO));
    let width = side(rect.size.width, rect.size.height);
    let height = side(rect.size.height, width);
    Rect {
        left: rect.left - i64::from((width - rect.size.width) / 2),
        top: rect.top - i64::from((height - rect.size.height) / 2),
        size: Size { width, height },
    }
}

fn first_unmet(checks: impl IntoIterator<Item = Check>) -> Result<(), LimitError> {
    match checks.into_iter().find(|check| !check.met) {
        None => Ok(()),
        Some(Check { limit, found, .. }) => Err(LimitError { limit, found }),
    }
}

fn is_within_ratio(size: Size) -> bool {
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    let most = u64::from(MAX_INPUT_RATIO);
    width <= height * most && height <= width * most
}

/// An amount in binary units. Above the limit it is rounded up, so that it does not read as the limit itself.
fn amount(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    let divided = |by: u128, parts: u128| {
        let (value, rest) =
            (u128::from(bytes) * parts, if bytes > MAX_INPUT_BYTES { by - 1 } else { by / 2 });
        (value + rest) / by
    };
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", divided(KIB.into(), 1)),
        _ => {
            let tenths = divided(MIB.into(), 10);
            format!("{}.{} MiB", tenths / 10, tenths % 10)
        }
    }
}

/// `12.3 megapixels`, or the number of pixels where that is small. Above the limit it is rounded up.
fn megapixels(size: Size) -> String {
    let pixels = size.pixels();
    if pixels < 100_000 {
        return format!("{pixels} pixels");
    }
    let rest = if pixels > MAX_INPUT_PIXELS { 99_999 } else { 50_000 };
    let tenths = (pixels + rest) / 100_000;
    format!("{}.{} megapixels", tenths / 10, tenths % 10)
}

/// `1.33:1` for a landscape, `1:1.33` for a portrait. Above the limit it is rounded up.
fn ratio(size: Size) -> String {
    let long = u64::from(size.width.max(size.height));
    let short = u64::from(size.width.min(size.height)).max(1);
    let rest = if is_within_ratio(size) { short / 2 } else { short - 1 };
    let hundredths = (long * 100 + rest) / short;
    let words = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    if size.width >= size.height { format!("{words}:1") } else { format!("1:{words}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use proptest::prelude::*;

    fn header(format: Format, width: u32, height: u32) -> Header {
        Header {
            format,
            size: Size { width, height },
            orientation: Orientation::default(),
            alpha: false,
            cmyk: false,
        }
    }

    fn refusal(header: &Header, bytes: u64) -> String {
        ensure_accepted(header, bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_just_within_every_limit_is_accepted() {
        for header in
            [header(Format::Jpeg, 6000, 6000), header(Format::Png, 15, 45), header(Format::Png, 45, 15)]
        {
            assert_eq!(ensure_accepted(&header, MAX_INPUT_BYTES), Ok(()));
            assert!(checks(&header, MAX_INPUT_BYTES).iter().all(|check| check.met));
        }
    }

    #[test]
    fn the_message_names_what_was_found_and_the_rule() {
        let fine = header(Format::Jpeg, 1024, 768);
        assert_eq!(
            refusal(&fine, MAX_INPUT_BYTES + 1),
            "the picture is 10.1 MiB, but the service takes at most 10 MiB"
        );
        assert_eq!(
            refusal(&header(Format::WebP, 1024, 768), 1),
            "the picture is webp, but the service takes jpeg or png"
        );
        assert_eq!(
            refusal(&header(Format::Png, 6001, 6000), 1),
            "the picture is 36.1 megapixels, but the service takes at most 36 megapixels"
        );
        assert_eq!(
            refusal(&header(Format::Png, 14, 20), 1),
            "the picture is 14×20, but the service takes both sides over 14 pixels"
        );
        assert_eq!(
            refusal(&header(Format::Png, 3001, 1000), 1),
            "the picture is 3.01:1, but the service takes aspect ratios from 1:3 to 3:1"
        );
        assert_eq!(
            refusal(&header(Format::Png, 1000, 3001), 1),
            "the picture is 1:3.01, but the service takes aspect ratios from 1:3 to 3:1"
        );
    }

    #[test]
    fn every_limit_is_reported_though_the_first_one_failed() {
        let checks = checks(&header(Format::Gif, 10, 9000), 20 * 1024 * 1024);
        let unmet: Vec<Limit> = checks.iter().filter(|check| !check.met).map(|check| check.limit).collect();
        assert_eq!(checks.len(), 5);
        assert_eq!(unmet, [Limit::Format, Limit::Bytes, Limit::Side, Limit::Ratio]);
    }

    #[test]
    fn amounts_have_units_a_person_knows() {
        assert_eq!(amount(0), "0 B");
        assert_eq!(amount(93_893), "92 KiB");
        assert_eq!(amount(1024 * 1024), "1.0 MiB");
        assert_eq!(amount(MAX_INPUT_BYTES), "10.0 MiB");
        assert_eq!(amount(MAX_INPUT_BYTES + 1), "10.1 MiB");
        assert_eq!(amount(u64::MAX), "17592186044416.0 MiB");
        assert_eq!(megapixels(size(10, 10)), "100 pixels");
        assert_eq!(megapixels(size(1024, 768)), "0.8 megapixels");
        assert_eq!(ratio(size(1024, 768)), "1.33:1");
        assert_eq!(ratio(size(768, 1024)), "1:1.33");
        assert_eq!(ratio(size(3000, 1000)), "3.00:1");
    }

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_panorama_is_padded_above_and_below() {
        let padded = padded_rect(Rect::whole(size(3000, 400)));
        assert_eq!(padded, Rect { left: 0, top: -300, size: size(3000, 1000) });
        assert_eq!(padded.clipped(size(3000, 400)), Some(Rect::whole(size(3000, 400))));
    }

    #[test]
    fn a_single_pixel_is_padded_to_the_smallest_accepted_size() {
        let padded = padded_rect(Rect::whole(size(1, 1)));
        assert_eq!(padded, Rect { left: -7, top: -7, size: size(15, 15) });
    }

    #[test]
    fn a_part_of_a_picture_is_padded_around_itself() {
        let part = Rect { left: 50, top: 60, size: size(10, 100) };
        assert_eq!(padded_rect(part), Rect { left: 38, top: 60, size: size(34, 100) });
    }

    fn is_accepted(size: Size) -> bool {
        let (width, height) = (u64::from(size.width), u64::from(size.height));
        size.width > 14 && size.height > 14 && width <= 3 * height && height <= 3 * width
    }

    proptest! {
        #[test]
        fn a_padded_picture_is_accepted_and_complete(width in 1..=u32::MAX, height in 1..=u32::MAX) {
            let picture = size(width, height);
            let padded = padded_rect(Rect::whole(picture));
            prop_assert!(is_accepted(padded.size));
            prop_assert_eq!(padded.clipped(picture), Some(Rect::whole(picture)));
            prop_assert_eq!(padded.is_whole(picture), is_accepted(picture));
            prop_assert_eq!(padded_rect(padded), padded);
        }

        #[test]
        fn padding_is_minimal(width in 1..5_000_u32, height in 1..5_000_u32) {
            let Size { width: padded_width, height: padded_height } =
                padded_rect(Rect::whole(size(width, height))).size;
            prop_assert!(padded_width == width || !is_accepted(size(padded_width - 1, padded_height)));
            prop_assert!(padded_height == height || !is_accepted(size(padded_width, padded_height - 1)));
        }

        #[test]
        fn padding_is_even(width in 1..5_000_u32, height in 1..5_000_u32) {
            let padded = padded_rect(Rect::whole(size(width, height)));
            prop_assert!((0..=1).contains(&(padded.right() - i64::from(width) + padded.left)));
            prop_assert!((0..=1).contains(&(padded.bottom() - i64::from(height) + padded.top)));
        }
    }

    #[test]
    fn the_longest_picture_there_is_can_be_described() {
        let longest = header(Format::Png, u32::MAX, 1);
        assert_eq!(ensure_accepted(&longest, 1).unwrap_err().limit, Limit::Pixels);
        assert_eq!(ratio(longest.size), "4294967295.00:1");
    }
}
