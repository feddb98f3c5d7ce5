"""What free text is searched for: spans, their classes, and the layer that found them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class PhiClass(StrEnum):
    """Classes of identifiers in free text, by the letters of 45 CFR 164.514(b)(2)(i) where they have one."""

    NAME = "NAME"  # A
    ADDRESS = "ADDRESS"  # B
    DATE = "DATE"  # C
    AGE = "AGE"  # C: over 89
    PHONE = "PHONE"  # D, E
    EMAIL = "EMAIL"  # F
    ID = "ID"  # G, R: HKID, resident identity number, SSN, passport, permit
    MRN = "MRN"  # H
    ACCOUNT = "ACCOUNT"  # I, J: health plan, bank account, payment card
    LICENCE = "LICENCE"  # K
    VEHICLE = "VEHICLE"  # L
    DEVICE = "DEVICE"  # M
    URL = "URL"  # N
    IP = "IP"  # O
    ORG = "ORG"  # R: employer, school
    OTHER = "OTHER"  # R


class Layer(StrEnum):
    """Which of the four layers found a span."""

    RECORD = "record"  # a: looked up in the structured record of this patient
    FORMAT = "format"  # b: formats and labels
    NAME = "name"  # c: cues, surname lists, part of speech
    REPEAT = "repeat"  # d: found elsewhere in this patient's documents


class Span(NamedTuple):
    """Characters `start` to `end` (end excluded) of one text, what they are, who found them, how sure (0 to 1)."""

    start: int
    end: int
    kind: PhiClass
    layer: Layer
    score: float
