//! Decodes the corpus, whole and damaged. `corpus/make.py` describes the files.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{CoefficientSink, Damage, Error, Jpeg, Kind, McuRow, Report, Scale, Steps};
use proptest::prelude::*;

pub(crate) const MAX_PIXELS: u64 = 100_000;

fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus"))
}

/// The files: names, checksums of their pixels, and bytes.
pub(crate) fn corpus() -> Vec<(String, String, Vec<u8>)> {
    let checksums = std::fs::read_to_string(directory().join("checksums.txt")).unwrap();
    let lines = checksums.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (checksum, name) = line.split_once(' ').unwrap();
            (name.to_owned(), checksum.to_owned(), read(name))
        })
        .collect()
}

pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(directory().join(name)).unwrap()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<(Vec<u8>, Report), Error> {
    let jpeg = Jpeg::parse(bytes, MAX_PIXELS)?;
    let mut pixels = vec![0; jpeg.output_len()];
    let report = jpeg.decode(&mut pixels)?;
    Ok((pixels, report))
}

#[test]
fn pixels_are_those_of_libjpeg_turbo() {
    for (name, checksum, bytes) in corpus() {
        let (pixels, report) = decode(&bytes).unwrap();
        assert_eq!(format!("{:08x}", crc32fast::hash(&pixels)), checksum, "{name}");
        let expected = Report::default();
        let found = match &*name {
            "no-end.jpg" => Report { is_end_missing: false, ..report },
            "junk-after-scan.jpg" => Report { has_junk: false, ..report },
            "no-huffman-tables.jpg" | "no-huffman-tables-gray.jpg" => {
                Report { uses_standard_tables: false, ..report }
            }
            _ => report,
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn every_file_is_in_the_list() {
    let listed: BTreeSet<String> = corpus().into_iter().map(|(name, ..)| name).collect();
    let files: BTreeSet<String> = std::fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".jpg"))
        .collect();
    assert_eq!(files, listed);
}

#[test]
fn oddities_are_reported() {
    let report = |name| decode(&read(name)).unwrap().1;
    assert!(report("no-end.jpg").is_end_missing);
    assert!(report("junk-after-scan.jpg").has_junk);
    assert!(report("no-huffman-tables.jpg").uses_standard_tables);
    assert_eq!(report("fill-bytes.jpg"), Report::default());
}

#[test]
fn a_missing_scan_is_damage_and_missing_bits_are_not() {
    let sequential = read("two-scans-420.jpg");
    let progressive = read("progressive-420.jpg");
    let cut = |bytes: &[u8], scans: usize| {
        let starts: Vec<usize> =
            (0..bytes.len()).filter(|&at| bytes[at..].starts_with(&[0xFF, 0xDA])).collect();
        // Huffman tables precede a scan.
        let tables = (0..starts[scans]).rev().find(|&at| bytes[at..].starts_with(&[0xFF, 0xC4]));
        let end = tables.filter(|at| *at > starts[scans - 1]).unwrap_or(starts[scans]);
        [&bytes[..end], &[0xFF, 0xD9]].concat()
    };
    let damage = decode(&cut(&sequential, 1)).unwrap().1.damage.unwrap();
    assert_eq!(damage.reason, "a scan is missing");
    let report = decode(&cut(&progressive, 3)).unwrap().1;
    assert_eq!(report.damage, None);
    assert!(report.is_unrefined);
}

#[test]
fn a_truncated_picture_is_damaged() {
    for name in ["baseline-420.jpg", "restarts-1B.jpg", "separate-scans-420.jpg", "gray.jpg"] {
        let bytes = read(name);
        let start = bytes.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap() + 14;
        // The last bytes may hold padding only.
        for len in start..bytes.len() - 4 {
            let damage = decode(&bytes[..len]).map(|(_, report)| report.damage);
            assert!(!matches!(damage, Ok(None)), "{name}, {len} bytes");
        }
    }
}

#[test]
fn rows_before_the_damage_are_intact() {
    let bytes = read("baseline-444.jpg");
    let (whole, _) = decode(&bytes).unwrap();
    let (pixels, report) = decode(&bytes[..bytes.len() * 3 / 4]).unwrap();
    let intact = report.damage.unwrap().intact_rows as usize;
    assert!((8..27).contains(&intact));
    assert_eq!(pixels[..intact * 35 * 3], whole[..intact * 35 * 3]);
}

#[test]
fn stray_bytes_in_a_scan_with_restart_markers_damage_it_up_to_the_next_marker() {
    let bytes = read("restarts-1.jpg");
    let (whole, _) = decode(&bytes).unwrap();
    let first_restart = bytes.windows(2).position(|pair| pair == [0xFF, 0xD0]).unwrap();
    let stray = [&bytes[..first_restart - 40], &[0xFF, 0x9F], &bytes[first_restart - 40..]].concat();
    let (pixels, report) = decode(&stray).unwrap();
    assert_eq!(report.damage.unwrap().intact_rows, 0);
    // One row between the restart intervals is interpolated from both.
    assert_eq!(pixels[17 * 35 * 3..], whole[17 * 35 * 3..]);
}

#[test]
fn unsupported_kinds_are_named() {
    let bytes = read("gray.jpg");
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let with = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[frame + at] = byte;
        Jpeg::parse(&bytes, MAX_PIXELS).unwrap_err()
    };
    assert_eq!(with(1, 0xC3), Error::Unsupported(Kind::Lossless));
    assert_eq!(with(1, 0xC5), Error::Unsupported(Kind::Hierarchical));
    assert_eq!(with(4, 12), Error::Unsupported(Kind::Precision(12)));
    assert_eq!(with(9, 2), Error::Unsupported(Kind::Components(2)));
}

#[test]
fn too_many_pixels_are_refused_before_memory_is_allocated() {
    let bytes = read("gray.jpg");
    assert_eq!(Jpeg::parse(&bytes, 944).unwrap_err(), Error::TooLarge { width: 35, height: 27 });
    assert!(Jpeg::parse(&bytes, 945).is_ok());
}

#[test]
fn truncated_and_changed_files_never_panic() {
    ensure_no_panic(8);
}

#[test]
#[ignore = "slow"]
fn files_that_are_truncated_or_changed_at_many_places_never_panic() {
    ensure_no_panic(1);
}

/// Truncates and changes files at one of `step` places that are few bytes apart.
fn ensure_no_panic(step: usize) {
    let start = Instant::now();
    for (name, _, bytes) in corpus() {
        // Most files differ in little from their neighbors in the list.
        if name.starts_with("size-") && !name.contains("16x16") {
            continue;
        }
        for len in (0..bytes.len()).step_by(7 * step) {
            let _ = decode(&bytes[..len]);
        }
        for at in (2..bytes.len()).step_by(11 * step) {
            for change in [0x01, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let _ = decode(&changed);
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

proptest! {
    #[test]
    fn any_changes_of_a_few_bytes_are_survived(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let corpus = ["progressive-420.jpg", "restarts-2-progressive.jpg", "baseline-mixed.jpg", "ycck-2.jpg",
            "arithmetic-420-1-progressive.jpg", "progressive-deep.jpg", "arithmetic-410-0.jpg"];
        let mut bytes = read(file.get::<&str>(&corpus));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = decode(&bytes);
    }
}

/// Checks that a file is judged alike whether its coefficients are read or not.
fn ensure_judged_alike(bytes: &[u8], name: &str) {
    let Ok(jpeg) = Jpeg::parse(bytes, MAX_PIXELS) else { return };
    let known = |report: Report| Report {
        // It is found in another way.
        damage: report.damage.map(|damage| Damage { reason: "", ..damage }),
        ..report
    };
    let read = jpeg.read_coefficients(&mut Rows::default()).map(known);
    assert_eq!(jpeg.check().map(known), read, "{name}");
    let reduced = jpeg.decode_scaled(Scale::Eighth).map(|(report, _)| known(report));
    assert_eq!(reduced, read, "{name}, at an eighth of its size");
}

#[test]
#[ignore = "slow"]
fn a_check_finds_the_damage_that_reading_finds() {
    for (name, _, bytes) in corpus() {
        ensure_judged_alike(&bytes, &name);
        for len in (0..bytes.len()).step_by(31) {
            ensure_judged_alike(&bytes[..len], &name);
        }
        for at in (2..bytes.len()).step_by(37) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            ensure_judged_alike(&changed, &name);
        }
    }
}

/// Collects coefficients.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) steps: Vec<Steps>,
    pub(crate) rows: Vec<McuRow>,
}

impl CoefficientSink for Rows {
    fn start(&mut self, steps: &[Steps]) {
        self.steps = steps.to_vec();
    }

    fn row(&mut self, index: usize, row: McuRow) {
        assert_eq!(index, self.rows.len());
        self.rows.push(row);
    }
}

fn coefficients(name: &str) -> Rows {
    let bytes = read(name);
    let mut rows = Rows::default();
    Jpeg::parse(&bytes, MAX_PIXELS).unwrap().read_coefficients(&mut rows).unwrap();
    rows
}

#[test]
fn coefficients_do_not_depend_on_their_coding() {
    let expected = coefficients("baseline-420.jpg");
    for name in
        ["progressive-420.jpg", "arithmetic-420-0.jpg", "optimized.jpg", "restarts-3B-progressive.jpg"]
    {
        let found = coefficients(name);
        assert_eq!(found.steps, expected.steps, "{name}");
        for (found, expected) in found.rows.iter().zip(&expected.rows) {
            for (found, expected) in found.components.iter().zip(&expected.components) {
                // Scans of one component leave out the blocks that fill up the last MCUs, except for their DC.
                for (found, expected) in found.blocks.iter().zip(&expected.blocks) {
                    assert_eq!(found[0], expected[0], "{name}");
                    assert!(found[1..] == expected[1..] || found[1..] == [0; 63], "{name}");
                }
            }
        }
    }
}
