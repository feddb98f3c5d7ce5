"""factory licence: offer a licence on a candidate's data, and accept one; both sides sign the same bytes."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "offer a licence on the data of a run, or accept one that was offered"
EXAMPLE = """\
factory release RUN --template ai-company-hong-kong > licence.yaml
factory licence offer RUN --licence licence.yaml --as "Mr Ng" --key ng.pem --out offer
factory licence accept offer --trust hospital-people.yaml --as "Models Ltd" --key models.pem
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    offer = acts.add_parser("offer", help="sign a licence for the licensor, into a folder for the licensee")
    offer.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    offer.add_argument("--licence", type=Path, required=True, metavar="FILE", help="the terms, a YAML file")
    offer.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    accept = acts.add_parser("accept", help="sign an offered licence for the licensee")
    accept.add_argument("offer", type=Path, metavar="OFFER", help="the folder that was offered")
    accept.add_argument(
        "--trust", type=Path, required=True, metavar="KEYS", help="people.yaml with the licensor's key and your own"
    )
    for act in (offer, accept):
        act.add_argument("--as", dest="name", required=True, metavar="NAME", help="who signs")
        act.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key of who signs")


def run(args: argparse.Namespace) -> int:
    """Offer or accept; both print the licence's digest."""
    from factory.core.progress import say
    from factory.core.run import Run
    from factory.release.offer import LICENCE_TEXTS, accept, offer
    from factory.review.candidate import load_candidate
    from factory.review.people import load_people

    if args.act == "offer":
        here = Run(args.run_folder)
        candidate, digest = load_candidate(here.candidate)
        made = offer(candidate, digest, load_people(here.people), args.licence, args.name, args.key, args.out)
        say(f"Send {args.out} to {made.licence.licensee.name}, who accepts it; then: factory release --licence FOLDER")
    else:
        made = accept(args.offer, load_people(args.trust), args.name, args.key)
        say(f"Signed; send {args.offer} back. The terms are in {args.offer / LICENCE_TEXTS['en']}.")
    print(f"{made.licence.id}  {made.digest}")
    return 0
