"""Never lost, never twice: the product is killed at every step of publishing."""
import os
import time

import crash


def test_no_part_is_lost_or_doubled_when_the_product_is_killed():
    kills = int(os.environ.get("CRASH_KILLS", "130"))
    seed = int(os.environ.get("CRASH_SEED", time.time()))
    tally = crash.run(kills, seed=seed)
    print(tally.line(), dict(tally.by_platform), f"(seed {seed})")
    assert not tally.findings, "\n".join(tally.findings)
    assert tally.kills >= kills
    assert min(tally.by_platform.values()) >= 10 and len(tally.by_platform) == 13, tally.by_platform
