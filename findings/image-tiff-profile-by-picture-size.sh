#!/usr/bin/env bash
# The image crate drops the ICC profile of a TIFF, without an error, if the picture has too few pixels for it. The decoder
# allows a tag no more memory than the decoded picture takes, and counts 32 bytes for each byte of the profile. So an
# sRGB profile of 3 KB is lost in RGB pictures of less than about 33,000 pixels, such as icons and thumbnails, and the
# 550 KB profile of a scanner or a printing press in pictures of less than 5.9 megapixels. Programs then take the colors
# for sRGB, and a wide-gamut picture turns pale.
#
# Observed with image 0.25.10 (tiff 0.11.3) and its default limits: a profile of 588 bytes is lost in a picture of 64x97
# pixels, and read in one of 64x98; a profile of 550,000 bytes is lost in one of 2400x2400. Pillow 13.0.0 reads all three.
#
# Needs cargo and Python 3.10 or later with pip. Exits with 0 while the behavior is as described, and with 1 once it has
# changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pillow==13.0.0
cat > make.py << 'END'
import PIL
from PIL import Image, ImageCms

print("Pillow", PIL.__version__)
made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# Bytes behind a profile are no part of it. They give it a size that does not depend on the version of lcms2.
profile = made.ljust(588, b"\0")
profile = len(profile).to_bytes(4, "big") + profile[4:]
large = profile.ljust(550_000, b"\0")
large = len(large).to_bytes(4, "big") + large[4:]
for name, size, icc in (("64x97", (64, 97), profile), ("64x98", (64, 98), profile), ("2400x2400", (2400, 2400), large)):
    Image.new("RGB", size, (200, 60, 40)).save(f"{name}.tif", icc_profile=icc, compression="tiff_lzw")
    with Image.open(f"{name}.tif") as read:
        assert len(read.info["icc_profile"]) == len(icc)
    print(f"{name}.tif: {3 * size[0] * size[1]} bytes of pixels; Pillow reads a profile of {len(icc)} bytes")
END
env/bin/python make.py

mkdir src
cat > Cargo.toml << 'END'
[package]
name = "profile"
version = "0.0.0"
edition = "2024"

[dependencies]
image = { version = "=0.25.10", default-features = false, features = ["tiff"] }
tiff = "=0.11.3"
END
cat > src/main.rs << 'END'
use image::{ImageDecoder, ImageReader};

/// Returns the size of the profile that the image crate finds.
fn profile(path: &str) -> Option<usize> {
    let mut decoder = ImageReader::open(path).unwrap().into_decoder().unwrap();
    let found = decoder.icc_profile().unwrap().map(|profile| profile.len());
    println!("{path}: image reads {found:?}");
    found
}

fn main() {
    let found = [profile("64x97.tif"), profile("64x98.tif"), profile("2400x2400.tif")];
    if found != [None, Some(588), None] {
        println!("changed: the profile does not depend on the size of the picture in this way");
        std::process::exit(1);
    }
    println!("as described: the smaller pictures lose their profiles");
}
END
cargo run --quiet
grep -E -A 1 '^name = "(image|tiff)"' Cargo.lock
