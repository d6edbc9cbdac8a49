#!/usr/bin/env bash
# atproto 0.0.73 (PyPI).
#
# The lexicon of com.atproto.repo.uploadBlob takes input of any type, written `*/*`; the request's Content-Type is to say which one it is, and a
# blob in a public record names its type. This client takes bytes alone and sends the lexicon's `*/*` word for word: a range of types, which
# is none. A server that goes by the header keeps a file of no type; one has to go by the bytes. The type can only be told by a header of
# one's own, on the lower of the two methods.
#
# Seen (what the server was sent as Content-Type):
#   client.upload_blob                          */*
#   com.atproto.repo.upload_blob                */*
#   com.atproto.repo.upload_blob with a header  image/png
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check atproto==0.0.73

cat >"$folder/look.py" <<'PYTHON'
import http.server
import json
import sys
import threading

import atproto

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf50cf00000403"
    "0180168d5f6b0000000049454e44ae426082")
types = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        types.append(self.headers["Content-Type"])
        cid = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
        body = json.dumps({"blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": "image/png", "size": len(PIXEL)}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = atproto.Client(base_url=f"http://127.0.0.1:{server.server_port}/xrpc")
client.upload_blob(PIXEL)
client.com.atproto.repo.upload_blob(PIXEL)
client.com.atproto.repo.upload_blob(PIXEL, headers={"Content-Type": "image/png"})
names = ["client.upload_blob", "com.atproto.repo.upload_blob", "com.atproto.repo.upload_blob with a header"]
for name, given in zip(names, types):
    print(f"{name:43} {given}")
sys.exit(types != ["*/*", "*/*", "image/png"])
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
