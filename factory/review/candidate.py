"""The candidate: what reviewers read and sign, listed file by file in candidate.json."""

from __future__ import annotations

import datetime as dt
import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from factory.core.documents import LARGEST_DOCUMENT, Digest, Document, Line, Title, from_canonical, read_capped
from factory.core.errors import FactoryError, NotReady, ReviewError
from factory.core.files import sha256_bytes, sha256_file, storage_errors

CANDIDATE = "candidate.json"
LONGEST_PATH = 240
_RESERVED = {
    "candidate.json",
    "manifest.json",
    "readme.md",
    "release.dsse.json",
    "copy.dsse.json",
    "licence.yaml",
    "licence.txt",
    "licence.zh-hant.txt",
    "licence.zh-hans.txt",
    "licence.jsonld",
    "licence.dsse.json",
    "audit.json",
    "room.json",
    "votes",
    "attestations",
}


def plain_path(text: str) -> str:
    """The text, if it is a relative path that means the same everywhere, and nothing outside its folder.

    Raises: ValueError.
    """
    parts = text.split("/")
    if len(text.encode("utf-8", "replace")) > LONGEST_PATH or unicodedata.normalize("NFC", text) != text:
        raise ValueError("is a path that some systems cannot hold")
    for part in parts:
        if not part.strip(". ") or part != part.strip(" ") or part.endswith(".") or not part.isprintable():
            raise ValueError("is not a plain relative path")
        if set(part) & set('\\:*?"<>|'):
            raise ValueError("is not a plain relative path")
    return text


RelativePath = Annotated[str, AfterValidator(plain_path)]


class FileEntry(Document):
    """Digest and size of a file."""

    sha256: Digest
    bytes: int = Field(ge=0)


class Shortfall(Document):
    """A control that was not met in full, and must be accepted by name."""

    control: Line
    sentence: str


class Question(Document):
    """What only a person can say: the control that asks, and the sentence, in English, that is answered yes or no."""

    control: Line
    sentence: str


class Candidate(Document):
    """Content of candidate.json; the SHA-256 of its bytes is the candidate digest."""

    format: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\z")]
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+\z", max_length=30)]
    title: Title
    licensor: Line
    purposes: tuple[Line, ...]
    contract: Digest
    producer: Line
    review_by: dt.date
    verdict: Literal["pass", "pass-with-shortfalls", "fail"]
    shortfalls: tuple[Shortfall, ...]
    questions: tuple[Question, ...] = ()
    files: dict[RelativePath, FileEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> Candidate:
        if (self.verdict == "pass") == bool(self.shortfalls) and self.verdict != "fail":
            raise ValueError("has a verdict that does not agree with its shortfalls")
        check_paths(self.files)
        if any(path.partition("/")[0].casefold() in _RESERVED for path in self.files):
            raise ValueError("lists a file whose name the bundle needs for itself")
        return self

    @property
    def controls(self) -> tuple[str, ...]:
        """Controls with a shortfall, sorted."""
        return tuple(sorted({item.control for item in self.shortfalls}))

    @property
    def asked(self) -> tuple[str, ...]:
        """Controls with a question, sorted."""
        return tuple(sorted({item.control for item in self.questions}))

    def tables(self) -> dict[str, str]:
        """Paths of the synthetic tables by table name."""
        return {
            PurePosixPath(path).stem: path
            for path in sorted(self.files)
            if path.startswith("data/") and path.endswith(".parquet")
        }


def check_paths(files: dict[str, FileEntry]) -> None:
    """Raise ValueError when two paths are one on a system that ignores case, or a file is also a folder."""
    lower = [path.casefold() for path in files]
    folders = {str(parent) for path in lower for parent in PurePosixPath(path).parents}
    if len(set(lower)) != len(lower) or folders & set(lower):
        raise ValueError("lists two files under one name")


def parse_candidate(data: bytes, error: type[FactoryError] = ReviewError) -> Candidate:
    """A candidate from the bytes of candidate.json. Raises: `error`."""
    fix = "Produce the run again." if error is ReviewError else ""
    return from_canonical(data, Candidate, CANDIDATE, error, fix)


def load_candidate(folder: Path) -> tuple[Candidate, str]:
    """The candidate of a folder and its digest. Raises: NotReady, ReviewError, StorageError."""
    path = folder / CANDIDATE
    if not path.is_file():
        raise NotReady("This run has no candidate to review yet.", "Run: factory produce")
    data = read_capped(path, LARGEST_DOCUMENT)
    return parse_candidate(data), sha256_bytes(data)


def check_files(folder: Path, candidate: Candidate) -> None:
    """Every file the candidate lists is there as listed, and no other.

    Raises: ReviewError that names the file, StorageError.
    """
    found = set(walk(folder, ReviewError)) - {CANDIDATE}
    listed = set(candidate.files)
    if missing := sorted(listed - found):
        raise ReviewError(f"{missing[0]} is missing from the candidate.", "Produce the run again.")
    if extra := sorted(found - listed):
        raise ReviewError(f"{extra[0]!r} is in the candidate's folder but not listed in it.", "Take it out.")
    for path, entry in sorted(candidate.files.items()):
        file = folder / path
        with storage_errors(file):
            if file.stat().st_size != entry.bytes or sha256_file(file) != entry.sha256:
                raise ReviewError(f"{path} was changed after the candidate was made.", "Produce the run again.")


def walk(folder: Path, error: type[FactoryError]) -> Iterator[str]:
    """Relative paths of the regular files under a folder. Raises: `error` for links and special files."""
    with storage_errors(folder):
        for here, folders, files in os.walk(folder, onerror=_raise):
            for name in (*folders, *files):
                path = Path(here) / name
                mode = path.lstat().st_mode
                relative = path.relative_to(folder).as_posix()
                if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                    raise error(f"{relative!r} is a link or a special file.", "")
                if stat.S_ISREG(mode):
                    yield relative


def _raise(error: OSError) -> None:
    raise error
