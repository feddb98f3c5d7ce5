"""Gold spans against found spans, counted with arrays.

Only letters and digits count. A sign or a space left between two found pieces identifies nobody, and one removed
beside a name costs nothing; so a gold span is *wholly covered* when each letter and digit of it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from factory.deid.evaluate.corpus import Document
from factory.deid.text.spans import PhiClass, Span

KINDS = tuple(PhiClass)
NEUTRAL = -1
_BLOCK = 4_000_000  # characters held as arrays at once

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Counts:
    """What was counted: one entry a gold span, one a found span, one row a document.

    `gold_*`: class number (NEUTRAL if none), letters and digits, how many of them are covered by anything, and by
    spans of the same class. `found_*`: class number, letters and digits that count (not in neutral text), and how
    many of them lie in gold. `by_document` is documents x (classes and, last, their union) x (gold, of it covered,
    removed outside neutral text, of it in gold, removed anywhere), in letters and digits; `letters` is how many of
    these each document has.
    """

    gold_kind: Ints
    gold_size: Ints
    gold_covered: Ints
    gold_same: Ints
    gold_document: Ints
    found_kind: Ints
    found_size: Ints
    found_right: Ints
    found_document: Ints
    by_document: Ints
    letters: Ints


def count(documents: Sequence[Document], found: Sequence[Sequence[Span]]) -> Counts:
    """Count block by block, so that memory does not grow with the corpus."""
    blocks = [_count_block(documents[a:b], found[a:b], a) for a, b in _blocks(documents)]
    if not blocks:
        blocks = [_count_block([], [], 0)]
    return Counts(*(np.concatenate([getattr(block, name) for block in blocks]) for name in Counts.__dataclass_fields__))


def _blocks(documents: Sequence[Document]) -> Iterator[tuple[int, int]]:
    first, held = 0, 0
    for number, document in enumerate(documents):
        held += len(document.text)
        if held >= _BLOCK:
            yield first, number + 1
            first, held = number + 1, 0
    if first < len(documents):
        yield first, len(documents)


def _count_block(documents: Sequence[Document], found: Sequence[Sequence[Span]], offset: int) -> Counts:
    edges = np.cumsum([0, *(len(document.text) for document in documents)])
    letters = _letters("".join(document.text for document in documents))
    gold = _rows([[(g.start, g.end, _number(g.kind)) for g in document.gold] for document in documents], edges)
    hits = _rows([[(s.start, s.end, _NUMBER[s.kind]) for s in spans] for spans in found], edges)
    owed = gold[gold[:, 2] != NEUTRAL]
    inside = _mask(owed, len(letters)) & letters
    outside = _mask(gold[gold[:, 2] == NEUTRAL], len(letters)) & ~inside
    countable = letters & ~outside
    covered = _mask(hits, len(letters)) & letters

    same = np.zeros(len(gold), dtype=np.int64)
    table = np.zeros((len(documents), len(KINDS) + 1, 5), dtype=np.int64)
    for number in range(len(KINDS) + 1):
        of_gold = owed if number == len(KINDS) else gold[gold[:, 2] == number]
        of_hits = hits if number == len(KINDS) else hits[hits[:, 2] == number]
        if not len(of_gold) and not len(of_hits):
            continue
        wanted, taken = _mask(of_gold, len(letters)) & letters, _mask(of_hits, len(letters)) & countable
        table[:, number, 0] = _per_document(wanted, edges)
        table[:, number, 1] = _per_document(wanted & covered, edges)
        table[:, number, 2] = _per_document(taken, edges)
        table[:, number, 3] = _per_document(taken & inside, edges)
        table[:, number, 4] = _per_document(_mask(of_hits, len(letters)) & letters, edges)
        if number < len(KINDS):
            same[gold[:, 2] == number] = _within(of_gold, _mask(of_hits, len(letters)) & letters)
    return Counts(
        gold_kind=gold[:, 2],
        gold_size=_within(gold, letters),
        gold_covered=_within(gold, covered),
        gold_same=same,
        gold_document=gold[:, 3] + offset,
        found_kind=hits[:, 2],
        found_size=np.where(_only_neutral(hits, inside, outside), NEUTRAL, _within(hits, countable)),
        found_right=_within(hits, inside),
        found_document=hits[:, 3] + offset,
        by_document=table,
        letters=_per_document(letters, edges),
    )


def _number(kind: PhiClass | None) -> int:
    return NEUTRAL if kind is None else _NUMBER[kind]


def _rows(spans: list[list[tuple[int, int, int]]], edges: Ints) -> Ints:
    """start, end in the joined text, class number, document number."""
    rows = [
        (start + int(edges[number]), end + int(edges[number]), kind, number)
        for number, group in enumerate(spans)
        for start, end, kind in group
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def _letters(text: str) -> Bools:
    """Which characters are letters or digits of any script."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    there, index = np.unique(codes, return_inverse=True)
    return np.array([chr(code).isalnum() for code in there], dtype=np.bool_)[index] if len(codes) else codes == 1


def _mask(rows: Ints, size: int) -> Bools:
    """Which characters lie in any of the rows."""
    step = np.zeros(size + 1, dtype=np.int32)
    np.add.at(step, rows[:, 0], 1)
    np.add.at(step, rows[:, 1], -1)
    return np.cumsum(step[:-1]) > 0


def _within(rows: Ints, mask: Bools) -> Ints:
    """How many characters of each row are in the mask."""
    sums = np.concatenate([[0], np.cumsum(mask, dtype=np.int64)])
    return np.asarray(sums[rows[:, 1]] - sums[rows[:, 0]], dtype=np.int64)


def _per_document(mask: Bools, edges: Ints) -> Ints:
    sums = np.concatenate([[0], np.cumsum(mask, dtype=np.int64)])
    return np.asarray(np.diff(sums[edges]), dtype=np.int64)


def _only_neutral(rows: Ints, inside: Bools, outside: Bools) -> Bools:
    return np.asarray((_within(rows, inside) == 0) & (_within(rows, outside) > 0), dtype=np.bool_)
