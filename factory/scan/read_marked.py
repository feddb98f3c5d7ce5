"""HTML, XML and PDF: the text and, beside it, what stands in attributes and metadata."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser

from factory.scan.cells import CellScan
from factory.scan.encodings import encoding_of
from factory.scan.lexicon import words
from factory.scan.opened import Opened
from factory.scan.read_text import decoded
from factory.scan.report import FileRead
from factory.scan.tally import Tally
from factory.scan.texts import TextScan

_INLINE = words("html_inline")
_FLUSH = 1 << 16
# Coordinates and paths of drawings: numbers that stand for nothing but places on the page.
_GEOMETRY = words("svg_geometry")
_NUMBERS = re.compile(r"[\s\d.,%()eE+MmLlHhVvCcSsQqTtAaZz-]*")
_LONG_NUMBER = re.compile(r"\d{7,}")
_PICTURE = re.compile(r"data:(?:image|audio|video)/(?!svg)", re.IGNORECASE)


class _Reader(HTMLParser):
    """Text in blocks, tags that only format do not part words; attributes as cells."""

    def __init__(self, scan: TextScan, cells: CellScan, file: FileRead, named: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._scan, self._cells, self._file, self._named = scan, cells, file, named
        self._parts: list[str] = []
        self._size = 0
        self._line = 1
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part(tag)
        self._open.append(tag)
        for name, value in attrs:
            if value and not (name in _GEOMETRY and _NUMBERS.fullmatch(value) and not _LONG_NUMBER.search(value)):
                self._attribute(f"{tag}@{name}", value)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._named and data.strip() and self._open:
            self._cells.feed("", self._open[-1], {data.strip(): (1, self.getpos()[0])}, tabular=False)
            return
        if not self._parts:
            self._line = self.getpos()[0]
        self._parts.append(data)
        self._size += len(data)

    def handle_comment(self, data: str) -> None:
        self._part("p")
        self.handle_data(data)
        self._part("p")

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)

    def _part(self, tag: str) -> None:
        if tag in _INLINE:
            return
        if self._parts:
            self._parts.append("\n" if tag in ("br", "dd", "li", "option") else "\n\n")
        if self._size > _FLUSH or (self._parts and self.getpos()[0] > self._line + 40):
            self.flush()

    def _attribute(self, name: str, value: str) -> None:
        if _PICTURE.match(value):
            self._file.attest = "pictures or sound inside the document"
            return
        self._cells.feed("", name, {value: (1, self.getpos()[0])}, tabular=False)

    def flush(self) -> None:
        """Scan the text held so far."""
        if self._parts:
            self._scan.feed("".join(self._parts), self._line)
        self._parts, self._size = [], 0


def read_marked(opened: Opened, head: bytes, tally: Tally, file: FileRead, named: bool) -> bool:
    """HTML, or XML where `named`: the tag is then the label of its text. False where the bytes are no text."""
    encoding = encoding_of(head)
    if encoding is None:
        return False
    cells = CellScan(tally, file)
    reader = _Reader(TextScan(tally, file), cells, file, named)
    for chunk in decoded(opened, encoding, file):
        reader.feed(chunk)
    reader.close()
    reader.flush()
    cells.close()
    file.how = f"{'XML' if named else 'HTML'}, {encoding}"
    return True


def read_pdf(opened: Opened, tally: Tally, file: FileRead) -> bool:
    """Text, metadata and annotations of a PDF; False where pypdf is not installed or cannot parse it."""
    try:
        import pypdf
    except ImportError:
        file.unread = "PDF, for which pypdf is not installed"
        return False
    # Its warnings quote the document.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    try:
        document = pypdf.PdfReader(opened.handle)
        cells = CellScan(tally, file)
        for key, value in (document.metadata or {}).items():
            cells.feed("metadata", str(key).lstrip("/"), {str(value): (1, 1)}, tabular=False)
        for number, page in enumerate(document.pages, start=1):
            TextScan(tally, file, f"page {number}").feed(page.extract_text())
            if "/XObject" in (page.get("/Resources") or {}):
                file.attest = "pictures inside the document"
        cells.close()
    except Exception as error:  # noqa: BLE001 - pypdf raises what it meets; the bytes are then searched
        file.unread = f"PDF ({type(error).__name__})"
        return False
    file.how = "PDF"
    return True
