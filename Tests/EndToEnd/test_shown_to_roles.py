"""What members of each role see: no link and no form of any page that the server would refuse them."""
import html.parser
import re
import urllib.parse

import httpx
import pytest

from client import PASSWORD, Browserish, in_seconds, new_account
from pictures import png

# What ends the session or the membership, or costs another account.
NEVER = ("/logout", "/settings/password", "/settings/team/leave", "/workspaces", "/settings/sessions/")


class Page(html.parser.HTMLParser):
    """The links and the forms of a page, with what each button would send."""

    def __init__(self, text: str):
        super().__init__()
        self.links: set[str] = set()
        self.forms: list[dict] = []
        self._open: dict | None = None
        self._named: dict[str, dict] = {}
        self._select: str | None = None
        self._area: str | None = None
        self._elsewhere: list[tuple[str, str, str]] = []
        self._templates = 0
        self.feed(text)
        for form, name, value in self._elsewhere:
            if form in self._named:
                self._named[form]["fields"].setdefault(name, value)

    def handle_starttag(self, tag, pairs):
        values = {name: value or "" for name, value in pairs}
        self._templates += tag == "template"
        if self._templates:
            return
        if tag == "a" and values.get("href", "").startswith("/"):
            self.links.add(values["href"])
        elif tag == "form":
            self._open = {"action": values.get("action", ""), "method": values.get("method", "get"), "fields": {}, "buttons": []}
            self.forms.append(self._open)
            if "id" in values:
                self._named[values["id"]] = self._open
        elif tag in ("input", "select", "textarea", "button"):
            self._field(tag, values)
        elif tag == "option" and self._select and self._open is not None and ("selected" in values or self._select not in self._open["fields"]):
            self._open["fields"][self._select] = values.get("value", "")

    def _field(self, tag, values):
        name, kind = values.get("name"), values.get("type", "")
        if "form" in values:
            if name:
                self._elsewhere.append((values["form"], name, values.get("value", "")))
            return
        if self._open is None or "disabled" in values:
            return
        if tag == "button" and kind != "button":
            self._open["buttons"].append((name, values.get("value", ""), values.get("formaction")))
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            if name:
                self._open["fields"][name] = ""
        elif tag == "input" and name and kind not in ("submit", "file") and (kind not in ("checkbox", "radio") or "checked" in values):
            self._open["fields"][name] = values.get("value", "")

    def handle_endtag(self, tag):
        self._templates -= tag == "template"
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area and self._open is not None:
            self._open["fields"][self._area] += data


def kind(path: str) -> str:
    """Addresses that differ in ids and places alone are one kind of page."""
    path, _, query = path.partition("#")[0].partition("?")
    path = re.sub(r"/[a-z]+_[0-9A-Za-z]{10,}|/[0-9a-f-]{20,}|/[0-9A-Z]{26}", "/:id", path)
    names = sorted(part for part in re.findall(r"(?:tab|show|view|client|file|channel)=[a-z]*", query))
    return path + ("?" + "&".join(names) if names else "")


def sent(session: httpx.Client, page: str, form: dict) -> list[str]:
    """Presses every button; returns what was refused."""
    refused = []
    for name, value, elsewhere in form["buttons"] or [(None, "", None)]:
        fields = form["fields"] | ({name: value} if name else {})
        address = urllib.parse.urljoin(page, elsewhere or form["action"] or page)
        answer = session.post(address, data=fields, follow_redirects=False)
        # A refusal that a person can act on is said on the page they came from.
        said = urllib.parse.unquote("".join(answer.headers.get_list("set-cookie")))
        if answer.status_code == 403 or answer.status_code >= 500 or "needs the role" in said or "Only " in said:
            refused.append(f"{kind(page)}: POST {kind(address)} {name or ''}={value}: {answer.status_code}")
    return refused


def walk(session: httpx.Client, pages_of_many: int = 3) -> tuple[list[str], int]:
    """Opens every page that a link leads to, and sends each of its forms; returns what was refused, and how many forms there were."""
    waiting, seen, refused, forms, opened = ["/", "/today"], {}, [], [], set()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        if address in opened or seen.get(kind(address), 0) >= pages_of_many or address.startswith(("/assets", "/api", "/media/", "/files")):
            continue
        opened.add(address)
        seen[kind(address)] = seen.get(kind(address), 0) + 1
        answer = session.get(address, follow_redirects=True)
        if answer.status_code == 403 or answer.status_code >= 500:
            refused.append(f"GET {address}: {answer.status_code}")
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        page = Page(answer.text)
        waiting += sorted(page.links)
        forms += [(address, form) for form in page.forms if form["method"] == "post" and not form["action"].startswith(NEVER)]
    for address, form in forms:
        refused += sent(session, address, form)
    return sorted(set(refused)), len(forms)


@pytest.fixture(scope="module")
def workspace(postiz, simulator):
    """A workspace with something of everything, and its owner."""
    session, owner = new_account(postiz.base)
    channel = owner.connect("mastodon", "roleswalk")["id"]
    for number, plan in enumerate([{}, {"scheduledFor": in_seconds(86_400 * 3)}, {"scheduledFor": in_seconds(86_400 * 4)}]):
        owner.create(content=f"Post {number} of the walk", platforms=[channel], **plan)
    owner.wait_settled(owner.create(content="Sent in the walk", platforms=[channel], schedule="now")["id"])
    failing = owner.create(content="Refused in the walk", platforms=[channel], scheduledFor=in_seconds(86_400 * 5))
    owner.call("POST", f"/api/posts/{failing['id']}/cancel")
    gone = owner.create(content="In the trash", platforms=[channel], scheduledFor=in_seconds(86_400 * 6))
    owner.call("DELETE", f"/api/posts/{gone['id']}")
    for name in ("kept.png", "gone.png"):
        media = owner.upload(png(seed=len(name)), name=name)
    owner.call("DELETE", f"/api/media/{media['id']}")
    return session, owner


@pytest.mark.parametrize("role", ["VIEWER", "DRAFTER", "USER", "ADMIN"])
def test_no_page_offers_what_the_server_refuses(postiz, workspace, role):
    session, owner = workspace
    invited = session.post("/api/team/invitations", json={"role": role}).json()
    token = urllib.parse.parse_qs(urllib.parse.urlparse(invited["url"]).query)["token"][0]
    member = Browserish(postiz.base)
    member.sign_in("/api/auth/register", email=f"{role.lower()}-walks@example.com", password=PASSWORD, invitation=token)
    member.headers.pop("X-CSRF-Token")
    refused, forms = walk(member)
    assert forms > 3
    assert not refused, "\n".join(refused)


def test_a_form_whose_token_came_in_a_header_is_read_whole(postiz, person):
    """A body can be read once: what reads the fields after the first must not find them empty, nor end the server."""
    session, owner = person
    channel = owner.connect("mastodon", "header")["id"]
    post = owner.create(content="Not as it was seen", platforms=[channel], scheduledFor=in_seconds(86_400 * 7))
    answer = session.post(f"/posts/{post['id']}/publish", data={"revision": "0", "back": "/posts"}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/posts"
    assert owner.post_by_id(post["id"])["status"] == "SCHEDULED", "another revision was looked at than what would go out"
