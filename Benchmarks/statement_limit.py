#!/usr/bin/env python3
"""What the limit of a statement costs that is set inside each transaction (SET LOCAL): PostgreSQL's own pgbench runs a transaction as the product
sends it, with and without the limit, in turns, directly and through pgbouncer. Needs TEST_DATABASE_URL and TEST_POOLED_URL."""
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

ROUNDS, SECONDS, CLIENTS = 3, 5, 8
SELECT = "SELECT id, words FROM rows WHERE id = 7;"
LIMIT = "SET LOCAL statement_timeout = '30s';"
# Two round trips, as the driver makes them: BEGIN travels with the first statement.
TRANSACTION = "\\startpipeline\nBEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;\n{limit}{select}\n\\endpipeline\n\\startpipeline\nCOMMIT;\n\\endpipeline\n"


def per_second(url: str, script: pathlib.Path) -> float:
    command = ["pgbench", "-n", "-M", "extended", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", str(script), url]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(re.search(r"tps = ([0-9.]+)", answer.stdout)[1])


def main() -> None:
    direct, pooled = os.environ["TEST_DATABASE_URL"], os.environ["TEST_POOLED_URL"]
    rows = "CREATE TABLE rows (id BIGINT PRIMARY KEY, words TEXT); INSERT INTO rows SELECT n, 'row ' || n FROM generate_series(1, 10000) n; ANALYZE rows"
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", direct, "-c", rows], check=True)
    with tempfile.TemporaryDirectory() as folder:
        scripts = {}
        for name, limit in (("without", ""), ("with", LIMIT + "\n")):
            scripts[name] = pathlib.Path(folder, name + ".sql")
            scripts[name].write_text(TRANSACTION.format(limit=limit, select=SELECT))
        for where, url in (("directly", direct), ("through pgbouncer", pooled)):
            found = {name: [] for name in scripts}
            for _ in range(ROUNDS):
                for name, script in scripts.items():
                    found[name].append(per_second(url, script))
            without, limited = (statistics.median(found[name]) for name in ("without", "with"))
            print(f"{where}: {without:,.0f} transactions/s without, {limited:,.0f} with: {limited / without:.2f}")


if __name__ == "__main__":
    main()
