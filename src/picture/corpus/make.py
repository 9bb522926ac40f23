#!/usr/bin/env python3
"""Makes the pictures in this directory, and what their reference decoders show of them.

    pip install numpy==2.4.6 pillow==13.0.0 pillow-heif==1.8.1 pillow-jxl-plugin==1.3.8 imagecodecs==2026.3.6
    python make.py DIRECTORY

Each picture has a PNG of the same name beside it: its upright pixels, decoded by libheif 1.23.6 (pillow-heif), libavif
1.4.2 (Pillow) or libjxl 0.11.2 (imagecodecs). The pictures were made once. Other versions of the encoders write other
bytes, so a new picture is added with its own PNG, and the others are left alone.
"""

import io
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
from PIL import Image, ImageOps

WIDTH, HEIGHT = 37, 26
OUT = Path(sys.argv[1])

pillow_heif.register_heif_opener()


def drawing(bits=8):
    """Gradients and a soft patch of strong color. No two corners are alike. Without hard edges, decoders agree about
    colors that are stored at half the resolution."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    rgb = np.stack([x / WIDTH, y / HEIGHT, 0.7 - 0.5 * x / WIDTH], axis=2)
    patch = np.exp(-(((x - 12) / 7) ** 2) - ((y - 8) / 5) ** 2)[:, :, None]
    rgb += patch * (np.array([0.85, 0.1, 0.1]) - rgb)
    return np.round(rgb * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def with_alpha(rgb):
    alpha = np.linspace(0, 255, WIDTH).round().astype(np.uint8)
    return np.dstack([rgb, np.broadcast_to(alpha, (HEIGHT, WIDTH))])


def exif(orientation):
    """EXIF metadata with an orientation and the model of a camera."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x0110] = "Corpus"
    return data


RGB = Image.fromarray(drawing())
RGBA = Image.fromarray(with_alpha(drawing()), "RGBA")
GRAY = RGB.convert("L")
# Display P3, with a plain gamma of 2.2.
P3 = imagecodecs.cms_profile(
    "rgb", whitepoint=[0.3127, 0.329, 1], primaries=[0.68, 0.32, 1, 0.265, 0.69, 1, 0.15, 0.06, 1], gamma=2.2
)


def keep(name, data, pixels):
    (OUT / name).write_bytes(data)
    Image.fromarray(pixels).save(OUT / (name + ".png"), optimize=True)
    print(name, len(data), pixels.shape, pixels.dtype)


def saved(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def heic(name, image, tile=0, **options):
    pillow_heif.options.GRID_TILE_SIZE = tile
    data = saved(image, "HEIF", quality=options.pop("quality", 90), **options)
    shown = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    keep(name, data, to_png(np.asarray(shown), shown.info.get("bit_depth", 8)))


def heic_deep(name, bits, chroma):
    samples = drawing(16)
    heif = pillow_heif.from_bytes("RGB;16", (WIDTH, HEIGHT), samples.tobytes())
    pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
    data = io.BytesIO()
    heif.save(data, quality=90, chroma=chroma)
    data = data.getvalue()
    shown = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    print(shown.mode, shown.info.get("bit_depth"))
    keep(name, data, to_png(np.asarray(shown), 16))


def to_png(samples, bits):
    """Returns samples that PNG can hold. A picture of more than 8 bits is compared at 8."""
    if samples.dtype == np.uint16:
        top = 2**bits - 1
        samples = np.round(samples.astype(float) * 255 / top).astype(np.uint8)
    return samples


def avif(name, image, **options):
    data = saved(image, "AVIF", quality=options.pop("quality", 90), speed=6, **options)
    keep(name, data, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))))


def avif_deep(name, bits, pixelformat):
    data = imagecodecs.avif_encode(
        drawing(bits), level=95, speed=6, bitspersample=bits, pixelformat=pixelformat, codec="aom"
    )
    keep(name, data, to_png(imagecodecs.avif_decode(data), bits))


def jxl(name, samples, bits=8, **options):
    data = imagecodecs.jpegxl_encode(samples, effort=7, **options)
    keep(name, data, to_png(imagecodecs.jpegxl_decode(data), 16 if bits > 8 else 8))


def jxl_saved(name, image, **options):
    import pillow_jxl  # noqa: F401, registers its plugin

    data = saved(image, "JXL", **options)
    keep(name, data, imagecodecs.jpegxl_decode(data))


def jxl_by_cjxl():
    """The command line tool writes orientation and profile into the picture; cjxl 0.7.0 of Debian 12 made these."""
    kinds = {f"orientation-{n}": {"exif": exif(n)} for n in [2, 3, 5, 6, 8]}
    for name, options in {**kinds, "p3": {"icc_profile": P3}}.items():
        source, target = OUT / "source.png", OUT / f"{name}.jxl"
        RGB.save(source, **options)
        subprocess.run(["cjxl", "-d", "0", "--quiet", source, target], check=True)
        source.unlink()
        keep(target.name, target.read_bytes(), imagecodecs.jpegxl_decode(target.read_bytes()))


def main():
    icc = P3
    heic("420.heic", RGB, chroma=420)
    heic("422.heic", RGB, chroma=422)
    heic("444.heic", RGB, chroma=444)
    heic("gray.heic", GRAY)
    heic("alpha.heic", RGBA)
    heic("p3.heic", RGB, icc_profile=icc)
    for orientation in [2, 3, 5, 6, 8]:
        heic(f"orientation-{orientation}.heic", RGB, exif=exif(orientation).tobytes())
    large = RGB.resize((140, 150), Image.Resampling.BICUBIC)
    heic("grid.heic", large, tile=64, quality=50)
    heic("two.heic", RGB, chroma=420, save_all=True, append_images=[ImageOps.mirror(RGB)])
    heic_deep("10bit.heic", 10, "420")
    heic_deep("12bit.heic", 12, "444")

    avif("420.avif", RGB, subsampling="4:2:0")
    avif("422.avif", RGB, subsampling="4:2:2")
    avif("444.avif", RGB, subsampling="4:4:4")
    avif("limited.avif", RGB, subsampling="4:2:0", range="limited")
    avif("gray.avif", GRAY, subsampling="4:0:0")
    avif("alpha.avif", RGBA, subsampling="4:4:4")
    avif("p3.avif", RGB, icc_profile=icc)
    for orientation in [2, 3, 5, 6, 8]:
        avif(f"orientation-{orientation}.avif", RGB, exif=exif(orientation))
    avif_deep("10bit.avif", 10, "420")
    avif_deep("12bit.avif", 12, "444")
    lossless = imagecodecs.avif_encode(drawing(), level=100, speed=6)
    keep("lossless.avif", lossless, imagecodecs.avif_decode(lossless))

    jxl("lossy.jxl", drawing(), distance=1.0)
    jxl("lossless.jxl", drawing(), lossless=True)
    jxl("gray.jxl", np.asarray(GRAY), lossless=True)
    jxl("alpha.jxl", with_alpha(drawing()), lossless=True)
    jxl("16bit.jxl", drawing(16), bits=16, lossless=True)
    jxl("container.jxl", drawing(), lossless=True, usecontainer=True)
    jxl_saved("exif.jxl", RGB, lossless=True, exif=b"\0\0\0\0" + exif(1).tobytes())
    jxl_by_cjxl()


main()
