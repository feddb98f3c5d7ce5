"""factory dossier: a candidate's dossier as a page or on paper, in a language; or the schema of dossier.json."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

HELP = "write a candidate's dossier as HTML or PDF in a language, or the schema of dossier.json"
EXAMPLE = """\
factory dossier RUN
factory dossier RUN --lang zh-Hant --pdf dossier.pdf
factory dossier RUN/release/candidate --lang zh-Hans --html dossier.html
factory dossier --schema
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    from factory.words.catalogue import LANGUAGES

    parser.add_argument("folder", type=Path, nargs="?", metavar="RUN", help="a run, or a candidate's folder")
    parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="language of the dossier; en")
    out = parser.add_mutually_exclusive_group()
    out.add_argument("--pdf", type=Path, metavar="OUT", help="write it as PDF; needs the extra `pdf`")
    out.add_argument("--html", type=Path, metavar="OUT", help="write it as one HTML file that opens offline")
    out.add_argument("--schema", action="store_true", help="print the JSON Schema of dossier.json")


def run(args: argparse.Namespace) -> int:
    """Check every file of the candidate, then write what was asked for; without that, say what it comes to."""
    if args.schema:
        from factory.evidence.schema import schema_text

        print(schema_text().rstrip())
        return 0
    facts, digest = _load(args.folder)
    if args.pdf is not None:
        from factory.evidence.pdf import pdf

        _write(args.pdf, pdf(facts, args.lang, digest))
    elif args.html is not None:
        from factory.evidence.html import dossier_html

        _write(args.html, dossier_html(facts, args.lang))
    else:
        _print(facts, digest, args.lang)
    return 0


def _load(folder: Path | None) -> tuple[dict[str, Any], str]:
    """Facts and digest of a candidate whose files are all as listed. Raises: NotReady, ReviewError, StorageError."""
    from factory.core.errors import NotReady
    from factory.core.files import read_json
    from factory.core.run import Run
    from factory.review.candidate import CANDIDATE, check_files, load_candidate

    if folder is None:
        raise NotReady("No run is named.", "Try: factory dossier RUN")
    here = folder if (folder / CANDIDATE).is_file() else Run(folder).candidate
    candidate, digest = load_candidate(here)
    check_files(here, candidate)
    facts: dict[str, Any] = read_json(here / "dossier.json")
    return facts, digest


def _write(out: Path, data: bytes) -> None:
    from factory.core.files import check_free, write_bytes

    check_free(out)
    write_bytes(out, data)
    print(out)


def _print(facts: dict[str, Any], digest: str, language: str) -> None:
    from factory.words import words

    say = words(language)
    print(f"data       {facts['name']} {facts.get('version', '')}".rstrip())
    print(f"candidate  {digest}")
    print(f"verdict    {say(facts['verdict'])}")
    for regime in facts.get("regimes", []):
        print(f"regime     {say(regime['title'])}: {say(regime['verdict'])}")
    for risk in facts.get("risks", []):
        print(f"risk       {_retold(risk, language)}")


def _retold(item: dict[str, Any], language: str) -> str:
    from factory.words import retold, words

    return retold(words(language), item["said"]) if "said" in item else str(item["sentence"])
