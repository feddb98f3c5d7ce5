"""Notes about one stay, composed of sentences, with the place of every identifier."""

from __future__ import annotations

import re
from types import ModuleType
from typing import NamedTuple

from factory.simulate import notes_en, notes_zh_hans, notes_zh_hant
from factory.simulate.dice import Dice
from factory.simulate.mentions import AGE_MARKED_OVER, CLINICAL, IDENTIFYING, Language, Scene, age
from factory.simulate.people import Person
from factory.simulate.spans import MarkedText, Quote

NOTES_A_STAY = 0.6
SHORTEST, LONGEST = 200, 450  # characters
_LANGUAGES: dict[Language, ModuleType] = {"en": notes_en, "zh-Hans": notes_zh_hans, "zh-Hant": notes_zh_hant}
_SLOT = re.compile(r"\{(\w+)\}")
_TRIES = 60  # sentences looked at before a note is left as it is


class _Book(NamedTuple):
    """The sentences of one language, cut at their slots: odd pieces are slot names."""

    kinds: tuple[tuple[tuple[list[str], ...], tuple[list[str], ...]], ...]
    groups: tuple[tuple[list[str], ...], ...]
    joint: str


def _cut(sentences: tuple[str, ...]) -> tuple[list[str], ...]:
    return tuple(_SLOT.split(sentence) for sentence in sentences)


def _book(language: Language) -> _Book:
    module = _LANGUAGES[language]
    kinds = tuple((_cut(first), _cut(last)) for first, last in module.KINDS.values())
    identity = _cut(module.IDENTITY)  # twice below: half of the middle should speak about the person
    groups = (identity, _cut(module.CLINICAL), _cut(module.FAMILY), identity, _cut(module.NEGATIVE))
    return _Book(kinds, groups, " " if language == "en" else "")


_BOOKS = {language: _book(language) for language in _LANGUAGES}


def language_of(dice: Dice, person: Person) -> Language:
    """The language staff write in about someone: mainland zh-Hans, Hong Kong en or zh-Hant, others en."""
    if person.origin == "cn":
        return "zh-Hans"
    return "zh-Hant" if person.origin == "hk" and dice.chance(0.5) else "en"


def how_many(dice: Dice) -> int:
    """Notes about one stay, `NOTES_A_STAY` on average."""
    return int(NOTES_A_STAY) + dice.chance(NOTES_A_STAY % 1)


def compose(scene: Scene) -> MarkedText:
    """One note of 200 to 450 characters."""
    book, dice = _BOOKS[scene.language], scene.dice
    first, last = dice.pick(book.kinds)
    text = _any_of(scene, first)
    ending = _any_of(scene, last)
    goal = dice.between(SHORTEST + 20, 330)
    used: set[int] = set()
    for turn in range(_TRIES):
        if len(text) + len(ending) + 1 >= goal:
            break
        sentence = dice.pick(book.groups[turn % len(book.groups)])
        if id(sentence) in used:
            continue
        used.add(id(sentence))
        _join(text, _render(scene, sentence), book.joint, LONGEST - len(ending) - 1)
    _join(text, ending, book.joint, LONGEST)
    return text


def _join(text: MarkedText, more: MarkedText | None, joint: str, limit: int) -> None:
    if more is not None and len(text) + len(joint) + len(more) <= limit:
        text.say(joint)
        text.append(more)


def _any_of(scene: Scene, sentences: tuple[list[str], ...]) -> MarkedText:
    """The first sentence, from a random one on, for which this patient has all values."""
    start = scene.dice.below(len(sentences))
    for i in range(len(sentences)):
        text = _render(scene, sentences[(start + i) % len(sentences)])
        if text is not None:
            return text
    return MarkedText()


def _render(scene: Scene, pieces: list[str]) -> MarkedText | None:
    """The sentence with its slots filled, or None where a value is missing."""
    text = MarkedText()
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            text.say(piece)
        elif not _fill(scene, piece, text):
            return None
    return text


def _fill(scene: Scene, slot: str, text: MarkedText) -> bool:
    """Write one slot's value; False if there is none."""
    if slot == "age":
        _write_age(age(scene), text)
        return True
    if slot in CLINICAL:
        words = CLINICAL[slot](scene)
        text.say(words or "")
        return words is not None
    kind, of, value = IDENTIFYING[slot]
    quote = value(scene)
    if quote is not None:
        text.quote(quote, kind, of)
    return quote is not None


def _write_age(years: int, text: MarkedText) -> None:
    if years > AGE_MARKED_OVER:
        text.quote(Quote(str(years)), "AGE", "patient")
    else:
        text.say(str(years))
