"""The scenarios of the official conformance suite, for 2025-11-25 and 2026-07-28, against the fixtures that it expects."""
from __future__ import annotations

import base64
import concurrent.futures
import json

import httpx
import pytest

from client import new_account
from mcp_wire import META, STATELESS, Events, Modern, Wire, checked, mirrored, notification, request, stateless
from programs import Postiz, until

ERAS = ["2025-11-25", STATELESS]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Postiz("postiz-mcp-fixtures", tmp_path_factory.mktemp("postiz"), MCP_FIXTURES="true") as running:
        yield running


@pytest.fixture(scope="module")
def url(server):
    session, client = new_account(server.base)
    yield f"{server.base}/api/mcp/{client.key}"
    session.close()
    client.close()


@pytest.fixture
def wire(url):
    """A client of 2025-11-25 that offers everything."""
    with Wire(url) as wire:
        wire.open(capabilities={"sampling": {}, "elicitation": {}, "roots": {}})
        yield wire


@pytest.fixture
def modern(url):
    with Modern(url) as modern:
        yield modern


@pytest.fixture(params=ERAS)
def ask(request, url):
    """Asks in one era and in the other; gives the result and what was said before it."""
    if request.param == STATELESS:
        with Modern(url) as modern:
            def said(method, params=None, **meta):
                answer, before = modern.said(method, params, **meta)
                assert answer["result"]["resultType"] == "complete", answer
                return answer["result"], before
            yield said
    else:
        with Wire(url) as wire:
            wire.open()

            def said(method, params=None, **meta):
                params = (params or {}) | ({"_meta": meta} if meta else {})
                from_id = {"jsonrpc": "2.0", "id": "r", "method": method, "params": params}
                answer, before = wire.exchange(from_id)
                assert "resultType" not in answer["result"], answer
                return answer["result"], before
            yield said


def tool(name: str, **arguments: object) -> tuple[str, dict]:
    return "tools/call", {"name": name, "arguments": arguments}


# Lists, contents, prompts, completion: the same in both eras

def test_tools_list(ask):
    listed, _ = ask("tools/list")
    tools = {item["name"]: item for item in listed["tools"]}
    assert {"test_simple_text", "test_sampling", "test_reconnection", "json_schema_2020_12_tool", "test_missing_capability"} <= set(tools)
    assert all(item["description"] and item["inputSchema"]["type"] == "object" for item in tools.values())
    schema = tools["json_schema_2020_12_tool"]["inputSchema"]
    assert schema["$schema"].endswith("2020-12/schema") and "address" in schema["$defs"] and schema["additionalProperties"] is False
    assert schema["properties"]["address"] == {"$ref": "#/$defs/address"}


def test_tools_call_simple_text(ask):
    result, _ = ask(*tool("test_simple_text"))
    assert result["content"] == [{"type": "text", "text": "This is a simple text response for testing."}]
    assert not result.get("isError")


def test_tools_call_image_and_audio(ask):
    (image,), (audio,) = ask(*tool("test_image_content"))[0]["content"], ask(*tool("test_audio_content"))[0]["content"]
    assert (image["type"], image["mimeType"]) == ("image", "image/png") and base64.b64decode(image["data"]).startswith(b"\x89PNG")
    assert (audio["type"], audio["mimeType"]) == ("audio", "audio/wav") and base64.b64decode(audio["data"]).startswith(b"RIFF")


def test_tools_call_embedded_resource_and_mixed_content(ask):
    (block,) = ask(*tool("test_embedded_resource"))[0]["content"]
    assert block["type"] == "resource" and block["resource"]["uri"] == "test://embedded-resource" and block["resource"]["text"]
    kinds = [item["type"] for item in ask(*tool("test_multiple_content_types"))[0]["content"]]
    assert kinds == ["text", "image", "resource"]


def test_tools_call_error(ask):
    result, _ = ask(*tool("test_error_handling"))
    assert result["isError"] is True and "intentionally" in result["content"][0]["text"]


def test_tools_call_with_progress(ask):
    result, before = ask(*tool("test_tool_with_progress"), progressToken="p-1")
    told = [message["params"] for message in before if message["method"] == "notifications/progress"]
    assert [item["progress"] for item in told] == [0, 50, 100]
    assert all(item["progressToken"] == "p-1" and item["total"] == 100 for item in told)
    assert result["content"]
    assert ask(*tool("test_tool_with_progress"))[1] == [], "nobody asked for progress"


def test_resources(ask):
    listed, _ = ask("resources/list")
    assert {"test://static-text", "test://static-binary", "test://watched-resource"} == {item["uri"] for item in listed["resources"]}
    assert all(item["name"] and item["description"] and item["mimeType"] for item in listed["resources"])
    (text,) = ask("resources/read", {"uri": "test://static-text"})[0]["contents"]
    assert text == {"uri": "test://static-text", "mimeType": "text/plain", "text": "This is the content of the static text resource."}
    (binary,) = ask("resources/read", {"uri": "test://static-binary"})[0]["contents"]
    assert base64.b64decode(binary["blob"]).startswith(b"\x89PNG") and "text" not in binary


def test_resource_templates(ask):
    (template,) = ask("resources/templates/list")[0]["resourceTemplates"]
    assert template["uriTemplate"] == "test://template/{id}/data"
    (contents,) = ask("resources/read", {"uri": "test://template/123/data"})[0]["contents"]
    assert contents["uri"] == "test://template/123/data" and json.loads(contents["text"])["id"] == "123"


def test_prompts(ask):
    listed, _ = ask("prompts/list")
    prompts = {item["name"]: item for item in listed["prompts"]}
    assert [item["name"] for item in prompts["test_prompt_with_arguments"]["arguments"]] == ["arg1", "arg2"]
    simple, _ = ask("prompts/get", {"name": "test_simple_prompt"})
    assert simple["messages"] == [{"role": "user", "content": {"type": "text", "text": "This is a simple prompt for testing."}}]
    words, _ = ask("prompts/get", {"name": "test_prompt_with_arguments", "arguments": {"arg1": "hello", "arg2": "world"}})
    assert words["messages"][0]["content"]["text"] == "Prompt with arguments: arg1='hello', arg2='world'"
    resource, _ = ask("prompts/get", {"name": "test_prompt_with_embedded_resource", "arguments": {"resourceUri": "test://example"}})
    assert [item["content"]["type"] for item in resource["messages"]] == ["resource", "text"]
    assert resource["messages"][0]["content"]["resource"]["uri"] == "test://example"
    image, _ = ask("prompts/get", {"name": "test_prompt_with_image"})
    assert [item["content"]["type"] for item in image["messages"]] == ["image", "text"]


def test_completion_complete(ask):
    reference = {"type": "ref/prompt", "name": "test_prompt_with_arguments"}
    result, _ = ask("completion/complete", {"ref": reference, "argument": {"name": "arg1", "value": "par"}})
    assert result["completion"] == {"values": ["paris", "park", "party"], "total": 3, "hasMore": False}


@pytest.mark.parametrize("era", ERAS)
def test_server_sse_multiple_streams(url, era):
    """Several calls at once, each with its answer on its own stream."""
    with (Modern(url) if era == STATELESS else Wire(url)) as wire:
        if era != STATELESS:
            wire.open()

        def one(number: int) -> None:
            body = {"name": "test_tool_with_progress", "arguments": {}}
            if era == STATELESS:
                message = stateless("tools/call", body, id=f"s-{number}", progressToken=number)
                answer, before = wire.exchange(message, **mirrored(message))
            else:
                answer, before = wire.exchange(request("tools/call", body | {"_meta": {"progressToken": number}}, id=f"s-{number}"))
            assert answer["id"] == f"s-{number}" and answer["result"]["content"]
            assert {message["params"]["progressToken"] for message in before} == {number}

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(8)))


@pytest.mark.parametrize("headers, allowed", [
    ({"Host": "evil.example.com", "Origin": "http://evil.example.com"}, False), ({"Host": "evil.example.com:80"}, False),
    ({"Origin": "http://localhost.evil.example.com"}, False), ({"Origin": "null"}, False), ({}, True), ({"Origin": "own"}, True),
])
def test_dns_rebinding_protection(url, server, headers, allowed):
    headers = {name: server.base if value == "own" else value for name, value in headers.items()}
    with Wire(url) as wire:
        body = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"}}
        status = wire.post_message(request("initialize", body), **headers).status_code
        assert 200 <= status < 300 if allowed else 400 <= status < 500


# 2025-11-25

def test_server_initialize(url):
    with Wire(url) as wire:
        result = wire.open()
        assert result["protocolVersion"] == "2025-11-25" and result["serverInfo"]["name"] and result["serverInfo"]["version"]
        assert {"tools", "resources", "prompts", "completions", "logging"} <= set(result["capabilities"])
        assert all(isinstance(value, dict) for value in result["capabilities"].values())


def test_ping_and_logging_set_level(wire):
    assert wire.ask("ping")["result"] == {}
    for level in ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"):
        assert wire.ask("logging/setLevel", {"level": level})["result"] == {}
    assert wire.ask("logging/setLevel", {"level": "loud"})["error"]["code"] == -32602


def test_tools_call_with_logging(wire):
    wire.ask("logging/setLevel", {"level": "info"})
    _, before = wire.exchange(request(*tool("test_tool_with_logging")))
    logged = [message["params"] for message in before if message["method"] == "notifications/message"]
    assert [item["data"] for item in logged] == ["Tool execution started", "Tool processing data", "Tool execution completed"]
    assert all(item["level"] == "info" for item in logged)
    wire.ask("logging/setLevel", {"level": "error"})
    assert wire.exchange(request(*tool("test_tool_with_logging")))[1] == []


def converse(wire: Wire, name: str, answer: dict, **arguments: object) -> tuple[dict, dict]:
    """Calls a tool that asks something; gives the question and the result."""
    message = request(*tool(name, **arguments))
    with wire.streaming(message) as response:
        events = Events(response)
        question = events.message()
        assert question["id"] is not None and question["method"], question
        assert wire.post_message({"jsonrpc": "2.0", "id": question["id"], "result": answer}).status_code == 202
        return question, events.until_answer(message["id"])[0]["result"]


def test_tools_call_sampling(wire):
    said = {"role": "assistant", "content": {"type": "text", "text": "Four."}, "model": "test", "stopReason": "endTurn"}
    question, result = converse(wire, "test_sampling", said, prompt="What is two and two?")
    assert question["method"] == "sampling/createMessage" and question["params"]["maxTokens"] == 100
    assert question["params"]["messages"][0]["content"]["text"] == "What is two and two?"
    assert "Four." in result["content"][0]["text"]


def test_tools_call_elicitation(wire):
    content = {"username": "ada", "email": "ada@example.com"}
    question, result = converse(wire, "test_elicitation", {"action": "accept", "content": content}, message="Who are you?")
    assert question["method"] == "elicitation/create" and question["params"]["message"] == "Who are you?"
    assert question["params"]["requestedSchema"]["type"] == "object"
    assert "action=accept" in result["content"][0]["text"] and "ada@example.com" in result["content"][0]["text"]
    assert "action=decline" in converse(wire, "test_elicitation", {"action": "decline"}, message="?")[1]["content"][0]["text"]


def test_elicitation_sep1034_defaults(wire):
    question, _ = converse(wire, "test_elicitation_sep1034_defaults", {"action": "accept", "content": {}})
    fields = question["params"]["requestedSchema"]["properties"]
    assert {name: field["default"] for name, field in fields.items()} == {
        "name": "John Doe", "age": 30, "score": 95.5, "status": "active", "verified": True}
    assert fields["age"]["type"] == "integer" and fields["status"]["enum"] == ["active", "inactive", "pending"]


def test_elicitation_sep1330_enums(wire):
    question, _ = converse(wire, "test_elicitation_sep1330_enums", {"action": "accept", "content": {}})
    fields = question["params"]["requestedSchema"]["properties"]
    assert len(fields["untitledSingle"]["enum"]) == 3 and fields["titledSingle"]["oneOf"][0] == {"const": "value1", "title": "First Option"}
    assert len(fields["legacyEnum"]["enumNames"]) == len(fields["legacyEnum"]["enum"]) == 3
    assert fields["untitledMulti"]["items"]["enum"] and fields["titledMulti"]["items"]["anyOf"][0]["title"] == "First Choice"


def test_a_client_that_offers_nothing_is_asked_nothing(url):
    with Wire(url) as wire:
        wire.open(capabilities={})
        answer, before = wire.exchange(request(*tool("test_sampling", prompt="?")))
        assert before == [] and ("error" in answer or answer["result"]["isError"])


def test_resources_subscribe_and_unsubscribe(wire):
    watched = {"uri": "test://watched-resource"}
    with wire.listen() as events:
        assert wire.ask("resources/subscribe", watched)["result"] == {}
        wire.ask(*tool("test_trigger_resource_change"))
        assert events.message() == notification("notifications/resources/updated", watched)
        assert wire.ask("resources/unsubscribe", watched)["result"] == {}
        wire.ask(*tool("test_trigger_resource_change"))
        wire.ask(*tool("test_trigger_tool_change"))
        assert events.message() == notification("notifications/tools/list_changed")


def test_server_session_lifecycle(url):
    with Wire(url) as wire:
        wire.open()
        assert wire.post_message(request("ping"), Mcp_Session_Id="unknown").status_code == 404
        assert wire.delete(url, headers=wire.session).status_code in (200, 204)
        assert wire.post_message(request("ping")).status_code == 404
        wire.session = {}
        assert wire.post_message(request("ping")).status_code == 400


def test_server_sse_polling(wire):
    """The stream begins with an event to resume from, is closed by the server, and the answer waits for who returns."""
    message = request(*tool("test_reconnection"), id="polled")
    with wire.streaming(message) as response:
        events = Events(response)
        _, data, last = events.event()
        assert data == "" and last
        rest = [message for message, _ in events.messages()]
        assert rest == [] and events.retry is not None, "closed before the answer, and says when to come back"
    with wire.listen(Last_Event_ID=last) as events:
        assert events.until_answer("polled")[0]["result"]["content"]


# 2026-07-28

def test_server_stateless(modern):
    found = modern.call("server/discover")
    assert STATELESS in found["supportedVersions"] and {"tools", "resources", "prompts"} <= set(found["capabilities"])
    assert found["_meta"][META + "serverInfo"]["name"]
    first = modern.answer("tools/list")
    assert "mcp-session-id" not in first.headers and first.json()["result"]["tools"]
    for method in ("ping", "initialize", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"):
        answer = modern.answer(method, {"level": "info", "uri": "test://static-text"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, -32601), method
    assert modern.post_message(notification("notifications/cancelled", {"requestId": 1}), MCP_Protocol_Version=STATELESS).status_code == 202


@pytest.mark.parametrize("missing", ["protocolVersion", "clientCapabilities"])
def test_server_stateless_wants_its_metadata(modern, missing):
    message = stateless("tools/list")
    del message["params"]["_meta"][META + missing]
    answer = modern.post_message(message, **mirrored(message))
    assert (answer.status_code, checked(answer.json())["error"]["code"], answer.json()["id"]) == (400, -32602, message["id"])


def test_server_stateless_names_the_revisions_it_speaks(modern):
    message = stateless("tools/list")
    message["params"]["_meta"][META + "protocolVersion"] = "2099-01-01"
    answer = modern.post_message(message, **(mirrored(message) | {"MCP-Protocol-Version": "2099-01-01"}))
    error = checked(answer.json())["error"]
    assert (answer.status_code, error["code"]) == (400, -32022)
    assert STATELESS in error["data"]["supported"] and error["data"]["requested"] == "2099-01-01"


def test_server_stateless_missing_capability(modern):
    message = stateless(*tool("test_missing_capability"), capabilities={})
    answer = modern.post_message(message, **mirrored(message))
    error = checked(answer.json())["error"]
    assert (answer.status_code, error["code"]) == (400, -32021) and "sampling" in error["data"]["requiredCapabilities"]


def test_server_stateless_streams_hold_no_questions(modern):
    answer, before = modern.said(*tool("test_streaming_elicitation"), progressToken=1)
    assert answer["result"]["resultType"] == "input_required"
    assert {message["method"] for message in before} <= {"notifications/progress"}


def test_server_stateless_logs_only_when_asked_to(modern):
    assert modern.said(*tool("test_logging_tool"))[1] == []
    (logged,) = modern.said(*tool("test_logging_tool"), logLevel="debug")[1]
    assert logged["method"] == "notifications/message" and logged["params"]["level"] == "info"
    assert modern.said(*tool("test_logging_tool"), logLevel="error")[1] == []


def test_server_stateless_subscriptions(modern):
    wanted = {"toolsListChanged": True, "resourceSubscriptions": ["test://watched-resource"]}
    message = stateless("subscriptions/listen", {"notifications": wanted}, id="sub-1")
    tag = {META + "subscriptionId": "sub-1"}
    with modern.streaming(message, **mirrored(message)) as response, Modern(modern.url) as other:
        events = Events(response)
        first = events.message()
        assert first["method"] == "notifications/subscriptions/acknowledged"
        assert first["params"]["notifications"] == wanted and first["params"]["_meta"] == tag
        for trigger in ("test_trigger_prompt_change", "test_trigger_tool_change", "test_trigger_resource_change"):
            other.call(*tool(trigger))
        tools, resource = events.message(), events.message()
        assert tools["method"] == "notifications/tools/list_changed" and tools["params"]["_meta"] == tag
        assert resource["method"] == "notifications/resources/updated"
        assert resource["params"] == {"uri": "test://watched-resource", "_meta": tag}


def test_sep_2164_resource_not_found(modern, wire):
    answer = modern.answer("resources/read", {"uri": "test://nothing"})
    error = checked(answer.json())["error"]
    assert error["code"] == -32602 and error["data"]["uri"] == "test://nothing"
    assert wire.ask("resources/read", {"uri": "test://nothing"})["error"]["code"] == -32002


def test_caching(modern):
    for method, params in (("server/discover", None), ("tools/list", None), ("prompts/list", None), ("resources/list", None),
                           ("resources/templates/list", None), ("resources/read", {"uri": "test://static-text"})):
        result = modern.call(method, params)
        assert isinstance(result["ttlMs"], int) and result["ttlMs"] >= 0 and result["cacheScope"] in ("public", "private"), method
    assert [item["name"] for item in modern.call("tools/list")["tools"]] == [item["name"] for item in modern.call("tools/list")["tools"]]


@pytest.mark.parametrize("name, value", [
    ("Mcp-Method", "tools/list"), ("Mcp-Method", None), ("Mcp-Method", "Tools/Call"), ("Mcp-Name", "test_image_content"), ("Mcp-Name", None),
    ("Mcp-Name", "=?base64?!!!?="), ("MCP-Protocol-Version", "2025-11-25"),
])
def test_http_header_validation(modern, name, value):
    message = stateless(*tool("test_simple_text"))
    headers = {key: text for key, text in (mirrored(message) | {name: value}).items() if text is not None}
    answer = modern.post_message(message, **headers)
    assert (answer.status_code, checked(answer.json())["error"]["code"], answer.json()["id"]) == (400, -32020, message["id"])


def test_http_header_values_may_be_wrapped(modern):
    message = stateless(*tool("test_simple_text"))
    wrapped = f"=?base64?{base64.b64encode(b'test_simple_text').decode()}?="
    assert modern.post_message(message, **(mirrored(message) | {"Mcp-Name": wrapped})).json()["result"]["content"]


# 2026-07-28: questions in rounds

ACCEPTED = {"user_name": {"action": "accept", "content": {"name": "Alice"}}, "confirm": {"action": "accept", "content": {"ok": True}},
            "step1": {"action": "accept", "content": {"name": "Alice"}}, "step2": {"action": "accept", "content": {"color": "blue"}},
            "user_context": {"action": "accept", "content": {"context": "tests"}}}
SAMPLED = {"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "test"}
ROOTS = {"roots": [{"uri": "file:///work", "name": "work"}]}


def suite(name: str) -> str:
    return "test_input_required_result_" + name


def again(modern: Modern, first: dict, name: str, answers: dict, **changes: object) -> dict:
    """The same call once more with answers."""
    params = {"name": suite(name), "arguments": {}, "inputResponses": answers}
    if "requestState" in first:
        params["requestState"] = first["requestState"]
    return modern.said("tools/call", params | changes)[0]


def asked(modern: Modern, name: str, **meta: object) -> dict:
    result = modern.call(*tool(suite(name)), **meta)
    assert result["resultType"] == "input_required" and result["inputRequests"], result
    return result


@pytest.mark.parametrize("name, key, method, answer, says", [
    ("elicitation", "user_name", "elicitation/create", ACCEPTED["user_name"], "Hello, Alice!"),
    ("sampling", "capital_question", "sampling/createMessage", SAMPLED, "Paris"),
    ("list_roots", "client_roots", "roots/list", ROOTS, "file:///work"),
    ("request_state", "confirm", "elicitation/create", ACCEPTED["confirm"], "state-ok"),
])
def test_input_required_result(modern, name, key, method, answer, says):
    first = asked(modern, name)
    assert {label: question["method"] for label, question in first["inputRequests"].items()} == {key: method}
    assert isinstance(first["requestState"], str)
    done = again(modern, first, name, {key: answer})["result"]
    assert done["resultType"] == "complete" and says in done["content"][0]["text"]


def test_input_required_result_multiple_input_requests(modern):
    first = asked(modern, "multiple_inputs")
    assert {question["method"] for question in first["inputRequests"].values()} == {"elicitation/create", "sampling/createMessage", "roots/list"}
    answers = {"user_name": ACCEPTED["user_name"], "greeting": SAMPLED, "client_roots": ROOTS}
    assert again(modern, first, "multiple_inputs", answers)["result"]["resultType"] == "complete"


def test_input_required_result_multi_round(modern):
    first = asked(modern, "multi_round")
    second = again(modern, first, "multi_round", {"step1": ACCEPTED["step1"]})["result"]
    assert second["resultType"] == "input_required" and list(second["inputRequests"]) == ["step2"]
    assert second["requestState"] != first["requestState"]
    last = again(modern, second, "multi_round", {"step2": ACCEPTED["step2"]})["result"]
    assert last["content"][0]["text"] == "Alice likes blue."


def test_input_required_result_missing_and_ill_shaped_answers_are_asked_for_again(modern):
    first = asked(modern, "elicitation")
    for answers in ({}, {"wrong_key": ACCEPTED["user_name"]}, {"user_name": "Alice"}, {"user_name": {"action": "perhaps"}}):
        result = again(modern, first, "elicitation", answers)["result"]
        assert result["resultType"] == "input_required" and "user_name" in result["inputRequests"], answers


def test_input_required_result_ignores_extra_answers(modern):
    first = asked(modern, "elicitation")
    answers = {"user_name": ACCEPTED["user_name"], "unheard_of": ACCEPTED["confirm"]}
    assert "Alice" in again(modern, first, "elicitation", answers)["result"]["content"][0]["text"]


def test_input_required_result_non_tool_request(modern):
    first = modern.call("prompts/get", {"name": suite("prompt")})
    assert first["resultType"] == "input_required" and "user_context" in first["inputRequests"]
    answers = {"inputResponses": {"user_context": ACCEPTED["user_context"]}, "requestState": first["requestState"]}
    assert modern.call("prompts/get", {"name": suite("prompt")} | answers)["messages"]


def test_input_required_result_unsupported_methods(modern):
    for method in ("tools/list", "prompts/list", "resources/list", "server/discover"):
        assert modern.call(method)["resultType"] == "complete"


def test_input_required_result_tampered_state(modern):
    first = asked(modern, "tampered_state")
    state = first["requestState"]
    middle = len(state) // 2
    other = "A" if state[middle] != "A" else "B"
    for changed in (state[:middle] + other + state[middle + 1:], "made up", state[:-4], ""):
        answer = modern.answer("tools/call", {"name": suite("tampered_state"), "arguments": {}, "requestState": changed,
                                              "inputResponses": {"confirm": ACCEPTED["confirm"]}})
        assert checked(answer.json())["error"]["code"] == -32602, changed
    stolen = modern.answer("tools/call", {"name": suite("request_state"), "arguments": {}, "requestState": state,
                                          "inputResponses": {"confirm": ACCEPTED["confirm"]}})
    assert "error" in stolen.json(), "the state of one request is none of another"


def test_input_required_result_capability_check(modern):
    only = asked(modern, "capabilities", capabilities={"elicitation": {}})
    assert list(only["inputRequests"]) == ["user_name"]
    assert modern.call(*tool(suite("capabilities")), capabilities={})["resultType"] == "complete"


# What is theirs by setting

def test_the_fixtures_are_refused_where_others_could_meet_them(tmp_path):
    program = Postiz("postiz-mcp-fixtures-public", tmp_path, MCP_FIXTURES="true", MAIN_URL="https://posts.example.com")
    program.start(wait=False)
    assert program.process.wait(30) != 0
    assert "MCP_FIXTURES" in program.tail() and "localhost" in program.tail()


def test_the_fixtures_are_said_at_the_start(server):
    until(lambda: "MCP_FIXTURES is on" in server.tail(100_000), 5, server.tail)
    assert httpx.get(server.base + "/api/health").json()["status"] == "ok"
