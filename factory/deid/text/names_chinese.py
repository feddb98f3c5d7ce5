"""Layer (c) for Chinese: names by cue, by title, by surname and part of speech (jieba's dictionary and model).

Part of speech is jieba's tag `nr`, through rjieba. A list of words keeps apart what begins with the character of a
surname and is no name: 黄疸, 何种, 马凡综合征.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from factory.deid.text.chinese_cues import NEVER_FIRST, NOBODY, TITLE, TITLE_END, WEAK, is_word, patterns, words_apart
from factory.deid.text.formats.hit import Hit
from factory.deid.text.hints import holds_any
from factory.deid.text.lexicon import chinese_surnames
from factory.deid.text.spans import PhiClass

_CLOSED = ("field", "relation", "handed", "with", "noted", "subject")  # both ends say that a name stands between
_SHAPED = ("spaced", "dotted", "foreign", "middle", "familiar", "island")
_DOTTED = frozenset(["dotted", "foreign", "middle"])
_SPACED = re.compile(r"[ ·•・](?<=[\u4e00-\u9fff].)[\u4e00-\u9fff]")
# What jieba parts a text at: all but Chinese characters, Latin letters, digits and a few signs.
_SIGN = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffffa-zA-Z0-9+#&._%\-]")
_ASKED_OF_TITLES = 4  # characters before a title that may be a name
_BEFORE_TITLES = frozenset("和于与从向由对及以给跟请的为同找")


def find(plain: str) -> Iterator[Hit]:
    """Chinese names of a folded text, simplified."""
    known = patterns()
    yield from _titled(plain)
    at = 0
    while (match := known["cued"].search(plain, at)) is not None:
        start, found = match.start(1), match[1]
        if _starts_word(found) or is_word(found[:2]):
            at = match.start() + 1
            continue
        length = _length(plain, start, found[: len(found) - _title_length(found)])
        yield Hit(start, start + length, PhiClass.NAME, 0.75)
        at = start + length
    for match in known["strong"].finditer(plain):
        if not _starts_word(match[1]):
            yield Hit(match.start(1), match.end(1) - _title_length(match[1]), PhiClass.NAME, 0.8)
    for kind in _CLOSED:
        for match in known[kind].finditer(plain):
            if _may_be(match[1]):
                yield Hit(match.start(1), match.end(1) - _title_length(match[1]), PhiClass.NAME, 0.7)
    dotted = holds_any(plain, "·•・")
    spaced = _SPACED.search(plain) is not None
    for kind in _SHAPED:
        if (kind in _DOTTED and not dotted) or (kind == "spaced" and not spaced):
            continue
        for match in known[kind].finditer(plain):
            drug = kind == "familiar" and _is_drug(plain, match.start(1))
            if match[1][:2] not in NOBODY and not drug:
                yield Hit(match.start(1), match.end(1), PhiClass.NAME, 0.65)
    yield from _tagged(plain)


def _titled(plain: str) -> Iterator[Hit]:
    """The longest stretch before a title that begins with a surname and no ordinary word."""
    single, double = chinese_surnames()
    for title in TITLE.finditer(plain):
        end = title.start()
        for length in range(min(_ASKED_OF_TITLES, end), 0, -1):
            found = plain[end - length : end]
            if not (found[:2] in double or (found[0] in single and length < _ASKED_OF_TITLES)):
                continue
            if _starts_word(found) or (length > 1 and (found[0] in _BEFORE_TITLES or not _han(found))):
                continue
            if length == 1 and (found in _BEFORE_TITLES or (end > 1 and is_word(plain[end - 2 : end]))):
                continue
            yield Hit(end - length, end, PhiClass.NAME, 0.85)
            break
        else:
            if len(title.group()) > 1 and _stands_alone(plain, end):
                yield Hit(end - 1, end, PhiClass.NAME, 0.6)


def _stands_alone(plain: str, end: int) -> bool:
    """Whether one character between a sign or a cue and a title can be a rare surname."""
    last = plain[end - 1 : end]
    if not _han(last) or last in NEVER_FIRST or last in _BEFORE_TITLES:
        return False
    return end == 1 or plain[end - 2] in "，。；：、,;: \n由以与和予致的给跟"


def _han(text: str) -> bool:
    return bool(text) and all("\u4e00" <= char <= "\u9fff" for char in text)


def _is_drug(plain: str, start: int) -> bool:
    """阿司匹林, 阿莫西林: words of three and four characters that begin like a familiar name."""
    from rjieba import has_word

    return any(has_word(plain[start : start + length]) for length in (3, 4) if len(plain) >= start + length)


def _starts_word(found: str) -> bool:
    return found[:2] in words_apart()


def _may_be(found: str) -> bool:
    if found[0] in NEVER_FIRST or found[:2] in NOBODY or _starts_word(found):
        return False
    return found[0] in chinese_surnames()[0] or not is_word(found[:2])


def _length(plain: str, start: int, found: str) -> int:
    """How much of what follows a cue is the name: as far as a word or a sign begins after it."""
    if len(found) < 3 or not _han(found):
        return len(found)
    from rjieba import cut

    for length in (len(found), len(found) - 1):
        rest = plain[start + length : start + length + 8]
        first = cut(rest)[0] if rest else ""
        if len(first) != 1 or not _han(first):
            return length
    return len(found)


def _tagged(plain: str) -> Iterator[Hit]:
    """Words that jieba tags as a person's name and that begin with a surname or a familiar prefix.

    jieba reads each stretch between two signs alone, so only stretches in which a name may begin are given to it.
    """
    from rjieba import tag

    starts, stretches = _promising(plain)
    if not stretches:
        return
    single, double = chinese_surnames()
    number, at = 0, starts[0]
    for word, speech in tag("\n".join(stretches)):
        start = at
        at += len(word)
        if word == "\n":
            number += 1
            at = starts[number]
            continue
        if speech[:2] != "nr" or not 2 <= len(word) <= 4 or not _may_begin(word[:2]) or word[1:3] in words_apart():
            continue
        familiar = word[0] in "阿小老" and len(word) == 2 and not _han(plain[at : at + 1])
        if word[0] in single or word[:2] in double or familiar:
            yield Hit(start, at - _title_length(word), PhiClass.NAME, 0.6)


def _promising(plain: str) -> tuple[list[int], list[str]]:
    """Where the stretches in which a name may begin stand, and what they say."""
    starts: list[int] = []
    stretches: list[str] = []
    signs: list[int] = []
    end = 0
    for first in _firsts().finditer(plain):
        place = first.start()
        if place < end or not _may_begin(plain[place : place + 2]):
            continue
        signs = signs or [-1, *(sign.start() for sign in _SIGN.finditer(plain)), len(plain)]
        sign = bisect_right(signs, place)
        start, end = signs[sign - 1] + 1, signs[sign]
        starts.append(start)
        stretches.append(plain[start:end])
    return starts, stretches


@lru_cache(maxsize=1)
def _firsts() -> re.Pattern[str]:
    """Characters that may begin a name, before another one."""
    single, double = chinese_surnames()
    first = {*single, *"阿小老", *(name[0] for name in double)} - WEAK
    return re.compile(f"[{''.join(sorted(first))}](?=[\u4e00-\u9fff])")


@lru_cache(maxsize=65_536)
def _may_begin(two: str) -> bool:
    """Whether two characters can be the first of a name: no word of the language, and none that is kept apart."""
    if not "\u4e00" <= two[0] <= "\u9fff" or two[0] in WEAK:
        return False
    return not (_starts_word(two) or two in NOBODY or is_word(two))


def _title_length(found: str) -> int:
    match = TITLE_END.search(found)
    return len(match.group()) if match else 0
