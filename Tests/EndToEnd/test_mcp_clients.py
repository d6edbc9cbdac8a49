"""The client libraries that differ most, each through its own objects: what reaches the product, and what their models would have read."""
from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess

import pytest

from client import connect_all, new_account
from programs import ROOT

CLIENTS = pathlib.Path(__file__).parent / "clients"
#: The library's module, and the environment it is installed in.
LIBRARIES = {
    "pydantic_ai_agent": ".venv-mcp2", "openai_agents": ".venv-mcp2", "smolagents_tools": ".venv-mcp1", "autogen_tools": ".venv-mcp1",
    "mcp_use_tools": ".venv-mcp1", "camel_tools": ".venv-mcp1",
}
#: None of them is to call home, nor to ask for a model's key.
QUIET = {
    "MCP_USE_ANONYMIZED_TELEMETRY": "false", "OPENAI_AGENTS_DISABLE_TRACING": "1", "OPENAI_API_KEY": "none", "DO_NOT_TRACK": "1",
    "LANGCHAIN_TRACING_V2": "false", "ANONYMIZED_TELEMETRY": "false",
}


@pytest.fixture(scope="module")
def had(postiz, simulator):
    """The conversation of a library with the product, had once."""
    session, client = new_account(postiz.base)
    connect_all(client, simulator, "clients")

    @functools.cache
    def converse(library: str) -> dict:
        python = ROOT / LIBRARIES[library] / "bin/python"
        command = [python, CLIENTS / f"{library}.py", postiz.base, client.key, f"Written through {library}"]
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | QUIET
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
        results = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        assert done.returncode == 0 and results, done.stderr[-4000:] + done.stdout[-2000:]
        told = json.loads(results[-1].removeprefix("RESULT "))
        return told | {"stored": client.post_by_id(told["post"]), "client": client}

    yield converse
    session.close()
    client.close()


@pytest.mark.parametrize("library", LIBRARIES)
class TestLibrary:
    def test_no_tool_and_no_argument_is_lost(self, had, library):
        tools = had(library)["tools"]
        assert len([name for name in tools if name in TOOLS]) == len(TOOLS)
        assert {"since", "until"} <= set(tools["list_posts"]["properties"]) and "channel_settings" in tools["create_post"]["properties"]

    def test_every_argument_given_empty_makes_a_draft_with_the_setting_that_was_chosen(self, had, library):
        told = had(library)
        stored = told["stored"]
        assert stored["status"] == "DRAFT" and [part["text"] for part in stored["parts"]] == [f"Written through {library}", "And more"]
        assert [values for values in stored["settings"].values()] == [{"visibility": "unlisted"}]
        assert "Saved as a draft" in told["read"]["created"]

    def test_a_change_with_everything_else_empty_changes_nothing_else(self, had, library):
        told = had(library)
        assert told["stored"]["tags"] == ["new"] and "Changed: tags." in told["read"]["changed"]
        assert len(told["stored"]["platforms"]) == 1

    def test_the_model_reads_what_is_wrong_and_what_to_do(self, had, library):
        refused = had(library)["read"]["refused"]
        # This one hands its model a group of errors instead of the tool's words: nothing that a server says gets through.
        if library == "autogen_tools":
            assert "TaskGroup" in refused
            return
        assert "Myspace" in refused and "list_channels shows every channel" in refused, refused
        assert "mastodon:" in refused

    def test_a_list_is_no_longer_than_a_model_should_read(self, had, library):
        read = had(library)["read"]["list"]
        assert "post(s)" in read or "No post fits" in read
        assert len(read) < 25_000


TOOLS = [
    "get_workspace", "list_channels", "get_channel_schema", "lookup_channel_options", "validate_post", "create_post", "list_posts", "get_post",
    "update_post", "reschedule_post", "publish_post", "cancel_post", "delete_post", "retry_post", "find_slots", "list_queue", "upload_media",
    "convert_media", "list_media", "get_analytics", "list_events",
]
