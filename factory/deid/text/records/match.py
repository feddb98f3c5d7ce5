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
from factory.deid.text.formats.hit import Hit
from factory.deid.text.records.codes import cached_forms
from factory.deid.text.records.known import Record
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, Token

_WIDEST_GAP = 4  # characters between two letters or digits of one identifier
_BETWEEN = frozenset(" ,.-·•/()'_@[]#\n")
_CAPITALS = re.compile(r"[A-Z](?<![A-Za-z.][A-Z])\.(?: ?[A-Z]\.?){1,3}(?![A-Za-z])")
_FOUR = re.compile(r"\d(?<![0-9A-Za-z.,/:-]\d)\d{2}[0-9Xx](?![0-9A-Za-z/:-]|[.,]\d)")
# Characters that follow a shorter name far oftener than they are a slip for its last one.
_FOLLOWS = frozenset("之诉称说同于从在陪登医表与和及由曾已因的来到出入住")
_INTRODUCES = frozenset("床名以者人由与與和予致是为為属屬友")
_SPOKEN_OF = frozenset("诉谓称叫问着")
_TITLE_WORDS = frozenset(["先生", "女士", "小姐", "太太", "小便", "小时"])
_CLOSES = frozenset("之夜於于登诉称訴稱")
_FAMILIAR = re.compile(r"[阿小老大]")
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "madam", "dr", "mdm", "ah", "patient", "sir", "prof", "nurse", "sister"]
)


def find(record: Record, text: str, seen: View, words: Sequence[Token]) -> Iterator[Hit]:
    """Hits of a record in a folded text, of which `seen` is the view and `words` are the Latin words."""
    flat, at = seen
    for form in record.names:
        if form in flat:
            yield from _exact(form, PhiClass.NAME, text, flat, at)
    for code in record.codes:
        if any(key in flat for key in code.keys):
            for form in cached_forms(code.kind, code.value):
                if form in flat:
                    yield from _exact(form, code.kind, text, flat, at)
    for name in record.near:
        yield from _near(name, text, flat, at)
    for chinese in record.chinese:
        yield from _chinese(chinese.surname, chinese.given, text, flat, at)
    if record.words:
        yield from _words(record, text, words)
    if record.fours:
        for match in _FOUR.finditer(text):
            if match.group().lower() in record.fours:
                yield Hit(match.start(), match.end(), PhiClass.ID, 0.7)


def _exact(form: str, kind: PhiClass, text: str, flat: str, at: list[int]) -> Iterator[Hit]:
    start = flat.find(form)
    while start >= 0:
        hit = _whole(text, flat, at, start, start + len(form), kind)
        if hit is not None:
            yield hit
        start = flat.find(form, start + 1)


def _whole(text: str, flat: str, at: list[int], start: int, end: int, kind: PhiClass) -> Hit | None:
    """The form as a hit where it is not part of a longer word or number and its letters stand together."""
    first, last = at[start], at[end - 1] + 1
    if last - first > 2 * (end - start) + 8:
        return None
    if last - first > end - start:
        for before, after in zip(at[start : end - 1], at[start + 1 : end], strict=True):
            if after - before > 1 and (
                after - before > _WIDEST_GAP or not _BETWEEN.issuperset(text[before + 1 : after])
            ):
                return None
    if first and _joined(text[first - 1], text[first]):
        return None
    if last < len(text) and _joined(text[last - 1], text[last]):
        return None
    return Hit(first, last, kind, 0.97)


def _joined(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word or number."""
    if left.isdigit() and right.isdigit():
        return True
    return left.isascii() and right.isascii() and left.isalpha() and right.isalpha()


def _near(name: str, text: str, flat: str, at: list[int]) -> Iterator[Hit]:
    """A name of which one letter is missing, doubled, wrong or swapped: one half of it must stand unchanged."""
    half = len(name) // 2
    # The third cut is for two letters swapped across the middle.
    cuts = (
        (name[:half], name[half:], False),
        (name[half:], name[:half], True),
        (name[: half - 1], name[half - 1 :], False),
    )
    for fixed, other, before in cuts:
        start = flat.find(fixed)
        while start >= 0:
            end = start + len(fixed)
            for length in (len(other), len(other) - 1, len(other) + 1):
                near = flat[max(0, start - length) : start] if before else flat[end : end + length]
                if len(near) == length and _one_slip(near, other):
                    span = (start - length, end) if before else (start, end + length)
                    hit = _whole(text, flat, at, *span, PhiClass.NAME)
                    if hit is not None:
                        yield hit
                        break
            start = flat.find(fixed, start + 1)


def _one_slip(a: str, b: str) -> bool:
    """Whether `a` becomes `b` by at most one insertion, deletion, substitution or swap of neighbours."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1 or (a[0] != b[0] and a[-1] != b[-1]):
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]


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
            if _FAMILIAR.match(flat[start - 1]) and at[start] - at[start - 1] == 1:
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


def _words(record: Record, text: str, seen: Sequence[Token]) -> Iterator[Hit]:
    """Single words of the record's Latin names: as they are, cut short, or with one slip; and initials."""
    before: Token | None = None
    hit_before = False
    for token in seen:
        ours = False
        if token.marks & Mark.CAPITAL:
            near = before is not None and token.start - before.end <= 2
            called = near and before is not None and before.word.lower() in _TITLES
            ours = _ours(record, token, called, near and hit_before)
            if ours:
                familiar = called and before is not None and before.word.lower() == "ah"
                start = before.start if familiar and before is not None else token.start
                yield Hit(start, token.end, PhiClass.NAME, 0.8)
        before, hit_before = token, ours
    for match in _CAPITALS.finditer(text) if record.initials else ():
        letters = "".join(filter(str.isalpha, match.group())).lower()
        if letters in record.initials:
            yield Hit(match.start(), match.end(), PhiClass.NAME, 0.7)


def _ours(record: Record, token: Token, called: bool, beside_ours: bool) -> bool:
    """Whether a capitalised word is one of the record's: 'Chan', 'Chri' for Christopher, 'Chrsitopher'.

    'Will' is taken for William where a record says so, though a sentence may begin with the word: recall comes first.
    """
    low = token.word.lower()
    ordinary = token.marks & Mark.ORDINARY
    if low in record.words and (not ordinary or called or beside_ours or not token.marks & Mark.COMMONEST):
        return True
    if len(low) < 3 or (ordinary and len(low) < 4):
        return False
    for name in record.words:
        if len(name) > 3 and (name.startswith(low) or (not ordinary and len(low) > 3 and _one_slip(low, name))):
            return True
    return False
