"""Catalogues in gettext's PO form, read with Babel; English is the message itself.

`locale/<language>/<domain>.po`; domains are named for the room that says their sentences. A sentence without a
translation falls back to English, and a test holds that no shipped sentence needs to.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
"""BCP 47 tags, the first the language of the sources."""
NAMES = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}
"""What each language calls itself."""
LOCALE = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Words:
    """The sentences of one language. `missing` collects, for tests, what was asked for and is not there."""

    language: str
    messages: dict[str, str]
    missing: set[str] = field(default_factory=set, compare=False)

    def __call__(self, sentence: str, /, **values: object) -> str:
        """The sentence in this language, with `{name}` replaced by `values`."""
        if self.language == LANGUAGES[0]:
            said = sentence
        else:
            said = self.messages.get(sentence, "")
            if not said:
                self.missing.add(sentence)
                said = sentence
        return said.format(**values) if values else said


@functools.cache
def words(language: str) -> Words:
    """Every sentence of a language. Raises: KeyError for a language that is not one of LANGUAGES."""
    if language not in LANGUAGES:
        raise KeyError(language)
    messages: dict[str, str] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        messages |= read_catalogue(path)
    return Words(language, messages)


def read_catalogue(path: Path) -> dict[str, str]:
    """Messages of one PO file with their translations; fuzzy and empty ones are left out."""
    from babel.messages.pofile import read_po

    with path.open("rb") as handle:
        catalogue = read_po(handle)
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
