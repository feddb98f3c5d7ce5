"""factory login: remember a catalogue's address, a token, and the keys you trust."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "sign in to a catalogue with the token of a licence, once"
EXAMPLE = """\
factory login https://catalogue.hospital.example --trust hospital-people.yaml
factory login https://catalogue.hospital.example --trust hospital-people.yaml --token-stdin < token
factory login --rotate sample-hospital
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("url", metavar="URL", nargs="?", help="the catalogue's address")
    parser.add_argument("--trust", type=Path, metavar="KEYS", help="people.yaml you had over another channel")
    parser.add_argument("--token-stdin", action="store_true", help="read the token from standard input")
    parser.add_argument("--replace", action="store_true", help="though the data set is known from another catalogue")
    parser.add_argument("--rotate", metavar="NAME", help="exchange the token of a data set for a new one")


def run(args: argparse.Namespace) -> int:
    """Ask the catalogue what the token is for, and keep it, readable by you alone."""
    import getpass
    import sys

    from factory.catalog import config, remote
    from factory.catalog.answers import Exchanged, Me
    from factory.core.documents import LARGEST_YAML, read_capped
    from factory.core.errors import NotReady
    from factory.core.progress import say
    from factory.review.people import load_people

    if args.rotate:
        known = config.access(args.rotate, kept=True)
        fresh = remote.ask(known.url, "/api/v1/token", Exchanged, known.token, "POST").token
        trust = read_capped(known.trust, LARGEST_YAML)
        config.remember(args.rotate, known.url, fresh, known.licence, trust)
        say("The token was exchanged; the old one ends in an hour.")
        return 0
    if not args.url or not args.trust:
        raise NotReady("A catalogue's address and the keys you trust are needed.", "See: factory login --help")
    load_people(args.trust)
    url, trust = remote.check_url(args.url), read_capped(args.trust, LARGEST_YAML)
    token = (sys.stdin.readline() if args.token_stdin else getpass.getpass("Token: ")).strip()
    found = remote.ask(url, "/api/v1/me", Me, token)
    config.remember(found.name, url, token, found.licence, trust, replace=args.replace)
    print(f"{found.name}@{found.version}")
    say(
        f"Licence {found.licence}, to {found.licensee}, until {found.expires}. Now: factory pull {found.name} --out DIR"
    )
    return 0
