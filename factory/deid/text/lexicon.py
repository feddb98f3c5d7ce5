"""Word lists: what is an ordinary or medical word, and what may be a name or a place. See lists/SOURCE.md."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


def _lines(name: str) -> list[str]:
    return (files("factory.deid.text") / "lists" / name).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=16)
def words(name: str) -> frozenset[str]:
    """The lines of a shipped list."""
    return frozenset(_lines(name))


def pairs(name: str) -> dict[int, int]:
    """A translation table from lines of two characters."""
    return {ord(line[0]): ord(line[1]) for line in _lines(name)}


@lru_cache(maxsize=1)
def chinese_surnames() -> tuple[frozenset[str], frozenset[str]]:
    """Surnames of one character and of two, simplified."""
    first, second, double = _lines("chinese_surnames.txt")
    return frozenset(first + second), frozenset(double.split())


@lru_cache(maxsize=1)
def _sections() -> dict[str, frozenset[str]]:
    named = (line.partition(": ") for line in _lines("cues.txt"))
    return {name: frozenset(said.split()) for name, _, said in named}


def cues(section: str) -> frozenset[str]:
    """A section of lists/cues.txt: titles, particles, words of kinship, short forms and the like."""
    return _sections()[section]


# Names that medicine took for diseases, signs, scales, devices and positions; ICD-10-CM's are in eponyms.txt.
EPONYMS = cues("eponyms")
