"""factory trace: name the licensee whose copy a suspect table is."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "name the licensee whose copy a suspect table is, with a p-value"
EXAMPLE = """\
factory trace RUN patients=leaked.csv
factory trace RUN encounters=part1.parquet patients=part2.csv
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="the run whose licensees are suspected")
    parser.add_argument("suspects", nargs="+", metavar="TABLE=FILE", help="a suspect file, and the table it may be")


def run(args: argparse.Namespace) -> int:
    """Print every licence, likeliest first; exit code 0 when one is named, 62 when none is."""
    from factory.core.errors import NotTraced, StorageError
    from factory.core.progress import say, step
    from factory.core.run import Run
    from factory.release.fingerprint.trace import FALSE_ACCUSATIONS
    from factory.release.tracing import trace_run

    pairs = [word.partition("=") for word in args.suspects]
    if any(not path for _, _, path in pairs):
        raise StorageError("A suspect is given as TABLE=FILE.", "See: factory trace --help")
    with step("hold every licensee's copy against the suspect"):
        found = trace_run(Run(args.run_folder), {name: Path(path) for name, _, path in pairs})
    print(f"{found.recognised:,} of {found.rows:,} rows are of this release")
    for item in found.accusations:
        said = "named" if item.named else "not named"
        print(
            f"{item.licence}  {item.agreements:,} of {item.differences:,} changes are its marks, p {item.p:.2g}: {said}"
        )
    if not found.named:
        raise NotTraced("No licensee's marks are in it.", "More rows or columns of the suspect may tell more.")
    say(f"An innocent licensee is named with a probability under {FALSE_ACCUSATIONS:g}, all licensees taken together.")
    return 0
