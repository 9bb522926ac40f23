#!/usr/bin/env bash
# Client libraries of picture services send a paid POST again by themselves when its answer is lost, or is a gateway's
# 504. The server took the first request whole, so it has made, and may charge for, two pictures. The caller gets one,
# and no error, warning or idempotency key tells of the other.
#
# Observed with default settings (Python 3.11):
#   openai 3.57.0 images.edit           two pictures made, one delivered, after a lost answer and after a 504
#   together 3.1.1 images.generate      the same
#   fal-client 1.0.3 submit             two jobs after a lost answer; a 504 is an error
#   google-genai 3.6.1 with aiohttp     two pictures after a lost answer, if called through `client.aio`; a 504 is an
#                                       error. The blocking client, and `client.aio` without aiohttp, send once and fail
#   replicate 1.0.7 predictions.create  sends once and fails, both times
# With openai and together, `max_retries=0` turns this off.
#
# Needs Python 3.10 or later with pip, and openssl. All servers are on loopback. Exits with 0 while the behavior is as
# described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check openai==3.57.0 together==3.1.1 fal-client==1.0.3 \
    google-genai==3.6.1 aiohttp==3.14.5 httpx==0.28.1 replicate==1.0.7
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout key.pem -out cert.pem 2> openssl.log
export SSL_CERT_FILE=$scratch/cert.pem no_proxy=localhost

cat > count.py << 'END'
import asyncio, importlib.metadata, json, os, ssl, sys, threading, zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Service(BaseHTTPRequestHandler):
    """Makes a picture for each POST that arrives whole. The first answer to a client is lost, or is a gateway's 504."""
    made, keys, first_answer = 0, 0, "lost"

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            body = int(self.headers["Content-Length"])
            assert len(self.rfile.read(body)) == body
        Service.made += 1
        Service.keys += any("idempotency" in name.lower() for name in self.headers)
        if Service.made == 1 and Service.first_answer == "lost":
            return
        failed = Service.made == 1
        picture = {"index": 0, "type": "b64_json", "b64_json": "aGk="}
        part = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
        urls = {name: f"{HOST}/job" for name in ("status_url", "response_url", "cancel_url", "get", "cancel")}
        answer = {"error": {"message": "gateway timeout"}} if failed else {
            "created": 1, "data": [picture], "id": "1", "model": "m", "object": "list", "request_id": "1", **urls,
            "urls": urls, "version": "1", "status": "starting", "input": {},
            "candidates": [{"content": {"role": "model", "parts": [part]}}]}
        self.send_response(504 if failed else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("localhost", 0), Service)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
HOST = f"https://localhost:{server.server_port}"
os.environ["FAL_QUEUE_RUN_HOST"] = HOST.removeprefix("https://")

import fal_client, openai, replicate, together
from google import genai

def chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

PNG = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
       + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))

google = genai.Client(api_key="k", http_options={"base_url": HOST})
question = {"model": "m", "contents": ["a red hat", genai.types.Part.from_bytes(data=PNG, mime_type="image/png")]}
calls = {
    "openai": lambda: openai.OpenAI(api_key="k", base_url=f"{HOST}/v1").images.edit(
        model="gpt-image-1", image=("in.png", PNG), prompt="a red hat"),
    "together": lambda: together.Together(api_key="k", base_url=HOST).images.generate(model="m", prompt="a red hat"),
    "fal-client": lambda: fal_client.SyncClient(key="k").submit("m/edit", {"prompt": "a red hat"}),
    "google-genai, aio": lambda: asyncio.run(google.aio.models.generate_content(**question)),
    "google-genai": lambda: google.models.generate_content(**question),
    "replicate": lambda: replicate.Client(api_token="k", base_url=HOST).predictions.create(
        "m", {"prompt": "a red hat"}),
}
described = {"lost": {"openai", "together", "fal-client", "google-genai, aio"}, "504": {"openai", "together"}}
changed = False
for Service.first_answer, resent in described.items():
    for name, call in calls.items():
        Service.made = Service.keys = 0
        try:
            call()
            outcome = "delivered one"
        except Exception as error:
            outcome = f"raised {type(error).__name__}"
        version = importlib.metadata.version(name.split(",")[0])
        print(f"first answer {Service.first_answer:4}  {name:17} {version:7} made {Service.made}, {outcome}, "
              f"{Service.keys} idempotency keys")
        expected = (2, True, 0) if name in resent else (1, False, 0)
        changed |= (Service.made, outcome == "delivered one", Service.keys) != expected
sys.exit(changed)
END
timeout 300 env/bin/python count.py || { echo "changed: see the counts above" >&2; exit 1; }
echo "as described: one picture is delivered where two were made"
