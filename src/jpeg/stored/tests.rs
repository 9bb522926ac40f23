//! Edits parts of the corpus, and writes it again.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::color::level;
use crate::dct::{Values, forward};
use crate::segments::{Marker, Segment, Segments};
use crate::tests::{MAX_PIXELS, Rows, corpus, decode, read};
use crate::{Area, ColorModel, Error, Jpeg, Kind, Patch, Steps, Stored};

/// The files that can be written again.
static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let files = corpus().into_iter().map(|(name, _, bytes)| (name, bytes));
    files.filter(|(name, _)| !name.starts_with("arithmetic")).collect()
});

fn jpeg(bytes: &[u8]) -> Jpeg<'_> {
    Jpeg::parse(bytes, MAX_PIXELS).unwrap()
}

/// Reads a picture, and checks that the sink receives the same coefficients.
fn stored_of(jpeg: Jpeg<'_>) -> Result<Stored<'_>, Error> {
    let (mut found, mut expected) = (Rows::default(), Rows::default());
    let stored = Stored::read(jpeg.clone(), &mut found)?;
    jpeg.read_coefficients(&mut expected)?;
    assert!(found.steps == expected.steps && found.rows == expected.rows);
    Ok(stored)
}

fn coefficients(bytes: &[u8]) -> Rows {
    let mut rows = Rows::default();
    let report = jpeg(bytes).read_coefficients(&mut rows).unwrap();
    assert_eq!(report.damage, None);
    rows
}

/// Writes a file with some patches.
fn edited(bytes: &[u8], patches: &[Patch<'_>]) -> (Vec<u8>, u64) {
    let stored = stored_of(jpeg(bytes)).unwrap();
    let edited = stored.edit(patches);
    (edited.write(|_| true).unwrap(), edited.changed_pixels(|samples| samples))
}

fn segments(bytes: &[u8]) -> Vec<(Marker, Vec<u8>)> {
    let mut segments = Segments::of(bytes);
    let next = std::iter::from_fn(|| segments.next_segment().unwrap());
    let is_coding = |marker: Marker| {
        matches!(marker, Marker::DHT | Marker::DNL) || marker.is_standalone() || marker.is_frame()
    };
    next.filter(|segment| !is_coding(segment.marker))
        .map(|Segment { marker, payload }| (marker, payload.to_vec()))
        .collect()
}

#[test]
fn a_picture_without_an_edit_keeps_its_coefficients_and_segments() {
    for (name, bytes) in FILES.iter() {
        let (written, changed_pixels) = edited(bytes, &[]);
        assert_eq!(changed_pixels, 0);
        let (before, after) = (coefficients(bytes), coefficients(&written));
        assert!(before.steps == after.steps && before.rows == after.rows, "{name}");
        assert_eq!(segments(bytes), segments(&written), "{name}");
        assert!(decode(bytes).unwrap().0 == decode(&written).unwrap().0, "{name}");
        // The best codes are never longer, but there may have been no tables.
        assert!(written.len() <= bytes.len() + 500, "{name}: {} bytes, not {}", written.len(), bytes.len());
        assert_eq!(written, edited(&written, &[]).0, "{name}");
    }
}

#[test]
fn what_is_not_kept_and_what_follows_the_end_is_not_copied() {
    let bytes = read("comment-between-scans.jpg");
    let longer = [&bytes[..], b"\xFF\xD8 another picture"].concat();
    let stored = stored_of(jpeg(&longer)).unwrap();
    let without = stored.edit(&[]).write(|segment| segment.marker != Marker::COM).unwrap();
    assert!(segments(&bytes).iter().any(|(marker, _)| *marker == Marker::COM));
    assert!(segments(&without).iter().all(|(marker, _)| *marker != Marker::COM));
    assert!(without.ends_with(&[0xFF, 0xD9]));
    assert!(decode(&without).unwrap() == decode(&bytes).unwrap());
}

#[test]
fn arithmetic_coding_and_damaged_pictures_are_refused() {
    let arithmetic = read("arithmetic-420-0.jpg");
    assert_eq!(stored_of(jpeg(&arithmetic)).err(), Some(Error::Unsupported(Kind::Arithmetic)));
    let progressive = read("progressive-420.jpg");
    for len in [progressive.len() / 2, progressive.len() * 3 / 4] {
        assert!(stored_of(jpeg(&progressive[..len])).is_err());
    }
}

#[test]
fn pixels_of_an_area_are_those_of_the_picture() {
    for (name, bytes) in FILES.iter().step_by(3) {
        let (pixels, _) = decode(bytes).unwrap();
        let stored = stored_of(jpeg(bytes)).unwrap();
        let frame = stored.jpeg().frame();
        let area = Area {
            left: frame.width / 3,
            top: frame.height / 4,
            width: frame.width.div_ceil(2),
            height: frame.height.div_ceil(2),
        };
        let channels = frame.components.len();
        let expected: Vec<u8> = (area.top..area.bottom())
            .flat_map(|y| {
                let at = |x: usize| (y * frame.width + x) * channels;
                pixels[at(area.left)..at(area.right())].to_vec()
            })
            .collect();
        assert!(stored.pixels(&area) == expected, "{name}");
    }
}

/// The coefficients of samples that are the means of the new pixels of a picture, before quantization. For blocks that
/// are within the picture.
fn intended(jpeg: &Jpeg<'_>, pixels: &[u8], index: usize, (column, row): (usize, usize)) -> Values {
    let frame = jpeg.frame();
    let component = &frame.components[index];
    let (across, down) = (frame.horizontal / component.horizontal, frame.vertical / component.vertical);
    let channels = frame.components.len();
    let sample = |x: usize, y: usize| {
        let pixels = (0..across * down).map(|at| {
            let at = ((y * down + at / across) * frame.width + x * across + at % across) * channels;
            let mut pixel = [0; 4];
            pixel[..channels].copy_from_slice(&pixels[at..at + channels]);
            level(jpeg.color_model(), index, pixel)
        });
        pixels.sum::<f32>() / (across * down) as f32 - 128.0
    };
    forward(&std::array::from_fn(|at| sample(8 * column + at % 8, 8 * row + at / 8)))
}

#[test]
fn a_replaced_picture_has_the_intended_samples_within_the_quantization_steps() {
    for (name, bytes) in FILES.iter() {
        let jpeg = jpeg(bytes);
        let frame = jpeg.frame();
        let area = Area { left: 0, top: 0, width: frame.width, height: frame.height };
        let (before, _) = decode(bytes).unwrap();
        let new = |(at, old): (usize, &u8)| {
            let new = 230 - old / 2 - (at % 7) as u8;
            // A pixel that stays is not changed to its intended samples.
            if new == *old { new ^ 1 } else { new }
        };
        let after: Vec<u8> = before.iter().enumerate().map(new).collect();
        let coverage = vec![255; frame.width * frame.height];
        let patch = Patch { area, coverage: &coverage, before: &before, after: &after };
        let Rows { steps, rows } = coefficients(&edited(bytes, &[patch]).0);
        for (index, component) in frame.components.iter().enumerate() {
            let whole_columns = frame.width * component.horizontal / frame.horizontal / 8;
            for row in 0..frame.height * component.vertical / frame.vertical / 8 {
                let blocks = &rows[row / component.vertical].components[index];
                let blocks = blocks.row(row % component.vertical).0;
                for (column, block) in blocks.iter().enumerate().take(whole_columns) {
                    let intended = intended(&jpeg, &after, index, (column, row));
                    for ((found, intended), step) in block.iter().zip(intended).zip(steps[index]) {
                        let step = f32::from(step);
                        let error = (f32::from(*found) * step - intended).abs();
                        assert!(error <= 0.5 * step + 0.01, "{name}: {error} of {step}");
                    }
                }
            }
        }
    }
}

/// The blocks that a change of these pixels may change, for each component.
fn touched(jpeg: &Jpeg<'_>, index: usize, is_changed: &[bool]) -> Vec<bool> {
    let frame = jpeg.frame();
    let component = &frame.components[index];
    let (across, down) = (frame.horizontal / component.horizontal, frame.vertical / component.vertical);
    let mut touched = vec![false; component.columns * component.vertical * frame.mcu_rows()];
    for (at, _) in is_changed.iter().enumerate().filter(|(_, changed)| **changed) {
        let (x, y) = (at % frame.width / across / 8, at / frame.width / down / 8);
        touched[y * component.columns + x] = true;
    }
    touched
}

proptest! {
    #[test]
    fn blocks_outside_of_an_edit_keep_their_coefficients(
        file in any::<prop::sample::Index>(),
        corner in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        size in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        levels in prop::collection::vec((any::<u8>(), any::<u8>()), 1..50),
    ) {
        let (name, bytes) = file.get(&FILES);
        let jpeg = jpeg(bytes);
        let frame = jpeg.frame();
        let (left, top) = (corner.0.index(frame.width), corner.1.index(frame.height));
        let (width, height) = (1 + size.0.index(frame.width - left), 1 + size.1.index(frame.height - top));
        let area = Area { left, top, width, height };
        let before = stored_of(jpeg.clone()).unwrap().pixels(&area);
        // Half of the pixels are not covered.
        let cover = |at: usize| levels[at % levels.len()].0.saturating_mul(2).saturating_sub(128);
        let coverage: Vec<u8> = (0..width * height).map(cover).collect();
        let channels = frame.components.len();
        let new = |(at, old): (usize, &u8)| {
            let cover = f32::from(coverage[at / channels]) / 255.0;
            let new = f32::from(levels[at * 3 % levels.len()].1);
            (f32::from(*old) * (1.0 - cover) + new * cover).round() as u8
        };
        let after: Vec<u8> = before.iter().enumerate().map(new).collect();
        let patch = Patch { area, coverage: &coverage, before: &before, after: &after };
        let (written, changed_pixels) = edited(bytes, &[patch]);

        let mut is_changed = vec![false; frame.width * frame.height];
        let pairs = before.chunks_exact(channels).zip(after.chunks_exact(channels));
        for (at, _) in pairs.enumerate().filter(|(_, (before, after))| before != after) {
            is_changed[(top + at / width) * frame.width + left + at % width] = true;
        }
        let (original, result) = (coefficients(bytes), coefficients(&written));
        prop_assert_eq!(&original.steps, &result.steps);
        for (index, component) in frame.components.iter().enumerate() {
            let touched = touched(&jpeg, index, &is_changed);
            let blocks = |rows: &Rows| -> Vec<_> {
                rows.rows.iter().flat_map(|row| row.components[index].blocks.clone()).collect()
            };
            for (at, (was, is)) in blocks(&original).iter().zip(blocks(&result)).enumerate() {
                let place = (at % component.columns, at / component.columns);
                prop_assert!(touched[at] || *was == is, "{} {} {:?}", name, index, place);
            }
        }
        // The number of changed pixels is what a decoder sees.
        let (was, is) = (decode(bytes).unwrap().0, decode(&written).unwrap().0);
        let differing = was.chunks_exact(channels).zip(is.chunks_exact(channels)).filter(|(was, is)| was != is);
        prop_assert_eq!(differing.count() as u64, changed_pixels);
        // The same patch again changes nothing that was not intended: the same inputs give the same bytes.
        prop_assert_eq!(edited(bytes, &[patch]).0, written);
    }

    #[test]
    fn damaged_files_are_written_or_refused(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        len in any::<prop::sample::Index>(),
    ) {
        let (_, bytes) = file.get(&FILES);
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() / 2 + len.index(bytes.len()));
        let Ok(jpeg) = Jpeg::parse(&bytes, MAX_PIXELS) else { return Ok(()) };
        let Ok(stored) = stored_of(jpeg) else { return Ok(()) };
        let frame = stored.jpeg().frame();
        let area = Area { left: 0, top: 0, width: frame.width.min(20), height: frame.height.min(20) };
        let before = stored.pixels(&area);
        let after: Vec<u8> = before.iter().map(|level| 255 - level).collect();
        let coverage = vec![255; area.pixels()];
        let edited = stored.edit(&[Patch { area, coverage: &coverage, before: &before, after: &after }]);
        if let Ok(written) = edited.write(|_| true) {
            let report = decode(&written).unwrap().1;
            prop_assert_eq!(report.damage, None);
        }
    }
}

#[test]
fn a_change_of_a_single_color_does_not_shift_its_surroundings() {
    // A flat picture: a replaced half is flat as well, and the other half is as before.
    let bytes = read("gray.jpg");
    let stored = stored_of(jpeg(&bytes)).unwrap();
    assert_eq!(stored.jpeg().color_model(), ColorModel::Gray);
    let area = Area { left: 0, top: 0, width: 16, height: 16 };
    let before = stored.pixels(&area);
    let (after, coverage) = (vec![90; 256], vec![255; 256]);
    let edited = stored.edit(&[Patch { area, coverage: &coverage, before: &before, after: &after }]);
    let written = edited.write(|_| true).unwrap();
    let found = stored_of(jpeg(&written)).unwrap().pixels(&area);
    let steps: Steps = coefficients(&bytes).steps[0];
    assert!(found.iter().all(|level| level.abs_diff(90) as u16 <= 1 + steps[0] / 16));
}
