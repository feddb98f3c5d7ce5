"""All detectors over one piece of text, and which of overlapping hits is kept."""

from __future__ import annotations

from collections.abc import Callable

from factory.scan import (
    detect_contact,
    detect_dates,
    detect_employers,
    detect_ids,
    detect_labelled,
    detect_names,
    detect_places,
)
from factory.scan.spans import Detector, Piece, Span

# Earlier ones win where two hits of equal confidence overlap: a labelled number is what its label says, and a number
# with the shape of an identity card is one whatever stands before it.
_BY_SHAPE = (
    "digest or hexadecimal code",
    "UUID",
    "resident identity number",
    "HKID",
    "unique device identifier",
    "JSON web token",
)
DETECTORS: tuple[Detector, ...] = (
    *(detector for detector in (*detect_ids.DETECTORS, *detect_labelled.DETECTORS) if detector.name in _BY_SHAPE),
    *detect_contact.NETWORK,
    *detect_dates.DETECTORS,
    *(detector for detector in detect_labelled.DETECTORS if detector.name not in _BY_SHAPE),
    *detect_contact.PHONES,
    *(detector for detector in detect_ids.DETECTORS if detector.name not in _BY_SHAPE),
    *detect_places.DETECTORS,
    *detect_names.DETECTORS,
    *detect_employers.DETECTORS,
)
WEAK = frozenset(detector.name for detector in DETECTORS if detector.weak)
LONGEST_PIECE = 2000
OVERLAP = 200


def _worth(cue: Callable[[Detector], frozenset[str]]) -> dict[str, list[int]]:
    """Ranks of the detectors that each word, or each character, makes worth trying."""
    found: dict[str, list[int]] = {}
    for rank, detector in enumerate(DETECTORS):
        for word in cue(detector):
            found.setdefault(word, []).append(rank)
    return found


_BY_WORD, _BY_CHAR = _worth(lambda detector: detector.words), _worth(lambda detector: detector.chars)
_UNCUED = [rank for rank, detector in enumerate(DETECTORS) if not detector.words and not detector.chars]
_WORDS, _CHARS = frozenset(_BY_WORD), frozenset(_BY_CHAR)


def names() -> list[str]:
    """Names of all detectors, sorted."""
    return sorted({detector.name for detector in DETECTORS})


def find(text: str) -> list[Span]:
    """Hits in a piece of plain text, in order, of which no two overlap."""
    piece = Piece(text)
    worth = set(_UNCUED)
    for word in _WORDS & piece.cues:
        worth.update(_BY_WORD[word])
    for char in _CHARS & piece.chars:
        worth.update(_BY_CHAR[char])
    hits = [(not span.high, rank, span) for rank in worth for span in DETECTORS[rank].find(piece)]
    if len(hits) < 2:
        return [span for _, _, span in hits]
    kept: list[Span] = []
    for _, _, span in sorted(hits, key=lambda hit: (hit[0], hit[1], hit[2].start)):
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)
