"""The OpenAPI document is true: no made-up call is answered with a server error or against its description, what the document allows is
taken, and what it forbids is refused."""
import os
import subprocess
import sys

import httpx
import pytest

from client import SCOPES, in_seconds
from pictures import png
from programs import ARTIFACTS

# Calls that would end the fuzzer's own session, or that never end.
LEFT_OUT = ["/api/auth/logout", "/api/auth/password", "/api/auth/sessions/{id}", "/api/keys/{id}", "/api/events"]


@pytest.fixture
def furnished(person, channels):
    """A workspace in which there is something to find."""
    session, client = person
    client.create(content="Something to list", platforms=[channels["mastodon"]["id"]], scheduledFor=in_seconds(365 * 86_400), tags=["fuzz"])
    client.upload(png(16, 16))
    return session, client


def fuzz(name: str, postiz, headers: dict[str, str], examples: int) -> None:
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", postiz.base + "/api/openapi.json", "--phases", "examples,coverage,fuzzing",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,"
        "valid_data_is_taken,invalid_data_is_refused",
        "--max-examples", str(examples), "--request-timeout", "20", "--no-color", "--continue-on-failure",
        # What must pass says the same twice; another seed, and more examples, look further.
        "--seed", os.environ.get("FUZZ_SEED", "2026"),
        # Every text that is described forbids U+0000; what lies in values of any kind, as in settings, is described in words alone.
        "--generation-allow-x00", "false", "--generation-database", "none", "--max-redirects", "0",
    ]
    for path in LEFT_OUT:
        command += ["--exclude-path", path]
    for key, value in headers.items():
        command += ["--header", f"{key}: {value}"]
    hooks = os.environ | {"SCHEMATHESIS_HOOKS": "fuzz_checks", "PYTHONPATH": os.path.dirname(__file__)}
    result = subprocess.run(command, capture_output=True, text=True, cwd=ARTIFACTS, timeout=1500, env=hooks)
    (ARTIFACTS / f"fuzz-{name}.log").write_text(result.stdout + result.stderr)
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]


def test_the_document_is_openapi_3_1(postiz):
    document = httpx.get(postiz.base + "/api/openapi.json").json()
    assert document["openapi"].startswith("3.1") and len(document["paths"]) > 30
    assert set(document["components"]["securitySchemes"])
    # Every scope a key can have is one that a call asks for or that opens them all.
    assert set(SCOPES) >= {"posts:read", "posts:write"}


def test_with_an_api_key(postiz, furnished):
    client = furnished[1]
    fuzz("key", postiz, {"Authorization": f"Bearer {client.key}"}, int(os.environ.get("FUZZ_EXAMPLES", "8")))
    assert client.get("/api/posts").status_code == 200, "the key ended during the run: most calls were refused"


def test_with_a_session(postiz, furnished):
    session = furnished[0]
    cookie = "; ".join(f"{item.name}={item.value}" for item in session.cookies.jar)
    fuzz("session", postiz, {"Cookie": cookie, "X-CSRF-Token": session.headers["X-CSRF-Token"]}, int(os.environ.get("FUZZ_EXAMPLES", "5")))
    assert session.get("/api/auth/me").status_code == 200, "the session ended during the run: most calls were refused"
    assert session.get("/api/auth/me").status_code == 200, "the session ended during the run: most calls were refused"


def test_with_nobody(postiz, furnished):
    fuzz("nobody", postiz, {}, int(os.environ.get("FUZZ_EXAMPLES", "2")))
