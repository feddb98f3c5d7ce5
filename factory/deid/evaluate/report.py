"""Scores as tables, as JSON, and leaks as JSON lines; none of them holds a text."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from factory.deid.evaluate.intervals import Share
from factory.deid.evaluate.scores import ALL, ClassScore, Scores

if TYPE_CHECKING:
    from rich.table import Table


def tables(scores: Scores, title: str, *, labelled: bool = True) -> list[Table]:
    """One table a language, and one of all; of what was removed where nothing was labelled."""
    languages = list(dict.fromkeys(score.language for score in scores.classes))
    make = _recall_table if labelled else _removed_table
    return [
        make(
            title if language == ALL else f"{title}, {language}", [s for s in scores.classes if s.language == language]
        )
        for language in languages
    ]


def _recall_table(title: str, classes: list[ClassScore]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column("class", no_wrap=True, min_width=8)
    for name in ("gold", "recall (95%)", "own class", "part", "found", "precision (95%)", "char recall", "char prec."):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("F1", justify="right", no_wrap=True, min_width=5)
    table.add_column("F2", justify="right", no_wrap=True, min_width=5)
    for score in classes:
        table.add_row(
            score.kind,
            f"{score.recall.whole:,}",
            _with_interval(score.recall),
            _three(score.same_class.value),
            _three(score.partial.value),
            f"{score.precision.whole:,}",
            _with_interval(score.precision),
            _with_interval(score.char_recall),
            _with_interval(score.char_precision),
            _three(score.f1),
            _three(score.f2),
            end_section=score is classes[-2] if len(classes) > 1 else False,
        )
    return table


def _removed_table(title: str, classes: list[ClassScore]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column("class")
    for name in ("spans", "characters removed", "per 10,000 (95%)"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in classes:
        share = score.removed
        bounds = [f"{value * 10_000:.1f}" for value in share[:3]]
        table.add_row(
            score.kind, f"{score.precision.whole:,}", f"{share.part:,}", f"{bounds[0]} ({bounds[1]}-{bounds[2]})"
        )
    return table


def _three(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _with_interval(share: Share) -> str:
    return "-" if share.whole == 0 else f"{share.value:.3f} ({share.low:.3f}-{share.high:.3f})"


def summary(scores: Scores) -> list[str]:
    """Sentences under the tables: leaks, speed, what was left out."""
    lines = []
    if scores.overall.recall.whole:
        kinds = Counter(str(leak.kind) for leak in scores.leaks).most_common()
        by_class = ", ".join(f"{kind} {number:,}" for kind, number in kinds)
        lines.append(f"{len(scores.leaks):,} of {scores.overall.recall.whole:,} identifiers leaked whole or in part.")
        lines += [f"Leaks by class: {by_class}."] if by_class else []
    if scores.patients.whole:
        lines.append(
            f"Of {scores.patients.whole:,} identifiers of the patients themselves {scores.patient_leaks:,} leaked."
        )
    if scores.seconds:
        speed = scores.characters / scores.seconds
        lines.append(f"{scores.documents:,} documents, {scores.characters:,} characters, {speed:,.0f} a second.")
    if scores.neutral:
        left = ", ".join(f"{label} {number:,}" for label, number in scores.neutral.items())
        lines.append(f"Neutral, neither owed nor wrong: {left}. The reasons are in the --json file.")
    return lines


def examples(scores: Scores, most: int = 12) -> list[str]:
    """The first leaks of each class, by document and position."""
    seen: Counter[str] = Counter()
    each = max(1, most // max(1, len({leak.kind for leak in scores.leaks})))
    lines = []
    for leak in scores.leaks:
        seen[leak.kind] += 1
        if seen[leak.kind] <= each:
            lines.append(f"{leak.doc} [{leak.start}:{leak.end}] {leak.kind} of {leak.of}")
    return lines[:most]


def as_json(scores: Scores) -> dict[str, Any]:
    """Everything but the leaks, which have a file of their own."""
    return {
        "corpus": scores.corpus,
        "documents": scores.documents,
        "characters": scores.characters,
        "seconds": round(scores.seconds, 3),
        "leaks": len(scores.leaks),
        "patients": _share(scores.patients),
        "neutral": scores.neutral,
        "excluded": scores.excluded,
        "classes": [
            {
                "class": score.kind,
                "language": score.language,
                "recall": _share(score.recall),
                "same_class": _share(score.same_class),
                "partial": _share(score.partial),
                "precision": _share(score.precision),
                "char_recall": _share(score.char_recall),
                "char_precision": _share(score.char_precision),
                "removed": _share(score.removed),
                "f1": _number(score.f1),
                "f2": _number(score.f2),
            }
            for score in scores.classes
        ],
    }


def _share(share: Share) -> dict[str, Any]:
    return {name: _number(value) for name, value in share._asdict().items()}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def leak_lines(scores: Scores) -> bytes:
    """JSON lines of doc, start, end, class, of, language."""
    rows = ({**leak._asdict(), "class": leak.kind} for leak in scores.leaks)
    lines = [json.dumps({key: value for key, value in row.items() if key != "kind"}, sort_keys=True) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode("utf-8")
