"""Help with writing by a language model. Nobody's words but the model's are made up here: what is asked is judged by the types of OpenAI's own
library, which also write the answers."""
import base64
import http.server
import io
import json
import secrets
import threading
import time

import pytest
from openai.types import CompletionUsage, Model
from openai.types.chat import ChatCompletion, ChatCompletionMessage, completion_create_params
from openai.types.chat.chat_completion import Choice
from PIL import Image
from playwright.sync_api import expect
from pydantic import TypeAdapter

from browser import DESKTOP, look, register, sign_in_as, violations, watch
from client import assert_error, new_account, new_key
from pictures import png
from programs import ARTIFACTS, until
from writing import Desk

KEY = "sk-never-shown-5f1c"
PARAMETERS = completion_create_params.CompletionCreateParamsNonStreaming
JUDGE = TypeAdapter(PARAMETERS)
FEED = """<rss version="2.0"><channel><title>Tea news</title><item><title>A new tea</title><guid>1</guid>
<link>https://example.com/tea</link><description>It is green.</description></item></channel></rss>"""


def judged(request: dict) -> dict:
    """The request, when OpenAI's library would have sent one like it. Parts of it are read only when they are looked at."""
    unknown = set(request) - set(PARAMETERS.__annotations__) - set(completion_create_params.CompletionCreateParamsBase.__annotations__)
    assert not unknown, unknown
    for message in JUDGE.validate_python(request)["messages"]:
        if not isinstance(message["content"], str):
            assert len(list(message["content"])) == 2
    return request


class ModelServer:
    """Answers with what `says` makes of the last words it was asked."""

    def __init__(self):
        self.says, self.status, self.asked, self.wrong = str.upper, 200, [], []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/feed":
                    return self.answer(FEED, "application/xml")
                assert self.path == "/v1/models"
                models = [Model(id=name, created=1, object="model", owned_by="example") for name in ("text-embedding-3", "writer-1")]
                self.answer(json.dumps({"object": "list", "data": [model.model_dump() for model in models]}))

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append(body)
                try:
                    assert self.path == "/v1/chat/completions" and self.headers["Authorization"] == f"Bearer {KEY}"
                    judged(body)
                except Exception as error:
                    server.wrong.append(error)
                if server.status != 200:
                    return self.answer(json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}", "type": "invalid_request_error"}}))
                message = ChatCompletionMessage(role="assistant", content=server.says(words_of(body)))
                self.answer(ChatCompletion(
                    id="chatcmpl-1", created=int(time.time()), model=body["model"], object="chat.completion",
                    choices=[Choice(finish_reason="stop", index=0, message=message)],
                    usage=CompletionUsage(prompt_tokens=60, completion_tokens=40, total_tokens=100)).model_dump_json())

            def answer(self, text, kind="application/json"):
                self.send_response(server.status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def words_of(body: dict) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


@pytest.fixture(scope="module")
def server():
    made = ModelServer()
    yield made
    made.server.shutdown()
    made.server.server_close()
    assert not made.wrong, made.wrong


@pytest.fixture
def program(start_postiz, server):
    server.asked.clear()
    return start_postiz(
        OPENAI_BASE_URL=server.base + "/v1/", OPENAI_API_KEY=KEY, AI_MONTHLY_BUDGET="3000", ALLOWED_PRIVATE_HOSTS="127.0.0.1")


def signed_in(browser, program, **options):
    page = browser.new_context(viewport=DESKTOP, reduced_motion="reduce", **options).new_page()
    page.errors = watch(page, program.base)
    register(page, program.base, f"ada{secrets.token_hex(4)}@example.com")
    return page


@pytest.mark.browser
def test_where_no_language_model_is_set_nothing_shows_of_it(postiz, browser, person, picture):
    session, client = person
    assert client.call("GET", "/api/ai") == client.call("GET", "/api/ai") | {"enabled": False, "tokens": {"used": 0}}
    refused = client.post("/api/ai/suggestions", json={"task": "REWRITE", "text": "Hello"})
    assert_error(refused, 409, "AI_NOT_CONFIGURED", "OPENAI_BASE_URL")
    context = browser.new_context()
    sign_in_as(context, session, postiz.base)
    page = context.new_page()
    for path in ("/compose", f"/media?file={picture['id']}", "/settings", "/settings/automations"):
        page.goto(postiz.base + path)
        assert not any(mark in page.content() for mark in ("data-ai", "data-seen", "#spark")), path
        assert page.locator("a[href='/settings/ai']").count() == 0
    assert page.goto(postiz.base + "/settings/ai").status == 404
    context.close()


@pytest.mark.browser
def test_a_person_sees_what_is_asked_takes_a_suggestion_and_has_it_back(program, server, browser, simulator, account_name, tmp_path):
    session, client = new_account(program.base)
    client.connect("mastodon", account_name)
    page = browser.new_context(viewport=DESKTOP, reduced_motion="reduce").new_page()
    errors = watch(page, program.base)
    sign_in_as(page.context, session, program.base)
    desk = Desk(page, program.base).open()
    desk.tick()
    area, dialog = desk.areas.first, page.locator("[data-ai-dialog]")
    area.fill("We have tea. Come by")
    page.click("[data-ai]")
    expect(dialog.get_by_role("button", name="Rewrite")).to_have_attribute("aria-pressed", "true")
    # What would be sent can be read before anything is.
    dialog.locator("summary").click()
    expect(dialog.locator("[data-ai-sent]")).to_contain_text("Rewrite this post for Mastodon")
    assert server.asked == []
    server.says = lambda words: "<img src=x onerror=alert(1)> Come by for tea, **today**"
    dialog.get_by_role("button", name="Ask").click()
    expect(dialog.locator("[data-mine]")).to_contain_text("<img src=x onerror=alert(1)>")
    assert dialog.locator("img").count() == 0, "what a model says is text"
    assert dialog.locator("[data-ai-sent] pre").inner_text() == words_of(server.asked[0])
    expect(area).to_have_value("We have tea. Come by")
    look(page, "ai-dialog")
    dialog.get_by_role("button", name="Use it").click()
    expect(area).to_have_value("<img src=x onerror=alert(1)> Come by for tea, **today**")
    area.press("Control+z")
    expect(area).to_have_value("We have tea. Come by")
    area.press("Control+Shift+z")
    expect(area).to_have_value("<img src=x onerror=alert(1)> Come by for tea, **today**")

    # Too long for the channel: shortening is what is offered first, and what is still too long is asked for again.
    area.fill("Tea is warm. " * 45)
    expect(page.locator("[data-split]")).to_be_visible()
    page.click("[data-ai]")
    expect(dialog.get_by_role("button", name="Shorten to fit")).to_have_attribute("aria-pressed", "true")
    server.says = lambda words: "Tea is warm." if "characters, and at most 500" in words else "Tea is warm. " * 44
    dialog.get_by_role("button", name="Ask").click()
    expect(dialog.locator("[data-mine]")).to_contain_text("Tea is warm.")
    assert dialog.locator("[data-ai-sent] pre").count() == 2 and len(server.asked[-1]["messages"]) == 3
    dialog.get_by_role("button", name="Leave it").click()
    expect(area).to_have_value("Tea is warm. " * 45)

    # What a picture shows: the model gets a small JPEG, the person the words to change.
    (tmp_path / "waves.png").write_bytes(png(1400, 1200))
    desk.attach(tmp_path / "waves.png")
    server.says = lambda words: "Waves of colour."
    page.click("[data-seen]")
    expect(page.locator("[data-alt]")).to_have_value("Waves of colour.")
    image = server.asked[-1]["messages"][0]["content"][1]["image_url"]["url"]
    shown = Image.open(io.BytesIO(base64.b64decode(image.removeprefix("data:image/jpeg;base64,"))))
    assert shown.format == "JPEG" and shown.width * shown.height <= 1024 * 1024
    media = client.call("GET", "/api/media")["items"][0]
    page.goto(f"{program.base}/media?file={media['id']}")
    server.says = lambda words: "Other waves."
    page.click("[data-seen]")
    expect(page.locator("#file-alt")).to_have_value("Other waves.")
    page.click(".file-panel button.primary")
    until(lambda: client.call("GET", f"/api/media/{media['id']}").get("altText") == "Other waves.", 5, "it is saved when the person says so")
    assert not errors, errors
    page.context.close()


@pytest.mark.browser
def test_an_administrator_changes_the_prompts_and_has_ideas_about_an_item_of_a_feed(program, server, browser):
    page = signed_in(browser, program)
    page.goto(program.base + "/settings/ai")
    page.fill("#prompt-IDEAS", "Tea! {text} at most {limit}")
    page.locator("form", has=page.locator("#prompt-IDEAS")).get_by_role("button", name="Save").click()
    expect(page.locator("#prompt-IDEAS")).to_have_value("Tea! {text} at most {limit}")
    look(page, "ai-settings")
    page.goto(program.base + "/settings/health")
    expect(page.locator("main")).to_contain_text(f"{server.base}/v1 answers; writer-1 is asked.")
    page.goto(program.base + "/settings/automations")
    page.fill("#url", server.base + "/feed")
    page.click("main button:has-text('Add feed')")
    server.says = lambda words: "One & only\n---\nTwo\n---\nThree"
    page.get_by_role("button", name="Ideas").click()
    assert words_of(server.asked[-1]) == "Tea! A new tea\n\nIt is green. at most 2000"
    expect(page.locator("#ideas .card")).to_have_count(3)
    assert not violations(page)
    page.screenshot(path=ARTIFACTS / "ai-ideas.png")
    page.locator("#ideas a").first.click()
    expect(page.locator(".part textarea.text").first).to_have_value("One & only\nhttps://example.com/tea")
    page.goto(program.base + "/settings/ai")
    page.get_by_role("button", name="Back to the usual words").click()
    expect(page.locator("#prompt-IDEAS")).to_have_value(json.loads(page.evaluate(
        "fetch('/api/ai').then((answer) => answer.text())"))["prompts"][3]["prompt"])
    assert not page.errors, page.errors
    page.context.close()


def test_what_goes_wrong_is_told_without_the_key_and_the_budget_is_kept(program, server):
    session, client = new_account(program.base)
    server.status = 401
    refused = client.post("/api/ai/suggestions", json={"task": "REWRITE", "text": "Hello"})
    server.status = 200
    assert_error(refused, 502, "AI_FAILED", "OPENAI_API_KEY")
    server.says = lambda words: "Shorter"
    used = 0
    while (answer := client.post("/api/ai/suggestions", json={"task": "REWRITE", "text": "Hello"})).status_code == 200:
        used += 100
        assert answer.json()["tokens"] == {"used": used, "left": 3000 - used}
    assert_error(answer, 409, "AI_BUDGET_SPENT", str(used))
    assert 2500 < used <= 3000 and client.call("GET", "/api/ai")["tokens"]["used"] == used
    # Another workspace has its own.
    _, other = new_account(program.base)
    assert other.call("POST", "/api/ai/suggestions", json={"task": "REWRITE", "text": "Hello"})["suggestions"][0]["text"] == "Shorter"
    reader = new_key(session, ["posts:read"])
    assert_error(reader.post("/api/ai/suggestions", json={"task": "REWRITE", "text": "Hello"}), 403, "FORBIDDEN_SCOPE")
    assert KEY not in refused.text + program.log.read_text() and "Hello" not in program.log.read_text()
