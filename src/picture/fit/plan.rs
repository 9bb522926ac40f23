//! What has to be done to a picture, by its header alone.

use seededit_resize::Size;

use super::{Change, FitError, FitOptions, FitPolicy};
use crate::decode::ensure_decodable;
use crate::format::{Format, Header};
use crate::geometry::{Orientation, Rect};
use crate::limits;
use crate::limits::{MAX_INPUT_PIXELS, MAX_INPUT_RATIO};

/// The most pixels of a picture that has to be encoded anyway.
///
/// The model works at about one megapixel; twice that leaves its own scaling all that it can use, and is quick
/// to make and to send.
const WORKING_PIXELS: u64 = 2_000_000;

/// What is done to a picture so that it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitPlan {
    /// What will be sent shows this of the upright picture.
    pub frame: Rect,
    /// The size of what will be sent.
    pub size: Size,
    /// The format of what will be sent.
    pub format: Format,
    /// What is done to it; nothing where it is sent as it is, but for its metadata.
    pub changes: Vec<Change>,
    /// Whether nothing of that is done when every pixel turns out to be opaque.
    pub(super) spares_opaque: bool,
}

/// Decides what has to be done to a picture of `bytes` bytes, without looking at its pixels.
///
/// Transparency is taken at the header's word: a picture whose every pixel turns out to be opaque has
/// less done to it than is said here.
///
/// # Errors
///
/// For more than [`MAX_RESULT_PIXELS`](crate::decode::MAX_RESULT_PIXELS), for a shape that the service refuses, unless it may be padded,
/// and for a picture that has to be changed and may not be.
pub fn plan(header: &Header, bytes: u64, rules: &FitOptions) -> Result<FitPlan, FitError> {
    let upright = header.upright();
    ensure_decodable(upright)?;
    let shown = match rules.part {
        Some(part) if part.clipped(upright).is_none() => {
            return Err(FitError::Outside { part, picture: upright });
        }
        part => part.unwrap_or(Rect::whole(upright)),
    };
    let frame = limits::padded_rect(shown);
    if let (true, Some(limit)) = (rules.fit != FitPolicy::Pad, limits::ensure_shape(shown.size).err()) {
        return Err(FitError::Shape(limit));
    }
    let mut changes = Vec::new();
    if header.cmyk {
        changes.push(Change::FromCmyk);
    }
    if header.alpha {
        changes.push(Change::Flattened);
    }
    if header.orientation != Orientation::default() {
        changes.push(Change::Rotated(header.orientation));
    }
    if !shown.is_whole(upright) {
        changes.push(Change::Cropped(shown));
    }
    if frame != shown {
        changes.push(Change::Padded(frame.size));
    }
    let limit = limits::ensure_accepted(header, bytes).err();
    if changes.is_empty() && limit.is_none() {
        return Ok(FitPlan { frame, size: frame.size, format: header.format, changes, spares_opaque: false });
    }
    let spares_opaque = changes == [Change::Flattened] && limit.is_none();
    let size = match rules.part {
        None => scaled_down(frame.size, WORKING_PIXELS),
        Some(_) => scaled_down(frame.size, MAX_INPUT_PIXELS),
    };
    // 256 colours at most are exact in a PNG, and small; scaling would make more of them.
    let format = match header.format {
        Format::Gif if size == frame.size => Format::Png,
        _ => Format::Jpeg,
    };
    if header.format != format {
        changes.insert(0, Change::Converted { from: header.format, to: format });
    }
    if size != frame.size {
        changes.push(Change::Scaled { from: frame.size, to: size });
    }
    if changes.is_empty() {
        changes.push(Change::Compressed);
    }
    if rules.fit == FitPolicy::Refuse && !spares_opaque {
        return Err(FitError::Refused { limit: limit.filter(|_| rules.part.is_none()), would: changes });
    }
    Ok(FitPlan { frame, size, format, changes, spares_opaque })
}

/// The largest size of the same shape with so many pixels at most, give or take a pixel at a side; no
/// larger than it was.
pub(super) fn scaled_down(size: Size, max_pixels: u64) -> Size {
    if size.pixels() <= max_pixels {
        return size;
    }
    #[expect(clippy::cast_precision_loss, reason = "sides have 32 bits, and a pixel does not matter here")]
    let by = (max_pixels as f64 / size.pixels() as f64).sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "smaller than a side, and positive"
    )]
    let side = |side: u32| ((f64::from(side) * by) as u32).max(1);
    let (width, height) = (side(size.width), side(size.height));
    // A side that was rounded must not leave the other too long.
    Size {
        width: width.min(height.saturating_mul(MAX_INPUT_RATIO)),
        height: height.min(width.saturating_mul(MAX_INPUT_RATIO)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_INPUT_BYTES;
    use proptest::prelude::*;

    const FINE: Header = Header {
        format: Format::Jpeg,
        size: Size { width: 1200, height: 900 },
        orientation: Orientation::UPRIGHT,
        alpha: false,
        cmyk: false,
    };

    fn sized(width: u32, height: u32) -> Header {
        Header { size: Size { width, height }, ..FINE }
    }

    fn planned(header: &Header, rules: &FitOptions) -> FitPlan {
        plan(header, 1000, rules).unwrap()
    }

    fn describe(plan: &FitPlan) -> String {
        super::super::describe(&plan.changes)
    }

    #[test]
    fn nothing_is_done_to_what_the_service_takes() {
        for header in [FINE, Header { format: Format::Png, ..FINE }, sized(6000, 6000), sized(15, 45)] {
            for fit in [FitPolicy::Refuse, FitPolicy::Convert, FitPolicy::Pad] {
                let plan =
                    plan(&header, MAX_INPUT_BYTES, &FitOptions { fit, ..FitOptions::default() }).unwrap();
                assert_eq!((plan.changes.len(), plan.size), (0, header.size));
                assert!(plan.frame.is_whole(header.size));
            }
        }
    }

    #[test]
    fn everything_that_is_done_is_told_in_its_order() {
        let rules = FitOptions::default();
        let webp = Header { format: Format::WebP, alpha: true, ..sized(8000, 6000) };
        assert_eq!(
            describe(&planned(&webp, &rules)),
            "converted from webp to jpeg, transparency flattened onto white, scaled down from 8000×6000 to 1632×1224"
        );
        let turned = Header { orientation: Orientation::new(6).unwrap(), cmyk: true, ..sized(4000, 3000) };
        let plan = planned(&turned, &rules);
        assert_eq!(
            describe(&plan),
            "converted from CMYK to RGB, rotated 90° clockwise, scaled down from 3000×4000 to 1224×1632"
        );
        assert_eq!(plan.frame, Rect::whole(Size { width: 3000, height: 4000 }));
    }

    #[test]
    fn a_gif_becomes_a_png_unless_it_is_scaled() {
        let gif = |width, height| Header { format: Format::Gif, ..sized(width, height) };
        assert_eq!(describe(&planned(&gif(400, 300), &FitOptions::default())), "converted from gif to png");
        assert_eq!(planned(&gif(4000, 3000), &FitOptions::default()).format, Format::Jpeg);
    }

    #[test]
    fn too_many_bytes_are_compressed_again() {
        let plan = |header: &Header| plan(header, MAX_INPUT_BYTES + 1, &FitOptions::default()).unwrap();
        assert_eq!(describe(&plan(&FINE)), "compressed again");
        assert_eq!(describe(&plan(&Header { format: Format::Png, ..FINE })), "converted from png to jpeg");
        assert_eq!(describe(&plan(&sized(6000, 6000))), "scaled down from 6000×6000 to 1414×1414");
    }

    #[test]
    fn an_oblong_picture_is_refused_or_padded() {
        let refused = plan(&sized(3000, 400), 1, &FitOptions::default()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the picture is 7.50:1, but the service takes aspect ratios from 1:3 to 3:1"
        );
        let pad = FitOptions { fit: FitPolicy::Pad, ..FitOptions::default() };
        assert_eq!(
            describe(&planned(&sized(3000, 400), &pad)),
            "padded to 3000×1000, scaled down from 3000×1000 to 2448×816"
        );
        assert_eq!(describe(&planned(&sized(10, 10), &pad)), "padded to 15×15");
        let long = planned(&sized(60_000, 100), &pad);
        assert_eq!(describe(&long), "padded to 60000×20000, scaled down from 60000×20000 to 2448×816");
    }

    #[test]
    fn what_may_not_be_changed_is_refused_with_what_would_be_done() {
        let rules = FitOptions { fit: FitPolicy::Refuse, ..FitOptions::default() };
        let refusal = |header: &Header| match plan(header, 1, &rules).unwrap_err() {
            FitError::Refused { limit, would } => (limit.is_some(), would.len()),
            other => panic!("{other}"),
        };
        assert_eq!(refusal(&Header { format: Format::WebP, ..FINE }), (true, 1));
        assert_eq!(refusal(&sized(8000, 6000)), (true, 1));
        assert_eq!(refusal(&Header { orientation: Orientation::new(3).unwrap(), ..FINE }), (false, 1));
        assert_eq!(refusal(&Header { cmyk: true, ..FINE }), (false, 1));
    }

    #[test]
    fn a_part_keeps_its_resolution_up_to_the_limits() {
        let part = |left, top, width, height| FitOptions {
            part: Some(Rect { left, top, size: Size { width, height } }),
            ..FitOptions::default()
        };
        let plan = |rules: &FitOptions| super::plan(&sized(8000, 8000), 1, rules);
        assert_eq!(describe(&plan(&part(300, 200, 3000, 3000)).unwrap()), "cropped to 3000×3000+300+200");
        assert_eq!(plan(&part(0, 0, 8000, 7000)).unwrap().size.pixels() / 1_000_000, 35);
        assert_eq!(plan(&part(-10, 7000, 3000, 3000)).unwrap().size.width, 3000);
        assert_eq!(
            plan(&part(8000, 0, 100, 100)).unwrap_err().to_string(),
            "the part 100×100+8000+0 is outside the picture, which is 8000×8000"
        );
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        let bomb = Header { format: Format::Tiff, ..sized(65_535, 65_535) };
        let error = plan(&bomb, 1, &FitOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "the picture has 65535×65535 pixels, more than 100 megapixels");
    }

    proptest! {
        #[test]
        fn what_is_planned_is_within_every_limit(
            width in 1..40_000_u32,
            height in 1..40_000_u32,
            bytes in any::<u64>(),
            orientation in 1..=8_u8,
            format in prop::sample::select(vec![Format::Jpeg, Format::Png, Format::WebP, Format::Gif]),
            fit in prop::sample::select(vec![FitPolicy::Refuse, FitPolicy::Convert, FitPolicy::Pad]),
        ) {
            let orientation = Orientation::new(orientation).unwrap();
            let header = Header { format, orientation, ..sized(width, height) };
            if let Ok(plan) = plan(&header, bytes, &FitOptions { fit, ..FitOptions::default() }) {
                let sent = Header { format: plan.format, size: plan.size, ..FINE };
                prop_assert_eq!(limits::ensure_accepted(&sent, 1), Ok(()));
                prop_assert!(plan.frame.clipped(header.upright()) == Some(Rect::whole(header.upright())));
            }
        }
    }
}
