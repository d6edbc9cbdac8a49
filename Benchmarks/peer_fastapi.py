"""What the product is measured against: three of its calls, with the same work, in FastAPI on SQLite.

Every call checks the key by its SHA-256 hash; a list reads 50 posts with what they went out on; creating writes the post and one
publication in a transaction that is on the disk (WAL, synchronous FULL) before it is answered. Answers are ready-made `JSONResponse`s:
FastAPI's own second look at every value would cost it half of its speed.
"""
import datetime
import hashlib
import json
import os
import sqlite3
import threading
import uuid

from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel

app = FastAPI()
_local = threading.local()
# One writer a process: SQLite's own waiting sleeps for up to a tenth of a second.
_writing = threading.Lock()


def database() -> sqlite3.Connection:
    """One connection a thread."""
    if not hasattr(_local, "connection"):
        connection = sqlite3.connect(os.environ["PEER_DATABASE"], isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.row_factory = sqlite3.Row
        _local.connection = connection
    return _local.connection


def prepare(path: str, key: str, posts: int) -> list[str]:
    """Makes the tables, one key and the posts; gives the posts' ids."""
    os.environ["PEER_DATABASE"] = path
    connection = database()
    connection.executescript("""
        CREATE TABLE keys (hash TEXT PRIMARY KEY, organization TEXT NOT NULL, active INTEGER NOT NULL);
        CREATE TABLE posts (id TEXT PRIMARY KEY, organization TEXT NOT NULL, document TEXT NOT NULL, status TEXT NOT NULL,
            scheduled_for TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
        CREATE INDEX posts_by_time ON posts (organization, scheduled_for DESC, id DESC);
        CREATE TABLE publications (id TEXT PRIMARY KEY, post_id TEXT NOT NULL REFERENCES posts (id), channel TEXT NOT NULL,
            status TEXT NOT NULL, due_at TEXT);
        CREATE INDEX publications_of_post ON publications (post_id);
    """)
    connection.execute("INSERT INTO keys VALUES (?, 'one', 1)", (hashlib.sha256(key.encode()).hexdigest(),))
    connection.execute("BEGIN")
    ids = [store(NewPost(content=f"Post {number}", platforms=["channel"], scheduledFor="2035-01-01T10:00:00Z"), "one")
           for number in range(posts)]
    connection.execute("COMMIT")
    return ids


class NewPost(BaseModel):
    content: str
    platforms: list[str]
    scheduledFor: str


def organization(authorization: str = Header()) -> str:
    digest = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    row = database().execute("SELECT organization FROM keys WHERE hash = ? AND active = 1", (digest,)).fetchone()
    if row is None:
        raise HTTPException(401)
    return row["organization"]


def store(post: NewPost, owner: str) -> str:
    post_id, now = str(uuid.uuid4()), datetime.datetime.now(datetime.timezone.utc).isoformat()
    document = json.dumps({"parts": [{"text": post.content, "mediaIds": []}], "channels": post.platforms})
    connection = database()
    connection.execute("INSERT INTO posts VALUES (?, ?, ?, 'SCHEDULED', ?, ?, ?)", (post_id, owner, document, post.scheduledFor, now, now))
    for channel in post.platforms:
        connection.execute("INSERT INTO publications VALUES (?, ?, ?, 'SCHEDULED', ?)", (str(uuid.uuid4()), post_id, channel, post.scheduledFor))
    return post_id


def views(rows: list[sqlite3.Row]) -> list[dict]:
    marks = ",".join("?" * len(rows))
    publications: dict[str, list[dict]] = {}
    for row in database().execute(f"SELECT * FROM publications WHERE post_id IN ({marks})", [row["id"] for row in rows]):
        publications.setdefault(row["post_id"], []).append(
            {"id": row["id"], "integrationId": row["channel"], "status": row["status"], "dueAt": row["due_at"]})
    return [view(row, publications.get(row["id"], [])) for row in rows]


def view(row: sqlite3.Row, publications: list[dict]) -> dict:
    document = json.loads(row["document"])
    return {
        "id": row["id"], "content": document["parts"][0]["text"], "parts": document["parts"], "platforms": document["channels"],
        "status": row["status"], "scheduledFor": row["scheduled_for"], "createdAt": row["created_at"], "updatedAt": row["updated_at"],
        "publications": publications,
    }


@app.get("/api/health")
def health() -> dict:
    return {"status": "ok"}


@app.get("/api/posts")
def list_posts(limit: int = 50, owner: str = Depends(organization)) -> JSONResponse:
    rows = database().execute("SELECT * FROM posts WHERE organization = ? ORDER BY scheduled_for DESC, id DESC LIMIT ?", (owner, limit + 1)).fetchall()
    return JSONResponse({"items": views(rows[:limit]), "nextCursor": rows[limit - 1]["id"] if len(rows) > limit else None})


@app.get("/api/posts/{post_id}")
def get_post(post_id: str, owner: str = Depends(organization)) -> JSONResponse:
    return JSONResponse(read(post_id, owner))


def read(post_id: str, owner: str) -> dict:
    rows = database().execute("SELECT * FROM posts WHERE id = ? AND organization = ?", (post_id, owner)).fetchall()
    if not rows:
        raise HTTPException(404)
    return views(rows)[0]


@app.post("/api/posts")
def create_post(post: NewPost, owner: str = Depends(organization)) -> JSONResponse:
    connection = database()
    with _writing:
        connection.execute("BEGIN IMMEDIATE")
        try:
            post_id = store(post, owner)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return JSONResponse(read(post_id, owner), 201)
