#!/usr/bin/env bash
# zune-jpeg and libjpeg-turbo (as bundled with Pillow) decode the same valid 4:2:0 JPEG to different pixels, because
# they interpolate the subsampled color planes differently. Both results are correct. But a program that compares a
# picture decoded by one with the same picture decoded by the other finds changes where there are none.
#
# Observed with zune-jpeg 0.5.15 and Pillow 12.0.0 (libjpeg-turbo 3.1.2): 36.5 % of the pixels differ, by up to 3 levels.
#
# Needs cargo and Python 3 with pip. Exits with 0 while the behavior is as described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m pip install --quiet --disable-pip-version-check --target site 'pillow==12.0.0'
export PYTHONPATH=$scratch/site

# Colored disks on a gradient give smooth areas and sharp color edges.
python3 - << 'END'
from PIL import Image, ImageDraw

picture = Image.new("RGB", (256, 192))
for y in range(192):
    for x in range(256):
        picture.putpixel((x, y), (x, y, 255 - x))
draw = ImageDraw.Draw(picture)
for n, color in enumerate([(230, 30, 30), (30, 200, 60), (40, 60, 230), (240, 220, 40)]):
    draw.ellipse((20 + 55 * n, 60, 65 + 55 * n, 105), fill=color)
picture.save("disks.jpg", quality=90, subsampling="4:2:0")
Image.open("disks.jpg").convert("RGB").save("pillow.ppm")
END

mkdir src
cat > Cargo.toml << 'END'
[package]
name = "decode"
version = "0.0.0"
edition = "2024"

[dependencies]
zune-core = "=0.5.3"
zune-jpeg = "=0.5.15"
END
cat > src/main.rs << 'END'
use std::io::Cursor;

fn main() {
    let bytes = std::fs::read("disks.jpg").unwrap();
    let mut decoder = zune_jpeg::JpegDecoder::new(Cursor::new(bytes));
    std::fs::write("zune.rgb", decoder.decode().unwrap()).unwrap();
}
END
cargo run --quiet --release
grep -A 1 '^name = "zune-jpeg"' Cargo.lock

python3 - << 'END'
import sys
from PIL import Image, features

print("Pillow", Image.__version__, "with libjpeg-turbo", features.version_feature("libjpeg_turbo"))
one = Image.open("pillow.ppm").tobytes()
other = open("zune.rgb", "rb").read()
assert len(one) == len(other), "the two decoders disagree on the size"
apart = [max(abs(one[i + c] - other[i + c]) for c in range(3)) for i in range(0, len(one), 3)]
differing = sum(a > 0 for a in apart)
print(f"{100 * differing / len(apart):.1f} % of the pixels differ, by up to {max(apart)} of 255 levels")
if differing == 0:
    sys.exit("changed: the two decoders agree")
print("as described: the pixels differ")
END
