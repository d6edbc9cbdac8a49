// The second peer: what peer_fastapi.py does, on the same file, with node:http and node:sqlite. One process a core, as FastAPI has.
import cluster from "node:cluster";
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";

const [path, port] = [process.env.PEER_DATABASE, Number(process.argv[2])];

if (cluster.isPrimary) {
  for (let number = 0; number < 2; number++) cluster.fork();
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    process.exit(0);
  });
} else {
  serve();
}

function serve() {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const keys = database.prepare("SELECT organization FROM keys WHERE hash = ? AND active = 1");
  const page = database.prepare("SELECT * FROM posts WHERE organization = ? ORDER BY scheduled_for DESC, id DESC LIMIT ?");
  const single = database.prepare("SELECT * FROM posts WHERE id = ? AND organization = ?");
  const insertPost = database.prepare("INSERT INTO posts VALUES (?, ?, ?, 'SCHEDULED', ?, ?, ?)");
  const insertPublication = database.prepare("INSERT INTO publications VALUES (?, ?, ?, 'SCHEDULED', ?)");
  const ofPosts = new Map();

  function publications(rows) {
    if (!ofPosts.has(rows.length)) {
      const marks = Array(rows.length).fill("?").join(",");
      ofPosts.set(rows.length, database.prepare(`SELECT * FROM publications WHERE post_id IN (${marks})`));
    }
    return Map.groupBy(ofPosts.get(rows.length).all(...rows.map((row) => row.id)), (row) => row.post_id);
  }

  function views(rows) {
    if (rows.length === 0) return [];
    const found = publications(rows);
    return rows.map((row) => {
      const document = JSON.parse(row.document);
      return {
        id: row.id, content: document.parts[0].text, parts: document.parts, platforms: document.channels, status: row.status,
        scheduledFor: row.scheduled_for, createdAt: row.created_at, updatedAt: row.updated_at,
        publications: (found.get(row.id) ?? []).map((one) => ({ id: one.id, integrationId: one.channel, status: one.status, dueAt: one.due_at })),
      };
    });
  }

  function create(owner, post) {
    const [id, now] = [randomUUID(), new Date().toISOString()];
    database.exec("BEGIN IMMEDIATE");
    try {
      const document = JSON.stringify({ parts: [{ text: post.content, mediaIds: [] }], channels: post.platforms });
      insertPost.run(id, owner, document, post.scheduledFor, now, now);
      for (const channel of post.platforms) insertPublication.run(randomUUID(), id, channel, post.scheduledFor);
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
    return views(single.all(id, owner))[0];
  }

  function answer(response, status, value) {
    const body = JSON.stringify(value);
    response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  }

  function respond(request, response, body) {
    const address = new URL(request.url, "http://localhost");
    if (address.pathname === "/api/health") return answer(response, 200, { status: "ok" });
    const digest = createHash("sha256").update((request.headers.authorization ?? "").replace("Bearer ", "")).digest("hex");
    const owner = keys.get(digest)?.organization;
    if (!owner) return answer(response, 401, {});
    if (request.method === "POST") return answer(response, 201, create(owner, JSON.parse(body)));
    if (address.pathname === "/api/posts") {
      const limit = Number(address.searchParams.get("limit") ?? 50);
      const rows = page.all(owner, limit + 1);
      return answer(response, 200, { items: views(rows.slice(0, limit)), nextCursor: rows.length > limit ? rows[limit - 1].id : null });
    }
    const [found] = views(single.all(address.pathname.split("/")[3], owner));
    return answer(response, found ? 200 : 404, found ?? {});
  }

  createServer((request, response) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => respond(request, response, Buffer.concat(pieces).toString()));
  }).listen(port, "127.0.0.1");
}
