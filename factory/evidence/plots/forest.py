"""Estimates with their intervals, real above synthetic: effects and coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from factory.evidence.plots.lines import marker
from factory.evidence.plots.svg import COLOURS, DASHES, ENGLISH, WIDTH, line, number, opened, short, text, ticks
from factory.words import Words

Estimate = tuple[float, float, float]
_LABELS = 150
_ROW = 26
_MOST = 14


@dataclass(frozen=True)
class Row:
    """One coefficient: value, lower and upper end, from real and from synthetic rows; None where it has none."""

    label: str
    real: Estimate | None
    synthetic: Estimate | None


def forest(title: str, rows: Sequence[Row], say: Words = ENGLISH) -> str:
    """Coefficients one below the other; circles and whole lines are real, squares and dashed lines synthetic."""
    rows = rows[:_MOST]
    ends = [v for row in rows for part in (row.real, row.synthetic) if part for v in part] or [0.0, 1.0]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return _LABELS + 8 + (value - low) / span * (WIDTH - _LABELS - 20)

    bottom = 44.0 + _ROW * len(rows)
    parts = [opened(title, bottom + 22, say("Estimates with 95% intervals")), line(at(0), 38, at(0), bottom, "guide")]
    parts.append(text(0, 30, say("circle and whole line: real; square and dashed line: synthetic")))
    for place, row in enumerate(rows):
        y = 44.0 + _ROW * place
        label = escape(short(row.label, 24))
        parts.append(f'<text x="{_LABELS - 4}" y="{y + 15:.1f}" text-anchor="end">{label}</text>')
        for part, estimate in enumerate((row.real, row.synthetic)):
            if estimate is not None:
                height = y + 7 + 10 * part
                dash = f' stroke-dasharray="{DASHES[part]}"' if DASHES[part] else ""
                parts.append(
                    f'<path d="M{at(estimate[1]):.1f} {height:.1f} H{at(estimate[2]):.1f}" fill="none"'
                    f' stroke="{COLOURS[part]}" stroke-width="2"{dash}/>'
                )
                parts.append(marker(at(estimate[0]), height, part, 3.4))
    parts += [text(at(tick), bottom + 14, number(tick), "middle") for tick in ticks(low, high)]
    return "".join([*parts, "</svg>"])
