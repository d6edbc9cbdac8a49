"""What the suites share: the simulator, the product, people and their channels."""
from __future__ import annotations

import itertools
import os
import re
import subprocess
import urllib.parse

import pytest

from browser import DESKTOP, REFUSED, chromium, sign_in_as, watch
from client import connect_all, new_account
from pictures import png
from programs import ARTIFACTS, Postiz, Simulator

# Two files run at once: the longest begin first, so that none of them is the last and runs alone.
LONGEST = ["test_fuzz.py", "test_writing.py", "test_story.py", "test_full_disk.py", "test_mail.py", "test_monitoring.py"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


_names = itertools.count(1)


def own_database(name: str) -> dict[str, str]:
    """Settings for a PostgreSQL database of its own where that is asked for (TEST_ON_POSTGRES), else none: SQLite."""
    if not os.environ.get("TEST_ON_POSTGRES"):
        return {}
    server = os.environ["TEST_DATABASE_URL"]
    database = f"e2e_{os.getpid()}_{next(_names)}"
    subprocess.run(["psql", "-q", server, "-c", f"CREATE DATABASE {database}"], check=True)
    return {"DATABASE_URL": urllib.parse.urlsplit(server)._replace(path="/" + database).geturl()}


@pytest.fixture(autouse=True)
def nothing_is_refused():
    """No page of any browser does what its security policy forbids: what would be refused has no business there."""
    REFUSED.clear()
    yield
    assert not REFUSED, REFUSED


@pytest.fixture(scope="session")
def simulator(worker_id):
    with Simulator(f"simulator-{worker_id}") as running:
        yield running.without_limits()


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of a file."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def postiz(simulator, tmp_path_factory, request):
    """One product for the tests of a file."""
    name = f"postiz-{request.module.__name__}"
    with Postiz(name, tmp_path_factory.mktemp("postiz"), simulator, LOOKUP_SETTLE_SECONDS="2", **own_database(name)) as running:
        yield running


@pytest.fixture
def start_postiz(simulator, tmp_path, request):
    """Starts products that one test has for itself; they are stopped after it."""
    started = []

    def start(folder=None, wait=True, **settings) -> Postiz:
        name = f"postiz-{re.sub(r'[^a-z0-9]+', '-', request.node.name.lower())}-{len(started)}"
        program = Postiz(name, folder or tmp_path / f"data{len(started)}", simulator, **settings)
        started.append(program)
        return program.start(wait=wait)

    yield start
    for program in started:
        program.stop()


@pytest.fixture
def account_name():
    """A name that no other test uses at the platforms."""
    return f"ada{next(_names)}"


@pytest.fixture
def person(postiz):
    """A session and a key of a new person in a new workspace."""
    session, client = new_account(postiz.base)
    yield session, client
    session.close()
    client.close()


@pytest.fixture
def page(browser, person, postiz):
    """A page of that person, whose scripts must make no error."""
    context = browser.new_context(viewport=DESKTOP)
    sign_in_as(context, person[0], postiz.base)
    page = context.new_page()
    errors = watch(page, postiz.base)
    yield page
    context.close()
    assert not errors, errors


@pytest.fixture
def client(person):
    return person[1]


@pytest.fixture
def channels(client, simulator, account_name):
    """A channel on every platform, by platform id."""
    return connect_all(client, simulator, account_name)


@pytest.fixture
def picture(client):
    return client.upload(png(), alt="Soft waves of colour")


@pytest.fixture(scope="session")
def artifacts():
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
