"""A table's cell as FHIR writes it: dates in the precision they have, moments with a time zone, yes and no."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from factory.formats.fhir.spec import Kind

_YES = {"true", "yes", "1", "t", "y"}
_NO = {"false", "no", "0", "f", "n"}
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")
_MOMENT = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(\.\d+)?)?"
    r"(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?"
)


class Misfit(Exception):
    """A cell that cannot be written as its element."""


def writer_of(kind: Kind) -> Callable[[Any], Any]:
    """What turns a cell that is not missing into the JSON value of an element of that kind."""
    match kind:
        case Kind.NUMBER:
            return _number
        case Kind.INTEGER:
            return _integer
        case Kind.BOOLEAN | Kind.OPEN:
            return _boolean
        case Kind.DATE:
            return lambda cell: _moment(cell)[: len("2000-01-01")]
        case Kind.MOMENT:
            return _moment
        case Kind.INSTANT:
            return lambda cell: said if len(said := _moment(cell)) > len("2000-01-01") else None
        case _:
            return _text_of_whole


def _text_of_whole(cell: Any) -> str:
    # Years and codes that pandas made floating because a value is missing.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _number(cell: Any) -> int | float:
    try:
        made = float(cell)
    except ValueError:
        raise Misfit from None
    if not math.isfinite(made):
        raise Misfit
    return int(made) if made.is_integer() and abs(made) < 2**53 else made


def _integer(cell: Any) -> int:
    made = _number(cell)
    if not isinstance(made, int):
        raise Misfit
    return made


def _boolean(cell: Any) -> bool:
    said = str(cell).strip().lower()
    if said not in _YES | _NO:
        raise Misfit
    return said in _YES


def _moment(cell: Any) -> str:
    """A year, a month, a day, or a moment; one without a time zone is the ward's clock, written as if in UTC."""
    said = cell.isoformat() if hasattr(cell, "isoformat") else _text_of_whole(cell).strip()
    if _DATE.fullmatch(said):
        return str(said)
    found = _MOMENT.fullmatch(said)
    if found is None:
        raise Misfit
    day, hour, minute, second, part, zone = found.groups()
    if zone and len(zone) == len("+0800"):
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"{day}T{hour}:{minute}:{second or '00'}{part or ''}{zone or 'Z'}"
