#!/usr/bin/env bash
# Two client libraries of picture services take a Pillow picture and encode it for the upload. Of a phone's photo they
# drop the EXIF orientation without turning the pixels, so the model gets, and answers with, a picture that lies on its
# side. fal-client and, for JPEG files, google-genai drop the ICC profile too, so a wide-gamut photo arrives pale; and
# what fal-client sends of a lossless PNG is a JPEG of quality 75. No warning is given. The file's own bytes, sent as
# they are, have none of these faults.
#
# Observed with fal-client 1.0.3 (`encode_image`), google-genai 3.6.1 (a picture among the contents) and Pillow 13.0.0.
#
# Needs Python 3.10 or later with pip. The server is on loopback. Exits with 0 while the behavior is as described, and
# with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check fal-client==1.0.3 google-genai==3.6.1 pillow==13.0.0
export no_proxy=127.0.0.1

cat > send.py << 'END'
import base64, importlib.metadata, io, json, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
import fal_client
from google import genai
from PIL import Image, ImageCms, ImageOps

class Service(BaseHTTPRequestHandler):
    """Keeps the picture of the last request."""
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        inline = [part["inlineData"] for part in body["contents"][0]["parts"] if "inlineData" in part]
        Service.got = base64.urlsafe_b64decode(inline[0]["data"])
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"candidates": []}')

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
google = genai.Client(api_key="k", http_options={"base_url": f"http://127.0.0.1:{server.server_port}"})

def google_genai(path):
    google.models.generate_content(model="m", contents=["a red hat", Image.open(path)])
    return Service.got

def fal(path):
    return base64.b64decode(fal_client.encode_image(Image.open(path)).split(",")[1])

# A portrait as a phone stores it: landscape pixels whose left edge, here white, is the top of the scene.
turned_right = 6
scene = Image.new("RGB", (120, 80), (30, 60, 160))
scene.paste((255, 255, 255), (0, 0, 30, 80))
exif = Image.Exif()
exif[0x0112] = turned_right
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
scene.save("photo.jpg", quality=95, exif=exif, icc_profile=profile)
scene.save("photo.png", exif=exif, icc_profile=profile)

def describe(content):
    """The format, the size and the side of the scene that is up when it is shown as the file says, and its profile."""
    picture = Image.open(io.BytesIO(content))
    shown = ImageOps.exif_transpose(picture).convert("RGB")
    upright = min(shown.getpixel((shown.width - 5, 5))) > 200
    profile = "a profile" if "icc_profile" in picture.info else "no profile"
    return f"{picture.format}, {shown.width}x{shown.height}, {'upright' if upright else 'sideways'}, {profile}"

for name in ("fal-client", "google-genai", "pillow"):
    print(name, importlib.metadata.version(name))
found = {}
for path in ("photo.jpg", "photo.png"):
    print(f"{path}: {describe(open(path, 'rb').read())}")
    for name, send in (("fal-client", fal), ("google-genai", google_genai)):
        found[path, name] = describe(send(path))
        print(f"    sent by {name}: {found[path, name]}")
sys.exit(found != {
    ("photo.jpg", "fal-client"): "JPEG, 120x80, sideways, no profile",
    ("photo.jpg", "google-genai"): "JPEG, 120x80, sideways, no profile",
    ("photo.png", "fal-client"): "JPEG, 120x80, sideways, no profile",
    ("photo.png", "google-genai"): "PNG, 120x80, sideways, a profile",
})
END
timeout 60 env/bin/python send.py || { echo "changed: see what is sent above" >&2; exit 1; }
echo "as described: the pictures are sent sideways"
