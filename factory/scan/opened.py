"""An open file or member of an archive, and what it is by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

_HEAD = 1 << 16
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"SQLite format 3\0", "sqlite"),
    (b"%PDF", "pdf"),
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture?"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
    (b"fLaC", "sound"),
    (b"\xff\xfb", "sound"),
    (b"\0\0\0\x0cjP", "picture"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
)
_BY_NAME = {
    "csv": "csv",
    "tsv": "csv",
    "tab": "csv",
    "psv": "csv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "geojson": "json",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "svg": "xml",
    "xml": "xml",
    "parquet": "parquet",
    "pq": "parquet",
    "pdf": "pdf",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "db": "sqlite",
    "zip": "zip",
    "gz": "gzip",
    "png": "picture",
    "jpg": "picture",
    "jpeg": "picture",
    "gif": "picture",
    "bmp": "picture",
    "tif": "picture",
    "tiff": "picture",
    "webp": "picture",
    "heic": "picture",
    "dcm": "picture",
    "dicom": "picture",
    "nii": "picture",
    "svs": "picture",
    "wav": "sound",
    "mp3": "sound",
    "m4a": "sound",
    "ogg": "sound",
    "flac": "sound",
    "mp4": "video",
    "mov": "video",
    "avi": "video",
    "mkv": "video",
    "vcf": "genome",
    "bam": "genome",
    "fastq": "genome",
    "cram": "genome",
}


@dataclass
class Opened:
    """A file to read: its name in the report, a seekable handle, its size, and how deep in archives it lies."""

    name: str
    handle: BinaryIO
    size: int
    depth: int = 0

    def head(self) -> bytes:
        """The first bytes; the handle stands at the beginning again."""
        self.handle.seek(0)
        data = self.handle.read(_HEAD)
        self.handle.seek(0)
        return data

    @property
    def suffix(self) -> str:
        """Last suffix of the name, small, without its dot."""
        return PurePosixPath(self.name).suffix.lower().lstrip(".")


def kind_of(opened: Opened, head: bytes) -> str:
    """What a file is by its first bytes, else by its name, else `text` or, where no text decodes, `bytes`."""
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind != "picture?" or opened.suffix == "bmp"):
            return kind
    if head[128:132] == b"DICM" or (head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"WEBP", b"AVI ")):
        return "sound" if head[8:12] == b"WAVE" else "picture"
    if head[4:8] == b"ftyp":
        return "video"
    named = _BY_NAME.get(opened.suffix)
    if named:
        return named
    stripped = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if stripped.startswith((b"<!doctype html", b"<html")):
        return "html"
    if stripped.startswith(b"<?xml"):
        return "xml"
    return "text"
