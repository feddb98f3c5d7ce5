"""factory diff: what is other between two versions of a data set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

HELP = "what is other between two versions: columns, policy, verdicts, figures, engine"
EXAMPLE = """\
factory diff runs/first runs/second
factory diff bundle-1.0.0.zip bundle-1.1.0.zip
factory diff sample-hospital@1.0.0 sample-hospital@1.1.0 --home room
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    for name in ("before", "after"):
        parser.add_argument(name, metavar=name.upper(), help="a run, a bundle, or NAME@VERSION of a catalogue")
    parser.add_argument("--home", type=Path, metavar="DIR", help="the catalogue's room, for NAME@VERSION")
    parser.add_argument("--store", default="", metavar="URL", help="its database; room.db in it (or FACTORY_STORE)")
    parser.add_argument("--storage", default="", metavar="URL", help="its sealed files (or FACTORY_STORAGE)")


def run(args: argparse.Namespace) -> int:
    """Print each change, and which part of the version should move."""
    from factory.catalog.keeper.entries import changes
    from factory.evidence.diff import step_of

    before, after = _facts(args, args.before), _facts(args, args.after)
    found = changes(before, after)
    for item in found:
        mark = {True: "worse", False: "better", None: ""}[item["worse"]]
        print(f"{item['section']}: {item['what']}: {item['before']} -> {item['after']}  {mark}".rstrip())
    print(f"{len(found)} changes; by semantic versioning: {step_of(before, after)}")
    return 0


def _facts(args: argparse.Namespace, what: str) -> dict[str, Any]:
    """The dossier's facts of a run, a bundle or a version in a catalogue."""
    import os

    from factory.catalog.keeper.entries import FACTS, read_facts
    from factory.core.documents import LARGEST_DOCUMENT, read_capped
    from factory.core.errors import NotReady
    from factory.core.run import Run
    from factory.release.contents import open_contents

    path = Path(what)
    if (path / "run.json").is_file():
        return read_facts(read_capped(Run(path).candidate / FACTS))
    if path.exists():
        return read_facts(open_contents(path).document(FACTS))
    if args.home is None:
        raise NotReady(f"{what} is neither a run nor a bundle.", "For a version of a catalogue name its room: --home")
    from factory.catalog.keeper import listing, open_keeper

    keeper = open_keeper(
        args.home, args.store or os.environ.get("FACTORY_STORE", ""),
        args.storage or os.environ.get("FACTORY_STORAGE", ""),
    )  # fmt: skip
    name, _, version = what.partition("@")
    digest = listing.one(keeper, name, version).entry["facts"]
    return read_facts(keeper.storage.read(digest, LARGEST_DOCUMENT)) if digest else {}
