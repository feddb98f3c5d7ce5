"""Free text: four layers find identifiers, their union is removed. `Detector` finds, `replace` writes.

(a) `records`: what the structured tables say of this person, in any notation; (b) `formats`: formats and labels;
(c) `names_latin`, `names_chinese`: cues, lists, part of speech; (d) `repeats`: found once, removed throughout.
"""

from __future__ import annotations

from factory.deid.text.columns import deidentify_column
from factory.deid.text.detector import Detector
from factory.deid.text.records import KnownPeople, known_people
from factory.deid.text.replace import Replacement, replace
from factory.deid.text.spans import Layer, PhiClass, Span

__all__ = [
    "Detector",
    "KnownPeople",
    "Layer",
    "PhiClass",
    "Replacement",
    "Span",
    "deidentify_column",
    "known_people",
    "replace",
]
