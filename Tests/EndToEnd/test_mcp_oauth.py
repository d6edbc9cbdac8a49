"""Assistants that sign in: the official client walks the whole way, and what the person allowed is what it can do."""
from __future__ import annotations

import json
import re

import httpx
import pytest
from mcp import Client as Official
from mcp.client.auth import OAuthFlowError
from mcp.shared.auth import OAuthClientInformationFull

from assistants import CALLBACK, Assistant, Browser, Description, Memory, allowed
from client import Browserish, assert_error, new_account, new_key
from mcp_wire import STATELESS, Events, Modern, Wire, mirrored, notification, request, stateless

pytestmark = pytest.mark.anyio
ERAS = ["legacy", STATELESS]
OFFERED = ["posts:read", "posts:write", "analytics:read", "media:write"]
READING = {"get_workspace", "list_channels", "get_channel_schema", "lookup_channel_options", "validate_post", "list_posts", "get_post",
           "find_slots", "list_queue", "list_media", "get_analytics", "list_events"}


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def assistant(postiz, person):
    """Makes an assistant that the person allows what `extent` says."""
    return lambda extent="full", **options: Assistant(postiz.base, Browser(person[0], extent), **options)


async def called(client: Official, tool: str, **arguments) -> dict:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    return result.structured_content


async def tools(client: Official) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


def connected(session: Browserish) -> list[dict]:
    return session.get("/api/assistants").json()["items"]


async def signed_in(assistant: Assistant) -> str:
    """An access token, got by the official client."""
    async with assistant.talking(STATELESS) as client:
        await client.list_tools()
    return assistant.token


# The whole way

@pytest.mark.parametrize("era", ERAS)
async def test_the_official_client_finds_its_way_from_a_refusal_to_a_call(postiz, person, assistant, era):
    session, key = person
    program = assistant()
    async with program.talking(era) as client:
        assert client.protocol_version == ("2025-11-25" if era == "legacy" else STATELESS)
        assert {"create_post", "publish_post", "upload_media", "get_analytics"} | READING <= await tools(client)
        made = await called(client, "create_post", text="Written by an assistant")
    assert [path for _, path, _ in program.sent][:6] == [
        "/mcp", "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server/oauth", "/oauth/register", "/oauth/token",
        "/mcp"]
    (asked,) = program.browser.asked
    assert asked["scope"].split() == OFFERED and asked["resource"] == postiz.base + "/mcp"
    post = key.post_by_id(made["post"]["id"])
    assert (post["content"], post["origin"], post["status"]) == ("Written by an assistant", "MCP", "DRAFT")
    (shown,) = connected(session)
    assert (shown["name"], shown["host"], shown["draftOnly"], shown["scopes"]) == ("Example Assistant", "localhost", False, sorted(OFFERED))
    # What it got lasts: another conversation asks nobody.
    async with program.talking(era) as client:
        assert await called(client, "get_workspace")
    assert len(program.browser.asked) == 1 and program.grants() == ["authorization_code"]


async def test_what_it_did_is_told_by_its_name_and_its_person_s_and_can_be_taken_back(person, assistant):
    session, key = person
    async with assistant("drafts").talking(STATELESS) as client:
        made = await called(client, "create_post", text="Not what was wanted")
    (entry,) = session.get("/api/audit?action=mcp.call").json()["items"]
    assert entry["who"] == "Example Assistant for Person" and entry["subject"] == f"grant:{connected(session)[0]['id']}"
    undone = session.post(f"/api/audit/{entry['id']}/undo")
    assert undone.is_success, undone.text
    assert key.get(f"/api/posts/{made['post']['id']}").status_code == 404


async def test_an_expired_token_is_renewed_without_asking_anybody(postiz, person, assistant):
    program = assistant()
    first = await signed_in(program)
    refresh = program.memory.tokens.refresh_token
    program.provider.context.token_expiry_time = 1  # As if the hour were over.
    async with program.talking("legacy") as client:
        assert await called(client, "get_workspace")
    assert program.grants() == ["authorization_code", "refresh_token"] and len(program.browser.asked) == 1
    assert program.token != first and program.memory.tokens.refresh_token != refresh, "refresh tokens are used once"
    # An access token given back is over at once; its refresh token is not.
    form = {"client_id": program.memory.client.client_id}
    assert httpx.post(postiz.base + "/oauth/revoke", data=form | {"token": program.token}).status_code == 200
    with Modern(postiz.base + "/mcp", program.token) as wire:
        refused = wire.answer("tools/list")
        assert refused.status_code == 401 and 'error="invalid_token"' in refused.headers["www-authenticate"]
    renewed = httpx.post(postiz.base + "/oauth/token", data=form | {
        "grant_type": "refresh_token", "refresh_token": program.memory.tokens.refresh_token, "resource": postiz.base + "/mcp"})
    assert renewed.status_code == 200 and renewed.headers["cache-control"] == "no-store"
    with Modern(postiz.base + "/mcp", renewed.json()["access_token"]) as wire:
        assert wire.call("tools/list")["tools"]
    stolen = httpx.post(postiz.base + "/oauth/token", data=form | {"client_id": "ptc_other", "grant_type": "refresh_token", "refresh_token": refresh})
    assert (stolen.status_code, stolen.json()["error"]) == (401, "invalid_client")


async def test_an_assistant_that_nobody_wants_gets_nothing(postiz, person):
    program = Assistant(postiz.base, Browser(person[0], decision="deny"))
    with pytest.raises(BaseException) as refused:
        async with program.talking(STATELESS) as client:
            await client.list_tools()
    assert refused.group_contains(OAuthFlowError) if isinstance(refused.value, BaseExceptionGroup) else isinstance(refused.value, OAuthFlowError)
    assert connected(person[0]) == [] and program.memory.tokens is None


# What was allowed bounds what it can do

@pytest.mark.parametrize("era", ERAS)
async def test_reading_only_means_that_no_writing_tool_exists(assistant, era):
    program = assistant("read")
    async with program.talking(era) as client:
        assert await tools(client) == READING
        assert (await called(client, "list_posts"))["posts"] == []
    assert set(program.memory.tokens.scope.split()) == {"posts:read", "analytics:read"}


@pytest.mark.parametrize("era", ERAS)
async def test_drafting_only_means_that_a_person_decides_what_goes_out(person, simulator, account_name, assistant, era):
    session, key = person
    channel = key.connect("mastodon", account_name)
    async with assistant("drafts").talking(era) as client:
        offered = await tools(client)
        assert "create_post" in offered and not {"publish_post", "retry_post"} & offered
        made = await called(client, "create_post", text="For your eyes first", channels=[channel["id"]], action="publish_now")
        refused = await client.call_tool("delete_post", {"posts": [made["post"]["id"]], "also_remove_from_platform": True})
    assert "This assistant may not" in json.dumps(refused.structured_content), refused
    post = made["post"]["id"]
    assert key.post_by_id(post)["status"] == "IN_REVIEW"
    assert simulator.publications("mastodon", account_name) == []
    key.call("POST", f"/api/posts/{post}/approve")
    assert key.wait_settled(post)["status"] == "PUBLISHED"
    assert [item["text"] for item in simulator.publications("mastodon", account_name)] == ["For your eyes first"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_beyond_what_was_allowed_asks_the_person_for_more(person, assistant, era):
    session, key = person
    program = assistant("read")
    async with program.talking(era) as client:
        assert await called(client, "get_workspace")
        program.browser.extent = "full"
        made = await called(client, "create_post", text="Allowed after all")
        assert "create_post" in await tools(client)
    assert [set(asked["scope"].split()) for asked in program.browser.asked] == [set(OFFERED), set(OFFERED)]
    assert key.post_by_id(made["post"]["id"])["content"] == "Allowed after all"
    (shown,) = connected(session)
    assert shown["scopes"] == sorted(OFFERED), "what it was allowed first is replaced"


async def test_the_refusal_names_every_scope_to_ask_for(postiz, person, assistant):
    token = await signed_in(assistant("read"))
    with Wire(postiz.base + "/mcp", token) as legacy, Modern(postiz.base + "/mcp", token) as modern:
        legacy.open()
        call = {"name": "create_post", "arguments": {"text": "No"}}
        for answer in (legacy.post_message(request("tools/call", call)), modern.answer("tools/call", call)):
            assert_error(answer, 403, "FORBIDDEN_SCOPE", "posts:write")
            challenge = dict(re.findall(r'(\w+)="([^"]*)"', answer.headers["www-authenticate"]))
            assert challenge == {
                "error": "insufficient_scope", "scope": "posts:read posts:write analytics:read",
                "resource_metadata": postiz.base + "/.well-known/oauth-protected-resource/mcp"}
        # A key cannot ask for more: it is told so where the model reads it.
        with new_key(person[0], ["posts:read"]) as key, Modern(postiz.base + "/mcp", key.key) as narrow:
            result = narrow.call("tools/call", call)
            assert result["isError"] and result["structuredContent"]["code"] == "FORBIDDEN_SCOPE"


def test_a_scope_that_only_the_arguments_need_is_asked_for_too(postiz, person):
    token = allowed(postiz.base, Browser(person[0]), "posts:read posts:write")
    call = {"name": "create_post", "arguments": {"text": "With a picture", "media": ["https://pictures.example.com/a.png"]}}
    with Modern(postiz.base + "/mcp", token) as modern:
        answer = modern.answer("tools/call", call)
        assert_error(answer, 403, "FORBIDDEN_SCOPE", "media:write")
        assert 'scope="posts:read posts:write media:write"' in answer.headers["www-authenticate"]
        assert modern.call("tools/call", {"name": "list_posts", "arguments": {}})["structuredContent"]["posts"] == []


# The end

async def test_what_a_person_ends_has_ended(postiz, person, assistant):
    session, _ = person
    token = await signed_in(assistant())
    listen = stateless("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    with Wire(postiz.base + "/mcp", token) as legacy, Modern(postiz.base + "/mcp", token) as modern:
        legacy.open()
        with legacy.listen() as feed, modern.streaming(listen, **mirrored(listen)) as response:
            subscription = Events(response)
            assert subscription.message()["method"] == "notifications/subscriptions/acknowledged"
            (grant,) = connected(session)
            assert session.delete(f"/api/assistants/{grant['id']}").status_code == 204
            with Wire(postiz.base + "/mcp", token) as other:
                other.session = legacy.session
                for answer in (other.post_message(request("ping")), other.post_message(notification("notifications/cancelled", {"requestId": 1})),
                               other.get(other.url, headers=other.session), other.delete(other.url, headers=other.session)):
                    assert_error(answer, 401, "UNAUTHENTICATED")
                    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token", ')
            # Open streams end with the next sign of life, at the latest.
            assert list(feed.messages()) == []
            assert [message.get("method") for message, _ in subscription.messages() if "method" in message] == []
    assert connected(session) == []


# Nothing but what it is for

async def test_its_token_opens_nothing_else(postiz, assistant):
    token = await signed_in(assistant())
    headers = {"Authorization": f"Bearer {token}"}
    for method, path in (("GET", "/api/posts"), ("POST", "/api/posts"), ("GET", "/api/keys"), ("GET", "/api/assistants"), ("GET", "/api/events")):
        assert_error(httpx.request(method, postiz.base + path, headers=headers, json={} if method == "POST" else None), 403, "FORBIDDEN", "/mcp")
    assert_error(httpx.post(f"{postiz.base}/api/mcp/{token}", json=request("ping")), 401, "UNAUTHENTICATED")


def test_addresses_with_a_key_in_them_know_of_no_sign_in(postiz, person):
    key = person[1].key
    for kind in ("oauth-protected-resource", "oauth-authorization-server", "openid-configuration"):
        for suffix in ("", f"/api/mcp/{key}", f"/api/mcp/{key}/sse"):
            answer = httpx.get(f"{postiz.base}/.well-known/{kind}{suffix}", headers={"Accept": "text/html"})
            # A widely used client asks for the server's own metadata at the root. It names no resource, so it leads nobody to sign in.
            if (kind, suffix) == ("oauth-authorization-server", ""):
                assert answer.json()["issuer"] == postiz.base + "/oauth"
            else:
                assert_error(answer, 404, "NOT_FOUND")
    for path in ("/authorize", "/token", f"/api/mcp/{key}/.well-known/openid-configuration"):
        assert httpx.get(postiz.base + path).status_code == 404, path
    wrong = httpx.post(f"{postiz.base}/api/mcp/ptz_wrong", json=request("ping"))
    assert wrong.status_code == 401 and "resource_metadata" not in wrong.headers.get("www-authenticate", "")
    with Modern(f"{postiz.base}/api/mcp/{key}") as modern:
        assert modern.call("tools/list")["tools"]


# Assistants that describe themselves

async def test_a_description_is_read_where_the_guard_permits_it(start_postiz):
    product = start_postiz(ALLOWED_PRIVATE_HOSTS="127.0.0.1")
    session, _ = new_account(product.base)
    with Description() as described:
        known = OAuthClientInformationFull(client_id=described.url, redirect_uris=[CALLBACK], token_endpoint_auth_method="none")
        program = Assistant(product.base, Browser(session, "read"), Memory(known))
        async with program.talking(STATELESS) as client:
            assert await tools(client) == READING
        assert "/oauth/register" not in [path for _, path, _ in program.sent]
        assert [item["name"] for item in connected(session)] == ["Described Assistant"]


def test_a_description_on_a_private_network_is_not_read(postiz, person):
    with Description() as described:
        query = {"response_type": "code", "client_id": described.url.replace("http:", "https:"), "redirect_uri": CALLBACK, "code_challenge": "a" * 43,
                 "code_challenge_method": "S256"}
        page = Browser(person[0]).http.get(postiz.base + "/oauth/authorize", params=query)
        assert page.status_code == 422 and "location" not in page.headers
        assert "ALLOWED_PRIVATE_HOSTS" in page.text
