"""factory verify: prove that a bundle is what was reviewed, approved, licensed and sealed."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "prove a bundle offline: what was reviewed, approved by two, licensed and sealed, to the byte"
EXAMPLE = """\
factory verify bundle.zip --trust hospital-people.yaml
factory verify RUN/release/bundles/L-1 --trust RUN/people.yaml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle's folder or its .zip file")
    parser.add_argument(
        "--trust", type=Path, required=True, metavar="KEYS", help="people.yaml you had over another channel"
    )


def run(args: argparse.Namespace) -> int:
    """Verify and say what was proven; exit code 60 when the bundle fails, 61 when its licence does."""
    from factory.release.verify import verify

    verified = verify(args.bundle, args.trust)
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
    return 0
