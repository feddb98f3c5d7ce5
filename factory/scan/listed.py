"""Exceptions for columns of which the contract lists every value: a code of a vocabulary is nobody's number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from factory.contract import Contract, Kind, released
from factory.scan.allow import Allowed

_NUMBERS = "DGHIJR"
"""Classes of which a code may have the shape: telephones, numbers of persons, records, plans and accounts."""


def listed(contract: Contract, files: Mapping[str, str]) -> tuple[Allowed, ...]:
    """Exceptions for the listed columns of released tables, whose `files` are named by table.

    Eight figures in a row may be a telephone number; where the contract lists what a column may hold, they are one of
    those, which the gates hold the column to (SY-CODES). An identifier of the source is found all the same.
    """
    return tuple(_exceptions(contract, files))


def _exceptions(contract: Contract, files: Mapping[str, str]) -> Iterator[Allowed]:
    for name, shape in released(contract).items():
        for column in shape.columns:
            if column.kind is Kind.CATEGORY and column.column.codes is not None and name in files:
                for letter in _NUMBERS:
                    yield Allowed.model_validate(
                        {
                            "file": files[name],
                            "column": column.name,
                            "class": letter,
                            "reason": "the contract lists every value of the column",
                        }
                    )
