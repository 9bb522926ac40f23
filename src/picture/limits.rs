//! What models accept as input.

use std::fmt;

use seededit_resize::Size;

use crate::format::{Format, Header};
use crate::geometry::Rect;

/// What a model accepts as input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputLimits {
    pub formats: Formats,
    /// The largest file, in bytes, before any encoding.
    pub max_bytes: u64,
    pub max_pixels: u64,
    /// The shortest side, in pixels.
    pub min_side: u32,
    /// The largest ratio of the longer side to the shorter one; at least 1.
    pub max_ratio: u32,
    /// The most pixels of a picture that has to be encoded again. More would only take longer to encode and to send.
    pub working_pixels: u64,
}

impl InputLimits {
    /// The limits that the first model documents: JPEG or PNG, at most 10 MiB and 6000 × 6000 pixels, both sides over 14
    /// pixels, aspect ratios from 1/3 to 3.
    pub const DEFAULT: InputLimits = InputLimits {
        formats: Formats(Formats::bit(Format::Jpeg) | Formats::bit(Format::Png)),
        max_bytes: 10 * 1024 * 1024,
        max_pixels: 6000 * 6000,
        min_side: 15,
        max_ratio: 3,
        working_pixels: InputLimits::ONE_MEGAPIXEL_MODEL,
    };

    /// The working pixels of a model that works at about one megapixel: twice as many leave its own scaling all the
    /// detail that it can use.
    pub const ONE_MEGAPIXEL_MODEL: u64 = 2_000_000;
}

impl Default for InputLimits {
    fn default() -> InputLimits {
        InputLimits::DEFAULT
    }
}

/// A set of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formats(u16);

impl Formats {
    #[must_use]
    pub fn of(formats: &[Format]) -> Formats {
        Formats(formats.iter().fold(0, |set, format| set | Self::bit(*format)))
    }

    #[must_use]
    pub fn contains(self, format: Format) -> bool {
        self.0 & Self::bit(format) != 0
    }

    const fn bit(format: Format) -> u16 {
        1 << format as u16
    }
}

/// For example `jpeg, png or webp`.
impl fmt::Display for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            Format::all().filter(|format| self.contains(*format)).map(Format::name).collect();
        match names.split_last() {
            Some((last, [])) => f.write_str(last),
            Some((last, others)) => write!(f, "{} or {last}", others.join(", ")),
            None => f.write_str("no format"),
        }
    }
}

/// The resolution at which the service works: an answer has about this number of pixels, squared.
pub(crate) const WORKING_SIDE: u32 = 1024;

/// A limit of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The format.
    Format,
    /// The size of the file.
    Bytes,
    /// The number of pixels.
    Pixels,
    /// The shorter side.
    Side,
    /// The aspect ratio.
    Ratio,
}

impl Limit {
    const ALL: [Self; 5] = [Self::Format, Self::Bytes, Self::Pixels, Self::Side, Self::Ratio];

    fn check(self, limits: &InputLimits, format: Format, size: Size, bytes: u64) -> Check {
        let (is_met, found) = match self {
            Self::Format => (limits.formats.contains(format), format.to_string()),
            Self::Bytes => (bytes <= limits.max_bytes, display_bytes(bytes, limits.max_bytes)),
            Self::Pixels => (size.pixels() <= limits.max_pixels, display_pixels(size, limits.max_pixels)),
            Self::Side => (size.width.min(size.height) >= limits.min_side, size.to_string()),
            Self::Ratio => (limits.is_within_ratio(size), display_ratio(size, limits)),
        };
        Check { limit: self, rule: self.rule(limits), is_met, found }
    }

    /// The rule, for example `at most 10 MiB`.
    fn rule(self, limits: &InputLimits) -> String {
        const MIB: u64 = 1024 * 1024;
        match self {
            Self::Format => limits.formats.to_string(),
            Self::Bytes if limits.max_bytes.is_multiple_of(MIB) => {
                format!("at most {} MiB", limits.max_bytes / MIB)
            }
            // Rounded down, so that a picture that is too large never reads as the limit.
            Self::Bytes => {
                let tenths = limits.max_bytes.saturating_mul(10) / MIB;
                format!("at most {}.{} MiB", tenths / 10, tenths % 10)
            }
            Self::Pixels if limits.max_pixels.is_multiple_of(1_000_000) => {
                format!("at most {} megapixels", limits.max_pixels / 1_000_000)
            }
            Self::Pixels => format!("at most {} pixels", limits.max_pixels),
            Self::Side => format!("both sides over {} pixels", limits.min_side.saturating_sub(1)),
            Self::Ratio => format!("aspect ratios from 1:{0} to {0}:1", limits.max_ratio),
        }
    }
}

/// Whether a picture meets a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub limit: Limit,
    /// What the model accepts.
    pub rule: String,
    pub is_met: bool,
    /// The property of the picture, for example `12.3 MiB`. Values over the limit are rounded up, so that none reads as
    /// the limit itself.
    pub found: String,
}

/// The service does not accept an input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture is {found}, but the service takes {rule}")]
pub struct LimitError {
    /// The first limit that is not met.
    pub limit: Limit,
    /// The same as [`Check::rule`].
    pub rule: String,
    /// The same as [`Check::found`].
    pub found: String,
}

impl InputLimits {
    /// Describes all limits, for example `at most 10 MiB`.
    #[must_use]
    pub fn rules(&self) -> Vec<String> {
        Limit::ALL.iter().map(|limit| limit.rule(self)).collect()
    }

    /// Checks a picture of `bytes` bytes against all limits.
    #[must_use]
    pub fn checks(&self, header: &Header, bytes: u64) -> Vec<Check> {
        Limit::ALL.iter().map(|limit| limit.check(self, header.format, header.upright(), bytes)).collect()
    }

    /// Checks that a picture of `bytes` bytes is accepted.
    ///
    /// # Errors
    /// The first limit that is not met, in the order of [`Limit`].
    pub fn ensure_accepted(&self, header: &Header, bytes: u64) -> Result<(), LimitError> {
        first_unmet(self.checks(header, bytes))
    }

    /// Checks the limits of an upright size that scaling down cannot meet.
    ///
    /// # Errors
    /// [`Limit::Side`] or [`Limit::Ratio`].
    pub(crate) fn ensure_shape(&self, size: Size) -> Result<(), LimitError> {
        first_unmet([Limit::Side, Limit::Ratio].map(|limit| limit.check(self, Format::Jpeg, size, 0)))
    }

    /// Returns the smallest rectangle around `rect`, centered on it, whose sides and ratio are accepted.
    #[must_use]
    pub fn padded_rect(&self, rect: Rect) -> Rect {
        let side = |own: u32, other: u32| own.max(self.min_side).max(other.div_ceil(self.max_ratio.max(1)));
        let width = side(rect.size.width, rect.size.height);
        let height = side(rect.size.height, width);
        Rect {
            left: rect.left - i64::from((width - rect.size.width) / 2),
            top: rect.top - i64::from((height - rect.size.height) / 2),
            size: Size { width, height },
        }
    }

    fn is_within_ratio(&self, size: Size) -> bool {
        let (width, height) = (u64::from(size.width), u64::from(size.height));
        let max = u64::from(self.max_ratio);
        width <= height * max && height <= width * max
    }
}

fn first_unmet(checks: impl IntoIterator<Item = Check>) -> Result<(), LimitError> {
    match checks.into_iter().find(|check| !check.is_met) {
        None => Ok(()),
        Some(Check { limit, rule, found, .. }) => Err(LimitError { limit, rule, found }),
    }
}

/// A number of bytes in binary units. Over the limit it is rounded up.
fn display_bytes(bytes: u64, max: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    let in_units = |unit: u64, fractions: u128| {
        let unit = u128::from(unit);
        let rounding = if bytes > max { unit - 1 } else { unit / 2 };
        (u128::from(bytes) * fractions + rounding) / unit
    };
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", in_units(KIB, 1)),
        _ => {
            let tenths = in_units(MIB, 10);
            format!("{}.{} MiB", tenths / 10, tenths % 10)
        }
    }
}

/// The number of pixels, for example `12.3 megapixels`. Over the limit it is rounded up.
fn display_pixels(size: Size, max: u64) -> String {
    let pixels = size.pixels();
    if pixels < 100_000 {
        return format!("{pixels} pixels");
    }
    let rounding = if pixels > max { 99_999 } else { 50_000 };
    let tenths = (pixels + rounding) / 100_000;
    format!("{}.{} megapixels", tenths / 10, tenths % 10)
}

/// The aspect ratio: `1.33:1` for a landscape, `1:1.33` for a portrait. Over the limit it is rounded up.
fn display_ratio(size: Size, limits: &InputLimits) -> String {
    let long = u64::from(size.width.max(size.height));
    let short = u64::from(size.width.min(size.height)).max(1);
    let rounding = if limits.is_within_ratio(size) { short / 2 } else { short - 1 };
    let hundredths = (long * 100 + rounding) / short;
    let ratio = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    if size.width >= size.height { format!("{ratio}:1") } else { format!("1:{ratio}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_INPUT_BYTES: u64 = 10 * 1024 * 1024;

    fn limits() -> InputLimits {
        InputLimits::default()
    }
    use proptest::prelude::*;

    fn header(format: Format, width: u32, height: u32) -> Header {
        Header::new(format, Size { width, height })
    }

    fn refusal(header: &Header, bytes: u64) -> String {
        limits().ensure_accepted(header, bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_picture_just_within_the_limits_is_accepted() {
        for header in
            [header(Format::Jpeg, 6000, 6000), header(Format::Png, 15, 45), header(Format::Png, 45, 15)]
        {
            assert_eq!(limits().ensure_accepted(&header, MAX_INPUT_BYTES), Ok(()));
            assert!(limits().checks(&header, MAX_INPUT_BYTES).iter().all(|check| check.is_met));
        }
    }

    #[test]
    fn the_message_states_the_property_and_the_rule() {
        assert_eq!(
            refusal(&header(Format::Jpeg, 1024, 768), MAX_INPUT_BYTES + 1),
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
    fn a_limit_that_is_no_whole_number_of_mebibytes_is_rounded_down_and_what_is_above_it_up() {
        let limits = InputLimits { max_bytes: 50_000_000, ..limits() };
        let error = limits.ensure_accepted(&header(Format::Jpeg, 1024, 768), 50_000_001).unwrap_err();
        assert_eq!(error.to_string(), "the picture is 47.7 MiB, but the service takes at most 47.6 MiB");
    }

    #[test]
    fn all_limits_are_checked_even_if_the_first_is_not_met() {
        let checks = limits().checks(&header(Format::Gif, 10, 9000), 20 * 1024 * 1024);
        let unmet: Vec<Limit> =
            checks.iter().filter(|check| !check.is_met).map(|check| check.limit).collect();
        assert_eq!(checks.len(), 5);
        assert_eq!(unmet, [Limit::Format, Limit::Bytes, Limit::Side, Limit::Ratio]);
    }

    #[test]
    fn values_have_units() {
        assert_eq!(display_bytes(0, MAX_INPUT_BYTES), "0 B");
        assert_eq!(display_bytes(93_893, MAX_INPUT_BYTES), "92 KiB");
        assert_eq!(display_bytes(1024 * 1024, MAX_INPUT_BYTES), "1.0 MiB");
        assert_eq!(display_bytes(MAX_INPUT_BYTES, MAX_INPUT_BYTES), "10.0 MiB");
        assert_eq!(display_bytes(MAX_INPUT_BYTES + 1, MAX_INPUT_BYTES), "10.1 MiB");
        assert_eq!(display_bytes(u64::MAX, MAX_INPUT_BYTES), "17592186044416.0 MiB");
        assert_eq!(display_pixels(size(10, 10), limits().max_pixels), "100 pixels");
        assert_eq!(display_pixels(size(1024, 768), limits().max_pixels), "0.8 megapixels");
        assert_eq!(display_ratio(size(1024, 768), &limits()), "1.33:1");
        assert_eq!(display_ratio(size(768, 1024), &limits()), "1:1.33");
        assert_eq!(display_ratio(size(3000, 1000), &limits()), "3.00:1");
    }

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_panorama_is_padded_above_and_below() {
        let padded = limits().padded_rect(Rect::whole(size(3000, 400)));
        assert_eq!(padded, Rect { left: 0, top: -300, size: size(3000, 1000) });
        assert_eq!(padded.clipped(size(3000, 400)), Some(Rect::whole(size(3000, 400))));
    }

    #[test]
    fn a_single_pixel_is_padded_to_the_smallest_accepted_size() {
        let padded = limits().padded_rect(Rect::whole(size(1, 1)));
        assert_eq!(padded, Rect { left: -7, top: -7, size: size(15, 15) });
    }

    #[test]
    fn a_part_of_a_picture_is_padded_around_itself() {
        let part = Rect { left: 50, top: 60, size: size(10, 100) };
        assert_eq!(limits().padded_rect(part), Rect { left: 38, top: 60, size: size(34, 100) });
    }

    fn is_accepted(size: Size) -> bool {
        let (width, height) = (u64::from(size.width), u64::from(size.height));
        size.width > 14 && size.height > 14 && width <= 3 * height && height <= 3 * width
    }

    proptest! {
        #[test]
        fn a_padded_picture_is_accepted_and_complete(width in 1..=u32::MAX, height in 1..=u32::MAX) {
            let picture = size(width, height);
            let padded = limits().padded_rect(Rect::whole(picture));
            prop_assert!(is_accepted(padded.size));
            prop_assert_eq!(padded.clipped(picture), Some(Rect::whole(picture)));
            prop_assert_eq!(padded.is_whole(picture), is_accepted(picture));
            prop_assert_eq!(limits().padded_rect(padded), padded);
        }

        #[test]
        fn padding_is_minimal(width in 1..5_000_u32, height in 1..5_000_u32) {
            let Size { width: padded_width, height: padded_height } =
                limits().padded_rect(Rect::whole(size(width, height))).size;
            prop_assert!(padded_width == width || !is_accepted(size(padded_width - 1, padded_height)));
            prop_assert!(padded_height == height || !is_accepted(size(padded_width, padded_height - 1)));
        }

        #[test]
        fn padding_is_even(width in 1..5_000_u32, height in 1..5_000_u32) {
            let padded = limits().padded_rect(Rect::whole(size(width, height)));
            prop_assert!((0..=1).contains(&(padded.right() - i64::from(width) + padded.left)));
            prop_assert!((0..=1).contains(&(padded.bottom() - i64::from(height) + padded.top)));
        }
    }

    #[test]
    fn the_longest_picture_can_be_described() {
        let longest = header(Format::Png, u32::MAX, 1);
        assert_eq!(limits().ensure_accepted(&longest, 1).unwrap_err().limit, Limit::Pixels);
        assert_eq!(display_ratio(longest.size, &limits()), "4294967295.00:1");
    }
}
