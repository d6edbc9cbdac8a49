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

# What is found by chance is a fault, even when it is not found again.
pytestmark = pytest.mark.flaky(reruns=0)

# Calls that would end the fuzzer's own session, or that never end.
LEFT_OUT = ["/api/auth/logout", "/api/auth/password", "/api/auth/sessions/{id}", "/api/keys/{id}", "/api/events"]
# Whole posts: the fuzzer searches minutes for every corner of each of these bodies. More made-up calls go to them instead.
WHOLE_POSTS = ["postPosts", "putPostsId", "patchPostsId", "postPostsValidate"]
# Another seed, and more examples, look further. What must pass says the same twice.
SEED, EXAMPLES = os.environ.get("FUZZ_SEED", "2026"), int(os.environ.get("FUZZ_EXAMPLES", "8"))


@pytest.fixture
def furnished(person, channels):
    """A workspace in which there is something to find."""
    session, client = person
    client.create(content="Something to list", platforms=[channels["mastodon"]["id"]], scheduledFor=in_seconds(365 * 86_400), tags=["fuzz"])
    client.upload(png(16, 16))
    return session, client


def operations(postiz, *schemes: str) -> list[str]:
    """The operations that take these ways of signing in and no other; without one, those for everybody."""
    document = httpx.get(postiz.base + "/api/openapi.json").json()
    found = [
        operation["operationId"] for path, methods in document["paths"].items() if path not in LEFT_OUT
        for operation in methods.values() if {name for way in operation["security"] for name in way} == set(schemes)
    ]
    assert found
    return found


def fuzz(name: str, postiz, headers: dict[str, str], phase: str, chosen: list[str], examples: int = EXAMPLES) -> None:
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", postiz.base + "/api/openapi.json", "--phases", phase,
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,"
        "valid_data_is_taken,invalid_data_is_refused",
        "--max-examples", str(examples), "--seed", SEED, "--request-timeout", "20", "--no-color", "--continue-on-failure",
        # Every text that is described forbids U+0000; what lies in values of any kind, as in settings, is described in words alone.
        "--generation-allow-x00", "false", "--generation-database", "none", "--max-redirects", "0",
    ]
    for operation in chosen:
        command += ["--include-operation-id", operation]
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


@pytest.mark.parametrize("phase", ["coverage", "fuzzing"])
def test_with_an_api_key(postiz, furnished, phase):
    client = furnished[1]
    key = {"Authorization": f"Bearer {client.key}"}
    open_to_keys = operations(postiz, "key", "session")
    fuzz(f"key-{phase}", postiz, key, phase, [name for name in open_to_keys if name not in WHOLE_POSTS])
    if phase == "fuzzing":
        fuzz("key-posts", postiz, key, phase, WHOLE_POSTS, 5 * EXAMPLES)
    assert client.get("/api/posts").status_code == 200, "the key ended during the run: most calls were refused"


@pytest.mark.parametrize("phase", ["coverage", "fuzzing"])
def test_with_a_session(postiz, furnished, phase):
    session = furnished[0]
    cookie = "; ".join(f"{item.name}={item.value}" for item in session.cookies.jar)
    fuzz(f"session-{phase}", postiz, {"Cookie": cookie, "X-CSRF-Token": session.headers["X-CSRF-Token"]}, phase, operations(postiz, "session"))
    assert session.get("/api/auth/me").status_code == 200, "the session ended during the run: most calls were refused"


@pytest.mark.parametrize("phase", ["coverage", "fuzzing"])
def test_with_nobody(postiz, furnished, phase):
    fuzz(f"nobody-{phase}", postiz, {}, phase, operations(postiz))
    if phase == "fuzzing":
        fuzz("nobody-refused", postiz, {}, phase, operations(postiz, "key", "session"), 1)
