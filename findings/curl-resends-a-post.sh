#!/usr/bin/env bash
# curl sends a POST a second time, without `--retry`, when the server closes a reused connection after it has taken the
# whole request but before it answers. A paid call is then made twice. curl prints one answer and exits with 0. On a new
# connection the same loss is an error (52), and nothing is resent. So a script that asks for its balance first, or
# makes its second picture over the same connection, can pay twice where a script with one request cannot.
#
# Observed with curl 7.88.1 and with libcurl 8.23.0 (as bundled with pycurl 7.49.0): one upload of 100,000 bytes arrives
# whole twice. Python's http.client and requests 2.34.2 report the lost answer, and send nothing again.
#
# Needs curl and Python 3 with pip. The server is on loopback. Exits with 0 while the behavior is as described, and with
# 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pycurl==7.49.0 requests==2.34.2
export no_proxy=127.0.0.1
head -c 100000 /dev/zero > picture

cat > count.py << 'END'
import http.client, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import pycurl, requests

class Service(BaseHTTPRequestHandler):
    """Answers GET. Makes a picture for each POST that arrives whole, and closes without an answer after the first."""
    protocol_version = "HTTP/1.1"
    made = 0

    def do_GET(self):
        self.answer(b"a model\n")

    def do_POST(self):
        assert len(self.rfile.read(int(self.headers["Content-Length"]))) == len(PICTURE)
        Service.made += 1
        if Service.made == 1:
            self.close_connection = True
        else:
            self.answer(b"a picture\n")

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

PICTURE = open("picture", "rb").read()
server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
HOST = f"http://127.0.0.1:{server.server_port}"
POST = ["--data-binary", "@picture", f"{HOST}/edit"]

def run_curl(*arguments):
    done = subprocess.run(["curl", "--disable", "--silent", *arguments], stdout=subprocess.PIPE, text=True)
    return f"exit code {done.returncode}, printed {done.stdout.splitlines()}"

def run_libcurl():
    handle, answer = pycurl.Curl(), []
    handle.setopt(pycurl.WRITEFUNCTION, answer.append)
    handle.setopt(pycurl.URL, f"{HOST}/model")
    handle.perform()
    handle.setopt(pycurl.URL, f"{HOST}/edit")
    handle.setopt(pycurl.POSTFIELDS, PICTURE)
    handle.perform()
    return f"no error, read {b''.join(answer).decode().splitlines()}"

def run_http_client():
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("GET", "/model")
    connection.getresponse().read()
    connection.request("POST", "/edit", PICTURE)
    return f"no error, read {connection.getresponse().read()}"

def run_requests():
    with requests.Session() as session:
        session.get(f"{HOST}/model")
        return f"no error, read {session.post(f'{HOST}/edit', PICTURE).text}"

calls = {
    "curl, new connection": (lambda: run_curl(*POST), 1),
    "curl, GET before it": (lambda: run_curl(f"{HOST}/model", "--next", "--silent", *POST), 2),
    "libcurl, GET before it": (run_libcurl, 2),
    "http.client, GET before it": (run_http_client, 1),
    "requests, GET before it": (run_requests, 1),
}
print(pycurl.version, "requests/" + requests.__version__, "Python/" + sys.version.split()[0])
changed = False
for name, (call, described) in calls.items():
    Service.made = 0
    try:
        outcome = call()
    except Exception as error:
        outcome = f"raised {type(error).__name__}"
    print(f"{name:27} pictures made: {Service.made}; {outcome}")
    changed |= Service.made != described
sys.exit(changed)
END
curl --version | head -n 1
timeout 60 env/bin/python count.py || { echo "changed: see the counts above" >&2; exit 1; }
echo "as described: curl sends the POST twice over a reused connection"
