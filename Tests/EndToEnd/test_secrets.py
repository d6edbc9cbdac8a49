"""Secrets are set everywhere, the program is driven through what succeeds and what fails, and then nothing that it said holds one of them."""
import base64
import json
import pathlib
import re
import sqlite3
import subprocess
import tarfile
import urllib.parse

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from client import PASSWORD, Browserish, new_account
from programs import ROOT, until
from test_backup import command

KEY = "Tulip-encryption-key-61c2"
# Invented, and unlike anything else.
SECRETS = {
    "JWT_SECRET": "Acorn-signing-secret-70ab", "ENCRYPTION_KEY": KEY, "OLD_ENCRYPTION_KEYS": "Birch-older-key-93fd", "METRICS_TOKEN": "Cedar-metrics-token-18e4",
    "EMAIL_PASS": "Daisy mail/password+27bc", "S3_SECRET_ACCESS_KEY": "Elder-bucket/secret+54aa", "BACKUP_PASSPHRASE": "Fennel-backup-passphrase-39cd",
    "OPENAI_API_KEY": "Garlic-model-key-75da",
}
IN_ADDRESSES = {"REDIS_URL": "Ginger-redis-password-66b0", "DATABASE_URL": "Hazel-database-password-02d7"}
WRONG = {"password": "Iris wrong password 85", "key": "ptz_Juniperwrongkey9900aabbccddeeff", "token": "Kale-wrong-bearer-41fe"}
NOWHERE = "127.0.0.1:1"  # Nobody listens there.


def forms(secret: str) -> set[bytes]:
    """As it stands, as it stands in addresses, and within something that was made base64, wherever it begins there."""
    raw = secret.encode()
    found = {raw, urllib.parse.quote(secret, safe="").encode(), urllib.parse.quote_plus(secret).encode(), json.dumps(secret)[1:-1].encode()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            text = encode(bytes(shift) + raw)
            # The letters that depend on the secret alone.
            found.add(text[(shift * 8 + 5) // 6: (shift + len(raw)) * 8 // 6])
    return found


def stored_tokens(folder: pathlib.Path) -> dict[str, str]:
    """What the platforms gave, decrypted by other means than ours: HKDF-SHA256 and AES-256-GCM."""
    key = HKDF(SHA256(), 32, salt=None, info=b"postiz secret box").derive(KEY.encode())
    tokens = {}
    with sqlite3.connect(f"file:{folder / 'postiz.sqlite'}?mode=ro", uri=True) as database:
        for name, sealed in database.execute("SELECT id, credentials FROM integrations WHERE deleted_at IS NULL"):
            plain = AESGCM(key).decrypt(sealed[1:13], sealed[13:], f"integrations:{name}:credentials".encode())
            for field, value in json.loads(plain).items():
                if field in ("accessToken", "refreshToken", "tokenSecret") and value:
                    tokens[f"{name} {field}"] = value
    return tokens


class Heard:
    """Everything that the program said, by where it said it."""

    def __init__(self):
        self.texts: dict[str, bytes] = {}

    def add(self, where: str, text: str | bytes) -> None:
        self.texts[where] = self.texts.get(where, b"") + (text.encode() if isinstance(text, str) else text) + b"\n"

    def answer(self, answer: httpx.Response) -> httpx.Response:
        self.add(f"answer to {answer.request.method} {answer.request.url.path}", answer.content + str(dict(answer.headers)).encode())
        return answer

    def ran(self, done: subprocess.CompletedProcess) -> subprocess.CompletedProcess:
        self.add(f"output of {' '.join(done.args[1:])}", done.stdout + done.stderr)
        return done

    def leaks(self, secrets: dict[str, str]) -> list[str]:
        return [f"{name} in {where}" for name, secret in secrets.items() for where, text in self.texts.items() if any(form in text for form in forms(secret))]


def titles(process: int) -> bytes:
    """What every user of the machine sees of a process and its children: `ps -ef`."""
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return b"\n".join(pathlib.Path(f"/proc/{number}/cmdline").read_bytes() + pathlib.Path(f"/proc/{number}/comm").read_bytes() for number in [process, *children])


def test_nothing_that_is_said_holds_a_secret(start_postiz, simulator, tmp_path, account_name):
    account_name = f"quincetree{account_name}"  # Unlike what stands in an id by chance.
    heard = Heard()
    settings = SECRETS | {
        "LOG_LEVEL": "trace", "REDIS_URL": f"redis://postiz:{IN_ADDRESSES['REDIS_URL']}@{NOWHERE}/0", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": "1",
        "EMAIL_USER": "postiz", "EMAIL_FROM_ADDRESS": "postiz@example.com", "S3_ENDPOINT": f"http://{NOWHERE}", "S3_BUCKET": "media",
        "S3_ACCESS_KEY_ID": "postiz", "S3_REGION": "local", "BACKUP_FOLDER": str(tmp_path / "backups"), "LOOKUP_SETTLE_SECONDS": "1",
        "OPENAI_BASE_URL": f"http://{NOWHERE}/v1",
    }
    postiz = start_postiz(tmp_path / "data", **settings)
    session, client = new_account(postiz.base)
    secrets = SECRETS | IN_ADDRESSES | WRONG | {"password of a person": PASSWORD, "API key": client.key, "session": session.cookies.get(next(iter(session.cookies)))}
    secrets |= {name: value for name, value in postiz.environment.items() if re.search("SECRET|TOKEN|PASS", name) and len(value) >= 8}

    # Successes: channels of several kinds, posts that go out, a key for an assistant, a backup.
    channels = {platform: client.connect(platform, account_name)["id"] for platform in ("x", "mastodon", "linkedin")}
    secrets |= stored_tokens(postiz.folder)
    post = client.create(content=f"It goes out {account_name}", platforms=list(channels.values()), schedule="now")
    client.wait_settled(post["id"])
    made = session.post("/api/keys", json={"name": "Assistant", "scopes": ["posts:read"]}).json()
    secrets["key of an assistant"] = made["secret"]
    heard.answer(httpx.post(postiz.base + "/mcp", headers={"Authorization": f"Bearer {made['secret']}", "Accept": "application/json, text/event-stream"},
                            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))
    heard.ran(command(postiz, "backup"))

    # Failures of people.
    stranger = Browserish(postiz.base)
    heard.answer(stranger.post("/api/auth/login", json={"email": session.email, "password": WRONG["password"]}))
    heard.answer(stranger.post("/login", data={"email": session.email, "password": WRONG["password"]}))
    heard.answer(stranger.post("/api/auth/forgot", json={"email": session.email}))
    for path in ("/api/posts", "/api/integrations", "/mcp", f"/mcp/{WRONG['key']}", "/metrics", "/public/v1/posts"):
        for word in (WRONG["key"], WRONG["token"]):
            if not (WRONG["key"] in path):
                heard.answer(httpx.get(postiz.base + path, headers={"Authorization": f"Bearer {word}"}))
    httpx.get(postiz.base + f"/mcp/{WRONG['key']}")
    heard.answer(httpx.get(postiz.base + "/api/auth/x/callback", params={"oauth_token": WRONG["token"], "oauth_verifier": WRONG["token"]}))
    heard.answer(httpx.post(postiz.base + "/oauth/token", data={"grant_type": "refresh_token", "refresh_token": WRONG["token"], "client_id": "nobody"}))
    heard.answer(client.post("/api/posts", json={"content": PASSWORD, "nonsense": WRONG["password"]}))
    heard.answer(session.post("/api/mail/test", json={"to": "ada@example.com"}))
    heard.answer(client.post("/api/ai/suggestions", json={"task": "REWRITE", "text": "Hello"}))

    # Failures of platforms: refused, broken, and tokens that are revoked and cannot be renewed.
    for platform, status in (("mastodon", 500), ("x", 403), ("linkedin", 422)):
        echo = secrets[f"{channels[platform]} accessToken"]
        simulator.fault("status", platform=platform, account=account_name, status=status, body={"error": f"token {echo} is not liked"}, times=3)
    failing = [client.create(content=f"It fails {number} {account_name}", platforms=[channel], schedule="now")["id"]
               for number, channel in enumerate(channels.values())]
    until(lambda: all(client.post_by_id(item)["publications"][0].get("error") for item in failing), 60,
          lambda: [client.standing(item) for item in failing], pause=0.2)
    simulator.clear_faults()
    for platform in channels:
        simulator.control("POST", "/revoke", {"platform": platform, "account": account_name})
    revoked = client.create(content=f"After the end {account_name}", platforms=list(channels.values()), schedule="now")["id"]
    until(lambda: all(item.get("error") or item["status"] != "SCHEDULED" for item in client.post_by_id(revoked)["publications"]), 60, "it is refused", pause=0.2)
    secrets |= stored_tokens(postiz.folder)

    # What programs and people are shown.
    for path in ("/api/health", "/api/doctor", "/api/audit", "/api/integrations", "/api/posts?limit=200", f"/api/posts/{revoked}", f"/api/posts/{failing[0]}",
                 "/api/keys", "/api/openapi.json", "/api/mail", "/public/v1/posts"):
        heard.answer(client.get(path))
        heard.answer(session.get(path))
    for path in ("/settings", "/settings/log?show=all", "/settings/keys", "/settings/mcp", "/settings/platforms", "/settings/mail", "/settings/health", "/channels", f"/posts/{failing[0]}", "/today"):
        heard.answer(session.get(path))
    heard.answer(httpx.get(postiz.base + "/metrics", headers={"Authorization": f"Bearer {SECRETS['METRICS_TOKEN']}"}))
    heard.add("process titles", titles(postiz.process.pid))
    heard.ran(command(postiz, "config"))
    heard.ran(command(postiz, "config", "--json"))
    heard.ran(command(postiz, "doctor"))
    heard.ran(command(postiz, "doctor", "--json", "--mail", "ada@example.com"))
    heard.ran(command(postiz, "keys", "status"))
    heard.ran(command(postiz, "user", "list", "--json"))
    heard.ran(command(postiz, "key", "list", "--json"))
    heard.ran(command(postiz, "doctor", DATABASE_URL=f"postgresql://postiz:{IN_ADDRESSES['DATABASE_URL']}@{NOWHERE}/postiz"))
    heard.ran(command(postiz, "migrate", DATABASE_URL=f"postgresql://postiz:{IN_ADDRESSES['DATABASE_URL']}@{NOWHERE}/postiz"))
    heard.ran(command(postiz, "config", PORT="many"))
    heard.ran(command(postiz, "migrate", STORAGE_PROVIDER="s3", POSTIZ_DATA=str(tmp_path / "other")))

    bundle = tmp_path / "diagnosis.tar.gz"
    written = heard.ran(command(postiz, "diagnose", "--to", str(bundle), "--log", str(postiz.log)))
    assert written.returncode == 0, written.stderr
    with tarfile.open(bundle) as archive:
        names = [pathlib.Path(member.name).name for member in archive.getmembers()]
        for member in archive.getmembers():
            heard.add(f"bundle {member.name}", archive.extractfile(member).read())
    assert names == ["README.txt", "version.json", "settings.json", "doctor.json", "health.json", "metrics.txt", "database.json", "machine.json", "log.txt"]
    postiz.stop()
    heard.add("log", postiz.log.read_bytes())
    assert len(heard.texts["log"]) > 10_000 and b"debug" in heard.texts["log"]

    # The new key is shown once, in the answer that made it, which is not among these.
    assert heard.leaks(secrets) == []
    # The bundle names nobody either, and holds no text.
    private = {"person": session.email, "channel": account_name, "text": "It goes out", "workspace": session.email.split("@")[0], "folder": str(tmp_path)}
    of_bundle = Heard()
    of_bundle.texts = {where: text for where, text in heard.texts.items() if where.startswith("bundle")}
    assert of_bundle.leaks(private) == []


def test_the_search_would_find_what_it_looks_for():
    secret = "Tulip-encryption-key-61c2"
    for hidden in (secret, "x=" + urllib.parse.quote(secret + "+/ ", safe=""), *(base64.b64encode(b"ab"[:shift] + secret.encode() + b"more").decode() for shift in range(3))):
        heard = Heard()
        heard.add("here", f"before {hidden} after")
        assert heard.leaks({"key": secret}) == ["key in here"], hidden
    clean = Heard()
    clean.add("here", "nothing of the kind")
    assert clean.leaks({"key": secret}) == []


def test_the_list_of_the_bundle_is_documented():
    listed = re.search(r"\| file \| what \|\n(.*?)\n\n", (ROOT / "docs/operations.md").read_text(), re.S).group(1)
    contents = (ROOT / "Sources/Application/Diagnostics/DiagnosticBundle.swift").read_text()
    assert re.findall(r"\| `([\w.]+)` \|", listed) == re.findall(r'^        \("([\w.]+)", "', contents, re.M)
