"""`factory demo`: the whole line on the shipped sample."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "walk the shipped sample through the whole line, keys and reviewers included"
EXAMPLE = """
factory demo --out demo
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--out", type=Path, required=True, help="a folder that is not there, or empty")
    parser.add_argument(
        "--seed", type=int, default=20, help="the same seed gives the same tables (default: %(default)s)"
    )
    parser.add_argument("--plain", action="store_true", help="run the same stages without Prefect")


def run(args: argparse.Namespace) -> int:
    """Run the demo and say where everything is."""
    from factory.line.demo import demo

    summary = demo(args.out, args.seed, args.plain)
    print(f"dossier  {summary.dossier}")
    print(f"bundle   {summary.bundle}")
    print(f"tables   {summary.tables}")
    print()
    for line in summary.lines:
        print(line)
    return 0
