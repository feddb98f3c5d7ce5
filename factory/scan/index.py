"""Which identifiers of the source stand in a text, held so that nobody reads them from the index.

The index is built once in the source zone from the raw tables; it holds keyed digests (BLAKE2b, 16 bytes, a random key)
and a keyed prefilter, never a value. On disk it is sealed with ChaCha20-Poly1305 under the same key, which lies in a
file of its own.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from factory.contract import IdentifierClass
from factory.scan import source_digests
from factory.scan.forms import FEWEST_RUN_TOGETHER, birth_forms, forms
from factory.scan.keyed import KeyedSet, batched, subkey
from factory.scan.normal import is_cjk
from factory.scan.windows import CJK, DIGIT, MOST_JOINED, MOST_SPLIT, WIDEST_GAP, Hasher, Hashes, Places, Tokens, tokens

LETTER_OF = {
    IdentifierClass.NAME: "A", IdentifierClass.ADDRESS: "B", IdentifierClass.POSTCODE: "B", IdentifierClass.PHONE: "D",
    IdentifierClass.FAX: "E", IdentifierClass.EMAIL: "F", IdentifierClass.NATIONAL_ID: "G", IdentifierClass.MRN: "H",
    IdentifierClass.HEALTH_PLAN: "I", IdentifierClass.ACCOUNT: "J", IdentifierClass.LICENCE: "K",
    IdentifierClass.VEHICLE: "L", IdentifierClass.DEVICE: "M", IdentifierClass.URL: "N", IdentifierClass.IP: "O",
    IdentifierClass.BIOMETRIC: "P", IdentifierClass.PHOTO: "Q", IdentifierClass.OTHER: "R",
}  # fmt: skip
_LONGEST = 96
_BITS = 22
_NOTED_BITS = 27
_NARROW = frozenset(" -./()_·:'")


@dataclass(frozen=True)
class Match:
    """A source identifier in a text: half-open range of characters, and the class of the identifier."""

    start: int
    end: int
    letter: str


@dataclass
class SourceIndex:
    """Identifiers of a source, as keyed digests.

    `held_back` says which columns are not in it, and why. `spellings` is how many spellings are looked for, those
    that were known to be nowhere, and so were not kept, among them.
    """

    key: bytes = field(repr=False)
    values: KeyedSet
    make_digests: Callable[[], KeyedSet] = field(repr=False)
    prefilter: Hashes
    held_back: tuple[str, ...] = ()
    spellings: int = 0

    @functools.cached_property
    def digests(self) -> KeyedSet:
        """Digests that identifiers have under common algorithms.

        They are a hundred times the identifiers, and not every text holds what looks like one: made when asked.
        """
        return self.make_digests()

    def __post_init__(self) -> None:
        self._hasher = Hasher(subkey(self.key, b"windows", 16))
        self._bits = np.zeros(1 << _BITS, bool)
        self._bits[self.prefilter >> np.uint64(64 - _BITS)] = True

    @classmethod
    def build(
        cls,
        values: Iterable[tuple[str, IdentifierClass]],
        births: Iterable[tuple[int, int, int]] = (),
        held_keys: tuple[bytes, ...] = (),
        held_back: tuple[str, ...] = (),
        asked: Asked | None = None,
    ) -> Self:
        """An index of (value, class) pairs and (year, month, day) of births.

        `held_keys` are keys whose HMAC-SHA256 of an identifier must not be in a release either. `asked` noted what will
        be asked for; where it is given, nothing else is kept.
        """
        key = secrets.token_bytes(32) if asked is None else asked.key
        hasher = Hasher(subkey(key, b"windows", 16))
        windows = [np.empty(0, np.uint64)]
        spellings = 0
        # Of a million people's identifiers the list is kept only where their digests may be asked for.
        known = values if asked is not None and not asked.asked else list(values)

        def spelled() -> Iterator[tuple[str, str]]:
            nonlocal spellings
            for some in batched(_spelled(known, births)):
                texts = sorted({text for text, _ in some})
                spellings += len(texts)
                hashes = hasher.of(texts)
                if asked is not None:
                    there = asked.noted(hashes)
                    wanted = {text for text, is_there in zip(texts, there.tolist(), strict=True) if is_there}
                    windows.append(np.unique(hashes[there]))
                    yield from (item for item in some if item[0] in wanted)
                else:
                    windows.append(np.unique(hashes))
                    yield from some

        def digested() -> KeyedSet:
            of = source_digests.prefixes if asked is None else source_digests.Wanted(asked.asked).of
            found = _digests(known, held_keys, of) if asked is None or asked.asked else iter(())
            return KeyedSet.of(subkey(key, b"digests"), found)

        kept = KeyedSet.of(subkey(key, b"values"), spelled())
        looked_for = len(kept) if asked is None else spellings
        return cls(key, kept, digested, np.unique(np.concatenate(windows)), held_back, looked_for)

    @property
    def limits(self) -> list[str]:
        """What this index does not find."""
        return [f"not looked for: {reason}" for reason in self.held_back]

    def search(self, text: str) -> list[Match]:
        """Source identifiers in plain text, in order; of overlapping ones the longest."""
        if not len(self.prefilter):
            return []
        found: list[Match] = []
        for joined, most in ((False, MOST_SPLIT), (True, MOST_JOINED)):
            found += self._in(text, tokens(text, joined), most)
        taken = bytearray(len(text))
        kept: list[Match] = []
        for match in sorted(found, key=lambda one: (one.start - one.end, one.start)):
            if not any(taken[match.start : match.end]):
                taken[match.start : match.end] = b"\1" * (match.end - match.start)
                kept.append(match)
        return sorted(kept, key=lambda one: one.start)

    def _in(self, text: str, found: Tokens, most: int) -> list[Match]:
        matches = []
        for size, starts, ends, hashes in self._windows(found, most):
            near = np.flatnonzero(self._bits[hashes >> np.uint64(64 - _BITS)] & (ends - starts <= _LONGEST))
            place = np.minimum(np.searchsorted(self.prefilter, hashes[near]), len(self.prefilter) - 1)
            for at in near[self.prefilter[place] == hashes[near]].tolist():
                start, end = int(starts[at]), int(ends[at])
                letter = self.values.letter_of(found.word(start, end))
                if letter and _counts(text, found, at, size, start, end):
                    matches.append(Match(int(found.places[start]), int(found.places[end - 1]) + 1, letter))
        return matches

    def _windows(self, found: Tokens, most: int) -> Iterator[tuple[int, Places, Places, Hashes]]:
        """For each number of tokens up to `most`: it, where windows of so many begin and end, and their hashes."""
        sums = self._hasher.sums(found.codes)
        for size in range(1, min(most, len(found.starts)) + 1):
            starts, ends = found.starts[: len(found.starts) - size + 1], found.ends[size - 1 :]
            yield size, starts, ends, self._hasher.window(sums, starts, ends)

    def derived(self, text: str) -> list[Match]:
        """Digests of source identifiers in plain text: hexadecimal or base64, whole or cut to 12 digits or more."""
        return [
            Match(start, end, "R")
            for start, end, prefixes in source_digests.candidates(text)
            if any(self.digests.letter_of(prefix) for prefix in prefixes)
        ]

    def save(self, path: Path, key_path: Path) -> None:
        """Write the sealed index to `path` and its key to `key_path`, which only its owner may read."""
        from factory.scan.index_file import save

        save(self, path, key_path)

    @staticmethod
    def load(path: Path, key_path: Path) -> SourceIndex:
        """Read what `save` wrote. Raises: KeyInvalid when the key is not this index's, StorageError."""
        from factory.scan.index_file import load

        return load(path, key_path)


def _spelled(
    values: Iterable[tuple[str, IdentifierClass]], births: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[str, str]]:
    """Every spelling of every value, with its letter."""
    for value, kind in values:
        yield from ((form, LETTER_OF[kind]) for form in sorted(forms(value, kind)))
    for birth in births:
        yield from ((form, "C") for form in birth_forms(*birth))


def _digests(
    values: Iterable[tuple[str, IdentifierClass]],
    held_keys: tuple[bytes, ...],
    of: Callable[[str, set[str], tuple[bytes, ...]], Iterable[str]],
) -> Iterator[tuple[str, str]]:
    """Both ends of every digest of every spelling, with its letter, as `of` gives them."""
    for value, kind in values:
        found = forms(value, kind) if kind not in (IdentifierClass.NAME, IdentifierClass.ADDRESS) else set()
        if found:
            yield from ((prefix, LETTER_OF[kind]) for prefix in of(value, found, held_keys))


@dataclass
class Asked(SourceIndex):
    """Notes what a scan asks for, and finds nothing: the first of two scans of the same files.

    Identifiers of a million people have tens of millions of spellings and hundreds of digests each, which do not fit in
    memory. A release asks for few of them: of spellings by their hashes, of which some bits are noted, so that now and
    then one is kept that nobody asks for; of digests by their ends, most of them of long words that might be base64.
    """

    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._noted = np.zeros(1 << _NOTED_BITS, bool)

    def search(self, text: str) -> list[Match]:
        """Nothing."""
        for joined, most in ((False, MOST_SPLIT), (True, MOST_JOINED)):
            for _, starts, ends, hashes in self._windows(tokens(text, joined), most):
                self._noted[hashes[ends - starts <= _LONGEST] >> np.uint64(64 - _NOTED_BITS)] = True
        return []

    def noted(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which of the hashes (n,) may have been asked for (n,)."""
        found: npt.NDArray[np.bool_] = self._noted[hashes >> np.uint64(64 - _NOTED_BITS)]
        return found

    def derived(self, text: str) -> list[Match]:
        """Nothing."""
        for _, _, prefixes in source_digests.candidates(text):
            self.asked.update(prefixes)
        return []


def _counts(text: str, found: Tokens, first: int, size: int, start: int, end: int) -> bool:
    """Whether a window is written as one value may be written; see the rules of `factory.scan.forms`."""
    bounds = [
        (int(found.places[found.ends[token] - 1]) + 1, int(found.places[found.starts[token + 1]]))
        for token in range(first, first + size - 1)
    ]
    gaps = [text[left:right] for left, right in bounds]
    if any(len(gap) > WIDEST_GAP or "\0" in gap for gap in gaps):
        return False
    kinds = set(found.kinds[start:end].tolist())
    if kinds == {DIGIT}:
        # Numbers side by side are one number only where the same sign parts them all.
        return len(set(gaps)) <= 1 and all(len(gap) <= 2 and set(gap) <= _NARROW for gap in gaps)
    if DIGIT in kinds:
        return all("\n" not in gap and "\t" not in gap for gap in gaps)
    if kinds == {CJK} and end - start == 2:
        left, right = int(found.places[start]), int(found.places[end - 1]) + 1
        return not (left and is_cjk(text[left - 1])) and not (right < len(text) and is_cjk(text[right]))
    return size > 1 or end - start >= FEWEST_RUN_TOGETHER or kinds == {CJK} or not gaps
