#!/usr/bin/env python3
"""Makes the icons and Photoshop files in this directory, and what their reference decoders show of them.

    pip install numpy==2.4.6 pillow==13.0.0
    python make_icon_psd.py DIRECTORY

The icons are written by Pillow, or by `convert` of ImageMagick 6.9.11 if they have few colors, and shown by Pillow. The Photoshop files are written here; the pixels are those of the drawing, which
Pillow and ImageMagick 6.9.11 show, too.
"""

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 37, 26
OUT = Path(sys.argv[1])
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]


def drawing(bits=8):
    rgb = np.stack([x / WIDTH, y / HEIGHT, 0.7 - 0.5 * x / WIDTH], axis=2)
    return np.round(rgb * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


RGB = drawing()
ALPHA = np.broadcast_to(np.linspace(0, 255, WIDTH).round().astype(np.uint8), (HEIGHT, WIDTH))


def keep(name, data, shown):
    (OUT / name).write_bytes(data)
    Image.fromarray(shown).save(OUT / (name + ".png"), optimize=True)
    print(name, len(data))


def icons():
    rgba = np.dstack([RGB, np.where(ALPHA > 100, 255, 0).astype(np.uint8)])[:24, :32]
    for name, kind, colors in [("alpha-png", "png", 0), ("alpha-32", "bmp", 0), ("alpha-palette", "bmp", 16)]:
        image = Image.fromarray(rgba)
        if colors:
            opaque = Image.fromarray(rgba[:, :, :3]).quantize(colors)
            image = opaque.convert("RGBA")
        data = io.BytesIO()
        image.save(data, "ICO", sizes=[(32, 24)], bitmap_format=kind)
        shown = Image.open(io.BytesIO(data.getvalue()))
        keep(f"{name}.ico", data.getvalue(), np.asarray(shown.convert("RGBA")))
    few_colors()
    # Two bitmaps with the colors and the mask of their own, and a hotspot in the place of the depth: a cursor.
    pictures = []
    for size, bits in [(8, 4), (16, 24)]:
        header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, bits, 0, 0, 0, 0, 0, 0)
        if bits == 4:
            body = b"".join(bytes([n * 16, n * 8, 255 - n * 16, 0]) for n in range(16)) + bytes(size * 4)
        else:
            body = RGB[:size, :size, ::-1][::-1].tobytes()
        mask = np.packbits(np.pad(np.tri(size, size, dtype=np.uint8), ((0, 0), (0, 32 - size))), axis=1)
        pictures.append((size, header + body + mask[::-1].tobytes()))
    directory, at = struct.pack("<HHH", 0, 2, 2), 6 + 2 * 16
    for size, data in pictures:
        directory += struct.pack("<BBBBHHII", size, size, 0, 0, 300, 5, len(data), at)
        at += len(data)
    alpha = (1 - np.tri(16, 16, dtype=np.uint8)) * 255
    keep("alpha-cursor.ico", directory + b"".join(data for _, data in pictures), np.dstack([RGB[:16, :16], alpha]))


def few_colors():
    """Palettes of 2, 16 and 256 colors, with a mask."""
    soft = RGB[::2, ::2]
    holes = Image.fromarray(np.dstack([soft, np.where(ALPHA[::2, ::2] > 99, 255, 0).astype(np.uint8)]))
    for colors in [2, 14, 100]:
        target = OUT / f"alpha-{colors}-colors.ico"
        png = io.BytesIO()
        holes.save(png, "PNG")
        command = ["convert", "png:-", "-colors", str(colors), "-type", "PaletteMatte", target]
        subprocess.run(command, input=png.getvalue(), check=True)
        keep(target.name, target.read_bytes(), np.asarray(Image.open(target).convert("RGBA")))


def packed(row):
    """Runs of equal bytes, and literal bytes."""
    out, literal, at = b"", b"", 0
    while at < len(row):
        run = 1
        while at + run < len(row) and run < 128 and row[at + run] == row[at]:
            run += 1
        if run > 2:
            out += bytes([len(literal) - 1] if literal else []) + literal + bytes([257 - run, row[at]])
            literal = b""
        else:
            literal += row[at : at + run]
        at += run
    return out + bytes([len(literal) - 1] if literal else []) + literal


def psd(channels, mode, depth=8, is_large=False, is_packed=True, colors=b"", resources=b"", layers=b""):
    length = ">Q" if is_large else ">I"
    rows = [
        row.astype(f">u{depth // 8}").tobytes() if depth > 1 else np.packbits(row).tobytes()
        for c in channels
        for row in c
    ]
    data = b"8BPS" + struct.pack(">H6xHIIHH", 2 if is_large else 1, len(channels), HEIGHT, WIDTH, depth, mode)
    for content in [colors, resources]:
        data += struct.pack(">I", len(content)) + content
    data += struct.pack(length, len(layers)) + layers
    if not is_packed:
        return data + b"\0\0" + b"".join(rows)
    rows = [packed(row) for row in rows]
    counts = struct.pack(f">{len(rows)}{'I' if is_large else 'H'}", *map(len, rows))
    return data + b"\0\1" + counts + b"".join(rows)


def resource(number, content):
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)


def photoshop_files():
    channels = np.moveaxis(RGB, 2, 0)
    deep = drawing(16)[:, :, 0]
    gray = RGB[:, :, 0]
    keep("rgb.psd", psd(channels, 3, resources=resource(1057, struct.pack(">IB", 1, 1) + bytes(12))), RGB)
    keep("raw.psd", psd(channels, 3, is_packed=False), RGB)
    keep("large.psd", psd(channels, 3, is_large=True), RGB)
    keep("selection.psd", psd([*channels, ALPHA], 3), RGB)
    keep("gray.psd", psd([gray], 1), gray)
    keep("16bit.psd", psd([deep], 1, depth=16), np.round(deep / 257).astype(np.uint8))
    keep("cmyk.psd", psd([*channels, np.full_like(gray, 255)], 4), RGB)
    black = gray > 110
    keep("black.psd", psd([black], 0, depth=1), np.where(black, 0, 255).astype(np.uint8))
    indexed = Image.fromarray(RGB).quantize(32)
    palette = np.zeros((256, 3), np.uint8)
    palette[:32] = np.array(indexed.getpalette()[:96]).reshape(32, 3)
    keep("indexed.psd", psd([np.asarray(indexed)], 2, colors=palette.T.tobytes()), palette[np.asarray(indexed)])
    # Photoshop blends the merged image with white. A negative number of layers says that it is transparent.
    alpha = np.maximum(ALPHA, 64)
    share = alpha[:, :, None] / 255
    blended = np.round(RGB * share + 255 * (1 - share)).astype(np.uint8)
    restored = 255 - (255 - blended.astype(int)) / share
    shown = np.dstack([restored.clip(0, 255).round().astype(np.uint8), alpha])
    # The layer is empty, without channels and without a name.
    layer = bytes(16 + 2) + b"8BIMnorm" + bytes([255, 0, 0, 0]) + struct.pack(">I", 12) + bytes(12)
    layers = struct.pack(">Ih", 2 + len(layer), -1) + layer + bytes(4)
    keep("alpha.psd", psd([*np.moveaxis(blended, 2, 0), alpha], 3, layers=layers), shown)


icons()
photoshop_files()
