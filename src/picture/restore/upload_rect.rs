//! The part of a picture that is uploaded to edit an area of it.

use seededit_resize::Size;

use crate::geometry::{Rect, RegionContext};
use crate::limits::WORKING_SIDE;

/// The margin around an area, as a fraction of its side: a quarter. It shows the model what the area belongs to.
const MARGIN_DIVISOR: u32 = 4;

/// The largest aspect ratio of such an upload, which every model accepts.
const MAX_INPUT_RATIO: u32 = 3;

/// Returns the upload for an edit of `area`: the area and a margin around it, within [`MAX_INPUT_RATIO`]. Stays within the
/// picture, even where that makes it smaller or its ratio larger.
///
/// The margin is `context` or, without one, a quarter of the area's side, and enough to make the upload [`WORKING_SIDE`]
/// wide and high.
pub(super) fn upload_rect(area: Rect, picture: Size, context: Option<RegionContext>) -> Rect {
    let area = context.map_or(area, |context| context.around(area, picture));
    let with_margin = |side: u32, most: u32| match context {
        Some(_) => side,
        None => (side + side / MARGIN_DIVISOR * 2).max(WORKING_SIDE).min(most),
    };
    let mut width = with_margin(area.size.width, picture.width);
    let mut height = with_margin(area.size.height, picture.height);
    height = height.max(width.div_ceil(MAX_INPUT_RATIO)).min(picture.height);
    width = width.max(height.div_ceil(MAX_INPUT_RATIO)).min(picture.width);
    // If the picture is too small in one direction, shrink the other one, but not below the area.
    width = width.min((height * MAX_INPUT_RATIO).max(area.size.width));
    height = height.min((width * MAX_INPUT_RATIO).max(area.size.height));
    let start = |at: i64, area: u32, upload: u32, side: u32| {
        (at - i64::from((upload - area) / 2)).clamp(0, i64::from(side - upload))
    };
    Rect {
        left: start(area.left, area.size.width, width, picture.width),
        top: start(area.top, area.size.height, height, picture.height),
        size: Size { width, height },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PICTURE: Size = Size { width: 4000, height: 3000 };

    fn rect(left: i64, top: i64, width: u32, height: u32) -> Rect {
        Rect { left, top, size: Size { width, height } }
    }

    #[test]
    fn a_small_area_is_uploaded_at_the_size_at_which_the_service_works() {
        assert_eq!(upload_rect(rect(2000, 1500, 1, 1), PICTURE, None), rect(1489, 989, 1024, 1024));
        assert_eq!(upload_rect(rect(0, 2999, 1, 1), PICTURE, None), rect(0, 1976, 1024, 1024));
        assert_eq!(upload_rect(rect(1000, 1000, 2000, 400), PICTURE, None), rect(500, 688, 3000, 1024));
    }

    #[test]
    fn a_chosen_margin_is_kept_unless_the_upload_would_be_too_oblong() {
        let upload = |area, context: &str| upload_rect(area, PICTURE, Some(context.parse().unwrap()));
        assert_eq!(upload(rect(1000, 1000, 200, 100), "0"), rect(1000, 1000, 200, 100));
        assert_eq!(upload(rect(1000, 1000, 200, 100), "50%"), rect(900, 950, 400, 200));
        assert_eq!(upload(rect(10, 1000, 200, 100), "20"), rect(0, 980, 230, 140));
        assert_eq!(upload(rect(1000, 1000, 900, 100), "0"), rect(1000, 900, 900, 300));
    }

    proptest! {
        #[test]
        fn an_upload_contains_the_area_and_is_accepted_if_the_picture_is(
            (width, height) in (15u32..5000, 15u32..5000),
            (left, top, across, down) in (0.0f64..1.0, 0.0f64..1.0, 0.0f64..1.0, 0.0f64..1.0),
            context in prop::option::of(prop::sample::select(vec!["0", "7", "3000", "33%", "1000%"])),
        ) {
            let picture = Size { width, height };
            let at = |share: f64, side: u32| (share * f64::from(side - 1)) as i64;
            let side = |share: f64, side: u32| 1 + (share * f64::from(side - 1)) as u32;
            let area = rect(at(left, width), at(top, height), side(across, width), side(down, height));
            let area = area.clipped(picture).unwrap();
            let upload = upload_rect(area, picture, context.map(|context| context.parse().unwrap()));
            prop_assert_eq!(upload.clipped(picture), Some(upload));
            prop_assert!(upload.left <= area.left && upload.top <= area.top);
            prop_assert!(upload.right() >= area.right() && upload.bottom() >= area.bottom());
            if width <= height * 3 && height <= width * 3 {
                let Size { width, height } = upload.size;
                prop_assert!(width <= height * 3 && height <= width * 3, "{}", upload.size);
            }
        }
    }
}
