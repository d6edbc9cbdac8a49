#!/usr/bin/env bash
# facebook-business 26.0.3 (PyPI).
#
# Page.create_photo(params={"source": path}) sends no file: `source` is not declared a file parameter of that edge, so the path goes out as a
# text and the server gets a file's name in place of a picture. The client's own api.call with `files` sends it as multipart.
#
# Seen (Content-Type, whether the picture's bytes are in the body):
#   create_photo             application/x-www-form-urlencoded  False
#   api.call with files      multipart/form-data                True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check facebook-business==26.0.3

cat >"$folder/look.py" <<'PYTHON'
import http.server
import pathlib
import sys
import threading

from facebook_business.adobjects.page import Page
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf50cf00000403"
    "0180168d5f6b0000000049454e44ae426082")
seen = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen.append((self.headers["Content-Type"].split(";")[0], PIXEL in body))
        answer = b'{"id": "1"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
FacebookSession.GRAPH = f"http://127.0.0.1:{server.server_port}"
api = FacebookAdsApi.init(access_token="token")
path = pathlib.Path(sys.argv[1], "picture.png")
path.write_bytes(PIXEL)
Page("1").create_photo(params={"source": str(path), "published": False})
with path.open("rb") as picture:
    api.call("POST", ("1", "photos"), {"published": False}, files={"source": picture})
for name, (kind, sent) in zip(["create_photo", "api.call with files"], seen):
    print(f"{name:24} {kind:34} {sent}")
sys.exit(seen != [("application/x-www-form-urlencoded", False), ("multipart/form-data", True)])
PYTHON
"$folder/venv/bin/python" "$folder/look.py" "$folder"
