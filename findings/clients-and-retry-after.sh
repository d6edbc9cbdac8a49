#!/usr/bin/env bash
# tweepy 4.17.0, Mastodon.py 2.3.3, slack_sdk 3.48.0, urllib3 2.8.0 (all from PyPI).
#
# A server that limits calls answers 429 with Retry-After: seconds, or a date in one of the three forms of RFC 9110 section 5.6.7, and need not
# send a reset header of its own. Each client is set to wait by itself and is told to come back in three seconds. Only urllib3 does so for
# all four. tweepy looks at x-rate-limit-reset alone and without it repeats at once; Mastodon.py looks at X-RateLimit-Reset alone and then
# waits two seconds, whatever was told; slack_sdk reads seconds and raises ValueError for any date.
#
# Seen (seconds between the two calls, or what was raised):
#   urllib3      seconds 3      IMF-fixdate 3           RFC 850 3               asctime 3
#   tweepy       seconds 0      IMF-fixdate 0           RFC 850 0               asctime 0
#   Mastodon.py  seconds 2      IMF-fixdate 2           RFC 850 2               asctime 2
#   slack_sdk    seconds 3      IMF-fixdate ValueError  RFC 850 ValueError      asctime ValueError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tweepy==4.17.0 Mastodon.py==2.3.3 slack_sdk==3.48.0 urllib3==2.8.0

cat >"$folder/look.py" <<'PYTHON'
import http.server
import logging
import math
import sys
import threading
import time

import mastodon
import slack_sdk
import tweepy
import urllib3
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

logging.disable(logging.CRITICAL)
FORMS = {
    "seconds": lambda at: "3",
    "IMF-fixdate": lambda at: time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(at)),
    "RFC 850": lambda at: time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(at)),
    "asctime": lambda at: time.asctime(time.gmtime(at)),
}


class Limited(http.server.BaseHTTPRequestHandler):
    """Refuses the first call, takes the next."""

    form, calls = "seconds", []

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Limited.calls.append(time.time())
        refused = len(Limited.calls) == 1
        body = b"{}" if refused else b'{"ok": true, "data": {"id": "1", "name": "Ada", "username": "ada"}}'
        self.send_response(429 if refused else 200)
        if refused:
            # A whole second: dates know no fractions.
            self.send_header("Retry-After", FORMS[Limited.form](math.ceil(time.time()) + 3))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Limited)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"


def with_urllib3():
    urllib3.PoolManager(retries=urllib3.Retry(total=1, status_forcelist=[429])).request("GET", base)


def with_tweepy():
    client = tweepy.Client("token", wait_on_rate_limit=True)
    send = client.session.request
    client.session.request = lambda method, url, **rest: send(method, base + "/" + url.split("/", 3)[3], **rest)
    client.get_me(user_auth=False)


def with_mastodon():
    mastodon.Mastodon(
        access_token="token", api_base_url=base, ratelimit_method="wait", version_check_mode="none").account_verify_credentials()


def with_slack():
    client = slack_sdk.WebClient(token="xoxb-token", base_url=base + "/api/")
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    client.chat_postMessage(channel="C1", text="Hello")


def outcome(call, form):
    Limited.form, Limited.calls = form, []
    try:
        call()
    except ValueError as error:
        return type(error).__name__
    first, second = Limited.calls
    # The date was rounded up to a whole second: one second more is as told.
    waited = second - first
    return "3" if 2.9 <= waited < 4.5 else str(int(waited))


clients = {"urllib3": with_urllib3, "tweepy": with_tweepy, "Mastodon.py": with_mastodon, "slack_sdk": with_slack}
seen = {name: [outcome(call, form) for form in FORMS] for name, call in clients.items()}
for name, row in seen.items():
    print(f"{name:12}", *(f"{form} {word:11}" for form, word in zip(FORMS, row)))
expected = {"urllib3": ["3"] * 4, "tweepy": ["0"] * 4, "Mastodon.py": ["2"] * 4, "slack_sdk": ["3"] + ["ValueError"] * 3}
sys.exit(seen != expected)
PYTHON
"$folder/venv/bin/python" "$folder/look.py" || { echo "This has changed." >&2; exit 1; }
