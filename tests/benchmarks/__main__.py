"""`make bench`: every figure the README names, measured here and now.

`python -m tests.benchmarks turns growth` measures these parts alone.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

from tests.benchmarks import growth, latency, starts, turns_race, webhook

PARTS = {
    "webhook": webhook.report,
    "latency": latency.report,
    "starts": starts.report,
    "turns": turns_race.report,
    "growth": growth.report,
}


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    words.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    wanted = words.parse_args().parts or list(PARTS)
    if unknown := set(wanted) - PARTS.keys():
        words.error(f"no such part: {', '.join(sorted(unknown))}")
    begun = time.perf_counter()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform()}")
    print(f"Busy before it began: {os.getloadavg()[0]:.1f} processes\n")
    with tempfile.TemporaryDirectory(prefix="denrei-bench-") as folder:
        for part in wanted:
            PARTS[part](Path(folder))
    print(f"{time.perf_counter() - begun:.0f} s in all")


if __name__ == "__main__":
    main()
