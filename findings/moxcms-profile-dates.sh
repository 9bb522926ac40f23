#!/usr/bin/env bash
# moxcms encodes one and the same ICC profile to different bytes each second: the date of creation in the header is that of
# the call, whatever the profile's own field says. Two pictures that get "the same" profile then have different profiles,
# so a comparison of bytes sees two color spaces, and a build that writes pictures cannot be reproduced.
#
# Observed with moxcms 0.8.1: after reading, setting the year to 1999 and encoding, the header has the present year; two
# encodings of one profile, two seconds apart, differ in a few bytes, all of them in the date (bytes 24 to 35).
#
# Needs cargo. Exits with 0 while the behavior is as described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

mkdir src
cat > Cargo.toml << 'END'
[package]
name = "profile"
version = "0.0.0"
edition = "2024"

[dependencies]
moxcms = "=0.8.1"
END
cat > src/main.rs << 'END'
use std::thread::sleep;
use std::time::Duration;

use moxcms::ColorProfile;

/// The date and time of creation (ICC.1:2022, 7.2.10).
const CREATED: std::ops::Range<usize> = 24..36;

fn main() {
    let mut profile = ColorProfile::new_srgb();
    profile.creation_date_time.year = 1999;
    let first = profile.encode().unwrap();
    sleep(Duration::from_secs(2));
    let second = profile.encode().unwrap();
    let year = u16::from_be_bytes([first[24], first[25]]);
    let differing: Vec<usize> = (0..first.len()).filter(|at| first[*at] != second[*at]).collect();
    println!("the field says 1999, and the header says {year}");
    println!("two encodings differ at {differing:?}");
    let only_the_date = !differing.is_empty() && differing.iter().all(|at| CREATED.contains(at));
    if year == 1999 || !only_the_date {
        println!("changed: the profile's own date is written");
        std::process::exit(1);
    }
    println!("as described: the date is that of the call");
}
END
cargo run --quiet --release
grep -A 1 '^name = "moxcms"' Cargo.lock
