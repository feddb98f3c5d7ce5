"""Which planted identifiers came through a flow, by class, with a Wilson interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from factory.scan.canary_types import CanaryPack, Gold
from factory.scan.forms import compact

_Z = 1.959963984540054


@dataclass(frozen=True)
class Recall:
    """Planted identifiers of a class: how many there were, how many are gone, and where those are that are not.

    `seen` counts those whose note came out at all: where none did, nothing was tested.
    """

    total: int
    removed: int
    seen: int
    leaks: tuple[tuple[str, int, int], ...] = ()

    @property
    def value(self) -> float:
        """Share removed."""
        return self.removed / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson score interval, 95%."""
        return wilson(self.removed, self.total)

    def as_json(self) -> dict[str, Any]:
        """Counts, recall and interval, and places (note, start, end) in the pack."""
        low, high = self.interval
        return {
            "planted": self.total,
            "removed": self.removed,
            "seen": self.seen,
            "recall": round(self.value, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "leaks": [list(leak) for leak in self.leaks],
        }


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Wilson score interval of hits out of total, 95% (Wilson 1927); (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, _Z * _Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = _Z / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def leaks(pack: CanaryPack, texts: Mapping[str, str]) -> dict[str, Recall]:
    """Recall by class, given the de-identified text of each note by its id; a note not given did not come through.

    A planted value survives where its letters and digits still stand anywhere in its note, or, where there are four or
    fewer, which may stand there by chance, where they stand beside what they stood beside.
    """
    outputs = {note: compact(text) for note, text in texts.items()}
    sources = {row.note_id: str(row.text) for row in pack.notes.itertuples()}
    return _by_class(
        pack.gold,
        lambda gold: gold.note in outputs and _survives(gold, sources[gold.note], outputs[gold.note]),
        lambda gold: gold.note in outputs,
    )


def uncovered(pack: CanaryPack, spans: Mapping[str, Sequence[tuple[int, int]]]) -> dict[str, Recall]:
    """Recall by class, given the spans (start, end) marked in each note: a value not wholly covered leaks."""

    def missed(gold: Gold) -> bool:
        marked = spans.get(gold.note, ())
        return not all(any(start <= at < end for start, end in marked) for at in range(gold.start, gold.end))

    return _by_class(pack.gold, missed, lambda gold: gold.note in spans)


_TABLE_FIELDS = {
    "name_en": "A",
    "name_zh": "A",
    "name_hans": "A",
    "kin_name": "A",
    "kin_name_zh": "A",
    "employer": "A",
    "address": "B",
    "address_zh": "B",
    "birth_date": "C",
    "phone_mobile": "D",
    "phone_home": "D",
    "kin_phone": "D",
    "fax": "E",
    "email": "F",
    "id_number": "G",
    "mrn": "H",
    "plan_number": "I",
    "card_number": "J",
    "licence_number": "K",
    "plate": "L",
    "vin": "L",
    "device_serial": "M",
    "url": "N",
    "ip": "O",
    "wechat": "R",
}


def table_leaks(pack: CanaryPack, frames: Mapping[str, pd.DataFrame]) -> dict[str, Recall]:
    """Recall by class of the pack's own table: which of its cells stand, however spelled, as cells of `frames`.

    A leak's place is (`patients.<column>`, row, row + 1).
    """
    cells = {
        compact(str(cell)) for frame in frames.values() for name in frame for cell in frame[name].dropna().unique()
    }
    gold = [
        (Gold(f"patients.{name}", row, row + 1, letter, "exact", "patient"), compact(str(value)))
        for name, letter in _TABLE_FIELDS.items()
        for row, value in enumerate(pack.patients[name])
    ]
    spelled = {id(one): value for one, value in gold}
    return _by_class([one for one, _ in gold], lambda one: spelled[id(one)] in cells, lambda _: bool(cells))


def _by_class(gold: Sequence[Gold], leaked: Callable[[Gold], bool], seen: Callable[[Gold], bool]) -> dict[str, Recall]:
    by_letter: dict[str, list[Gold]] = {}
    for one in gold:
        by_letter.setdefault(one.letter, []).append(one)
    found = {}
    for letter, planted in sorted(by_letter.items()):
        places = tuple((one.note, one.start, one.end) for one in planted if leaked(one))
        found[letter] = Recall(len(planted), len(planted) - len(places), sum(map(seen, planted)), places)
    return found


_CONTEXT = 4


def _survives(gold: Gold, source: str, output: str) -> bool:
    value = compact(source[gold.start : gold.end])
    if len(value) > _CONTEXT:
        return value in output
    if value not in output:
        return False
    # Two characters of a name may stand in a word: they count beside what they stood beside.
    before = compact(source[max(gold.start - 12, 0) : gold.start])[-_CONTEXT:]
    after = compact(source[gold.end : gold.end + 12])[:_CONTEXT]
    return bool((before and before + value in output) or (after and value + after in output))
