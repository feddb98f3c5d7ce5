"""factory review: show where a review stands, answer its questions, approve, ask for changes or refuse."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.core.run import Run
    from factory.review.voting import Standing

HELP = "show, answer, approve or refuse what a run made; two approvals by two people are needed"
EXAMPLE = """\
factory review show RUN
factory review attest RUN --as "Dr Ho" --key ho.key --yes SH-KNOW --yes GD-7 --reason "Asked the registry on 3 March."
factory review approve RUN --as "Dr Wong" --key wong.key --accept UT-1 --reason "Not used for prediction."
factory review ask-changes RUN --as "Dr Lau" --key lau.key --reason "Coarser age bands, please."
factory review reject RUN --as "Dr Lau" --key lau.key --reason "The age bands are too fine."
"""
VALID_DAYS = 365
"""How long an answer stands where no --expires says otherwise."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    show = acts.add_parser("show", help="state, candidate digest, dossier, shortfalls, questions, number of votes")
    attest = acts.add_parser("attest", help="sign answers to questions that only a person can answer")
    approve = acts.add_parser("approve", help="sign that the candidate may be released")
    changes = acts.add_parser("ask-changes", help="sign that it has to be made again first")
    reject = acts.add_parser("reject", help="sign that it may not")
    for act in (show, attest, approve, changes, reject):
        act.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    for act in (attest, approve, changes, reject):
        act.add_argument("--as", dest="name", required=True, metavar="NAME", help="your name in people.yaml")
        act.add_argument("--key", type=Path, required=True, metavar="FILE", help="your private key")
        act.add_argument("--reason", default="", metavar="TEXT", help="why; goes into the bundle")
    approve.add_argument(
        "--accept", action="append", default=[], metavar="CONTROL", help="a shortfall you accept; may be given again"
    )
    for answer in ("yes", "no"):
        attest.add_argument(
            f"--{answer}",
            action="append",
            default=[],
            metavar="CONTROL",
            help=f"a control whose question you answer with {answer}; may be given again",
        )
    attest.add_argument(
        "--expires",
        type=dt.date.fromisoformat,
        metavar="DATE",
        help=f"last day on which the answers stand; {VALID_DAYS} days from now by default",
    )


def run(args: argparse.Namespace) -> int:
    """Sign what was decided, or show; votes stay hidden until two are in."""
    from factory.core.run import Run
    from factory.review.voting import approve, ask_changes, reject, show

    here = Run(args.run_folder)
    match args.act:
        case "show":
            standing = show(here)
        case "attest":
            standing = _attest(here, args)
        case "approve":
            standing = approve(here, args.name, args.key, accept=args.accept, reason=args.reason)
        case "ask-changes":
            standing = ask_changes(here, args.name, args.key, reason=args.reason)
        case _:
            standing = reject(here, args.name, args.key, reason=args.reason)
    _print(here, standing)
    return 0


def _attest(run: Run, args: argparse.Namespace) -> Standing:
    from factory.core.errors import ReviewError
    from factory.review.attestations import Answer
    from factory.review.voting import attest, show

    both = [(Answer.YES, control) for control in args.yes] + [(Answer.NO, control) for control in args.no]
    if not both:
        raise ReviewError("No question is named.", "Answer with --yes CONTROL or --no CONTROL; `review show` has them.")
    standing = show(run)
    for _, control in both:
        if control not in standing.candidate.asked:
            raise ReviewError(f"{control} asks no question of this candidate.", "See: factory review show RUN")
    expires = args.expires or dt.datetime.now(dt.UTC).date() + dt.timedelta(days=VALID_DAYS)
    for answer, control in both:
        standing = attest(run, args.name, args.key, control=control, answer=answer, reason=args.reason, expires=expires)
    return standing


def _print(run: Run, standing: Standing) -> None:
    from factory.review.attestations import standing_answers

    candidate = standing.candidate
    print(f"state      {standing.state}")
    print(f"data       {candidate.name} {candidate.version}, verdict: {candidate.verdict}")
    print(f"candidate  {standing.digest}")
    print(f"dossier    {run.candidate / 'dossier.html'}")
    print(f"review by  {candidate.review_by}")
    for item in candidate.shortfalls:
        print(f"shortfall  {item.control}: {item.sentence}")
    answers = standing_answers(standing.attestations.values(), dt.datetime.now(dt.UTC))
    for question in candidate.questions:
        given = answers.get(question.control)
        said = "not answered" if given is None else f"{given.payload.answer} by {given.payload.name}"
        print(f"question   {question.control}: {question.sentence} [{said}]")
    print(f"votes      {len(standing.votes)}")
    for vote in standing.open_votes():
        reason = " ".join(vote.payload.reason.split())
        print(f"           {vote.payload.at} {vote.payload.name}: {vote.payload.decision}  {reason}".rstrip())
