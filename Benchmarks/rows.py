"""Posts inserted one by one and weeks of 50 posts read from PostgreSQL: our data layer, and pgbench sending the same statements to the same server, in turns."""
from __future__ import annotations

import os
import pathlib
import re
import statistics
import subprocess
import tempfile

from queues import PROGRAM
from services import Postgres
from targets import score

CLIENTS, WEEK = 8, 604_800_000
WORKSPACE = "01900000-0000-7000-8000-000000000001"
CONTENT = '{"parts":[{"text":"A post of the benchmark, as long as posts usually are on most of the platforms.","mediaIds":[]}]}'
INSERT = """INSERT INTO posts (id, organization_id, origin, status, content, channels, search_text, scheduled_for, sort_at, created_at, updated_at, revision)
VALUES (gen_random_uuid()::text, '{workspace}', 'WEB', 'SCHEDULED', '{content}', '[]', 'a post', :at, :at, :at, :at, 1);"""
READ = """SELECT id, status, scheduled_for, content, channels FROM posts
WHERE organization_id = '{workspace}' AND deleted_at IS NULL AND scheduled_for >= :start AND scheduled_for < CAST(:start AS BIGINT) + {week} ORDER BY scheduled_for, id;"""
# Two round trips, as the driver makes them: BEGIN travels with the first statement, and what bounds a statement before it.
TRANSACTION = "\\startpipeline\nBEGIN{kind};\nSET LOCAL statement_timeout = '30s';\n{statement}\n\\endpipeline\n\\startpipeline\nCOMMIT;\n\\endpipeline\n"


def measure_rows(rounds: int, seconds: int) -> None:
    server = Postgres(os.environ["TEST_DATABASE_URL"])
    server.ask("CREATE DATABASE bench_rows")
    url = server.address._replace(path="/bench_rows").geturl()
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url}
    subprocess.run([PROGRAM, "prepare"], env=environment, check=True, timeout=60)
    rows = Postgres(url)
    rows.ask(f"INSERT INTO organizations (id, name, time_zone, created_at) VALUES ('{WORKSPACE}', 'Bench', 'UTC', 0)")
    rows.ask(
        "INSERT INTO posts (id, organization_id, origin, status, content, channels, search_text, scheduled_for, sort_at, created_at, updated_at, revision)"
        f" SELECT gen_random_uuid()::text, '{WORKSPACE}', 'WEB', 'SCHEDULED', '{CONTENT}', '[]', 'a post', n::bigint * {WEEK // 50}, n, 0, 0, 1"
        " FROM generate_series(0, 9999) n")
    rows.ask("VACUUM ANALYZE posts")
    with tempfile.TemporaryDirectory() as folder:
        insert = pathlib.Path(folder, "insert.sql")
        insert.write_text("\\set at random(2000000000000, 2100000000000)\n" + TRANSACTION.format(
            kind="", statement=INSERT.format(workspace=WORKSPACE, content=CONTENT)))
        week = pathlib.Path(folder, "week.sql")
        week.write_text(f"\\set start random(0, 199) * {WEEK}\n" + TRANSACTION.format(
            kind=" ISOLATION LEVEL REPEATABLE READ, READ ONLY", statement=READ.format(workspace=WORKSPACE, week=WEEK)))
        found: dict[str, list[tuple[float, float]]] = {"insert": [], "week": []}
        for _ in range(rounds):
            for what, script in (("insert", insert), ("week", week)):
                said = subprocess.run([PROGRAM, what, str(seconds)], env=environment, check=True, capture_output=True, text=True).stdout
                command = ["pgbench", "-n", "-M", "extended", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-f", str(script), url]
                peer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                found[what].append((float(said.split("RESULT", 1)[1]), float(re.search(r"tps = ([0-9.]+)", peer)[1])))
    print(f"medians of {rounds} rounds of {seconds} s, in turns, {CLIENTS} callers")
    for what, figures in found.items():
        ours, peer = (statistics.median(column) for column in zip(*figures))
        print(f"{what:8}{ours:10.0f} a second, pgbench {peer:10.0f}")
        score(f"{what} beside pgbench", ours / peer, 0.6)
