#!/usr/bin/env python3
"""Makes the corpus: small JPEGs of all kinds, and the checksums of their pixels by libjpeg-turbo.

Needs cjpeg, djpeg and jpegtran of libjpeg-turbo, and Pillow (for CMYK). Run in this directory. `make.py` writes the
files and `checksums.txt`. `make.py --sweep DECODE` instead compares the pixels of pictures from 1x1 to 40x40 with those
of DECODE, the built example `decode`, and writes nothing here. `make.py --edits EDIT` edits the corpus and pictures from
1x1 to 40x40 with EDIT, the built example `edit`, and compares their coefficients as libjpeg reads them: only blocks of
the edit may differ. Needs a C compiler and the headers of libjpeg.

A checksum is the CRC-32 of the pixels: rows of gray, RGB or CMYK samples as stored, without gaps.
"""

import io
import itertools
import pathlib
import subprocess
import sys
import tempfile
import zlib

from PIL import Image, features

SAMPLINGS = {
    "444": "1x1", "422": "2x1", "420": "2x2", "440": "1x2", "411": "4x1", "410": "4x2", "441": "1x4", "311": "3x1",
    "133": "1x3", "coarse-luma": "1x1,2x2,2x2", "coarse-luma-across": "1x1,2x1,2x1",
    "mixed": "2x1,1x2,1x1", "one-coarse": "2x2,2x2,1x1", "halves": "2x2,2x1,1x2", "coarse-luma-down": "1x1,1x2,1x2",
}


def picture(width, height, mode="RGB"):
    """A picture with edges, gradients and noise, the same on each run."""
    state = 1
    pixels = bytearray()
    for y, x in itertools.product(range(height), range(width)):
        state = (state * 1103515245 + 12345) % 2**31
        noise = (state >> 16) % 32
        inside = (x - width / 2) ** 2 + (y - height / 3) ** 2 < (min(width, height) / 3) ** 2
        pixels += bytes([
            (x * 7 + noise) % 256,
            255 - noise if inside else (y * 9 + x * 2) % 256,
            (x * 3 + y * 5 + (140 if inside else 0)) % 256,
        ])
    return Image.frombytes("RGB", (width, height), bytes(pixels)).convert(mode)


def run(command, data):
    """Exit status 2 is a warning."""
    result = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode not in (0, 2):
        raise RuntimeError(f"{command}: {result.stderr}")
    return result.stdout


def cjpeg(image, *options):
    data = io.BytesIO()
    image.save(data, "PPM")
    return run(["cjpeg", *options], data.getvalue())


def rescan(jpeg, scans, *options):
    """Divides a sequential JPEG into other scans."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(scans)
        file.flush()
        return run(["jpegtran", "-scans", file.name, *options], jpeg)


def pillow(image, **options):
    data = io.BytesIO()
    image.save(data, "JPEG", **options)
    return data.getvalue()


def segments(jpeg):
    """The segments before the data of the first scan: marker, offset, and offset of the end."""
    at = 2
    while True:
        while jpeg[at + 1] == 0xFF:
            at += 1
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        yield jpeg[at + 1], at, end
        if jpeg[at + 1] == 0xDA:
            return
        at = end


def without(jpeg, marker):
    for found, at, end in reversed(list(segments(jpeg))):
        if found == marker:
            jpeg = jpeg[:at] + jpeg[end:]
    return jpeg


def patched(jpeg, marker, offset, data):
    """Replaces bytes of the payload of a segment."""
    at = next(at for found, at, _ in segments(jpeg) if found == marker) + 4 + offset
    return jpeg[:at] + bytes(data) + jpeg[at + len(data) :]


def with_ids(jpeg, ids):
    frame = next(found for found, _, _ in segments(jpeg) if found in (0xC0, 0xC1, 0xC2))
    for index, id in enumerate(ids):
        jpeg = patched(jpeg, frame, 6 + 3 * index, [id])
        jpeg = patched(jpeg, 0xDA, 1 + 2 * index, [id])
    return jpeg


def corpus():
    odd = picture(35, 27)
    for name, sampling in SAMPLINGS.items():
        for process in ["baseline", "progressive"]:
            options = ["-progressive"] if process == "progressive" else []
            yield f"{process}-{name}", cjpeg(odd, "-sample", sampling, *options)
    for width, height in [(1, 1), (2, 2), (3, 5), (4, 4), (5, 3), (8, 8), (9, 17), (16, 16), (24, 8), (8, 24), (40, 24)]:
        for name in ["444", "422", "420", "440"]:
            yield f"size-{width}x{height}-{name}", cjpeg(picture(width, height), "-sample", SAMPLINGS[name])
    for quality in [1, 5, 20, 50, 90, 97, 100]:
        yield f"quality-{quality}", cjpeg(odd, "-quality", str(quality), "-sample", "2x2")
        yield f"quality-{quality}-progressive", cjpeg(odd, "-quality", str(quality), "-sample", "2x2", "-progressive")
    yield "black-and-white-quality-1", cjpeg(odd.convert("1").convert("RGB"), "-quality", "1", "-sample", "1x1")
    yield "wide-steps", cjpeg(odd, "-quality", "2", "-sample", "2x2")

    gray = cjpeg(odd, "-grayscale")
    yield "gray", gray
    yield "gray-progressive", cjpeg(odd, "-grayscale", "-progressive")
    yield "gray-2x2", cjpeg(odd, "-grayscale", "-sample", "2x2")
    yield "gray-2x2-restarts", cjpeg(odd, "-grayscale", "-sample", "2x2", "-restart", "2B")

    full = cjpeg(odd, "-sample", "2x2", "-quality", "80")
    for name in ["420", "422", "440", "411", "coarse-luma"]:
        jpeg = cjpeg(odd, "-sample", SAMPLINGS[name])
        yield f"separate-scans-{name}", rescan(jpeg, "0;\n1;\n2;\n")
        yield f"two-scans-{name}", rescan(jpeg, "0;\n1,2;\n")
        yield f"two-scans-reversed-{name}", rescan(jpeg, "1,2;\n0;\n")
        yield f"two-scans-mixed-{name}", rescan(jpeg, "0,1;\n2;\n")
    yield "separate-scans-restarts", rescan(full, "0;\n1;\n2;\n", "-restart", "2B")
    yield "progressive-spectral", rescan(full, "0,1,2: 0-0, 0, 0;\n0: 1-63, 0, 0;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n")
    yield "progressive-deep", rescan(full, "".join([
        "0: 0-0, 0, 3;\n1,2: 0-0, 0, 2;\n",
        *(f"{index}: {band}, 0, 2;\n" for index in range(3) for band in ["1-5", "6-63"]),
        "0: 0-0, 3, 2;\n0,1,2: 0-0, 2, 1;\n0,1,2: 0-0, 1, 0;\n",
        *(f"{index}: 1-63, {low + 1}, {low};\n" for low in [1, 0] for index in range(3)),
    ]))
    for interval in ["1B", "3B", "1", "2"]:
        yield f"restarts-{interval}", cjpeg(odd, "-sample", "2x2", "-restart", interval)
        yield f"restarts-{interval}-progressive", cjpeg(odd, "-sample", "2x2", "-restart", interval, "-progressive")
    yield "optimized", cjpeg(odd, "-sample", "2x2", "-optimize")

    for name in ["444", "420", "410"]:
        for interval in ["0", "1"]:
            options = ["-sample", SAMPLINGS[name], "-arithmetic", "-restart", interval]
            yield f"arithmetic-{name}-{interval}", cjpeg(odd, *options)
            yield f"arithmetic-{name}-{interval}-progressive", cjpeg(odd, *options, "-progressive")
    yield "arithmetic-gray", cjpeg(odd, "-grayscale", "-arithmetic", "-quality", "97")
    yield "arithmetic-separate-scans", rescan(full, "0;\n1;\n2;\n", "-arithmetic")

    rgb = cjpeg(odd, "-rgb")
    yield "rgb-adobe", rgb
    yield "rgb-by-ids", without(rgb, 0xEE)
    yield "rgb-jfif-wins", without(rgb, 0xEE)[:2] + full[2:20] + without(rgb, 0xEE)[2:]
    plain = without(full, 0xE0)
    yield "no-markers", plain
    yield "ids-0-1-2", with_ids(plain, [0, 1, 2])
    yield "ids-doubled", with_ids(full, [1, 2, 2])
    yield "ids-rgb-but-jfif", with_ids(full, b"RGB")
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"
    for transform in [0, 1, 2, 7]:
        yield f"adobe-transform-{transform}", plain[:2] + adobe + bytes([transform]) + plain[2:]

    inks = Image.merge("CMYK", [*odd.split(), picture(35, 27, "L").rotate(180)])
    for subsampling in [0, 2]:
        cmyk = pillow(inks, quality=85, subsampling=subsampling)
        yield f"cmyk-adobe-{subsampling}", cmyk
        yield f"cmyk-plain-{subsampling}", without(cmyk, 0xEE)
        yield f"ycck-{subsampling}", patched(cmyk, 0xEE, 11, [2])
        yield f"cmyk-progressive-{subsampling}", pillow(inks, quality=85, subsampling=subsampling, progressive=True)

    yield "no-huffman-tables", without(full, 0xC4)
    yield "no-huffman-tables-gray", without(gray, 0xC4)
    yield "lines-after-scan", full[:-2] + b"\xff\xdc\0\x04\0\x1b" + full[-2:]
    yield "lines-after-scan-only", patched(full, 0xC0, 1, [0, 0])[:-2] + b"\xff\xdc\0\x04\0\x1b" + full[-2:]
    yield "fill-bytes", full[:2] + b"\xff\xff" + full[2:-2] + b"\xff\xff\xff" + full[-2:]
    yield "no-end", full[:-2]
    yield "junk-after-scan", full[:-2] + b"\0\1\2" + full[-2:]
    yield "comment-between-scans", rescan(full, "0;\n1,2;\n").replace(b"\xff\xda\0\x0a", b"\xff\xfe\0\x04hi\xff\xda\0\x0a")


def reference(jpeg):
    """The pixels by djpeg, or by Pillow for CMYK, which it inverts."""
    frame = next(at for marker, at, _ in segments(jpeg) if marker in (0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
    if jpeg[frame + 9] == 4:
        return bytes(255 - ink for ink in Image.open(io.BytesIO(jpeg)).tobytes())
    if jpeg[frame + 5 : frame + 7] == b"\0\0":
        # No libjpeg reads it: the height is moved to the frame header.
        at = jpeg.index(b"\xff\xdc") + 4
        jpeg = jpeg[: frame + 5] + jpeg[at : at + 2] + jpeg[frame + 7 :]
    return Image.open(io.BytesIO(run(["djpeg", "-pnm"], jpeg))).tobytes()


def write():
    version = subprocess.run(["djpeg", "-version"], stderr=subprocess.PIPE, text=True).stderr.split("\n")[0]
    lines = [f"# {version}; CMYK: Pillow with libjpeg-turbo {features.version('libjpeg_turbo')}\n"]
    for name, jpeg in corpus():
        pathlib.Path(f"{name}.jpg").write_bytes(jpeg)
        lines.append(f"{zlib.crc32(reference(jpeg)):08x} {name}.jpg\n")
    pathlib.Path("checksums.txt").write_text("".join(lines))


def sweep(decode):
    kinds = list(SAMPLINGS.items()) + [("gray", None)]
    different = count = 0
    with tempfile.TemporaryDirectory() as directory:
        for width in range(1, 41):
            expected = {}
            for height, (name, sampling) in itertools.product(range(1, 41), kinds):
                options = ["-sample", sampling] if sampling else ["-grayscale"]
                jpeg = cjpeg(picture(width, height), "-quality", str((width * 7 + height * 13) % 100 + 1), *options)
                path = f"{directory}/{width}x{height}-{name}.jpg"
                pathlib.Path(path).write_bytes(jpeg)
                expected[path] = f"{zlib.crc32(Image.open(io.BytesIO(jpeg)).tobytes()):08x}"
            output = subprocess.run([decode, *expected], stdout=subprocess.PIPE, text=True, check=True).stdout
            for line in output.splitlines():
                path, _, checksum, *_ = line.split()
                count += 1
                if expected[path] != checksum:
                    different += 1
                    print("different:", line, expected[path])
                pathlib.Path(path).unlink()
    print(f"{different} of {count} differ from libjpeg-turbo {features.version('libjpeg_turbo')}")


def coefficients(program, path):
    """The size, the quantization table and the blocks of each component, and the number of warnings."""
    output = subprocess.run([program, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    *lines, warnings = output.stdout.splitlines()
    components = []
    for line in lines:
        if line.startswith("component"):
            _, _, columns, rows, table = line.split(" ", 4)
            components.append((int(columns), int(rows), table, []))
        else:
            components[-1][3].append(line)
    return components, int(warnings.split()[1])


def different_blocks(before, after, size, area):
    """The number of blocks that differ outside of an area. `size` is that of the picture."""
    (width, height), (left, top, right, bottom) = size, area
    count = 0
    for (columns, rows, table, blocks), (columns_after, rows_after, table_after, blocks_after) in zip(before, after):
        if (columns, rows, table) != (columns_after, rows_after, table_after):
            return -1
        # The pixels for each block. No sampling has more than 4 pixels for each sample.
        across = min(scale for scale in (8, 16, 24, 32) if -(-width // scale) <= columns)
        down = min(scale for scale in (8, 16, 24, 32) if -(-height // scale) <= rows)
        for at, (block, block_after) in enumerate(zip(blocks, blocks_after)):
            x, y = at % columns * across, at // columns * down
            is_near = x < right and x + across > left and y < bottom and y + down > top
            count += block != block_after and not is_near
    return count


def edits(edit):
    kinds = [*SAMPLINGS.items(), ("gray", None)]
    options = [[], ["-progressive"], ["-restart", "2"], ["-optimize"]]
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/coefficients"
        subprocess.run(["cc", "-O2", "-o", program, "coefficients.c", "-ljpeg"], check=True)
        # Kinds that are not written, or that Pillow does not read.
        others = ("arithmetic", "lines-after-scan-only", "no-end", "no-huffman-tables")
        files = [path for path in sorted(pathlib.Path().glob("*.jpg")) if not path.name.startswith(others)]
        pictures = [(path.name, path.read_bytes()) for path in files]
        for number, (width, height) in enumerate(itertools.product(range(1, 41, 3), repeat=2)):
            name, sampling = kinds[number % len(kinds)]
            flags = ["-sample", sampling] if sampling else ["-grayscale"]
            jpeg = cjpeg(picture(width, height), "-quality", str(number % 100 + 1), *flags, *options[number % 4])
            pictures.append((f"{width}x{height}-{name}", jpeg))
        wrong = 0
        for name, jpeg in pictures:
            paths = f"{directory}/in.jpg", f"{directory}/out.jpg"
            pathlib.Path(paths[0]).write_bytes(jpeg)
            with Image.open(io.BytesIO(jpeg)) as image:
                width, height = image.size
                before = image.tobytes()
            area = width // 4, height // 3, width // 4 + (width + 2) // 3, height // 3 + (height + 3) // 4
            sides = [area[0], area[1], area[2] - area[0], area[3] - area[1]]
            said = subprocess.run([edit, *paths, *map(str, sides)], stdout=subprocess.PIPE, text=True, check=True).stdout
            with Image.open(paths[1]) as image:
                after = image.tobytes()
            channels = len(before) // (width * height)
            pixels = range(0, len(before), channels)
            changed = sum(before[at : at + channels] != after[at : at + channels] for at in pixels)
            (was, warnings), (is_now, new_warnings) = (coefficients(program, path) for path in paths)
            blocks = different_blocks(was, is_now, (width, height), area)
            if blocks or changed != int(said) or new_warnings > warnings:
                wrong += 1
                print(f"{name}: {blocks} blocks outside of {area}; {changed} pixels changed, not {said.strip()}")
    print(f"{wrong} of {len(pictures)} are wrong with libjpeg-turbo {features.version('libjpeg_turbo')}")


if sys.argv[1:2] == ["--sweep"]:
    sweep(sys.argv[2])
elif sys.argv[1:2] == ["--edits"]:
    edits(sys.argv[2])
else:
    write()
