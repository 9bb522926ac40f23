use proptest::prelude::*;

use super::*;

const PICTURE: Size = Size { width: 4000, height: 3000 };

fn region(text: &str) -> Region {
    text.parse().unwrap()
}

fn rect(left: i64, top: i64, width: u32, height: u32) -> Rect {
    Rect { left, top, size: Size { width, height } }
}

#[test]
fn a_region_that_is_partly_outside_says_what_is_left() {
    let clipped = |text: &str| region(text).clipped(PICTURE);
    assert_eq!(clipped("400x300+3700+2900"), Some(rect(3700, 2900, 300, 100)));
    assert_eq!(clipped("4000x3000+0+0"), None);
    assert_eq!(clipped("100%x100%+0+0"), None);
    assert_eq!(clipped("400x300+4000+0"), None);
    assert_eq!(clipped("center,5000x100"), Some(rect(0, 1450, 4000, 100)));
}

#[test]
fn pixels_and_percentages_are_parsed_and_displayed_as_typed() {
    for text in ["400x300+100+50", "50%x25%+0+75%", "12.5%x1+3+0%", "1,2%:30,40%", "center,10x5%"] {
        assert_eq!(region(text).to_string(), text);
    }
    assert_eq!(region("50%x25%+0+75%").resolve(PICTURE), Ok(rect(0, 2250, 2000, 750)));
}

#[test]
fn each_form_of_the_same_rectangle_gives_the_same_pixels() {
    let expected = Ok(rect(400, 600, 1200, 1200));
    for text in [
        "1200x1200+400+600",
        "400,600,1200x1200",
        "10%,20%,30%x40%",
        "10%, 600, 1200 x 40%",
        "400,600:1600,1800",
        "1600,1800:400,600",
        "40%,20%:10%,60%",
    ] {
        assert_eq!(region(text).resolve(PICTURE), expected, "{text}");
    }
    // The first two are also the same text, so that they are the same edit.
    assert_eq!(region("10%,20%,30%x40%").to_string(), "30%x40%+10%+20%");
    assert_eq!(region("center").resolve(PICTURE), Ok(rect(1000, 750, 2000, 1500)));
    assert_eq!(region("center").to_string(), "center,50%x50%");
    assert_eq!(region("CENTER,100X10%").resolve(PICTURE), Ok(rect(1950, 1350, 100, 300)));
    assert_eq!(region("0,0:100%,100%").resolve(PICTURE), Ok(Rect::whole(PICTURE)));
}

#[test]
fn other_text_is_refused_with_its_fault() {
    let malformed = "a region is X,Y,WxH";
    let not_a_length = "is neither a number of pixels";
    for (text, fault) in [
        ("", malformed),
        ("400", malformed),
        ("400x300", malformed),
        ("400x300+1", malformed),
        ("1,2", malformed),
        ("1,2,3", malformed),
        ("1,2:3", malformed),
        ("center,", malformed),
        ("middle", malformed),
        ("0x5+1+1", "0x5+1+1 is empty"),
        ("5x0%+1+1", "is empty"),
        ("1,1,0x5", "is empty"),
        ("center,5x0", "is empty"),
        ("5,5:5,9", "is empty"),
        ("10%,0:20%,0", "is empty"),
        ("-4x4+0+0", not_a_length),
        ("-4,4,5x5", not_a_length),
        ("4x4-1+0", malformed),
        ("1e3x4+0+0", not_a_length),
        ("infx4+0+0", not_a_length),
        ("NaN,0,5x5", not_a_length),
        ("inf%,0,5x5", not_a_length),
        ("nan%x5+0+0", not_a_length),
        ("4x4+0+0+0", not_a_length),
        ("1,2,3,4x5", not_a_length),
        ("1.5,2,4x5", not_a_length),
        ("1.2.3%,2,4x5", not_a_length),
        ("99999999999x4+0+0", "99999999999 is more pixels than any picture has"),
        ("101%x4+0+0", "101% is more than the whole picture"),
        ("0,0:50%,100.5%", "100.5% is more than the whole picture"),
        ("center,200%x5%", "200% is more than the whole picture"),
    ] {
        let error = text.parse::<Region>().unwrap_err().to_string();
        assert!(error.contains(fault), "{text}: {error}");
    }
}

#[test]
fn what_an_earlier_release_stored_is_read() {
    let wide = Region::from_stored_text("200%x1+0+0").unwrap();
    assert_eq!(wide.resolve(PICTURE), Ok(rect(0, 0, 4000, 1)));
    assert_eq!(wide.to_string(), "200%x1+0+0");
}

#[test]
fn a_region_across_the_border_is_clipped_and_one_outside_is_refused() {
    assert_eq!(region("9999x9999+3900+0").resolve(PICTURE), Ok(rect(3900, 0, 100, 3000)));
    assert_eq!(region("0.0001%x1+0+0").resolve(PICTURE), Ok(rect(0, 0, 1, 1)));
    let error = |text: &str| region(text).resolve(PICTURE).unwrap_err().to_string();
    assert_eq!(error("10x10+4000+0"), "the region 10x10+4000+0 is outside the picture, which is 4000×3000");
    assert!(error("100%,0,5x5").contains("is outside the picture"));
    assert!(error("4000,0:5000,5").contains("is outside the picture"));
    assert!(error("2000,0:50%,5").contains("is empty in the picture, which is 4000×3000"));
}

#[test]
fn a_region_far_beyond_any_picture_is_outside() {
    let picture = Size { width: 90, height: 60 };
    for text in ["1x1+99999999999999999999999%+0", "99999999999999999999999%x1+4294967295+0"] {
        assert!(Region::from_stored_text(text).unwrap().resolve(picture).is_err(), "{text}");
    }
}

fn length() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..=5000_u32).prop_map(|pixels| pixels.to_string()),
        any::<u32>().prop_map(|pixels| pixels.to_string()),
        (0..=100_u32).prop_map(|percent| format!("{percent}%")),
        (0.0..=100.0_f64).prop_map(|percent| format!("{percent}%")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    (length(), length(), length(), length(), 0..5).prop_map(|(a, b, c, d, form)| match form {
        0 => format!("{a}x{b}+{c}+{d}"),
        1 => format!("{a},{b},{c}x{d}"),
        2 => format!("{a},{b}:{c},{d}"),
        3 => format!("center,{a}x{b}"),
        _ => "center".to_owned(),
    })
}

proptest! {
    #[test]
    fn a_region_is_parsed_from_its_own_text(text in text()) {
        if let Ok(region) = text.parse::<Region>() {
            prop_assert_eq!(region.to_string().parse(), Ok(region));
        }
    }

    #[test]
    fn any_accepted_region_lies_within_the_picture(
        text in text(),
        width in 1..6000_u32,
        height in 1..6000_u32,
    ) {
        let picture = Size { width, height };
        if let Ok(region) = text.parse::<Region>()
            && let Ok(rect) = region.resolve(picture)
        {
            prop_assert!(rect.left >= 0 && rect.top >= 0, "{rect:?}");
            prop_assert!(rect.right() <= width.into() && rect.bottom() <= height.into(), "{rect:?}");
            prop_assert!(rect.size.pixels() > 0, "{rect:?}");
        }
    }

    #[test]
    fn percentages_always_have_a_part_of_the_picture_unless_they_begin_at_its_end(
        [left, top, across, down] in [0.0..99.9_f64, 0.0..99.9, 0.1..100.0, 0.1..100.0],
        width in 1000..6000_u32,
        height in 1000..6000_u32,
    ) {
        let region = region(&format!("{left}%,{top}%,{across}%x{down}%"));
        let picture = Size { width, height };
        prop_assert!(region.resolve(picture).is_ok());
    }

    #[test]
    fn any_text_is_a_region_or_an_error(text in ".{0,40}") {
        let _ = text.parse::<Region>();
    }
}
