"""`python -m tests.benchmarks [name…] [--json | --markdown] [--rounds N]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from contextlib import suppress

from tests.benchmarks.cases import CASES
from tests.benchmarks.harness import Row, document, markdown, measure, table


def main() -> None:
    """Measure the cases that are named, or all, and print a table or JSON."""
    known = [case.name for case in CASES]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print the README's table")
    parser.add_argument("--rounds", type=int, default=5, help="medians of so many (5)")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"no such case: {', '.join(unknown)}; there are: {', '.join(known)}")
    rows: list[Row] = []
    with suppress(KeyboardInterrupt):  # what has been measured until then is told
        for case in CASES:
            if not given.names or case.name in given.names:
                sys.stderr.write(f"{case.name} …\n")
                rows.append(measure(case, given.rounds))
    machine = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    if given.json:
        sys.stdout.write(
            json.dumps({"machine": machine, "cases": [document(r) for r in rows]}) + "\n"
        )
    elif given.markdown:
        sys.stdout.write(f"{machine}\n\n{markdown(rows)}\n")
    else:
        sys.stdout.write(f"{machine}, load {os.getloadavg()[0]:.1f}\n{table(rows)}\n")


if __name__ == "__main__":
    # Compiled modules are part of what an installed command is.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    main()
