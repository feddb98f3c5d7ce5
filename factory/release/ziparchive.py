"""ZIP files with no free byte: one set of contents has one archive (PKWARE APPNOTE 6.3.10).

Members are stored, in order of their names, under one fixed time. Compression is left out because its
bytes depend on the zlib at hand, and Parquet is compressed already; without it nothing can swell on
being unpacked, either. The reader takes only what the writer makes, and so needs no leniency: each
header is rebuilt from what it says and compared.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from factory.core.errors import BundleInvalid, StorageError
from factory.review.candidate import LONGEST_PATH, plain_path

MOST_FILES = 100_000
MOST_BYTES = 1 << 40
"""What an archive may hold at most: files, and bytes of all of them."""

_PIECE = 1 << 20
_MARK32, _MARK16 = 0xFFFFFFFF, 0xFFFF
_LIMIT32, _LIMIT16 = _MARK32, _MARK16
"""From these on a number does not fit, and the mark stands in its place (ZIP64)."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_END = struct.Struct("<4s4H2IH")
_UTF8, _ENCRYPTED, _STORED = 0x0800, 0x0001, 0
_TIME, _DATE = 0, 0x0021  # 1980-01-01 00:00, the earliest a ZIP can say
_UNIX = 3 << 8
_MODE = 0o100644 << 16
_REPACKED = "If it was packed again on the way, unpack it and verify the folder."


@dataclass(frozen=True)
class Member:
    """A file of an archive: where its header begins, where its bytes begin, and what they are."""

    name: str
    crc: int
    size: int
    header: int
    start: int
    sha256: str = ""


def write(out: BinaryIO, folder: Path, names: Iterable[str]) -> None:
    """Write the files `names` of `folder` as an archive. Raises: OSError, StorageError."""
    members: list[Member] = []
    for name in sorted(names):
        crc, size = _through(folder / name)
        here = out.tell()
        head = _local(name, crc, size)
        out.write(head)
        if _through(folder / name, out) != (crc, size):
            raise StorageError(f"{name} changed while it was packed.", "Run the same command again.")
        members.append(Member(name, crc, size, here, here + len(head)))
    out.write(_directory(members, out.tell()))


def read(handle: BinaryIO) -> dict[str, Member]:
    """Members by name, each with its SHA-256, of an archive that is exactly as `write` makes it.

    Raises: BundleInvalid that says what is not, OSError.
    """
    members: dict[str, Member] = {}
    last, total = "", 0
    while (member := _next(handle)) is not None:
        if member.name in members:
            raise BundleInvalid(f"The archive holds {member.name} twice.")
        if member.name < last:
            raise BundleInvalid("The files of the archive are not in order.", _REPACKED)
        members[member.name] = member
        last, total = member.name, total + member.size
        if len(members) > MOST_FILES or total > MOST_BYTES:
            raise BundleInvalid(f"The archive holds more than {MOST_FILES} files or {MOST_BYTES} bytes.")
    expected = _directory(list(members.values()), handle.tell())
    if handle.read(len(expected) + 1) != expected:
        raise BundleInvalid("The directory at the end of the archive is not as it was written.", _REPACKED)
    return members


def _next(handle: BinaryIO) -> Member | None:
    here = handle.tell()
    head = handle.read(_LOCAL.size)
    if head[:4] in (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"):
        handle.seek(here)
        return None
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise BundleInvalid("The archive is cut short or is not a ZIP file.")
    _, _, flags, method, _, _, crc, _, size, name_size, extra_size = _LOCAL.unpack(head)
    name = _name(handle.read(min(name_size, LONGEST_PATH + 1)))
    if flags & _ENCRYPTED:
        raise BundleInvalid(f"{name} is encrypted in the archive.")
    if method != _STORED:
        raise BundleInvalid(f"{name} is compressed in the archive; bundles are stored.", _REPACKED)
    extra = handle.read(extra_size)
    if size == _MARK32 and len(extra) == 20:
        size = int.from_bytes(extra[4:12], "little")
    start = handle.tell()
    handle.seek(here)
    if handle.read(start - here) != _local(name, crc, size):
        raise BundleInvalid(f"The header of {name} in the archive is not as it was written.", _REPACKED)
    return _with_digest(handle, Member(name, crc, size, here, start))


def _name(raw: bytes) -> str:
    try:
        return plain_path(raw.decode("utf-8"))
    except ValueError:
        raise BundleInvalid("The archive holds a name that is absolute, leads outside or is not plain.") from None


def _with_digest(handle: BinaryIO, member: Member) -> Member:
    digest, crc, left = sha256(), 0, member.size
    while left and (piece := handle.read(min(left, _PIECE))):
        digest.update(piece)
        crc, left = zlib.crc32(piece, crc), left - len(piece)
    if left:
        raise BundleInvalid(f"The archive is cut short in {member.name}.")
    if crc != member.crc:
        raise BundleInvalid(f"{member.name} was altered in the archive.")
    return Member(member.name, crc, member.size, member.header, member.start, digest.hexdigest())


def _through(path: Path, out: BinaryIO | None = None) -> tuple[int, int]:
    """CRC-32 and size of a file, copied to `out` on the way."""
    crc = size = 0
    with path.open("rb") as handle:
        while piece := handle.read(_PIECE):
            if out:
                out.write(piece)
            crc, size = zlib.crc32(piece, crc), size + len(piece)
    return crc, size


def _local(name: str, crc: int, size: int) -> bytes:
    raw, large = name.encode("utf-8"), size >= _LIMIT32
    extra = struct.pack("<2H2Q", 1, 16, size, size) if large else b""
    shown = _MARK32 if large else size
    head = _LOCAL.pack(
        b"PK\x03\x04", 45 if large else 20, _UTF8, _STORED, _TIME, _DATE, crc, shown, shown, len(raw), len(extra)
    )
    return head + raw + extra


def _central(member: Member) -> bytes:
    raw, large, far = member.name.encode("utf-8"), member.size >= _LIMIT32, member.header >= _LIMIT32
    fields = [member.size] * 2 * large + [member.header] * far
    extra = struct.pack(f"<2H{len(fields)}Q", 1, 8 * len(fields), *fields) if fields else b""
    version, shown = 45 if fields else 20, _MARK32 if large else member.size
    head = _CENTRAL.pack(
        *(b"PK\x01\x02", _UNIX | version, version, _UTF8, _STORED, _TIME, _DATE, member.crc, shown, shown),
        *(len(raw), len(extra), 0, 0, 0, _MODE, _MARK32 if far else member.header),
    )
    return head + raw + extra


def _directory(members: list[Member], start: int) -> bytes:
    body = b"".join(_central(member) for member in members)
    count, size = len(members), len(body)
    fits = count < _LIMIT16 and size < _LIMIT32 and start < _LIMIT32
    shown = (count, count, size, start) if fits else (_MARK16, _MARK16, _MARK32, _MARK32)
    end = _END.pack(b"PK\x05\x06", 0, 0, *shown, 0)
    if fits:
        return body + end
    large = _END64.pack(b"PK\x06\x06", 44, _UNIX | 45, 45, 0, 0, count, count, size, start)
    return body + large + _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1) + end
