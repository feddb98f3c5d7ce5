"""The four layers together: what any of them finds goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import partial

from factory.deid.text import addresses_latin, formats, names_chinese, names_latin, records, repeats
from factory.deid.text.fold import Folded, fold, simplified, view
from factory.deid.text.formats.hit import Hit
from factory.deid.text.records import KnownPeople, Record
from factory.deid.text.spans import Layer, PhiClass, Span
from factory.deid.text.tokens import tokens

# `tuple.__new__` makes a named tuple in half the time that its own class takes.
_make: Callable[[tuple[int, int, PhiClass, Layer, float]], Span] = partial(tuple.__new__, Span)
_JOINTS = frozenset(" ,.-·•/()、")


class Detector:
    """Finds identifiers in free text, English and Chinese.

    `known` holds what each person's record says; texts are then searched for their own person's identifiers.
    """

    def __init__(self, known: KnownPeople | None = None) -> None:
        self.known = known

    def find(self, text: str, person: Hashable | None = None) -> list[Span]:
        """Spans of one text, sorted, none overlapping."""
        return self.find_together([text], person)[0]

    def find_many(self, texts: Sequence[str], people: Sequence[Hashable | None] | None = None) -> list[list[Span]]:
        """Spans of each text; texts of one person are searched together, those of nobody each alone."""
        found: list[list[Span]] = [[] for _ in texts]
        together: dict[Hashable, list[int]] = defaultdict(list)
        for place in range(len(texts)):
            person = people[place] if people is not None else None
            if person is None:
                found[place] = self.find(texts[place])
            else:
                together[person].append(place)
        for person, places in together.items():
            made = self.find_together([texts[place] for place in places], person)
            for place, spans in zip(places, made, strict=True):
                found[place] = spans
        return found

    def find_together(self, texts: Sequence[str], person: Hashable | None) -> list[list[Span]]:
        """Spans of the documents of one person (None: of somebody unknown)."""
        record = self.known.record(person) if self.known is not None and person is not None else None
        folded = [fold(text) for text in texts]
        layered = [_layers(one.text, record) for one in folded]
        again = repeats.repeated(folded, [[hit for hits in layers.values() for hit in hits] for layers in layered])
        return [
            _spans(one, {**layers, Layer.REPEAT: more})
            for one, layers, more in zip(folded, layered, again, strict=True)
        ]


def _layers(text: str, record: Record | None) -> dict[Layer, list[Hit]]:
    seen = tokens(text)
    names = list(names_latin.find(text, seen))
    plain = text
    if not text.isascii():
        plain = simplified(text)
        names += names_chinese.find(plain)
    return {
        Layer.RECORD: records.find(record, text, view(text), seen) if record is not None else [],
        Layer.FORMAT: [*formats.find(plain, seen), *addresses_latin.find(text, seen)],
        Layer.NAME: names,
    }


def _spans(folded: Folded, layers: dict[Layer, list[Hit]]) -> list[Span]:
    """Overlapping hits become one span, of the surest class; spans that a separator parts become one too."""
    found = [
        (start, -end, -score, kind, layer)
        for layer, hits in layers.items()
        for start, end, kind, score in hits
        if end > start
    ]
    found.sort()
    made: list[Span] = []
    text = folded.text
    at = 0
    while at < len(found):
        first, end, surest, kind, layer = found[at]
        end = -end
        length = end - first
        at += 1
        while at < len(found):
            start, stop, unsure, other, of = found[at]
            if start >= end and (start - end > 2 or kind is not other or not _parted(text, end, start, kind)):
                break
            if unsure <= surest and (unsure, stop + start) < (surest, -length):
                surest, kind, layer, length = unsure, other, of, -stop - start
            end = max(end, -stop)
            at += 1
        made.append(_make((*folded.place(first, end), kind, layer, -surest)))
    return made


def _parted(text: str, end: int, start: int, kind: PhiClass) -> bool:
    """Whether only a separator parts two names, or two pieces of an address."""
    if kind not in (PhiClass.NAME, PhiClass.ADDRESS):
        return False
    between = text[end:start]
    return _JOINTS.issuperset(between) and between.strip() != "."
