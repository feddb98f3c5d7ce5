"""The log: a JSON line an act, with the tree's peaks and root after it.

A line is `{"entry": {...}, "peaks": [...], "root": ...}` in canonical JSON. The leaf is the canonical
JSON of `entry`, which carries its own number, so an entry altered, dropped or moved breaks the line it
was at. Who rewrites the whole log is caught by a checkpoint (`size:root`) kept elsewhere; every sealed
bundle holds one.

Order of act and entry: the act's file is made durable first and the entry appended after it, because
the file is the fact and can be shown to be whole, while an entry for a file that never came to be would
be a lie that nobody may delete. Whoever acts next appends what a killed process left out. The one
exception is a release, whose entry goes into the bundle and so is written before it, as intent.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from factory.audit import merkle
from factory.core.documents import Digest, Document, Line, parse_canonical
from factory.core.errors import RunError
from factory.core.files import append_durably, canonical_json, storage_errors

_LONGEST_LINE = 1 << 14


class Act(StrEnum):
    """What may be logged."""

    INTAKE = "intake"
    DEIDENTIFY = "de-identify"
    SYNTHESIZE = "synthesize"
    CHECK = "check"
    JUDGE = "judge"
    ASSEMBLE = "assemble"
    PRODUCE = "produce"
    DESTROY_KEYS = "destroy keys"
    SUBMIT = "submit"
    ATTEST = "attest"
    COMMENT = "comment"
    VOTE = "vote"
    DECIDE = "decide"
    RELEASE = "release"
    SEAL = "seal"
    REVOKE = "revoke"
    EXPIRE = "expire"
    ACCOUNT = "account"
    SIGN_IN = "sign in"
    PUBLISH = "publish"
    TOKEN = "issue token"  # noqa: S105 - the name of an act
    END_TOKEN = "end token"  # noqa: S105 - the name of an act
    PULL = "pull"
    CLIENT = "admit client"
    END_CLIENT = "end client"
    REQUEST = "request licence"
    REVOKE_LICENCE = "revoke licence"
    WITHDRAW = "withdraw release"
    DEPRECATE = "deprecate release"


class Outcome(StrEnum):
    """How an act ended. A vote's entry says `done`, not which way it went: voting is blind."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_ASKED = "changes asked"
    TIMED_OUT = "timed out"


class Entry(Document):
    """One act: its number from 1, when (UTC), who, what, the SHA-256 it was done to, how it ended."""

    number: int
    at: str
    who: Line
    act: Act
    subject: Digest
    outcome: Outcome

    def leaf(self) -> bytes:
        """Leaf hash of the entry."""
        return merkle.leaf_hash(canonical_json(self.model_dump(mode="json")))

    def same_as(self, who: str, act: Act, subject: str, outcome: Outcome) -> bool:
        """True when only number and time differ."""
        return (self.who, self.act, self.subject, self.outcome) == (who, act, subject, outcome)


class _Record(Document):
    entry: Entry
    peaks: tuple[Digest, ...]
    root: Digest


def append(path: Path, who: str, act: Act, subject_digest: str, outcome: Outcome) -> Entry:
    """Log an act durably and return its entry; the same act as the last one's is not logged twice.

    `who` is a name of people.yaml or a fixed word; nothing here may be a value of the data. A last line
    without its end, left by a crash, is removed first.

    Raises: RunError when the last entry is damaged, StorageError, DiskFull.
    """
    with _locked(path):
        _repair(path)
        last = _last(path)
        if last and last.entry.same_as(who, act, subject_digest, outcome):
            return last.entry
        size = last.entry.number if last else 0
        at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = Entry(number=size + 1, at=at, who=who, act=act, subject=subject_digest, outcome=outcome)
        before = [bytes.fromhex(peak) for peak in last.peaks] if last else []
        append_durably(path, _line(entry, merkle.grow(before, size, entry.leaf())))
        return entry


def repair(path: Path) -> None:
    """Remove a last line without its end, which a crash left. Raises: RunError, StorageError."""
    if path.exists():
        with _locked(path):
            _repair(path)


def read(path: Path) -> tuple[Entry, ...]:
    """All entries, each recomputed; a log that is not there has none.

    Raises: RunError that names the first entry that fails, StorageError.
    """
    if not path.exists():
        return ()
    entries: list[Entry] = []
    peaks: list[bytes] = []
    with storage_errors(path), path.open("rb") as handle:
        for number, line in enumerate(iter(lambda: handle.readline(_LONGEST_LINE), b""), start=1):
            if not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
                raise _broken(number, "is cut short", "The next act on this run repairs what a crash left.")
            record = _parsed(line)
            if record is None:
                raise _broken(number, "is not as it was written")
            peaks = merkle.grow(peaks, number - 1, record.entry.leaf())
            if record.entry.number != number:
                raise _broken(number, f"is missing or out of order: number {record.entry.number} stands there")
            if line != _line(record.entry, peaks):
                raise _broken(number, "does not follow from the entries before it")
            entries.append(record.entry)
    return tuple(entries)


def verify(path: Path, checkpoint: str = "") -> str:
    """Recompute the whole log and return its checkpoint, `size:root`.

    With an earlier `checkpoint`, the log must also still begin with what it stood for then.

    Raises: RunError that names the first entry that fails, StorageError.
    """
    entries = read(path)
    if checkpoint:
        _check_against(entries, checkpoint)
    return checkpoint_of(entries)


def checkpoint_of(entries: tuple[Entry, ...]) -> str:
    """`size:root` of a log."""
    return f"{len(entries)}:{merkle.root([entry.leaf() for entry in entries]).hex()}"


def _check_against(entries: tuple[Entry, ...], checkpoint: str) -> None:
    digits, _, root = checkpoint.strip().partition(":")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 12 or len(root) != 64:
        raise RunError("The checkpoint is not of the form size:root.", "Use what `factory audit verify` printed.")
    size = int(digits)
    if size > len(entries):
        raise _broken(len(entries) + 1, f"is missing: the checkpoint counts {size}, the log {len(entries)}")
    if checkpoint_of(entries[:size]) != f"{size}:{root}":
        raise RunError(
            f"Entries 1 to {size} of the audit log are not those of the checkpoint.",
            "The log was rewritten; ask who holds the run folder, and compare with a sealed bundle.",
        )


def _broken(number: int, what: str, fix: str = "") -> RunError:
    return RunError(
        f"Entry {number} of the audit log {what}.",
        fix or "Restore audit.jsonl from a backup; it is only ever added to.",
    )


def _line(entry: Entry, peaks: list[bytes]) -> bytes:
    record = {
        "entry": entry.model_dump(mode="json"),
        "peaks": [peak.hex() for peak in peaks],
        "root": merkle.root_of(peaks).hex(),
    }
    return canonical_json(record) + b"\n"


def _parsed(line: bytes) -> _Record | None:
    body = line.removesuffix(b"\n")
    if parse_canonical(body) is None:
        return None
    try:
        return _Record.model_validate_json(body)
    except ValueError:
        return None


def _repair(path: Path) -> None:
    with storage_errors(path), path.open("r+b") as handle:
        tail, start = _tail(handle)
        whole = tail.rfind(b"\n") + 1
        if start and not whole:
            raise RunError("The end of the audit log is damaged.", "Run: factory audit verify RUN")
        if whole < len(tail):
            handle.truncate(start + whole)
            os.fsync(handle.fileno())


def _last(path: Path) -> _Record | None:
    with storage_errors(path), path.open("rb") as handle:
        tail, _ = _tail(handle)
    if not tail:
        return None
    line = tail[tail.rfind(b"\n", 0, len(tail) - 1) + 1 :]
    record = _parsed(line)
    if record is None or not _fits(record, line):
        raise RunError("The last entry of the audit log is not as it was written.", "Run: factory audit verify RUN")
    return record


def _tail(handle: BinaryIO) -> tuple[bytes, int]:
    """The end of the log, longer than any line, and where it begins."""
    start = max(0, handle.seek(0, os.SEEK_END) - 2 * _LONGEST_LINE)
    handle.seek(start)
    return handle.read(), start


def _fits(record: _Record, line: bytes) -> bool:
    peaks = [bytes.fromhex(peak) for peak in record.peaks]
    return len(peaks) == record.entry.number.bit_count() and line == _line(record.entry, peaks)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the log while one entry is added; waits, since that takes milliseconds."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o664)  # less the umask
    try:
        with storage_errors(path):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
