#!/usr/bin/env bash
# A server that uses rmcp's standard input and output never answers a request of more than 16 MiB, for example a tool
# call that has a picture of 12.5 MB as base64. The line is dropped with a log message; the client gets neither a result
# nor a JSON-RPC error, and waits until its own time limit. Later requests are answered.
#
# Observed with rmcp 3.11.0: of a call with an argument of 17,000,000 characters and a ping after it, only the ping is
# answered. The same call with 1,000,000 characters is answered.
#
# Needs cargo and python3. Exits with 0 while the behavior is as described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

mkdir src
cat > Cargo.toml << 'END'
[package]
name = "demo"
version = "0.0.0"
edition = "2024"

[dependencies]
rmcp = { version = "=3.11.0", default-features = false, features = ["server", "transport-io"] }
tokio = { version = "1", features = ["io-std", "rt"] }
END
cat > src/main.rs << 'END'
use rmcp::{ServerHandler, ServiceExt};

/// A server without tools: it answers each call of one with an error.
struct Demo;

impl ServerHandler for Demo {}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        Demo.serve(rmcp::transport::stdio()).await?.waiting().await?;
        Ok(())
    })
}
END
cargo build --quiet

cat > client.py << 'END'
import json, subprocess, sys

def answered(length):
    """The ids of the requests that are answered, if the argument of the call has this many characters."""
    server = subprocess.Popen(["target/debug/demo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def send(message):
        server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        server.stdin.flush()
    client = {"name": "demo", "version": "1"}
    send({"id": 1, "method": "initialize",
          "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}})
    ids = [json.loads(server.stdout.readline())["id"]]
    send({"method": "notifications/initialized"})
    send({"id": 2, "method": "tools/call", "params": {"name": "edit", "arguments": {"picture": "A" * length}}})
    send({"id": 3, "method": "ping"})
    while 3 not in ids:
        ids.append(json.loads(server.stdout.readline())["id"])
    # The end of its input ends the server, after the answers to all calls.
    server.stdin.close()
    ids += [json.loads(line)["id"] for line in server.stdout]
    server.wait()
    return sorted(ids)

found = {length: answered(length) for length in (1_000_000, 17_000_000)}
for length, ids in found.items():
    print(f"argument of {length} characters: answers to the requests {ids}")
sys.exit(found != {1_000_000: [1, 2, 3], 17_000_000: [1, 3]})
END
grep -A 1 '^name = "rmcp"' Cargo.lock
timeout 120 python3 client.py || { echo "changed: see the answers above" >&2; exit 1; }
echo "as described: the long request is not answered"
