"""factory verify: prove that a bundle is what was reviewed, approved, licensed and sealed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.release.status import StatusList
    from factory.release.verify import Verified
    from factory.review.people import People

HELP = "prove a bundle offline: what was reviewed, approved by two, licensed and sealed, to the byte"
EXAMPLE = """\
factory verify bundle.zip --trust hospital-people.yaml
factory verify bundle.zip --trust hospital-people.yaml --online
factory verify RUN/release/bundles/L-1 --trust RUN/people.yaml --status status.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle's folder or its .zip file")
    parser.add_argument(
        "--trust", type=Path, required=True, metavar="KEYS", help="people.yaml you had over another channel"
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--online", action="store_true", help="ask the bundle's catalogue whether it was taken back")
    way.add_argument("--status", type=Path, metavar="FILE", help="a list of what was taken back, kept in a file")


def run(args: argparse.Namespace) -> int:
    """Say what was proven; exit code 60 when the bundle fails, 61 or 65 when its licence does, 63 when taken back."""
    from factory.release.verify import verify
    from factory.review.people import load_people

    verified = verify(args.bundle, args.trust)
    standing = _standing(args, verified, load_people(args.trust))
    licence = verified.licence
    print(f"valid       {verified.manifest.name} {verified.manifest.version}")
    print(f"candidate   {verified.manifest.candidate}")
    print(f"sealed by   {verified.signer}")
    print(f"approved by {', '.join(verified.approvals)}")
    print(f"licence     {licence.id}: {licence.licensor} to {licence.licensee.name}, until {licence.expires}")
    print(f"signed by   {verified.licensor} for the licensor, {verified.licensee} as the licensee")
    print(f"this copy   {sum(verified.copy.marks.values()):,} marks by which a leak of it is traced")
    print(f"audit log   {verified.checkpoint}")
    if verified.room_checkpoint:
        print(f"room's log  {verified.room_checkpoint}")
    print(f"revocation  {standing}")
    return 0


def _standing(args: argparse.Namespace, verified: Verified, people: People) -> str:
    """What is known of it having been taken back, and as of when. Raises: Revoked, CatalogueUnreachable."""
    import datetime as dt

    from factory.release.status import check_standing

    status = _list(args, verified.manifest.status, people)
    if status is None:
        sealed = verified.room_checkpoint or verified.checkpoint
        return f"unknown since it was sealed, at checkpoint {sealed}" + (
            "; ask with --online" if verified.manifest.status else ""
        )
    now = dt.datetime.now(dt.UTC)
    found = check_standing(status, verified.manifest.candidate, verified.manifest.licence, now)
    said = f"not taken back as of {found.at}, checkpoint {found.checkpoint}"
    if found.stale:
        said += "; that list is old, ask with --online"
    if found.deprecated:
        said += f"; deprecated, version {found.successor} is newer" if found.successor else "; deprecated"
    return said


def _list(args: argparse.Namespace, address: str | None, people: People) -> StatusList | None:
    import datetime as dt

    from factory.catalog.cache import asked_status, status_path
    from factory.core.errors import CatalogueUnreachable
    from factory.release.status import is_stale, read_status

    if args.status:
        return read_status(args.status, people)
    if not args.online:
        kept = status_path(address) if address else None
        return read_status(kept, people) if kept and kept.is_file() else None
    if not address:
        raise CatalogueUnreachable("The bundle names no catalogue to ask.", "Give a list with --status FILE.")
    made = asked_status(address, people, must=True)
    if made is None or is_stale(made, dt.datetime.now(dt.UTC)):
        raise CatalogueUnreachable("The catalogue gives a list that speaks of the past only.", "Tell its owner.")
    return made
