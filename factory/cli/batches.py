"""factory batches: what the register of batches holds, and people sent by destination and year."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "list the batches of a register, and people sent by destination and year"
EXAMPLE = """\
factory batches runs/.register
factory batches runs/.register --forget 87fa3c5fafcaa7b4d1c646bc4194e90d --as alice
factory batches --check runs/second
exit code 32 of --check: a release of the same people came since; 40: too many people for this year's route
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
    parser.add_argument(
        "--check",
        type=Path,
        metavar="RUN",
        help="ask of this run what a release asks, and leave word of it for a day: for a release by another user",
    )
    parser.add_argument("--as", dest="name", metavar="NAME", help="who says so; kept in the register's log")


def run(args: argparse.Namespace) -> int:
    """Print a line a batch and a line a destination and year."""
    from factory.core.errors import RunError
    from factory.line.batches import forget, listing

    if args.check:
        return _check(args.check)
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


def _check(folder: Path) -> int:
    from factory.core.errors import NotReady
    from factory.core.run import Run
    from factory.line.releasing import at_hand, checked_release, leave_receipt

    run = Run(folder)
    if not at_hand(run):
        raise NotReady(f"{folder} has no batch that this user may read.", "Ask as the user of the source zone.")
    with checked_release(run):
        leave_receipt(run)
        print(f"{run.name}: nothing in the register speaks against its release")
    return 0
