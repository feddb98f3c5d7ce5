"""What a dossier's templates show of the facts: rows in their order, figures as text, sentences in a language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from factory.evidence import vocabulary
from factory.words import Said, Words, retold

Row = Mapping[str, Any]
VERDICTS = {
    "pass": ("pass", Said("This data set passes every gate; its questions and signatures are still to come.")),
    "pass-with-shortfalls": (
        "inconclusive",
        Said("This data set passes with shortfalls that each reviewer must accept by name."),
    ),
    "fail": ("fail", Said("This data set fails and may not be released.")),
}
NAMES = MappingProxyType(
    {
        "suites": vocabulary.SUITES,
        "attacks": vocabulary.ATTACKS,
        "identifiers": vocabulary.IDENTIFIERS,
        "marks": {
            "pass": "✓", "fail": "✗", "inconclusive": "?", "needs attestation": "✎", "not applicable": "–",
            "reported": "·",
        },
    }
)  # fmt: skip
_URGENCY = ("fail", "inconclusive", "pass")
_SHORT = 12


class Teller:
    """Sentences of the facts in one language."""

    def __init__(self, say: Words) -> None:
        self.say = say

    def part(self, row: Row, name: str) -> str:
        """A field of a measure or an attack: retold where it is known what it was made of, else as it is."""
        kept = row.get("said", {}).get(name)
        return str(row[name]) if kept is None else retold(self.say, kept)

    def sentence(self, row: Row) -> str:
        """The sentence of a shortfall, a risk or a condition."""
        return retold(self.say, row["said"])

    def control(self, row: Row) -> str:
        """What was found of a control."""
        return self.say(row["sentence"], **row["values"])

    def outcome(self, measure: Row) -> str:
        """An outcome's code for the badge; an alarm that does not ring says nothing."""
        quiet = measure["bearing"] == "alarm" and measure["outcome"] != "fail"
        return "reported" if quiet else str(measure["outcome"])

    def outcome_word(self, measure: Row) -> str:
        """An outcome in a word."""
        return self.say("no alarm") if self.outcome(measure) == "reported" else self.say(measure["outcome"])

    def known_word(self, word: str) -> str:
        """A code or note of another room where the catalogue has it, a citation or a name as it stands."""
        return self.say(word) if word in _KNOWN else word

    def listed(self, items: Iterable[str]) -> str:
        """Items one after the other, with the comma of the language."""
        return self.say(", ").join(items)


_KNOWN = frozenset(
    str(word)
    for group in (
        vocabulary.ROLES, vocabulary.TECHNIQUES, vocabulary.REASONS, vocabulary.TYPES, vocabulary.CLASSES,
        vocabulary.NOTES, vocabulary.PURPOSES, vocabulary.VERDICTS,
    )
    for word in group
)  # fmt: skip


def regimes(facts: Row) -> list[tuple[Row, list[Row]]]:
    """Each regime with the rows of its controls."""
    by_id = {row["id"]: row for row in facts["controls"]}
    return [(regime, [by_id[name] for name in regime["controls"]]) for regime in facts["regimes"]]


def others(facts: Row) -> list[Row]:
    """Controls of every release, which no regime asks for by itself."""
    return [row for row in facts["controls"] if not row["regimes"]]


def judged(facts: Row) -> list[dict[str, Any]]:
    """Gates and alarms: failures first, then what is inconclusive, gates before alarms."""

    def urgency(measure: Row) -> tuple[int, int]:
        quiet = measure["bearing"] == "alarm" and measure["outcome"] != "fail"
        return (len(_URGENCY) if quiet else _URGENCY.index(measure["outcome"])), int(measure["bearing"] != "gate")

    return sorted((m for m in facts["measures"] if m["bearing"] != "diagnostic"), key=urgency)


def gates(facts: Row) -> list[dict[str, Any]]:
    """Expectations met and asked, by suite and control."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for result in facts["gates"]:
        at = (result["suite"], result["control"])
        row = made.setdefault(at, {"suite": at[0], "control": at[1], "met": 0, "all": 0})
        row["all"] += 1
        row["met"] += int(result["success"])
    return list(made.values())


def known(facts: Row) -> list[str]:
    """Columns that the adversary is taken to know: the quasi-identifiers, as released."""
    return [
        f"{decision['table']}.{name}"
        for decision in facts["decisions"]
        if decision["role"] == "quasi-identifier"
        for name in decision["released_as"]
    ]


def methods(facts: Row) -> dict[str, int]:
    """Citations of the figures, numbered in their order."""
    cited = dict.fromkeys(measure["citation"] for measure in [*judged(facts), *facts["measures"]])
    return {citation: number for number, citation in enumerate(cited, start=1)}


def statement(facts: Row) -> list[tuple[Said, str]]:
    """What the contract states, in the order of its fields; what is not stated is left out."""
    return [
        (title, str(facts["statement"][name]))
        for name, title in vocabulary.PARTS_OF_STATEMENT.items()
        if facts["statement"].get(name) is not None
    ]


def figure(value: float | None) -> str:
    """A number with the digits that mean something; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value == round(value) and abs(value) >= 1 else f"{value:.3f}"


def count(value: int | str | None, k: int) -> str:
    """A count with its commas; `<k` where it is a small cell."""
    if value is None:
        return f"<{k}"
    return value if isinstance(value, str) else f"{value:,}"


def limit(value: float) -> str:
    """A threshold as the policy has it."""
    return f"{value:g}"


def digest(value: str) -> str:
    """The first digits of a digest."""
    return value[:_SHORT]
