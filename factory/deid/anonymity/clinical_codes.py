"""Hierarchies of clinical codes: ICD-9-CM, ICD-10 and ATC, each code's ancestors read from the code itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import pandas as pd

from factory.deid.anonymity.hierarchy import Leveled, Uncovered
from factory.deid.icd9 import ancestors

System = Literal["icd-9-cm", "icd-10", "atc"]

_FORMS = {
    "icd-9-cm": re.compile(r"(V\d{2}|E\d{3}|\d{1,3})(?:\.\d{1,2})?|(V\d{2}|E\d{3}|\d{3})\d{1,2}"),
    "icd-10": re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?"),
    "atc": re.compile(r"[A-Z](?:\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?)?"),
}
_NAMES = {
    "icd-9-cm": ("code", "category", "chapter"),
    "icd-10": ("code", "category", "letter"),
    "atc": ("substance", "chemical subgroup", "pharmacological subgroup", "therapeutic subgroup", "anatomical group"),
}
_ATC_LENGTHS = (7, 5, 4, 3, 1)


class CodeHierarchy(Leveled):
    """Code, category, chapter (ICD-9-CM) or letter of its block (ICD-10); the five levels of ATC (7, 5, 4, 3, 1).

    Codes may be written without their dot. A shorter code, such as an ATC subgroup, is its own ancestor until it is
    the longer one.
    """

    def __init__(self, system: System, uncovered: Uncovered = "refuse") -> None:
        super().__init__(_NAMES[system], uncovered)
        self.system: System = system
        self.kind = system

    def _lift(self, leaves: pd.Series, level: int) -> pd.Series:
        parent: Callable[[str, int], str] = {"icd-9-cm": _icd9, "icd-10": _icd10, "atc": _atc}[self.system]
        form = _FORMS[self.system]
        texts = [str(value).strip().upper() for value in leaves]
        made = [(parent(text, level) if level else text) if form.fullmatch(text) else None for text in texts]
        return pd.Series(made, index=leaves.index, name=leaves.name, dtype=object)


def _icd9(code: str, level: int) -> str:
    whole = 4 if code.startswith("E") else 3
    dotted = code if "." in code or len(code) <= whole else f"{code[:whole]}.{code[whole:]}"
    return ancestors(dotted)[level - 1]


def _icd10(code: str, level: int) -> str:
    return code[:3] if level == 1 else code[0]


def _atc(code: str, level: int) -> str:
    return code[: _ATC_LENGTHS[level]]
