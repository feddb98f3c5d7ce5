"""`factory deid text`: notes from files or a pipe, without what identifies people."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.deid.text import Detector, Span

HELP = "de-identify text from files or a pipe"
EXAMPLE = """
factory deid text note.txt
cat note.txt | factory deid text --replace surrogate --seed 7
factory deid text a.txt b.txt --out clean --known record.csv --spans spans.jsonl
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="text files, - or none for a pipe")
    parser.add_argument("--out", type=Path, help="a file, for several files a new folder (default: standard output)")
    parser.add_argument("--replace", choices=("tag", "surrogate"), default="tag", help="default: %(default)s")
    parser.add_argument("--known", type=Path, help="CSV or JSON with the person's record; every cell is an identifier")
    parser.add_argument("--spans", type=Path, help="write where what was found here (JSON lines, without the text)")
    parser.add_argument("--seed", type=int, help="secret of the surrogates; drawn at random when not given")


def run(args: argparse.Namespace) -> int:
    """Read all, then find and replace text by text; what is written is whole or not there."""
    import secrets

    from factory.core.files import atomic_folder, atomic_path, check_free, write_bytes
    from factory.deid.notes import known_record
    from factory.deid.text import Detector

    if args.seed is None:
        args.seed = secrets.randbits(63)
    texts = list(_read(args.files or [Path("-")]))
    several = len(texts) > 1 and args.out is not None
    if several:
        _check_names([name for name, _ in texts])
        check_free(args.out)
    detector = Detector(known=known_record(args.known) if args.known else None)
    spans: list[str] = []
    made = ((name, _clean(args, detector, name, number, text, spans)) for number, (name, text) in enumerate(texts))
    if several:
        with atomic_folder(args.out) as folder:
            for name, clean in made:
                (folder / name).write_bytes(clean)
    elif args.out is not None:
        with atomic_path(args.out) as part:
            part.write_bytes(b"".join(clean for _, clean in made))
    else:
        _print([clean for _, clean in made])
    if args.spans:
        write_bytes(args.spans, "".join(spans).encode("utf-8"))
    return 0


def _read(files: list[Path]) -> Iterator[tuple[str, str]]:
    import sys

    from factory.core.files import storage_errors
    from factory.deid.notes import decode

    for file in files:
        if str(file) == "-":
            yield "-", decode(sys.stdin.buffer.read(), "standard input")
        else:
            with storage_errors(file):
                data = file.read_bytes()
            yield file.name, decode(data, file.name)


def _check_names(names: list[str]) -> None:
    from factory.core.errors import FactoryError

    if len(set(names)) != len(names) or "-" in names:
        raise FactoryError("Several files need names of their own in one folder.", "Run the command once a file.")


def _clean(args: argparse.Namespace, detector: Detector, name: str, number: int, text: str, spans: list[str]) -> bytes:
    """The text with what was found replaced, as UTF-8; appends a line a span to `spans`."""
    from factory.deid.notes import pieces
    from factory.deid.notes.record import PERSON
    from factory.deid.text import replace

    # With a record all files are about its person; without, each file is taken for a person of its own.
    person = PERSON if args.known else f"text {number}"
    parts = list(pieces(text))
    offset, clean = 0, []
    for part, found in zip(parts, detector.find_many(parts, [person] * len(parts)), strict=True):
        clean.append(replace(part, found, replacement=args.replace, person=person, seed=args.seed))
        spans.extend(_line(name, offset, span) for span in found)
        offset += len(part)
    return "".join(clean).encode("utf-8")


def _line(name: str, offset: int, span: Span) -> str:
    import json

    value = {
        "doc": name,
        "start": span.start + offset,
        "end": span.end + offset,
        "class": span.kind,
        "layer": span.layer,
        "score": round(span.score, 3),
    }
    return json.dumps(value, ensure_ascii=False) + "\n"


def _print(cleaned: list[bytes]) -> None:
    import sys

    for clean in cleaned:
        sys.stdout.buffer.write(clean)
    sys.stdout.buffer.flush()
