#!/usr/bin/env bash
# libvips keeps the gain map of an Ultra HDR photo unchanged through a crop, flip or rotation, and saves it with the new
# picture by default. An HDR screen then stretches the map of the whole photo over the crop: there are bright patches
# where nothing is bright, and dull highlights. Nothing shows on an SDR screen, and there is no warning. The documents on
# Ultra HDR leave the map to the caller, but a program written for ordinary JPEGs has no reason to read them.
#
# Observed with libvips 8.18.7 (as bundled with pyvips-binary): the left half of a photo whose right half is four times
# as bright as its left half in HDR. The crop is of one brightness, but its right half is shown four times as bright.
#
# Needs Python 3.10 or later with pip. Exits with 0 while the behavior is as described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 pyvips==3.2.0 pyvips-binary==8.18.7

cat > crop.py << 'END'
import io, struct, sys
import pyvips
from PIL import Image

def xmp(attributes, content=""):
    """An APP1 segment with the attributes of the gain map's namespace."""
    spaces = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
              "Container": "http://ns.google.com/photos/1.0/container/",
              "Item": "http://ns.google.com/photos/1.0/container/item/"}
    declared = " ".join(f'xmlns:{name}="{url}"' for name, url in spaces.items())
    given = " ".join(f'hdrgm:{name}="{value}"' for name, value in attributes.items())
    packet = (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {declared}><rdf:Description rdf:about="" {given}>'
              f'{content}</rdf:Description></rdf:RDF></x:xmpmeta>')
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())

def segment(marker, payload):
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload

def jpeg(picture):
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=95)
    return written.getvalue()

def ultra_hdr(base, gain_map):
    """The base picture with an XMP packet and an index of both pictures (CIPA DC-007), and the gain map behind it."""
    base, gain_map = jpeg(base), jpeg(gain_map)
    range_of_stops = xmp({"Version": "1.0", "GainMapMin": 0, "GainMapMax": 2, "HDRCapacityMax": 2})
    gain_map = gain_map[:2] + range_of_stops + gain_map[2:]
    items = "".join(f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" {item}/></rdf:li>'
                    for item in ('Item:Semantic="Primary"', f'Item:Semantic="GainMap" Item:Length="{len(gain_map)}"'))
    directory = f"<Container:Directory><rdf:Seq>{items}</rdf:Seq></Container:Directory>"
    head = base[:2] + xmp({"Version": "1.0"}, directory)
    entries, end_of_index = 50, 50 + 2 * 16
    index_begins = len(head) + 4 + len(b"MPF\0")
    first = index_begins + end_of_index + len(base) - 2
    index = b"MM\0*" + struct.pack(">IH", 8, 3)
    index += struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    index += struct.pack(">HHII", 0xB001, 4, 1, 2)
    index += struct.pack(">HHIII", 0xB002, 7, 32, entries, 0)
    index += struct.pack(">IIIHH", 0x030000, first, 0, 0, 0)
    index += struct.pack(">IIIHH", 0, len(gain_map), first - index_begins, 0, 0)
    return head + segment(0xE2, b"MPF\0" + index) + base[2:] + gain_map

# Grey all over in SDR. In HDR, the right half is two stops, four times, as bright.
stops = Image.new("L", (64, 64), 0)
stops.paste(255, (32, 0, 64, 64))
photo = ultra_hdr(Image.new("RGB", (64, 64), (128, 128, 128)), stops)

def brightness(picture):
    """The brightness of the left and of the right half of a JPEG, in HDR."""
    linear = pyvips.Image.new_from_buffer(picture, "").uhdr2scRGB()
    y = linear.height // 2
    return tuple(round(linear(linear.width * part // 4, y)[1], 2) for part in (1, 3))

print("libvips", ".".join(str(pyvips.version(part)) for part in range(3)))
opened = pyvips.Image.new_from_buffer(photo, "")
low, high = brightness(photo)
found = {
    "left half": brightness(opened.crop(0, 0, 32, 64).jpegsave_buffer(Q=95)),
    "flipped": brightness(opened.fliphor().jpegsave_buffer(Q=95)),
    "rotated by 180 degrees": brightness(opened.rot180().jpegsave_buffer(Q=95)),
}
right = {"left half": (low, low), "flipped": (high, low), "rotated by 180 degrees": (high, low)}
print(f"the photo: left {low}, right {high}")
for name, (left_found, right_found) in found.items():
    print(f"{name}: left {left_found}, right {right_found}; right would be {right[name]}")
sys.exit(any(value != (low, high) for value in found.values()) or high < 3 * low)
END
env/bin/python crop.py || { echo "changed: see the brightness above" >&2; exit 1; }
echo "as described: the gain map does not follow the picture"
