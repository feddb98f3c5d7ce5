"""Operator `remove`: the column is not released."""

from __future__ import annotations

from collections.abc import Mapping

from factory.deid.operators.base import Operator


def removed() -> Mapping[str, Operator]:
    """The released columns of a removed one: none."""
    return {}
