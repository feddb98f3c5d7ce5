"""A sentence that remembers what it was made of, so that it can be said again in another language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.words.catalogue import Words

Value = str | int | float


class Said(str):
    """English text made of a message of the catalogue and what stands in its {places}.

    `Said("Worst of {n} groups", n=3)` is the text `Worst of 3 groups`, with `message` and `values` beside it. A value
    that is a `Said` itself is translated with it; any other text is a name, and stands as it is in every language.
    """

    message: str
    values: dict[str, Value]

    def __new__(cls, message: str, /, **values: Value) -> Said:
        """The English text; without values its braces stand as they are."""
        made = super().__new__(cls, message.format(**values) if values else message)
        made.message = message
        made.values = values
        return made

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Said:
        """The sentence that `as_json` kept."""
        values = {k: cls.of_json(v) if isinstance(v, Mapping) else v for k, v in kept["with"].items()}
        return cls(kept["say"], **values)

    def as_json(self) -> dict[str, Any]:
        """`{"say": message, "with": values}`, nested where a value is a sentence itself."""
        return {
            "say": self.message,
            "with": {key: v.as_json() if isinstance(v, Said) else v for key, v in self.values.items()},
        }


def said_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Of the fields of a row those that can be said again, as `Said.as_json` has them."""
    return {key: value.as_json() for key, value in row.items() if isinstance(value, Said)}


def retold(words: Words, said: Mapping[str, Any]) -> str:
    """What `Said.as_json` holds, in the language of `words`."""
    values = {key: retold(words, value) if isinstance(value, Mapping) else value for key, value in said["with"].items()}
    return words(said["say"], **values)
