"""factory runs: the runs of a folder, their state, and seconds and memory by stage."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.line.listing import RunLine

HELP = "list runs: state, and seconds and peak memory of each stage"
EXAMPLE = """\
factory runs runs
factory runs runs/first --json
factory runs runs/first --otlp spans.json
"""
MB = 1 << 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path("runs"), metavar="FOLDER", help="a run, or a folder of runs; runs/"
    )
    parser.add_argument("--otlp", type=Path, metavar="FILE", help="write one run's stages as spans, for OpenTelemetry")
    parser.add_argument("--json", action="store_true", help="the same for machines, with every figure")


def run(args: argparse.Namespace) -> int:
    """Print a line a run and a line a stage."""
    from factory.line.listing import runs

    if args.otlp:
        from factory.core.files import canonical_json, write_bytes
        from factory.core.run import Run
        from factory.line.spans import spans

        run = Run(args.folder)
        run.state()  # a folder of runs is none
        write_bytes(args.otlp, canonical_json(spans(run)) + b"\n")  # a request a line, as collectors read
        return 0
    found = runs(args.folder)
    if args.json:
        import sys
        from dataclasses import asdict

        from factory.core.files import pretty_json

        sys.stdout.write(pretty_json([asdict(item) for item in found]).decode())
        return 0
    for item in found:
        _print(item)
    return 0


def _print(item: RunLine) -> None:
    at_work = ", at work now" if item.busy else ""
    print(f"{item.name}: {item.state}{at_work}")
    if item.stages is None:
        print("  what its stages cost is in the source zone, which this user may not read")
        return
    if item.stages:
        print(f"  {'stage':8} {'seconds':>9} {'processor':>9} {'peak MB':>8}  attempts")
    for cost in item.stages:
        done = cost.latest
        about = "" if done.peak_of == "work" else ", peak of the whole process"
        failed = "" if done.outcome == "done" else f", {done.outcome}"
        print(
            f"  {done.stage:8} {done.wall_s:9.1f} {done.cpu_s:9.1f} {done.peak_bytes / MB:8.0f}"
            f"  {cost.attempts}{failed}{about}"
        )
