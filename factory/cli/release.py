"""factory release: seal an approved run into a licensed bundle."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.core.run import Run

HELP = "seal an approved run into a licensed bundle"
EXAMPLE = """\
factory release RUN --template academic > licence.yaml
factory release RUN --licence offer --as "Ms Lee" --key lee.key
factory release RUN --room room --licence offer --as "Ms Lee" --key lee.key
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--licence", type=Path, metavar="OFFER", help="the folder of a licence that both sides signed")
    what.add_argument(
        "--template",
        metavar="KIND",
        help="print a licence to fill in: ai-company-hong-kong, pharma-multinational, academic",
    )
    parser.add_argument("--room", type=Path, metavar="DIR", help="take votes and answers from this review room")
    parser.add_argument("--store", default="", metavar="URL", help="the room's database (or FACTORY_STORE)")
    parser.add_argument(
        "--catalogue", default="", metavar="URL", help="where licensees pull it, and hear whether it was taken back"
    )
    parser.add_argument("--as", dest="name", metavar="NAME", help="the release officer (or FACTORY_AS)")
    parser.add_argument("--key", metavar="FILE", help="the release officer's private key (or FACTORY_KEY)")


def run(args: argparse.Namespace) -> int:
    """Seal; run again after an interruption, it goes on to the same bundle."""
    from factory.core.errors import ReviewError
    from factory.core.progress import step
    from factory.core.run import Run

    here = Run(args.run_folder)
    if args.template:
        return _print_template(here, args.template)
    name = args.name or os.environ.get("FACTORY_AS", "")
    key = args.key or os.environ.get("FACTORY_KEY", "")
    if not name or not key:
        raise ReviewError(
            "A release is signed by a release officer.", "Give --as NAME and --key FILE, or FACTORY_AS and FACTORY_KEY."
        )
    from factory.catalog.remote import check_url
    from factory.line.releasing import checked_release
    from factory.release.seal import seal

    if args.catalogue:
        args.catalogue = check_url(args.catalogue)
    with checked_release(here):
        if args.room:
            bundle = _from_room(here, args, name, Path(key))
        else:
            with step("seal and verify the bundle"):
                bundle = seal(here, args.licence, name, Path(key), status=args.catalogue)
    print(bundle)
    print(bundle.with_name(f"{bundle.name}.zip"))
    return 0


def _from_room(run: Run, args: argparse.Namespace, name: str, key: Path) -> Path:
    """Seal what was decided in a review room, and tell the room."""
    from factory.core.errors import LicenceError
    from factory.core.keys import load_private
    from factory.core.progress import step
    from factory.release.licence import check_grants
    from factory.release.offer import load_offer
    from factory.release.seal import seal
    from factory.review.candidate import load_candidate
    from factory.review.permissions import check_may_release
    from factory.review.room import open_room
    from factory.review.room.export import export

    room = open_room(args.room, args.store or os.environ.get("FACTORY_STORE", ""))
    candidate, digest = load_candidate(run.candidate)
    check_may_release(room.people(), candidate, name, load_private(key))
    check_grants(load_offer(args.licence).licence, candidate, LicenceError)
    with step("take votes and answers from the room"):
        export(room, digest, run.release)
    # The room is told first, as the log is of any release: what is revoked meanwhile is revoked, not overlooked.
    room.mark_released(digest, name)
    with step("seal and verify the bundle"):
        return seal(run, args.licence, name, key, room=True, status=args.catalogue)


def _print_template(run: Run, kind: str) -> int:
    from factory.release.licence import template
    from factory.review.candidate import load_candidate

    candidate, _ = load_candidate(run.candidate)
    print(template(kind, candidate), end="")
    return 0
