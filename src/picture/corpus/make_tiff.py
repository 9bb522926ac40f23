#!/usr/bin/env python3
"""Makes the TIFFs in this directory, and what their reference decoders show of them.

    pip install numpy==2.4.6 pillow==13.0.0 tifffile==2026.3.3 imagecodecs==2026.3.6
    python make_tiff.py DIRECTORY

Each picture has a PNG of the same name beside it. The pixels are those of Pillow with libtiff 4.7.2 where its decoder has
a say in them (CCITT, luma and chroma, JPEG), those of lcms2 for L*a*b*, and otherwise those of the drawing.
"""

import io
import struct
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

WIDTH, HEIGHT = 37, 26
OUT = Path(sys.argv[1])
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]


def drawing(bits=8):
    rgb = np.stack([x / WIDTH, y / HEIGHT, 0.7 - 0.5 * x / WIDTH], axis=2)
    patch = np.exp(-(((x - 12) / 7) ** 2) - ((y - 8) / 5) ** 2)[:, :, None]
    rgb += patch * (np.array([0.85, 0.1, 0.1]) - rgb)
    return np.round(rgb * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


RGB8, RGB16 = drawing(), drawing(16)
GRAY8 = np.asarray(Image.fromarray(RGB8).convert("L"))
BILEVEL = GRAY8 > 110


def keep(name, data, shown):
    (OUT / name).write_bytes(data)
    Image.fromarray(shown).save(OUT / (name + ".png"), optimize=True)
    print(name, len(data))


def written(samples, **options):
    data = io.BytesIO()
    tifffile.imwrite(data, samples, metadata=None, software=False, **options)
    return data.getvalue()


def pillow(data, mode):
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode))


def saved(image, **options):
    data = io.BytesIO()
    image.save(data, "TIFF", **options)
    return data.getvalue()


def ycbcr(h, v, bounds, rows):
    """Luma and chroma, with the chroma of each block of h by v pixels behind its luma."""
    full = np.asarray(Image.fromarray(RGB8).convert("YCbCr"))
    if bounds:
        scale = np.array([220 / 255, 112 / 127, 112 / 127])
        full = np.round((full - np.array([0.0, 128, 128])) * scale + np.array([15, 128, 128])).astype(np.uint8)
    strips = []
    for top in range(0, HEIGHT, rows):
        part = full[top : top + rows]
        part = np.pad(part, ((0, -len(part) % v), (0, -WIDTH % h), (0, 0)), "edge")
        blocks = part.reshape(len(part) // v, v, part.shape[1] // h, h, 3).transpose(0, 2, 1, 3, 4)
        luma = blocks[..., 0].reshape(*blocks.shape[:2], h * v)
        chroma = blocks[..., 1:].mean(axis=(2, 3)).round().astype(np.uint8)
        strips.append(imagecodecs.lzw_encode(np.concatenate([luma, chroma], axis=2).tobytes()))
    shorts = {256: [WIDTH], 257: [HEIGHT], 258: [8, 8, 8], 259: [5], 262: [6], 277: [3], 278: [rows], 530: [h, v]}
    data = b"II*\0\0\0\0\0" + b"".join(strips)
    starts = np.cumsum([8] + [len(strip) for strip in strips])[:-1].tolist()
    fields = {tag: (3, len(values), struct.pack(f"<{len(values)}H", *values)) for tag, values in shorts.items()}
    for tag, values in {273: starts, 279: [len(strip) for strip in strips]}.items():
        fields[tag] = (4, len(values), struct.pack(f"<{len(values)}I", *values))
    if bounds:
        fields[532] = (5, 6, b"".join(struct.pack("<II", bound, 1) for bound in bounds))
    entries = b""
    for tag, (kind, count, value) in sorted(fields.items()):
        if len(value) > 4:
            entries += struct.pack("<HHII", tag, kind, count, len(data))
            data += value
        else:
            entries += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    data = data[:4] + struct.pack("<I", len(data)) + data[8:]
    return data + struct.pack("<H", len(fields)) + entries + bytes(4)


def main():
    bits = Image.fromarray(BILEVEL)
    for name, compression, tags in [
        ("group3", "group3", {}),
        ("group3-2d", "group3", {292: 1}),
        ("group3-fill", "group3", {292: 5}),
        ("group4", "group4", {}),
        ("huffman", "tiff_ccitt", {}),
        ("group4-lsb", "group4", {266: 2}),
        ("huffman-lsb", "tiff_ccitt", {266: 2}),
        ("runs-lsb", "packbits", {266: 2}),
    ]:
        data = saved(bits, compression=compression, tiffinfo=tags)
        keep(f"{name}.tiff", data, pillow(data, "L"))
    for name, options in {
        "zstd": {"compression": "zstd", "predictor": True, "rowsperstrip": 5},
        "webp": {"compression": "webp", "compressionargs": {"level": 101}, "tile": (16, 16)},
        "lzw-predictor": {"compression": "lzw", "predictor": True, "rowsperstrip": 7},
        "tiles": {"compression": "deflate", "predictor": True, "tile": (16, 16)},
        "big-endian": {"compression": "deflate", "predictor": True, "byteorder": ">"},
    }.items():
        data = written(RGB8, photometric="rgb", **options)
        keep(f"{name}.tiff", data, tifffile.imread(io.BytesIO(data)))
    planes = np.moveaxis(RGB8, 2, 0)
    for name, options in {
        "planar": {},
        "planar-predictor": {"compression": "lzw", "predictor": True, "rowsperstrip": 9},
        "planar-tiles": {"compression": "zstd", "predictor": True, "tile": (16, 16)},
    }.items():
        data = written(planes, photometric="rgb", planarconfig="separate", **options)
        keep(f"{name}.tiff", data, RGB8)
    gray16 = RGB16[:, :, 0]
    shown16 = (gray16 / 257).round().astype(np.uint8)
    for name, order in {"little": "<", "big": ">"}.items():
        for kind, samples in {"16bit": gray16, "float32bit": gray16.astype(np.float32) / 65535}.items():
            data = written(samples, photometric="minisblack", compression="deflate", predictor=True, byteorder=order)
            keep(f"{kind}-predictor-{name}.tiff", data, shown16)
    samples = (gray16 / 65535).astype(np.float16)
    data = written(samples, photometric="minisblack", tile=(16, 16), compression="zlib", predictor=True)
    keep("float16bit-predictor-tiles.tiff", data, shown16)
    for n in [10, 12, 14]:
        samples = gray16 >> (16 - n)
        data = written(samples, photometric="minisblack", bitspersample=n, compression="none")
        keep(f"{n}bit-gray.tiff", data, (samples.astype(int) * 255 / (2**n - 1)).round().astype(np.uint8))
    for n, s in [
        (8, GRAY8.astype(np.int16) - 128),
        (16, gray16.astype(np.int32) - 32768),
        (32, (gray16.astype(np.int64) << 16) - 2**31),
    ]:
        data = written(s.astype(f"int{n}"), photometric="minisblack", compression="deflate", predictor=True)
        keep(f"signed-{n}.tiff" if n == 8 else f"signed-{n}bit.tiff", data, GRAY8 if n == 8 else shown16)
    cmyk = np.dstack([255 - RGB8, np.zeros_like(GRAY8)])
    data = written(
        np.moveaxis(cmyk, 2, 0), photometric="separated", planarconfig="separate", compression="lzw", predictor=True
    )
    keep("planar-cmyk.tiff", data, RGB8)
    for sampling in [(1, 1), (2, 1), (2, 2)]:
        for bounds, strip in [(None, 8), ([15, 235, 128, 240, 128, 240], HEIGHT)]:
            data = ycbcr(*sampling, bounds, strip)
            keep(f"ycbcr-{sampling[0]}{sampling[1]}{'-limited' if bounds else ''}.tiff", data, pillow(data, "RGB"))
    for name, options in {
        "jpeg-422": {"subsampling": (2, 1)},
        "jpeg-420-tiles": {"subsampling": (2, 2), "tile": (16, 16)},
    }.items():
        data = written(RGB8, photometric="rgb", compression="jpeg", compressionargs={"level": 90}, **options)
        keep(f"{name}.tiff", data, pillow(data, "RGB"))
    data = saved(Image.fromarray(RGB8), compression="jpeg", quality=90)
    keep("jpeg-tables.tiff", data, pillow(data, "RGB"))
    data = saved(Image.fromarray(cmyk, "CMYK"), compression="jpeg", quality=95)
    shown = np.asarray(Image.open(io.BytesIO(data))).astype(int)
    keep("jpeg-cmyk.tiff", data, ((255 - shown[:, :, :3]) * (255 - shown[:, :, 3:]) / 255).round().astype(np.uint8))
    srgb, lab = imagecodecs.cms_profile("srgb"), imagecodecs.cms_profile("lab4")
    colors = imagecodecs.cms_transform(
        RGB8 / 255, srgb, lab, colorspace="rgb", outcolorspace="lab", outdtype="float64", intent=1
    )
    for bits, one, icc_white in [(8, 1, 255), (16, 256, 65280)]:
        for kind, white, offset in [("cielab", 2**bits - 1, 0), ("icclab", icc_white, 128)]:
            parts = [colors[:, :, 0] * white / 100, *[(colors[:, :, at] + offset) * one for at in (1, 2)]]
            codes = np.dstack(parts).round().astype(np.int64)
            rounded = np.dstack([codes[:, :, 0] * 100 / white, *[codes[:, :, at] / one - offset for at in (1, 2)]])
            shown = imagecodecs.cms_transform(
                rounded, lab, srgb, colorspace="lab", outcolorspace="rgb", outdtype="float64", intent=1
            )
            codes = (codes % 2**bits).astype(np.uint8 if bits == 8 else np.uint16)
            name = kind if bits == 8 else f"{kind}-16bit"
            data = written(codes, photometric=kind, compression="deflate")
            keep(f"{name}.tiff", data, (shown * 255).clip(0, 255).round().astype(np.uint8))


main()
