"""Collecting beside a plain Django view: how many events a second are taken, settled and in the lake, and how soon.

The generator has one core, the servers the other. Batches of a hundred events go over loopback to real servers:

- sustained: so many events a second for a while; how soon an event counts, from its acknowledgement until the log shows
  it; and what an event costs in processor time, until all is settled;
- burst: as fast as they are taken for ten seconds, then until nothing waits any more;
- the peer: a burst to a Django view that decodes batches and writes rows with ``bulk_create``, on the same web server.

At the end every acknowledged event must be in the lake, once.

Run: python -m benchmarks.collect [--only sustained] [--postgres] [--rate 30000] [--seconds 60] [--burst 10]
TRAGT_BENCH_SMALL=1 takes a few seconds. --postgres starts a PostgreSQL of its own beside the servers, on their core;
TRAGT_DATABASE_URL names another one, whose database must be empty.
"""

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from benchmarks.collect_peers.generator import Sent, send
from benchmarks.collect_peers.servers import Peer, Tragt, postgres_on

SMALL = os.environ.get("TRAGT_BENCH_SMALL") == "1"
SENDING, SERVING = 0, 1


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory() as name, postgres_on(SERVING) if asked.postgres else nullcontext():
        os.sched_setaffinity(0, {SENDING})
        database = "PostgreSQL" if os.environ.get("TRAGT_DATABASE_URL") else "SQLite"
        print(
            f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {database}", flush=True
        )
        if asked.only != "peer":
            with Tragt(Path(name), SERVING) as tragt:
                _drive(tragt, asked)
            print(f"  {tragt.counted()}")
        if asked.only in (None, "peer"):
            with Peer(Path(name), SERVING) as peer:
                sent = asyncio.run(send(peer.door, seconds=asked.burst, rate=None, first=0))
                _told("a Django view with bulk_create", sent)


def _drive(tragt: Tragt, asked: argparse.Namespace) -> None:
    asyncio.run(send(tragt.door, seconds=2, rate=None, first=0))
    tragt.wait_until_settled()
    if asked.only in (None, "sustained"):
        before = tragt.spent()
        with tragt.probing() as probe:
            sent = asyncio.run(send(tragt.door, seconds=asked.seconds, rate=asked.rate, first=10**6))
            waits = tragt.wait_until_settled()
        _told(f"sustained, {asked.rate:,} asked for", sent)
        print(f"  nothing waits {waits:.1f} s after the last; an event counts {probe.told()}")
        print(f"  {_cost(before, tragt.spent(), sent)}")
    if asked.only in (None, "burst"):
        before = tragt.spent()
        sent = asyncio.run(send(tragt.door, seconds=asked.burst, rate=None, first=2 * 10**6))
        waits = tragt.wait_until_settled()
        _told("burst", sent)
        print(f"  nothing waits {waits:.1f} s after the last")
        print(f"  {_cost(before, tragt.spent(), sent)}")
    print(f"  peak memory: {tragt.memory()}")


def _cost(before: Mapping[str, float], after: Mapping[str, float], sent: Sent) -> str:
    each = {what: 1e6 * (after[what] - before.get(what, 0.0)) / max(sent.taken, 1) for what in after}
    return "processor time an event: " + ", ".join(f"{what} {cost:.1f} µs" for what, cost in each.items())


def _told(what: str, sent: Sent) -> None:
    pace, middle, late = sent.taken / sent.seconds, 1000 * sent.latency(0.5), 1000 * sent.latency(0.99)
    print(f"{what}: {pace:,.0f} events/s acknowledged ({sent.taken:,}; {sent.refused} batches refused)")
    print(f"  acknowledged after {middle:.0f} ms (median), {late:.0f} ms (99 %)", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5_000 if SMALL else 30_000, help="events a second")
    parser.add_argument("--seconds", type=float, default=5 if SMALL else 60)
    parser.add_argument("--burst", type=float, default=3 if SMALL else 10)
    parser.add_argument("--only", choices=("sustained", "burst", "peer"), help="one part alone")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, with fsync")
    return parser.parse_args()


if __name__ == "__main__":
    main()
