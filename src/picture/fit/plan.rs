//! Decides by the header alone how to fit a picture.

use seededit_resize::Size;

use super::{Change, FitError, FitOptions, FitPolicy};
use crate::decode::ensure_decodable;
use crate::format::{ColorModel, Format, Header};
use crate::geometry::{Orientation, Rect};
use crate::limits::{InputLimits, WORKING_SIDE};

/// The number of pixels that the model works at.
const WORKING_SIDE_SQUARED: u64 = WORKING_SIDE as u64 * WORKING_SIDE as u64;

/// How a picture is fitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitPlan {
    /// The rectangle of the upright picture that the upload shows.
    pub frame: Rect,
    /// The size of the upload.
    pub size: Size,
    /// The format of the upload.
    pub format: Format,
    /// The changes, except to metadata. Empty if the picture is sent as it is.
    pub changes: Vec<Change>,
    /// Whether the changes are not needed if all pixels turn out to be opaque.
    pub(super) is_only_for_transparency: bool,
}

/// Decides how to fit a picture of `bytes` bytes, without decoding it.
///
/// Trusts the header about transparency: if all pixels turn out to be opaque, [`fit`](super::fit()) changes less.
///
/// # Errors
/// If the picture is larger than [`decode`](crate::decode::decode) allows, if its shape is not accepted and must not be
/// padded, or if it needs changes and must not be changed.
pub fn plan(header: &Header, bytes: u64, options: &FitOptions) -> Result<FitPlan, FitError> {
    let upright = header.upright();
    ensure_decodable(upright)?;
    let cropped = match options.crop {
        Some(crop) if crop.clipped(upright).is_none() => {
            return Err(FitError::Outside { crop, picture: upright });
        }
        crop => crop.unwrap_or(Rect::whole(upright)),
    };
    let shape = match options.crop {
        // A part that is too small is enlarged.
        Some(_) => InputLimits { min_side: 1, ..options.limits },
        None => options.limits,
    };
    let frame = shape.padded_rect(cropped);
    if options.policy != FitPolicy::Pad {
        shape.ensure_shape(cropped.size).map_err(FitError::Shape)?;
    }
    let mut changes = Vec::new();
    if header.model == ColorModel::Cmyk {
        changes.push(Change::FromCmyk);
    }
    if header.is_hdr {
        changes.push(Change::FromHdr);
    }
    if header.is_rare {
        changes.push(Change::Compressed);
    }
    if header.has_alpha {
        changes.push(Change::Flattened);
    }
    if header.orientation != Orientation::UPRIGHT {
        changes.push(Change::Rotated(header.orientation));
    }
    if !cropped.is_whole(upright) {
        changes.push(Change::Cropped(cropped));
    }
    if frame != cropped {
        changes.push(Change::Padded(frame.size));
    }
    let limit = options.limits.ensure_accepted(header, bytes).err();
    if changes.is_empty() && limit.is_none() {
        let (size, format) = (frame.size, header.format);
        return Ok(FitPlan { frame, size, format, changes, is_only_for_transparency: false });
    }
    let is_only_for_transparency = changes == [Change::Flattened] && limit.is_none();
    let size = match options.crop {
        None => {
            let working_pixels = options.limits.working_pixels.min(options.limits.max_pixels);
            scaled_down(frame.size, working_pixels, &options.limits)
        }
        Some(_) if is_enlarged(frame, upright, &options.limits) => enlarged(frame.size, &options.limits),
        Some(_) => scaled_down(frame.size, options.limits.max_pixels, &options.limits),
    };
    // A PNG of at most 256 colors is lossless and small. Scaling would add colors.
    let format = match header.format {
        Format::Gif if size == frame.size => Format::Png,
        _ => Format::Jpeg,
    };
    if header.format != format {
        changes.insert(0, Change::Converted { from: header.format, to: format });
    }
    changes.extend(Change::of_size(frame.size, size));
    if changes.is_empty() {
        changes.push(Change::Compressed);
    }
    if options.policy == FitPolicy::Refuse && !is_only_for_transparency {
        // A limit of the whole picture says nothing about a crop.
        return Err(FitError::Refused { limit: limit.filter(|_| options.crop.is_none()), changes });
    }
    Ok(FitPlan { frame, size, format, changes, is_only_for_transparency })
}

/// Whether the upload of an area is enlarged: if the model would not take it, or if it is a part of the picture with fewer
/// pixels than the model works at. A whole picture is sent as it is: the model scales it just as well.
fn is_enlarged(frame: Rect, picture: Size, limits: &InputLimits) -> bool {
    let Size { width, height } = frame.size;
    width.min(height) < limits.min_side
        || (!frame.is_whole(picture) && frame.size.pixels() < WORKING_SIDE_SQUARED)
}

/// Scales a size up to the number of pixels that the model works at, or at least to the sides that it takes. Keeps its
/// ratio to within a pixel on a side.
fn enlarged(size: Size, limits: &InputLimits) -> Size {
    #[expect(clippy::cast_precision_loss, reason = "a pixel does not matter here")]
    let most = limits.max_pixels.min(WORKING_SIDE_SQUARED) as f64;
    #[expect(clippy::cast_precision_loss, reason = "a small picture")]
    let factor = (most / size.pixels().max(1) as f64).sqrt();
    let least = f64::from(limits.min_side) / f64::from(size.width.min(size.height).max(1));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most a few thousand pixels, and positive"
    )]
    let side = |side: u32| ((f64::from(side) * factor.max(least)).round() as u32).max(limits.min_side);
    let (width, height) = (side(size.width), side(size.height));
    // Rounding must not exceed the accepted ratio.
    Size {
        width: width.min(height.saturating_mul(limits.max_ratio)),
        height: height.min(width.saturating_mul(limits.max_ratio)),
    }
}

/// Scales a size down to at most `max_pixels`, and keeps its ratio to within a pixel on a side. Never scales up.
pub(super) fn scaled_down(size: Size, max_pixels: u64, limits: &InputLimits) -> Size {
    if size.pixels() <= max_pixels {
        return size;
    }
    #[expect(clippy::cast_precision_loss, reason = "sides have 32 bits, and a pixel does not matter here")]
    let factor = (max_pixels as f64 / size.pixels() as f64).sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "smaller than a side, and positive"
    )]
    let side = |side: u32| ((f64::from(side) * factor) as u32).max(1);
    let (width, height) = (side(size.width), side(size.height));
    // Rounding a side down must not exceed the accepted ratio.
    Size {
        width: width.min(height.saturating_mul(limits.max_ratio)),
        height: height.min(width.saturating_mul(limits.max_ratio)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_INPUT_BYTES: u64 = 10 * 1024 * 1024;
    use proptest::prelude::*;

    const ACCEPTED: Header = Header::new(Format::Jpeg, Size { width: 1200, height: 900 });

    fn sized(width: u32, height: u32) -> Header {
        Header { size: Size { width, height }, ..ACCEPTED }
    }

    fn planned(header: &Header, options: &FitOptions) -> FitPlan {
        plan(header, 1000, options).unwrap()
    }

    fn describe(plan: &FitPlan) -> String {
        super::super::describe(&plan.changes)
    }

    #[test]
    fn an_accepted_picture_is_not_changed() {
        for header in [ACCEPTED, Header { format: Format::Png, ..ACCEPTED }, sized(6000, 6000), sized(15, 45)]
        {
            for policy in [FitPolicy::Refuse, FitPolicy::Convert, FitPolicy::Pad] {
                let options = FitOptions { policy, ..FitOptions::default() };
                let plan = plan(&header, MAX_INPUT_BYTES, &options).unwrap();
                assert_eq!((plan.changes.len(), plan.size), (0, header.size));
                assert!(plan.frame.is_whole(header.size));
            }
        }
    }

    #[test]
    fn all_changes_are_listed_in_order() {
        let options = FitOptions::default();
        let webp = Header { format: Format::WebP, has_alpha: true, ..sized(8000, 6000) };
        assert_eq!(
            describe(&planned(&webp, &options)),
            "converted from webp to jpeg, transparency flattened onto white, scaled down from 8000×6000 to 1632×1224"
        );
        let rotated = Header {
            orientation: Orientation::new(6).unwrap(),
            model: ColorModel::Cmyk,
            ..sized(4000, 3000)
        };
        let plan = planned(&rotated, &options);
        assert_eq!(
            describe(&plan),
            "converted from CMYK to RGB, rotated 90° clockwise, scaled down from 3000×4000 to 1224×1632"
        );
        assert_eq!(plan.frame, Rect::whole(Size { width: 3000, height: 4000 }));
    }

    #[test]
    fn a_picture_that_is_encoded_again_keeps_the_pixels_that_the_model_can_use() {
        let rotated = Header { orientation: Orientation::new(6).unwrap(), ..sized(4000, 3000) };
        let limits = InputLimits { working_pixels: 4_194_304, ..InputLimits::DEFAULT };
        let options = FitOptions { limits, ..FitOptions::default() };
        assert_eq!(planned(&rotated, &options).size, Size { width: 1773, height: 2364 });
        let limits = InputLimits { max_pixels: 1_000_000, ..limits };
        assert!(planned(&rotated, &FitOptions { limits, ..options }).size.pixels() <= 1_000_000);
    }

    #[test]
    fn a_gif_becomes_a_png_unless_it_is_scaled() {
        let gif = |width, height| Header { format: Format::Gif, ..sized(width, height) };
        assert_eq!(describe(&planned(&gif(400, 300), &FitOptions::default())), "converted from gif to png");
        assert_eq!(planned(&gif(4000, 3000), &FitOptions::default()).format, Format::Jpeg);
    }

    #[test]
    fn a_picture_of_too_many_bytes_is_compressed_again() {
        let plan = |header: &Header| plan(header, MAX_INPUT_BYTES + 1, &FitOptions::default()).unwrap();
        assert_eq!(describe(&plan(&ACCEPTED)), "compressed again");
        assert_eq!(
            describe(&plan(&Header { format: Format::Png, ..ACCEPTED })),
            "converted from png to jpeg"
        );
        assert_eq!(describe(&plan(&sized(6000, 6000))), "scaled down from 6000×6000 to 1414×1414");
    }

    #[test]
    fn an_oblong_picture_is_refused_or_padded() {
        let refused = plan(&sized(3000, 400), 1, &FitOptions::default()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the picture is 7.50:1, but the service takes aspect ratios from 1:3 to 3:1"
        );
        let pad = FitOptions { policy: FitPolicy::Pad, ..FitOptions::default() };
        assert_eq!(
            describe(&planned(&sized(3000, 400), &pad)),
            "padded to 3000×1000, scaled down from 3000×1000 to 2448×816"
        );
        assert_eq!(describe(&planned(&sized(10, 10), &pad)), "padded to 15×15");
        let long = planned(&sized(60_000, 100), &pad);
        assert_eq!(describe(&long), "padded to 60000×20000, scaled down from 60000×20000 to 2448×816");
    }

    #[test]
    fn a_refusal_lists_the_changes_that_the_picture_needs() {
        let options = FitOptions { policy: FitPolicy::Refuse, ..FitOptions::default() };
        let refusal = |header: &Header| match plan(header, 1, &options).unwrap_err() {
            FitError::Refused { limit, changes } => (limit.is_some(), changes.len()),
            other => panic!("{other}"),
        };
        assert_eq!(refusal(&Header { format: Format::WebP, ..ACCEPTED }), (true, 1));
        assert_eq!(refusal(&sized(8000, 6000)), (true, 1));
        assert_eq!(refusal(&Header { orientation: Orientation::new(3).unwrap(), ..ACCEPTED }), (false, 1));
        assert_eq!(refusal(&Header { model: ColorModel::Cmyk, ..ACCEPTED }), (false, 1));
    }

    #[test]
    fn a_crop_keeps_its_resolution_within_the_limits() {
        let crop = |left, top, width, height| FitOptions {
            crop: Some(Rect { left, top, size: Size { width, height } }),
            ..FitOptions::default()
        };
        let plan = |options: &FitOptions| super::plan(&sized(8000, 8000), 1, options);
        assert_eq!(describe(&plan(&crop(300, 200, 3000, 3000)).unwrap()), "cropped to 3000×3000+300+200");
        assert_eq!(plan(&crop(0, 0, 8000, 7000)).unwrap().size.pixels() / 1_000_000, 35);
        assert_eq!(plan(&crop(-10, 7000, 3000, 3000)).unwrap().size.width, 3000);
        assert_eq!(
            plan(&crop(8000, 0, 100, 100)).unwrap_err().to_string(),
            "the crop 100×100+8000+0 is outside the picture, which is 8000×8000"
        );
    }

    #[test]
    fn a_part_with_too_few_pixels_is_enlarged_and_a_whole_picture_only_if_it_would_be_refused() {
        let crop = |size: Size, left, top, width, height| {
            let crop = Some(Rect { left, top, size: Size { width, height } });
            let header = Header { size, ..ACCEPTED };
            let plan = planned(&header, &FitOptions { crop, ..FitOptions::default() });
            (describe(&plan), plan.frame)
        };
        let picture = Size { width: 4000, height: 3000 };
        let (changes, frame) = crop(picture, 100, 50, 300, 200);
        assert_eq!(changes, "cropped to 300×200+100+50, enlarged from 300×200 to 1254×836");
        assert_eq!(frame, Rect { left: 100, top: 50, size: Size { width: 300, height: 200 } });
        assert_eq!(crop(picture, 7, 8, 1, 1).0, "cropped to 1×1+7+8, enlarged from 1×1 to 1024×1024");
        assert_eq!(crop(picture, 0, 0, 1024, 1024).0, "cropped to 1024×1024+0+0");
        let small = Size { width: 300, height: 200 };
        assert_eq!(crop(small, 0, 0, 300, 200).0, "");
        let tiny = Size { width: 12, height: 10 };
        assert_eq!(crop(tiny, 0, 0, 12, 10).0, "enlarged from 12×10 to 1122×935");
        let strip = FitOptions {
            crop: Some(Rect { left: 0, top: 0, size: Size { width: 400, height: 100 } }),
            ..FitOptions::default()
        };
        let header = Header { size: picture, ..ACCEPTED };
        assert!(matches!(plan(&header, 1, &strip), Err(FitError::Shape(_))));
        let padded = planned(&header, &FitOptions { policy: FitPolicy::Pad, ..strip });
        assert_eq!(
            describe(&padded),
            "cropped to 400×100+0+0, padded to 400×134, enlarged from 400×134 to 1769×593"
        );
    }

    #[test]
    fn a_decompression_bomb_is_refused_by_its_header() {
        let bomb = Header { format: Format::Tiff, ..sized(65_535, 65_535) };
        let error = plan(&bomb, 1, &FitOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "the picture has 65535×65535 pixels, more than 100 megapixels");
    }

    proptest! {
        #[test]
        fn a_planned_upload_is_within_all_limits(
            width in 1..40_000_u32,
            height in 1..40_000_u32,
            bytes in any::<u64>(),
            orientation in 1..=8_u8,
            format in prop::sample::select(vec![Format::Jpeg, Format::Png, Format::WebP, Format::Gif]),
            policy in prop::sample::select(vec![FitPolicy::Refuse, FitPolicy::Convert, FitPolicy::Pad]),
        ) {
            let orientation = Orientation::new(orientation).unwrap();
            let header = Header { format, orientation, ..sized(width, height) };
            if let Ok(plan) = plan(&header, bytes, &FitOptions { policy, ..FitOptions::default() }) {
                let upload = Header { format: plan.format, size: plan.size, ..ACCEPTED };
                prop_assert_eq!(InputLimits::default().ensure_accepted(&upload, 1), Ok(()));
                prop_assert!(plan.frame.clipped(header.upright()) == Some(Rect::whole(header.upright())));
            }
        }
    }
}
