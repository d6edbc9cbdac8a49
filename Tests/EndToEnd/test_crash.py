"""Never lost, never twice: the product is killed at every step of publishing."""
import os
import time

import crash


def test_no_part_is_lost_or_doubled_when_the_product_is_killed():
    kills = int(os.environ.get("CRASH_KILLS", "200"))
    seed = int(os.environ.get("CRASH_SEED", time.time()))
    tally = crash.run(kills, seed=seed)
    print(tally.line(), f"(seed {seed})")
    assert not tally.findings, "\n".join(tally.findings)
    assert tally.kills >= kills
