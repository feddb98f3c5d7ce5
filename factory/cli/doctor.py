"""factory doctor: what is wrong with this machine, and how to mend it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.doctor import Finding

HELP = "say what is wrong with this machine and how to mend it; asks no other machine but the store's"
EXAMPLE = """\
factory doctor
factory doctor --home /srv/factory --store postgresql://factory@db/room
factory doctor --for licensee --json
"""
PURPOSES = ("line", "room", "licensee")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "--for", dest="purposes", action="append", choices=PURPOSES, help="what it is for; line and room"
    )
    parser.add_argument("--home", type=Path, default=Path(), metavar="DIR", help="folder work is done in; this one")
    parser.add_argument("--store", default="", metavar="URL", help="database of the room (or FACTORY_STORE)")
    parser.add_argument("--json", action="store_true", help="the same for machines")


def run(args: argparse.Namespace) -> int:
    """Look at everything, print it, and leave with 0 or the exit code of the first failure."""
    import os
    import sys
    from dataclasses import asdict

    from factory.core.files import pretty_json
    from factory.doctor import Level, Machine, Purpose, examine

    purposes = frozenset(map(Purpose, args.purposes or ("line", "room")))
    found = examine(Machine(purposes, args.home, args.store or os.environ.get("FACTORY_STORE", "")))
    if args.json:
        sys.stdout.write(pretty_json([asdict(item) for item in found]).decode())
    else:
        _print(found)
    return next((item.code for item in found if item.level is Level.FAIL), 0)


def _print(found: list[Finding]) -> None:
    for item in found:
        print(f"{item.level:5} {item.name}: {item.sentence}")
        if item.mend:
            print(f"      {item.mend}")
    counts = {level: sum(item.level == level for item in found) for level in ("fail", "warn")}
    print(f"{len(found)} looks: {counts['fail']} fail, {counts['warn']} warn.")
