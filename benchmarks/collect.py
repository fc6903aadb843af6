"""Collecting beside a plain Django view: how many events a second are taken, settled and in the lake, and how soon.

The generator has one core, the servers the other. Batches of a hundred events go over loopback to real servers:

- sustained: so many events a second for a while; what waits to be settled at its worst and at the end, and how soon an
  event counts: from its acknowledgement until the log shows it;
- burst: as fast as they are taken for ten seconds, then until nothing waits any more;
- the peer: a burst to a Django view that decodes batches and writes rows with ``bulk_create``, on the same web server.

At the end every acknowledged event must be in the lake, once.

Run: python -m benchmarks.collect [--rate 30000] [--seconds 60] [--burst 10]
TRAGT_BENCH_SMALL=1 takes a few seconds. TRAGT_DATABASE_URL names a PostgreSQL database, which must be empty.
"""

import argparse
import asyncio
import os
import platform
import tempfile
from pathlib import Path

from benchmarks.collect_peers.generator import Sent, send
from benchmarks.collect_peers.servers import Peer, Tragt

SMALL = os.environ.get("TRAGT_BENCH_SMALL") == "1"
SENDING, SERVING = 0, 1


def main() -> None:
    asked = _arguments()
    os.sched_setaffinity(0, {SENDING})
    database = "PostgreSQL" if os.environ.get("TRAGT_DATABASE_URL") else "SQLite"
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {database}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        with Tragt(Path(name), SERVING) as tragt:
            asyncio.run(send(tragt.door, seconds=2, rate=None, first=0))
            tragt.wait_until_settled()
            with tragt.probing() as probe:
                sustained = asyncio.run(send(tragt.door, seconds=asked.seconds, rate=asked.rate, first=10**6))
                waits = tragt.wait_until_settled()
            _told(f"sustained, {asked.rate:,} asked for", sustained)
            print(f"  nothing waits {waits:.1f} s after the last; an event counts {probe.told()}")
            burst = asyncio.run(send(tragt.door, seconds=asked.burst, rate=None, first=2 * 10**6))
            waits = tragt.wait_until_settled()
            _told("burst", burst)
            print(f"  nothing waits {waits:.1f} s after the last")
            print(f"  peak memory: {tragt.memory()}")
        print(f"  {tragt.counted()}")
        with Peer(Path(name), SERVING) as peer:
            _told(
                "a Django view with bulk_create", asyncio.run(send(peer.door, seconds=asked.burst, rate=None, first=0))
            )


def _told(what: str, sent: Sent) -> None:
    pace, middle, late = sent.taken / sent.seconds, 1000 * sent.latency(0.5), 1000 * sent.latency(0.99)
    print(f"{what}: {pace:,.0f} events/s acknowledged ({sent.taken:,}; {sent.refused} batches refused)")
    print(f"  acknowledged after {middle:.0f} ms (median), {late:.0f} ms (99 %)", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5_000 if SMALL else 30_000, help="events a second")
    parser.add_argument("--seconds", type=float, default=5 if SMALL else 60)
    parser.add_argument("--burst", type=float, default=3 if SMALL else 10)
    return parser.parse_args()


if __name__ == "__main__":
    main()
