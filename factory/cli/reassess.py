"""factory reassess: measure runs again with the code of today."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "attack and judge earlier runs again with the code of today; no cost where the code has not changed"
EXAMPLE = """\
factory reassess runs
factory reassess runs/first
exit code 42: what was found good then is refused now
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path("runs"), metavar="FOLDER", help="a run, or a folder of runs; runs/"
    )


def run(args: argparse.Namespace) -> int:
    """Measure each run that awaits review, is approved or released; the first that does not stand is an error."""
    from factory.core.errors import AssessmentFailed, NotReady
    from factory.line.reassess import reassess_all

    made, failed = reassess_all(args.folder)
    if not made and not failed:
        raise NotReady(f"{args.folder} holds no run that somebody relies on.", "Name the folder of a run, or of runs.")
    for item in made:
        against = f", not met: {', '.join(item.failures)}" if item.failures else ""
        print(f"{item.run}: {item.state}; {item.before} then, {item.now} now{against}")
    for name, error in failed.items():
        print(f"{name}: could not be measured. {error}")
    if fallen := [item.run for item in made if not item.stands]:
        raise AssessmentFailed(
            f"Refused now: {', '.join(fallen)}.",
            "Take the release back (factory catalog revoke), or do not approve it.",
        )
    if failed:
        raise next(iter(failed.values()))
    return 0
