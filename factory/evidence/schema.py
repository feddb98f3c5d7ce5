"""The published JSON Schema of `dossier.json`, and the allow-list that it is: what it does not list may not be said."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from factory.core.errors import RunError

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


def schema_text() -> str:
    """The schema as JSON text (JSON Schema, draft 2020-12)."""
    return (Path(__file__).parent / "schema.json").read_text(encoding="utf-8")


def unlisted(facts: Mapping[str, Any]) -> list[str]:
    """Places in a dossier that the schema does not list, or whose type is not the one it lists; no value is named."""
    return list(_unlisted(dict(facts), _schema(), "dossier"))


def check_listed(facts: Mapping[str, Any]) -> None:
    """Raise RunError where a dossier would hold what its schema does not list; it is not written then."""
    if found := unlisted(facts):
        raise RunError(
            f"The dossier would hold {found[0]}, which is not on its allow-list.", "Mend the stage it is of."
        )


@functools.cache
def _schema() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(schema_text())
    return made


def _unlisted(value: Any, asked: Mapping[str, Any], at: str) -> Iterator[str]:
    if "$ref" in asked:
        asked = _schema()["$defs"][asked["$ref"].rpartition("/")[2]]
    if "anyOf" in asked:
        if all(any(_unlisted(value, one, at)) for one in asked["anyOf"]):
            yield at
        return
    if not _fits(value, asked):
        yield at
    elif isinstance(value, dict):
        listed, more = asked.get("properties", {}), asked.get("additionalProperties", False)
        for key, inner in value.items():
            if key in listed:
                yield from _unlisted(inner, listed[key], f"{at}.{key}")
            elif more is False:
                yield f"{at}.{key}"
            else:
                yield from _unlisted(inner, more, f"{at}.*")
    elif isinstance(value, list):
        for inner in value:
            yield from _unlisted(inner, asked["items"], f"{at}[]")


def _fits(value: Any, asked: Mapping[str, Any]) -> bool:
    if value is None:  # says nothing; whether something is missing is asked elsewhere
        return True
    if "const" in asked:
        return bool(value == asked["const"])
    if "enum" in asked:
        return value in asked["enum"]
    names = [asked["type"]] if isinstance(asked["type"], str) else asked["type"]
    if isinstance(value, bool) and "boolean" not in names:
        return False
    return any(isinstance(value, _TYPES[name]) for name in names)
