"""Find a person's record in a text: exact forms across separators, names with one slip, single words, initials.

Notes of one person are short beside the few dozen forms of a record, so each form is sought with `str.find` (the C
library's two-way search): that costs less than building an Aho-Corasick automaton for each person (figures in
docs/decisions.md), and finds the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.deid.text.chinese_cues import TITLED, WEAK, is_word, words_apart
from factory.deid.text.fold import View
from factory.deid.text.formats.hit import Hit, make_hit
from factory.deid.text.hints import holds_any
from factory.deid.text.records.codes import cached_forms
from factory.deid.text.records.known import Record
from factory.deid.text.records.names import Cut, cuts, forms_of_latin, forms_of_pinyin
from factory.deid.text.records.slips import one_slip
from factory.deid.text.records.words import single_words
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Token

# What parts the letters and digits of one identifier from those of the next: another sign, or four signs in a row.
_SIGNS = r" ,.\-·•/()'_@\[\]#\n"
_APART = re.compile(rf"[^\w{_SIGNS}]|[{_SIGNS}]{{4}}")
_FOUR = re.compile(r"\d(?<![0-9A-Za-z.,/:-]\d)\d{2}[0-9Xx](?![0-9A-Za-z/:-]|[.,]\d)")
# Characters that follow a shorter name far oftener than they are a slip for its last one.
_FOLLOWS = frozenset("之诉称说同于从在陪登医表与和及由曾已因的来到出入住")
_INTRODUCES = frozenset("床名以者人由与與和予致是为為属屬友")
_SPOKEN_OF = frozenset("诉谓称叫问着")
_TITLE_WORDS = frozenset(["先生", "女士", "小姐", "太太", "小便", "小时"])
_CLOSES = frozenset("之夜於于登诉称訴稱")
_FAMILIAR = frozenset("阿小老大")


def find(record: Record, text: str, seen: View, words: Sequence[Token]) -> list[Hit]:
    """Hits of a record in a folded text, of which `seen` is the view and `words` are the Latin words."""
    hits = _names(record, text, seen)
    flat = seen.text
    for code in record.codes:
        if holds_any(flat, code.keys):
            _exact(cached_forms(code.kind, code.value), code.kind, text, seen, hits, set())
    if record.words:
        hits += single_words(record, text, words)
    if record.fours:
        hits += [
            Hit(match.start(), match.end(), PhiClass.ID, 0.7)
            for match in _FOUR.finditer(text)
            if match[0].lower() in record.fours
        ]
    return hits


def _names(record: Record, text: str, seen: View) -> list[Hit]:
    """Names whole, in each order and with initials, with one slip, in pinyin and in Chinese."""
    flat, at = seen
    hits: list[Hit] = []
    exact: set[tuple[int, int]] = set()
    for latin in record.latin:
        if holds_any(flat, latin.words):
            _exact(forms_of_latin(latin), PhiClass.NAME, text, seen, hits, exact)
        for cut in cuts(latin):
            if cut[0] in flat:
                _near(cut, text, seen, hits, exact)
    for pinyin in record.pinyin:
        if holds_any(flat, pinyin.words):
            _exact(forms_of_pinyin(pinyin), PhiClass.NAME, text, seen, hits, exact)
    if not flat.isascii():
        for chinese in record.chinese:
            if chinese.given in flat:
                _exact(_chinese_forms(*chinese), PhiClass.NAME, text, seen, hits, exact)
            hits += _chinese(chinese.surname, chinese.given, text, flat, at)
    return hits


def _chinese_forms(surname: str, given: str) -> tuple[str, ...]:
    return (surname + given, given + surname, given) if len(given) > 1 else (surname + given, given + surname)


def _exact(
    forms: Sequence[str],
    kind: PhiClass,
    text: str,
    seen: View,
    hits: list[Hit],
    done: set[tuple[int, int]],
) -> None:
    """Add the places of the forms to `hits`, and to `done` where in the view they stand."""
    flat, at = seen
    for form in forms:
        start = flat.find(form)
        while start >= 0:
            place = start, start + len(form)
            if place not in done:
                hit = _whole(text, at, *place, kind)
                if hit is not None:
                    hits.append(hit)
                    done.add(place)
            start = flat.find(form, start + 1)


def _whole(text: str, at: list[int], start: int, end: int, kind: PhiClass) -> Hit | None:
    """The form as a hit where it is not part of a longer word or number and its letters stand together."""
    first, last = at[start], at[end - 1] + 1
    if last - first > 2 * (end - start) + 8:
        return None
    if last - first > end - start and _APART.search(text, first, last):
        return None
    if first and _joined(text[first - 1], text[first]):
        return None
    if last < len(text) and _joined(text[last - 1], text[last]):
        return None
    return make_hit((first, last, kind, 0.97))


def _joined(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word or number."""
    if left.isdigit() and right.isdigit():
        return True
    return left.isascii() and right.isascii() and left.isalpha() and right.isalpha()


def _near(cut: Cut, text: str, seen: View, hits: list[Hit], done: set[tuple[int, int]]) -> None:
    """A name of which one letter is missing, doubled, wrong or swapped: one half of it must stand unchanged."""
    fixed, other, before = cut
    flat, at = seen
    size, first, last = len(other), other[0], other[-1]
    start = flat.find(fixed)
    while start >= 0:
        end = start + len(fixed)
        for length in (size, size - 1, size + 1):
            begin, stop = (start - length, start) if before else (end, end + length)
            if begin < 0 or stop > len(flat) or (flat[begin] != first and flat[stop - 1] != last):
                continue
            place = (begin, end) if before else (start, stop)
            if place in done:
                break
            if one_slip(flat[begin:stop], other):
                hit = _whole(text, at, *place, PhiClass.NAME)
                if hit is not None:
                    hits.append(hit)
                    done.add(place)
                    break
        start = flat.find(fixed, start + 1)


def _chinese(surname: str, given: str, text: str, flat: str, at: list[int]) -> Iterator[Hit]:
    """A Chinese name with one wrong character, a surname with a title, a familiar form: 阿明, 小明, 老王."""
    length = len(surname) + len(given)
    start = flat.find(surname)
    while start >= 0:
        end = start + len(surname)
        told = flat[end : start + length]
        titled = TITLED.match(flat, end) is not None
        if titled:
            yield Hit(at[start], at[end - 1] + 1, PhiClass.NAME, 0.8)
        if (
            (len(given) > 1 or not titled)
            and len(told) == len(given)
            and at[start + length - 1] - at[start] <= 2 * length
        ):
            first, last = at[start], at[start + length - 1] + 1
            beside = text[first - 1 : first], text[last : last + 1]
            if _slip(told + flat[start + length : start + length + 1], given, flat[start:end], beside):
                yield Hit(first, last, PhiClass.NAME, 0.85)
        start = flat.find(surname, start + 1)
    if len(given) == 1:
        yield from _lone(given, text, flat, at)
    for called in dict.fromkeys((given[-1:], surname)):
        start = flat.find(called) if called else -1
        while start > 0:
            if flat[start - 1] in _FAMILIAR and at[start] - at[start - 1] == 1:
                yield Hit(at[start - 1], at[start + len(called) - 1] + 1, PhiClass.NAME, 0.7)
            start = flat.find(called, start + 1)


def _lone(given: str, text: str, flat: str, at: list[int]) -> Iterator[Hit]:
    """A given name of one character where somebody is spoken of or to: 诉鹏近日……"""
    start = flat.find(given)
    while start > 0:
        alone = flat[start - 1] in _SPOKEN_OF and at[start] - at[start - 1] == 1
        if alone and not is_word(given + flat[start + 1 : start + 2]) and not is_word(flat[start - 1] + given):
            yield Hit(at[start], at[start] + 1, PhiClass.NAME, 0.6)
        start = flat.find(given, start + 1)


def _slip(said: str, given: str, surname: str, beside: tuple[str, str]) -> bool:
    """Whether what follows a surname can be the given name with one wrong character.

    `said` is as long as the given name and one character more; `beside` are the characters before the surname and
    after the name in the text as it is written.
    """
    told, following = said[: len(given)], said[len(given) :]
    if told[-1] != given[-1] and (told[-1] in _FOLLOWS or told[-1] + following in _TITLE_WORDS):
        return False
    if len(given) > 1:
        return sum(map(str.__ne__, told, given)) <= 1
    if not "\u4e00" <= told <= "\u9fff" or surname[-1] + told in words_apart():
        return False
    before, after = beside
    begins = not "\u4e00" <= before <= "\u9fff" or before in _INTRODUCES
    if begins and (not "\u4e00" <= after <= "\u9fff" or after in _CLOSES):
        return True
    if is_word(surname[-1] + told):
        return False
    return begins if surname in WEAK else begins or not is_word(before + surname[0])
