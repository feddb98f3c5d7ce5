"""factory review: show where a review stands, approve or reject a candidate."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.core.run import Run
    from factory.review.voting import Standing

HELP = "show, approve or reject what a run made; two approvals by two people are needed"
EXAMPLE = """\
factory review show RUN
factory review approve RUN --as "Dr Wong" --key wong.key --accept UT-1 --reason "Not used for prediction."
factory review reject RUN --as "Dr Lau" --key lau.key --reason "The age bands are too fine."
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    show = acts.add_parser("show", help="state, candidate digest, dossier, shortfalls, number of votes")
    approve = acts.add_parser("approve", help="sign that the candidate may be released")
    reject = acts.add_parser("reject", help="sign that it may not")
    for act in (show, approve, reject):
        act.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    for act in (approve, reject):
        act.add_argument("--as", dest="name", required=True, metavar="NAME", help="your name in people.yaml")
        act.add_argument("--key", type=Path, required=True, metavar="FILE", help="your private key")
        act.add_argument("--reason", default="", metavar="TEXT", help="why; goes into the bundle")
    approve.add_argument(
        "--accept", action="append", default=[], metavar="CONTROL", help="a shortfall you accept; may be given again"
    )


def run(args: argparse.Namespace) -> int:
    """Cast the vote, or show; votes stay hidden until two are in."""
    from factory.core.run import Run
    from factory.review.voting import approve, reject, show

    here = Run(args.run_folder)
    if args.act == "show":
        standing = show(here)
    elif args.act == "approve":
        standing = approve(here, args.name, args.key, accept=args.accept, reason=args.reason)
    else:
        standing = reject(here, args.name, args.key, reason=args.reason)
    _print(here, standing)
    return 0


def _print(run: Run, standing: Standing) -> None:
    candidate = standing.candidate
    print(f"state      {standing.state}")
    print(f"data       {candidate.name} {candidate.version}, verdict: {candidate.verdict}")
    print(f"candidate  {standing.digest}")
    print(f"dossier    {run.candidate / 'dossier.html'}")
    print(f"review by  {candidate.review_by}")
    for item in candidate.shortfalls:
        print(f"shortfall  {item.control}: {item.sentence}")
    print(f"votes      {len(standing.votes)}")
    for vote in standing.open_votes():
        reason = " ".join(vote.payload.reason.split())
        print(f"           {vote.payload.at} {vote.payload.name}: {vote.payload.decision}  {reason}".rstrip())
