"""Text of any encoding, and readable strings of files that are none."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from factory.scan.encodings import encoding_of
from factory.scan.opened import Opened
from factory.scan.report import DERIVED, SOURCE, FileRead, Place
from factory.scan.tally import Tally
from factory.scan.texts import CHUNK, TextScan

_BLOCK = 1 << 20
_RUN = re.compile(rb"[\x20-\x7e\x80-\xff]{6,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){6,}")
_SHARED = 1024


def decoded(opened: Opened, encoding: str, file: FileRead | None = None) -> Iterator[str]:
    """The text of a file in pieces; what does not decode becomes U+FFFD and is said."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    opened.handle.seek(0)
    broken = 0
    while data := opened.handle.read(CHUNK):
        text = decoder.decode(data)
        broken += text.count("\ufffd")
        yield text
    yield decoder.decode(b"", final=True)
    if broken and file is not None:
        file.unread = f"{broken:,} characters do not decode as {encoding}; the others were read"


def read_text(opened: Opened, head: bytes, tally: Tally, file: FileRead, said: str = "text") -> bool:
    """Scan a file as text; False where its first bytes are no text."""
    encoding = encoding_of(head)
    if encoding is None:
        return False
    file.how = f"{said}, {encoding}"
    TextScan(tally, file).feed_all(decoded(opened, encoding, file))
    return True


def read_bytes(opened: Opened, tally: Tally, file: FileRead) -> None:
    """Scan the readable strings of a file of any kind. Hits of low confidence are not counted: noise has them too."""
    file.how = f"{file.how}; strings in its bytes" if file.how else "strings in its bytes"
    opened.handle.seek(0)
    held, at = b"", 0
    while data := opened.handle.read(_BLOCK):
        block = held + data
        for text, place in _strings(block):
            if place + len(text) > len(held) or not at:
                _look(text, at + place, tally, file)
        held = block[-_SHARED:]
        at += len(block) - len(held)


def _strings(block: bytes) -> Iterator[tuple[str, int]]:
    for match in _RUN.finditer(block):
        yield match[0].decode("utf-8", "replace"), match.start()
    for match in _WIDE.finditer(block):
        yield match[0].decode("utf-16-le"), match.start()


def _look(text: str, at: int, tally: Tally, file: FileRead) -> None:
    from factory.scan.detect import LONGEST_PIECE, find
    from factory.scan.normal import plain

    spelled = plain(text)
    file.characters += len(text)
    for start in range(0, len(spelled), LONGEST_PIECE):
        for span in find(spelled[start : start + LONGEST_PIECE]):
            if span.high:
                tally.add(file.name, Place(byte=at + start + span.start), span.letter, span.detector, True)
    if tally.index is not None:
        for match in tally.index.search(spelled):
            tally.add(file.name, Place(byte=at + match.start), match.letter, SOURCE, True)
        for match in tally.index.derived(spelled):
            tally.add(file.name, Place(byte=at + match.start), match.letter, DERIVED, True)
