"""Every page there is: its route, who may see it, an address at which it holds something, and words that are there only then. The tests of all
pages and `bin/screenshots all` go through this list; `test_pages.py` finds what is missing in it."""
from __future__ import annotations

import pathlib
import re
import typing

INTERFACE = pathlib.Path(__file__).resolve().parents[2] / "Sources/WebUI/WebInterface.swift"

ANYBODY, CLIENT, MEMBER, MANAGER, OPERATOR = "anybody", "whoever has a client's link", "members", "managers of the workspace", "administrators of the instance"


class Place(typing.NamedTuple):
    # As the router has it.
    route: str
    who: str = MEMBER
    # What is opened, with `{names}` of what `furnishing.py` made; the route itself where that is all.
    path: str = ""
    # The name of something that the page holds: what `furnishing.py` calls it by.
    holds: str = ""
    status: int = 200

    @property
    def address(self) -> str:
        return self.path or self.route

    @property
    def name(self) -> str:
        """For files."""
        return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\{(\w+)\}", r"\1", self.address).lower()).strip("-") or "home"


PLACES = [
    Place("/login", ANYBODY),
    Place("/register", ANYBODY),
    Place("/forgot", ANYBODY),
    Place("/reset", ANYBODY, "/reset?token=unknown"),
    Place("/activate", ANYBODY, "/activate?token=unknown"),
    Place("/invitation", ANYBODY, "/invitation?token={invitation}", "workspace"),
    Place("/portal/:link", CLIENT, "/portal/{portal}", "customer"),
    Place("/portal/:link/posts/:post", CLIENT, "/portal/{portal}/posts/{in_review}", "post"),
    Place("/oauth/authorize", MEMBER, "/oauth/authorize?{consent}", "program"),
    Place("/onboarding"),
    Place("/today", holds="post"),
    Place("/notifications"),
    Place("/calendar", holds="post"),
    Place("/calendar", path="/calendar?view=week", holds="post"),
    Place("/calendar", path="/calendar?view=day&date={day}", holds="post"),
    Place("/calendar", path="/calendar?view=agenda", holds="post"),
    Place("/calendar/feeds", holds="account"),
    Place("/posts", holds="post"),
    Place("/posts", path="/posts?tab=drafts", holds="post"),
    Place("/posts", path="/posts?tab=review", holds="post"),
    Place("/posts", path="/posts?tab=sent", holds="post"),
    Place("/posts", path="/posts?tab=failed", holds="post"),
    Place("/posts", path="/posts?tab=trash", holds="post"),
    Place("/views", holds="view"),
    Place("/posts/import"),
    Place("/posts/import/:id", path="/posts/import/{table}", holds="post"),
    Place("/analytics", holds="post"),
    Place("/posts/:id", path="/posts/{planned}", holds="post"),
    Place("/posts/:id", path="/posts/{in_review}", holds="comment"),
    Place("/posts/:id", path="/posts/{sent}", holds="post"),
    Place("/posts/:id", path="/posts/{failed}", holds="post"),
    Place("/posts/:id/versions", path="/posts/{planned}/versions", holds="post"),
    Place("/compose"),
    Place("/posts/:id/edit", path="/posts/{planned}/edit", holds="post"),
    Place("/series", holds="post"),
    Place("/series/:id", path="/series/{series}", holds="post"),
    Place("/channels", holds="account"),
    Place("/channels", path="/channels?show=trash", holds="removed"),
    Place("/channels/choose", path="/channels/choose?key={choice}", holds="page"),
    Place("/channels/connect/:platform", path="/channels/connect/bluesky"),
    Place("/channels/portal", MANAGER, holds="client"),
    Place("/channels/:id", path="/channels/{channel}", holds="customer"),
    Place("/channels/:id/plugs", path="/channels/{channel}/plugs", holds="plug"),
    Place("/channels/:id/remove", path="/channels/{channel}/remove", holds="account"),
    Place("/media", holds="file"),
    Place("/media", path="/media?file={file}", holds="file"),
    Place("/media", path="/media?show=trash", holds="file"),
    Place("/settings", holds="person"),
    Place("/settings/general", holds="person"),
    Place("/settings/security"),
    Place("/settings/security/delete"),
    Place("/settings/people", OPERATOR, holds="person"),
    Place("/settings/team", holds="member"),
    Place("/settings/keys", MANAGER, holds="key"),
    Place("/settings/mcp", MANAGER),
    Place("/settings/log", holds="assistant"),
    Place("/settings/webhooks", MANAGER, holds="webhook"),
    Place("/settings/webhooks/:id", MANAGER, "/settings/webhooks/{webhook}", "webhook"),
    Place("/settings/webhooks/incoming", MANAGER, holds="incoming"),
    Place("/settings/automations", holds="feed"),
    Place("/settings/automations/feeds/:id", path="/settings/automations/feeds/{feed}", holds="item"),
    Place("/settings/automations/evergreen", holds="evergreen"),
    Place("/settings/automations/evergreen/:id", path="/settings/automations/evergreen/{evergreen}", holds="evergreen"),
    Place("/settings/templates", holds="template"),
    Place("/settings/links", holds="rule"),
    Place("/settings/ai"),
    Place("/settings/platforms", OPERATOR),
    Place("/settings/mail", OPERATOR),
    Place("/settings/health", OPERATOR),
    # Told by mails, which come after a while.
    Place("/review/:token", ANYBODY, "/review/{review}", "post"),
    Place("/mails/stop/:token", ANYBODY, "/mails/stop/{stop}"),
    # What is not there: within the frame, and for somebody who has not signed in.
    Place("", path="/nothing-here", status=404),
    Place("", ANYBODY, "/portal/00000000-0000-7000-8000-000000000000", status=404),
]

# What the router has besides, and why it is no page.
NO_PAGES = {
    "/": "leads on",
    "/assets/:fingerprint/**": "files",
    "/login/with/:provider/callback": "leads on",
    "/portal/:link/enter/:secret": "leads on",
    "/sidebar": "a piece of pages",
    "/settings/mcp/connections": "a piece of a page",
    "/calendar/cells": "a piece of a page",
    "/posts/:id/card": "a piece of a page",
    "/compose/recurrence": "a piece of a page",
    "/channels/:id/picture": "a picture",
    "/posts/import/sample.csv": "a table",
    "/posts/export.csv": "a table",
    "/analytics.csv": "a table",
}

# Of whoever is signed in, everything that needs nothing to be there.
PAGES = [place.address for place in PLACES if place.who not in (ANYBODY, CLIENT) and "{" not in place.address and place.status == 200 and place.route != "/settings/ai"]


def routes() -> set[str]:
    """What the router answers with GET."""
    source = INTERFACE.read_text()
    return set(re.findall(r'\bget\(pages, "([^"]+)"', source)) | set(re.findall(r'\b(?:pages|router)\.get\("([^"]+)"', source))
