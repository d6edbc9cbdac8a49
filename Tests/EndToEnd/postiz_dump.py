"""Databases of Postiz as its schema is documented, filled with invented rows and dumped by PostgreSQL's own programs."""
import json
import os
import subprocess

from programs import ROOT

SCHEMA = """
CREATE TYPE "State" AS ENUM ('QUEUE', 'PUBLISHED', 'ERROR', 'DRAFT');
CREATE TABLE "Organization" (id text PRIMARY KEY, name text NOT NULL, "apiKey" text, "createdAt" timestamp(3) NOT NULL DEFAULT now());
CREATE TABLE "Customer" (id text PRIMARY KEY, name text NOT NULL, "orgId" text NOT NULL, "deletedAt" timestamp(3));
CREATE TABLE "Integration" (
    id text PRIMARY KEY, "internalId" text NOT NULL, "organizationId" text NOT NULL REFERENCES "Organization", name text NOT NULL, picture text,
    "providerIdentifier" text NOT NULL, type text NOT NULL DEFAULT 'social', token text NOT NULL DEFAULT 'a-secret-token',
    disabled boolean NOT NULL DEFAULT false, "refreshToken" text, profile text, "deletedAt" timestamp(3),
    "inBetweenSteps" boolean NOT NULL DEFAULT false, "postingTimes" text NOT NULL DEFAULT '[{"time":120}, {"time":400}, {"time":-60}]',
    "customInstanceDetails" text, "customerId" text, CONSTRAINT once UNIQUE ("organizationId", "internalId"));
CREATE TABLE "Post" (
    id text PRIMARY KEY, state "State" NOT NULL DEFAULT 'QUEUE', "publishDate" timestamp(3) NOT NULL, "organizationId" text NOT NULL,
    "integrationId" text NOT NULL REFERENCES "Integration", content text NOT NULL, delay integer NOT NULL DEFAULT 0, "group" text NOT NULL,
    "parentPostId" text, "releaseId" text, "releaseURL" text, settings text, image text, "intervalInDays" integer,
    "createdAt" timestamp(3) NOT NULL DEFAULT '2026-01-01', "deletedAt" timestamp(3));
CREATE TABLE "Tags" (id text PRIMARY KEY, name text NOT NULL, color text NOT NULL, "orgId" text NOT NULL, "deletedAt" timestamp(3));
CREATE TABLE "TagsPosts" ("postId" text, "tagId" text, PRIMARY KEY ("postId", "tagId"));
CREATE TABLE "Media" (
    id text PRIMARY KEY, name text NOT NULL, "originalName" text, path text NOT NULL, "organizationId" text NOT NULL, alt text,
    "deletedAt" timestamp(3));
CREATE TABLE "Signatures" (id text PRIMARY KEY, "organizationId" text, content text, "autoAdd" boolean, "deletedAt" timestamp(3));
CREATE TABLE "Sets" (id text PRIMARY KEY, "organizationId" text, name text, content text);
CREATE TABLE "Webhooks" (id text PRIMARY KEY, name text, "organizationId" text, url text, "deletedAt" timestamp(3));
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ /*
COPY nothing (id) FROM nowhere;
*/ BEGIN RETURN NULL; END $$;
"""

# Everything that COPY and INSERT have to write otherwise than it is.
AWKWARD = "Tab\there, back\\slash \\n, 'single', \"double\"; end);\nCOPY public.\"Post\" (id) FROM stdin;\n\\.\nGrüße 🍵 (a, b), NULL"


def quoted(value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (dict, list)):
        value = json.dumps(value)
    return str(value) if isinstance(value, (bool, int)) else "'" + value.replace("'", "''") + "'"


def insert(table: str, **row) -> str:
    names = ", ".join(f'"{name}"' for name in row)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(map(quoted, row.values()))});\n'


def post(id, channel, state, date, content, group=None, organization="org-tea", **more) -> str:
    return insert("Post", id=id, integrationId=channel, state=state, publishDate=date, content=content, group=group or f"group-{id}",
                  organizationId=organization, **more)


PICTURE = "https://old.example.com/uploads/2026/01/02/tea.png"
GONE = "https://old.example.com/uploads/2026/01/02/gone.png"


def rows(x_account: str) -> str:
    return "".join([
        insert("Organization", id="org-tea", name="Tea House", apiKey="ab" * 32), insert("Organization", id="org-other", name="Other"),
        insert("Customer", id="customer", name="Green Leaf", orgId="org-tea"),
        insert("Integration", id="ch-x", internalId=x_account, organizationId="org-tea", name="Tea on X", providerIdentifier="x", profile="tea",
               customerId="customer"),
        insert("Integration", id="ch-sky", internalId="did:plc:invented", organizationId="org-tea", name="Tea in the sky",
               providerIdentifier="bluesky"),
        insert("Integration", id="ch-masto", internalId="1234", organizationId="org-tea", name="Tea", providerIdentifier="mastodon"),
        insert("Integration", id="ch-kick", internalId="k", organizationId="org-tea", name="Tea live", providerIdentifier="kick"),
        insert("Integration", id="ch-gone", internalId="deleted_1", organizationId="org-tea", name="Old", providerIdentifier="x",
               deletedAt="2026-01-01"),
        insert("Integration", id="ch-other", internalId="other", organizationId="org-other", name="Other", providerIdentifier="x"),
        insert("Tags", id="tag-tea", name="tea", color="#00ff00", orgId="org-tea"), insert("TagsPosts", postId="p1", tagId="tag-tea"),
        insert("Media", id="m1", name="x.png", originalName="My tea.png", path=PICTURE, organizationId="org-tea", alt="A cup"),
        post("p1", "ch-x", "PUBLISHED", "2026-02-03 04:05:06", "<p>Hello &amp; <strong>tea</strong></p><p>Second</p>",
             releaseId="900", releaseURL="https://x.com/tea/status/900", image=[{"id": "m1", "path": PICTURE, "alt": "A cup"}],
             settings={"__type": "x", "who_can_reply_post": "everyone"}),
        post("p1b", "ch-x", "PUBLISHED", "2026-02-03 04:05:06", "<p>A comment</p>", group="group-p1", parentPostId="p1"),
        post("p2x", "ch-x", "QUEUE", "2031-01-02 03:04:05.678", "<p>Planned</p>", group="two"),
        post("p2s", "ch-sky", "QUEUE", "2031-01-02 03:04:05.678", "<p>Planned, in the sky</p>", group="two"),
        post("p3", "ch-x", "DRAFT", "2031-05-06 07:08:09", AWKWARD, image=[{"id": "m2", "path": GONE}]),
        post("p4", "ch-sky", "ERROR", "2026-03-04 05:06:07", "<p>Went wrong</p>"),
        post("p5", "ch-kick", "QUEUE", "2031-01-02 03:04:05", "Not to come"),
        post("p6", "ch-x", "DRAFT", "2031-01-02 03:04:05", "Deleted", deletedAt="2026-01-01"),
        post("p7", "ch-other", "PUBLISHED", "2026-01-02 03:04:05", "Not ours", organization="org-other"),
        post("p8", "ch-masto", "PUBLISHED", "2026-04-05 06:07:08", "Toot", releaseId="missing", releaseURL="https://social.example.org/@tea/1",
             intervalInDays=7),
        insert("Signatures", id="s1", organizationId="org-tea", content="<p>Yours, tea</p>", autoAdd=True),
        insert("Sets", id="set", organizationId="org-tea", name="Weekly",
               content={"posts": [{"integration": {"id": "ch-x"}, "value": [{"content": "<p>This week: {{what}}</p>"}]}]}),
        insert("Webhooks", id="w", name="w", organizationId="org-tea", url="https://example.com/"),
    ])


def dumps(folder, x_account: str) -> dict:
    """By their kinds, and `later`: the same with a post more."""
    (folder / "fill.sql").write_text(SCHEMA + rows(x_account))
    (folder / "more.sql").write_text(post("p9", "ch-x", "QUEUE", "2031-07-08 09:10:11", "New since"))
    os.chmod(folder, 0o755)
    script = """
        set -e
        psql -q -v ON_ERROR_STOP=1 "$TEST_DATABASE_URL" -c 'CREATE DATABASE old' && old="${TEST_DATABASE_URL%/*}/old"
        psql -q -v ON_ERROR_STOP=1 "$old" -f fill.sql
        pg_dump "$old" > plain.sql
        pg_dump --inserts "$old" | gzip > inserts.sql.gz
        pg_dump --rows-per-insert=3 --column-inserts "$old" > rows.sql
        pg_dump -Fc "$old" > custom.dump
        psql -q -v ON_ERROR_STOP=1 "$old" -f more.sql
        pg_dump "$old" > later.sql
    """
    subprocess.run([str(ROOT / "bin/test-postgres"), "bash", "-c", script], cwd=folder, check=True, timeout=120)
    return {"plain": folder / "plain.sql", "inserts": folder / "inserts.sql.gz", "rows": folder / "rows.sql", "custom": folder / "custom.dump",
            "later": folder / "later.sql"}
