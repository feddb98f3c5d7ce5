"""Strict reading of small documents from YAML and canonical JSON into pydantic models.

They may come from a stranger: sizes are capped, aliases and repeated keys are refused, and what is
said of a mistake names its place, never the value that stands there.
"""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from yaml.events import AliasEvent

from factory.core.errors import FactoryError, StorageError
from factory.core.files import canonical_json, storage_errors

LARGEST_DOCUMENT = 16 << 20
LARGEST_YAML = 256 << 10
"""Bytes. A list of a hundred thousand files fits the first, any licence or list of people the second."""

_SAID = {
    "extra_forbidden": "is not a key that may stand there",
    "missing": "is missing",
    "enum": "is not one of the values allowed there",
    "literal_error": "is not one of the values allowed there",
    "too_short": "is too short",
    "string_too_short": "is empty or too short",
    "string_too_long": "is too long",
}


class Document(BaseModel):
    """A model without conversions or unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_UNSEEN = frozenset(
    "\U00016fe4\U0001d159\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0"
)
"""Signs that show nothing and are no spaces to Unicode; variation selectors beside them."""


def _shows(sign: str) -> bool:
    number = ord(sign)
    selector = 0xFE00 <= number <= 0xFE0F or 0xE0100 <= number <= 0xE01EF
    return sign == " " or not (unicodedata.category(sign)[0] in "CZ" or sign in _UNSEEN or selector)


def is_text(text: str) -> bool:
    """True where people can write it: any sign that shows, spaces of every script, joiners, and line breaks."""
    fits = {"\n", "\r", "\t", "\u200c", "\u200d"}
    return all(sign in fits or unicodedata.category(sign) == "Zs" or sign.isprintable() for sign in text)


def _title(text: str) -> str:
    if "\n" in text or "\t" in text or "\r" in text or not is_text(text):
        raise ValueError("holds a sign that does not print")
    return text


def _printable(text: str) -> str:
    if text != text.strip() or not all(map(_shows, text)):
        raise ValueError("holds a sign that does not print")
    return text


M = TypeVar("M", bound=BaseModel)
Line = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_printable)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_title)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\z")]


class _Loader(yaml.SafeLoader):
    """SafeLoader without aliases (which can be nested to fill memory) and without repeated keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(AliasEvent):
            raise ValueError("an alias stands in it")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(names) != len(node.value) or len(set(names)) != len(names):
            raise ValueError("a key stands twice, or is not a word")
        return super().construct_mapping(node, deep)


def read_capped(path: Path, most: int = LARGEST_DOCUMENT) -> bytes:
    """All bytes of a file of at most `most` bytes. Raises: StorageError."""
    with storage_errors(path), path.open("rb") as handle:
        data = handle.read(most + 1)
    if len(data) > most:
        raise StorageError(f"{path.name} is larger than {most} bytes.", "Check that it is the right file.")
    return data


def from_yaml(data: bytes, model: type[M], what: str, error: type[FactoryError], fix: str = "") -> M:
    """A model from YAML bytes. Raises: `error`, its sentence beginning with `what`."""
    try:
        value = yaml.load(data.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
        # By way of JSON, where strict models take a date from its text and a tuple from a list.
        text = json.dumps(value, default=_date_text, allow_nan=False)
    except UnicodeDecodeError:
        raise error(f"{what} is not UTF-8.", fix) from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f" at line {mark.line + 1}" if mark else ""
        raise error(f"{what} is not valid YAML{where}.", fix) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError, AttributeError):
        raise error(f"{what} is not plain YAML (one value a key, real dates, no aliases).", fix) from None
    return _validated(text.encode(), model, what, error, fix)


def from_canonical(data: bytes, model: type[M], what: str, error: type[FactoryError], fix: str = "") -> M:
    """A model from JSON bytes, which must be the canonical ones, so that no byte of them is free.

    Raises: `error`, its sentence beginning with `what`.
    """
    if parse_canonical(data) is None:
        raise error(f"{what} is not canonical JSON.", fix)
    return _validated(data, model, what, error, fix)


def parse_canonical(data: bytes) -> Any:
    """The JSON value whose canonical bytes are `data`, or None."""
    try:
        value = json.loads(data.decode("utf-8"))
        return value if canonical_json(value) == data else None
    except (ValueError, RecursionError):
        return None


def _validated(data: bytes, model: type[M], what: str, error: type[FactoryError], fix: str) -> M:
    try:
        return model.model_validate_json(data)
    except ValidationError as problem:
        raise error(f"{what}: {_sentence(problem)}.", fix) from None


def _sentence(problem: ValidationError) -> str:
    first = problem.errors(include_input=False, include_url=False)[0]
    where = ".".join(_place(part) for part in first["loc"]) or "the file"
    if first["type"] == "value_error":
        return f"{where} {first['msg'].removeprefix('Value error, ')}"
    return f"{where} {_SAID.get(first['type'], 'does not have the form it needs')}"


def _place(part: str | int) -> str:
    # A key can be a stranger's text: shown only where it looks like a name or a path.
    text = str(part + 1) if isinstance(part, int) else part
    return text if text.isprintable() and len(text) <= 120 else "a key"


def _date_text(value: Any) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError
