//! Truncated, damaged and oversized pictures.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::formats::{color_inputs, gray_inputs};
use super::*;
use crate::format::png::tests as png;

#[test]
fn a_truncated_picture_is_refused_even_if_it_is_not_decoded() {
    let mut inputs = fixtures::all();
    inputs.extend(color_inputs());
    for (name, bytes) in inputs {
        let header = Header::read(&bytes).unwrap();
        let truncated = &bytes[..bytes.len() * 3 / 4];
        assert!(fit(truncated.into(), &header, &FitOptions::default()).is_err(), "{name}");
    }
}

#[test]
fn decompression_bombs_are_refused_by_their_headers() {
    let side = 60_000_u32;
    let gif = [b"GIF89a\x60\xea\x60\xea\x80\0\0".as_slice(), &[0; 20]].concat();
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend([side.to_le_bytes(), side.to_le_bytes()].concat());
    bmp.extend([1, 0, 24, 0].iter().chain(&[0; 40]));
    let tiff = tiff(Endian::Little, &[(0x0100, 60_000), (0x0101, 60_000)]);
    for bytes in [gif, bmp, tiff, png::of_size(side, side)] {
        let header = Header::read(&bytes).unwrap();
        assert!(matches!(
            fit(bytes.as_slice().into(), &header, &FitOptions::default()),
            Err(FitError::Decode(DecodeError::TooLarge(_)))
        ));
        assert!(matches!(decode(&bytes), Err(DecodeError::TooLarge(_))));
    }
}

static INPUTS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    let mut inputs = fixtures::all();
    inputs.extend(color_inputs());
    inputs.extend(gray_inputs());
    inputs.push(("gif", encoded(&fixtures::rgba().into(), ImageFormat::Gif)));
    for value in 2..=8 {
        inputs.push(("oriented", oriented_quarters(value, Format::Jpeg).0));
    }
    inputs
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_pictures_are_fitted_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        kept in prop::option::of(any::<prop::sample::Index>()),
        crop in prop::option::of((-50..50_i64, -50..50_i64, 1..90_u32, 1..90_u32)),
        pads in any::<bool>(),
    ) {
        let bytes = fixtures::mutated(&which.get(&INPUTS).1, &changes, kept);
        let bytes = png::with_valid_checksums(&bytes);
        let crop = crop.map(|(left, top, width, height)| Rect { left, top, size: Size { width, height } });
        let policy = if pads { FitPolicy::Pad } else { FitPolicy::Convert };
        // The time for a large size in a damaged header would be wasted.
        if let Ok(header) = Header::read(&bytes) && header.size.pixels() < 1_000_000 {
            for metadata in [Metadata::Keep, Metadata::Strip] {
                let options = FitOptions { policy, metadata, crop, limits: InputLimits::DEFAULT };
                if let Ok(fitted) = fit(bytes.as_slice().into(), &header, &options) {
                    prop_assert_eq!(InputLimits::DEFAULT.ensure_accepted(&fitted.header, fitted.bytes.len() as u64), Ok(()));
                }
            }
        }
    }
}
