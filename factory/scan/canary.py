"""The canary pack: invented people and notes about them, with every planted identifier's place.

It is run through the same flow as a hospital's notes; what of it comes out the other side leaked. Its author did not
write, nor read, the rules that remove identifiers. The same seed gives the same pack.
"""

from __future__ import annotations

import random
import re
from importlib import resources

import pandas as pd

from factory.scan.canary_leaks import Recall, leaks, table_leaks, uncovered, wilson
from factory.scan.canary_notation import LETTERS, written
from factory.scan.canary_people import Person, frame, people
from factory.scan.canary_types import CanaryPack, Gold

NOTES_A_LANGUAGE = 60
PEOPLE = 36
_LANGUAGES = ("en", "zh-Hans", "zh-Hant")
_KIND = "== "
_SLOT = re.compile(r"\{(\w+)/(\w+)\}")

__all__ = ["CanaryPack", "Gold", "Recall", "canary_pack", "leaks", "table_leaks", "uncovered", "wilson"]


def canary_pack(seed: int = 1, notes_a_language: int = NOTES_A_LANGUAGE, persons: int = PEOPLE) -> CanaryPack:
    """A pack of `persons` people and `notes_a_language` notes in English and in either Chinese script."""
    listed = people(persons, seed)
    dice = random.Random(f"notes {seed}")
    rows: list[dict[str, str]] = []
    gold: list[Gold] = []
    for language in _LANGUAGES:
        templates = _templates(language)
        # Notes in Chinese are about people who have a Chinese name.
        about = [person for person in listed if language == "en" or person.origin != "US"]
        dice.shuffle(about)
        for number in range(notes_a_language):
            kind, template = templates[number % len(templates)]
            person = about[number % len(about)]
            note = f"CN-{language}-{number:03d}"
            text, planted = _fill(template, person, language, note)
            gold += planted
            rows.append({"note_id": note, "person": person.person, "language": language, "kind": kind, "text": text})
    return CanaryPack(frame(listed), pd.DataFrame(rows), tuple(gold))


def _templates(language: str) -> list[tuple[str, str]]:
    """Kind and text of each note of a language; `{field/notation}` in it is a planted identifier."""
    text = (resources.files(__package__) / "notes" / f"{language}.txt").read_text(encoding="utf-8")
    blocks = [block.partition("\n") for block in text.removeprefix(_KIND).split(f"\n{_KIND}")]
    return [(kind, body.rstrip("\n")) for kind, _, body in blocks]


def _fill(template: str, person: Person, language: str, note: str) -> tuple[str, list[Gold]]:
    """The text of a template, and where in it the identifiers stand."""
    text, at, planted = "", 0, []
    for slot in _SLOT.finditer(template):
        field, notation = slot[1], slot[2]
        text += template[at : slot.start()]
        value = written(person, field, notation, language)
        of = "kin" if field.startswith("kin") else "patient"
        planted.append(Gold(note, len(text), len(text) + len(value), LETTERS[field], f"{field}/{notation}", of))
        text += value
        at = slot.end()
    return text + template[at:], planted
