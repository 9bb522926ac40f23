#!/usr/bin/env bash
# Pillow opens a valid uncompressed TIFF of 16-bit RGB in separate planes, and reads wrong pixels without an error: it
# takes each byte of a plane for a pixel. So each row becomes two, its left and its right half, in which high and low
# bytes alternate, and the lower half of the picture is missing. The same picture is read right if it is compressed or
# interleaved. A program that prepares its uploads with Pillow sends, and pays for, this noise.
#
# Observed with Pillow 13.0.0; tifffile 2026.3.3 and libvips 8.18.7 read all of the files right.
#
# Needs Python 3.11 or later with pip. Exits with 0 while the behavior is as described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pillow==13.0.0 tifffile==2026.3.3 imagecodecs==2026.3.6 \
    numpy==2.4.6 pyvips==3.2.0 pyvips-binary==8.18.7

cat > read.py << 'END'
import sys
import numpy, PIL, pyvips, tifffile
from PIL import Image

# Gradients over the full range, so that the two bytes of a sample differ.
y, x = numpy.mgrid[:128, :192]
picture = numpy.stack([x * 341, y * 512, (x + y) * 205], axis=-1).astype("uint16")

print("Pillow", PIL.__version__, "tifffile", tifffile.__version__,
      "libvips", ".".join(str(pyvips.version(part)) for part in range(3)))
wrong = {}
for layout in ("contig", "separate"):
    for compression in (None, "zlib"):
        planes = numpy.moveaxis(picture, -1, 0) if layout == "separate" else picture
        tifffile.imwrite("in.tif", planes, photometric="rgb", planarconfig=layout, compression=compression)
        read = tifffile.imread("in.tif")
        assert (read == planes).all(), "tifffile does not read what it wrote"
        assert (pyvips.Image.new_from_file("in.tif").numpy() == picture).all(), "libvips and tifffile disagree"
        # Pillow has no mode for 16-bit RGB, and keeps the upper 8 bits.
        with Image.open("in.tif") as opened:
            mode, shown = opened.mode, numpy.asarray(opened).astype(int)
        apart = abs(shown - (picture >> 8)).max(axis=-1)
        share = wrong[layout, compression] = 100 * (apart > 1).mean()
        print(f"{layout:9} {str(compression):5} mode {mode}: {share:5.1f} % of the pixels are wrong, by up to "
              f"{apart.max()} levels")
described = wrong.pop(("separate", None)) > 90 and not any(wrong.values())
sys.exit(not described)
END
env/bin/python read.py || { echo "changed: see the shares above" >&2; exit 1; }
echo "as described: only the uncompressed planes are read wrong"
