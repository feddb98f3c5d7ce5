"""factory keys: make a signing key and register its public half."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make a signing key and register its public half"
EXAMPLE = """\
factory keys add --as "Models Ltd" --role licensee --public AAAA... --people RUN/people.yaml
factory keys new --as "Dr Wong" --role reviewer --people RUN/people.yaml --out wong.key
FACTORY_KEY_PASSPHRASE=... factory keys new --as "Ms Lee" --role release-officer --people RUN/people.yaml --out lee.key
"""


_ROLES = ("producer", "reviewer", "data-steward", "release-officer", "auditor", "licensor", "licensee", "catalogue")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    new = acts.add_parser("new", help="make a key")
    new.add_argument("--as", dest="name", required=True, metavar="NAME", help="whose key it is")
    new.add_argument(
        "--role",
        dest="roles",
        action="append",
        required=True,
        choices=_ROLES,
        help="what this person may do; may be given again",
    )
    new.add_argument("--people", type=Path, required=True, metavar="FILE", help="people.yaml, made if not there")
    add = acts.add_parser("add", help="register a key that somebody else made")
    add.add_argument("--as", dest="name", required=True, metavar="NAME", help="whose key it is")
    add.add_argument("--role", dest="roles", action="append", required=True, choices=_ROLES, help="as above")
    add.add_argument("--public", required=True, metavar="TEXT", help="the public half, as `keys new` printed it")
    add.add_argument("--people", type=Path, required=True, metavar="FILE", help="people.yaml, made if not there")
    new.add_argument("--out", type=Path, required=True, metavar="KEYFILE", help="where the private key goes")


def run(args: argparse.Namespace) -> int:
    """Make the key; who has it may sign as NAME, so it is readable by its owner only."""
    import contextlib

    from factory.core import keys
    from factory.core.errors import FactoryError, KeyInvalid
    from factory.core.progress import say
    from factory.review.people import add_person, check_can_add

    if args.act == "add":
        if not keys.is_public_text(args.public):
            raise KeyInvalid("That is no public key.", "Give the text that `factory keys new` printed.")
        add_person(args.people, args.name, args.roles, args.public)
        say("Compare the key with its owner over another channel.")
        return 0
    key = keys.generate()
    public = keys.public_text(key)
    check_can_add(args.people, args.name, public)
    keys.write_private(args.out, key)
    try:
        add_person(args.people, args.name, args.roles, public)
    except FactoryError:
        with contextlib.suppress(OSError):
            args.out.unlink()
        raise
    print(f"{args.name}  {public}")
    say(f"The private key is in {args.out}; keep it to yourself. {args.people} has the public half.")
    return 0
