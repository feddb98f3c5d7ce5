"""Walk paths, read every file as what it is, and count the identifiers in it."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from factory.core.errors import StorageError
from factory.core.files import storage_errors
from factory.scan import read_archive, read_json, read_marked, read_tables, read_text
from factory.scan.ages import AgeBook
from factory.scan.allow import Allowed, Exceptions, own_documents
from factory.scan.cells import CellScan
from factory.scan.detect import names
from factory.scan.index import SourceIndex
from factory.scan.opened import Opened, kind_of
from factory.scan.report import FileRead, ScanReport
from factory.scan.tally import Tally
from factory.scan.zip3 import DEFAULT, Zip3Table

_BLOCK = 1 << 20
_ATTEST = {
    "picture": "Q: a picture; a person says that nobody can be seen or read in it",
    "video": "Q: a video; a person says that nobody can be seen or heard in it",
    "sound": "P: sound; a person says that no voice is in it",
    "genome": "P, R: genomic data; a person says what may be told from them",
}


@dataclass(frozen=True)
class Options:
    """How to scan: identifiers of the source, listed exceptions, and the year in which ages are reckoned."""

    index: SourceIndex | None = None
    allowed: tuple[Allowed, ...] = ()
    own_documents: bool = True
    as_of: int | None = None
    restricted_zip3: Zip3Table = DEFAULT


def scan(paths: Iterable[Path], options: Options | None = None) -> ScanReport:
    """Scan files and folders. Raises: StorageError when a path cannot be read."""
    chosen = options or Options()
    began = time.monotonic()
    shipped = own_documents() if chosen.own_documents else []
    work = _Work(Tally(Exceptions(list(chosen.allowed), shipped), chosen.index, chosen.restricted_zip3), chosen.as_of)
    for path in paths:
        for file, name in _walk(path):
            with storage_errors(file), file.open("rb") as handle:
                work.read(Opened(name, handle, file.stat().st_size))
    return work.finish(time.monotonic() - began)


def _walk(path: Path) -> Iterable[tuple[Path, str]]:
    if not path.exists():
        raise StorageError(f"{path} is not there.", "Name a file or a folder that is.")
    if path.is_file():
        yield path, path.name
        return
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            file = Path(folder) / name
            if file.is_file():
                yield file, file.relative_to(path).as_posix()


class _Work:
    """One scan: the tally, and the reader for each kind of file."""

    def __init__(self, tally: Tally, as_of: int | None) -> None:
        self._tally = tally
        self._ages = AgeBook(tally, as_of)

    def read(self, opened: Opened) -> None:
        """Scan a file, its name and, where it is an archive, what is in it."""
        file = FileRead(opened.name, size=opened.size)
        self._tally.files.append(file)
        digest = _digest(opened)
        self._name(opened, file, digest)
        self._tally.digests.add(digest)
        head = opened.head()
        kind = kind_of(opened, head)
        try:
            done = self._reader(kind)(opened, head, file)
        except _broken() as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            file.unread, done = f"{kind} ({type(error).__name__})", False
        if not done:
            if kind not in ("text", "bytes") and file.attest is None and file.unread is None:
                file.unread = kind
            file.how = f"unread as {kind}" if file.unread else file.how
            if file.attest or not read_text.read_text(opened, head, self._tally, file):
                file.unread = file.unread or (None if file.attest else "no text, and no kind known here")
                read_text.read_bytes(opened, self._tally, file)

    def _name(self, opened: Opened, file: FileRead, digest: str) -> None:
        """The names of the file and of the folders it lies in, as text; a digest of its own content says nothing."""
        last = opened.name.rpartition("!")[2].replace(digest, "")
        scan = CellScan(self._tally, file)
        for part in PurePosixPath(last).parts:
            stem = part.replace("_", " ") if "_" in part else part
            scan.feed("", "file name", {stem: (1, 1)}, tabular=False)
        scan.close()
        file.cells = 0

    def _reader(self, kind: str) -> Callable[[Opened, bytes, FileRead], bool]:
        return getattr(self, f"_as_{kind}", self._as_other)

    def _as_parquet(self, opened: Opened, _: bytes, file: FileRead) -> bool:
        read_tables.read_parquet(opened, self._tally, file, self._ages)
        return True

    def _as_csv(self, opened: Opened, head: bytes, file: FileRead) -> bool:
        return read_tables.read_csv(opened, head, self._tally, file, self._ages)

    def _as_sqlite(self, opened: Opened, _: bytes, file: FileRead) -> bool:
        read_tables.read_sqlite(opened, self._tally, file, self._ages)
        read_text.read_bytes(opened, self._tally, FileRead(f"{file.name} (bytes)"))
        return True

    def _as_json(self, opened: Opened, head: bytes, file: FileRead) -> bool:
        return read_json.read_json(opened, head, self._tally, file) or self._as_jsonl(opened, head, file)

    def _as_jsonl(self, opened: Opened, head: bytes, file: FileRead) -> bool:
        return read_json.read_lines(opened, head, self._tally, file, self._ages)

    def _as_html(self, opened: Opened, head: bytes, file: FileRead) -> bool:
        return read_marked.read_marked(opened, head, self._tally, file, named=False)

    def _as_xml(self, opened: Opened, head: bytes, file: FileRead) -> bool:
        return read_marked.read_marked(opened, head, self._tally, file, named=True)

    def _as_pdf(self, opened: Opened, _: bytes, file: FileRead) -> bool:
        return read_marked.read_pdf(opened, self._tally, file)

    def _as_zip(self, opened: Opened, _: bytes, file: FileRead) -> bool:
        if opened.depth >= read_archive.DEEPEST:
            file.unread = f"archive inside {read_archive.DEEPEST} archives"
            return False
        for member in read_archive.members(opened, self._tally, file):
            self.read(member)
        return True

    def _as_gzip(self, opened: Opened, _: bytes, file: FileRead) -> bool:
        if opened.depth >= read_archive.DEEPEST:
            file.unread = f"archive inside {read_archive.DEEPEST} archives"
            return False
        for member in read_archive.ungzipped(opened, file):
            self.read(member)
        return True

    def _as_other(self, opened: Opened, head: bytes, file: FileRead) -> bool:
        kind = kind_of(opened, head)
        file.attest = _ATTEST.get(kind)
        file.how = kind if file.attest else ""
        return False

    def finish(self, seconds: float) -> ScanReport:
        """Settle what could only be judged at the end."""
        tally = self._tally
        ages = self._ages.close()
        tally.close()
        index = tally.index
        if index is not None:
            for sentence in index.limits:
                tally.limit(sentence)
        return ScanReport(
            files=tally.files,
            findings=tally.findings,
            counts={letter: dict(count) for letter, count in sorted(tally.counts.letters.items())},
            by_detector=dict(sorted(tally.counts.detectors.items())),
            by_file=dict(sorted(tally.counts.files.items())),
            source_hits=dict(sorted(tally.counts.source.items())),
            exceptions=tally.exceptions.used(),
            unused_exceptions=tally.exceptions.unused(),
            explained_digests=tally.explained,
            zip3={"vintage": tally.zip3.vintage, "restricted": len(tally.zip3.restricted)},
            ages=ages,
            counters=dict(tally.counters),
            source_values=index.spellings if index else None,
            source_digests=len(index.digests) if index else None,
            detectors=names(),
            limits=tally.limits,
            seconds=round(seconds, 2),
        )


def _digest(opened: Opened) -> str:
    digest = hashlib.sha256()
    opened.handle.seek(0)
    while data := opened.handle.read(_BLOCK):
        digest.update(data)
    opened.handle.seek(0)
    return digest.hexdigest()


def _broken() -> tuple[type[BaseException], ...]:
    """What readers raise at a file that is not what it says."""
    import pyarrow as pa

    return (pa.ArrowException, zipfile.BadZipFile, zlib.error, sqlite3.Error, EOFError, ValueError, OSError)
