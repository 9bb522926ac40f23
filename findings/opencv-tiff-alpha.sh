#!/usr/bin/env bash
# OpenCV multiplies the colors of an 8-bit TIFF by its alpha, also with IMREAD_UNCHANGED, although the file says that its alpha
# is not associated (ExtraSamples 2, TIFF 6.0 section 18). The same pixels in a PNG, in a TIFF with 16 bits, or in a TIFF that
# OpenCV itself wrote come back as they are. So whoever saves a cut-out as TIFF and blends it with OpenCV applies its alpha
# twice: soft edges get dark, and the colors of transparent pixels are lost.
#
# Observed with opencv-python-headless 5.0.0.93: the pixel (200, 100, 50) with alpha 128 is read as (100, 50, 25) with alpha 128
# from the 8-bit TIFF, and as (200, 100, 50) from the others.
#
# Needs Python 3 with venv. Exits with 0 while the behavior is as described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 numpy==2.4.6
cat > read.py << 'END'
import struct
import sys

import cv2
import numpy as np

PIXEL = (200, 100, 50, 128)


def tiff(bits):
    """A TIFF of one RGBA pixel whose alpha is not associated."""
    scale = 257 if bits == 16 else 1
    samples = struct.pack("<4H" if bits == 16 else "<4B", *(level * scale for level in PIXEL))
    short, long = 3, 4
    fields = [
        (256, long, 1, 1), (257, long, 1, 1), (258, short, 4, None), (259, short, 1, 1), (262, short, 1, 2),
        (273, long, 1, None), (277, short, 1, 4), (278, long, 1, 1), (279, long, 1, len(samples)),
        (284, short, 1, 1), (338, short, 1, 2),
    ]
    depths_at = 8 + 2 + 12 * len(fields) + 4
    offsets = {258: depths_at, 273: depths_at + 8}
    entries = b"".join(
        struct.pack("<HHII", tag, kind, count, offsets.get(tag, value)) for tag, kind, count, value in fields
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, len(fields))
    return head + entries + struct.pack("<I", 0) + struct.pack("<4H", *[bits] * 4) + samples


def read(name):
    pixel = cv2.imread(name, cv2.IMREAD_UNCHANGED)
    blue, green, red, alpha = (pixel[0, 0] // (257 if pixel.dtype == np.uint16 else 1)).tolist()
    return red, green, blue, alpha


red, green, blue, alpha = PIXEL
for bits in (8, 16):
    with open(f"alpha-{bits}.tif", "wb") as file:
        file.write(tiff(bits))
for name in ("opencv.png", "opencv.tif"):
    cv2.imwrite(name, np.array([[[blue, green, red, alpha]]], np.uint8))
print("OpenCV", cv2.__version__)
expected = {"alpha-8.tif": (100, 50, 25, 128), "alpha-16.tif": PIXEL, "opencv.png": PIXEL, "opencv.tif": PIXEL}
found = {name: read(name) for name in expected}
for name, pixel in found.items():
    print(name, pixel)
if found != expected:
    sys.exit("changed: this is not what was observed")
print("as described: only the 8-bit TIFF that states its alpha is multiplied by it")
END
venv/bin/python read.py
