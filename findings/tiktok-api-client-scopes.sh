#!/usr/bin/env bash
# tiktok-api-client 0.0.15 (PyPI).
#
# TikTok(…, scopes=[…]) cannot be made: the constructor assigns its own unset attribute instead of the argument. Only without `scopes` does it
# work, and then asks for video.publish alone, so the account's name cannot be read; AUTH_SCOPE has to be set from outside. The package does not
# declare that it needs `requests`.
#
# Seen:
#   without scopes: made; AUTH_SCOPE ['video.publish']
#   with scopes:    AttributeError 'TikTok' object has no attribute 'scopes'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tiktok-api-client==0.0.15 requests==2.32.5

cat >"$folder/look.py" <<'PYTHON'
import sys

from tiktok_api_client.main import TikTok

seen = []
for name, more in (("without scopes", {}), ("with scopes", {"scopes": ["user.info.basic", "video.publish"]})):
    try:
        client = TikTok("key", "secret", "https://example.com/callback", **more)
        seen.append("made")
        print(f"{name}: made; AUTH_SCOPE {client.AUTH_SCOPE}")
    except AttributeError as error:
        seen.append("AttributeError")
        print(f"{name}: AttributeError {error}")
sys.exit(seen != ["made", "AttributeError"])
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
