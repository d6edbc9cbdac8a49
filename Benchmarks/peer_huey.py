"""The queue beside ours: huey on the same Redis, with a task that does nothing. peer_huey.py COUNT queues and waits; huey_consumer works."""
import os
import sys
import time

import huey

queue = huey.RedisHuey("bench", url=os.environ["REDIS_URL"], results=False)


@queue.task()
def nothing(number: int) -> None:
    pass


if __name__ == "__main__":
    # The consumer knows the task by its module's name.
    from peer_huey import nothing, queue

    count, start = int(sys.argv[1]), time.monotonic()
    for number in range(count):
        nothing(number)
    queued = time.monotonic() - start
    while queue.pending_count():
        time.sleep(0.005)
    print("RESULT", queued, time.monotonic() - start)
