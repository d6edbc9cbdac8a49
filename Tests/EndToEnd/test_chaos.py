"""Nothing is lost and nothing goes out twice while everything beneath the product fails: the short one of `bin/bench chaos`."""
import os
import time

import pytest

import chaos

pytestmark = pytest.mark.skipif(
    not all(os.environ.get(name) for name in ("TEST_DATABASE_URL", "TEST_REDIS_SERVERS", "TEST_S3_SWIFT")),
    reason="bin/test-postgres, bin/test-redis and bin/test-s3 name servers")


def test_the_plan_is_the_same_for_the_same_seed():
    assert chaos.plan(7, 600, 5) == chaos.plan(7, 600, 5) != chaos.plan(8, 600, 5)
    assert {deed.name for deed in chaos.plan(7, 600, 5)} == set(chaos.DEEDS)


def test_nothing_is_lost_or_doubled_whatever_fails():
    seed = int(os.environ.get("CHAOS_SEED", time.time()))
    tally, table = chaos.run(int(os.environ.get("CHAOS_PUBLICATIONS", "500")), 45, chaos.plan(seed, 45, 3), seed, show=print)
    print(*table, tally.line(), f"(seed {seed})", sep="\n")
    assert not tally.findings, "\n".join(tally.findings)
    assert tally.publications >= 500 and tally.kills >= 1
