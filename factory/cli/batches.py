"""factory batches: what the register of batches holds, and people sent by destination and year."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "list the batches of a register, and people sent by destination and year"
EXAMPLE = """\
factory batches runs/.register
factory batches runs/.register --forget 87fa3c5fafcaa7b4d1c646bc4194e90d --as alice
"""

_NOWHERE = "a place not stated"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "register", type=Path, nargs="?", default=Path("runs/.register"), metavar="FOLDER", help="runs/.register"
    )
    parser.add_argument(
        "--forget", metavar="ID", help="take out a batch whose run is gone; you say that nothing of it was released"
    )
    parser.add_argument("--as", dest="name", metavar="NAME", help="who says so; kept in the register's log")


def run(args: argparse.Namespace) -> int:
    """Print a line a batch and a line a destination and year."""
    from factory.core.errors import RunError
    from factory.line.batches import forget, listing

    if args.forget:
        if not args.name:
            raise RunError("Somebody has to say that nothing of the batch was released.", "Give --as NAME.")
        forget(args.register, args.forget, args.name)
    held = listing(args.register)
    for line in held.batches:
        years = ", ".join(map(str, line.years)) or "does not count"
        where = line.destination or _NOWHERE
        print(f"{line.id} {line.run}: {line.state}, {line.people:,} people to {where}, {years}")
    for (destination, year), people in held.people.items():
        print(f"{destination or _NOWHERE} {year}: {people:,} different people")
    return 0
